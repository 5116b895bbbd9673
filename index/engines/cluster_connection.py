"""Requests to an OpenSearch cluster, and what its errors mean."""

import logging
import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import count
from typing import Any, TypeVar
from urllib.parse import urlsplit

from opensearchpy import ConflictError, NotFoundError, OpenSearch, OpenSearchException
from opensearchpy.exceptions import (
    ConnectionError as NoConnection,
)
from opensearchpy.exceptions import (
    ConnectionTimeout,
    SSLError,
    TransportError,
)
from opensearchpy.helpers import streaming_bulk

from index.errors import ClusterFault, ClusterUnavailable, DamagedIndex, SettingsError
from index.settings import IndexSettings

Answer = TypeVar("Answer")

SUPPORTED = (2, 3)
"""Major versions of OpenSearch."""

BRIEFLY = 3.0
"""Seconds in which a question's request is tried again."""
BUILD_RETRY_SECONDS = 120.0
"""Seconds in which a build's request is tried again: a lost node is replaced within a minute."""

LONG = 60.0
"""Seconds in which a request of a build must be answered."""

_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 5.0
_MOST_BYTES = 8_000_000
"""Of one bulk request; a cluster takes 100 MB as it comes."""
_MOST_ACTIONS = 1_000
_COUNTS_AT_ONCE = 200
"""Queries of one request that counts: more would not be answered in the time of one."""
_AT_ONCE = 20
"""Connections to each node: as many questions may be asked at once."""
_TOLD = 200
"""Characters of what a cluster says that an error repeats."""
_URL = re.compile(r"https?://[^/@\s]+/?", re.ASCII)

_log = logging.getLogger("index")


class Connection:
    """A client of a cluster, which connects at its first request. Safe to use from several threads.

    Methods raise ClusterUnavailable.
    """

    def __init__(self, settings: IndexSettings) -> None:
        """Raises SettingsError."""
        self.urls = _urls(settings.opensearch_url)
        options = _options(settings, self.urls)
        self._client = OpenSearch(**options)
        # What a build asks for takes longer than anybody waits for an answer.
        self._builder = OpenSearch(**{**options, "timeout": max(LONG, settings.opensearch_timeout)})
        self._major: int | None = None

    @property
    def major(self) -> int:
        return self._require_supported()

    def _require_supported(self) -> int:
        """Checks the server's version once: no other server gets further requests."""
        if self._major is None:
            self._major = self._supported(self._tried(lambda client: client.info(), BRIEFLY))
        return self._major

    def call(self, ask: Callable[[OpenSearch], Answer], retry_seconds: float = BRIEFLY) -> Answer:
        """Sends a request, again after growing pauses where that may help.

        Args:
            ask: sends the request; it may be sent more than once.
            retry_seconds: how long it is retried.

        Raises:
            NotFoundError, ConflictError: of opensearch-py, for the caller to handle.
        """
        self._require_supported()
        return self._tried(ask, retry_seconds)

    def search(self, name: str, body: Mapping[str, Any], **parameters: str) -> list[dict[str, Any]]:
        """Returns the hits in all parts of an index. Raises DamagedIndex where it is gone."""
        try:
            response = self.call(
                lambda client: client.search(
                    index=name,
                    body=body,
                    params={"allow_partial_search_results": "false", **parameters},
                )
            )
        except NotFoundError as error:
            raise removed(name) from error
        hits: list[dict[str, Any]] = response["hits"]["hits"]
        return hits

    def counts(self, name: str, queries: Sequence[Mapping[str, Any]]) -> list[int]:
        """Returns how many documents each query finds. Raises DamagedIndex for a missing index."""
        counts: list[int] = []
        for first in range(0, len(queries), _COUNTS_AT_ONCE):
            counts += self._counts_at_once(name, queries[first : first + _COUNTS_AT_ONCE])
        return counts

    def _counts_at_once(self, name: str, queries: Sequence[Mapping[str, Any]]) -> list[int]:
        lines: list[Mapping[str, Any]] = []
        for query in queries:
            lines += [{}, {"size": 0, "track_total_hits": True, "query": query}]

        def ask(client: OpenSearch) -> list[int]:
            answers = client.msearch(index=name, body=lines)["responses"]
            for answer in answers:
                if "error" in answer:
                    kind = NotFoundError if answer["status"] == 404 else TransportError
                    raise kind(answer["status"], answer["error"]["type"], answer)
                if answer["_shards"]["failed"]:
                    raise TransportError(503, "a part of the index does not answer")
            return [answer["hits"]["total"]["value"] for answer in answers]

        try:
            return self.call(ask)
        except NotFoundError as error:
            raise removed(name) from error

    def bulk(self, actions: Iterable[Mapping[str, Any]]) -> None:
        """Sends all actions, which must be safe to repeat."""
        held = list(actions)

        def ask(client: OpenSearch) -> None:
            for done, info in streaming_bulk(
                client,
                held,
                chunk_size=_MOST_ACTIONS,
                max_chunk_bytes=_MOST_BYTES,
                max_retries=10,
                initial_backoff=1,
                max_backoff=30,
                raise_on_error=False,
            ):
                if not done:
                    _require_done(info)

        self.call(ask, BUILD_RETRY_SECONDS)

    def close(self) -> None:
        """Closes the connections; a later request opens them again."""
        self._client.close()
        self._builder.close()

    def _tried(self, ask: Callable[[OpenSearch], Answer], retry_seconds: float) -> Answer:
        end = time.monotonic() + retry_seconds
        for trial in count():
            try:
                return ask(self._builder if retry_seconds > BRIEFLY else self._client)
            except (NotFoundError, ConflictError):
                raise
            except OpenSearchException as error:
                unavailable = _as_unavailable(error, self.urls)
                pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**trial)
                if not unavailable.fault.may_pass or time.monotonic() + pause > end:
                    raise unavailable from error
                if retry_seconds > BRIEFLY and trial in (0, 5):
                    _log.warning("%s Trying again.", unavailable)
                time.sleep(pause)
        raise AssertionError("unreachable")

    def _supported(self, info: Mapping[str, Any]) -> int:
        version = info.get("version", {})
        written = str(version.get("number", "?"))
        major = written.partition(".")[0]
        if version.get("distribution") == "opensearch" and major in map(str, SUPPORTED):
            return int(major)
        name = str(version.get("distribution", "another program"))
        known = " and ".join(f"{number}.x" for number in SUPPORTED)
        raise ClusterUnavailable(
            ClusterFault.UNSUPPORTED,
            f"At {self.urls[0]} there is {name[:_TOLD]} {written[:_TOLD]}; OpenSearch {known} "
            "are supported.",
        )


