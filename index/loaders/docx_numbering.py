"""Writes the numbers that Word shows before paragraphs: 「第一条」, 「1.2」, 「(3)」."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from docx.oxml.ns import qn
from lxml import etree

_VALUE, _ID, _LEVEL = qn("w:val"), qn("w:numId"), qn("w:ilvl")
_ABSTRACT, _ABSTRACT_ID, _LIST = qn("w:abstractNum"), qn("w:abstractNumId"), qn("w:num")
_LEVEL_DEFINITION, _OVERRIDE = qn("w:lvl"), qn("w:lvlOverride")
_STYLE_ID, _PARAGRAPH_STYLE = qn("w:styleId"), f"{qn('w:pPr')}/{qn('w:pStyle')}"
_NUMBERING = f"{qn('w:pPr')}/{qn('w:numPr')}"
_PLACE = re.compile("%([1-9])")
_NO_SPACE_AFTER = "、\uff09)\uff0e\uff0c\uff1a"
_MOST_STYLES_ABOVE = 20
_LEVELS = 9
_LARGEST = 9999
"""Largest number that is not written in digits."""

_DIGITS = "零一二三四五六七八九"
_FORMAL_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_STEMS, _BRANCHES = "甲乙丙丁戊己庚辛壬癸", "子丑寅卯辰巳午未申酉戌亥"
_ROMAN = (
    *((1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L")),
    *((40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")),
)


@dataclass(frozen=True, slots=True)
class _Level:
    """The numbering of one level of a list.

    Attributes:
        start: the first number.
        number_format: Word's name for the way in which numbers are written.
        text: the label, with %1 for the number of the first level.
        space: the white space between the label and the paragraph.
        restart: how many upper levels restart this one; None for all of them.
        legal: whether numbers of other levels are written in digits.
        style: the style of the paragraphs of this level.
    """

    start: int
    number_format: str
    text: str
    space: str
    restart: int | None
    legal: bool
    style: str


@dataclass(frozen=True, slots=True)
class _List:
    """A list that paragraphs refer to.

    Attributes:
        abstract: the id of the definition whose counts it shares.
        levels: its levels by their numbers, from 0.
        starts: the numbers from which its levels start, where they differ from the definition.
    """

    abstract: str
    levels: Mapping[int, _Level]
    starts: Mapping[int, int]


class Numbering:
    """Counts the numbered paragraphs of one document, in order."""

    def __init__(self, numbering: etree._Element | None, styles: etree._Element) -> None:
        """Args:
        numbering: the root of the part that defines lists; None if there is none.
        styles: the root of the part that defines styles.
        """
        self._styles = {style.get(_STYLE_ID, ""): style for style in styles.iter(qn("w:style"))}
        self._lists = dict(_lists(numbering)) if numbering is not None else {}
        self._counts: dict[str, dict[int, int]] = {}
        self._begun: set[str] = set()

    def label(self, paragraph: etree._Element) -> str:
        """Counts the next paragraph, and returns its label with the white space after it."""
        number, level = self._place(paragraph)
        numbered = self._lists.get(number)
        if numbered is None or level not in numbered.levels:
            return ""
        counts = self._counts.setdefault(numbered.abstract, {})
        if number not in self._begun:
            self._begun.add(number)
            for overridden, start in numbered.starts.items():
                counts[overridden] = start - 1
        _count(counts, numbered.levels, level)
        return _written(counts, numbered.levels, level)

    def unmarked_depth(self, paragraph: etree._Element) -> int:
        """Returns the depth, from 1, of an item that no number stands before; 0 for any other."""
        number, level = self._place(paragraph)
        levels = self._lists[number].levels if number in self._lists else {}
        return level + 1 if level in levels and _is_unnumbered(levels[level]) else 0

    def _place(self, paragraph: etree._Element) -> tuple[str, int]:
        """Returns the list and the level of a paragraph: its own, or those of its style."""
        own = paragraph.find(_NUMBERING)
        number, level = _child(own, _ID), _child(own, _LEVEL)
        named = paragraph.find(_PARAGRAPH_STYLE)
        style = named.get(_VALUE, "") if named is not None else ""
        for _ in range(_MOST_STYLES_ABOVE):
            element = self._styles.get(style)
            if number or element is None:
                break
            inherited = element.find(_NUMBERING)
            number = _child(inherited, _ID)
            level = level or _child(inherited, _LEVEL) or self._level_of(number, style)
            style = _child(element, qn("w:basedOn"))
        return number, _number(level, 0)

    def _level_of(self, number: str, style: str) -> str:
        levels = self._lists[number].levels if number in self._lists else {}
        return next((str(at) for at, level in levels.items() if level.style == style), "")


def _lists(numbering: etree._Element) -> Iterator[tuple[str, _List]]:
    abstracts = {item.get(_ABSTRACT_ID, ""): item for item in numbering.iter(_ABSTRACT)}
    linked = {
        style: item for item in abstracts.values() if (style := _child(item, qn("w:styleLink")))
    }
    for item in numbering.iter(_LIST):
        name = _child(item, _ABSTRACT_ID)
        abstract = abstracts.get(name)
        if abstract is None:
            continue
        abstract = linked.get(_child(abstract, qn("w:numStyleLink")), abstract)
        levels, starts = dict(_levels(abstract)), dict[int, int]()
        for override in item.iter(_OVERRIDE):
            levels |= dict(_levels(override))
            start = _child(override, qn("w:startOverride"))
            if start:
                starts[_number(override.get(_LEVEL), 0)] = _number(start, 1)
        yield item.get(_ID, ""), _List(abstract.get(_ABSTRACT_ID, ""), levels, starts)


def _levels(element: etree._Element) -> Iterator[tuple[int, _Level]]:
    for level in element.iterchildren(_LEVEL_DEFINITION):
        restart = _child(level, qn("w:lvlRestart"))
        text = _child(level, qn("w:lvlText"))
        suffix = _child(level, qn("w:suff"))
        yield (
            _number(level.get(_LEVEL), 0),
            _Level(
                start=_number(_child(level, qn("w:start")), 0),
                number_format=_child(level, qn("w:numFmt")) or "decimal",
                text=text,
                space="" if suffix == "nothing" or text.endswith(tuple(_NO_SPACE_AFTER)) else " ",
                restart=_number(restart, 0) if restart else None,
                legal=level.find(qn("w:isLgl")) is not None,
                style=_child(level, qn("w:pStyle")),
            ),
        )


def _count(counts: dict[int, int], levels: Mapping[int, _Level], level: int) -> None:
    counts[level] = counts.get(level, levels[level].start - 1) + 1
    for below, definition in levels.items():
        restarts = definition.restart is None or level < definition.restart
        if below > level and restarts:
            counts.pop(below, None)


def _written(counts: Mapping[int, int], levels: Mapping[int, _Level], level: int) -> str:
    own = levels[level]
    if _is_unnumbered(own):
        return ""

    def number(match: re.Match[str]) -> str:
        at = int(match[1]) - 1
        if at not in levels:
            return ""
        count = counts.get(at, levels[at].start)
        figures = own.legal and at != level
        return _write(count, "decimal" if figures else levels[at].number_format)

    text = _PLACE.sub(number, own.text).strip()
    return text + own.space if text else ""


def _is_unnumbered(level: _Level) -> bool:
    return level.number_format in ("bullet", "none")


def _write(number: int, number_format: str) -> str:
    write = _WAYS.get(number_format)
    return write(number) if write and 0 < number <= _LARGEST else str(number)


def _chinese(number: int, digits: str = _DIGITS, units: str = "十百千") -> str:
    written = ""
    for place, digit in enumerate(map(int, reversed(str(number)))):
        unit = units[place - 1] if place else ""
        if digit:
            written = digits[digit] + unit + written
        elif written and not written.startswith(digits[0]):
            written = digits[0] + written
    tens = digits[1] + units[0]
    return written[1:] if digits == _DIGITS and written.startswith(tens) else written


def _formal(number: int) -> str:
    return _chinese(number, _FORMAL_DIGITS, "拾佰仟")


def _digit_by_digit(number: int) -> str:
    return "".join("〇一二三四五六七八九"[int(digit)] for digit in str(number))


def _roman(number: int) -> str:
    written = ""
    for value, letters in _ROMAN:
        times, number = divmod(number, value)
        written += letters * times
    return written


def _letters(number: int) -> str:
    """Returns a to z, then aa to zz."""
    times, place = divmod(number - 1, 26)
    return chr(ord("a") + place) * (times + 1)


def _out_of(signs: str) -> Callable[[int], str]:
    return lambda number: signs[number - 1] if number <= len(signs) else str(number)


_CIRCLED = _out_of("".join(map(chr, range(0x2460, 0x2474))))
_WAYS: dict[str, Callable[[int], str]] = {
    "decimalZero": "{:02}".format,
    "decimalFullWidth": lambda number: "".join(chr(ord(digit) + 0xFEE0) for digit in str(number)),
    "decimalEnclosedCircle": _CIRCLED,
    "decimalEnclosedCircleChinese": _CIRCLED,
    "decimalEnclosedParen": "({})".format,
    "lowerLetter": _letters,
    "upperLetter": lambda number: _letters(number).upper(),
    "lowerRoman": lambda number: _roman(number).lower(),
    "upperRoman": _roman,
    "chineseCounting": _chinese,
    "chineseCountingThousand": _chinese,
    "japaneseCounting": _chinese,
    "taiwaneseCounting": _chinese,
    "taiwaneseCountingThousand": _chinese,
    "chineseLegalSimplified": _formal,
    "ideographLegalTraditional": _formal,
    "ideographDigital": _digit_by_digit,
    "japaneseDigitalTenThousand": _digit_by_digit,
    "taiwaneseDigital": _digit_by_digit,
    "ideographTraditional": _out_of(_STEMS),
    "ideographZodiac": _out_of(_BRANCHES),
}
"""Ways of writing numbers by Word's names; numbers of any other format are written in digits."""


def _child(element: etree._Element | None, tag: str) -> str:
    child = element.find(tag) if element is not None else None
    return child.get(_VALUE, "") if child is not None else ""


def _number(value: str | None, otherwise: int) -> int:
    is_number = value and value.isascii() and value.isdigit() and len(value) < _LEVELS
    return int(value) if value and is_number else otherwise
