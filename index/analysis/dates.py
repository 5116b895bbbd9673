"""Reads dates as articles print them."""

import re
from collections.abc import Iterator
from datetime import date

_CHINESE_DIGITS = {
    digit: value
    for value, digits in enumerate(
        ("〇零○oOОо０0", "一", "二", "三", "四", "五", "六", "七", "八", "九")
    )
    for digit in digits
}

_NUMERIC = re.compile(
    r"(?<!\d)(?:"
    r"(?P<year>\d{4})\s*[-/.年]\s*(?P<month>\d{1,2})\s*[-/.月]\s*(?P<day>\d{1,2})(?:\s*日|(?!\d))"
    r"|(?P<day_first>\d{1,2})[./-](?P<month_second>\d{1,2})[./-](?P<year_last>\d{4})(?!\d)"
    r")"
)
_CHINESE = re.compile(
    r"(?P<year>(?:[〇零○oOОо０0一二三四五六七八九]\s*){4})年\s*"
    r"(?P<month>[一二三四五六七八九十]\s*[一二]?)\s*月\s*"
    r"(?P<day>[一二三四五六七八九十](?:\s*[一二三四五六七八九十]){0,2})\s*日"
)


def find_date(text: str) -> tuple[date, int, int] | None:
    """Returns the first valid date in `text` with its start and end; None if there is none.

    Understands 2017年11月27日, 2017-11-27, 2017/11/27, 2017.11.27, 27.11.2017 (the day first, as
    in Europe) and 二〇一七年十一月二十七日.
    """
    places = sorted(
        (match.start(), match.end(), day) for match, day in _candidates(text) if day is not None
    )
    if not places:
        return None
    start, end, day = places[0]
    return day, start, end


def _candidates(text: str) -> Iterator[tuple[re.Match[str], date | None]]:
    for match in _NUMERIC.finditer(text):
        year = match["year"] or match["year_last"]
        month = match["month"] or match["month_second"]
        yield match, _date(int(year), int(month), int(match["day"] or match["day_first"]))
    for match in _CHINESE.finditer(text):
        year = int(
            "".join(str(_CHINESE_DIGITS[digit]) for digit in match["year"] if not digit.isspace())
        )
        yield match, _date(year, _below_hundred(match["month"]), _below_hundred(match["day"]))


def _below_hundred(numeral: str) -> int:
    """Returns the value of a numeral: 十 -> 10, 十一 -> 11, 二十 -> 20, 二十七 -> 27, 七 -> 7."""
    tens, ten, ones = "".join(numeral.split()).rpartition("十")
    value = _CHINESE_DIGITS.get(ones, 0)
    return value + (10 * _CHINESE_DIGITS.get(tens, 1) if ten else 0)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
