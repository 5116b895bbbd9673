"""The engines of the speed benchmark, in one table."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from speed_corpus import Corpus
from speed_engine import Engine
from speed_peers import BM25S, FTS5, RankBM25, Tantivy


@dataclass(frozen=True, slots=True)
class EngineKind:
    """An engine, and how it is measured.

    Attributes:
        create: gives one for a corpus and an empty folder.
        label: its name in the picture.
        note: what a reader of its figures should know.
        on_disk: whether it can be built in one process and opened in another.
        over_terms: whether it is given terms which were cut before.
        questions: at most so many are asked.
        passages_searched: searches times passages that are worth waiting for.
        most_passages: above so many it is left out unless it is asked for by name.
    """

    create: Callable[[Corpus, Path], Engine]
    label: str
    note: str
    on_disk: bool = True
    over_terms: bool = False
    questions: int = 100_000
    passages_searched: float = float("inf")
    most_passages: float = float("inf")

    def questions_over(self, passages: int) -> int:
        """How many questions are asked over so many passages."""
        worth_waiting = max(_LEAST_QUESTIONS, self.passages_searched / passages)
        return int(min(self.questions, worth_waiting))


_LEAST_QUESTIONS = 20


def _memory(corpus: Corpus, folder: Path) -> Engine:
    # The index is imported by those who need it: a peer does not carry it in its memory.
    from speed_library import Memory

    return Memory(corpus, folder)


ENGINES: dict[str, EngineKind] = {
    "memory": EngineKind(
        _memory,
        "WenChu",
        "build and disk hold the articles and citations too; opening and serving are the whole "
        "library's",
    ),
    "tantivy": EngineKind(
        Tantivy,
        "tantivy",
        "same terms and weights; its peak is that of indexing alone",
        over_terms=True,
    ),
    "bm25s": EngineKind(
        BM25S,
        "bm25s (numba)" if find_spec("numba") else "bm25s",
        "same terms, without weights; its peak is that of indexing alone"
        + ("" if find_spec("numba") else "; numba not installed"),
        over_terms=True,
    ),
    "rank_bm25": EngineKind(
        RankBM25,
        "rank-bm25 + jieba",
        "question cut included; cannot be saved without pickle, so that each start builds it",
        on_disk=False,
        questions=50,
        most_passages=250_000,
    ),
    "fts5": EngineKind(
        FTS5,
        "SQLite FTS5 trigram",
        "the trigrams of the question, any of them",
        questions=200,
        passages_searched=20_000_000,
    ),
}
"""The engines by their names in the JSON that the benchmark writes."""


def engine_of(name: str, corpus: Corpus) -> Engine:
    """An engine over a corpus, with a folder of its own in it."""
    folder = corpus.folder / name
    folder.mkdir(exist_ok=True)
    return ENGINES[name].create(corpus, folder)
