"""Generations in a cluster: an index each, and an alias that names the one that is live.

wenchu                  the alias: names the live generation
wenchu-000001           a generation; its mapping's `_meta` says what it is, once it is finished
wenchu-lock             who writes
"""

import re
import time
from collections.abc import Hashable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

from opensearchpy import NotFoundError
from pydantic import TypeAdapter, ValidationError

from index.engines.cluster_connection import BUILD_RETRY_SECONDS, Connection
from index.errors import ClusterUnavailable, DamagedIndex, NoIndex, OtherFormat
from index.settings import IndexSettings
from index.storage.base_generation import BaseGeneration
from index.storage.cluster.lease import Lease, leasing
from index.storage.cluster.snapshot import ClusterSnapshot
from index.storage.cluster.writer import META, ClusterWriter, Shape
from index.storage.disk import translating_disk_errors
from index.storage.locks import writing
from index.storage.manifest import FORMAT, Manifest
from index.storage.repository import number
from index.storage.snapshot import Snapshot

_KEPT = 3
"""Generations that stay in the cluster: the live one, and some to go back to."""

_LOOKED_AT_EVERY = 1.0
"""Seconds between two looks at the alias."""

_MANIFEST = TypeAdapter(Manifest)


def open_cluster(settings: IndexSettings) -> "ClusterRepository":
    """Returns the repository in the cluster that the settings name. Raises SettingsError."""
    shape = Shape(settings.opensearch_shards, settings.opensearch_replicas)
    return ClusterRepository(Connection(settings), settings.opensearch_prefix, shape, settings.data)


