"""Defines what a loader makes of a file's bytes."""

from dataclasses import dataclass
from datetime import date

from index.model import Block


@dataclass(frozen=True, slots=True)
class LoadedArticle:
    """An article without identity; the attributes are those of `index.model.Article`.

    An empty `title` means that the file names none.
    """

    text: str
    blocks: tuple[Block, ...]
    title: str = ""
    source: str = ""
    published: date | None = None
    url: str = ""
    pages: tuple[int, ...] = ()
