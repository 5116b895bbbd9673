"""A passage's terms before they are sorted into postings.

A hash of 64 bits replaces a term's spelling. Two of ten million terms share one with a
probability of one in 400,000 (the birthday bound, n² / 2⁶⁵); they would be searched as one term,
without further harm.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import xxhash
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]


def hash_of(term: str) -> int:
    """Returns the 64 bits that name a term in the postings."""
    return xxhash.xxh3_64_intdigest(term.encode("utf-8", "surrogatepass"))


def _hashes_of(terms: Collection[str]) -> list[int]:
    """Does the same as `hash_of` for many terms, faster."""
    if not terms:
        return []
    try:
        spelled = "\n".join(terms).encode().split(b"\n")
    except UnicodeEncodeError:  # half a pair of surrogates
        spelled = []
    if len(spelled) != len(terms):  # a term of more than one line
        return [hash_of(term) for term in terms]
    return list(map(xxhash.xxh3_64_intdigest, spelled))


@dataclass(frozen=True, slots=True)
class PackedTerms:
    """The terms of some passages, one passage after the other.

    Attributes:
        lengths: for each passage the number of its terms.
        held: for each passage the number of its different terms.
        hashes: the different terms of each passage.
        frequencies: how often each of them stands in its passage.
    """

    lengths: NDArray[np.int32]
    held: NDArray[np.int32]
    hashes: Hashes
    frequencies: NDArray[np.int32]

    @classmethod
    def of(cls, passages: Iterable[Sequence[str]]) -> Self:
        """Packs passages by their terms, repeated as often as they occur."""
        lengths: list[int] = []
        held: list[int] = []
        hashes: list[int] = []
        frequencies: list[int] = []
        for terms in passages:
            counted = Counter(terms)
            lengths.append(len(terms))
            held.append(len(counted))
            hashes += _hashes_of(counted)
            frequencies += counted.values()
        return cls(
            np.array(lengths, np.int32),
            np.array(held, np.int32),
            np.array(hashes, np.uint64),
            np.array(frequencies, np.int32),
        )

    def to_bytes(self) -> bytes:
        """Returns the number of passages, then the arrays, as bytes."""
        count = np.array([len(self.lengths)], np.int64)
        return b"".join(
            part.tobytes()
            for part in (count, self.hashes, self.lengths, self.held, self.frequencies)
        )

    @classmethod
    def from_bytes(cls, packed: bytes) -> Self:
        """Reads what `to_bytes` wrote. Raises ValueError for anything else."""
        count = int(np.frombuffer(packed, np.int64, 1)[0])
        terms = (len(packed) - 8 - 8 * count) // 12
        if count < 0 or terms < 0 or len(packed) != 8 + 8 * count + 12 * terms:
            raise ValueError("these are no packed terms")
        numbers = np.frombuffer(packed, np.int32, offset=8 + 8 * terms)
        return cls(
            lengths=numbers[:count],
            held=numbers[count : 2 * count],
            hashes=np.frombuffer(packed, np.uint64, terms, offset=8),
            frequencies=numbers[2 * count :],
        )


def pack(passages: Iterable[Sequence[str]]) -> bytes:
    """See `index.engines.EngineFactory`."""
    return PackedTerms.of(passages).to_bytes()
