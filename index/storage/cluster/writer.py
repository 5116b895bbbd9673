"""Writes a generation into a new index of a cluster, or into a copy of an earlier one."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType

from opensearchpy import OpenSearch, RequestError, TransportError
from pydantic import TypeAdapter

from index.engines.cluster_connection import BUILD_RETRY_SECONDS, Connection
from index.engines.opensearch import SIMILARITY
from index.errors import BuildError
from index.lexicon.user_dictionary import UserDictionary
from index.storage.article_record import ArticleRecord
from index.storage.base_generation import BaseGeneration, StoredArticle
from index.storage.cluster.documents import (
    COUNTED,
    DICTIONARY,
    MAPPING,
    STORED,
    Document,
    article_key,
    documents_of,
    passage_key,
)
from index.storage.manifest import FORMAT, Manifest

META = "wenchu"
"""The key in a mapping's `_meta` under which an index says what it is."""

_WAITING_BYTES = 8_000_000
"""Bytes, about, that are sent at once."""
_LONG = 3600
"""Seconds that copying or merging may take."""
COPIES_SECONDS = 30
"""How long a build waits for copies; a cluster that lost a node makes new ones after a minute."""
_STEPS = 3

_MANIFEST = TypeAdapter(Manifest)


@dataclass(frozen=True, slots=True)
class Shape:
    """How an index is distributed.

    Attributes:
        shards: the number of its parts.
        replicas: the number of further copies of each.
    """

    shards: int
    replicas: int


