"""The engines of the speed benchmark; each is built, and then asked, in a process of its own.

    python benchmarks/speed_engines.py cut|build|serve|answer|reindex ENGINE FOLDER

prints what was measured as one JSON object. FOLDER holds a corpus (see speed_corpus.py); the other
engines are imported where they are used, so that none counts in the memory of another.
"""

import json
import re
import resource
import sqlite3
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from speed_corpus import Corpus, cut_passages

from index import Answer, IndexSettings, Library, build, open_library
from index.generation import current_generation
from index.ranking import CANDIDATES
from index.snapshot import Snapshot
from index.terms import WeightedTerm

Figures = dict[str, Any]
"""What was measured, by its name in the JSON that the benchmark writes."""


class Engine(ABC):
    """An engine over the passages of a corpus.

    Attributes:
        questions: at most so many are asked.
        note: what a reader of its figures should know.
        on_disk: whether it can be built in one process and opened in another.
    """

    questions: int = 100_000
    note: str = ""
    on_disk: bool = True

    def __init__(self, corpus: Corpus, folder: Path) -> None:
        self.corpus = corpus
        self.folder = folder

    @abstractmethod
    def build(self) -> dict[str, float]:
        """Build it, into its folder if it has files; returns the seconds of each stage."""

    @abstractmethod
    def open(self) -> None:
        """Open what was built."""

    @abstractmethod
    def searches(self) -> list[Callable[[], int]]:
        """For each question a function that searches and tells how many passages it found."""


class Memory(Engine):
    """This project's embedded engine, in a whole library."""

    note = "build and disk hold the articles and citations too"

    @property
    def _settings(self) -> IndexSettings:
        return IndexSettings(seeds=self.corpus.seeds, data=self.folder)

    def build(self) -> dict[str, float]:
        stages: defaultdict[str, float] = defaultdict(float)
        before = time.perf_counter()
        for progress in build(self._settings):
            now = time.perf_counter()
            stages[progress.stage.value] += now - before
            before = now
        return dict(stages)

    def open(self) -> None:
        self._snapshot = Snapshot(current_generation(self.folder))

    def searches(self) -> list[Callable[[], int]]:
        return [self._search(asked.terms) for asked in self.corpus.asked()]

    def _search(self, terms: Sequence[WeightedTerm]) -> Callable[[], int]:
        engine = self._snapshot.engine
        return lambda: len(engine.search(terms, CANDIDATES))

    def answers(self) -> list[Callable[[], int]]:
        """For each question a function that gives the whole judged answer."""
        library = open_library(self._settings)
        library.status()  # opens the live generation
        return [_answer(library, asked.text) for asked in self.corpus.asked()]


def _answer(library: Library, text: str) -> Callable[[], int]:
    return lambda: int(isinstance(library.ask(text), Answer))


class RankBM25(Engine):
    """rank-bm25 over `jieba.lcut`, as most people write it."""

    questions = 50
    note = "question cut included; cannot be saved without pickle, so that each start builds it"
    on_disk = False

    def build(self) -> dict[str, float]:
        import jieba
        from rank_bm25 import BM25Okapi

        jieba.setLogLevel("WARNING")
        started = time.perf_counter()
        cut = [jieba.lcut(text) for text in self.corpus.texts()]
        parted = time.perf_counter()
        self._engine = BM25Okapi(cut)
        return {"cutting": parted - started, "indexing": time.perf_counter() - parted}

    def open(self) -> None:
        """Nothing to do: it was built in this process."""

    def searches(self) -> list[Callable[[], int]]:
        return [self._search(asked.text) for asked in self.corpus.asked()]

    def _search(self, text: str) -> Callable[[], int]:
        import jieba

        engine = self._engine
        return lambda: len(np.argsort(-engine.get_scores(jieba.lcut(text)))[:CANDIDATES])


class BM25S(Engine):
    """bm25s over this project's terms."""

    note = "same terms, without weights" + ("" if find_spec("numba") else "; numba not installed")

    def build(self) -> dict[str, float]:
        import bm25s

        started = time.perf_counter()
        terms = [line.split(" ") for line in self.corpus.term_lines()]
        engine = bm25s.BM25(k1=0.9, b=0.4)
        engine.index(terms, show_progress=False)
        engine.save(str(self.folder), show_progress=False)
        return {"indexing": time.perf_counter() - started}

    def open(self) -> None:
        import bm25s

        backend = "numba" if find_spec("numba") else "numpy"
        self._engine = bm25s.BM25.load(
            str(self.folder), mmap=True, show_progress=False, override_params={"backend": backend}
        )

    def searches(self) -> list[Callable[[], int]]:
        known = self._engine.vocab_dict
        questions = [[term.key for term in asked.terms] for asked in self.corpus.asked()]
        return [self._search([key for key in keys if key in known]) for keys in questions]

    def _search(self, keys: list[str]) -> Callable[[], int]:
        if not keys:
            return lambda: 0
        limit = min(CANDIDATES, self._engine.scores["num_docs"])  # it refuses to find more
        return lambda: int(
            self._engine.retrieve([keys], k=limit, show_progress=False).documents.size
        )


