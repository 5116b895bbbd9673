"""The pieces of a tree of HTML or XHTML elements, in the order of reading."""

from collections.abc import Iterator

from lxml import etree

from index.loaders.pieces import Piece, heading, one_line
from index.loaders.tables import MOST_COLUMNS, Cell, table_pieces

HEADINGS = {f"h{level}": level for level in range(1, 7)}
_BLOCK_NAMES = """
    address article aside blockquote body caption center dd details dir div dl dt fieldset
    figcaption figure footer form header hr html legend li main menu ol p pre section summary
    table tbody td tfoot th thead tr ul
"""
BLOCKS = frozenset(_BLOCK_NAMES.split()) | frozenset(HEADINGS)
"""Elements that begin and end a line."""
_UNREAD_NAMES = """
    applet audio base button canvas datalist embed frame frameset head iframe input link map math
    meta meter nav noframes noscript object option progress rp rt script select style svg template
    textarea title video
"""
UNREAD = frozenset(_UNREAD_NAMES.split())
"""Elements that hold nothing of the text, or that do not show what they hold."""
_CELLS = frozenset({"td", "th"})
_LINES = frozenset({"br", "hr"})
_SPAN_DIGITS = 4
_LONGEST_CELL = 300
"""Characters. A table with a longer cell is there for the layout."""


def local_name(element: etree._Element) -> str:
    """The name of an element in lower case without its namespace; empty for a comment."""
    tag = element.tag
    return tag.rpartition("}")[2].lower() if isinstance(tag, str) else ""


def text_of(element: etree._Element) -> str:
    """All text in an element that is read."""
    return "".join(piece.text + "\n" for piece in markup_pieces(element))


def markup_pieces(root: etree._Element) -> Iterator[Piece]:
    """The headings, paragraphs, list items and rows of tables below `root`.

    The way down is a loop: a page may nest more deeply than Python calls functions.
    """
    reader = _HtmlReader()
    walk = etree.iterwalk(root, events=("start", "end", "comment", "pi"))
    for event, element in walk:
        name = local_name(element)
        if event == "start":
            if name in UNREAD or is_hidden(element):
                walk.skip_subtree()
                continue
            if name == "table" and _is_data(element):
                walk.skip_subtree()
                yield from reader.end_line()
                yield from _table_pieces(element)
                continue
            if name in BLOCKS:
                yield from reader.end_line()
                reader.level = HEADINGS.get(name, reader.level)
            elif name in _LINES:
                yield from reader.break_line()
            reader.text.append(element.text or "")
        elif event == "end" and name in BLOCKS:
            yield from reader.end_line()
            if name in HEADINGS:
                reader.level = 0
        if event != "start" and element is not root:
            reader.text.append(element.tail or "")
    yield from reader.end_line()


class _HtmlReader:
    """The line that is being read.

    Attributes:
        text: its parts.
        level: of the heading that it stands in; 0 in none.
    """

    def __init__(self) -> None:
        self.text: list[str] = []
        self.level = 0

    def end_line(self) -> Iterator[Piece]:
        text = "".join(self.text)
        self.text.clear()
        if text and not text.isspace():
            yield heading(text, self.level) if self.level else Piece(text)

    def break_line(self) -> Iterator[Piece]:
        """A line break in a paragraph begins another one; in a heading it is but layout."""
        if self.level:
            self.text.append("\n")
            return
        yield from self.end_line()


def is_hidden(element: etree._Element) -> bool:
    """Whether a page does not show an element."""
    style = "".join((element.get("style") or "").lower().split())
    return (
        element.get("hidden") is not None
        or element.get("aria-hidden") == "true"
        or "display:none" in style
    )


def _is_data(table: etree._Element) -> bool:
    """Whether a table holds rows of data rather than the parts of a page."""
    columns = 0
    for row in _descendants(table, "tr"):
        cells = [cell for cell in row if local_name(cell) in _CELLS]
        columns = max(columns, len(cells))
        if any(len("".join(cell.itertext())) > _LONGEST_CELL for cell in cells):
            return False
    return columns > 1 and not any(
        local_name(inner) == "table" or local_name(inner) in HEADINGS
        for inner in table.iterdescendants()
    )


def _table_pieces(table: etree._Element) -> Iterator[Piece]:
    for caption in _descendants(table, "caption"):
        yield Piece(_cell_text(caption))
    yield from table_pieces(
        [
            [_cell(cell) for cell in row if local_name(cell) in _CELLS]
            for row in _descendants(table, "tr")
        ]
    )


def _cell(element: etree._Element) -> Cell:
    return Cell(
        _cell_text(element),
        _span(element.get("colspan")),
        _span(element.get("rowspan")),
        heads=local_name(element) == "th",
    )


def _cell_text(element: etree._Element) -> str:
    return " ".join(one_line(piece.text) for piece in markup_pieces(element))


def _descendants(element: etree._Element, name: str) -> Iterator[etree._Element]:
    return (inner for inner in element.iterdescendants() if local_name(inner) == name)


def _span(value: str | None) -> int:
    if not value or not value.isascii() or not value.isdigit():
        return 1
    return min(int(value[:_SPAN_DIGITS]), MOST_COLUMNS)
