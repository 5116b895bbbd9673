"""Work for one visitor takes no more than its share of the time."""

import pytest

from bot.core.limits import MINUTE
from bot.core.workers import BURST_SECONDS, SHARE, Workers
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

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def work(self, seconds: float, failure: Exception | None = None) -> float:
        self.worked += seconds
        if failure:
            raise failure
        return seconds


def workers_by(clocks: Clocks) -> Workers:
    return Workers(1, 3.0, lambda: clocks.now, lambda: clocks.worked, clocks.sleep)


async def test_all_visitors_together_take_no_more_than_a_share_of_the_time() -> None:
    clocks = Clocks()
    workers = workers_by(clocks)
    for number in range(100):
        visitor = Visitor(number, number)
        await workers.run(visitor, clocks.work, BURST_SECONDS / 10)
        if number < 10:
            assert clocks.now == 0
    # The last one has worked already, but not been waited for yet.
    assert clocks.now * SHARE + BURST_SECONDS == pytest.approx(clocks.worked - BURST_SECONDS / 10)
    clocks.now += 1_000 / SHARE
    rested = clocks.now
    await workers.run(VISITOR, clocks.work, 2 * BURST_SECONDS)
    assert clocks.now == rested
    await workers.run(VISITOR, clocks.work, 0.0)
    assert clocks.now - rested == pytest.approx(BURST_SECONDS / SHARE)


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