class Tantivy(Engine):
    """tantivy over this project's terms."""

    note = "same terms and weights"

    def build(self) -> dict[str, float]:
        import tantivy

        started = time.perf_counter()
        writer = tantivy.Index(self._schema(), path=str(self.folder)).writer()
        for number, line in enumerate(self.corpus.term_lines()):
            writer.add_document(tantivy.Document(body=line, number=number))
        writer.commit()
        writer.wait_merging_threads()
        return {"indexing": time.perf_counter() - started}

    def open(self) -> None:
        import tantivy

        self._searcher = tantivy.Index.open(str(self.folder)).searcher()

    def searches(self) -> list[Callable[[], int]]:
        return [self._search(asked.terms) for asked in self.corpus.asked()]

    def _search(self, terms: Sequence[WeightedTerm]) -> Callable[[], int]:
        from tantivy import Occur, Query

        schema = self._schema()
        query = Query.boolean_query(
            [
                (
                    Occur.Should,
                    Query.boost_query(Query.term_query(schema, "body", term.key), term.weight),
                )
                for term in terms
            ]
        )
        return lambda: len(self._searcher.search(query, CANDIDATES, count=False).hits)

    @staticmethod
    def _schema() -> Any:
        import tantivy

        return (
            tantivy.SchemaBuilder()
            .add_text_field("body", tokenizer_name="whitespace", index_option="freq")
            .add_integer_field("number", stored=True)
            .build()
        )


class FTS5(Engine):
    """SQLite's full-text index of trigrams, over the passages as they are."""

    note = "the trigrams of the question, any of them"
    questions = 200

    def build(self) -> dict[str, float]:
        started = time.perf_counter()
        database = sqlite3.connect(self.folder / "passages.db")
        with database:
            database.execute("CREATE VIRTUAL TABLE passage USING fts5(text, tokenize='trigram')")
            rows = ((text,) for text in self.corpus.texts())
            database.executemany("INSERT INTO passage VALUES (?)", rows)
        database.close()
        return {"indexing": time.perf_counter() - started}

    def open(self) -> None:
        self._database = sqlite3.connect(
            f"{(self.folder / 'passages.db').as_uri()}?mode=ro", uri=True
        )
        self._database.execute("SELECT rowid FROM passage LIMIT 1").fetchone()

    def searches(self) -> list[Callable[[], int]]:
        return [self._search(asked.text) for asked in self.corpus.asked()]

    def _search(self, text: str) -> Callable[[], int]:
        runs = re.findall(r"\w{3,}", text)
        asked = " OR ".join(f'"{run[i : i + 3]}"' for run in runs for i in range(len(run) - 2))
        query = "SELECT rowid FROM passage WHERE passage MATCH ? ORDER BY rank LIMIT ?"
        if not asked:
            return lambda: 0
        return lambda: len(self._database.execute(query, (asked, CANDIDATES)).fetchall())


ENGINES: dict[str, type[Engine]] = {
    "memory": Memory,
    "tantivy": Tantivy,
    "bm25s": BM25S,
    "rank_bm25": RankBM25,
    "fts5": FTS5,
}
"""The engines by their names in the JSON that the benchmark writes."""

OVER_TERMS = ("tantivy", "bm25s")
"""Engines that are given terms which were cut before."""


def measure_build(engine: Engine) -> Figures:
    """Build an engine in this process."""
    stages = engine.build()
    return {
        "build_seconds": round(sum(stages.values()), 3),
        "build_stages": {stage: round(seconds, 3) for stage, seconds in stages.items()},
        "build_peak_mb": _peak_mb(),
        "disk_mb": _megabytes(
            sum(p.stat().st_size for p in engine.folder.rglob("*") if p.is_file())
        ),
    }


def measure_serve(engine: Engine) -> Figures:
    """Open an engine in this process and ask it; one that is not on disk is built first."""
    figures: Figures = {"note": engine.note}
    started = time.perf_counter()
    if not engine.on_disk:
        figures |= measure_build(engine)
    engine.open()
    figures["open_ms"] = _milliseconds(time.perf_counter() - started)
    searches = engine.searches()[: engine.questions]
    searches[0]()
    seconds, found = _timed(searches)
    figures |= {f"search_ms_{name}": value for name, value in _percentiles(seconds).items()}
    figures |= {"searches": len(searches), "found": found, **_resident()}
    return figures


