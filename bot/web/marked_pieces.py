"""Texts split where a mark begins or ends: marks stay ranges until a template writes them."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from index import Span


@dataclass(frozen=True, slots=True)
class MarkedPiece:
    """A part of a text with one look.

    Attributes:
        text: verbatim.
        quoted: whether it belongs to the cited passage.
        marked: whether it belongs to the cited sentence.
        anchor: whether a link to the citation leads here.
        page: number of the page that begins here, from 1; 0 where none does.
    """

    text: str
    quoted: bool = False
    marked: bool = False
    anchor: bool = False
    page: int = 0


def marked_pieces(
    text: str, shown: Span, passage: Span, sentence: Span, breaks: Sequence[int] = ()
) -> tuple[MarkedPiece, ...]:
    """Returns the pieces of a range of a text, none of them empty.

    Args:
        shown: the range.
        passage, sentence: ranges of the same text; an empty one marks nothing.
        breaks: where else a piece has to begin, ascending.
    """
    borders = {shown.start, shown.end}
    borders.update(breaks[bisect_right(breaks, shown.start) : bisect_left(breaks, shown.end)])
    for span in (passage, sentence):
        borders |= {at for at in (span.start, span.end) if shown.start < at < shown.end}
    return tuple(
        MarkedPiece(text[start:end], _within(start, end, passage), _within(start, end, sentence))
        for start, end in pairwise(sorted(borders))
    )


def _within(start: int, end: int, span: Span) -> bool:
    return span.start <= start and end <= span.end
