"""Splits a text into sentences."""

import re
from collections.abc import Iterator

from index.model import Span

_SENTENCE_END = re.compile(
    "(?:[。!?\uff01\uff1f…]+|\\.(?<=[a-zA-Z)]\\.)(?=\\s))[”’」』》)\uff09\\]】*]*|\n+"
)


_WEAK_BREAKS = ("[;\uff1b]", "[,\uff0c、:\uff1a]", r"\s")


LONGEST_SENTENCE = 320
"""Maximum number of characters. A longer run without a sentence end is cut at a weaker mark."""


def sentences(text: str) -> list[Span]:
    """Splits `text` into sentences, without the white space around them.

    A sentence longer than `LONGEST_SENTENCE` is cut at its weaker marks, or anywhere without one.
    """
    spans: list[Span] = []
    start = 0
    for end in (*(match.end() for match in _SENTENCE_END.finditer(text)), len(text)):
        span = _trim(text, start, end)
        if span.end - span.start > LONGEST_SENTENCE:
            spans += _shorten(text, span)
        elif span.start < span.end:
            spans.append(span)
        start = end
    return spans


def _trim(text: str, start: int, end: int) -> Span:
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    return Span(start, end)


def _shorten(text: str, span: Span) -> Iterator[Span]:
    while span.end - span.start > LONGEST_SENTENCE:
        cut = _weak_break(text, span.start, span.start + LONGEST_SENTENCE)
        yield _trim(text, span.start, cut)
        span = _trim(text, cut, span.end)
    if span.start < span.end:
        yield span


def _weak_break(text: str, start: int, end: int) -> int:
    """Returns the end of the last weaker mark in the range's second half, or the range's end."""
    middle = (start + end) // 2
    for pattern in _WEAK_BREAKS:
        breaks = [match.end() for match in re.finditer(pattern, text[middle:end])]
        if breaks:
            return middle + breaks[-1]
    return end
