"""Postings: for each term the passages that hold it; built in memory, written to files, mapped."""

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

_TERMS = "terms.txt"
_AT_ONCE = 1 << 22
"""Postings that are sorted at once, so that building needs little more memory than its result."""

Numbers: TypeAlias = NDArray[np.integer[Any]]
Reals: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Postings:
    """The postings of all terms, one list after the other.

    Scores depend on how often a term occurs in a passage and on how long that passage is. Few
    such pairs, profiles, ever occur (7,500 in a million passages), so that a posting names its
    profile in two bytes, and what a profile adds to a score is computed once, not once a posting.

    Attributes:
        offsets: where the list of each term begins, and where the last one ends.
        passage_ids: the passages that hold a term, ascending within its list.
        profile_ids: for each posting its row in `profiles`.
        profiles: a term's frequency in a passage, and the terms in that passage.
        best: for each term the profile that adds most to a score.
        lengths: for each passage the number of its terms.
    """

    offsets: NDArray[np.int64]
    passage_ids: NDArray[np.int32]
    profile_ids: NDArray[np.unsignedinteger[Any]]
    profiles: NDArray[np.int32]
    best: NDArray[np.unsignedinteger[Any]]
    lengths: NDArray[np.int32]

    def save(self, folder: Path) -> None:
        """Write each array into a file of its name. Raises OSError."""
        for field in fields(self):
            np.save(folder / f"{field.name}.npy", getattr(self, field.name), allow_pickle=False)

    @classmethod
    def map(cls, folder: Path) -> Self:
        """Map the files that `save` wrote.

        Raises:
            OSError, ValueError, and what else NumPy raises where a file is damaged.
        """
        mapped = (
            np.load(folder / f"{field.name}.npy", mmap_mode="r", allow_pickle=False)
            for field in fields(cls)
        )
        # Plain views of the mapped files: slicing a `memmap` costs several times as much.
        postings = cls(*map(np.asarray, mapped))
        if not postings._fit():
            raise ValueError("the postings do not fit each other")
        return postings

    def _fit(self) -> bool:
        """Whether no search in these arrays can leave them."""
        one_dimensional = (
            self.offsets,
            self.passage_ids,
            self.profile_ids,
            self.best,
            self.lengths,
        )
        if not all(values.ndim == 1 for values in one_dimensional):
            return False
        postings = len(self.passage_ids)
        return bool(
            self.offsets.dtype == np.int64
            and self.passage_ids.dtype == self.lengths.dtype == np.dtype(np.int32)
            and len(self.offsets) == len(self.best) + 1
            and self.offsets[0] == 0
            and self.offsets[-1] == postings == len(self.profile_ids)
            and (self.offsets[:-1] < self.offsets[1:]).all()
            and _below(self.passage_ids, len(self.lengths))
            and self.profiles.dtype == np.int32
            and self.profiles.shape == (len(self.profiles), 2)
            and (self.profiles > 0).all()
            and (self.lengths >= 0).all()
            and all(
                numbers.dtype.kind == "u" and _below(numbers, len(self.profiles))
                for numbers in (self.profile_ids, self.best)
            )
        )


def _below(numbers: Numbers, end: int) -> bool:
    return not len(numbers) or bool(numbers.min() >= 0 and numbers.max() < end)


def impacts_of(profiles: NDArray[np.int32], k1: float, b: float, average_length: float) -> Reals:
    """What each profile adds to a score, before the term's own factor: 0 to 1.

    This is Okapi BM25's part for frequency and length (Robertson et al., 1994), without k1 + 1.

    Args:
        profiles: see `Postings`.
        k1: how slowly further occurrences of a term cease to count.
        b: how far long passages are held back, 0 to 1.
        average_length: terms of a passage on average.
    """
    frequency, length = profiles.astype(np.float64).T
    norm = k1 * (1 - b + b * length / (average_length or 1))
    impacts: Reals = frequency / (frequency + norm)
    return impacts


