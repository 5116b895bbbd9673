"""Small real libraries in the cluster of the tests."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from cluster import Cluster
from small_libraries import settings_in, write_seeds

from index import IndexSettings
from index.engines import PACKS, Engine
from index.engines.cluster_connection import Connection
from index.lexicon.user_dictionary import UserDictionary
from index.storage.article_record import ArticleRecord
from index.storage.cluster.snapshot import ClusterSnapshot
from index.storage.cluster.writer import ClusterWriter, Shape

_PREFIXES = count()


def cluster_settings(cluster: Cluster, folder: Path, **changes: object) -> IndexSettings:
    """Returns settings of a library in the cluster, under names of its own."""
    return settings_in(folder).model_copy(
        update={
            "engine": "opensearch",
            "opensearch_url": ",".join(cluster.urls),
            "opensearch_prefix": f"test-{next(_PREFIXES)}",
            # A busy machine answers slowly, and that is nothing that most tests are about.
            "opensearch_timeout": 30,
            **changes,
        }
    )


def cluster_seeds(
    cluster: Cluster, folder: Path, files: Mapping[str, str | bytes], **changes: object
) -> IndexSettings:
    """Returns the same with articles in its folder."""
    write_seeds(folder, files)
    return cluster_settings(cluster, folder, **changes)


def as_environment(settings: IndexSettings) -> dict[str, str]:
    """Returns the settings of a cluster for another process."""
    return {
        "INDEX_ENGINE": settings.engine,
        "INDEX_OPENSEARCH_URL": settings.opensearch_url,
        "INDEX_OPENSEARCH_PREFIX": settings.opensearch_prefix,
        "INDEX_OPENSEARCH_TIMEOUT": f"{settings.opensearch_timeout}",
    }


@contextmanager
def engine_in(
    cluster: Cluster, folder: Path, passages: Sequence[Sequence[str]], shards: int = 1
) -> Iterator[Engine]:
    """Yields an engine in the cluster over passages that hold nothing but these terms."""
    settings = cluster_settings(cluster, folder)
    connection = Connection(settings)
    name = f"{settings.opensearch_prefix}-000001"
    with ClusterWriter(connection, name, Shape(shards, 0), None) as writer:
        if passages:
            writer.add(article_of(passages))
        for _ in writer.finish(UserDictionary()):
            pass
    manifest = writer.complete("terms alone")
    try:
        yield ClusterSnapshot(connection, name, manifest).engine
    finally:
        cluster.request("DELETE", f"/{name}")
        connection.close()


def article_of(passages: Sequence[Sequence[str]]) -> ArticleRecord:
    """Returns an article whose passages have these terms, and a line each as their text."""
    text = "\n".join("字" for _ in passages)
    article = ("a.txt", "a", "", None, "", "digest", text, "[]", "[]")
    rows = [
        (
            *(number, 2 * number, 2 * number + 1, "[]", "", "", number, "[]", 0, "[]"),
            *("", "", "字", "[0,1,0,-1]"),
        )
        for number in range(len(passages))
    ]
    return ArticleRecord("a.txt", "digest", article, tuple(rows), PACKS["opensearch"](passages))


def indices_of(cluster: Cluster, settings: IndexSettings) -> list[str]:
    """Returns the generations that are in the cluster, unfinished ones included."""
    rows: list[dict[str, Any]] = cluster.request(
        "GET", f"/_cat/indices/{settings.opensearch_prefix}-0*?format=json"
    ).json()
    return sorted(row["index"] for row in rows)


def alter(cluster: Cluster, name: str, key: str, **stored: object) -> None:
    """Writes other values into what is stored of a document, past all checks."""
    block = f"/{name}/_settings"
    cluster.request("PUT", block, json={"index.blocks.write": False})
    cluster.request("POST", f"/{name}/_update/{key}?refresh=true", json={"doc": {"stored": stored}})
    cluster.request("PUT", block, json={"index.blocks.write": True})


def printed_json(text: str) -> dict[str, Any]:
    """Returns the JSON that a command printed."""
    rows: dict[str, Any] = json.loads(text)
    return rows
