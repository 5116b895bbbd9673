"""Reads PDF files."""

import ctypes
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from math import hypot

import pypdfium2
import pypdfium2.raw as pdfium

from index.analysis.clean_values import single_line
from index.errors import SkipReason, UnreadableFile
from index.loaders.draft import LoadedArticle
from index.loaders.metadata import enrich, signed_at_end
from index.loaders.pdf_columns import in_reading_order
from index.loaders.pdf_layout import Line, Part, lay_out
from index.loaders.pdf_running_lines import printed_address, without_running_lines
from index.loaders.pieces import (
    Piece,
    compose,
    infer_headings,
    is_stopgap,
    one_line,
    refuse_blank,
    take_title,
    with_title,
)
from index.model import BlockKind

_GAP = 0.12
"""Minimum gap, in font sizes, that may separate cells of a table."""
_GAP_OF_FONTS = 0.8
"""The same between characters of two fonts; half of a Chinese punctuation mark is white."""
_WORD_HYPHENS = (0x02, 0xFFFE)
"""PDFium's character for a hyphen that divides a word; no line end follows it."""
_UNREADABLE = re.compile("[\ufffd\ue000-\uf8ff\x00\x01\x03-\x08\x0e-\x1f]")
_MOST_UNREADABLE = 0.3
_SET_APART = 0.4
"""Maximum gap, in font sizes, between Chinese and digits."""
_SPACE = 0x20
_NO_TEXT = "The PDF holds pictures of pages and no text. Recognise its text (OCR) first."
_LINE_ENDS = (0x0A, 0x0D)


def load_pdf(content: bytes) -> LoadedArticle:
    """Reads a PDF file, with its pages.

    Raises:
        UnreadableFile: it is not a PDF file, it is damaged or encrypted, or it is a scan without
            text.
    """
    try:
        document = pypdfium2.PdfDocument(content)
        about = document.get_metadata_dict()
        printed = [list(_lines(document[number])) for number in range(len(document))]
    except pypdfium2.PdfiumError as error:
        raise _refusal(error) from error
    _refuse_unreadable(printed)
    pages = without_running_lines(printed)
    pieces = lay_out(list(map(in_reading_order, pages)))
    refuse_blank(pieces, _NO_TEXT)
    title, pieces = _take_title(pieces, single_line(about.get("Title")))
    pieces = with_title(infer_headings(pieces), title)
    draft = replace(compose(pieces, paged=True), title=title, url=printed_address(printed))
    draft = enrich(draft)
    # The day on which the file was made is not that of publication.
    return signed_at_end(draft)


def _refusal(error: pypdfium2.PdfiumError) -> UnreadableFile:
    if error.err_code in (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY):
        return UnreadableFile(SkipReason.ENCRYPTED, "The PDF is protected by a password.")
    return UnreadableFile(SkipReason.BROKEN, "The PDF is damaged, or is none.")


def _refuse_unreadable(pages: Sequence[Sequence[Line]]) -> None:
    text = "".join(line.text for page in pages for line in page)
    if not text.strip():
        raise UnreadableFile(SkipReason.NO_TEXT, _NO_TEXT)
    if sum(1 for _ in _UNREADABLE.finditer(text)) > _MOST_UNREADABLE * len(text):
        raise UnreadableFile(
            SkipReason.NO_TEXT, "The PDF does not tell which characters its letters stand for."
        )


def _take_title(pieces: Sequence[Piece], title_property: str) -> tuple[str, list[Piece]]:
    """Returns the title, and the pieces without it.

    The title is the heading in the largest font, if it is the only one or opens the document;
    else the title in the file's properties, which often is the name of an old file.
    """
    largest = [piece for piece in pieces if piece.kind is BlockKind.HEADING and piece.level == 1]
    opening = next((piece for piece in pieces if one_line(piece.text)), None)
    if largest and (len(largest) == 1 or largest[0] is opening):
        marked = replace(largest[0], kind=BlockKind.TITLE, level=0)
        pieces = [marked if piece is largest[0] else piece for piece in pieces]
    title, rest = take_title(pieces)
    return title or ("" if is_stopgap(title_property) else title_property), rest


def _lines(page: pypdfium2.PdfPage) -> Iterator[Line]:
    """Yields the lines of a page that hold text, in the order of the file."""
    text = page.get_textpage()
    try:
        characters = _Characters(text)
        for start, end in characters.line_ranges():
            line = characters.line(start, end)
            if line:
                yield line
    finally:
        text.close()
        page.close()


