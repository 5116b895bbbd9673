"""Addresses at which a browser scrolls to a sentence and marks it: text fragments.

`#:~:text=[prefix-,]start[,end][,-suffix]`, as in https://wicg.github.io/scroll-to-text-fragment/.
A browser looks for each part within one block of the page, at the borders of words. So parts are
cut at punctuation only, and what stands on several lines is named by its first and its last one.
"""

import re
from urllib.parse import quote

from index import Span

LONGEST_WHOLE = 60
"""A longer sentence is named by its two ends, in characters."""
LONGEST_PART = 30
LEAST_PART = 12
"""What is shorter may well stand elsewhere, too."""

_DIRECTIVE = ":~:"
# A number such as 2,000 or 10:16 is one word.
_CLAUSE_END = re.compile(r"(?:[\uff0c\u3001\uff1b\uff1a\u2026;]|[,:](?!\d))[\u201d\u2019]*")
_BLANKS = re.compile(r"[ \t\r\f\v]+")
# What Markdown writes around words, but a page does not show.
_MARKS = re.compile(r"\*\*|`|(?<!!)\[([^\[\]\n]*)\]\([^()\n]*\)")


def to_sentence(url: str, text: str, sentence: Span, markdown: bool = False) -> str:
    """The address of a page, led to a sentence of it.

    Args:
        url: of the page; a fragment that it has is kept.
        text: a passage of the page, as it is printed there.
        sentence: its range in `text`.
        markdown: whether the text holds the marks of Markdown.

    Returns:
        `url` itself where the sentence is blank.
    """
    parts = _parts(text, sentence, markdown)
    if not parts:
        return url
    address, _, fragment = url.partition("#")
    return f"{address}#{fragment.partition(_DIRECTIVE)[0]}{_DIRECTIVE}text={','.join(parts)}"


def _parts(text: str, sentence: Span, markdown: bool) -> list[str]:
    """The parts of the directive, encoded."""
    before, said, after = (
        _read(part, markdown)
        for part in (text[: sentence.start], sentence.of(text), text[sentence.end :])
    )
    lines = [line.strip() for line in said.split("\n") if line.strip()]
    if not lines:
        return []
    parts = [_encoded(part) for part in _ends(lines)]
    if len(lines[0]) < LEAST_PART or (before + said).count(_ends(lines)[0]) > 1:
        parts = [*_before(before), *parts, *(_after(after) if len(lines) == 1 else ())]
    return parts


def _ends(lines: list[str]) -> list[str]:
    """What a sentence begins and ends with; the whole of it where it is short."""
    if len(lines) > 1:
        return [_opening(lines[0]), _closing(lines[-1])]
    [line] = lines
    if len(line) <= LONGEST_WHOLE:
        return [line]
    start, end = _opening(line), _closing(line)
    return [start, end] if len(start) + len(end) < len(line) else [line]


def _opening(line: str) -> str:
    """The first clauses of a line; the whole line where no cut is fit."""
    cuts = [match.end() for match in _CLAUSE_END.finditer(line)]
    fit = [cut for cut in cuts if LEAST_PART <= cut <= LONGEST_PART]
    return line[: fit[-1]] if fit and len(line) > LONGEST_PART else line


def _closing(line: str) -> str:
    """The last clauses of a line; the whole line where no cut is fit."""
    cuts = [match.end() for match in _CLAUSE_END.finditer(line)]
    fit = [cut for cut in cuts if LEAST_PART <= len(line) - cut <= LONGEST_PART]
    return line[fit[0] :].strip() if fit and len(line) > LONGEST_PART else line


def _before(text: str) -> list[str]:
    """The prefix, where something stands before a sentence on its line."""
    line = _closing(text.rpartition("\n")[2].strip())
    return [f"{_encoded(line)}-"] if line else []


def _after(text: str) -> list[str]:
    line = _opening(text.partition("\n")[0].strip())
    return [f"-{_encoded(line)}"] if line else []


def _read(text: str, markdown: bool) -> str:
    """A text as a page shows it: blanks in a row are one."""
    shown = _MARKS.sub(r"\1", text) if markdown else text
    return _BLANKS.sub(" ", shown)


def _encoded(part: str) -> str:
    """Percent-encoded, with what means something in a directive."""
    return quote(part, safe="", errors="replace").replace("-", "%2D")
