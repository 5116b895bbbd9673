"""Sorted runs of postings, and how several of them become one: an external merge sort.

Passages come in their order, postings are wanted in the order of their terms. So that building
needs little memory whatever the size, some million postings at a time are sorted into a run, runs
are set aside in files, and at the end all of them are merged, a range of terms after the other.
The postings of an earlier index are one such run: what has not changed is never cut again.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, fields, replace
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeAlias

import numpy as np
from numpy.typing import DTypeLike, NDArray

from index.engines.packing import Hashes, PackedTerms

Numbers: TypeAlias = NDArray[np.integer[Any]]

AT_ONCE = 1 << 20
"""Postings that are sorted or merged at once, in some 50 MB of memory."""

_MERGED_AHEAD = 2
"""Parts that are merged at the same time, by threads: NumPy lets go of the interpreter's lock."""

_FEW = 16
"""Times as many postings in the larger of two runs make those of the smaller one few."""

_HASHES = 1 << 64
_PLACE_BITS = 24
"""Bits of a hash that give way to a posting's place when both are sorted as one number."""


@dataclass(frozen=True, slots=True)
class Run:
    """Postings sorted by their terms, those of a term by their passages.

    Attributes:
        terms: hashes in ascending order, each once.
        offsets: where the postings of each term begin, and where the last ones end.
        passage_ids: the passage of each posting.
        profile_ids: for each posting its row in `profiles`.
        profiles: a term's frequency in a passage, and the number of terms in that passage.
    """

    terms: Hashes
    offsets: NDArray[np.int64]
    passage_ids: NDArray[np.int32]
    profile_ids: Numbers
    profiles: NDArray[np.int32]

    def save(self, folder: Path) -> None:
        """Writes each array into a file of its name. Raises OSError."""
        folder.mkdir(parents=True)
        for field in fields(self):
            save_array(array_file(folder, field.name), getattr(self, field.name))

    @classmethod
    def map(cls, folder: Path) -> Self:
        """Maps the files that `save` wrote. Raises OSError, ValueError."""
        mapped = (
            np.load(array_file(folder, field.name), mmap_mode="r", allow_pickle=False)
            for field in fields(cls)
        )
        return cls(*map(np.asarray, mapped))

    def between(self, first: int, end: int) -> Self:
        """Returns the postings of the terms with hashes from `first` to below `end`."""
        begin = int(self.terms.searchsorted(np.uint64(first)))
        stop = int(self.terms.searchsorted(np.uint64(end - 1), side="right"))
        start, last = int(self.offsets[begin]), int(self.offsets[stop])
        return replace(
            self,
            terms=self.terms[begin:stop],
            offsets=self.offsets[begin : stop + 1] - start,
            passage_ids=self.passage_ids[start:last],
            profile_ids=self.profile_ids[start:last],
        )

    def moved(self, places: NDArray[np.int32]) -> Self:
        """Returns the same with renumbered passages.

        Args:
            places: the new number of each passage, in the old order; -1 for removed ones.
        """
        passage_ids = places.take(self.passage_ids)
        stay = passage_ids >= 0
        if stay.all():
            return replace(self, passage_ids=passage_ids)
        before = np.concatenate(([0], stay.cumsum()))
        counts = np.diff(before.take(self.offsets))
        left = counts > 0
        return replace(
            self,
            terms=self.terms[left],
            offsets=np.concatenate(([0], counts[left].cumsum())),
            passage_ids=passage_ids[stay],
            profile_ids=self.profile_ids[stay],
        )

    def profiled(self, profiles: NDArray[np.int32], numbers: Numbers) -> Self:
        """Returns the same with another table of profiles.

        Args:
            profiles: the table.
            numbers: for each row of the present table its row there.
        """
        return replace(self, profiles=profiles, profile_ids=numbers.take(self.profile_ids))


@dataclass(frozen=True, slots=True)
class Source:
    """A run that is to be merged.

    Attributes:
        places: see `Run.moved`; None where its passages keep their numbers.
    """

    run: Run
    places: NDArray[np.int32] | None = None

    @property
    def postings(self) -> int:
        """The number of its postings that stay."""
        if self.places is None:
            return len(self.run.passage_ids)
        parts = range(0, len(self.run.passage_ids), AT_ONCE)
        return sum(
            int((self.places.take(self.run.passage_ids[part : part + AT_ONCE]) >= 0).sum())
            for part in parts
        )

    def between(self, first: int, end: int) -> Run:
        """Returns the postings that stay, of the terms with hashes from `first` to below `end`."""
        run = self.run.between(first, end)
        return run if self.places is None else run.moved(self.places)


