"""Does the engine find what rank-bm25 finds? The same passages and scores, question by question.

    .venv/bin/python benchmarks/equality.py --articles FILE --passages N --questions M

FILE holds articles as JSON lines `{id, title, text}`, plain or zipped. They are built into a
library; its engine is asked, and so is `rank_bm25.BM25Plus` over the terms of the same passages.
Exits with 1 where the two differ.
"""

import argparse
from collections.abc import Iterator, Sequence
from contextlib import closing
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray
from rank_bm25 import BM25Plus
from rich.console import Console
from rich.progress import track
from speed_articles import prepare
from speed_corpus import FOUND, Corpus, SoughtTerm
from speed_engines import engine_of

from index import Hit
from index.analysis.index_terms import WeightedTerm, context_of, passage_terms
from index.analysis.reader import TextReader
from index.storage.disk_snapshot import DiskSnapshot
from index.storage.generations import current_generation

K1, B = 0.9, 0.4
"""The engine's parameters."""
TOLERANCE = 1e-4
"""By which scores may differ."""
_SAME = 9
"""Digits behind the point to which rank-bm25's sums are the same in any order of their terms."""


class Reference:
    """rank-bm25 over the passages of a generation, asked for weighted terms."""

    def __init__(self, passages: Sequence[Sequence[str]]) -> None:
        """`passages` are the terms of each, by its number."""
        self._model = BM25Plus(passages, k1=K1, b=B, delta=0)
        # Questions share terms, and the library goes through all passages for each of them.
        self._scores_of = lru_cache(maxsize=2_000)(self._scores_of_one)

    def search(self, terms: Sequence[SoughtTerm], limit: int) -> list[Hit]:
        """The passages with the highest scores above 0, equal ones by their numbers."""
        scores = np.zeros(self._model.corpus_size)
        for term in terms:
            if term.key in self._model.idf:
                scores += term.weight * self._scores_of(term.key)
        found = np.flatnonzero(scores)
        order = np.lexsort((found, -scores[found].round(_SAME)))[:limit]
        return [Hit(int(number), float(scores[number])) for number in found[order]]

    def _scores_of_one(self, key: str) -> NDArray[np.float64]:
        scores: NDArray[np.float64] = self._model.get_scores([key])
        return scores


def differences(corpus: Corpus) -> Iterator[str | None]:
    """Build the library of a corpus and ask both; for each question how they differ, or None."""
    engine_of("memory", corpus).build()
    with closing(DiskSnapshot(current_generation(corpus.folder / "memory"))) as snapshot:
        reference = Reference(list(_terms_of(snapshot)))
        for asked in corpus.asked():
            found = snapshot.engine.search(
                [WeightedTerm(term.key, term.weight) for term in asked.terms], FOUND
            )
            expected = reference.search(asked.terms, FOUND)
            yield None if equal(found, expected) else f"{asked.text}: {found}, not {expected}"


def equal(found: Sequence[Hit], expected: Sequence[Hit]) -> bool:
    """Whether these are the same passages in the same order, and their scores near enough."""
    return [hit.passage_id for hit in found] == [hit.passage_id for hit in expected] and all(
        abs(one.score - other.score) <= TOLERANCE
        for one, other in zip(found, expected, strict=True)
    )


def _terms_of(snapshot: DiskSnapshot) -> Iterator[list[str]]:
    """The terms of each passage of a generation, by its number."""
    reader = TextReader(snapshot.dictionary.words)
    for passage_id in range(snapshot.manifest.passages):
        (placed,) = snapshot.passages([passage_id])
        passage = placed.passage
        context = context_of(placed.title, passage.headings, passage.byline)
        yield passage_terms(passage.text, context, reader)


def main() -> None:
    """Compare, and tell each difference."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--articles", type=Path, required=True, metavar="FILE")
    parser.add_argument("--passages", type=int, default=20_000, metavar="N")
    parser.add_argument("--questions", type=int, default=1_000, metavar="N")
    parser.add_argument("--queries", type=Path, nargs="+", default=[], metavar="DIR")
    parsed = parser.parse_args()
    with TemporaryDirectory() as folder:
        corpus = Corpus(Path(folder))
        size = prepare(corpus, parsed.articles, parsed.passages, parsed.questions, parsed.queries)
        asking = track(
            differences(corpus), "asking both", size.questions, console=Console(stderr=True)
        )
        different = [line for line in asking if line]
    print(*different, sep="\n", end="\n" if different else "")
    print(
        f"{size.questions - len(different)} of {size.questions} questions over "
        f"{size.passages:,} passages: the same {FOUND} passages, scores within {TOLERANCE:g}."
    )
    raise SystemExit(bool(different))


if __name__ == "__main__":
    main()
