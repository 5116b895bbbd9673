"""Which words of a passage the question asked for."""

import re
from collections.abc import Iterable

from index.evidence import Need, Needs
from index.model import Span
from index.text import TextReader


def find_highlights(text: str, needs: Needs, reader: TextReader) -> tuple[Span, ...]:
    """The ranges of `text` that hold the question's words, or parts of those it does not hold.

    Ranges are in order and do not overlap; neighbouring ones are one.
    """
    normalised = reader.normalise(text)
    wanted = [word.word for word in needs.words if _worth_marking(word)]
    # What is cut differently in the text is found by its bigrams.
    wanted += [pair.word for pair in needs.pairs]
    found = (
        normalised.original(match.start(), match.end())
        for word in wanted
        for match in re.finditer(re.escape(word), normalised.text)
    )
    return _merge(found)


def _worth_marking(need: Need) -> bool:
    """Single Chinese characters stand everywhere; single letters and digits rarely do."""
    return len(need.word) > 1 or need.word.isascii()


def _merge(spans: Iterable[Span]) -> tuple[Span, ...]:
    merged: list[Span] = []
    for span in sorted(spans, key=lambda span: span.start):
        if merged and span.start <= merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return tuple(merged)