@dataclass(frozen=True, slots=True)
class NumberedTerms:
    """The terms of consecutive passages; `first` is the number of the first one."""

    first: int
    terms: PackedTerms


def sorted_run(packed: Sequence[NumberedTerms]) -> Run:
    """Returns the postings of passages, in ascending order."""
    lengths = np.concatenate([run.terms.lengths for run in packed])
    held = np.concatenate([run.terms.held for run in packed])
    hashes = np.concatenate([run.terms.hashes for run in packed])
    frequencies = np.concatenate([run.terms.frequencies for run in packed])
    numbers = [np.arange(run.first, run.first + len(run.terms.lengths)) for run in packed]
    passage_ids = np.repeat(np.concatenate(numbers).astype(np.int32), held)
    profiles, profile_ids = _profiled(frequencies, np.repeat(lengths, held))
    order = _order(hashes)
    terms, offsets = _grouped(hashes.take(order))
    return Run(terms, offsets, passage_ids.take(order), profile_ids.take(order), profiles)


class Merge:
    """Several runs merged into one, a range of terms after the other.

    Attributes:
        profiles: of the result.
    """

    def __init__(self, sources: Sequence[Source], passages: int) -> None:
        """Args:
        sources: at least one. They may hold the same terms, but not for the same passages.
        passages: how many there are in all.
        """
        tables = [source.run.profiles for source in sources]
        self.profiles, rows = np.unique(np.concatenate(tables), axis=0, return_inverse=True)
        rows = rows.ravel().astype(np.min_scalar_type(max(0, len(self.profiles) - 1)))
        self._numbers = np.split(rows, np.cumsum([len(table) for table in tables])[:-1])
        self._sources = sources
        self._passages = passages

    @property
    def postings(self) -> int:
        """The number of postings of the result."""
        return sum(source.postings for source in self._sources)

    def parts(self) -> Iterator[Run]:
        """Yields the result, at least one part; the next ones are merged while one is used."""
        ranges = sum(len(source.run.passage_ids) for source in self._sources) // AT_ONCE + 1
        bounds = [_HASHES * number // ranges for number in range(ranges + 1)]
        waiting: deque[Future[Run]] = deque()
        with ThreadPoolExecutor(_MERGED_AHEAD) as pool:
            for first, end in pairwise(bounds):
                waiting.append(pool.submit(self._between, first, end))
                if len(waiting) > _MERGED_AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()

    def _between(self, first: int, end: int) -> Run:
        return _merged(
            [
                source.between(first, end).profiled(self.profiles, numbers)
                for source, numbers in zip(self._sources, self._numbers, strict=True)
            ],
            self._passages,
        )


def write_run(folder: Path, merge: Merge) -> Iterator[tuple[Run, int, int]]:
    """Writes merged runs into the files that `Run.map` maps.

    Yields each part, how many postings are done, and their total.

    Args:
        folder: exists, and is empty.

    Raises:
        OSError: the disk is full or cannot be written.
    """
    total = merge.postings
    kind = np.min_scalar_type(max(0, len(merge.profiles) - 1))
    terms, counts = [], []
    with (
        _ArrayFile(array_file(folder, "passage_ids"), np.int32, total) as passage_ids,
        _ArrayFile(array_file(folder, "profile_ids"), kind, total) as profile_ids,
    ):
        for part in merge.parts():
            passage_ids.append(part.passage_ids)
            profile_ids.append(part.profile_ids)
            terms.append(part.terms)
            counts.append(np.diff(part.offsets))
            yield part, passage_ids.written, total
    ends = np.concatenate(counts).cumsum()
    for name, values in (
        ("terms", np.concatenate(terms)),
        ("offsets", np.concatenate(([0], ends)).astype(np.int64)),
        ("profiles", merge.profiles),
    ):
        save_array(array_file(folder, name), values)


def array_file(folder: Path, name: str) -> Path:
    """Returns the path of the array with this name."""
    return folder / f"{name}.npy"


def save_array(path: Path, values: NDArray[Any]) -> None:
    """Writes an array into a file. Raises OSError.

    `np.save` does not notice where the last of it is not written.
    """
    values = np.ascontiguousarray(values)
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, np.lib.format.header_data_from_array_1_0(values))
        file.write(values.data)


