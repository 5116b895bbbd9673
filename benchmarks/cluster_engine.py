"""The cluster beside the embedded engine: the same questions, one run, one table.

    INDEX_OPENSEARCH_URL=http://… .venv/bin/python benchmarks/cluster_engine.py DIR [DIR ...]
        [--shards 1 3 6] [--questions N] [--json OUT]

DIR as for `python -m index evaluate`. Without INDEX_OPENSEARCH_URL, the tests' own cluster of three
nodes is started on this machine. What is written is removed again.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from index.analysis.reader import TextReader
from index.evaluation import DataSet, Query, index_documents, load_data_set
from index.model import Answer
from index.query.question import QuestionReader
from index.ranking.judge import Judge
from index.ranking.ranking import rank
from index.ranking.weights import Weights
from index.settings import IndexSettings
from index.storage.repositories import temporary_repository
from index.storage.repository import Repository
from index.storage.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Row:
    """One data set on the cluster, beside the embedded engine.

    Shares in percent, times in seconds and milliseconds; bytes of one copy.
    """

    data: str
    shards: int
    passages: int
    build_seconds: float
    embedded_build_seconds: float
    bytes_per_passage: float
    same_first: float
    recall_at_1: float
    embedded_recall_at_1: float
    p50: float
    p99: float
    embedded_p50: float
    embedded_p99: float


@dataclass(frozen=True, slots=True)
class Asked:
    """What a question got: the first passage, its article, and the time of the whole answer."""

    passage: str
    article: str
    milliseconds: float


class Asker:
    """Asks a generation as a library does, without its threshold."""

    def __init__(self, snapshot: Snapshot, reader: TextReader) -> None:
        self._snapshot, self._reader = snapshot, reader
        self._questions = QuestionReader(reader)
        self._weights = Weights.load()
        self._judge = Judge(reader, self._weights.confidence, threshold=0, sure=0)

    def ask(self, query: Query) -> Asked:
        started = time.perf_counter()
        question = self._questions.read(query.text)
        ranking = rank(question, self._snapshot, self._reader, self._weights)
        result = self._judge.judge(query.text, ranking, self._snapshot, 5)
        milliseconds = 1000 * (time.perf_counter() - started)
        if not isinstance(result, Answer):
            return Asked("", "", milliseconds)
        first = result.citations[0].passage
        return Asked(first.text, first.article_id, milliseconds)


@contextmanager
def built(
    settings: IndexSettings, data: DataSet, reader: TextReader
) -> Iterator[tuple[Repository, Snapshot, float]]:
    """A generation of the data set, and the seconds that it took."""
    with temporary_repository(settings) as repository:
        started = time.perf_counter()
        for _ in index_documents(data.documents, repository, reader):
            pass
        seconds = time.perf_counter() - started
        with closing(repository.open(repository.current())) as snapshot:
            yield repository, snapshot, seconds


def measure(name: str, data: DataSet, settings: IndexSettings, queries: Sequence[Query]) -> Row:
    """Build on both, then ask both each question in turn."""
    reader = TextReader()
    embedded = settings.model_copy(update={"engine": "memory"})
    with (
        built(embedded, data, reader) as (_, there, embedded_seconds),
        built(settings, data, reader) as (_, here, seconds),
    ):
        cluster, memory = Asker(here, reader), Asker(there, reader)
        pairs = []
        for query in track(queries, f"{name}, {settings.opensearch_shards} shards"):
            pairs.append((cluster.ask(query), memory.ask(query)))
        size = bytes_of(settings, here.name)
        passages = here.manifest.passages
    times = np.array([(one.milliseconds, other.milliseconds) for one, other in pairs])
    p50, p99 = np.percentile(times, (50, 99), axis=0)
    right = [
        (one.article in query.relevant, other.article in query.relevant)
        for query, (one, other) in zip(queries, pairs, strict=True)
    ]
    recall = 100 * np.mean(right, axis=0)
    return Row(
        data=name,
        shards=settings.opensearch_shards,
        passages=passages,
        build_seconds=seconds,
        embedded_build_seconds=embedded_seconds,
        bytes_per_passage=size / max(1, passages),
        same_first=100 * float(np.mean([one.passage == other.passage for one, other in pairs])),
        recall_at_1=float(recall[0]),
        embedded_recall_at_1=float(recall[1]),
        p50=float(p50[0]),
        p99=float(p99[0]),
        embedded_p50=float(p50[1]),
        embedded_p99=float(p99[1]),
    )


def bytes_of(settings: IndexSettings, name: str) -> int:
    """The bytes of one copy of an index."""
    url = settings.opensearch_url.split(",")[0]
    told = httpx.get(f"{url}/{name}/_stats/store").json()
    size: int = told["_all"]["primaries"]["store"]["size_in_bytes"]
    return size


def table(rows: Sequence[Row]) -> Table:
    """The rows for a terminal."""
    shown = Table("data", "passages", "shards", "same first", "recall@1", "whole answer p50 / p99")
    shown.add_column("passages/s")
    shown.add_column("bytes each")
    for row in rows:
        shown.add_row(
            row.data,
            f"{row.passages:,}",
            str(row.shards),
            f"{row.same_first:.1f} %",
            f"{row.recall_at_1:.2f} ({row.embedded_recall_at_1:.2f})",
            f"{row.p50:.1f} / {row.p99:.1f} ms ({row.embedded_p50:.1f} / {row.embedded_p99:.1f})",
            f"{row.passages / row.build_seconds:,.0f} "
            f"({row.passages / row.embedded_build_seconds:,.0f})",
            f"{row.bytes_per_passage:,.0f}",
        )
    return shown


@contextmanager
def cluster_urls(settings: IndexSettings) -> Iterator[str]:
    """The cluster of the settings, or one of this machine."""
    if settings.opensearch_url:
        yield settings.opensearch_url
        return
    sys.path.append(str(Path(__file__).parents[1] / "tests" / "support"))
    from cluster import LASTING, Cluster

    with TemporaryDirectory() as folder, Cluster(Path(folder), heap=1024, java=LASTING) as cluster:
        yield ",".join(cluster.urls)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--shards", nargs="+", type=int, default=[1])
    parser.add_argument("--questions", type=int, default=None)
    parser.add_argument("--json", type=Path)
    parsed = parser.parse_args()
    rows = []
    with ExitStack() as held:
        urls = held.enter_context(cluster_urls(IndexSettings.load()))
        for folder in parsed.folders:
            data = load_data_set(folder)
            for shards in parsed.shards:
                settings = IndexSettings.load().model_copy(
                    update={
                        "engine": "opensearch",
                        "opensearch_url": urls,
                        "opensearch_shards": shards,
                    }
                )
                rows.append(measure(folder.name, data, settings, data.queries[: parsed.questions]))
    Console().print(table(rows), "In brackets: the embedded engine, in the same run.")
    if parsed.json:
        parsed.json.write_text(json.dumps([asdict(row) for row in rows], indent=1), "utf-8")


if __name__ == "__main__":
    main()
