"""The peers of the speed benchmark; each imports its library itself, so that no other pays."""

import re
import sqlite3
import time
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any

from speed_corpus import FOUND, SoughtTerm
from speed_engine import Engine


class RankBM25(Engine):
    """rank-bm25 over `jieba.lcut`, as most people write it."""

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
        import numpy as np

        engine = self._engine
        return lambda: len(np.argsort(-engine.get_scores(jieba.lcut(text)))[:FOUND])


class BM25S(Engine):
    """bm25s over this project's terms, which it is given as numbers, as its own tokenizer does."""

    def build(self) -> dict[str, float]:
        import bm25s
        from bm25s.tokenization import Tokenized

        started = time.perf_counter()
        vocabulary: dict[str, int] = {}
        ids = [
            [vocabulary.setdefault(term, len(vocabulary)) for term in line.split(" ")]
            for line in self.corpus.term_lines()
        ]
        numbered = time.perf_counter()
        engine = bm25s.BM25(k1=0.9, b=0.4)
        engine.index(Tokenized(ids=ids, vocab=vocabulary), show_progress=False)
        engine.save(str(self.folder), show_progress=False)
        return {"numbering": numbered - started, "indexing": time.perf_counter() - numbered}

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
        limit = min(FOUND, self._engine.scores["num_docs"])  # it refuses to find more
        return lambda: int(
            self._engine.retrieve([keys], k=limit, show_progress=False).documents.size
        )


class Tantivy(Engine):
    """tantivy over this project's terms."""

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

    def _search(self, terms: Sequence[SoughtTerm]) -> Callable[[], int]:
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
        return lambda: len(self._searcher.search(query, FOUND, count=False).hits)

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
        return lambda: len(self._database.execute(query, (asked, FOUND)).fetchall())
