"""What a question counts, and the limits of a text that it meets: 85岁 of 「80周岁以上」."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import inf

from index.analysis.numerals import CHARACTERS, value_of

_NUMBER = rf"\d+(?:\.\d+)?|[{CHARACTERS}]+"
_YEARS = "岁"
_PERSONS_AGE = re.compile(
    rf"[爸妈爷奶公婆娘爹人家伴儿汉娃她他](?:今年|现在|已经|都|快|刚|才|有|满)*({_NUMBER})[多来]?"
    rf"(?=了|$|[^\w])|({_NUMBER})[多来]?(?=的(?:老|大[爷妈]|[爷奶爸妈娘]))"
)
"""「我爸82了」, 「85的老人」; the age of a grown-up in digits, or of two characters."""
_AGES = range(1, 121)


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number of a question that counts something.

    Attributes:
        word: as it is cut, maybe with its measure.
        value: the number, or None where it is no single one: 几条.
        unit: what it counts: 岁.
    """

    word: str
    value: float | None
    unit: str

    def meets_limit_in(self, text: str) -> bool:
        """Whether `text` (normalised) sets a limit in the same unit that the number keeps."""
        if self.value is None or self.unit[-1:] not in text:
            return False
        return any(least <= self.value <= most for least, most in _limits(self.unit, text))


def ages_of_persons(text: str) -> Iterator[tuple[int, Quantity]]:
    """Yields the ages of a normalised question that do not call themselves so, with their places.

    「我爸82了」 counts 岁.
    """
    for match in _PERSONS_AGE.finditer(text):
        written = match[1] or match[2]
        value = value_of(written)
        if value in _AGES and len(written) > 1:
            yield match.start(match.lastindex or 0), Quantity(written, value, _YEARS)


def _limits(unit: str, text: str) -> Iterator[tuple[float, float]]:
    """Yields the least and the most of each limit that a text sets in a unit."""
    for match in _limit_pattern(unit).finditer(text):
        first, second = value_of(match["first"]), value_of(match["second"] or "")
        if first is None:
            continue
        if second is not None:
            yield first, second
        elif match["least"] or match["from"]:
            yield first, inf
        elif match["most"] or match["to"]:
            yield 0, first


@lru_cache(maxsize=100)
def _limit_pattern(unit: str) -> re.Pattern[str]:
    named = "周?岁" if unit == _YEARS else re.escape(unit)
    return re.compile(
        rf"(?P<most>未满|不满|不足|低于|小于|不超过|最[多高])?(?P<least>年?满|超过|不低于|大于)?"
        rf"(?P<first>{_NUMBER})(?:(?:{named})?(?:至|到|~|-|—)+(?P<second>{_NUMBER}))?(?:{named})"
        r"(?:\([^)]{1,6}\))?(?:(?P<from>[及或和]?以上|起)|(?P<to>[及或和]?以[下内]))?"
    )
