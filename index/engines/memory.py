"""The embedded engine: rank-bm25's model over postings, mapped from files."""

import json
import math
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rank_bm25 import BM25Plus

from index.errors import DamagedIndex
from index.model import Hit
from index.terms import WeightedTerm

_TERMS = "terms.txt"
_PARAMETERS = "parameters.json"
_ARRAYS = ("offsets", "passage_ids", "frequencies", "lengths")


class Inverter:
    """Gathers postings passage by passage."""

    def __init__(self) -> None:
        self.vocabulary: dict[str, int] = {}
        self.lengths = array("i")
        self.term_ids, self.passage_ids, self.frequencies = array("i"), array("i"), array("i")

    def add(self, terms: Sequence[str]) -> None:
        """Add the next passage by its terms."""
        for term, frequency in Counter(terms).items():
            self.term_ids.append(self.vocabulary.setdefault(term, len(self.vocabulary)))
            self.passage_ids.append(len(self.lengths))
            self.frequencies.append(frequency)
        self.lengths.append(len(terms))


class PostingsBM25(BM25Plus):  # type: ignore[misc]  # rank-bm25 ships no types
    """BM25Plus with delta 0: Okapi's term weights with an IDF that is always positive.

    Scores equal those of `rank_bm25.BM25Plus(corpus, k1=k1, b=b, delta=0)`. Only the storage
    differs: for each term the passages that hold it, in place of one dictionary a passage.

    k1 and b are those of Anserini's default (Yang, Fang and Lin, 2017), which suit short passages.
    """

    def __init__(self, corpus: Iterable[Sequence[str]], k1: float = 0.9, b: float = 0.4) -> None:
        super().__init__(corpus, k1=k1, b=b, delta=0)

    def _initialize(self, corpus: Iterable[Sequence[str]]) -> None:
        """Invert the corpus. The library counts holders here; the postings tell them."""
        inverter = Inverter()
        for terms in corpus:
            inverter.add(terms)
        self.adopt(inverter)

    def adopt(self, inverter: "Inverter") -> None:
        """Take over what has been inverted."""
        term_ids = np.asarray(inverter.term_ids, np.int64)
        # A stable sort keeps the passages of each term in ascending order.
        order = np.argsort(term_ids, kind="stable")
        counts = np.bincount(term_ids, minlength=len(inverter.vocabulary))
        frequencies = np.asarray(inverter.frequencies, np.int32)[order]
        self.vocabulary = inverter.vocabulary
        self._set_arrays(
            np.concatenate(([0], np.cumsum(counts))).astype(np.int64),
            np.asarray(inverter.passage_ids, np.int32)[order],
            # Most often one byte each; a repetitive passage must not overflow it.
            frequencies.astype(np.min_scalar_type(int(frequencies.max(initial=0)))),
            np.asarray(inverter.lengths, np.int32),
        )

    def _set_arrays(
        self,
        offsets: NDArray[np.int64],
        passage_ids: NDArray[np.int32],
        frequencies: NDArray[np.unsignedinteger],
        lengths: NDArray[np.int32],
    ) -> None:
        self.offsets = offsets
        self.passage_ids = passage_ids
        self.frequencies = frequencies
        self.doc_len = lengths
        self.corpus_size = len(lengths)
        self.avgdl = float(lengths.mean()) if len(lengths) else 0.0
        relative = lengths / self.avgdl if self.avgdl else np.zeros(len(lengths))
        self._norms = self.k1 * (1 - self.b + self.b * relative)

    def _calc_idf(self, nd: None) -> None:
        """Nothing to keep: `inverse_document_frequency` takes it from the postings' lengths."""

    def inverse_document_frequency(self, term: str) -> float:
        """rank-bm25's IDF; unknown terms have that of a term in one passage."""
        return math.log((self.corpus_size + 1) / max(1, self.holders(term)))

    def weighted_scores(self, terms: Iterable[tuple[str, float]]) -> NDArray[np.float64]:
        """The score of each passage, with each term's part multiplied by its weight."""
        scores = np.zeros(self.corpus_size)
        for term, weight in terms:
            term_id = self.vocabulary.get(term)
            if term_id is None:
                continue
            postings = slice(self.offsets[term_id], self.offsets[term_id + 1])
            holders = self.passage_ids[postings]
            frequency = self.frequencies[postings].astype(np.float64)
            factor = weight * self.inverse_document_frequency(term) * (self.k1 + 1)
            scores[holders] += factor * frequency / (frequency + self._norms[holders])
        return scores

    def get_scores(self, query: Iterable[str]) -> NDArray[np.float64]:
        """As in rank-bm25."""
        return self.weighted_scores((term, 1.0) for term in query)

    def get_batch_scores(self, query: Iterable[str], doc_ids: Sequence[int]) -> list[float]:
        """As in rank-bm25."""
        scores: list[float] = self.get_scores(query)[list(doc_ids)].tolist()
        return scores

    def search(self, terms: Sequence[WeightedTerm], limit: int) -> list[Hit]:
        """See `index.engines.Engine`."""
        scores = self.weighted_scores((term.key, term.weight) for term in terms)
        found = np.flatnonzero(scores)
        if len(found) > limit > 0:
            lowest = np.partition(scores[found], -limit)[-limit]
            found = found[scores[found] >= lowest]
        best = found[np.argsort(-scores[found], kind="stable")][:limit]
        return [Hit(int(passage_id), float(scores[passage_id])) for passage_id in best]

    @property
    def passages(self) -> int:
        """See `index.engines.Engine`."""
        return self.corpus_size

    def holders(self, key: str) -> int:
        """See `index.engines.Engine`."""
        term_id = self.vocabulary.get(key)
        return 0 if term_id is None else int(self.offsets[term_id + 1] - self.offsets[term_id])

    def information(self, key: str) -> float:
        """See `index.engines.Engine`."""
        return self.inverse_document_frequency(key)

    def save(self, folder: Path) -> None:
        """Write the postings into `folder`."""
        arrays = (self.offsets, self.passage_ids, self.frequencies, self.doc_len)
        for name, values in zip(_ARRAYS, arrays, strict=True):
            np.save(folder / f"{name}.npy", np.asarray(values), allow_pickle=False)
        (folder / _TERMS).write_bytes("".join(f"{term}\n" for term in self.vocabulary).encode())
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
        engine.adopt(self._inverter)
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
        terms = (folder / _TERMS).read_bytes().decode().split("\n")[:-1]
        engine.vocabulary = {term: number for number, term in enumerate(terms)}
        arrays = [
            np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False) for name in _ARRAYS
        ]
        if not _fit(len(terms), *arrays):
            raise ValueError("the postings do not fit each other")
        engine._set_arrays(*arrays)
    except Exception as error:  # what reads a damaged header in NumPy raises is not documented
        raise DamagedIndex(folder, str(error)) from error
    return engine


def _fit(
    terms: int,
    offsets: NDArray[Any],
    passage_ids: NDArray[Any],
    frequencies: NDArray[Any],
    lengths: NDArray[Any],
) -> bool:
    """Whether no search in these arrays can leave them."""
    if not offsets.ndim == passage_ids.ndim == frequencies.ndim == lengths.ndim == 1:
        return False
    postings = len(passage_ids)
    return bool(
        offsets.dtype == np.int64
        and passage_ids.dtype == lengths.dtype == np.dtype(np.int32)
        and frequencies.dtype.kind == "u"
        and len(offsets) == terms + 1
        and offsets[0] == 0
        and offsets[-1] == postings == len(frequencies)
        and (offsets[:-1] <= offsets[1:]).all()
        and (postings == 0 or (passage_ids.min() >= 0 and passage_ids.max() < len(lengths)))
    )
