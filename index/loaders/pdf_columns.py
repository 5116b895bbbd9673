"""Reads pages of two columns one column after the other."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from index.loaders.pdf_layout import Line

_GUTTER = 1.2
"""Minimum gap, in font sizes, between two columns."""
_FEWEST_LINES = 4
_SHORTEST = 8
"""Minimum number of characters of the lines of a column; the cells of a table are shorter."""
_FULL = 1.5
"""Maximum distance, in font sizes, of most lines of a column from its right edge."""
_MOST = 0.6


def in_reading_order(page: Sequence[Line]) -> list[Line]:
    """Returns the lines of a page; of two columns, those of the left one come first."""
    gutter = _gutter(page)
    if gutter is None:
        return list(page)
    ordered: list[Line] = []
    right: list[Line] = []
    for line in page:
        parts = list(_split(line, gutter))
        if len(parts) == 1 and line.left < gutter < line.right:
            ordered += [*right, line]
            right = []
            continue
        for part in parts:
            (ordered if part.right <= gutter else right).append(part)
    return ordered + right


def _gutter(page: Sequence[Line]) -> float | None:
    """Returns the left edge of the right column; None if there is one column, or a table."""
    rows = [
        (before, after, line.size)
        for line in page
        for before, after in pairwise(line.parts)
        if after.left - before.right > _GUTTER * line.size
    ]
    if len(rows) < _FEWEST_LINES:
        return None
    edge, size = max(before.right for before, _, _ in rows), rows[0][2]
    start = min(after.left for _, after, _ in rows)
    full = sum(before.right > edge - _FULL * size for before, _, _ in rows)
    long = sum(min(len(before.text), len(after.text)) >= _SHORTEST for before, after, _ in rows)
    is_prose = min(full, long) >= _MOST * len(rows)
    return start - _GUTTER * size / 4 if is_prose and edge < start else None


def _split(line: Line, gutter: float) -> Iterator[Line]:
    for parts in (
        tuple(part for part in line.parts if part.right <= gutter),
        tuple(part for part in line.parts if part.right > gutter),
    ):
        if parts:
            yield replace(line, parts=parts)
