"""Where terms are scored: one protocol, one table of the engines there are."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from index.engines import memory
from index.model import Hit
from index.terms import WeightedTerm


class Engine(Protocol):
    """Finds passages by their terms. Safe to use from several threads."""

    def search(self, terms: Sequence[WeightedTerm], limit: int) -> list[Hit]:
        """The passages with the highest scores, best first, equal scores by passage id.

        Only passages that hold at least one of the terms are returned.
        """
        ...

    @property
    def passages(self) -> int:
        """How many passages there are."""
        ...

    def holders(self, key: str) -> int:
        """How many passages hold a term."""
        ...

    def information(self, key: str) -> float:
        """How much a term tells: its inverse document frequency, at most for unknown terms."""
        ...


class EngineBuilder(Protocol):
    """Writes an index of passages' terms into a folder."""

    def add(self, terms: Sequence[str]) -> None:
        """Add the next passage by its terms, repeated as often as they occur."""
        ...

    def finish(self) -> None:
        """Write what has not been written yet. Raises OSError."""
        ...


@dataclass(frozen=True, slots=True)
class EngineFactory:
    """How an engine is built and opened.

    Attributes:
        builder: gives a builder that writes into a folder which does not exist yet.
        open: opens such a folder; raises DamagedIndex.
    """

    builder: Callable[[Path], EngineBuilder]
    open: Callable[[Path], Engine]


ENGINES: dict[str, EngineFactory] = {
    "memory": EngineFactory(memory.PostingsBuilder, memory.open_engine),
}
"""The engines by the name that the settings use."""