class Inverter:
    """Gathers postings passage by passage."""

    def __init__(self) -> None:
        self.vocabulary: dict[str, int] = {}
        self.lengths = array("i")
        self._profiles: dict[tuple[int, int], int] = {}
        # A posting is a term and a profile; the passage follows from how many each one holds.
        self._term_ids, self._profile_ids, self._held = array("i"), array("i"), array("i")

    def add(self, terms: Sequence[str]) -> None:
        """Add the next passage by its terms."""
        vocabulary, profiles, length = self.vocabulary, self._profiles, len(terms)
        counted = Counter(terms)
        for term, frequency in counted.items():
            self._term_ids.append(vocabulary.setdefault(term, len(vocabulary)))
            self._profile_ids.append(profiles.setdefault((frequency, length), len(profiles)))
        self._held.append(len(counted))
        self.lengths.append(length)

    def postings(self, k1: float, b: float) -> Postings:
        """What has been gathered, with each term's best profile by BM25 with `k1` and `b`."""
        lengths = np.asarray(self.lengths, np.int32)
        average = float(lengths.mean()) if len(lengths) else 0.0
        gathered = np.array(list(self._profiles), np.int32).reshape(-1, 2)
        # In the order of their impact, so that a term's best profile is its largest number.
        order = np.argsort(impacts_of(gathered, k1, b, average), kind="stable")
        renumbered = np.empty(len(order), np.min_scalar_type(max(0, len(order) - 1)))
        renumbered[order] = np.arange(len(order), dtype=renumbered.dtype)
        offsets = self._offsets()
        passage_ids = np.empty(offsets[-1], np.int32)
        profile_ids = np.empty(offsets[-1], renumbered.dtype)
        for places, passages, profiles in self._placed(offsets):
            passage_ids[places] = passages
            profile_ids[places] = renumbered[profiles]
        return Postings(
            offsets=offsets,
            passage_ids=passage_ids,
            profile_ids=profile_ids,
            profiles=gathered[order],
            best=np.maximum.reduceat(profile_ids, offsets[:-1])
            if len(profile_ids)
            else profile_ids,
            lengths=lengths,
        )

    def _offsets(self) -> NDArray[np.int64]:
        counts = np.zeros(len(self.vocabulary), np.int64)
        for part in self._parts():
            counts += np.bincount(np.asarray(self._term_ids[part]), minlength=len(counts))
        return np.concatenate(([0], np.cumsum(counts))).astype(np.int64)

    def _placed(
        self, offsets: NDArray[np.int64]
    ) -> Iterator[tuple[NDArray[np.int64], Numbers, Numbers]]:
        """For part after part: where in the lists its postings belong, their passages, profiles."""
        free = offsets[:-1].copy()
        ends = np.cumsum(np.asarray(self._held, np.int64))
        for part in self._parts():
            terms = np.asarray(self._term_ids[part])
            # A stable sort keeps the passages of each term in ascending order.
            order = np.argsort(terms, kind="stable")
            terms = terms[order]
            counts = np.bincount(terms, minlength=len(free))
            begins = np.cumsum(counts) - counts
            places = np.arange(len(terms)) + (free - begins)[terms]
            free += counts
            passages = np.searchsorted(ends, order + part.start, side="right")
            yield places, passages, np.asarray(self._profile_ids[part])[order]

    def _parts(self) -> Iterator[slice]:
        for start in range(0, len(self._term_ids), _AT_ONCE):
            yield slice(start, start + _AT_ONCE)


def save_vocabulary(folder: Path, terms: Iterable[str]) -> None:
    """Write the terms in the order of their numbers, a line each. Raises OSError."""
    (folder / _TERMS).write_bytes("".join(f"{term}\n" for term in terms).encode())


def load_vocabulary(folder: Path) -> dict[str, int]:
    """The number of each term. Raises OSError or UnicodeDecodeError."""
    terms = (folder / _TERMS).read_bytes().decode().split("\n")[:-1]
    return dict(zip(terms, range(len(terms)), strict=True))
