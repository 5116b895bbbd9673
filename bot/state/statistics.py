"""Statistics for administrators: how many questions, how fast, and which had no answer."""

import math
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import cast

from bot.state.database import Database
from bot.state.exchanges import ANSWERED, POSSIBLE, SHARED
from index import MISSES

_UNSURE = (POSSIBLE, *MISSES)
_ASKED = (ANSWERED, *_UNSURE)
"""The outcomes of questions that could be looked for."""


@dataclass(frozen=True, slots=True)
class Day:
    """The questions of a day.

    Attributes:
        day: in local time.
        asked: how many.
        answered, possible: how many of them were answered surely, and possibly.
    """

    day: date
    asked: int
    answered: int
    possible: int = 0

    @property
    def missed(self) -> int:
        """How many were not answered."""
        return self.asked - self.answered - self.possible


@dataclass(frozen=True, slots=True)
class Today:
    """The questions of this day so far.

    Attributes:
        asked: questions.
        answered, possible: questions that were answered surely, and possibly.
        median, slowest: median and 99th percentile of the search time in seconds.
    """

    asked: int
    answered: int
    possible: int
    median: float
    slowest: float


@dataclass(frozen=True, slots=True)
class Miss:
    """A question without a sure answer.

    Attributes:
        question: as it was understood.
        times: how often it was asked.
        reported: whether somebody wanted the administrators to know.
        possible: whether it was possibly answered.
    """

    question: str
    times: int
    reported: bool
    possible: bool = False


@dataclass(frozen=True, slots=True)
class Opinion:
    """What people thought of the replies to a question.

    Attributes:
        question: as it was understood.
        good, bad: how many found the reply so.
        sure: whether it was a sure answer.
    """

    question: str
    good: int
    bad: int
    sure: bool = True


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
            "SELECT seconds, outcome FROM exchange WHERE asked >= ?"  # noqa: S608 - constant
            f" AND {_one_of(_ASKED)} ORDER BY seconds",
            (_midnight(self._now()).timestamp(), *_ASKED),
        )
        seconds = [cast(float, row[0]) for row in rows]
        outcomes = Counter(outcome for _, outcome in rows)
        return Today(
            len(rows),
            outcomes[ANSWERED],
            outcomes[POSSIBLE],
            _quantile(seconds, 0.5),
            _quantile(seconds, 0.99),
        )

    def days(self, count: int) -> list[Day]:
        """Returns the last days including today, the latest one last, and days without a
        question."""
        today = _midnight(self._now())
        since = today - timedelta(days=count - 1)
        rows = self._database.read(
            f"SELECT asked, outcome FROM exchange WHERE asked >= ? AND {_one_of(_ASKED)}",  # noqa: S608 - constant
            (since.timestamp(), *_ASKED),
        )
        by_day = [(datetime.fromtimestamp(cast(float, at)).date(), outcome) for at, outcome in rows]
        asked = Counter(day for day, _ in by_day)
        counts = Counter(by_day)
        days = [(since + timedelta(days=number)).date() for number in range(count)]
        return [Day(d, asked[d], counts[d, ANSWERED], counts[d, POSSIBLE]) for d in days]

    def misses(self) -> list[Miss]:
        """Returns the questions without a sure answer: the refused ones first, of these the
        reported, then the most frequent."""
        rows = self._database.read(
            "SELECT question, count(*), max(reported), outcome = ? AS possible FROM exchange"  # noqa: S608 - constant
            f" WHERE {_one_of(_UNSURE)} GROUP BY question, possible"
            " ORDER BY possible, max(reported) DESC, count(*) DESC, max(asked) DESC",
            (POSSIBLE, *_UNSURE),
        )
        return [
            Miss(cast(str, question), cast(int, times), bool(reported), bool(possible))
            for question, times, reported, possible in rows
        ]

    def opinions(self) -> list[Opinion]:
        """Returns the questions whose replies were rated: the sure answers that were found bad
        first, then the worst."""
        rows = self._database.read(
            "SELECT question, sum(good), sum(NOT good), outcome IN (?, ?) AS sure"
            " FROM feedback JOIN exchange ON exchange.id = feedback.exchange"
            " GROUP BY question, sure"
            " ORDER BY sure AND sum(NOT good) DESC, sum(NOT good) DESC, sum(good) DESC,"
            " max(given) DESC",
            (ANSWERED, SHARED),
        )
        return [
            Opinion(cast(str, question), cast(int, good), cast(int, bad), bool(sure))
            for question, good, bad, sure in rows
        ]

    def people_in_private(self) -> set[int]:
        """Returns everybody who has asked something in a private chat."""
        rows = self._database.read("SELECT DISTINCT person FROM exchange WHERE chat = person")
        return {cast(int, person) for (person,) in rows}

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock())


def _one_of(outcomes: Sequence[str]) -> str:
    return f"outcome IN ({', '.join('?' for _ in outcomes)})"


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def _quantile(ascending: Sequence[float], share: float) -> float:
    """Returns the least value that at least this share does not exceed; 0 without values."""
    if not ascending:
        return 0.0
    return ascending[max(0, math.ceil(share * len(ascending)) - 1)]
