"""Reads Word documents: title, headings, paragraphs, lists, tables and footnotes."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from io import BytesIO

import docx
from docx.document import Document
from docx.opc.exceptions import OpcError
from docx.oxml.ns import qn
from lxml import etree

from index.analysis.clean_values import single_line
from index.loaders.docx_numbering import Numbering
from index.loaders.draft import LoadedArticle
from index.loaders.metadata import enrich, signed_at_end
from index.loaders.pieces import (
    LONGEST_TITLE,
    Piece,
    compose,
    heading,
    infer_headings,
    is_stopgap,
    refuse_blank,
    take_title,
    with_title,
)
from index.loaders.tables import Cell, table_pieces
from index.loaders.zip_packages import broken, open_package, parse_xml
from index.model import BlockKind

_TEXT, _VALUE, _ID = qn("w:t"), qn("w:val"), qn("w:id")
_PARAGRAPH, _TABLE, _ROW, _CELL = qn("w:p"), qn("w:tbl"), qn("w:tr"), qn("w:tc")
_HEADER_ROW = f"{qn('w:trPr')}/{qn('w:tblHeader')}"
_MERGE = f"{qn('w:tcPr')}/{qn('w:vMerge')}"
_SPAN = f"{qn('w:tcPr')}/{qn('w:gridSpan')}"
_STYLE = f"{qn('w:pPr')}/{qn('w:pStyle')}"
_OWN_LEVEL = f"{qn('w:pPr')}/{qn('w:outlineLvl')}"
_STYLES, _STYLE_ID = qn("w:style"), qn("w:styleId")
_FRAME, _REFERENCE = qn("w:txbxContent"), qn("w:footnoteReference")
_WHITE = {qn("w:tab"): "\t", qn("w:br"): "\n", qn("w:cr"): "\n", qn("w:noBreakHyphen"): "-"}
_UNREAD = frozenset(
    {qn("w:del"), qn("w:moveFrom"), qn("w:pPr"), qn("w:rPr"), qn("w:instrText")}
    | {"{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"}
)
"""Elements that Word does not show, or that stand there in a newer form, too."""

_TITLE_LEVEL = -1
_TITLE_STYLES = frozenset({"title", "\u6807\u9898"})
_STYLE_HEADING = re.compile(r"(?:heading|\u6807\u9898)\s*([1-9])", re.IGNORECASE)
_OUTLINE_LEVELS = frozenset("012345678")
_MOST_STYLES_ABOVE = 20
"""Maximum number of styles that a style is based on; more are a circle."""
_RELATIONSHIPS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"


def load_docx(content: bytes) -> LoadedArticle:
    """Reads a Word document.

    Raises:
        UnreadableFile: it is not a Word document, it is damaged or encrypted, or it holds no text.
    """
    open_package(content).close()
    try:
        document = docx.Document(BytesIO(content))
    except (OpcError, KeyError, ValueError, etree.LxmlError) as error:
        raise broken("It is no Word document.") from error
    pieces = list(_DocxReader(document).pieces(document.element.body))
    refuse_blank(pieces)
    title, pieces = take_title(pieces)
    title_property = single_line(document.core_properties.title)
    title = title or ("" if is_stopgap(title_property) else title_property)
    pieces = with_title(infer_headings(pieces), title)
    draft = enrich(replace(compose(pieces), title=title[:LONGEST_TITLE]))
    # The day on which the file was made is not that of publication.
    return signed_at_end(draft)


class _DocxReader:
    """Reads the parts of one document."""

    def __init__(self, document: Document) -> None:
        self._levels = _style_levels(document)
        self._footnotes = _footnotes(document)
        self._numbering = Numbering(_part(document, "numbering"), document.styles.element)

    def pieces(self, container: etree._Element) -> Iterator[Piece]:
        """Yields paragraphs and tables in order, including those in content controls and frames."""
        for element in container:
            if element.tag == _PARAGRAPH:
                yield from self._paragraph(element)
            elif element.tag == _TABLE:
                yield from self._table(element)
            elif element.tag not in _UNREAD:
                yield from self.pieces(element)

    def _paragraph(self, paragraph: etree._Element) -> Iterator[Piece]:
        text, notes, frames = _read(paragraph)
        level = self._level(paragraph)
        label = self._numbering.label(paragraph)
        if text.strip() or paragraph.getparent().tag == _CELL:
            text = label + text
        if level == _TITLE_LEVEL:
            yield Piece(text, BlockKind.TITLE)
        elif level:
            yield heading(text, level)
        else:
            depth = self._numbering.unmarked_depth(paragraph)
            kind = BlockKind.ITEM if depth else BlockKind.PARAGRAPH
            # A line break within a paragraph looks like the end of the paragraph.
            yield from (Piece(line, kind, depth) for line in text.split("\n"))
        for note in notes:
            yield Piece(self._footnotes.get(note, ""))
        for frame in frames:
            yield from self.pieces(frame)

    def _table(self, table: etree._Element) -> Iterator[Piece]:
        rows = [list(row.iter(_CELL)) for row in table.iter(_ROW)]
        nests = next(table.iterdescendants(_TABLE), None) is not None
        if nests or max(map(len, rows), default=0) < 2:
            yield from self.pieces(table)  # a frame around a part of the page
            return
        above: dict[int, str] = {}
        yield from table_pieces([list(self._cells(row, above)) for row in rows])

    def _cells(self, row: Sequence[etree._Element], above: dict[int, str]) -> Iterator[Cell]:
        """Yields the cells of a row; a cell that continues one above repeats its text.

        Args:
            above: the texts of the row above by columns; updated.
        """
        column = 0
        heads = bool(row) and row[0].getparent().find(_HEADER_ROW) is not None
        for cell in row:
            merge = cell.find(_MERGE)
            if merge is not None and merge.get(_VALUE) != "restart":
                text = above.get(column, "")
            else:
                text = " ".join(piece.text for piece in self.pieces(cell))
            columns = _number(cell.find(_SPAN))
            above[column] = text
            column += columns
            yield Cell(text, columns, heads=heads)

    def _level(self, paragraph: etree._Element) -> int:
        """Returns the level of a heading, `_TITLE_LEVEL` for the title, 0 for other paragraphs."""
        own = paragraph.find(_OWN_LEVEL)
        if own is not None:
            return _outline_level(own)
        style = paragraph.find(_STYLE)
        return self._levels.get(style.get(_VALUE, ""), 0) if style is not None else 0


def _read(paragraph: etree._Element) -> tuple[str, list[str], list[etree._Element]]:
    """Returns the text of a paragraph, the ids of its footnotes, and its frames."""
    text: list[str] = []
    notes: list[str] = []
    frames: list[etree._Element] = []
    walk = etree.iterwalk(paragraph, events=("start",))
    for _, element in walk:
        tag = element.tag
        if tag in _UNREAD:
            walk.skip_subtree()
        elif tag == _FRAME:
            frames.append(element)
            walk.skip_subtree()
        elif tag == _TEXT:
            text.append(element.text or "")
        elif tag == _REFERENCE:
            notes.append(element.get(_ID, ""))
        elif tag in _WHITE:
            text.append(_WHITE[tag])
    return "".join(text), notes, frames


def _style_levels(document: Document) -> dict[str, int]:
    """Returns the levels of headings by the ids of their styles."""
    styles = {style.get(_STYLE_ID, ""): style for style in document.styles.element.iter(_STYLES)}
    return {name: level for name in styles if (level := _style_level(styles, name))}


def _style_level(styles: Mapping[str, etree._Element], name: str) -> int:
    for _ in range(_MOST_STYLES_ABOVE):
        style = styles.get(name)
        if style is None:
            return 0
        shown = (_value(style, "w:name") or name).strip()
        if shown.lower() in _TITLE_STYLES:
            return _TITLE_LEVEL
        match = _STYLE_HEADING.fullmatch(shown)
        if match:
            return int(match[1])
        outline = style.find(_OWN_LEVEL)
        if outline is not None:
            return _outline_level(outline)
        name = _value(style, "w:basedOn")
    return 0


def _outline_level(element: etree._Element) -> int:
    """Returns a level counted from 1. Word counts from 0; 9 is the text below all headings."""
    value = element.get(_VALUE, "")
    return int(value) + 1 if value in _OUTLINE_LEVELS else 0


def _value(element: etree._Element, name: str) -> str:
    child = element.find(qn(name))
    return child.get(_VALUE, "") if child is not None else ""


def _number(element: etree._Element | None) -> int:
    value = element.get(_VALUE, "") if element is not None else ""
    return int(value) if value.isascii() and value.isdigit() and len(value) < 4 else 1


def _footnotes(document: Document) -> dict[str, str]:
    """Returns the texts of footnotes by their ids."""
    notes = _part(document, "footnotes")
    return {note.get(_ID, ""): _read(note)[0] for note in notes} if notes is not None else {}


def _part(document: Document, name: str) -> etree._Element | None:
    """Returns the root of a related part of the document; None if there is none."""
    for relationship in document.part.rels.values():
        if relationship.reltype == _RELATIONSHIPS + name and not relationship.is_external:
            return parse_xml(relationship.target_part.blob)
    return None
