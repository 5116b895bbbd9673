"""The embedded engine: rank-bm25's model over postings, mapped from files."""

import json
import math
import shutil
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rank_bm25 import BM25Plus

from index.engines.maxscore import STEPS, Accumulators, TermLists, term_lists, top_passages
from index.engines.packing import PackedTerms, hash_of
from index.engines.postings import Postings, average_of, impacts_of, write_postings
from index.engines.runs import AT_ONCE, Merge, NumberedTerms, Run, Source, sorted_run, write_run
from index.errors import DamagedIndex
from index.model import Hit
from index.terms import WeightedTerm

_PARAMETERS = "parameters.json"
_RUNS = "runs"
_MOST_RUNS = 32
"""Runs that are set aside before they are merged into one: each holds five files open."""


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
        terms = PackedTerms.of(corpus)
        run = sorted_run([NumberedTerms(0, terms)])
        self.adopt(Postings.of(run, terms.lengths, self.k1, self.b))

    def adopt(self, postings: Postings) -> None:
        """Search these postings from now on."""
        self.postings = postings
        self.doc_len = postings.lengths
        self.corpus_size = len(postings.lengths)
        self.avgdl = average_of(postings.lengths)
        self._impacts = impacts_of(postings.profiles, self.k1, self.b, self.avgdl)
        self._accumulators = Accumulators(self.corpus_size)

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
                holders, parts = lists.parts(number)
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
        passage_ids, scores = top_passages(lists, limit, self._accumulators)
        return list(map(Hit, passage_ids.tolist(), scores.tolist()))

    def _lists(self, terms: Iterable[tuple[str, float]]) -> TermLists | None:
        """The postings of the terms that are known; None without any."""
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
        told = np.log((self.corpus_size + 1) / np.maximum(1, ends - starts))
        weighed = np.fromiter(weights.values(), np.float64, len(weights))[known]
        return term_lists(
            passage_ids=postings.passage_ids,
            profile_ids=postings.profile_ids,
            impacts=self._impacts,
            starts=starts,
            ends=ends,
            best=postings.best.take(numbers),
            factors=weighed * told * (self.k1 + 1),
        )

    def look_up(self, keys: Iterable[str]) -> None:
        """See `index.engines.Engine`. All is at hand."""

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

    def information(self, key: str) -> float:
        """See `index.engines.Engine`."""
        return self.inverse_document_frequency(key)


class PostingsBuilder:
    """See `index.engines.EngineBuilder`."""

    def __init__(self, folder: Path, earlier: Path | None) -> None:
        self._folder = folder
        self._model = PostingsBM25(())
        self._earlier = Postings.map(earlier) if earlier else None
        self._kept: list[_Kept] = []
        self._lengths = array("i")  # 0 for those that are kept, until the end
        self._passages = 0
        self._waiting: list[NumberedTerms] = []
        self._postings_waiting = 0
        self._runs: list[Run] = []
        self._merged: dict[Path, Run] = {}
        self._folders = 0
        folder.mkdir()

    def add(self, packed: bytes) -> None:
        """See `index.engines.EngineBuilder`."""
        terms = PackedTerms.from_bytes(packed)
        self._waiting.append(NumberedTerms(self._passages, terms))
        self._postings_waiting += len(terms.hashes)
        self._lengths.frombytes(terms.lengths.tobytes())
        self._passages += len(terms.lengths)
        if self._postings_waiting > AT_ONCE:
            self._set_aside()

    def keep(self, first: int, count: int) -> None:
        """See `index.engines.EngineBuilder`."""
        last = self._kept[-1] if self._kept else None
        if last and last.continues(first, self._passages):
            last.count += count
        else:
            self._kept.append(_Kept(first, self._passages, count))
        self._lengths.frombytes(bytes(count * self._lengths.itemsize))
        self._passages += count

    def finish(self) -> Iterator[tuple[int, int]]:
        """See `index.engines.EngineBuilder`."""
        # A single run need not be written to be read back.
        runs = [*self._merged.values(), *self._runs, *self._waiting_run()]
        sources = [Source(run) for run in runs]
        if self._earlier and self._kept:
            sources.append(Source(self._earlier.run, self._places(self._earlier)))
        if not sources:
            sources.append(Source(self._model.postings.run))
        model = self._model
        yield from write_postings(self._folder, sources, self._all_lengths(), model.k1, model.b)
        parameters = {"k1": model.k1, "b": model.b}
        (self._folder / _PARAMETERS).write_text(json.dumps(parameters), "utf-8")
        shutil.rmtree(self._folder / _RUNS, ignore_errors=True)

    def _set_aside(self) -> None:
        for run in self._waiting_run():
            run.save(folder := self._run_folder())
            self._runs.append(Run.map(folder))
        if len(self._runs) == _MOST_RUNS:
            self._merge_runs()

    def _merge_runs(self) -> None:
        """Make one run of those that were set aside."""
        folder = self._run_folder()
        folder.mkdir()
        for _ in write_run(folder, Merge([Source(run) for run in self._runs], self._passages)):
            pass
        self._runs.clear()  # lets go of their files
        for other in (self._folder / _RUNS).iterdir():
            if other not in (folder, *self._merged):
                shutil.rmtree(other)
        self._merged[folder] = Run.map(folder)

    def _run_folder(self) -> Path:
        self._folders += 1
        return self._folder / _RUNS / str(self._folders)

    def _waiting_run(self) -> Iterator[Run]:
        if self._waiting:
            yield sorted_run(self._waiting)
        self._waiting, self._postings_waiting = [], 0

    def _all_lengths(self) -> NDArray[np.int32]:
        """For each passage the number of its terms."""
        lengths = np.array(self._lengths, np.int32)
        if self._earlier:
            for kept in self._kept:
                lengths[kept.range_now] = self._earlier.lengths[kept.range_then]
        return lengths

    def _places(self, earlier: Postings) -> NDArray[np.int32]:
        """The number of each earlier passage now; -1 for those that are not kept."""
        places = np.full(len(earlier.lengths), -1, np.int32)
        for kept in self._kept:
            places[kept.range_then] = np.arange(kept.now, kept.now + kept.count)
        return places


@dataclass(slots=True)
class _Kept:
    """Passages of an earlier engine that follow each other, there and here.

    Attributes:
        then, now: the number of the first one there, and here.
    """

    then: int
    now: int
    count: int

    def continues(self, then: int, now: int) -> bool:
        """Whether passages with these numbers follow the last of these."""
        return then == self.then + self.count and now == self.now + self.count

    @property
    def range_then(self) -> slice:
        return slice(self.then, self.then + self.count)

    @property
    def range_now(self) -> slice:
        return slice(self.now, self.now + self.count)


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
        engine.adopt(Postings.map(folder))
    except Exception as error:  # what reads a damaged header in NumPy raises is not documented
        raise DamagedIndex(folder, str(error)) from error
    return engine
