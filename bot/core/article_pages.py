"""A whole article read in a chat, page by page."""

import re
from dataclasses import dataclass
from itertools import pairwise

from bot.core.passage_context import Source
from index import Span

SHEET = 1_600
"""Characters of a page: a few screens of a phone, and no more than a message holds."""

# Where a page may end, best first: before a paragraph, after a sentence.
_ENDS = (
    re.compile(r"\n\s*"),
    re.compile(r"[\u3002!?\uff01\uff1f\u2026][\u201d\u2019\u300d\u300f)\uff09]*"),
)


@dataclass(frozen=True, slots=True)
class SheetId:
    """What a button names that turns to a page of an article.

    Attributes:
        exchange: id of the exchange whose reply cites the article.
        passage: number of the passage in that reply, from 0.
        number: of the page, from 0; None stands for the one that holds the passage's sentence.
    """

    exchange: str
    passage: int
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page of an article.

    Attributes:
        id: which page; its number is known.
        source: the article, and where its cited passage stands.
        shown: the page's range in the article's text.
        number: of the page, from 0.
        total: how many pages there are.
    """

    id: SheetId
    source: Source
    shown: Span
    number: int
    total: int

    def turned_by(self, by: int) -> SheetId:
        """The page that stands `by` pages further on."""
        return SheetId(self.id.exchange, self.id.passage, self.number + by)


def turn_to(id: SheetId, source: Source) -> Sheet:
    """The page that is asked for, the last one where there are fewer."""
    sheets = cut(source.article.text)
    if id.number is None:
        number = sum(sheet.end <= source.sentence.start for sheet in sheets)
    else:
        number = id.number
    number = min(number, len(sheets) - 1)
    return Sheet(id, source, sheets[number], number, len(sheets))


def cut(text: str, length: int = SHEET) -> list[Span]:
    """The pages of a text, each of at most `length` characters; together they are the text."""
    borders = [0]
    while len(text) - borders[-1] > length:
        borders.append(_end(text, borders[-1], length))
    return [Span(start, end) for start, end in pairwise([*borders, len(text)])]


def _end(text: str, start: int, length: int) -> int:
    for end in _ENDS:
        # A page that ends in its first half would look torn off.
        found = [m.end() for m in end.finditer(text, start + length // 2, start + length)]
        if found:
            return found[-1]
    return start + length
