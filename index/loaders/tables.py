"""Writes the rows of tables as lines that can be read and found by themselves."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from index.loaders.pieces import Piece, one_line

MOST_COLUMNS = 100
"""Maximum number of columns of a table or a span; more are a mistake of the file."""
LONGEST_LABEL = 20
"""Maximum number of characters of the name of a column or of a value."""
_SEPARATOR = " | "
COLON = "\uff1a"
_DIGIT = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table.

    Attributes:
        columns, rows: how many it spans.
        heads: whether the file marks it as the name of a column or a row.
    """

    text: str
    columns: int = 1
    rows: int = 1
    heads: bool = False


def table_pieces(rows: Sequence[Sequence[Cell]]) -> Iterator[Piece]:
    """Yields one piece per row.

    If the first row names the columns, their names stand before the cells, as in
    「项目：路灯 | 投资：300万元」: a row is quoted without the row that explains it.
    """
    rows = [row for row in rows if any(cell.text.strip() for cell in row)]
    grid = _grid(rows)
    named = len(grid) > 1 and (_marked(rows[0]) or _names_columns(grid))
    names = [cell.rstrip(COLON + ":") for cell in grid[0]] if named else []
    for row in grid[1:] if named else grid:
        labelled = named and len(row) <= len(names)
        cells = (
            f"{name}{COLON}{cell}" if labelled and name and cell != name else cell
            for name, cell in zip(names if labelled else row, row, strict=False)
            if cell
        )
        line = _SEPARATOR.join(cells)
        if line:
            yield Piece(line, tabular=True)


def _grid(rows: Sequence[Sequence[Cell]]) -> list[list[str]]:
    """Returns the texts by rows and columns; a cell that spans several rows is in each of them."""
    grid: list[list[str]] = []
    hanging: dict[int, tuple[str, int]] = {}
    for row in rows:
        texts: list[str] = []
        for cell in row:
            _take_hanging(texts, hanging)
            text = one_line(cell.text)
            columns = max(1, min(cell.columns, MOST_COLUMNS))
            for column in range(columns):
                if cell.rows > 1:
                    hanging[len(texts)] = (text if column == 0 else "", cell.rows - 1)
                texts.append(text if column == 0 else "")
            if len(texts) > MOST_COLUMNS:
                break
        _take_hanging(texts, hanging)
        grid.append(texts)
    return grid


def _take_hanging(texts: list[str], hanging: dict[int, tuple[str, int]]) -> None:
    """Adds the cells that continue from the rows above."""
    while len(texts) in hanging:
        column = len(texts)
        text, rows = hanging.pop(column)
        texts.append(text)
        if rows > 1:
            hanging[column] = (text, rows - 1)


def _marked(row: Sequence[Cell]) -> bool:
    return len(row) > 1 and all(cell.heads for cell in row)


def _names_columns(grid: Sequence[Sequence[str]]) -> bool:
    """Whether the first row looks like names: short and different words without a number.

    In a table of two columns it may also be the first of many pairs (项目名称 | 路灯更换), unless
    all other rows hold a number in the second column.
    """
    first, *rest = grid
    if len(first) < 2 or len(set(first)) < len(first) or not all(first):
        return False
    if any(len(cell) > LONGEST_LABEL or _DIGIT.search(cell) for cell in first):
        return False
    return len(first) > 2 or all(len(row) > 1 and _DIGIT.search(row[1]) for row in rest)
