"""Reads the pieces of a tree of HTML or XHTML elements, in reading order."""

from collections.abc import Iterator
from itertools import islice

from lxml import etree

from index.loaders.pieces import Piece, heading, one_line
from index.loaders.tables import COLON, LONGEST_LABEL, MOST_COLUMNS, Cell, table_pieces
from index.model import BlockKind

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
"""Elements that hold no text, or do not show it."""
_ITEMS = frozenset({"li", "dt", "dd"})
_CELLS = frozenset({"td", "th"})
_LINES = frozenset({"br", "hr"})
_SPAN_DIGITS = 4
_LONGEST_CELL = 300
"""Maximum number of characters. A table with a longer cell is layout, and so is a longer `dd`."""
_MOST_TERMS = 20
"""Maximum number of elements between a `dt` and its `dd`."""


def local_name(element: etree._Element) -> str:
    """Returns the name of an element in lower case without its namespace; empty for a comment."""
    tag = element.tag
    return tag.rpartition("}")[2].lower() if isinstance(tag, str) else ""


def text_of(element: etree._Element) -> str:
    """Returns all text in an element that is read."""
    return "".join(piece.text + "\n" for piece in markup_pieces(element))


def markup_pieces(root: etree._Element) -> Iterator[Piece]:
    """Yields the headings, paragraphs, list items and rows of tables below `root`.

    It is a loop: a page may nest more deeply than Python can recurse.
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
                yield from reader.end_label(COLON)
                yield from _table_pieces(element)
                continue
            if name in BLOCKS:
                yield from reader.end_line()
                if element is not root:
                    yield from reader.open(element, name)
            elif name in _LINES:
                yield from reader.break_line()
            reader.text.append(element.text or "")
        elif event == "end" and name in BLOCKS:
            yield from reader.end_line()
            if element is not root and not is_hidden(element):
                yield from reader.close(name)
        if event != "start" and element is not root:
            reader.text.append(element.tail or "")
    yield from reader.end_line()


class _HtmlReader:
    """Reads the text of a page line by line.

    Attributes:
        text: the parts of the current line.
    """

    def __init__(self) -> None:
        self.text: list[str] = []
        self._heading_level = 0
        self._item_depth = 0
        self._in_term = False
        self._terms: list[str] = []
        self._term = ""
        self._label = ""

    def open(self, element: etree._Element, name: str) -> Iterator[Piece]:
        """Enters a block. Yields the label of a value that is a list itself."""
        if name in _ITEMS:
            yield from self.end_label(COLON)
            self._item_depth += 1
        if name == "dt":
            self._in_term = _has_short_value(element)
            self._term = ""
        elif name == "dd" and _text_length(element):
            self._term = "、".join(self._terms) or self._term
            self._label = self._term
            self._terms.clear()
        self._heading_level = HEADINGS.get(name, self._heading_level)

    def close(self, name: str) -> Iterator[Piece]:
        """Leaves a block. Yields a label whose value holds no text."""
        if name in _ITEMS:
            yield from self.end_label()
            self._item_depth -= 1
        if name in HEADINGS:
            self._heading_level = 0
        elif name == "dt":
            self._in_term = False
        elif name == "dl":
            self._term = ""

    def end_line(self) -> Iterator[Piece]:
        """Yields the current line, after its label if it is a value."""
        text = "".join(self.text).strip()
        self.text.clear()
        if not text:
            return
        if self._heading_level:
            yield from self.end_label(COLON)
            yield heading(text, self._heading_level)
        elif self._in_term and _is_label(text):
            self._terms.append(one_line(text).rstrip(COLON + ":"))
        elif self._label:
            yield self._item(self._label + COLON + text, tabular=True)
            self._label = ""
        else:
            yield self._item(text)

    def end_label(self, mark: str = "") -> Iterator[Piece]:
        """Yields the label on a line of its own, with a mark, if its value has not begun."""
        if self._label:
            yield self._item(self._label + mark, tabular=True)
            self._label = ""

    def break_line(self) -> Iterator[Piece]:
        """Ends the line; in a heading a line break is only layout."""
        if self._heading_level:
            self.text.append("\n")
            return
        yield from self.end_line()

    def _item(self, text: str, tabular: bool = False) -> Piece:
        kind = BlockKind.ITEM if self._item_depth else BlockKind.PARAGRAPH
        return Piece(text, kind, self._item_depth, tabular)


def _is_label(term: str) -> bool:
    return len(term) <= LONGEST_LABEL and not term.endswith(("?", "\uff1f"))


def _has_short_value(term: etree._Element) -> bool:
    """Whether a `dt` names a value, rather than heads a part of the page."""
    siblings = islice(term.itersiblings(), _MOST_TERMS)
    value = next((sibling for sibling in siblings if local_name(sibling) == "dd"), None)
    if value is None or is_hidden(value):
        return False
    return 0 < _text_length(value) <= _LONGEST_CELL


def _text_length(element: etree._Element) -> int:
    return len("".join(element.itertext()).strip())


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
