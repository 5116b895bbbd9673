"""「健身房月卡多少钱」: the time that a price is for, and whether a text tells that of another."""

import re
from dataclasses import dataclass
from enum import Enum


class Period(Enum):
    """A time that something is paid for."""

    YEAR = "year"
    MONTH = "month"
    DAY = "day"
    HOUR = "hour"
    VISIT = "visit"

    def gives_way_in(self, text: str) -> bool:
        """Whether `text` (normalised) tells only of others."""
        if _PERIODS[self].mentioned_by.search(text):
            return False
        return any(words.told_by.search(text) for words in _PERIODS.values())


@dataclass(frozen=True, slots=True)
class _Words:
    """How a period is written.

    Attributes:
        told_by: so that it is surely meant, and no date.
        mentioned_by: in any way.
    """

    told_by: re.Pattern[str]
    mentioned_by: re.Pattern[str]


_PERIODS = {
    period: _Words(re.compile(told_by), re.compile(mentioned_by))
    for period, told_by, mentioned_by in (
        (Period.YEAR, "[每一全]年|年[卡费票租薪]|包年", r"(?<!\d)年"),
        (Period.MONTH, "[每一]个?月|月[卡费票租薪]|月工资|月收入|包月", r"(?<!\d)月(?![底初末])"),
        (Period.DAY, "[每一][天日]|[日天][租票]", r"天|(?<!\d)日"),
        (Period.HOUR, "[每一]个?(?:小时|钟头)", "小时|钟头"),
        (Period.VISIT, "[每一单][次回]|次卡", "[次回趟]"),
    )
}


def asked_period(question: str) -> Period | None:
    """Returns the only period that a normalised question names; None for none or several."""
    periods = [period for period, words in _PERIODS.items() if words.told_by.search(question)]
    return periods[0] if len(periods) == 1 else None