def measure_answers(engine: Memory) -> Figures:
    """Open the library in this process and ask it for whole answers."""
    started = time.perf_counter()
    answers = engine.answers()
    opened = time.perf_counter() - started
    first, _ = _timed(answers[:1])  # reads the dictionary
    seconds, answered = _timed(answers)
    return {
        "open_ms": _milliseconds(opened),
        "first_answer_ms": _milliseconds(first[0]),
        **{f"answer_ms_{name}": value for name, value in _percentiles(seconds).items()},
        "asked": len(answers),
        "answered": answered,
        **_resident(),
    }


def measure_cut(corpus: Corpus) -> Figures:
    """Cut all passages into terms in this process."""
    started = time.perf_counter()
    passages = cut_passages(corpus)
    return {"cutting_seconds": round(time.perf_counter() - started, 3), "passages": passages}


def measure_reindex(engine: Memory, corpus: Corpus) -> Figures:
    """Change one article and build again in another process, while this one answers."""
    answers = engine.answers()
    changed = next(path for path in sorted(corpus.seeds.rglob("*.txt")))
    with changed.open("a", encoding="utf-8") as file:
        file.write("\n这一段是后来添上的。\n")
    seconds: list[float] = []
    command = [sys.executable, __file__, "build", "memory", str(corpus.folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as building:  # noqa: S603 - our own code
        while building.poll() is None or not seconds:
            took, _ = _timed([answers[len(seconds) % len(answers)]])
            seconds += took
        printed = building.stdout.read() if building.stdout else b""
    if building.returncode:
        raise RuntimeError("the build during which questions were asked failed")
    return {
        "reindex_one_seconds": json.loads(printed)["build_seconds"],
        "answered_during_reindex": len(seconds),
        **{f"answer_ms_{name}_during_reindex": v for name, v in _percentiles(seconds).items()},
    }


def _timed(calls: Sequence[Callable[[], int]]) -> tuple[list[float], int]:
    """The seconds that each call took, and the sum of what they returned."""
    seconds, returned = [], 0
    for call in calls:
        started = time.perf_counter()
        returned += call()
        seconds.append(time.perf_counter() - started)
    return seconds, returned


def _percentiles(seconds: Sequence[float]) -> dict[str, float]:
    values = np.percentile(seconds, (50, 95, 99)).tolist()
    return {
        name: _milliseconds(value)
        for name, value in zip(("p50", "p95", "p99"), values, strict=True)
    }


def _milliseconds(seconds: float) -> float:
    return round(1_000 * seconds, 4)


def _megabytes(size: float) -> float:
    return round(size / 1e6, 2)


def _peak_mb() -> float:
    """The most memory that this process has held."""
    # Not `ru_maxrss` where there is another: that of a new process begins at its parent's size.
    if told := _process_status():
        return _megabytes(told["VmHWM"])
    return _megabytes(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def _resident() -> Figures:
    """The memory that this process holds, and of that what is no mapped file, where it is told."""
    told = _process_status()
    if not told:
        return {"rss_mb": _peak_mb(), "rss_unmapped_mb": None}
    unmapped = told["VmRSS"] - told.get("RssFile", 0)
    return {"rss_mb": _megabytes(told["VmRSS"]), "rss_unmapped_mb": _megabytes(unmapped)}


def _process_status() -> dict[str, int]:
    """Linux's memory figures of this process, in bytes; empty on other systems."""
    status = Path("/proc/self/status")
    if not status.exists():
        return {}
    return {n: 1024 * int(kb) for n, kb in re.findall(r"(\w+):\s+(\d+) kB", status.read_text())}


def main() -> None:
    """Measure one step of one engine."""
    step, name, folder = sys.argv[1:]
    corpus = Corpus(Path(folder))
    engine = ENGINES[name](corpus, corpus.folder / name)
    engine.folder.mkdir(exist_ok=True)
    if step == "cut":
        figures = measure_cut(corpus)
    elif step == "build":
        figures = measure_build(engine)
    elif step == "serve":
        figures = measure_serve(engine)
    elif not isinstance(engine, Memory):
        raise SystemExit(f"{name} cannot {step}")
    elif step == "answer":
        figures = measure_answers(engine)
    else:
        figures = measure_reindex(engine, corpus)
    print(json.dumps(figures, ensure_ascii=False))


if __name__ == "__main__":
    main()
