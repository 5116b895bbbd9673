"""Reads the rows of Markdown tables, 「| 水产摊 | 560元 |」, with the names of their columns."""

import re
from collections.abc import Iterator, Sequence

from index.model import Span

_SEPARATOR = re.compile(r"\|?(?:\s*:?-+:?\s*\|)+(?:\s*:?-+:?\s*)?|\|\s*:?-+:?")
_CELL = re.compile(r"(?:\\\||[^|])+")
BETWEEN_CELLS = " | "
_COLON = "\uff1a"


def is_separator(line: str) -> bool:
    """Whether a line stands between the names of the columns and the rows: 「|---|---|」."""
    return _SEPARATOR.fullmatch(line.strip()) is not None


def cells(row: str) -> list[Span]:
    """Returns the ranges of the cells of a row, without the white space around them.

    An empty cell is an empty range.
    """
    opened = len(row) - len(row.lstrip().removeprefix("|"))
    closed = len(row.rstrip())
    if row.rstrip().endswith("|") and not row.rstrip().endswith("\\|"):
        closed -= 1
    spans: list[Span] = []
    position = opened
    while position <= closed:
        match = _CELL.match(row, position, closed)
        end = match.end() if match else position
        text = row[position:end]
        start = position + len(text) - len(text.lstrip())
        spans.append(Span(start, max(start, start + len(text.strip()))))
        position = end + 1
    return spans


def named_cells(row: str, columns: Sequence[str]) -> Iterator[tuple[str, Span]]:
    """Yields the cells of a row that hold text, each after the name of its column: 「押金：」."""
    for number, span in enumerate(cells(row)):
        name = columns[number].rstrip(_COLON + ":") if number < len(columns) else ""
        text = span.of(row)
        if text:
            yield (name + _COLON if name and name != text else ""), span


def named_row(row: str, header: str) -> str:
    """Returns a row with the names of its columns: 「摊位：水产摊 | 月租：560元」."""
    columns = [span.of(header) for span in cells(header)]
    return BETWEEN_CELLS.join(name + span.of(row) for name, span in named_cells(row, columns))
