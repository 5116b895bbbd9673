"""Addresses at which a browser scrolls to a sentence and marks it: text fragments.

`#:~:text=[prefix-,]start[,end][,-suffix]`, as in https://wicg.github.io/scroll-to-text-fragment/.
A browser looks for each part within one block of the page, at the borders of words. So parts are
cut at punctuation only, and what stands in several blocks is named by its first and its last one.

The same words may stand elsewhere on the page, such as in its summary, so what stands before the
sentence is named, too. As a page may show something in between, another directive names what stands
after it, and a last one the sentence alone: a browser scrolls to the first that it finds.
"""

import re
from collections.abc import Iterator, Sequence
from urllib.parse import quote

from index import Span

LONGEST_ADDRESS = 2_000
"""In characters. Not every browser and chat accepts a longer one."""
LONGEST_WHOLE = 60
"""In characters. A longer sentence is named by its two ends."""
LONGEST_PART = 30
LEAST_PART = 12
"""In characters. A shorter part is likely to occur elsewhere, too."""

_DIRECTIVE = ":~:"
_NEXT = "&text="
_CELLS = " | "
"""Separates the cells of a table row; each cell is a block of the page."""
_LABEL = re.compile("^[^\uff1a]{1,20}\uff1a")
"""The name of the column before a cell, which the page shows above it."""
# A number such as 2,000 or 10:16 is one word.
_CLAUSE_END = re.compile(r"(?:[\uff0c\u3001\uff1b\uff1a\u2026;]|[,:](?!\d))[\u201d\u2019]*")
_BLANKS = re.compile(r"[ \t\r\f\v]+")
# What Markdown writes around words and before lines, but a page does not show.
_MARKS = re.compile(r"\*\*|`|(?<!!)\[([^\[\]\n]*)\]\([^()\n]*\)")
_LINE_MARKS = re.compile(r"^[ \t]*(?:(?:#{1,6}|[-*+]|\d{1,9}[.)])[ \t]+|>[ \t]*)+", re.MULTILINE)


def to_sentence(url: str, text: str, sentence: Span, markdown: bool = False) -> str:
    """Returns the address of a page with a text fragment that points to a sentence of it.

    Args:
        url: of the page; a fragment that it has is kept.
        text: a passage of the page, as it is printed there.
        sentence: its range in `text`.
        markdown: whether the text holds the marks of Markdown.

    Returns:
        `url` itself where the sentence is blank, or cannot be named in `LONGEST_ADDRESS`.
    """
    page, _, fragment = url.partition("#")
    address = f"{page}#{fragment.partition(_DIRECTIVE)[0]}{_DIRECTIVE}text="
    before, quoted, after = (
        _lines(part, markdown)
        for part in (text[: sentence.start], sentence.of(text), text[sentence.end :])
    )
    led = ""
    for directive in _directives(before, quoted, after):
        longer = f"{led}{_NEXT}{directive}" if led else f"{address}{directive}"
        led = longer if len(longer) <= LONGEST_ADDRESS else led
    return led or url


def _lines(text: str, markdown: bool) -> list[str]:
    """Returns the lines of a text as a page shows them: without marks, and with single blanks."""
    if markdown:
        text = _MARKS.sub(r"\1", _LINE_MARKS.sub("", text))
    lines = (_BLANKS.sub(" ", line).strip() for line in text.split("\n"))
    return [line for line in lines if line]


def _directives(before: list[str], quoted: list[str], after: list[str]) -> Iterator[str]:
    """Yields directives that name a sentence between the lines around it, best first, encoded."""
    if not quoted:
        return
    if len(quoted) == 1 and _CELLS in quoted[0]:
        yield from _row(quoted[0])
        return
    start, *end = _ends([block for line in quoted for block in _blocks(line)])
    prefix = _closing(_blocks(before[-1])[-1]) if before else ""
    suffix = _opening(_blocks(after[0])[0]) if after else ""
    if prefix:
        yield _directive(start, *end, prefix=prefix)
    if suffix:
        # Without a prefix the start may match an earlier copy, and the range would reach from there
        # to here: the end alone, with what follows it, stands for the sentence.
        named = [start, *end] if prefix or not end else end
        yield _directive(*named, suffix=suffix)
    # Where the words are sure to stand before, too, only these would be marked.
    if not (prefix or suffix) or start not in "\n".join(before):
        yield _directive(start, *end)


def _row(line: str) -> Iterator[str]:
    """Yields directives that name a row of a table: its first cell alone may occur anywhere."""
    labelled, whole = _blocks(line), line.split(_CELLS)
    yield _cells(labelled)
    if len(labelled) > 2:
        # A cell that reaches over several rows stands in the first of them.
        yield _cells(labelled[1:])
    if whole != labelled:
        # The page itself may print a name before each.
        yield _cells(whole)


def _cells(cells: Sequence[str]) -> str:
    first, second, *rest = cells
    return _directive(second, *rest[-1:], prefix=first)


def _blocks(line: str) -> list[str]:
    """Returns the blocks of the page that a line was read from: the cells of a row, or the line."""
    cells = line.split(_CELLS)
    return [line] if len(cells) == 1 else [_LABEL.sub("", cell) or cell for cell in cells]


def _ends(blocks: Sequence[str]) -> list[str]:
    """Returns the beginning and the end of a sentence; the whole of a short one."""
    if len(blocks) > 1:
        return [_opening(blocks[0]), _closing(blocks[-1])]
    [line] = blocks
    if len(line) <= LONGEST_WHOLE:
        return [line]
    start, end = _opening(line), _closing(line)
    return [start, end] if len(start) + len(end) < len(line) else [line]


def _opening(line: str) -> str:
    """Returns the first clauses of a line; the whole line if it cannot be split."""
    cuts = [match.end() for match in _CLAUSE_END.finditer(line)]
    fit = [cut for cut in cuts if LEAST_PART <= cut <= LONGEST_PART]
    # Where no part is as short as it should be, a longer one will do.
    fit = fit or [cut for cut in cuts if cut > LONGEST_PART][:1]
    return line[: fit[-1]] if fit and len(line) > LONGEST_PART else line


def _closing(line: str) -> str:
    """Returns the last clauses of a line; the whole line if it cannot be split."""
    cuts = [match.end() for match in _CLAUSE_END.finditer(line)]
    fit = [cut for cut in cuts if LEAST_PART <= len(line) - cut <= LONGEST_PART]
    fit = fit or [cut for cut in cuts if len(line) - cut > LONGEST_PART][-1:]
    return line[fit[0] :].strip() if fit and len(line) > LONGEST_PART else line


def _directive(*parts: str, prefix: str = "", suffix: str = "") -> str:
    before = [f"{_encoded(prefix)}-"] if prefix else []
    after = [f"-{_encoded(suffix)}"] if suffix else []
    return ",".join([*before, *map(_encoded, parts), *after])


def _encoded(part: str) -> str:
    """Returns a text percent-encoded, including the characters with a meaning in a directive."""
    return quote(part, safe="", errors="replace").replace("-", "%2D")
