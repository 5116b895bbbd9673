"""An article as the page shows it: headings, paragraphs, and the cited passage in a box."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby

from bot.core.article_pages import cut
from bot.web.citation_places import CurrentPlace, Place, find
from bot.web.marked_pieces import MarkedPiece, marked_pieces
from index import Article, Block, BlockKind, Span

PART_LENGTH = 60_000
"""Maximum number of characters of an article on one page; a longer article has several."""

PART_LINES = 2_000
"""Maximum number of lines of it: each is an element of the page."""

NOWHERE = Span(0, 0)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A heading, a paragraph or the like.

    Attributes:
        level: of a heading, from 2 to 6, as 1 is the page's own; 0 of anything else.
        kind: what it is.
        pieces: its text.
    """

    level: int
    kind: BlockKind
    pieces: tuple[MarkedPiece, ...]

    @property
    def cited(self) -> bool:
        """Whether it holds some of the cited passage."""
        return any(piece.quoted for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class Group:
    """Paragraphs in a row that hold some of the cited passage, or that do not.

    Attributes:
        cited: whether they do.
    """

    cited: bool
    paragraphs: tuple[Paragraph, ...]


@dataclass(frozen=True, slots=True)
class ArticlePart:
    """The part of an article that is on one page.

    Attributes:
        place: where the cited passage stands, in this part or another; None to mark nothing.
        shown: the part's range of the article's text.
        number: of the part, from 0.
        total: how many parts the article has.
    """

    place: CurrentPlace | None
    shown: Span
    number: int
    total: int


def part_of(text: str, place: Place | None, number: int | None = None) -> ArticlePart:
    """Returns a part of an article's text.

    Args:
        place: of the cited passage, as a link names it; None where none is cited.
        number: of the part; None for the one with the passage, or the first.
    """
    current = find(place, text) if place else None
    spans = [part for span in cut(text, PART_LENGTH) for part in _cut_at_lines(text, span)]
    if number is None:
        at = _cited_at(current) if current else 0
        number = sum(span.end <= at for span in spans)
    number = min(number, len(spans) - 1)
    return ArticlePart(current, spans[number], number, len(spans))


def _cut_at_lines(text: str, span: Span) -> Iterator[Span]:
    start, rest = span.start, span.of(text)
    while rest.count("\n") >= PART_LINES:
        rest = rest.split("\n", PART_LINES)[-1]
        yield Span(start, span.end - len(rest))
        start = span.end - len(rest)
    if rest or span.start == span.end:
        yield Span(start, span.end)


def groups_of(article: Article, part: ArticlePart) -> tuple[Group, ...]:
    """Returns the paragraphs of a part, with the cited passage marked.

    Args:
        article: with the blocks that reach into the part; others are left out.
    """
    paragraphs = _anchored(list(_paragraphs(article, part.place, part.shown)))
    groups = groupby(paragraphs, lambda paragraph: paragraph.cited)
    return tuple(Group(cited, tuple(those)) for cited, those in groups)


def _cited_at(place: CurrentPlace) -> int:
    return (
        place.sentence.start if place.sentence.start < place.sentence.end else place.passage.start
    )


def _paragraphs(article: Article, place: CurrentPlace | None, shown: Span) -> Iterator[Paragraph]:
    passage, sentence = (place.passage, place.sentence) if place else (NOWHERE, NOWHERE)
    page = 0
    first = bisect_right(article.blocks, shown.start, key=lambda block: block.end)
    last = bisect_left(article.blocks, shown.end, key=lambda block: block.start)
    for block in article.blocks[first:last]:
        span = Span(max(block.start, shown.start), min(block.end, shown.end))
        if span.start >= span.end:
            continue
        held = marked_pieces(article.text, span, passage, sentence, article.pages)
        held, page = _paged(article, span.start, held, page)
        paragraph = Paragraph(_level(block), block.kind, held)
        # The title stands above the article already.
        if block.kind is not BlockKind.TITLE or paragraph.cited:
            yield paragraph


def _paged(
    article: Article, start: int, held: tuple[MarkedPiece, ...], page: int
) -> tuple[tuple[MarkedPiece, ...], int]:
    """Returns pieces with the numbers of the pages that begin at them, and the last page of them.

    Args:
        start: where the pieces begin in the article's text.
        page: what came before stands on.
    """
    numbered = []
    for piece in held:
        before, page = page, article.page_at(start)
        numbered.append(replace(piece, page=page if page != before else 0))
        start += len(piece.text)
    return tuple(numbered), page


def _level(block: Block) -> int:
    if block.kind is BlockKind.TITLE:
        return 2
    return min(block.level + 1, 6) if block.kind is BlockKind.HEADING else 0


def _anchored(paragraphs: list[Paragraph]) -> list[Paragraph]:
    """Returns the paragraphs with an anchor at the first marked piece, or else the first of the
    passage."""
    cited = [
        (number, at, piece)
        for number, paragraph in enumerate(paragraphs)
        for at, piece in enumerate(paragraph.pieces)
        if piece.quoted or piece.marked
    ]
    if not cited:
        return paragraphs
    number, at, piece = min(cited, key=lambda numbered: (not numbered[2].marked, numbered[:2]))
    held = list(paragraphs[number].pieces)
    held[at] = replace(piece, anchor=True)
    anchored = replace(paragraphs[number], pieces=tuple(held))
    return [*paragraphs[:number], anchored, *paragraphs[number + 1 :]]
