"""What an engine is to the speed benchmark."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path

from speed_corpus import Corpus


class Engine(ABC):
    """An engine over the passages of a corpus.

    Attributes:
        folder: where it writes; there, and empty.
    """

    def __init__(self, corpus: Corpus, folder: Path) -> None:
        self.corpus = corpus
        self.folder = folder

    @abstractmethod
    def build(self) -> dict[str, float]:
        """Build it, into its folder if it has files; returns the seconds of each stage."""

    @abstractmethod
    def open(self) -> None:
        """Open what was built."""

    @abstractmethod
    def searches(self) -> list[Callable[[], int]]:
        """For each question a function that searches and tells how many passages it found."""
