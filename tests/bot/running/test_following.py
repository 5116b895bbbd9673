"""What is said of builds that follow the folder of articles."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from desk_fakes import REPORT, FakeBuild, an_admin_desk
from running_bot import PATIENCE, ZH

from bot.admin.skips import Skips
from bot.running.following import Following, Teller


async def test_a_build_that_several_changes_waited_for_is_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[str] = []
    is_told, stop = asyncio.Event(), asyncio.Event()

    def tell(line: str) -> None:
        lines.append(line)
        is_told.set()

    async def two_changes(_: Path, changed: Callable[[], object]) -> None:
        changed()
        changed()
        await asyncio.Event().wait()

    monkeypatch.setattr("bot.admin.folder_watch.watch", two_changes)
    build = FakeBuild()
    admin_desk = an_admin_desk(build=build, pause=0.0)
    following = Following(tmp_path, admin_desk, ZH, Teller(tell, tell), Skips())
    running = asyncio.create_task(following.until(stop))
    async with asyncio.timeout(PATIENCE):
        await is_told.wait()
        stop.set()
        await running  # whoever waited for a build has heard of its end by then
    assert lines == [ZH.followed(REPORT)]
