"""Work for one visitor takes no more than its share of the time."""

import pytest

from bot.core.limits import MINUTE
from bot.core.workers import Workers
from bot.errors import TooMany
from bot.visitors import Visitor

VISITOR, OTHER = Visitor(1, 1), Visitor(2, 2)


class Clocks:
    """Clocks that go on only by what is done.

    Attributes:
        now: the time of day.
        worked: what the thread has worked.
    """

    def __init__(self) -> None:
        self.now = 0.0
        self.worked = 0.0

    def work(self, seconds: float, failure: Exception | None = None) -> float:
        self.worked += seconds
        if failure:
            raise failure
        return seconds


def workers_by(clocks: Clocks) -> Workers:
    return Workers(1, 3.0, lambda: clocks.now, lambda: clocks.worked)


async def test_who_has_used_up_the_time_of_a_minute_waits_and_others_do_not() -> None:
    clocks = Clocks()
    workers = workers_by(clocks)
    for seconds in (1.0, 1.5, 0.5):
        assert await workers.run(VISITOR, clocks.work, seconds) == seconds
    with pytest.raises(TooMany):
        await workers.run(VISITOR, clocks.work, 1.0)
    assert clocks.worked == 3.0
    assert await workers.run(OTHER, clocks.work, 1.0) == 1.0
    clocks.now = MINUTE
    assert await workers.run(VISITOR, clocks.work, 1.0) == 1.0


async def test_work_that_fails_counts_as_any_other() -> None:
    clocks = Clocks()
    workers = workers_by(clocks)
    with pytest.raises(ValueError, match="failed"):
        await workers.run(VISITOR, clocks.work, 3.0, ValueError("failed"))
    with pytest.raises(TooMany):
        await workers.run(VISITOR, clocks.work, 1.0)
