"""The index follows the folder of articles as it changes."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from running_bot import PATIENCE, ZH
from small_libraries import ROOT, plain_environment
from telegram_server import TelegramServer, User
from watchfiles import Change

from bot.keys import Key
from bot.watching import Articles, watch
from index import IndexSettings, SkipReason, open_library


async def until(holds: Callable[[], bool], seconds: float = PATIENCE) -> None:
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110 - files change without an event
            await asyncio.sleep(0.05)


async def test_whatever_changes_in_the_folder_is_told_and_at_first_what_may_have(
    tmp_path: Path,
) -> None:
    told: list[int] = []
    (tmp_path / "deep").mkdir()
    watching = asyncio.create_task(watch(tmp_path, lambda: told.append(1)))
    await until(lambda: len(told) == 1)
    await asyncio.sleep(0.5)
    for change in (
        lambda: (tmp_path / "a.txt").write_text("a", "utf-8"),
        lambda: (tmp_path / "deep" / "b.txt").write_text("b", "utf-8"),
        lambda: (tmp_path / "a.txt").unlink(),
    ):
        before = len(told)
        change()
        await until(lambda before=before: len(told) > before)  # type: ignore[misc]
    watching.cancel()


def test_hidden_and_temporary_files_are_not_told(tmp_path: Path) -> None:
    articles = Articles(tmp_path)
    for name in (".a.tmp", "x/.hidden/a.txt", "~$a.docx", "a.txt.part", "a.txt~", ".git/x"):
        assert not articles(Change.added, str(tmp_path / name)), name
    for name in ("a.txt", "x/y/a.pdf", "a.pdf.yaml"):
        assert articles(Change.modified, str(tmp_path / name)), name


async def test_the_command_watch_keeps_the_index_up_to_date_until_it_is_stopped(
    tmp_path: Path,
) -> None:
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    (seeds / "a.txt").write_text("人民公园的荷花六月开放。", "utf-8")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "watch"),
        cwd=tmp_path,
        env={**plain_environment(), "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    library = open_library(IndexSettings(seeds=seeds, data=tmp_path / "data"))
    current = tmp_path / "data" / "CURRENT"
    try:
        await until(lambda: current.exists())
        assert library.article_ids() == ["a.txt"]
        (seeds / "b.txt").write_text("城东图书馆每周一闭馆。", "utf-8")
        await until(lambda: library.article_ids() == ["a.txt", "b.txt"])
    finally:
        process.send_signal(signal.SIGTERM)
    out, err = await asyncio.wait_for(process.communicate(), PATIENCE)
    assert (process.returncode, err.decode()) == (0, "")
    assert str(out.decode()).count("索引已更新") == 2


async def test_the_command_watch_names_a_skipped_file_once_and_again_when_it_is_mended(
    tmp_path: Path,
) -> None:
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    (seeds / "a.txt").write_text("人民公园的荷花六月开放。", "utf-8")
    (seeds / "坏.pdf").write_bytes(b"%PDF-1.7 no more than this")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "watch"),
        cwd=tmp_path,
        env={**plain_environment(), "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    library = open_library(IndexSettings(seeds=seeds, data=tmp_path / "data"))
    current = tmp_path / "data" / "CURRENT"
    try:
        await until(lambda: current.exists())
        for name in ("b.txt", "c.txt"):
            (seeds / name).write_text(f"城东图书馆每周一闭馆，{name}。", "utf-8")
            await until(lambda name=name: name in library.article_ids())  # type: ignore[misc]
        (seeds / "坏.pdf").unlink()
        (seeds / "d.txt").write_text("石桥长八十米。", "utf-8")
        await until(lambda: "d.txt" in library.article_ids())
    finally:
        process.send_signal(signal.SIGTERM)
    out, err = await asyncio.wait_for(process.communicate(), PATIENCE)
    assert (process.returncode, err.decode()) == (0, "")
    lines = [line for line in out.decode().splitlines() if "坏.pdf" in line]
    broken = ZH.say(Key.BUILD_LEFT_OUT, path="坏.pdf", reason=ZH.skip(SkipReason.BROKEN))
    assert lines == [broken, ZH.say(Key.BUILD_TAKEN_AGAIN, path="坏.pdf")]


async def test_the_bot_tells_its_administrators_of_a_skipped_file_once(
    tmp_path: Path, server: TelegramServer, admin: User
) -> None:
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    (seeds / "a.txt").write_text("人民公园的荷花六月开放。", "utf-8")
    told = {"BOT_TOKEN": server.token, "BOT_API_URL": server.url, "BOT_ADMINS": str(admin.id)}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot"),
        cwd=tmp_path,
        env={**plain_environment(), "PYTHONPATH": str(ROOT), **told},
        stderr=subprocess.PIPE,
    )
    chat = server.private_chat(admin)
    library = open_library(IndexSettings(seeds=seeds, data=tmp_path / "data"))

    def heard() -> list[str]:
        return [one["text"] for one in server.messages(chat) if ".pdf" in one["text"]]

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
