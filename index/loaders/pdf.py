"""PDF files: their lines with what tells where they stand, page by page."""

import ctypes
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date

import pypdfium2
import pypdfium2.raw as pdfium

from index.errors import SkipReason, UnreadableFile
from index.loaders.composing import LONGEST_TITLE, compose, infer_headings, with_title
from index.loaders.draft import Draft
from index.loaders.enrich import closing_date, enrich
from index.loaders.layout import Line, lay_out
from index.loaders.running_lines import without_running_lines
from index.loaders.values import single_line

_WIDE_GAP = 1.6
"""A gap between words of more than this, in sizes of the type, lies between cells of a table."""
_HYPHENS = re.compile("[\x02\ufffe\xad]")
"""What PDFium gives for a hyphen that it takes for one of a broken word."""
_UNREADABLE = re.compile("[\ufffd\ue000-\uf8ff\x00-\x08\x0e-\x1f]")
_MOST_UNREADABLE = 0.3
_NO_TITLE = re.compile(r"microsoft word|untitled|\u65e0\u6807\u9898|about:|file:|\.\w{2,5}$", re.IGNORECASE)
_DAY = re.compile(r"D:(\d{4})(\d{2})(\d{2})")


def load_pdf(content: bytes) -> Draft:
    """Read a PDF file.

    Raises:
        UnreadableFile: it is none, it is damaged or encrypted, or it holds no text, as a scan.
    """
    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        raise _refusal() from error
    pages = [list(_lines(document, number)) for number in range(len(document))]
    about = document.get_metadata_dict()
    _check_text(pages)
    ...
