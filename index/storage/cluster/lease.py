"""Who may write to a cluster: one writer at a time, whatever machine it is on."""

import logging
import os
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Event, Thread
from typing import Any

from opensearchpy import ConflictError, NotFoundError, OpenSearch, RequestError

from index.engines.cluster_connection import Connection
from index.errors import BuildRunning, ClusterFault, ClusterUnavailable

LASTS = 60.0
"""Seconds for which a lease counts: the clocks of the machines may differ by less."""
_RENEWED_EVERY = 15.0
"""Seconds."""
_KEY = "writing"


@dataclass(slots=True)
class Lease:
    """The right to write, as long as it is renewed.

    Attributes:
        version: of the lease's document, as the cluster numbers its changes.
    """

    connection: Connection
    index: str
    version: Mapping[str, int]

    def renew(self) -> None:
        """Extends the lease.

        Raises:
            ClusterUnavailable: the cluster does not answer, or another writer holds the lease.
        """
        try:
            self.version = _write(self.connection, self.index, self.version)
        except ConflictError as error:
            raise ClusterUnavailable(
                ClusterFault.OTHER, "Another build took over while the cluster did not answer."
            ) from error


@contextmanager
def leasing(connection: Connection, index: str, place: str) -> Iterator[Lease]:
    """Holds the lease while a thread renews it; one that is no longer renewed may be taken over.

    Args:
        index: the index that holds it; created where it is missing.
        place: where is written, for messages.

    Raises:
        BuildRunning: another writer holds it.
        ClusterUnavailable: the cluster does not answer.
    """
    lease = _taken(connection, index, place)
    ended = Event()
    keeper = Thread(target=_keep, args=(lease, ended), name="lease", daemon=True)
    keeper.start()
    try:
        yield lease
    finally:
        ended.set()
        keeper.join()
        with suppress(ClusterUnavailable, NotFoundError, ConflictError):
            connection.call(
                lambda client: client.delete(index=index, id=_KEY, params=lease.version)
            )


def _keep(lease: Lease, ended: Event) -> None:
    while not ended.wait(_RENEWED_EVERY):
        try:
            lease.renew()
        except ClusterUnavailable as error:
            # Whether it still holds is asked again before anything becomes live.
            logging.getLogger("index").warning("The right to write was not renewed: %s", error)


def _taken(connection: Connection, index: str, place: str) -> Lease:
    _make(connection, index)
    try:
        return Lease(connection, index, _write(connection, index, {}))
    except ConflictError:
        pass
    try:
        held = connection.call(lambda client: client.get(index=index, id=_KEY))
        if held["_source"]["until"] > time.time():
            raise BuildRunning(place)
        version = {"if_seq_no": held["_seq_no"], "if_primary_term": held["_primary_term"]}
        return Lease(connection, index, _write(connection, index, version))
    except (NotFoundError, ConflictError):
        raise BuildRunning(place) from None


def _write(connection: Connection, index: str, version: Mapping[str, int]) -> dict[str, int]:
    """Writes the lease if its version is still this one; an empty version means there is none."""
    owner = f"{socket.gethostname()} {os.getpid()}"
    condition: Mapping[str, Any] = version or {"op_type": "create"}

    def ask(client: OpenSearch) -> dict[str, int]:
        body = {"owner": owner, "until": time.time() + LASTS}
        response = client.index(index=index, id=_KEY, body=body, params=condition)
        return {"if_seq_no": response["_seq_no"], "if_primary_term": response["_primary_term"]}

    return connection.call(ask)


def _make(connection: Connection, index: str) -> None:
    body = {
        "settings": {"number_of_shards": 1, "auto_expand_replicas": "0-2"},
        "mappings": {"dynamic": False},
    }

    def ask(client: OpenSearch) -> None:
        try:
            client.indices.create(index=index, body=body)
        except RequestError as error:
            if error.error != "resource_already_exists_exception":
                raise

    if not connection.call(lambda client: client.indices.exists(index=index)):
        connection.call(ask)