class ClusterRepository:
    """See `index.storage.repository.Repository`. Safe to use from several threads."""

    engine = "opensearch"

    def __init__(self, connection: Connection, prefix: str, shape: Shape, data: Path) -> None:
        """Args:
        connection: to the cluster.
        prefix: the alias, and what the names of indices begin with.
        shape: of new indices.
        data: the folder for what this machine's builds keep; one of them writes at a time.
        """
        self.place = f"{', '.join(connection.urls)} ({prefix})"
        self.pointer = f"The alias {prefix}"
        self.recipe = f"{shape.shards} shards"
        self._connection = connection
        self._prefix = prefix
        self._shape = shape
        self._data = data
        self._stamp: tuple[tuple[str, str], ...] = ()
        self._looked: float | None = None
        self._looking = Lock()

    def stamp(self) -> Hashable:
        """See `Repository`. Looks at the alias once a second at most."""
        now = time.monotonic()
        due = self._looked is None or now - self._looked >= _LOOKED_AT_EVERY
        if due and self._looking.acquire(blocking=False):
            try:
                self._stamp = self._aliased()
            except ClusterUnavailable:
                pass  # the question itself fails, if it has to
            finally:
                self._looked = time.monotonic()
                self._looking.release()
        return self._stamp

    def _aliased(self) -> tuple[tuple[str, str], ...]:
        """Returns the indices that the alias names, each with its unique id."""
        response = self._connection.call(
            lambda client: client.indices.get_settings(
                index=self._prefix, name="index.uuid", params={"ignore_unavailable": "true"}
            )
        )
        return tuple(
            sorted(
                (name, document["settings"]["index"]["uuid"]) for name, document in response.items()
            )
        )

    def names(self) -> list[str]:
        return [name for name, meta in self._metas().items() if META in meta]

    def _metas(self) -> dict[str, Mapping[str, Any]]:
        """Returns the metadata of each generation's index, finished or not, in their order."""
        response = self._connection.call(
            lambda client: client.indices.get_mapping(
                index=f"{self._prefix}-*", params={"expand_wildcards": "open"}
            )
        )
        pattern = re.compile(re.escape(self._prefix) + r"-\d{6,}", re.ASCII)
        metas = {
            name: document["mappings"].get("_meta", {})
            for name, document in response.items()
            if pattern.fullmatch(name)
        }
        return {name: _own(name, metas[name]) for name in sorted(metas, key=number)}

    def current(self) -> str:
        aliased = [name for name, _ in self._aliased()]
        if not aliased:
            raise NoIndex(self.place)
        if len(aliased) > 1:
            raise DamagedIndex(self.place, f"{self.pointer} names several generations")
        return aliased[0]

    def manifest(self, name: str) -> Manifest:
        try:
            mappings = self._connection.call(lambda client: client.indices.get_mapping(index=name))
        except NotFoundError as error:
            raise DamagedIndex(name, "it is not in the cluster any more") from error
        ((index, described),) = mappings.items()
        meta = _own(index, described["mappings"].get("_meta", {}))
        if META not in meta:
            raise DamagedIndex(name, "it was never finished")
        try:
            return _MANIFEST.validate_python(meta[META]["manifest"])
        except (ValidationError, LookupError, TypeError):
            raise DamagedIndex(name, "what it says of itself is not what was written") from None

    def open(self, name: str, whole: bool = False, any_format: bool = False) -> Snapshot:
        manifest = self.manifest(name)
        if manifest.format != FORMAT and not any_format:
            raise OtherFormat(name)
        snapshot = ClusterSnapshot(self._connection, name, manifest)
        if whole:
            for fault in snapshot.missing():
                raise DamagedIndex(name, fault)
        return snapshot

    def point_at(self, name: str) -> None:
        """Changes the alias in one request, which is atomic."""
        others = [
            {"remove": {"index": other, "alias": self._prefix}} for other, _ in self._aliased()
        ]
        actions = [*others, {"add": {"index": name, "alias": self._prefix}}]
        self._connection.call(
            lambda client: client.indices.update_aliases(body={"actions": actions}),
            BUILD_RETRY_SECONDS,
        )
        self._looked = None

    @contextmanager
    def writing(self) -> Iterator[None]:
        with self._leasing():
            yield

    def _leasing(self) -> AbstractContextManager[Lease]:
        return leasing(self._connection, f"{self._prefix}-lock", self.place)

    @contextmanager
    def drafting(self) -> Iterator["ClusterDraft"]:
        self._data.mkdir(parents=True, exist_ok=True)
        with writing(self._data), translating_disk_errors(self._data), self._leasing() as lease:
            metas = self._metas()
            for name in [name for name, meta in metas.items() if META not in meta]:
                self.remove(name)
            last = max((number(name) for name, meta in metas.items() if META in meta), default=0)
            name = f"{self._prefix}-{last + 1:06d}"
            draft = ClusterDraft(self, self._connection, name, self._shape, lease)
            try:
                yield draft
            finally:
                draft.throw_away()

    def remove(self, name: str) -> None:
        self._connection.call(
            lambda client: client.indices.delete(index=name, ignore_unavailable=True),
            BUILD_RETRY_SECONDS,
        )

    def expunge(self, name: str) -> None:
        """See `Repository`. Readers of it continue with the live one."""
        self.remove(name)

    def clear(self) -> None:
        """Removes everything: generations, unfinished indices, and the lock."""
        for name in (*self._metas(), f"{self._prefix}-lock"):
            self.remove(name)

    def prune(self, live: str, before: str | None) -> None:
        """Removes generations as `index.storage.generations.prune` does.

        Readers of one of them continue with the live one.
        """
        older = [name for name in self.names() if number(name) < number(live)]
        left = [name for name in older if before and number(name) > number(before)]
        older = [name for name in older if name not in left]
        for name in (*left, *older[: -(_KEPT - 1)]):
            self.remove(name)


class ClusterDraft:
    """See `index.storage.repository.Draft`."""

    def __init__(
        self,
        repository: ClusterRepository,
        connection: Connection,
        name: str,
        shape: Shape,
        lease: Lease,
    ) -> None:
        """Args:
        name: of the new index.
        shape: of the new index.
        lease: the right to write.
        """
        self._repository = repository
        self._connection = connection
        self._name = name
        self._shape = shape
        self._lease = lease
        self._is_published = False
        self._begun = False

    def writer(self, base: BaseGeneration | None) -> ClusterWriter:
        self._begun = True
        return ClusterWriter(self._connection, self._name, self._shape, base)

    def publish(self, before: str | None) -> str:
        self._lease.renew()
        self._repository.point_at(self._name)
        self._is_published = True
        self._repository.prune(self._name, before)
        return self._name

    def throw_away(self) -> None:
        """Removes what was not published; if the cluster does not answer, the next build does."""
        if self._begun and not self._is_published:
            try:
                self._repository.remove(self._name)
            except ClusterUnavailable:
                return


def _own(name: str, meta: Mapping[str, Any]) -> Mapping[str, Any]:
    """Returns an index's own metadata; nothing where it is an unfinished copy of another."""
    stored = meta.get(META)
    return meta if isinstance(stored, dict) and stored.get("name") == name else {}
