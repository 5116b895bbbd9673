"""Removes lines that stand on each page and are not text: running heads and feet, page numbers."""

import re
from collections import Counter
from collections.abc import Sequence

from index.analysis.clean_values import web_address
from index.loaders.pdf_layout import Line

_EDGE_LINES = 3
"""Number of lines at the upper and at the lower edge of a page that may be running lines."""
_REPEATED_SHARE = 0.4
"""Minimum share of the pages that hold a running line: left and right pages may differ."""
_PROSE = re.compile("\u3002|[,;\uff0c\uff1b].*[,;\uff0c\uff1b]")
"""Matches prose; sentences of a form may be repeated at the same place."""
_NUMBER = re.compile(r"\d+|\b[ivxlc]+\b", re.IGNORECASE)
_DASHES = r"[-\u2013\u2014\u2015\u2500\xb7.|\s]*"
_PAGE_NUMBER = re.compile(
    rf"{_DASHES}(?:page|\u7b2c)?\s*(?P<number>\d{{1,4}})\s*\u9875?"
    rf"(?:\s*[/,\uff0c]?\s*(?:of|\u5171)?\s*\d{{1,4}}\s*\u9875?)?{_DASHES}",
    re.IGNORECASE,
)
_BROWSER_HEAD = re.compile(
    r"\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4},?\s+(?:\u4e0a\u5348|\u4e0b\u5348)?\d{1,2}:\d{2}(?:\s*[AP]M)?(?:\s.*)?"
)
_BROWSER_FOOT = re.compile(r"(?P<address>(?:https?|file)://\S+|about:blank|data:\S*)\s+\d+/\d+")

Pages = Sequence[Sequence[Line]]


def without_running_lines(pages: Pages) -> list[list[Line]]:
    """Returns the pages without their running lines."""
    edges = [_edges(page) for page in pages]
    counted = Counter(key for page in edges for key in set(map(_key, page)))
    often = max(2, _REPEATED_SHARE * len(pages))
    running = {
        key for key, count in counted.items() if count >= often and not _PROSE.search(key[0])
    }
    return [
        [
            line
            for line in page
            if line not in edge or not (_key(line) in running or _is_marked(line.text, number))
        ]
        for number, (page, edge) in enumerate(zip(pages, edges, strict=True), 1)
    ]


def printed_address(pages: Pages) -> str:
    """Returns the web address that a browser prints at the foot of pages; empty if none."""
    for line in _edges(pages[0]) if pages else ():
        match = _BROWSER_FOOT.fullmatch(line.text)
        if match:
            return web_address(match["address"])
    return ""


def _edges(page: Sequence[Line]) -> list[Line]:
    ordered = sorted(page, key=lambda line: line.baseline)
    return [*ordered[:_EDGE_LINES], *ordered[_EDGE_LINES:][-_EDGE_LINES:]]


def _key(line: Line) -> tuple[str, int]:
    """Returns what a running line has in common on all pages: its words and its height."""
    return _NUMBER.sub("#", "".join(line.text.split())), round(line.baseline)


def _is_marked(text: str, page: int) -> bool:
    """Whether a line is recognised as a running line by itself."""
    number = _PAGE_NUMBER.fullmatch(text)
    if number and int(number["number"]) == page:
        return True
    return bool(_BROWSER_HEAD.fullmatch(text) or _BROWSER_FOOT.fullmatch(text))
