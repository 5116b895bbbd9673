"""The admin desk: what administrators may have done to the index, and nobody else."""

import asyncio
import logging
import threading
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace

import pytest
from desk_fakes import DATA, REPORT, STEPS, FakeBuild, FakeLibrary, an_admin_desk
from running_bot import PATIENCE, ZH

from bot.admin.build_runner import Builder, BuildSteps
from bot.admin.health import BackgroundTask
from bot.core.rights import Rights
from bot.errors import AdminsOnly, BuildStopped, NotInvited
from bot.texts import admin as admin_texts
from bot.visitors import Visitor
from index import (
    BuildError,
    BuildReport,
    BuildRunning,
    DamagedIndex,
    NoEarlierGeneration,
    NoIndex,
    Progress,
    SkippedFile,
    SkipReason,
)

ADMIN = Visitor(chat=1, person=1)
STRANGER = Visitor(chat=2, person=2)


async def all_of(steps: AsyncIterator[Progress | BuildReport]) -> list[Progress | BuildReport]:
    return [step async for step in steps]


async def happens(event: threading.Event) -> None:
    """Waits for what happens in another thread."""
    assert await asyncio.to_thread(event.wait, PATIENCE)


async def test_in_a_chat_that_is_not_listed_even_an_administrator_is_refused() -> None:
    admin_desk = an_admin_desk(rights=Rights(frozenset({1}), frozenset({-100})))
    with pytest.raises(NotInvited):
        await all_of(admin_desk.reindex(Visitor(chat=-200, person=1)))


async def test_reindex_tells_each_step_and_the_report_then_answers_from_the_new_index() -> None:
    library = FakeLibrary()
    build = FakeBuild()
    steps = await all_of(an_admin_desk(library, build).reindex(ADMIN))
    assert steps == [*STEPS, REPORT]
    assert library.refreshed == 1


async def test_a_build_runs_in_one_thread_that_is_not_the_event_loops() -> None:
    build = FakeBuild()
    await all_of(an_admin_desk(build=build).reindex(ADMIN))
    assert len(build.threads) == 1
    assert threading.get_ident() not in build.threads


async def test_a_stranger_cannot_reindex() -> None:
    build = FakeBuild()
    with pytest.raises(AdminsOnly):
        await all_of(an_admin_desk(build=build).reindex(STRANGER))
    assert not build.threads


async def test_a_second_reindex_is_refused_while_one_runs() -> None:
    build = FakeBuild()
    build.gate.clear()
    admin_desk = an_admin_desk(build=build)
    async with aclosing(admin_desk.reindex(ADMIN)) as steps:
        await anext(steps)
        with pytest.raises(BuildRunning):
            await all_of(admin_desk.reindex(ADMIN))
        build.gate.set()
        assert (await all_of(steps))[-1] == REPORT
    assert (await all_of(admin_desk.reindex(ADMIN)))[-1] == REPORT


async def test_a_failed_build_is_told_and_leaves_the_old_index_alone() -> None:
    library = FakeLibrary()
    admin_desk = an_admin_desk(library, FakeBuild(failure=BuildError("disk full")))
    with pytest.raises(BuildError, match="disk full"):
        await all_of(admin_desk.reindex(ADMIN))
    assert library.refreshed == 0


async def test_a_build_that_cannot_even_begin_is_told() -> None:
    def build() -> BuildSteps:
        raise BuildError("no such folder")

    builder = Builder(build, DATA)
    for _ in range(2):
        with pytest.raises(BuildError, match="no such folder"):
            await asyncio.wait_for(all_of(builder.run()), PATIENCE)


async def test_leaving_the_loop_early_cancels_the_build() -> None:
    build = FakeBuild()
    async with aclosing(an_admin_desk(build=build).reindex(ADMIN)) as steps:
        await anext(steps)
    assert build.closed.is_set()


async def test_closing_the_office_calls_off_the_build_and_the_one_who_waits_is_told() -> None:
    build = FakeBuild()
    build.gate.clear()
    admin_desk = an_admin_desk(build=build)
    waiting = asyncio.create_task(all_of(admin_desk.reindex(ADMIN)))
    await happens(build.started)
    closing = asyncio.create_task(admin_desk.close())
    await asyncio.sleep(0)
    build.gate.set()
    await closing
    with pytest.raises(BuildStopped):
        await waiting
    assert build.closed.is_set()


