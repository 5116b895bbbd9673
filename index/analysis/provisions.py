"""Reads the numbers of provisions: 「第二十三条」, 「第8条」, 「5.2」, 「（三）」."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from index.analysis.numerals import other_spellings
from index.model import Span

_NUMBER = r"[〇零一二两三四五六七八九十百千\d]{1,7}"
_PROVISION = (
    rf"第\s*(?P<ordinal>{_NUMBER})\s*(?P<unit>[条章节编])(?:之(?P<sub>[一二三四五六七八九十]))?"
    r"|(?P<section>\d{1,2}(?:\.\d{1,2}){1,3})(?![\d.%年月日元万亿米度个人℃]|\s*%)"
    rf"|\(\s*(?P<point>{_NUMBER})\s*\)"
    rf"|(?P<annex>附件|附录|附表|附图)\s*(?P<annex_number>{_NUMBER})"
)
_OPENING = re.compile(rf"[#*\s]*(?:{_PROVISION})")
_MENTION = re.compile(_PROVISION)
_ASKED_OF_A_NUMBER = re.compile(
    r"\s*(?:$|[的中里是说讲写呢?？]|内容|规定|要求|条款?|款|项|节|有什么|什么|怎么)"
)
"""Matches what follows 「5.2」 or 「（三）」 if it names a part of a text, not a quantity."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A provision that a question names.

    Attributes:
        span: its range in the question.
        provision: its canonical number.
    """

    span: Span
    provision: str


def opening_provision(line: str) -> str:
    """Returns the canonical number of the provision that a line opens: 「第23条」; empty if none.

    Args:
        line: normalised, or with its width folded.
    """
    match = _OPENING.match(line)
    return _canonical(match) if match else ""


def openings(text: str, provision: str) -> Iterator[Span]:
    """Yields the ranges of the numbers of provisions that open lines of `text` (normalised)."""
    position = 0
    for line in text.split("\n"):
        match = _OPENING.match(line)
        if match and _canonical(match) == provision:
            yield Span(position, position + match.end())
        position += len(line) + 1


def mentioned_provisions(question: str) -> Iterator[Mention]:
    """Returns the provisions that a normalised question names, in order."""
    for match in _MENTION.finditer(question):
        is_sure = match["ordinal"] or match["annex"]
        if is_sure or _ASKED_OF_A_NUMBER.match(question, match.end()):
            yield Mention(Span(*match.span()), _canonical(match))


def _canonical(match: re.Match[str]) -> str:
    if match["ordinal"]:
        sub = f"之{_digits(match['sub'])}" if match["sub"] else ""
        return f"第{_digits(match['ordinal'])}{match['unit']}{sub}"
    if match["section"]:
        return match["section"]
    if match["point"]:
        return f"({_digits(match['point'])})"
    return f"{match['annex']}{_digits(match['annex_number'])}"


def _digits(number: str) -> str:
    if number.isdecimal():
        return str(int(number))
    return next(iter(other_spellings(number)), number)
