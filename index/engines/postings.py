"""Postings: for each term the passages that hold it; merged of sorted runs, written, mapped."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from index.engines.packing import Hashes
from index.engines.runs import Merge, Numbers, Run, Source, array_file, save_array, write_run

Reals: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Postings:
    """The postings of all terms, one list after the other.

    Scores depend on a term's frequency in a passage and on the passage's length. Few such pairs,
    profiles, ever occur (7,500 in a million passages), so that a posting names its profile in two
    bytes, and a profile's part of a score is computed once, not for each posting.

    Attributes:
        terms: the terms' hashes (see `index.engines.packing.hash_of`), ascending.
        offsets: where the list of each term begins, and where the last one ends.
        passage_ids: the passages that hold a term, ascending within its list.
        profile_ids: for each posting its row in `profiles`.
        profiles: a term's frequency in a passage, and the number of terms in that passage.
        best: for each term the profile that adds most to a score.
        lengths: for each passage the number of its terms.
    """

    terms: Hashes
    offsets: NDArray[np.int64]
    passage_ids: NDArray[np.int32]
    profile_ids: Numbers
    profiles: NDArray[np.int32]
    best: Numbers
    lengths: NDArray[np.int32]

    @classmethod
    def of(cls, run: Run, lengths: NDArray[np.int32], k1: float, b: float) -> Self:
        """Returns the postings of one run, in memory."""
        best = _Ranks.of(run.profiles, lengths, k1, b).best(run)
        return cls(
            run.terms, run.offsets, run.passage_ids, run.profile_ids, run.profiles, best, lengths
        )

    @property
    def run(self) -> Run:
        """Returns the same as a run that can be merged with others."""
        return Run(self.terms, self.offsets, self.passage_ids, self.profile_ids, self.profiles)

    @classmethod
    def map(cls, folder: Path) -> Self:
        """Maps the files that `write_postings` wrote.

        Raises:
            OSError, ValueError, and whatever else NumPy raises for a damaged file.
        """
        mapped = (
            np.load(array_file(folder, field.name), mmap_mode="r", allow_pickle=False)
            for field in fields(cls)
        )
        # Plain views of the mapped files: slicing a `memmap` costs several times as much.
        postings = cls(*map(np.asarray, mapped))
        if not postings._fit():
            raise ValueError("the postings do not fit each other")
        return postings

    def numbers(self, hashes: Hashes) -> NDArray[np.int64]:
        """Returns the number of each term, -1 for those that no passage holds."""
        if not len(self.terms):
            return np.full(len(hashes), -1, np.int64)
        places = self.terms.searchsorted(hashes)
        known = self.terms.take(places, mode="clip") == hashes
        return np.where(known, places, -1)

    def _fit(self) -> bool:
        """Whether the arrays are of the right kinds and sizes, and the small ones make sense.

        That the others hold what was written is told by the generation's checksums.
        """
        terms, postings = len(self.terms), len(self.passage_ids)
        flat = (self.terms, self.offsets, self.passage_ids, self.profile_ids, self.best)
        return bool(
            all(values.ndim == 1 for values in (*flat, self.lengths))
            and self.terms.dtype == np.uint64
            and self.offsets.dtype == np.int64
            and self.passage_ids.dtype == self.lengths.dtype == np.dtype(np.int32)
            and self.profile_ids.dtype.kind == self.best.dtype.kind == "u"
            and self.profiles.dtype == np.int32
            and self.profiles.shape == (len(self.profiles), 2)
            and len(self.best) == terms
            and len(self.offsets) == terms + 1
            and self.offsets[0] == 0
            and self.offsets[-1] == postings == len(self.profile_ids)
            and (self.profiles > 0).all()
            and (self.lengths >= 0).all()
        )


def impacts_of(profiles: NDArray[np.int32], k1: float, b: float, average_length: float) -> Reals:
    """Returns what each profile adds to a score, before the term's own factor: 0 to 1.

    This is Okapi BM25's part for frequency and length (Robertson et al., 1994), without k1 + 1.

    Args:
        profiles: see `Postings`.
        k1: how slowly further occurrences of a term lose weight.
        b: how much long passages lose, 0 to 1.
        average_length: the average number of terms of a passage.
    """
    frequency, length = profiles.astype(np.float64).T
    norm = k1 * (1 - b + b * length / (average_length or 1))
    impacts: Reals = frequency / (frequency + norm)
    return impacts


def average_of(lengths: NDArray[np.int32]) -> float:
    """Returns the average number of terms of a passage; 0 without passages."""
    return float(lengths.mean()) if len(lengths) else 0.0


def write_postings(
    folder: Path, sources: Sequence[Source], lengths: NDArray[np.int32], k1: float, b: float
) -> Iterator[tuple[int, int]]:
    """Merges runs into the files that `Postings.map` maps.

    Yields how many postings are done, and their total.

    Args:
        folder: exists, and is empty.
        sources: at least one.
        lengths: for each passage the number of its terms.
        k1, b: of BM25; each term's best profile depends on them.

    Raises:
        OSError: the disk is full or cannot be written.
    """
    merge = Merge(sources, len(lengths))
    ranks = _Ranks.of(merge.profiles, lengths, k1, b)
    best = []
    for part, done, total in write_run(folder, merge):
        best.append(ranks.best(part))
        yield done, total
    save_array(array_file(folder, "best"), np.concatenate(best))
    save_array(array_file(folder, "lengths"), lengths)


@dataclass(frozen=True, slots=True)
class _Ranks:
    """Profiles ranked by what they add to a score.

    Attributes:
        rank: of each profile; the one that adds most has the highest.
        profile: of each rank.
    """

    rank: NDArray[np.int32]
    profile: NDArray[np.int64]

    @classmethod
    def of(
        cls, profiles: NDArray[np.int32], lengths: NDArray[np.int32], k1: float, b: float
    ) -> Self:
        """Ranks profiles by `impacts_of`."""
        profile = impacts_of(profiles, k1, b, average_of(lengths)).argsort(kind="stable")
        rank = np.empty(len(profile), np.int32)
        rank[profile] = np.arange(len(profile), dtype=np.int32)
        return cls(rank, profile)

    def best(self, run: Run) -> Numbers:
        """Returns for each term of a run the profile that adds most."""
        if not len(run.terms):
            return run.profile_ids[:0]
        highest = np.maximum.reduceat(self.rank.take(run.profile_ids), run.offsets[:-1])
        best: Numbers = self.profile.take(highest).astype(run.profile_ids.dtype)
        return best
