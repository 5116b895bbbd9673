"""Killed at any moment, the bot loses nothing that it was sent, nor what it has said it keeps."""

import asyncio
import os
import random
import sqlite3
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest
from bot_api_emulator.contract import JsonObject
from bot_api_emulator.server import TelegramServer
from bot_program import end, running_program, settings_for
from running_bot import ADMIN_ID
from small_libraries import INVESTED, finish, sum_in, town_of, write_seeds

from bot.state.database import STATE
from index import build, open_library

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows does not fork"),
]

KILLS = int(os.environ.get("TEST_KILLS", "20"))
"""`TEST_KILLS=1000` shows more."""
PEOPLE = 8
PATIENCE = 400.0
LONGEST = 1.5
"""Seconds after which a bot is killed at the latest."""

STARTER = """
import os, signal, sys
from bot.__main__ import main
for _ in sys.stdin:
    child = os.fork()
    if not child:
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os._exit(main([]))
    print(child, flush=True)
    sys.stdin.readline()
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    print("ended", flush=True)
"""
"""Starts a bot at one line and kills it at the next: a process that imports anew takes seconds."""


@asynccontextmanager
async def starter(
    server: TelegramServer, folder: Path
) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", STARTER),
        cwd=folder,
        env=settings_for(server, BOT_QUESTIONS_PER_MINUTE="100000"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        assert process.stdin
        process.stdin.close()
        await asyncio.wait_for(process.wait(), PATIENCE)


async def next_line(process: Process) -> bytes:
    """Has the starter do the next thing; returns what it says of it."""
    assert process.stdin
    assert process.stdout
    process.stdin.write(b"\n")
    line = await asyncio.wait_for(process.stdout.readline(), PATIENCE)
    assert line
    return line


def unanswered(server: TelegramServer, questions: list[JsonObject]) -> list[JsonObject]:
    return [question for question in questions if not server.answers_to(question)]


def count_set_aside(state_file: Path) -> int:
    with closing(sqlite3.connect(state_file)) as state:
        ((count,),) = state.execute("SELECT count(*) FROM inbox WHERE set_aside").fetchall()
    return int(count)


async def test_whenever_the_bot_is_killed_all_is_answered_and_kept(tmp_path: Path) -> None:
    settings = write_seeds(tmp_path, town_of("三百万"))
    state_file = settings.data / STATE
    finish(build(settings))
    source = random.Random(20171127)  # noqa: S311 - the same moments each time
    async with TelegramServer() as server:
        people = [server.private_chat(server.user(100 + each, "读者")) for each in range(PEOPLE)]
        desk = server.private_chat(server.user(ADMIN_ID, "馆长"))
        questions = []
        async with starter(server, tmp_path) as bot:
            for number in range(KILLS):
                calls = len(server.calls_of("getMe"))
                await next_line(bot)
                questions += [
                    await chat.send(f"{INVESTED}{'?' * source.randrange(9)}")
                    for chat in source.sample(people, 2)
                ]
                article = f"第{number}座粮仓\n\n第{number}座粮仓存了{number + 700}吨粮。\n".encode()
                await desk.send_content(server.document(f"粮仓{number}.txt", article))
                if number % 4:  # else it may be killed before it asks for anything
                    await server.wait_until(lambda: len(server.calls_of("getMe")) > calls)  # noqa: B023
                await asyncio.sleep(source.uniform(0, LONGEST))
                await next_line(bot)
        async with running_program(server, tmp_path, BOT_QUESTIONS_PER_MINUTE="100000") as program:
            # What the bot was killed over twice is set aside, and not answered.
            await server.wait_until(
                lambda: len(unanswered(server, questions)) <= count_set_aside(state_file), PATIENCE
            )
            final = await desk.send(INVESTED)
            await server.answer_to(final, timeout=PATIENCE)
            await end(program)
        said = "\n".join(str(message["text"]) for message in server.messages(desk))
    finish(build(settings))
    library = open_library(settings)
    assert "三百万" in sum_in(library)
    assert list(library.faults()) == []
    kept = {path.stem for path in (settings.seeds / "inbox").glob("*.txt")}
    acknowledged = {f"粮仓{number}" for number in range(KILLS) if f"第{number}座粮仓" in said}
    assert acknowledged <= kept
    assert {f"inbox/{name}.txt" for name in kept} <= set(library.article_ids())
    with closing(sqlite3.connect(state_file)) as state:
        assert state.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        pending = "SELECT number FROM inbox WHERE body IS NOT NULL AND NOT set_aside"
        assert state.execute(pending).fetchall() == []
    set_aside = count_set_aside(state_file)
    assert len(kept) - len(unanswered(server, questions)) + set_aside >= KILLS
    strays = [path for path in settings.seeds.rglob(".*") if path.is_file()]
    print(f"{KILLS} kills, {len(kept)} kept, {len(acknowledged)} acknowledged,")
    print(f"{set_aside} set aside, {len(strays)} strays")
