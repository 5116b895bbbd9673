"""What the engines of the speed benchmark are given: a folder of articles, passages, questions.

Nothing of the index is imported here: no engine may carry another's modules in its memory.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

FOUND = 20
"""Passages that each engine is asked for: as many as the library weighs the evidence of."""

_FILES_PER_FOLDER = 1_000


@dataclass(frozen=True, slots=True)
class SoughtTerm:
    """A term that a question asks an engine for, and what its score is multiplied by."""

    key: str
    weight: float


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question, and what it asks an engine for."""

    text: str
    terms: tuple[SoughtTerm, ...]


@dataclass(frozen=True, slots=True)
class Size:
    """How large a corpus is.

    Attributes:
        recombined: how many of the articles were made of halves of passages.
    """

    articles: int
    passages: int
    recombined: int
    questions: int


@dataclass(frozen=True, slots=True)
class Corpus:
    """A folder with all that the engines are given.

    Attributes:
        folder: where it is.
    """

    folder: Path

    @property
    def seeds(self) -> Path:
        """The articles, a text file each."""
        return self.folder / "seeds"

    @property
    def passages(self) -> Path:
        """The texts of the passages with what stands above each, as JSON, one a line."""
        return self.folder / "passages.jsonl"

    @property
    def questions(self) -> Path:
        """The questions with their weighted terms, as JSON, one a line.

        Cut beforehand, so that no engine carries the dictionary of another in its memory.
        """
        return self.folder / "questions.jsonl"

    @property
    def terms(self) -> Path:
        """The terms of each passage, one passage a line, parted by spaces."""
        return self.folder / "terms.txt"

    @property
    def _size(self) -> Path:
        return self.folder / "size.json"

    def keep_size(self, size: Size) -> None:
        """Write how large it is."""
        self._size.write_text(json.dumps(asdict(size)), "utf-8")

    def size(self) -> Size:
        """How large it is."""
        return Size(**json.loads(self._size.read_text("utf-8")))

    def article(self, number: int) -> Path:
        """The file of an article."""
        return self.seeds / f"{number // _FILES_PER_FOLDER:04}" / f"{number:07}.txt"

    def texts(self) -> Iterator[str]:
        """The text of each passage."""
        return (text for text, _ in self.texts_with_context())

    def texts_with_context(self) -> Iterator[tuple[str, str]]:
        """The text of each passage, and what stands above it."""
        with self.passages.open(encoding="utf-8") as lines:
            for line in lines:
                text, context = json.loads(line)
                yield text, context

    def asked(self) -> list[AskedQuestion]:
        """The questions."""
        with self.questions.open(encoding="utf-8") as lines:
            return [
                AskedQuestion(text, tuple(SoughtTerm(*term) for term in terms))
                for text, terms in map(json.loads, lines)
            ]

    def term_lines(self) -> Iterator[str]:
        """See `terms`."""
        with self.terms.open(encoding="utf-8") as lines:
            for line in lines:
                yield line.rstrip("\n")


def change(article: Path, note: str) -> None:
    """Put a paragraph below the first line of an article, so that all after it moves."""
    first, _, rest = article.read_text("utf-8").partition("\n")
    article.write_text(f"{first}\n\n{note}\n{rest}", "utf-8")