async def test_prepare_builds_the_first_index_only() -> None:
    library = FakeLibrary(failure=NoIndex(DATA))
    admin_desk = an_admin_desk(library)
    assert (await all_of(admin_desk.prepare()))[-1] == REPORT
    assert await all_of(admin_desk.prepare()) == []
    assert library.refreshed == 1


async def test_prepare_mends_a_damaged_index_from_the_articles() -> None:
    library = FakeLibrary(failure=DamagedIndex(DATA, "cut"))
    admin_desk = an_admin_desk(library)
    assert isinstance(await admin_desk.examine(), DamagedIndex)
    assert (await all_of(admin_desk.prepare()))[-1] == REPORT
    assert library.refreshed == 1


async def test_an_administrator_calls_off_the_build_of_another_who_is_told() -> None:
    build = FakeBuild()
    build.gate.clear()
    admin_desk = an_admin_desk(build=build, rights=Rights(frozenset({1, 3})))
    waiting = asyncio.create_task(all_of(admin_desk.reindex(ADMIN)))
    await happens(build.started)
    cancelling = asyncio.create_task(admin_desk.cancel(Visitor(3, 3)))
    await asyncio.sleep(0)
    build.gate.set()
    assert await cancelling is True
    with pytest.raises(BuildStopped):
        await waiting
    assert await admin_desk.cancel(ADMIN) is False


async def test_a_build_that_ends_by_itself_was_not_called_off() -> None:
    build = FakeBuild(steps=STEPS[:1])
    builder = Builder(build, DATA)
    async with aclosing(builder.run()) as steps:
        await anext(steps)
        await happens(build.closed)
        assert await builder.stop() is False


async def test_rollback_answers_from_what_is_live_then() -> None:
    library = FakeLibrary()
    done: list[str] = []
    admin_desk = an_admin_desk(library, rollback=lambda: done.append("back") or "g0")  # type: ignore[func-returns-value]
    assert await admin_desk.rollback(ADMIN) == library.status()
    assert done == ["back"]
    assert library.refreshed == 1


@pytest.mark.parametrize("method", ["cancel", "rollback", "status"])
async def test_a_stranger_may_not_do_what_administrators_do(method: str) -> None:
    admin_desk = an_admin_desk(rollback=lambda: pytest.fail("a stranger rolled back"))
    with pytest.raises(AdminsOnly):
        await getattr(admin_desk, method)(STRANGER)


async def test_where_there_is_no_earlier_generation_what_is_live_stays_live() -> None:
    def rollback() -> str:
        raise NoEarlierGeneration(DATA)

    library = FakeLibrary()
    with pytest.raises(NoEarlierGeneration):
        await an_admin_desk(library, rollback=rollback).rollback(ADMIN)
    assert library.refreshed == 0


async def test_the_status_names_skipped_files_and_background_tasks_that_failed() -> None:
    skipped = (SkippedFile("坏.pdf", SkipReason.BROKEN, "It is damaged."),)
    admin_desk = an_admin_desk(build=FakeBuild(report=replace(REPORT, skipped=skipped)))
    before = admin_texts.bot_status(ZH, await admin_desk.status(ADMIN))
    assert await all_of(admin_desk.for_another_loop().reindex(ADMIN))
    admin_desk.health.note_failure(BackgroundTask.WATCHING)
    status = admin_texts.bot_status(ZH, await admin_desk.status(ADMIN))
    assert "坏.pdf" in status
    assert ZH.say(SkipReason.BROKEN) in status
    assert ZH.say(BackgroundTask.WATCHING) in status
    assert "坏.pdf" not in before
    assert ZH.say(BackgroundTask.WATCHING) not in before


async def test_the_log_tells_in_a_line_who_did_what_and_how_long_it_took(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    admin_desk = an_admin_desk()
    assert await all_of(admin_desk.reindex(ADMIN))
    await admin_desk.rollback(ADMIN)
    assert await admin_desk.add_word(ADMIN, "创城办") is None
    assert [record.getMessage() for record in caplog.records] == [
        "Built for user 1: generation g2, 1 added, 1 changed, 1 removed, 1 unchanged, 0 skipped, "
        "in 1.2 s.",
        "User 1 went back to generation g0.",
        "User 1 added a word to the user dictionary.",
    ]
