"""The index follows the folder of articles as it changes."""

import asyncio
import itertools
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from bot_api_emulator.server import TelegramServer, User
from desk_fakes import FakeBuild
from running_bot import PATIENCE, ZH, parts_for
from small_libraries import ROOT, plain_environment
from watchfiles import Change, awatch
from watchfiles.main import FileChange

from bot.admin import folder_watch
from bot.admin.folder_watch import Articles, OwnChanges, watch
from bot.state.database import Database
from bot.telegram import app
from bot.telegram.handlers import admin_notices
from bot.texts.keys import Key
from index import BuildError, IndexSettings, SkipReason, open_library


async def until(holds: Callable[[], bool], seconds: float = PATIENCE) -> None:
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110 - files change without an event
            await asyncio.sleep(0.05)


TOLD = "told"


async def test_whatever_changes_in_the_folder_is_told_and_at_first_what_may_have(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each change that is seen is told after it has been seen."""
    events: list[str] = []

    async def noting(*folders: Path, **known: Any) -> AsyncIterator[set[FileChange]]:
        async for changes in awatch(*folders, **known):
            events.extend(f"{change.name} {Path(path).name}" for change, path in changes)
            yield changes

    def is_told(change: str) -> bool:
        return change in events and TOLD in events[events.index(change) :]

    monkeypatch.setattr("bot.admin.folder_watch.awatch", noting)
    (tmp_path / "deep").mkdir()
    watching = asyncio.create_task(watch(tmp_path, lambda: events.append(TOLD)))
    await until(lambda: events == [TOLD])
    # It tells nobody when it has begun to watch: from the first of these on that it sees.
    async with asyncio.timeout(PATIENCE):
        for number in itertools.count():
            (tmp_path / f"first-{number}.txt").write_text("a", "utf-8")
            if len(events) > 1:
                break
            await asyncio.sleep(0.05)
    (tmp_path / "a.txt").write_text("a", "utf-8")
    await until(lambda: is_told("added a.txt"))
    (tmp_path / "deep" / "b.txt").write_text("b", "utf-8")
    await until(lambda: is_told("added b.txt"))
    (tmp_path / "a.txt").unlink()
    await until(lambda: is_told("deleted a.txt"))
    watching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await watching


def test_hidden_and_temporary_files_are_not_told(tmp_path: Path) -> None:
    articles = Articles(tmp_path)
    for name in (".a.tmp", "x/.hidden/a.txt", "~$a.docx", "a.txt.part", "a.txt~", ".git/x"):
        assert not articles(Change.added, str(tmp_path / name)), name
    for name in ("a.txt", "x/y/a.pdf", "a.pdf.yaml"):
        assert articles(Change.modified, str(tmp_path / name)), name


def test_a_file_is_the_bots_own_change_as_long_as_it_is_as_the_bot_left_it(tmp_path: Path) -> None:
    article, sidecar, other = (tmp_path / name for name in ("a.md", "a.md.yaml", "b.md"))
    for path in (article, sidecar, other):
        path.write_text("投资", "utf-8")
    own_changes = OwnChanges(tmp_path)
    changes = {(Change.added, str(article)), (Change.added, str(sidecar))}
    assert not own_changes.cover(changes)
    own_changes.add(["a.md"])
    assert own_changes.cover(changes)
    assert not own_changes.cover({*changes, (Change.added, str(other))})
    article.write_text("投资多少", "utf-8")
    assert not own_changes.cover(changes)
    article.unlink()
    assert not own_changes.cover({(Change.deleted, str(article))})
    own_changes.add(["a.md"])
    assert own_changes.cover({(Change.deleted, str(article))})


async def test_the_watcher_asks_for_no_build_of_what_the_bot_itself_has_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, other = tmp_path / "own.md", tmp_path / "other.md"
    events: list[str] = []

    async def scripted(*_: Path, **__: Any) -> AsyncIterator[set[FileChange]]:
        for path in (own, other):
            events.append(path.name)
            yield {(Change.added, str(path))}
        events.append("end")
        await asyncio.Event().wait()

    monkeypatch.setattr("bot.admin.folder_watch.awatch", scripted)
    own.write_text("投资", "utf-8")
    own_changes = OwnChanges(tmp_path)
    own_changes.add([own.name])
    watching = asyncio.create_task(watch(tmp_path, lambda: events.append(TOLD), own_changes))
    await until(lambda: "end" in events)
    assert events == [TOLD, "own.md", "other.md", TOLD, "end"]
    watching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await watching


@pytest.mark.parametrize("change", ["swapped", "link turned", "gone and back"])
async def test_another_folder_in_the_place_of_the_watched_one_is_looked_at_and_watched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    monkeypatch.setattr("bot.admin.folder_watch.AGAIN_SECONDS", 0.05)
    places: list[object] = []
    place_of = folder_watch._place

    def place(seeds: Path) -> object:
        places.append(place_of(seeds))
        return places[-1]

    monkeypatch.setattr("bot.admin.folder_watch._place", place)
    first, second, seeds = (tmp_path / name for name in ("first", "second", "seeds"))
    first.mkdir()
    second.mkdir()
    if change == "link turned":
        seeds.symlink_to(first)
    else:
        first.rename(seeds)
    seen = 0

    def look() -> None:
        nonlocal seen
        seen += 1

    async def is_watched() -> None:
        """Waits until a new file is seen."""
        before = seen
        for number in itertools.count():
            (seeds / f"{before}-{number}.txt").write_text("a", "utf-8")
            with suppress(TimeoutError):
                await until(lambda: seen > before, 1)
            if seen > before:
                return

    watching = asyncio.create_task(watch(seeds, look))
    async with asyncio.timeout(PATIENCE):
        await until(lambda: seen == 1)
        await is_watched()
        before = seen
        if change == "link turned":
            (tmp_path / "new").symlink_to(second)
            (tmp_path / "new").rename(seeds)
        else:
            seeds.rename(tmp_path / "away")
            if change == "gone and back":
                await until(lambda: None in places)  # that it is gone
                before = seen
                second = tmp_path / "away"
            second.rename(seeds)
        await until(lambda: seen > before)  # with no change in the folder itself
        await is_watched()
    watching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await watching


def test_what_lies_behind_a_link_to_a_folder_is_not_read_and_not_told(tmp_path: Path) -> None:
    seeds = tmp_path / "seeds"
    (seeds / "deep").mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    (seeds / "link").symlink_to(tmp_path / "elsewhere")
    articles = Articles(seeds)
    assert not articles(Change.added, str(seeds / "link" / "a.txt"))
    assert articles(Change.added, str(seeds / "deep" / "a.txt"))
    assert articles(Change.added, str(seeds / "link"))


class Watched:
    """The command `watch` in a process of its own.

    Attributes:
        lines: what it has said so far.
    """

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.lines: list[str] = []
        self._process = process

    async def says(self, part: str) -> None:
        """Waits until it has said one line more that holds this."""
        assert self._process.stdout
        async with asyncio.timeout(PATIENCE):
            while line := await self._process.stdout.readline():
                self.lines.append(line.decode().rstrip())
                if part in self.lines[-1]:
                    return
        pytest.fail(f"it has ended without {part!r}: {self.lines}")

    async def stop(self) -> None:
        """Ends it as a service manager does; it leaves without an error."""
        self._process.send_signal(signal.SIGTERM)
        out, err = await asyncio.wait_for(self._process.communicate(), PATIENCE)
        self.lines += out.decode().splitlines()
        assert (self._process.returncode, err.decode()) == (0, "")


@asynccontextmanager
async def watched(folder: Path) -> AsyncIterator[Watched]:
    """Yields the command `watch` for the articles of a folder; kills it if it still runs."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "watch"),
        cwd=folder,
        env={**plain_environment(), "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        yield Watched(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


UPDATED = "索引已更新"


async def test_the_command_watch_keeps_the_index_up_to_date_until_it_is_stopped(
    tmp_path: Path,
) -> None:
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    (seeds / "a.txt").write_text("人民公园的荷花六月开放。", "utf-8")
    library = open_library(IndexSettings(seeds=seeds, data=tmp_path / "data"))
    async with watched(tmp_path) as command:
        await command.says(UPDATED)
        assert library.article_ids() == ["a.txt"]
        (seeds / "b.txt").write_text("城东图书馆每周一闭馆。", "utf-8")
        await command.says(UPDATED)
        assert library.article_ids() == ["a.txt", "b.txt"]
        await command.stop()
    assert "\n".join(command.lines).count(UPDATED) == 2


async def test_a_name_that_is_not_utf_8_does_not_end_the_watch(tmp_path: Path) -> None:
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    (seeds / "a.txt").write_text("人民公园的荷花六月开放。", "utf-8")
    library = open_library(IndexSettings(seeds=seeds, data=tmp_path / "data"))
    async with watched(tmp_path) as command:
        await command.says(UPDATED)
        gbk = os.fsdecode(os.fsencode(seeds) + b"/" + "中.txt".encode("gbk"))
        await asyncio.to_thread(Path(gbk).write_text, "城东图书馆每周一闭馆。", "utf-8")
        await command.says(UPDATED)
        (seeds / "c.txt").write_text("石桥长八十米。", "utf-8")
        await command.says(UPDATED)
    assert library.article_ids() == [r"\xd6\xd0.txt", "a.txt", "c.txt"]


async def test_the_command_watch_names_a_skipped_file_once_and_again_when_it_is_mended(
    tmp_path: Path,
) -> None:
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    (seeds / "a.txt").write_text("人民公园的荷花六月开放。", "utf-8")
    (seeds / "坏.pdf").write_bytes(b"%PDF-1.7 no more than this")
    broken = ZH.say(Key.BUILD_LEFT_OUT, path="坏.pdf", reason=ZH.skip(SkipReason.BROKEN))
    again = ZH.say(Key.BUILD_TAKEN_AGAIN, path="坏.pdf")
    async with watched(tmp_path) as command:
        await command.says(broken)
        for name in ("b.txt", "c.txt"):
            (seeds / name).write_text(f"城东图书馆每周一闭馆，{name}。", "utf-8")
            await command.says(UPDATED)
        (seeds / "坏.pdf").unlink()
        (seeds / "d.txt").write_text("石桥长八十米。", "utf-8")
        await command.says(again)
        await command.stop()
    assert [line for line in command.lines if "坏.pdf" in line] == [broken, again]


async def test_a_state_that_cannot_be_read_while_a_build_fails_is_survived(
    server: TelegramServer,
) -> None:
    """Nobody can be told then; it is told once the state can be read."""
    database = Database()
    parts = parts_for(
        server, fake_build=FakeBuild(failure=BuildError("disk full")), database=database
    )
    services = parts.services(0.0)
    database.close()
    telegram = app.application(parts.settings, services, parts.inbox)
    build = admin_notices.build_unattended(telegram.bot, services, parts.admin_desk.request_build())
    await asyncio.wait_for(build, PATIENCE)
    assert server.calls_of("sendMessage") == []


async def test_the_bot_tells_its_administrators_of_a_skipped_file_once(
    tmp_path: Path, server: TelegramServer, admin: User
) -> None:
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    (seeds / "a.txt").write_text("人民公园的荷花六月开放。", "utf-8")
    environment = {
        "BOT_TOKEN": server.token,
        "BOT_API_URL": server.url,
        "BOT_ADMINS": str(admin.id),
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot"),
        cwd=tmp_path,
        env={**plain_environment(), "PYTHONPATH": str(ROOT), **environment},
        stderr=subprocess.PIPE,
    )
    chat = server.private_chat(admin)
    library = open_library(IndexSettings(seeds=seeds, data=tmp_path / "data"))

    def heard() -> list[str]:
        return [message["text"] for message in server.messages(chat) if ".pdf" in message["text"]]

    try:
        await server.wait_until(lambda: server.calls_of("setMyCommands"), PATIENCE)
        await server.answer_to(await admin.send("荷花几月开放"), timeout=PATIENCE)
        (seeds / "坏.pdf").write_bytes(b"%PDF-1.7 no more than this")
        await until(lambda: len(heard()) == 1)
        for name in ("b.txt", "c.txt"):
            (seeds / name).write_text(f"城东图书馆每周一闭馆，{name}。", "utf-8")
            await until(lambda name=name: name in library.article_ids())  # type: ignore[misc]
        (seeds / "又坏.pdf").write_bytes(b"%PDF-1.7 and no more than this")
        await until(lambda: len(heard()) == 2)
    finally:
        process.send_signal(signal.SIGTERM)
    _, log = await asyncio.wait_for(process.communicate(), PATIENCE)
    first, second = heard()
    assert ZH.skip(SkipReason.BROKEN) in first
    assert "又坏.pdf" in second
    assert "· 坏.pdf" not in second
    assert process.returncode == 0
    assert "Traceback" not in log.decode()
    assert server.violations == []
