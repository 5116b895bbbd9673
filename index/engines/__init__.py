"""Which passages hold the terms best?"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from index.analysis.index_terms import WeightedTerm
from index.engines import memory, opensearch
from index.engines.packing import pack
from index.model import Hit


class Engine(Protocol):
    """Finds passages by their terms. Safe to use from several threads."""

    def search(self, terms: Sequence[WeightedTerm], limit: int) -> list[Hit]:
        """Returns the passages with the highest scores, best first, equal scores by passage id.

        Only passages that hold at least one of the terms are returned.
        """
        ...

    def look_up(self, keys: Iterable[str]) -> None:
        """Fetches in one request what `holders` and `idf_of` will return for these terms.

        They return the same without it, but take longer where the engine is on another machine.
        """
        ...

    @property
    def passages(self) -> int:
        """The number of passages."""
        ...

    def holders(self, key: str) -> int:
        """Returns how many passages hold a term."""
        ...

    def idf_of(self, key: str) -> float:
        """Returns a term's inverse document frequency, the highest for unknown terms."""
        ...


class EngineBuilder(Protocol):
    """Writes an index of passages into a folder. Passages come in the order of their ids.

    All methods raise OSError where the disk is full or cannot be written.
    """

    def add(self, packed: bytes) -> None:
        """Adds the next passages by their terms, as its `Pack` packed them."""
        ...

    def keep(self, first: int, count: int) -> None:
        """Adds the next passages as they are in the earlier engine, from number `first` there.

        They keep their earlier order, and each is kept once at most.
        """
        ...

    def finish(self) -> Iterator[tuple[int, int]]:
        """Writes what is left; yields the parts done and their total."""
        ...


Pack = Callable[[Iterable[Sequence[str]]], bytes]
"""Makes the terms of some passages, repeated as often as they occur, into what a builder takes.

A pure function: it may run in another process, or have run before.
"""


@dataclass(frozen=True, slots=True)
class EngineFactory:
    """How an engine is built and opened.

    Attributes:
        builder: gives a builder that writes into a folder which does not exist yet; with the
            folder of an earlier engine, whose passages may be kept, or None.
        open: opens such a folder; raises DamagedIndex.
    """

    builder: Callable[[Path, Path | None], EngineBuilder]
    open: Callable[[Path], Engine]


ENGINES: dict[str, EngineFactory] = {
    "memory": EngineFactory(memory.PostingsBuilder, memory.open_engine),
}
"""The engines that keep what they need in a folder, by the name that the settings use."""

PACKS: dict[str, Pack] = {"memory": pack, "opensearch": opensearch.pack}
"""What each engine takes for the terms of passages, by the name that the settings use."""
