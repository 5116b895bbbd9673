"""Numbers in Chinese characters and in digits: 十一 is 11, and neither stands in 二十一."""

import re

from pycnnum import cn2num, num2cn

CHARACTERS = "〇零一二两三四五六七八九十百千万亿"
"""What a number is written with in Chinese."""

_DIGITS = "〇零一二三四五六七八九"
_TO_DIGITS = str.maketrans(_DIGITS, "00123456789")
_TO_CHINESE = str.maketrans("0123456789", "〇一二三四五六七八九")
_DIGIT_BY_DIGIT = re.compile(rf"[{_DIGITS}]{{2,}}")
_BEGINNING = re.compile(rf"第?([{CHARACTERS}]+)")
_YEAR_DIGITS = 4
_LONGEST = 12
"""Digits. Longer ones are numbers of telephones and accounts, and nobody spells them out."""


def is_number(word: str) -> bool:
    """Whether a normalised word is a number: 11, 十一, 第三; not 一, which is often no number."""
    if word.isdecimal():
        return True
    match = _BEGINNING.fullmatch(word)
    return match is not None and any(c in f"{_DIGITS}两十" for c in word) and word != "一"


def other_spellings(word: str) -> tuple[str, ...]:
    """The same number, or the same word with the number it begins with, written the other way."""
    if word.isdecimal() and word.isascii():
        return _in_chinese(word)
    match = _BEGINNING.match(word)
    digits = _in_digits(match.group(1)) if match else None
    if match is None or digits is None:
        return ()
    return (word[: match.start(1)] + digits + word[match.end(1) :],)


def _in_chinese(digits: str) -> tuple[str, ...]:
    if len(digits) > _LONGEST:
        return ()
    if len(digits) >= _YEAR_DIGITS:
        spelled = digits.translate(_TO_CHINESE)
        return (spelled, spelled.replace("〇", "零")) if "〇" in spelled else (spelled,)
    spelled = num2cn(int(digits))
    return (spelled, "两") if spelled == "二" else (spelled,)


def _in_digits(chinese: str) -> str | None:
    if _DIGIT_BY_DIGIT.fullmatch(chinese):
        return chinese.translate(_TO_DIGITS)
    try:
        return str(cn2num(chinese))
    except (ValueError, KeyError, IndexError):  # no number, though made of its characters
        return None
