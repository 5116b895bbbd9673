"""Statistics for administrators: how many questions, how fast, and which had no answer."""

import math
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import cast

from bot.state.database import Database
from bot.state.exchanges import ANSWERED
from index import MISSES

_MISSED = f"outcome IN ({', '.join('?' for _ in MISSES)})"
_COUNTED = f"outcome IN (?, {', '.join('?' for _ in MISSES)})"


@dataclass(frozen=True, slots=True)
class Day:
    """The questions of a day.

    Attributes:
        day: in local time.
        asked, answered: how many.
    """

    day: date
    asked: int
    answered: int


@dataclass(frozen=True, slots=True)
class Today:
    """The questions of this day so far.

    Attributes:
        asked, answered: questions.
        median, slowest: median and 99th percentile of the search time in seconds.
    """

    asked: int
    answered: int
    median: float
    slowest: float


@dataclass(frozen=True, slots=True)
class Miss:
    """A question without an answer.

    Attributes:
        question: as it was understood.
        times: how often it was asked.
        reported: whether somebody wanted the administrators to know.
    """

    question: str
    times: int
    reported: bool


@dataclass(frozen=True, slots=True)
class Opinion:
    """What people thought of the replies to a question.

    Attributes:
        question: as it was understood.
        good, bad: how many found the reply so.
    """

    question: str
    good: int
    bad: int


class Statistics:
    """Computes statistics of the stored questions."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        """
        Args:
            clock: tells the time in seconds since 1970.
        """
        self._database = database
        self._clock = clock

    def today(self) -> Today:
        """Returns the questions since midnight."""
        rows = self._database.read(
            f"SELECT seconds, outcome FROM exchange WHERE asked >= ? AND {_COUNTED}"  # noqa: S608 - constant
            " ORDER BY seconds",
            (_midnight(self._now()).timestamp(), ANSWERED, *MISSES),
        )
        seconds = [cast(float, row[0]) for row in rows]
        answered = sum(row[1] == ANSWERED for row in rows)
        return Today(len(rows), answered, _quantile(seconds, 0.5), _quantile(seconds, 0.99))

    def days(self, count: int) -> list[Day]:
        """Returns the last days including today, the latest one last, and days without a
        question."""
        today = _midnight(self._now())
        since = today - timedelta(days=count - 1)
        rows = self._database.read(
            f"SELECT asked, outcome FROM exchange WHERE asked >= ? AND {_COUNTED}",  # noqa: S608 - constant
            (since.timestamp(), ANSWERED, *MISSES),
        )
        by_day = [(datetime.fromtimestamp(cast(float, at)).date(), outcome) for at, outcome in rows]
        asked = Counter(day for day, _ in by_day)
        answered = Counter(day for day, outcome in by_day if outcome == ANSWERED)
        days = [(since + timedelta(days=number)).date() for number in range(count)]
        return [Day(day, asked[day], answered[day]) for day in days]

    def misses(self) -> list[Miss]:
        """Returns the questions without an answer: the reported ones first, then the most
        frequent."""
        rows = self._database.read(
            "SELECT question, count(*), max(reported) FROM exchange"  # noqa: S608 - constant
            f" WHERE {_MISSED} GROUP BY question ORDER BY max(reported) DESC, count(*) DESC,"
            " max(asked) DESC",
            MISSES,
        )
        return [
            Miss(cast(str, question), cast(int, times), bool(reported))
            for question, times, reported in rows
        ]

    def opinions(self) -> list[Opinion]:
        """Returns the questions whose replies were rated, the worst first."""
        rows = self._database.read(
            "SELECT question, sum(good), sum(NOT good) FROM feedback JOIN exchange"
            " ON exchange.id = feedback.exchange GROUP BY question"
            " ORDER BY sum(NOT good) DESC, sum(good) DESC, max(given) DESC"
        )
        return [
            Opinion(cast(str, question), cast(int, good), cast(int, bad))
            for question, good, bad in rows
        ]

    def people_in_private(self) -> set[int]:
        """Returns everybody who has asked something in a private chat."""
        rows = self._database.read("SELECT DISTINCT person FROM exchange WHERE chat = person")
        return {cast(int, person) for (person,) in rows}

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock())


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def _quantile(ascending: Sequence[float], share: float) -> float:
    """Returns the least value that at least this share does not exceed; 0 without values."""
    if not ascending:
        return 0.0
    return ascending[max(0, math.ceil(share * len(ascending)) - 1)]
