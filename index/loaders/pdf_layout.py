"""Recognises paragraphs, headings and tables by the places of lines on their pages."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import quantiles

from index.loaders.pieces import NEW_PAGE, Piece, heading
from index.loaders.tables import Cell, table_pieces

_SAME_SIZE = 0.06
"""Share by which the sizes of the same font may differ."""
_HEADING_SIZE = 1.1
"""Minimum size of a heading relative to the body."""
_HEADING_SPACING = 2.0
"""Maximum distance, in font sizes, between the lines of one heading."""
_WIDE_GAP = 1.6
"""Gap, in font sizes, above which parts of a line are cells of a table."""
_NARROW_GAP = 0.4
"""The same for two cells that are aligned."""
_NUMBERING = re.compile(
    r"(?:第.{1,6}[编章节条款]|[(\uff08]?[一二三四五六七八九十\d]{1,3}[)\uff09]?[、.\uff0e]?)"
)
_ALIGNED = 0.2
"""Maximum difference, in font sizes, of the edges or the middles of cells in one column."""
_LONGEST_HEADING_LINE = 60
_LEVELS = 6
_LOOSE = 1.25
"""Distance of lines, relative to the usual one, beyond which a paragraph ends."""
_USUAL_SPACING = 1.5
_FAR = 4.0
"""Distance, in font sizes, between lines that are not neighbours."""
_FULL_SHARE = 0.9
"""Share of the lines of a text that are assumed to be no longer than a full one."""
_OPEN_NEED, _CLOSED_NEED = 3.2, 1.8
"""Maximum space, in font sizes, at the end of a full line of Chinese."""
_LATIN_WIDTH = 0.55
"""Width of a Latin letter, in font sizes."""
_INDENT = 1.2
"""Minimum indent, in font sizes, of the first line of a paragraph."""
_CENTRED = 3.0
"""Distance, in font sizes, to the left of a column from which a line is not part of it."""
_COLUMN_GAP = 8.0
"""Distance, in font sizes, between the left edges of lines in different columns."""
_CLOSED = re.compile(
    "[\u3002\uff01\uff1f!?\u2026.\uff1a:][\u201d\u2019\u300d\u300f\u300b)\uff09\\]\u3011]*\\s*$"
)
_BROKEN_WORD = re.compile(r"(?<=[a-z])-$")
_WORD = re.compile(r"[!-~]+")


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a line between two gaps.

    Attributes:
        text: its text without the white space around it.
        left, right: its edges in points.
        is_close: whether the gap before it may be layout rather than a space.
    """

    text: str
    left: float
    right: float
    is_close: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a page. Lengths are in points.

    Attributes:
        parts: its parts from left to right; at least one.
        baseline: its height above the lower edge of the page.
        size: its font size.
    """

    parts: tuple[Part, ...]
    baseline: float
    size: float

    @property
    def text(self) -> str:
        """The whole line."""
        return "".join(part.text if part.is_close else f" {part.text}" for part in self.parts)[1:]

    @property
    def left(self) -> float:
        """Its left edge."""
        return self.parts[0].left

    @property
    def right(self) -> float:
        """Its right edge."""
        return self.parts[-1].right

    def cells(self) -> list[Part]:
        """Its parts as the cells of a row: if there are wide gaps, only these separate cells."""
        cells = [self.parts[0]]
        for part in self.parts[1:]:
            last = cells[-1]
            if self.is_wide and part.left - last.right <= _WIDE_GAP * self.size:
                space = "" if part.is_close else " "
                cells[-1] = Part(f"{last.text}{space}{part.text}", last.left, part.right)
            else:
                cells.append(part)
        return cells

    @property
    def is_wide(self) -> bool:
        """Whether there is a gap as between the cells of a table."""
        return any(
            after.left - before.right > _WIDE_GAP * self.size
            for before, after in pairwise(self.parts)
        )


@dataclass(frozen=True, slots=True)
class _Column:
    """The edges between which lines stand."""

    left: float
    right: float


@dataclass(frozen=True, slots=True)
class _Placed:
    """A line with its place.

    Attributes:
        page: its number, from 0.
        kind: the level of a heading, `_BODY` or `_ROW`.
    """

    line: Line
    page: int
    column: _Column
    kind: int


_BODY, _ROW = 0, -1


@dataclass(frozen=True, slots=True)
class _Shape:
    """The typical measures of a document.

    Attributes:
        size: the font size of its body.
        levels: the levels of headings by their font sizes.
        spacing: the distance of the lines of a paragraph, in font sizes.
        width: the width of a column.
    """

    size: float
    levels: dict[float, int]
    spacing: float
    width: float


def lay_out(pages: Sequence[Sequence[Line]]) -> list[Piece]:
    """Returns the pieces of a document in order, with `NEW_PAGE` where a further page begins.

    A paragraph that continues on the next page is one piece.
    """
    shape = _shape(pages)
    pieces: list[Piece] = []
    page = 0
    for group in _groups(_placed(pages, shape), shape):
        marks = NEW_PAGE * (group[0].page - page)
        page = group[-1].page
        first, *rest = _pieces(group)
        pieces += [replace(first, text=marks + first.text), *rest]
    return [*pieces, Piece(NEW_PAGE * (len(pages) - 1 - page))]


def _shape(pages: Sequence[Sequence[Line]]) -> _Shape:
    lines = [line for page in pages for line in page]
    weights = Counter[float]()
    for line in lines:
        weights[_rounded(line.size)] += len(line.text)
    size = max(weights, key=lambda size: (weights[size], -size)) if weights else 1.0
    larger = {
        _rounded(line.size)
        for line in lines
        if _rounded(line.size) >= _HEADING_SIZE * size and len(line.text) <= _LONGEST_HEADING_LINE
    }
    levels = {larger: min(level, _LEVELS) for level, larger in enumerate(sorted(larger)[::-1], 1)}
    distances = [
        distance
        for page in pages
        for before, after in pairwise(page)
        if 0 < (distance := (before.baseline - after.baseline) / size) < _FAR
        and _rounded(before.size) == size == _rounded(after.size)
    ]
    spacing = quantiles(distances, n=4)[0] if len(distances) > 1 else _USUAL_SPACING
    widths = sorted(line.right - line.left for line in lines if _rounded(line.size) == size)
    width = widths[int(_FULL_SHARE * (len(widths) - 1))] if widths else 0.0
    return _Shape(size, levels, max(spacing, 1.0), width)


def _rounded(size: float) -> float:
    return round(size * 2) / 2


def _placed(pages: Sequence[Sequence[Line]], shape: _Shape) -> Iterator[_Placed]:
    for number, page in enumerate(pages):
        columns = _columns(page, shape)
        alike = [_are_rows(before, after) for before, after in pairwise(page)]
        for position, line in enumerate(page):
            kind = _BODY
            if any(alike[max(0, position - 1) : position + 1]):
                kind = _ROW
            elif len(line.text) <= _LONGEST_HEADING_LINE:
                kind = shape.levels.get(_rounded(line.size), _BODY)
            column = min(columns, key=lambda column: abs(column.left - line.left))
            yield _Placed(line, number, column, kind)


def _columns(page: Sequence[Line], shape: _Shape) -> list[_Column]:
    """Returns the columns of a page: lines with nearby left edges are in the same one."""
    body = [line for line in page if _rounded(line.size) == shape.size]
    lines = sorted(body or page, key=lambda line: line.left)
    columns: list[list[Line]] = []
    for line in lines:
        if columns and line.left - columns[-1][-1].left < _COLUMN_GAP * shape.size:
            columns[-1].append(line)
        else:
            columns.append([line])
    groups = []
    for column in columns:
        rights = sorted(line.right for line in column)
        right = rights[int(_FULL_SHARE * (len(rights) - 1))]
        left = _left_edge([line.left for line in column], shape.size)
        if len(columns) == 1:
            right = max(right, left + shape.width)  # a page may hold only short lines
        groups.append(_Column(left, right))
    return groups


def _left_edge(lefts: Sequence[float], size: float) -> float:
    """Returns the left edge of a column, whose lines are in order; a single line may be centred."""
    for before, after in pairwise(lefts):
        if after - before < _ALIGNED * size:
            return before if before - lefts[0] > _CENTRED * size else lefts[0]
    return lefts[0]


def _groups(placed: Iterable[_Placed], shape: _Shape) -> Iterator[list[_Placed]]:
    """Yields the lines that belong together: of a paragraph, a heading or a table."""
    group: list[_Placed] = []
    for line in placed:
        if group and not _continues(group, line, shape):
            yield group
            group = []
        group.append(line)
    if group:
        yield group


def _continues(group: Sequence[_Placed], after: _Placed, shape: _Shape) -> bool:
    before = group[-1]
    if before.kind != after.kind:
        return False
    same_place = before.page == after.page and before.column == after.column
    size = before.line.size
    distance = before.line.baseline - after.line.baseline
    if before.kind == _ROW:
        return before.page == after.page
    if before.kind != _BODY:
        return (
            same_place
            and abs(size - after.line.size) < _SAME_SIZE * size
            and (0 <= distance < _HEADING_SPACING * size)
        )
    if same_place and distance >= 0:
        if distance > max(_LOOSE * shape.spacing, 1.0) * shape.size:
            return False
    elif _CLOSED.search(before.line.text):
        return False
    return _reaches_margin(before, after.line) and not _begins_paragraph(group, after)


def _reaches_margin(before: _Placed, after: Line) -> bool:
    """Whether what begins the next line would not have fitted into this one."""
    word = _WORD.match(after.text)
    if word:
        needed = len(word.group()) * _LATIN_WIDTH + _LATIN_WIDTH
    else:
        # Some punctuation marks may not begin a line, and take the character before them along.
        needed = _CLOSED_NEED if _CLOSED.search(before.line.text) else _OPEN_NEED
    return before.line.right + needed * before.line.size >= before.column.right


def _begins_paragraph(group: Sequence[_Placed], after: _Placed) -> bool:
    """Whether a line is indented as the first of a paragraph is."""
    before = group[-1]
    indent = (after.line.left - after.column.left) / after.line.size
    if indent <= _INDENT:
        return False
    block = abs((before.line.left - before.column.left) / before.line.size - indent) < _INDENT / 2
    return not (block and len(group) > 1)


def _pieces(group: Sequence[_Placed]) -> list[Piece]:
    """Yields at least one piece."""
    if group[0].kind == _ROW:
        return list(_table(group)) or [Piece("")]
    text = group[0].line.text
    for before, after in pairwise(group):
        broken = _BROKEN_WORD.search(text) and after.line.text[:1].islower()
        marks = NEW_PAGE * (after.page - before.page)
        text = (text[:-1] if broken else text + "\n") + marks + after.line.text
    return [heading(text, group[0].kind) if group[0].kind != _BODY else Piece(text)]


def _are_rows(before: Line, after: Line) -> bool:
    """Whether two lines on end look like rows of a table."""
    if before.is_wide and after.is_wide:
        return True
    if len(before.parts) != len(after.parts) or not _could_be_cells(before, after):
        return False
    return all(
        min(
            abs(above.left - below.left),
            abs(above.right - below.right),
            abs(above.left + above.right - below.left - below.right) / 2,
        )
        < _ALIGNED * before.size
        for above, below in zip(before.parts, after.parts, strict=True)
    )


def _could_be_cells(before: Line, after: Line) -> bool:
    """Whether parts may be cells: three beside each other, or two with a gap and no number."""
    if len(before.parts) != 2:
        return len(before.parts) > 2
    return all(
        line.parts[1].left - line.parts[0].right > _NARROW_GAP * line.size
        and not _NUMBERING.fullmatch(line.parts[0].text)
        for line in (before, after)
    )


def _table(group: Sequence[_Placed]) -> Iterator[Piece]:
    rows = [line.line.cells() for line in group]
    columns = max(rows, key=len)
    yield from table_pieces([list(_aligned(row, columns)) for row in rows])


def _aligned(row: Sequence[Part], columns: Sequence[Part]) -> Iterator[Cell]:
    """Returns the cells of a row, with an empty one for each column without a cell."""
    cells = dict[int, str]()
    for number, cell in enumerate(row):
        column = number
        if len(row) < len(columns):
            column = min(range(len(columns)), key=lambda at: _apart(columns[at], cell))
        cells[column] = f"{cells[column]} {cell.text}" if column in cells else cell.text
    return (Cell(cells.get(column, "")) for column in range(len(columns)))


def _apart(column: Part, cell: Part) -> float:
    """Returns the distance of a cell from a column; 0 if they overlap."""
    return max(column.left - cell.right, cell.left - column.right, 0.0)
