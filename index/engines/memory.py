"""The embedded engine: rank-bm25's model over postings, mapped from files."""

import json
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rank_bm25 import BM25Plus

from index.engines.maxscore import STEPS, TermLists, term_lists, top_passages
from index.engines.postings import (
    Inverter,
    Postings,
    impacts_of,
    load_vocabulary,
    save_vocabulary,
)
from index.errors import DamagedIndex
from index.model import Hit
from index.terms import WeightedTerm

_PARAMETERS = "parameters.json"


class PostingsBM25(BM25Plus):  # type: ignore[misc]  # rank-bm25 ships no types
    """BM25Plus with delta 0: Okapi's term weights with an IDF that is always positive.

    Scores equal those of `rank_bm25.BM25Plus(corpus, k1=k1, b=b, delta=0)`. Only the storage
    differs, for each term the passages that hold it in place of one dictionary a passage, and
    `search`, which reads no more of them than it must. Safe to use from several threads.

    k1 and b are those of Anserini's default (Yang, Fang and Lin, 2017), which suit short passages.
    """

    def __init__(self, corpus: Iterable[Sequence[str]], k1: float = 0.9, b: float = 0.4) -> None:
        super().__init__(corpus, k1=k1, b=b, delta=0)

    def _initialize(self, corpus: Iterable[Sequence[str]]) -> None:
        """Invert the corpus. The library counts holders here; the postings tell them."""
        inverter = Inverter()
        for terms in corpus:
            inverter.add(terms)
        self.adopt(inverter.vocabulary, inverter.postings(self.k1, self.b))

    def adopt(self, vocabulary: dict[str, int], postings: Postings) -> None:
        """Search these postings from now on.

        Args:
            vocabulary: the number of each term.
        """
        self.vocabulary = vocabulary
        self.postings = postings
        self.doc_len = postings.lengths
        self.corpus_size = len(postings.lengths)
        self.avgdl = float(postings.lengths.mean()) if self.corpus_size else 0.0
        self._impacts = impacts_of(postings.profiles, self.k1, self.b, self.avgdl)

    def _calc_idf(self, nd: None) -> None:
        """Nothing to keep: `inverse_document_frequency` takes it from the postings' lengths."""

    def inverse_document_frequency(self, term: str) -> float:
        """rank-bm25's IDF; unknown terms have that of a term in one passage."""
        return math.log((self.corpus_size + 1) / max(1, self.holders(term)))

    def weighted_scores(self, terms: Iterable[tuple[str, float]]) -> NDArray[np.float64]:
        """The score of each passage, with each term's part multiplied by its weight.

        Args:
            terms: keys and weights; the weights of equal keys add up, and those that are not
                above 0 count nothing.
        """
        scores = np.zeros(self.corpus_size)
        if lists := self._lists(terms):
            for number in range(len(lists.slices)):
                holders, parts = lists.postings(number, number + 1)
                scores[holders] += parts
        return scores / STEPS

    def get_scores(self, query: Iterable[str]) -> NDArray[np.float64]:
        """As in rank-bm25."""
        return self.weighted_scores((term, 1.0) for term in query)

    def get_batch_scores(self, query: Iterable[str], doc_ids: Sequence[int]) -> list[float]:
        """As in rank-bm25."""
        scores: list[float] = self.get_scores(query)[list(doc_ids)].tolist()
        return scores

    def search(self, terms: Sequence[WeightedTerm], limit: int) -> list[Hit]:
        """See `index.engines.Engine`. Exact: what `weighted_scores` would give, to the last bit."""
        lists = self._lists((term.key, term.weight) for term in terms)
        if lists is None or limit <= 0:
            return []
        passage_ids, scores = top_passages(lists, limit)
        return list(map(Hit, passage_ids.tolist(), scores.tolist()))

    def _lists(self, terms: Iterable[tuple[str, float]]) -> TermLists | None:
        """The postings of the terms that are known; None without any."""
        weights: defaultdict[int, float] = defaultdict(float)
        for key, weight in terms:
            term_id = self.vocabulary.get(key)
            if term_id is not None and weight > 0:
                weights[term_id] += weight
        if not weights:
            return None
        postings = self.postings
        term_ids = np.fromiter(weights.keys(), np.int64, len(weights))
        starts, ends = postings.offsets.take(term_ids), postings.offsets.take(term_ids + 1)
        told = np.log((self.corpus_size + 1) / np.maximum(1, ends - starts))
        return term_lists(
            passage_ids=postings.passage_ids,
            profile_ids=postings.profile_ids,
            impacts=self._impacts,
            starts=starts,
            ends=ends,
            best=postings.best.take(term_ids),
            factors=np.fromiter(weights.values(), np.float64, len(weights)) * told * (self.k1 + 1),
        )

    @property
    def passages(self) -> int:
        """See `index.engines.Engine`."""
        return self.corpus_size

    def holders(self, key: str) -> int:
        """See `index.engines.Engine`."""
        term_id = self.vocabulary.get(key)
        if term_id is None:
            return 0
        return int(self.postings.offsets[term_id + 1] - self.postings.offsets[term_id])

    def information(self, key: str) -> float:
        """See `index.engines.Engine`."""
        return self.inverse_document_frequency(key)

    def save(self, folder: Path) -> None:
        """Write the engine into `folder`. Raises OSError."""
        self.postings.save(folder)
        save_vocabulary(folder, self.vocabulary)
        (folder / _PARAMETERS).write_text(json.dumps({"k1": self.k1, "b": self.b}), "utf-8")


class PostingsBuilder:
    """See `index.engines.EngineBuilder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._inverter = Inverter()

    def add(self, terms: Sequence[str]) -> None:
        """Add the next passage by its terms."""
        self._inverter.add(terms)

    def finish(self) -> None:
        """Write the postings."""
        engine = PostingsBM25(())
        engine.adopt(self._inverter.vocabulary, self._inverter.postings(engine.k1, engine.b))
        self._folder.mkdir()
        engine.save(self._folder)


def open_engine(folder: Path) -> PostingsBM25:
    """Map the postings in `folder`.

    Raises:
        DamagedIndex: a file is missing or is not what was written.
    """
    try:
        parameters = json.loads((folder / _PARAMETERS).read_text("utf-8"))
        engine = PostingsBM25((), k1=float(parameters["k1"]), b=float(parameters["b"]))
        if not (0 <= engine.k1 < math.inf and 0 <= engine.b <= 1):
            raise ValueError("the parameters are none of BM25")
        vocabulary, postings = load_vocabulary(folder), Postings.map(folder)
        if len(vocabulary) != len(postings.best):
            raise ValueError("the terms do not fit the postings")
        engine.adopt(vocabulary, postings)
    except Exception as error:  # what reads a damaged header in NumPy raises is not documented
        raise DamagedIndex(folder, str(error)) from error
    return engine
