"""What is stored of articles and passages, and how it is read back.

The values are the same on this machine's disk (columns) and in a cluster (fields).
"""

import json
import re
import sys
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from itertools import pairwise
from typing import Any

from index.analysis.normal_passage import NormalPassage
from index.model import Article, Block, BlockKind, Passage, Span
from index.storage.snapshot import PlacedPassage

ARTICLE = ("id", "title", "source", "published", "url", "digest", "text", "blocks", "pages")
"""What is stored of an article, in the order of `ArticleRecord.article`."""

PASSAGE = (
    "ordinal",
    "start",
    "end",
    "headings",
    "byline",
    "credit",
    "paragraph",
    "breaks",
    "page",
    "page_breaks",
    "stem",
    "context",
    "normal",
    "outline",
)
"""What is stored of a passage, in the order of `ArticleRecord.passages`."""

NORMAL = ("article", "ordinal", "context", "normal", "outline")
"""What `normal_passage` needs; `article` is the number of the article."""

PLACED = (
    "article_id",
    "ordinal",
    "start",
    "end",
    "text",
    "headings",
    "byline",
    "credit",
    "paragraph",
    "breaks",
    "page",
    "page_breaks",
    "stem",
    "title",
    "source",
    "published",
    "url",
)
"""What `placed_passage` needs."""


_BLOCK = re.compile(r'\["(\w+)",(\d+),(\d+),(\d+)\]', re.ASCII)


def placed_passage(passage_id: int, row: Sequence[Any]) -> PlacedPassage:
    """Returns a passage from its number and the values of `PLACED`.

    Raises:
        ValueError, TypeError: they cannot be those of a passage.
    """
    article_id, ordinal, start, end, text, headings, byline = row[:7]
    credit, paragraph, breaks, page, page_breaks, stem, title, source, published, url = row[7:]
    written = (article_id, text, byline, credit, stem, title, source, url)
    if not all(isinstance(value, str) for value in written):
        raise TypeError("a row holds no text where there was some")
    if len(text) != end - start or not text.strip():
        raise ValueError(f"passage {passage_id} is not a part of its article")
    passage = Passage(
        id=passage_id,
        article_id=article_id,
        ordinal=ordinal,
        start=start,
        end=end,
        text=text,
        headings=tuple(json.loads(headings)),
        byline=byline,
        credit=credit,
        paragraph=paragraph,
        breaks=tuple(json.loads(breaks)),
        page=page,
        page_breaks=tuple(json.loads(page_breaks)),
        stem=stem,
    )
    return PlacedPassage(passage, title, source, _day(published), url)


def pages_fit(article: Article) -> bool:
    """Whether the pages of an article follow each other within its text."""
    pages = (*article.pages, len(article.text))
    return not article.pages or (pages[0] == 0 and all(a <= b for a, b in pairwise(pages)))


def stands_in(passage: Passage, article: Article) -> bool:
    """Whether an article holds a passage where that says, its text and its page."""
    return (
        article.text[passage.start : passage.end] == passage.text
        and passage.stem in article.text[: passage.start]
        and passage.page == article.page_at(passage.start)
        and passage.page + len(passage.page_breaks) == article.page_at(passage.end - 1)
    )


def normal_passage(passage_id: int, row: Sequence[Any]) -> NormalPassage:
    """Returns a normalised passage from its number and the values of `NORMAL`.

    Raises:
        ValueError, TypeError: they cannot be those of a passage.
    """
    article, ordinal, context, text, outline = row
    if not all(isinstance(value, str) for value in (context, text, outline)):
        raise TypeError("a row holds no text where there was some")
    return NormalPassage(passage_id, article, ordinal == 0, context, text, outline)


def stored_article(row: Sequence[Any], window: Callable[[str], Span] | None = None) -> Article:
    """Returns an article from the values of `ARTICLE`.

    Args:
        window: as in `Snapshot.article`.

    Raises:
        ValueError, TypeError, LookupError: they cannot be those of an article.
    """
    article_id, title, source, published, url, digest, text, blocks, pages = row
    return Article(
        id=article_id,
        title=title,
        source=source,
        published=_day(published),
        url=url,
        digest=digest,
        text=text,
        blocks=tuple(_blocks(blocks) if window is None else _blocks_in(window(text), blocks)),
        pages=tuple(json.loads(pages)),
    )


def _blocks(stored: str) -> Iterator[Block]:
    for kind, level, start, end in json.loads(stored):
        yield Block(BlockKind(kind), level, start, end)


def _blocks_in(shown: Span, stored: str) -> Iterator[Block]:
    """Yields the blocks that reach into a range of the text; decodes hardly any other."""

    def next_end(at: int) -> int:
        match = _BLOCK.search(stored, at)
        return int(match[4]) if match else sys.maxsize

    first = bisect_right(range(len(stored)), shown.start, key=next_end)
    for match in _BLOCK.finditer(stored, first):
        kind, *numbers = match.groups()
        level, start, end = map(int, numbers)
        if start >= shown.end:
            return
        yield Block(BlockKind(kind), level, start, end)


def _day(stored: str | None) -> date | None:
    return date.fromisoformat(stored) if stored else None
