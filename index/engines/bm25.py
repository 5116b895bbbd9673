"""rank-bm25's model with its storage and its search replaced: compiled postings, exact top k."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from rank_bm25 import BM25Plus

from index.analysis.index_terms import WeightedTerm
from index.engines.maxscore import STEPS, Accumulators, TermLists, term_lists, top_passages
from index.engines.packing import PackedTerms, hash_of
from index.engines.postings import Postings, average_of, impacts_of
from index.engines.runs import NumberedTerms, sorted_run
from index.model import Hit


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
        """Inverts the corpus. The library counts holders here; the postings have the counts."""
        terms = PackedTerms.of(corpus)
        run = sorted_run([NumberedTerms(0, terms)])
        self.adopt(Postings.of(run, terms.lengths, self.k1, self.b))

    def adopt(self, postings: Postings) -> None:
        """Searches these postings from now on."""
        self.postings = postings
        self.doc_len = postings.lengths
        self.corpus_size = len(postings.lengths)
        self.avgdl = average_of(postings.lengths)
        self._impacts = impacts_of(postings.profiles, self.k1, self.b, self.avgdl)
        self._accumulators = Accumulators(self.corpus_size)

    def _calc_idf(self, nd: None) -> None:
        """Does nothing: `inverse_document_frequency` uses the lengths of the postings."""

    def inverse_document_frequency(self, term: str) -> float:
        """Returns rank-bm25's IDF; an unknown term has that of a term in one passage."""
        return math.log((self.corpus_size + 1) / max(1, self.holders(term)))

    def weighted_scores(self, terms: Iterable[tuple[str, float]]) -> NDArray[np.float64]:
        """Returns each passage's score, each term's part multiplied by its weight.

        Args:
            terms: keys and weights; the weights of equal keys add up, and those that are not
                above 0 are ignored.
        """
        scores = np.zeros(self.corpus_size)
        if lists := self._lists(terms):
            for number in range(len(lists.slices)):
                holders, parts = lists.parts(number)
                scores[holders] += parts
        return scores / STEPS

    def get_scores(self, query: Iterable[str]) -> NDArray[np.float64]:
        """Does the same as in rank-bm25."""
        return self.weighted_scores((term, 1.0) for term in query)

    def get_batch_scores(self, query: Iterable[str], doc_ids: Sequence[int]) -> list[float]:
        """Does the same as in rank-bm25."""
        scores: list[float] = self.get_scores(query)[list(doc_ids)].tolist()
        return scores

    def search(self, terms: Sequence[WeightedTerm], limit: int) -> list[Hit]:
        """See `index.engines.Engine`. Exact: equals `weighted_scores`, to the last bit."""
        lists = self._lists((term.key, term.weight) for term in terms)
        if lists is None or limit <= 0:
            return []
        passage_ids, scores = top_passages(lists, limit, self._accumulators)
        return list(map(Hit, passage_ids.tolist(), scores.tolist()))

    def _lists(self, terms: Iterable[tuple[str, float]]) -> TermLists | None:
        """Returns the postings of the known terms; None without any."""
        weights: defaultdict[int, float] = defaultdict(float)
        for key, weight in terms:
            if weight > 0:
                weights[hash_of(key)] += weight
        postings = self.postings
        numbers = postings.numbers(np.fromiter(weights.keys(), np.uint64, len(weights)))
        known = numbers >= 0
        if not known.any():
            return None
        numbers = numbers[known]
        starts, ends = postings.offsets.take(numbers), postings.offsets.take(numbers + 1)
        idf = np.log((self.corpus_size + 1) / np.maximum(1, ends - starts))
        weighed = np.fromiter(weights.values(), np.float64, len(weights))[known]
        return term_lists(
            passage_ids=postings.passage_ids,
            profile_ids=postings.profile_ids,
            impacts=self._impacts,
            starts=starts,
            ends=ends,
            best=postings.best.take(numbers),
            factors=weighed * idf * (self.k1 + 1),
        )

    def look_up(self, keys: Iterable[str]) -> None:
        """See `index.engines.Engine`. Does nothing, as all is in memory."""

    @property
    def passages(self) -> int:
        """See `index.engines.Engine`."""
        return self.corpus_size

    def holders(self, key: str) -> int:
        """See `index.engines.Engine`."""
        (number,) = self.postings.numbers(np.array([hash_of(key)], np.uint64)).tolist()
        if number < 0:
            return 0
        return int(self.postings.offsets[number + 1] - self.postings.offsets[number])

    def idf_of(self, key: str) -> float:
        """See `index.engines.Engine`."""
        return self.inverse_document_frequency(key)
