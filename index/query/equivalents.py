"""What means the same in every library: the words of `equivalents.txt`, days, hours, models."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import product

from index.analysis.numerals import CHARACTERS, other_spellings
from index.model import Span


@dataclass(frozen=True, slots=True)
class Equivalent:
    """A phrase of a question with the other ways to say it.

    Attributes:
        span: its range in the normalised question.
        others: the other ways, normalised.
    """

    span: Span
    others: tuple[str, ...]


_NUMBER = r"\d{1,2}|[一二三四五六七八九十]{1,3}"
_RATED = "天月年次回趟人斤吨张份支针只颗车户页本辆场节晚间桌盒瓶"
"""What things are counted by that cost something each: 「一天」 is 「每天」 then."""
_TIMES = "回趟"
_NO_RATE = "级度号代季线些起样致直旦"
_HALVES = {"下午", "晚上", "傍晚", "夜里", "晚"}
_NOON = 12


def find_equivalents(text: str) -> Iterator[Equivalent]:
    """Yields the phrases of a normalised question that can be said otherwise.

    Of those that begin in one place it is the longest.
    """
    pattern, groups = _table()
    for match in pattern.finditer(text):
        others = tuple(other for other in groups[match.group()] if other != match.group())
        yield Equivalent(Span(*match.span()), others)
    for pattern, spellings in _RULES:
        for match in pattern.finditer(text):
            others = tuple(dict.fromkeys(s for s in spellings(match) if s != match.group()))
            if others:
                yield Equivalent(Span(*match.span()), others)


@cache
def _table() -> tuple[re.Pattern[str], dict[str, tuple[str, ...]]]:
    """Returns what finds a phrase of the table, and the groups that each phrase belongs to."""
    written = resources.files("index.query").joinpath("equivalents.txt").read_text("utf-8")
    lines = (line.partition("#")[0] for line in written.splitlines())
    groups: dict[str, tuple[str, ...]] = {}
    for line in filter(str.strip, lines):
        group = tuple(phrase.strip() for phrase in line.split("="))
        for phrase in group:
            groups[phrase] = tuple(dict.fromkeys((*groups.get(phrase, ()), *group)))
    # By their first characters: most places of a text begin no phrase, and are left at once.
    rests: dict[str, list[str]] = {}
    for phrase in sorted(groups, key=len, reverse=True):
        rests.setdefault(re.escape(phrase[0]), []).append(re.escape(phrase[1:]))
    branches = (f"{first}(?:{'|'.join(others)})" for first, others in rests.items())
    return re.compile("|".join(branches)), groups


def _weekdays(match: re.Match[str]) -> Iterator[str]:
    days = ("日", "天") if match[1] in "日天" else (match[1],)
    yield from (week + day for week, day in product(("星期", "周", "礼拜"), days))


def _every_day(_: re.Match[str]) -> Iterator[str]:
    yield from ("每天", "每日", "天天")


def _days(match: re.Match[str]) -> Iterator[str]:
    yield from (number + unit for number, unit in product(_numbers(match[1]), ("日", "号")))


def _months(match: re.Match[str]) -> Iterator[str]:
    yield from (number + "月" for number in _numbers(match[1]))


def _hours(match: re.Match[str]) -> Iterator[str]:
    part, hour, rest = match["part"] or "", match["hour"], match["rest"] or ""
    digits = next(filter(str.isdecimal, _numbers(hour)), "")
    if not digits:
        return
    minutes = "30" if rest == "半" else "00"
    hours = {int(digits)}
    if part in _HALVES and int(digits) < _NOON:
        hours = {int(digits) + _NOON}
        yield from (f"{part}{number}点{rest}" for number in _numbers(hour))
    yield from (f"{number}:{minutes}" for number in hours)
    yield from (f"{spelling}点{rest}" for n in hours for spelling in _numbers(str(n)))


def _money(match: re.Match[str]) -> Iterator[str]:
    unit = "角" if match[2] == "毛" else "元"
    yield from (number + unit for number in _numbers(match[1]))


def _models(match: re.Match[str]) -> Iterator[str]:
    parts = re.findall(r"[a-z]+|\d+", match.group())
    for gaps in product(("", " "), repeat=len(parts) - 1):
        yield "".join(part + gap for part, gap in zip(parts, (*gaps, ""), strict=True))


def _rates(match: re.Match[str]) -> Iterator[str]:
    unit = match[2]
    yield from (f"每{match[1]}{unit}", f"每{unit}", f"/{unit}")
    if unit in _TIMES:
        yield "每次"


def _places(match: re.Match[str]) -> Iterator[str]:
    yield from (match[1], f"本{match[1]}")


def _joined(match: re.Match[str]) -> Iterator[str]:
    verb = match.group()[0] + match.group()[-1]
    yield from (verb, *_table()[1].get(verb, ()))


def _paying(_: re.Match[str]) -> Iterator[str]:
    yield from ("缴", "缴费")


def _numbers(number: str) -> tuple[str, ...]:
    return (number, *other_spellings(number))


_SEPARABLE = (
    "洗澡 洗车 洗头 理发 剪发 看病 看牙 打针 游泳 跑步 跳舞 吃饭 喝酒 抽烟 睡觉 结婚 离婚 上网 上课"
    " 请假 排队 报名 挂号 取号 签字 盖章 拍照 办证 办卡 退票 退卡 借书 还书 存包 停车 充电 充值"
    " 拔牙 补牙 种牙"
)
"""Verbs that something may stand within: 「洗个澡」."""
_SEPARATED = "|".join(f"{v[0]}(?:了?一?[个次下趟回颗只张本]|了){v[1]}" for v in _SEPARABLE.split())
_RULES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Iterator[str]]], ...] = (
    (re.compile("(?:星期|周|礼拜)([一二三四五六日天])"), _weekdays),
    # What is so on each day is so on this one.
    (re.compile("周末|双休日|(?:星期|周|礼拜)[一二三四五六日天]|节假日"), _every_day),
    (re.compile(rf"(?<![\d第])({_NUMBER})[日号](?!楼|线|门|院|馆)"), _days),
    (re.compile(rf"(?<![\d个])({_NUMBER})月份?"), _months),
    (
        re.compile(
            rf"(?P<part>凌晨|早上|上午|中午|下午|晚上|傍晚|夜里|晚)?(?P<hour>{_NUMBER})点(?P<rest>半)?(?!\d)"
        ),
        _hours,
    ),
    (re.compile(r"(\d{1,6}|[一二三四五六七八九十百千]{1,5})(块|毛)(?:钱)?"), _money),
    (re.compile(rf"(?<![第{CHARACTERS}\d])一(个?)([{_RATED}])(?![{_NO_RATE}])"), _rates),
    (re.compile(_SEPARATED), _joined),
    (
        re.compile(
            r"(?<![提上成转公外社初绝杂])交(?=(?:多少|几|什么|啥|好多|不交|[吗呢啊呀嘞][^\w]*$|[^\w]*$))"
        ),
        _paying,
    ),
    (re.compile("([镇村县市乡区])[上里](?=[能可有没办会哪怎多什要在\\s]|$)"), _places),
    (re.compile(r"(?<![a-z0-9])[a-z]+ ?\d+(?: ?[a-z]+)?(?: ?\d+)?(?![a-z0-9])"), _models),
)