class _ArrayFile:
    """An array that is written part by part.

    The file is not mapped: a full disk would then end the process, not raise OSError.
    """

    def __init__(self, path: Path, kind: DTypeLike, length: int) -> None:
        """Args:
        length: how many values will be appended in all.
        """
        self.written = 0
        self._kind = np.dtype(kind)
        self._length = length
        self._file = path.open("wb")

    def __enter__(self) -> Self:
        described = np.lib.format.dtype_to_descr(self._kind)
        np.lib.format.write_array_header_1_0(
            self._file, {"descr": described, "fortran_order": False, "shape": (self._length,)}
        )
        return self

    def append(self, values: NDArray[Any]) -> None:
        """Writes further values."""
        self._file.write(np.ascontiguousarray(values, self._kind).data)
        self.written += len(values)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._file.close()


def _merged(runs: Sequence[Run], passages: int) -> Run:
    """Returns one run made of several with the same profiles."""
    if len(runs) == 1:
        return runs[0]
    terms = np.unique(np.concatenate([run.terms for run in runs]))
    ranks = [terms.searchsorted(run.terms) for run in runs]
    counts = np.zeros(len(terms), np.int64)
    for own, run in zip(ranks, runs, strict=True):
        counts[own] += np.diff(run.offsets)
    passage_ids, profile_ids = _interleaved(runs, ranks, passages)
    offsets = np.concatenate(([0], counts.cumsum()))
    return Run(terms, offsets, passage_ids, profile_ids, runs[0].profiles)


def _interleaved(
    runs: Sequence[Run], ranks: Sequence[NDArray[np.int64]], passages: int
) -> tuple[NDArray[np.int32], Numbers]:
    """Returns the passages and profiles of all postings, by term and then by passage.

    Args:
        ranks: for each run the position of its terms among all terms.
    """
    keys = [
        np.repeat(own, np.diff(run.offsets)) * passages + run.passage_ids
        for own, run in zip(ranks, runs, strict=True)
    ]
    if len(runs) == 2 and _FEW * len(keys[0]) < len(keys[1]):
        # What an edit adds to a large index: put in without moving the rest one by one.
        places = keys[1].searchsorted(keys[0])
        few, many = runs
        return (
            np.insert(many.passage_ids, places, few.passage_ids),
            np.insert(many.profile_ids, places, few.profile_ids),
        )
    # Timsort merges what is sorted already, at little more than the cost of reading it.
    order = np.concatenate(keys).argsort(kind="stable")
    passage_ids = np.concatenate([run.passage_ids for run in runs]).take(order)
    return passage_ids, np.concatenate([run.profile_ids for run in runs]).take(order)


def _order(hashes: Hashes) -> NDArray[np.int64]:
    """Returns the order that sorts hashes, stable for equal ones.

    Sorting numbers is several times as fast as sorting their positions, so each position replaces
    the last bits of its hash; hashes that differ only in those bits are put right afterwards.
    """
    if len(hashes) > 1 << _PLACE_BITS:
        return hashes.argsort(kind="stable")
    places = np.uint64((1 << _PLACE_BITS) - 1)
    keys = (hashes & ~places) | np.arange(len(hashes), dtype=np.uint64)
    keys.sort()
    order = (keys & places).astype(np.int64)
    ordered = hashes.take(order)
    if (ordered[1:] < ordered[:-1]).any():
        order = order.take(ordered.argsort(kind="stable"))
    return order


def _grouped(ordered: Hashes) -> tuple[Hashes, NDArray[np.int64]]:
    """Returns the distinct values of an array, ascending, and where each of them begins."""
    begins = np.ones(len(ordered), np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=begins[1:])
    places = begins.nonzero()[0]
    return ordered.take(places), np.append(places, len(ordered))


def _profiled(
    frequencies: NDArray[np.int32], lengths: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Returns the distinct pairs of frequency and length, and each posting's pair by its number."""
    longest = int(lengths.max(initial=0)) + 1
    codes = frequencies.astype(np.int64) * longest + lengths
    span = int(codes.max(initial=0)) + 1
    if span > AT_ONCE:
        different, numbers = np.unique(codes, return_inverse=True)
        numbers = numbers.astype(np.int32)
    else:
        # As good as always: a table of all pairs is filled faster than the postings are sorted.
        is_used = np.zeros(span, np.bool_)
        is_used[codes] = True
        different = is_used.nonzero()[0]
        table = np.zeros(span, np.int32)
        table[different] = np.arange(len(different), dtype=np.int32)
        numbers = table.take(codes)
    return np.column_stack((different // longest, different % longest)).astype(np.int32), numbers
