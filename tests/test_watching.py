"""The index follows the folder of articles as it changes."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from running_bot import PATIENCE
from small_libraries import ROOT, plain_environment
from watchfiles import Change

from bot.watching import Articles, watch
from index import IndexSettings, open_library


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
