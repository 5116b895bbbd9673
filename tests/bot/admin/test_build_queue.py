"""Builds that are asked for: one for all that comes within a moment, and none missed."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

import pytest
from desk_fakes import REPORT, STEPS, FakeBuild, an_admin_desk
from running_bot import PATIENCE

from bot.admin.build_queue import Reindexing, Step, Waiting
from bot.admin.build_runner import Builder
from bot.errors import BuildStopped
from bot.visitors import Visitor
from index import BuildError, BuildRunning

ADMIN = Visitor(1, 1)


class Builds:
    """Counts builds, which go on when they are let.

    Attributes:
        failures: raised by the next builds, in order.
    """

    def __init__(self) -> None:
        self.count = 0
        self.begun = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()
        self.failures: list[Exception] = []

    async def __call__(self) -> AsyncGenerator[Step, None]:
        if self.failures:
            raise self.failures.pop(0)
        self.count += 1
        self.begun.set()
        yield STEPS[0]
        await self.gate.wait()
        yield REPORT


async def outcome(waiting: Waiting) -> list[Step]:
    async with asyncio.timeout(PATIENCE):
        return [step async for step in waiting.steps()]


async def test_requests_within_a_moment_are_served_by_one_build() -> None:
    builds = Builds()
    reindexing = Reindexing(builds, pause=0.05)
    waiting = [reindexing.request() for _ in range(5)]
    heard = await asyncio.gather(*map(outcome, waiting))
    assert heard == [[STEPS[0], REPORT]] * 5
    assert builds.count == 1


async def test_requests_that_never_cease_do_not_put_a_build_off_for_ever() -> None:
    builds = Builds()
    reindexing = Reindexing(builds, pause=0.05)
    async with asyncio.timeout(PATIENCE):
        while not builds.count:
            reindexing.request()
            await asyncio.sleep(0.001)
    await reindexing.close()


async def test_what_comes_while_a_build_runs_is_in_the_next_one() -> None:
    builds = Builds()
    builds.gate.clear()
    reindexing = Reindexing(builds, pause=0.0)
    first = asyncio.create_task(outcome(reindexing.request()))
    await asyncio.wait_for(builds.begun.wait(), PATIENCE)
    second = asyncio.create_task(outcome(reindexing.request()))
    builds.gate.set()
    await asyncio.gather(first, second)
    assert builds.count == 2


@pytest.fixture
def asking_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether a build is still in the way is asked without a pause."""
    monkeypatch.setattr("bot.admin.build_queue.AGAIN_SECONDS", 0.0)


@pytest.mark.usefixtures("asking_at_once")
async def test_a_build_that_is_in_the_way_is_waited_for() -> None:
    builds = Builds()
    builds.failures = [BuildRunning(Path("data")), BuildRunning(Path("data"))]
    assert (await outcome(Reindexing(builds, pause=0.0).request()))[-1] == REPORT
    assert builds.count == 1


async def test_a_build_that_fails_is_told_to_all_and_the_next_one_goes_on() -> None:
    builds = Builds()
    builds.failures = [BuildError("no space")]
    reindexing = Reindexing(builds, pause=0.05)
    for waiting in (reindexing.request(), reindexing.request()):
        with pytest.raises(BuildError, match="no space"):
            await outcome(waiting)
    assert (await outcome(reindexing.request()))[-1] == REPORT


async def test_after_the_end_nobody_waits_for_ever() -> None:
    builds = Builds()
    reindexing = Reindexing(builds, pause=60.0)
    waiting = reindexing.request()
    await reindexing.close()
    for waiter in (waiting, reindexing.request()):
        with pytest.raises(BuildStopped):
            await outcome(waiter)
    assert builds.count == 0


@pytest.mark.usefixtures("asking_at_once")
async def test_a_request_waits_until_a_build_that_was_ordered_has_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    refused = asyncio.Event()
    run = Builder.run

    async def noting_refusals(builder: Builder) -> AsyncGenerator[Step, None]:
        try:
            async with aclosing(run(builder)) as steps:
                async for step in steps:
                    yield step
        except BuildRunning:
            refused.set()
            raise

    monkeypatch.setattr(Builder, "run", noting_refusals)
    build = FakeBuild()
    build.gate.clear()
    admin_desk = an_admin_desk(build=build, pause=0.0)
    ordered = admin_desk.reindex(ADMIN)
    await anext(ordered)
    waiting = asyncio.create_task(outcome(admin_desk.request_build()))
    await asyncio.wait_for(refused.wait(), PATIENCE)
    assert not waiting.done()
    build.gate.set()
    assert [step async for step in ordered] == [*STEPS[1:], REPORT]
    assert await waiting == [*STEPS, REPORT]


async def test_at_the_end_of_the_office_whoever_waits_is_told() -> None:
    admin_desk = an_admin_desk()
    waiting = admin_desk.request_build()
    await admin_desk.close()
    with pytest.raises(BuildStopped):
        await outcome(waiting)