class ClusterWriter(AbstractContextManager["ClusterWriter"]):
    """See `index.storage.repository.GenerationWriter`."""

    def __init__(
        self, connection: Connection, name: str, shape: Shape, base: BaseGeneration | None
    ) -> None:
        """Creates the index.

        Args:
            name: of the index.
            base: an earlier generation of the same recipe, whose index is copied: the cluster
                links its files, which takes no time and no space.
        """
        self.articles = 0
        self.passages = 0
        self._connection = connection
        self._name = name
        self._shape = shape
        self._leaving = dict(base.articles) if base else {}
        self._number = 1 + max((article.number for article in self._leaving.values()), default=-1)
        self._row = max(
            (article.first_row + article.passages for article in self._leaving.values()), default=0
        )
        self._waiting: list[Document] = []
        self._waiting_bytes = 0
        self._is_copy = base is not None
        if base:
            self._copy(base.name)
        else:
            self._make()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._waiting.clear()

    def _make(self) -> None:
        settings = {
            "number_of_shards": self._shape.shards,
            "number_of_replicas": self._shape.replicas,
            "similarity": SIMILARITY,
            "refresh_interval": -1,
            # Removed passages still count as holders of their terms until they are merged away.
            "merge.policy.expunge_deletes_allowed": 0,
        }
        body = {"settings": {"index": settings}, "mappings": MAPPING}

        def ask(client: OpenSearch) -> None:
            client.indices.create(index=self._name, body=body)

        self._begin(ask)

    def _copy(self, earlier: str) -> None:
        settings = {
            "index.number_of_replicas": self._shape.replicas,
            "index.refresh_interval": -1,
            "index.blocks.write": None,
        }

        def ask(client: OpenSearch) -> None:
            client.indices.clone(
                index=earlier,
                target=self._name,
                body={"settings": settings},
                params={"request_timeout": _LONG},
            )

        self._begin(ask)
        self._retrying(
            lambda client: client.indices.put_mapping(index=self._name, body={"_meta": {}})
        )

    def _begin(self, ask: Callable[[OpenSearch], None]) -> None:
        """Creates the index, anew where the answer to an earlier request was lost."""

        def ask_anew(client: OpenSearch) -> None:
            try:
                ask(client)
            except RequestError as error:
                if error.error != "resource_already_exists_exception":
                    raise
                client.indices.delete(index=self._name)
                ask(client)

        self._retrying(ask_anew)
        self._await_shards()

    def _await_shards(self) -> None:
        """Waits for all copies that there are nodes for, within limits.

        A node that is lost right after would take with it what has no copy yet.
        """

        def ask(client: OpenSearch) -> None:
            nodes = client.cluster.health(index=self._name)["number_of_data_nodes"]
            wanted = "green" if nodes > self._shape.replicas else "yellow"
            health = client.cluster.health(
                index=self._name,
                # 408 is what it answers where the time is over.
                params={
                    "wait_for_status": wanted,
                    "timeout": f"{COPIES_SECONDS}s",
                    "request_timeout": COPIES_SECONDS + 10,
                    "ignore": [408],
                },
            )
            if health["status"] == "red":
                raise TransportError(503, "there is no node for a part of it")

        self._retrying(ask)

    def add(self, cut: ArticleRecord) -> None:
        if cut.id in self._leaving:
            self._remove(cut.id, self._leaving.pop(cut.id))
        size = len(cut.terms) + 3 * len(str(cut.article[6]))
        for document in documents_of(cut, self._number, self._row):
            self._wait(document, size // (len(cut.passages) + 1))
        self._number += 1
        self._row += len(cut.passages)
        self._count(len(cut.passages))

    def keep(self, article_id: str) -> str:
        stored = self._leaving.pop(article_id)
        self._count(stored.passages)
        return stored.digest

    def finish(self, dictionary: UserDictionary) -> Iterator[tuple[int, int]]:
        for article_id, stored in self._leaving.items():
            self._remove(article_id, stored)
        words = dictionary.to_bytes().decode()
        if dictionary.words:
            self._wait({"_id": DICTIONARY, STORED: {"words": words}}, len(words))
        self._send()
        yield 1, _STEPS
        if self._is_copy:
            # What was removed counts as a holder of its terms until it is merged away. The last of
            # it cannot be yet, as a copy may need it to catch up; the next build does it, then.
            self._retrying(
                lambda client: client.indices.forcemerge(
                    index=self._name,
                    params={"only_expunge_deletes": "true", "request_timeout": _LONG},
                )
            )
        yield 2, _STEPS
        self._make_visible()
        yield _STEPS, _STEPS

    def complete(self, fingerprint: str, in_place_of: str = "", withdrawn: int = 0) -> Manifest:
        """See `GenerationWriter`. Makes the index read-only."""
        manifest = Manifest(
            fingerprint=fingerprint,
            built=datetime.now(UTC),
            engine="opensearch",
            articles=self.articles,
            passages=self.passages,
            files={},
            format=FORMAT,
            in_place_of=in_place_of,
            withdrawn=withdrawn,
        )
        # A cluster would read a day out of it and write it back in another form.
        fields = _MANIFEST.dump_python(manifest, mode="json")
        self._retrying(
            lambda client: client.indices.put_settings(
                index=self._name,
                body={"index": {"blocks.write": True, "refresh_interval": None}},
            )
        )
        self._retrying(
            lambda client: client.indices.put_mapping(
                index=self._name, body={"_meta": {META: {"name": self._name, "manifest": fields}}}
            )
        )
        return manifest

    def _make_visible(self) -> None:
        """Makes what was sent searchable, and checks that it is complete.

        A shard may be skipped while a lost node is replaced, so the check is repeated.

        Raises:
            BuildError: the index does not hold what was sent.
        """
        end = time.monotonic() + BUILD_RETRY_SECONDS
        expected = (self.articles, self.passages)
        while True:
            self._await_shards()
            self._retrying(self._refresh)
            held = tuple(self._connection.counts(self._name, COUNTED))
            if held == expected:
                return
            if time.monotonic() > end:
                raise BuildError(
                    f"The cluster holds {held} articles and passages in place of {expected}; "
                    "the index that was live stays live."
                )
            time.sleep(1)

    def _refresh(self, client: OpenSearch) -> None:
        if client.indices.refresh(index=self._name)["_shards"]["failed"]:
            raise TransportError(503, "a copy of a part was not refreshed")

    def _count(self, passages: int) -> None:
        self.articles += 1
        self.passages += passages

    def _remove(self, article_id: str, stored: StoredArticle) -> None:
        self._wait({"_op_type": "delete", "_id": article_key(article_id)}, 100)
        for row in range(stored.first_row, stored.first_row + stored.passages):
            self._wait({"_op_type": "delete", "_id": passage_key(row)}, 100)

    def _wait(self, document: Document, size: int) -> None:
        self._waiting.append({"_index": self._name, **document})
        self._waiting_bytes += size
        if self._waiting_bytes > _WAITING_BYTES:
            self._send()

    def _send(self) -> None:
        # In their order: an article that takes the place of another has its id.
        self._connection.bulk(self._waiting)
        self._waiting.clear()
        self._waiting_bytes = 0

    def _retrying(self, ask: Callable[[OpenSearch], object]) -> None:
        self._connection.call(ask, BUILD_RETRY_SECONDS)