class _Characters:
    """The characters of a page by their numbers."""

    def __init__(self, text: pypdfium2.PdfTextPage) -> None:
        self._text = text
        self._codes = [
            int(pdfium.FPDFText_GetUnicode(text, number)) for number in range(text.count_chars())
        ]
        self._box = [ctypes.c_double() for _ in range(4)]
        self._matrix = pdfium.FS_MATRIX()

    def line_ranges(self) -> Iterator[tuple[int, int]]:
        """Yields where lines begin and end; a line also ends after a hyphen."""
        start = 0
        for number, code in enumerate(self._codes):
            if code in _LINE_ENDS or code in _WORD_HYPHENS:
                yield start, number + (code in _WORD_HYPHENS)
                start = number + 1
        yield start, len(self._codes)

    def line(self, start: int, end: int) -> Line | None:
        """Returns the line from `start` to `end`; None if it shows nothing."""
        visible = [number for number in range(start, end) if not chr(self._codes[number]).isspace()]
        if not visible:
            return None
        size = self._size(visible[0])
        parts = tuple(self._parts(self._from_left(visible), size))
        return Line(parts, self._baseline(visible[0]), size)

    def _from_left(self, visible: Sequence[int]) -> Sequence[int]:
        """Returns the characters from the left: programs may write those of one font first."""
        steps_back = any(
            number - before > 1 and self._edges(number)[0] < self._edges(before)[0]
            for before, number in pairwise(visible)
        )
        return sorted(visible, key=lambda number: self._edges(number)[0]) if steps_back else visible

    def _parts(self, visible: Sequence[int], size: float) -> Iterator[Part]:
        """Yields the parts between the gaps.

        Args:
            visible: the characters of the line that show something, from the left.
        """
        part = [visible[0]]
        is_close = False
        for before, number in pairwise(visible):
            if number - before != 1:
                gap = self._edges(number)[0] - self._edges(before)[1]
                is_next = self._is_next(before, number)
                if gap > (_GAP if is_next else _GAP_OF_FONTS) * size:
                    yield self._part(part, is_close)
                    part = []
                    is_close = is_next and gap < _SET_APART * size and self._sets_apart(before + 1)
            part.append(number)
        yield self._part(part, is_close)

    def _is_next(self, before: int, number: int) -> bool:
        """Whether a character follows another one in the file, too, but for white space."""
        between = range(before + 1, number)
        return before < number and all(chr(self._codes[at]).isspace() for at in between)

    def _part(self, part: Sequence[int], is_close: bool) -> Part:
        left, right = self._edges(part[0])[0], self._edges(part[-1])[1]
        return Part(self._read(part), left, right, is_close)

    def _read(self, part: Sequence[int]) -> str:
        numbers = [part[0]]
        for before, number in pairwise(part):
            # White space that is not a gap belongs to the text.
            numbers += range(before + 1, number) if self._is_next(before, number) else ()
            numbers.append(number)
        text = "".join(map(self._character, numbers))
        # The two halves of a surrogate pair come one by one.
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")

    def _character(self, number: int) -> str:
        code = self._codes[number]
        if code in _WORD_HYPHENS:
            return "-"
        if self._sets_apart(number):
            return ""
        return chr(code)

    def _sets_apart(self, number: int) -> bool:
        """Whether a space is none of the text: programs set Chinese and digits apart a little."""
        if self._codes[number] != _SPACE or pdfium.FPDFText_IsGenerated(self._text, number) != 1:
            return False
        before, after = chr(self._codes[number - 1]), chr(self._codes[number + 1])
        return before.isascii() != after.isascii()

    def _edges(self, number: int) -> tuple[float, float]:
        left, right, bottom, top = self._box
        pdfium.FPDFText_GetCharBox(self._text, number, left, right, bottom, top)
        return left.value, right.value

    def _baseline(self, number: int) -> float:
        x, y = self._box[:2]
        pdfium.FPDFText_GetCharOrigin(self._text, number, x, y)
        return y.value

    def _size(self, number: int) -> float:
        """Returns the size in points; the file may hold it in another unit."""
        pdfium.FPDFText_GetMatrix(self._text, number, self._matrix)
        scale = hypot(self._matrix.c, self._matrix.d) or 1.0
        return float(pdfium.FPDFText_GetFontSize(self._text, number)) * scale
