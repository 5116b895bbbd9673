"""The embedded engine: rank-bm25's model over postings, mapped from files."""

import json
import math
import shutil
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.engines.bm25 import PostingsBM25
from index.engines.packing import PackedTerms
from index.engines.postings import Postings, write_postings
from index.engines.runs import AT_ONCE, Merge, NumberedTerms, Run, Source, sorted_run, write_run
from index.errors import DamagedIndex

_PARAMETERS = "parameters.json"
_RUNS = "runs"
_MOST_RUNS = 32
"""Runs that are set aside before they are merged into one: each holds five files open."""


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
        terms = PackedTerms.from_bytes(packed)
        self._waiting.append(NumberedTerms(self._passages, terms))
        self._postings_waiting += len(terms.hashes)
        self._lengths.frombytes(terms.lengths.tobytes())
        self._passages += len(terms.lengths)
        if self._postings_waiting > AT_ONCE:
            self._set_aside()

    def keep(self, first: int, count: int) -> None:
        last = self._kept[-1] if self._kept else None
        if last and last.continues(first, self._passages):
            last.count += count
        else:
            self._kept.append(_Kept(first, self._passages, count))
        self._lengths.frombytes(bytes(count * self._lengths.itemsize))
        self._passages += count

    def finish(self) -> Iterator[tuple[int, int]]:
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
        """Merges the runs that were set aside."""
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
        """Returns for each passage the number of its terms."""
        lengths = np.array(self._lengths, np.int32)
        if self._earlier:
            for kept in self._kept:
                lengths[kept.range_now] = self._earlier.lengths[kept.range_then]
        return lengths

    def _places(self, earlier: Postings) -> NDArray[np.int32]:
        """Returns the new number of each earlier passage; -1 for those that are not kept."""
        places = np.full(len(earlier.lengths), -1, np.int32)
        for kept in self._kept:
            places[kept.range_then] = np.arange(kept.now, kept.now + kept.count)
        return places


@dataclass(slots=True)
class _Kept:
    """Consecutive passages that are kept from an earlier engine.

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
    """Maps the postings in `folder`.

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
