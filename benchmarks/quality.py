"""Answer quality beside peers: the same data sets, the same questions, one run, one table.

    .venv/bin/python benchmarks/quality.py DIR [DIR ...] [--limit N] [--json OUT]

Peers find whole documents; WenChu finds passages of them. All are measured by the documents found.
"""

import argparse
import json
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import bm25s
import ir_measures
import jieba
import numpy as np
import tantivy
from numpy.typing import NDArray
from rank_bm25 import BM25Okapi
from rich.console import Console
from rich.progress import track
from rich.table import Table

from index.analysis.reader import TextReader
from index.evaluation import DataSet, evaluate, load_data_set
from index.settings import IndexSettings
from index.storage.repositories import temporary_repository

DEPTH = 10
MEASURES = (ir_measures.Success @ 1, ir_measures.Success @ DEPTH, ir_measures.RR @ DEPTH)

Search = Callable[[str], Sequence[int]]
"""From a question to the numbers of the documents found, best first."""


@dataclass(frozen=True, slots=True)
class Row:
    """One engine on one data set: shares in percent, times in seconds and milliseconds."""

    data: str
    engine: str
    recall_at_1: float
    recall_at_10: float
    mrr_at_10: float
    build_seconds: float
    ms_p50: float


def rank_bm25_with_jieba(texts: Sequence[str]) -> Search:
    """rank-bm25 over `jieba.lcut`, as most people write it."""
    engine = BM25Okapi([jieba.lcut(text) for text in texts])

    def search(question: str) -> Sequence[int]:
        return best(engine.get_scores(jieba.lcut(question)))

    return search


def bm25s_with_bigrams(texts: Sequence[str]) -> Search:
    """bm25s over bigrams of Chinese characters, as Elasticsearch's CJK analyser cuts them."""
    engine = bm25s.BM25()
    engine.index([cjk_bigrams(text) for text in texts], show_progress=False)

    def search(question: str) -> Sequence[int]:
        known = [term for term in cjk_bigrams(question) if term in engine.vocab_dict]
        if not known:
            return []
        return best(engine.get_scores(known))

    return search


def tantivy_with_words(texts: Sequence[str]) -> Search:
    """tantivy over jieba's words without punctuation."""
    schema = (
        tantivy.SchemaBuilder()
        .add_text_field("body", tokenizer_name="whitespace")
        .add_integer_field("number", stored=True)
        .build()
    )
    index = tantivy.Index(schema)
    writer = index.writer()
    for number, text in enumerate(texts):
        writer.add_document(tantivy.Document(body=" ".join(words(text)), number=number))
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    searcher = index.searcher()

    def search(question: str) -> Sequence[int]:
        terms = [
            (tantivy.Occur.Should, tantivy.Query.term_query(schema, "body", word))
            for word in words(question)
        ]
        hits = searcher.search(tantivy.Query.boolean_query(terms), DEPTH).hits
        return [searcher.doc(address)["number"][0] for _, address in hits]

    return search


def best(scores: NDArray[np.float64]) -> list[int]:
    """The numbers of the documents with the highest scores."""
    return [int(number) for number in np.argsort(-scores, kind="stable")[:DEPTH]]


def words(text: str) -> list[str]:
    """jieba's words without punctuation, in lower case."""
    return [word.lower() for word in jieba.lcut(text) if word[0].isalnum()]


def cjk_bigrams(text: str) -> list[str]:
    """Bigrams of each run of Chinese characters, and other words as they are."""
    runs = re.findall(r"[\u3400-\u9fff]+|[a-z0-9]+", text.lower())
    return [term for run in runs for term in _bigrams_of(run)]


def _bigrams_of(run: str) -> Iterator[str]:
    if run.isascii() or len(run) == 1:
        yield run
    else:
        yield from (run[i : i + 2] for i in range(len(run) - 1))


PEERS: dict[str, Callable[[Sequence[str]], Search]] = {
    "rank-bm25 + jieba.lcut": rank_bm25_with_jieba,
    "bm25s + CJK bigrams": bm25s_with_bigrams,
    "tantivy + jieba words": tantivy_with_words,
}


def measure_peer(name: str, engine: str, data: DataSet) -> Row:
    """Build a peer over the documents and ask it every query."""
    started = time.perf_counter()
    search = PEERS[engine]([document.text for document in data.documents])
    built = time.perf_counter() - started
    found, times = [], []
    for query in track(data.queries, f"{name}: {engine}", console=Console(stderr=True)):
        started = time.perf_counter()
        numbers = search(query.text)
        times.append(1000 * (time.perf_counter() - started))
        found.append([data.documents[number].id for number in numbers])
    return _row(name, engine, data, found, times, built)


def measure_wenchu(name: str, data: DataSet, reader: TextReader) -> Row:
    """Evaluate this project; its time is that of the whole judged answer."""
    settings = IndexSettings()
    with temporary_repository(settings) as repository:
        steps = evaluate(data, repository, reader, settings.sure)
        while True:
            try:
                next(steps)
            except StopIteration as finished:
                evaluation = finished.value
                break
    found = [outcome.documents for outcome in evaluation.outcomes]
    times = [outcome.milliseconds for outcome in evaluation.outcomes]
    return _row(name, "WenChu", data, found, times, evaluation.build_seconds)


def _row(
    name: str,
    engine: str,
    data: DataSet,
    found: Sequence[Sequence[str]],
    times: Sequence[float],
    built: float,
) -> Row:
    relevant = {query.id: dict.fromkeys(query.relevant, 1) for query in data.queries}
    run = {
        query.id: {document: -float(place) for place, document in enumerate(documents)}
        for query, documents in zip(data.queries, found, strict=True)
    }
    values = ir_measures.calc_aggregate(MEASURES, relevant, run)
    at_1, at_10, mrr = (round(100 * values[measure], 2) for measure in MEASURES)
    return Row(name, engine, at_1, at_10, mrr, round(built, 1), round(np.median(times).item(), 2))


def main() -> None:
    """Measure all engines on all data sets and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--limit", type=int, help="ask the first queries only")
    parser.add_argument("--json", type=Path, help="write the rows to this file too")
    parsed = parser.parse_args()
    jieba.setLogLevel("WARNING")
    reader = TextReader()
    rows: list[Row] = []
    for folder in parsed.folders:
        data = load_data_set(folder, parsed.limit)
        rows += [measure_peer(folder.name, engine, data) for engine in PEERS]
        rows.append(measure_wenchu(folder.name, data, reader))
    headings = ("data", "engine", "recall@1", "recall@10", "MRR@10", "build s", "ms p50")
    table = Table(*headings)
    for row in rows:
        table.add_row(*map(str, asdict(row).values()))
    Console().print(table)
    if parsed.json:
        parsed.json.write_text(json.dumps([asdict(row) for row in rows], indent=1), "utf-8")


if __name__ == "__main__":
    main()
