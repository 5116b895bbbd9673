"""Text with marks, split and written as Telegram's HTML. Marks are ranges until the last step.

Telegram counts a message's length in UTF-16 code units without the markup, and keeps at most 100
marks.
"""

import html
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise

from telegram.constants import MessageLimit

LIMIT = int(MessageLimit.MAX_TEXT_LENGTH)

# Where a long text may be cut, best first: after a line, after a sentence, after a space.
_CUTS = (
    re.compile(r"\n+"),
    re.compile(r"[。!?;\uff01\uff1f\uff1b…][”’」』)\uff09]*"),
    re.compile(r"[,\uff0c、\s]"),
)


class Style(IntEnum):
    """The look of a mark; a lower one encloses a higher one."""

    QUOTE = 0
    EXPANDABLE_QUOTE = 1
    LINK = 2
    BOLD = 3
    UNDERLINE = 4


@dataclass(frozen=True, slots=True)
class Mark:
    """A range of a text with a style.

    Attributes:
        start, end: the range, in characters.
        style: what it looks like.
        url: where a link leads.
    """

    start: int
    end: int
    style: Style
    url: str = ""


@dataclass(frozen=True, slots=True)
class Marked:
    """A text and its marks. Quotes neither overlap nor nest."""

    text: str
    marks: tuple[Mark, ...] = ()

    def __add__(self, other: "Marked | str") -> "Marked":
        """This text followed by another."""
        if isinstance(other, str):
            return Marked(self.text + other, self.marks)
        by = len(self.text)
        moved = tuple(Mark(m.start + by, m.end + by, m.style, m.url) for m in other.marks)
        return Marked(self.text + other.text, self.marks + moved)

    @property
    def length(self) -> int:
        """The length of the text as Telegram counts it, in UTF-16 units."""
        return utf16_length(self.text)

    def styled(self, style: Style, url: str = "") -> "Marked":
        """Returns this text with a mark over the whole of it."""
        return Marked(self.text, (Mark(0, len(self.text), style, url), *self.marks))

    def part(self, start: int, end: int) -> "Marked":
        """Returns a range of this text with the parts of its marks in that range."""
        cut = (
            Mark(max(m.start, start) - start, min(m.end, end) - start, m.style, m.url)
            for m in self.marks
        )
        return Marked(self.text[start:end], tuple(mark for mark in cut if mark.start < mark.end))

    def pieces(self, limit: int = LIMIT) -> list["Marked"]:
        """Splits this text into messages of at most `limit` UTF-16 units; skips blank ones.

        The messages' texts in a row are the text.
        """
        borders = list(_borders(self.text, limit))
        parts = [self.part(a, b) for a, b in pairwise(borders)]
        return [part for part in parts if not _blank(part.text)]

    def html(self) -> str:
        """Returns this text in Telegram's HTML."""
        borders = sorted({0, len(self.text), *(b for m in self.marks for b in (m.start, m.end))})
        written: list[str] = []
        open_marks: list[Mark] = []
        for start, end in pairwise(borders):
            here = sorted(
                (m for m in self.marks if m.start <= start and end <= m.end),
                key=lambda mark: (mark.style, mark.start),
            )
            written += _turn(open_marks, here)
            written.append(html.escape(self.text[start:end]))
            open_marks = here
        return "".join(written + _turn(open_marks, []))


def utf16_length(text: str) -> int:
    """Returns the length of a text as Telegram counts it."""
    return len(text) + sum(character > "\uffff" for character in text)


def _blank(text: str) -> bool:
    """Whether there is nothing to be seen: Telegram refuses such a message."""
    return all(c.isspace() or unicodedata.category(c) == "Cf" for c in text)


def _borders(text: str, limit: int) -> Iterator[int]:
    start = 0
    while start < len(text):
        yield start
        start = _cut(text, start, limit)
    yield len(text)


def _cut(text: str, start: int, limit: int) -> int:
    """Returns where a message that begins at `start` ends."""
    end, length = start, 0
    while end < len(text) and (length := length + utf16_length(text[end])) <= limit:
        end += 1
    if end == len(text):
        return end
    for cut in _CUTS:
        # A cut in the first half would leave a message that looks torn off.
        places = [match.end() for match in cut.finditer(text, start + (end - start) // 2, end)]
        if places:
            return places[-1]
    return end


def _turn(before: list[Mark], after: list[Mark]) -> list[str]:
    """Returns tags that close what ends and open what begins, without overlap."""
    kept = 0
    while kept < min(len(before), len(after)) and before[kept] == after[kept]:
        kept += 1
    return [_close(mark) for mark in reversed(before[kept:])] + [_open(m) for m in after[kept:]]


_TAGS = {
    Style.QUOTE: "blockquote",
    Style.EXPANDABLE_QUOTE: "blockquote",
    Style.LINK: "a",
    Style.BOLD: "b",
    Style.UNDERLINE: "u",
}


def _open(mark: Mark) -> str:
    if mark.style is Style.EXPANDABLE_QUOTE:
        return "<blockquote expandable>"
    if mark.style is Style.LINK:
        return f'<a href="{html.escape(mark.url)}">'
    return f"<{_TAGS[mark.style]}>"


def _close(mark: Mark) -> str:
    return f"</{_TAGS[mark.style]}>"