def removed(name: str) -> DamagedIndex:
    return DamagedIndex(name, "it is not in the cluster any more")


def _urls(written: str) -> tuple[str, ...]:
    urls = tuple(part.strip() for part in written.split(",") if part.strip())
    if not urls:
        raise SettingsError(
            "INDEX_ENGINE=opensearch needs INDEX_OPENSEARCH_URL, such as https://localhost:9200."
        )
    for url in urls:
        try:
            usable = bool(_URL.fullmatch(url)) and urlsplit(url).port != 0
        except ValueError:
            usable = False
        if not usable:
            raise SettingsError(
                "INDEX_OPENSEARCH_URL: addresses such as https://localhost:9200 are expected, "
                "with commas between several, and without a user or a path."
            )
    return tuple(url.rstrip("/") for url in urls)


def _options(settings: IndexSettings, urls: Sequence[str]) -> dict[str, Any]:
    options: dict[str, Any] = {
        "hosts": list(urls),
        "timeout": settings.opensearch_timeout,
        # One that does not answer in time is not asked again by the client: others are.
        "max_retries": max(2, len(urls)),
        "retry_on_timeout": len(urls) > 1,
        "retry_on_status": (502,),
        "pool_maxsize": _AT_ONCE,
        # A node that did not answer is asked again after a second, then after up to 16.
        "dead_timeout": 1,
        "timeout_cutoff": 4,
        "http_compress": False,
    }
    if settings.opensearch_ca:
        if not settings.opensearch_ca.is_file():
            raise SettingsError(f"INDEX_OPENSEARCH_CA: there is no file {settings.opensearch_ca}.")
        options["ca_certs"] = str(settings.opensearch_ca)
    key, user = settings.opensearch_api_key, settings.opensearch_user
    if key and user:
        raise SettingsError("Set INDEX_OPENSEARCH_USER or INDEX_OPENSEARCH_API_KEY, not both.")
    if key:
        options["headers"] = {"Authorization": f"ApiKey {key.get_secret_value()}"}
    elif user:
        password = settings.opensearch_password
        options["http_auth"] = (user, password.get_secret_value() if password else "")
    return options


def _as_unavailable(error: OpenSearchException, urls: Sequence[str]) -> ClusterUnavailable:
    """Returns the error that an exception of the client stands for."""
    place = ", ".join(urls)
    if isinstance(error, SSLError):
        return ClusterUnavailable(
            ClusterFault.REFUSED,
            f"The certificate of {place} cannot be trusted: set INDEX_OPENSEARCH_CA to the file "
            "of the authority that signed it.",
        )
    if isinstance(error, ConnectionTimeout):
        return ClusterUnavailable(
            ClusterFault.UNREACHABLE, f"The cluster at {place} does not answer in time."
        )
    if isinstance(error, NoConnection):
        return ClusterUnavailable(ClusterFault.UNREACHABLE, f"No node answers at {place}.")
    status = error.status_code if isinstance(error, TransportError) else None
    detail = str(error)[:_TOLD]
    if status in (401, 403):
        return ClusterUnavailable(
            ClusterFault.REFUSED,
            f"The cluster at {place} refuses: check INDEX_OPENSEARCH_USER and _PASSWORD, or "
            f"INDEX_OPENSEARCH_API_KEY, and their rights ({status}).",
        )
    if status == 429:
        return ClusterUnavailable(
            ClusterFault.BUSY, f"The cluster at {place} has too much to do (429)."
        )
    if status in (500, 502, 503, 504):
        return ClusterUnavailable(
            ClusterFault.INCOMPLETE,
            f"The cluster at {place} cannot answer from all parts of the index: {detail}",
        )
    return ClusterUnavailable(ClusterFault.OTHER, f"The cluster at {place} refuses: {detail}")


def _require_done(response: Mapping[str, Mapping[str, Any]]) -> None:
    """Raises TransportError for an action that was not carried out. What was to be deleted and is
    not there is as it should be: a request that is sent again has deleted it before."""
    ((action, outcome),) = response.items()
    if action == "delete" and outcome["status"] == 404:
        return
    raise TransportError(outcome["status"], str(outcome.get("error", "")), outcome)
