"""Recognises numbers in Chinese characters and in digits, and spells each the other way."""

import re
from functools import lru_cache

from pycnnum import cn2num, num2cn

CHARACTERS = "〇零一二两三四五六七八九十百千万亿"
"""The characters of Chinese numbers."""

_DIGITS = "〇零一二三四五六七八九"
_TO_DIGITS = str.maketrans(_DIGITS, "00123456789")
_TO_CHINESE = str.maketrans("0123456789", "〇一二三四五六七八九")
_DIGIT_BY_DIGIT = re.compile(rf"[{_DIGITS}]{{2,}}")
_BEGINNING = re.compile(rf"第?([{CHARACTERS}]+)")
_COUNTED = re.compile(
    r"第?[二两三四五六七八九十][〇一二三四五六七八九十]*[个届次年月日号名位条座种家所级点周岁倍]"
)
_YEAR_DIGITS = 4
_UNITS = ((10**8, "亿"), (10**4, "万"))
_LONGEST = 12
"""Maximum number of digits. Longer ones are telephone or account numbers, never spelled out."""


def is_number(word: str) -> bool:
    """Whether a normalised word is a number, maybe with its measure: 11, 十一, 第三, 四个.

    一 is not: it often counts nothing.
    """
    if word.isdecimal() or _COUNTED.fullmatch(word):
        return True
    match = _BEGINNING.fullmatch(word)
    return match is not None and any(c in f"{_DIGITS}两十" for c in word) and word != "一"


@lru_cache(maxsize=1_000)
def other_spellings(word: str) -> tuple[str, ...]:
    """Returns the same number, or a word that begins with one, spelled the other way."""
    if word.isdecimal() and word.isascii():
        return _in_chinese(word)
    match = _BEGINNING.match(word)
    value = _value(match.group(1)) if match else None
    if match is None or value is None:
        return ()
    before, after = word[: match.start(1)], word[match.end(1) :]
    return tuple(before + digits + after for digits in _in_digits(value, match.group(1)))


def _in_chinese(digits: str) -> tuple[str, ...]:
    if len(digits) > _LONGEST:
        return ()
    value = int(digits)
    spelled = [_spelled(value, alt_2) for alt_2 in (False, True)]
    if value == 2:
        spelled.append("两")
    if len(digits) >= _YEAR_DIGITS:
        each = digits.translate(_TO_CHINESE)
        spelled += [each, each.replace("〇", "零")]
    return tuple(dict.fromkeys(spelled))


def _spelled(value: int, two_as_liang: bool) -> str:
    if value == 0 or value % 10:
        return str(num2cn(value, alt_2=two_as_liang))
    # A round number is spelled as it is spoken, 一百二; texts write 一百二十, as the next number.
    following = str(num2cn(value + 1, alt_2=two_as_liang))
    return following.removesuffix("一").removesuffix("零")


def value_of(number: str) -> float | None:
    """Returns the value of a number in digits or Chinese characters; None if it is none."""
    try:
        return float(number)
    except ValueError:
        return _value(number) if number else None


def _value(chinese: str) -> int | None:
    if _DIGIT_BY_DIGIT.fullmatch(chinese):
        return int(chinese.translate(_TO_DIGITS))
    try:
        return int(cn2num(chinese))
    except (ValueError, KeyError, IndexError):  # not a number
        return None


def _in_digits(value: int, chinese: str) -> list[str]:
    """Returns a number in digits, and with the unit that texts write for many zeros: 2000万."""
    if _DIGIT_BY_DIGIT.fullmatch(chinese):
        return [chinese.translate(_TO_DIGITS)]
    units = ((unit, sign) for unit, sign in _UNITS if value and value % unit == 0 and value > unit)
    return [str(value), *(f"{value // unit}{sign}" for unit, sign in units)]
