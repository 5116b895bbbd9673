"""A whole article read in a chat, page by page."""

import re
from dataclasses import dataclass
from itertools import pairwise

from bot.core.passage_context import PassageContext
from index import Span

PAGE_LENGTH = 1_600
"""Characters of a page: a few screens of a phone, and no more than a message holds."""

_CLOSE = 500
"""In characters. A page mostly ends so close to its greatest length: there it is looked first."""

# Where a page may end, best first: before a paragraph, after a sentence.
_ENDS = (
    re.compile(r"\n\s*"),
    re.compile(r"[\u3002!?\uff01\uff1f\u2026][\u201d\u2019\u300d\u300f)\uff09]*"),
)


@dataclass(frozen=True, slots=True)
class ArticlePageId:
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
class ArticlePage:
    """A page of an article.

    Attributes:
        id: which page; its number is known.
        source: the article, and where its cited passage stands.
        shown: the page's range in the article's text.
        number: of the page, from 0.
        total: how many pages there are.
    """

    id: ArticlePageId
    source: PassageContext
    shown: Span
    number: int
    total: int

    def turned_by(self, by: int) -> ArticlePageId:
        """Returns the id of the page that is `by` pages further on."""
        return ArticlePageId(self.id.exchange, self.id.passage, self.number + by)


def turn_to(id: ArticlePageId, source: PassageContext) -> ArticlePage:
    """Returns the page that is asked for; the last one if there are fewer."""
    spans = cut(source.article.text)
    if id.number is None:
        number = sum(span.end <= source.sentence.start for span in spans)
    else:
        number = id.number
    number = min(number, len(spans) - 1)
    return ArticlePage(id, source, spans[number], number, len(spans))


def cut(text: str, length: int = PAGE_LENGTH) -> list[Span]:
    """Returns the pages of a text, each of at most `length` characters; together they are the
    text."""
    borders = [0]
    while len(text) - borders[-1] > length:
        borders.append(_end(text, borders[-1], length))
    return [Span(start, end) for start, end in pairwise([*borders, len(text)])]


def _end(text: str, start: int, length: int) -> int:
    for end in _ENDS:
        # A page that ends in its first half would look torn off.
        for looked_at in (min(_CLOSE, length // 2), length - length // 2):
            last = start + length
            ends = [m.end() for m in end.finditer(text, last - looked_at, last)]
            if ends:
                return ends[-1]
    return start + length
