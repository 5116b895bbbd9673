"""How long people in chats wait for answers while the built-in page is attacked.

`PYTHONPATH=.:tests:tests/support .venv/bin/python benchmarks/page_attack.py`
runs the bot against the emulated Bot API and asks it at a steady rate, first idle, then under each
attack on its page: views with places that are made up, connections that say nothing, and many
requests at once for the largest article. It prints the waiting times in milliseconds. Attackers
have many addresses, as limits of one visitor would stop them soon.
"""

import argparse
import asyncio
import itertools
import shutil
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from bot_api_emulator.clock import RealClock
from bot_api_emulator.server import TelegramServer
from processes import plain_environment

from bot.state.database import STATE, Database
from bot.web.signed_links import Grants, kept_key
from bot.web.urls import Addresses
from index import IndexSettings, build

SEEDS = Path(__file__).parents[1] / "seeds"
QUESTION = "城西区投资了多少"
PEOPLE, PER_SECOND = 60, 8
LARGEST, SEARCHED = "largest.txt", "searched.txt"
SILENT, AT_ONCE, FORGING = 500, 20, 8
ADDRESSES = 200
FORGED = "0-50-0-50-" + "0" * 24
"""The digest of no text: all the article is searched for it."""

Attack = Callable[[int, str], Coroutine[Any, Any, None]]


def write_articles(folder: Path) -> None:
    """Writes the articles of the project, one as large as may be, and one that takes longest to
    search."""
    shutil.copytree(SEEDS, folder)
    lines = (f"第{number:06}行路灯已经换好。\n" for number in range(299_000))
    (folder / LARGEST).write_text("".join(lines), "utf-8")
    (folder / SEARCHED).write_text("这一句话有九个字。\n" * 49_000, "utf-8")


async def get(port: int, path: str, host: str) -> None:
    """Visits the page from an address of this machine."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(host, 0))
        writer.write(f"GET /{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        while await reader.read(1 << 20):
            pass
        writer.close()
    except OSError:
        await asyncio.sleep(0.01)


async def visit_for_ever(port: int, path: str, at_once: int) -> None:
    """Keeps so many visits under way, each from the next address."""
    hosts = itertools.cycle(f"127.0.1.{number}" for number in range(1, ADDRESSES + 1))

    async def visit() -> None:
        while True:
            await get(port, path, next(hosts))

    await asyncio.gather(*(visit() for _ in range(at_once)))


async def forge(port: int, path: str) -> None:
    """Asks for places that are made up."""
    await visit_for_ever(port, path.replace("id=", f"at={FORGED}&id=", 1), FORGING)


async def be_silent(port: int, _: str) -> None:
    """Keeps connections open that say nothing; one that is ended is opened again."""
    loop = asyncio.get_running_loop()

    async def hold(host: str) -> None:
        while True:
            with socket.socket() as connection:
                connection.setblocking(False)
                try:
                    connection.bind((host, 0))
                    await loop.sock_connect(connection, ("127.0.0.1", port))
                    await loop.sock_recv(connection, 1)
                except OSError:
                    pass
            await asyncio.sleep(2)

    hosts = (f"127.0.2.{number % ADDRESSES + 1}" for number in range(SILENT))
    await asyncio.gather(*map(hold, hosts))


async def demand(port: int, path: str) -> None:
    """Asks for the largest article many times at once."""
    await visit_for_ever(port, path, AT_ONCE)


ATTACKS: dict[str, tuple[Attack, str]] = {
    "forged places": (forge, SEARCHED),
    "silent connections": (be_silent, LARGEST),
    "largest article": (demand, LARGEST),
}


@asynccontextmanager
async def attacking(name: str, port: int, path: str) -> AsyncIterator[None]:
    """Attacks the page from a process of its own until the end of the block."""
    attack = await asyncio.create_subprocess_exec(
        *(sys.executable, __file__, "--attack", name, str(port), path)
    )
    try:
        yield
    finally:
        attack.kill()
        await attack.wait()


@asynccontextmanager
async def running(server: TelegramServer, folder: Path, port: int) -> AsyncIterator[None]:
    """Runs the bot with its page until the end of the block."""
    settings = {
        "BOT_TOKEN": server.token,
        "BOT_API_URL": server.url,
        "BOT_WEB_LISTEN": f"127.0.0.1:{port}",
        "BOT_WEB_URL": f"http://127.0.0.1:{port}",
    }
    with (folder / "log").open("wb") as log:
        bot = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot"),
            cwd=folder,
            env=plain_environment() | settings,
            stderr=log,
        )
        try:
            await server.wait_until(lambda: server.calls_of("setMyCommands"))
            yield
        finally:
            bot.terminate()
            await bot.wait()


async def waiting_times(server: TelegramServer, seconds: float) -> list[float]:
    """Returns how many milliseconds each answer took, asked for at a steady rate."""
    people = itertools.cycle(server.user(100 + number, "读者") for number in range(PEOPLE))

    async def ask() -> float:
        begun = time.perf_counter()
        await server.answer_to(await next(people).send(QUESTION), timeout=600)
        return (time.perf_counter() - begun) * 1e3

    asking = []
    for _ in range(int(seconds * PER_SECOND)):
        asking.append(asyncio.create_task(ask()))
        await asyncio.sleep(1 / PER_SECOND)
    return sorted(await asyncio.gather(*asking))


async def measure(seconds: float) -> None:
    """Prints the waiting times of each phase."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        write_articles(folder / "seeds")
        settings = IndexSettings(seeds=folder / "seeds", data=folder / "data")
        for _ in build(settings):
            pass
        addresses = Addresses("", Grants(kept_key(Database(settings.data / STATE))))
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        async with TelegramServer(clock=RealClock()) as server, running(server, folder, port):
            await waiting_times(server, seconds=2)  # the first ones wait for what is loaded
            idle = _report("idle", await waiting_times(server, seconds))
            for name, (_, article) in ATTACKS.items():
                async with attacking(name, port, addresses.article(article)):
                    await waiting_times(server, seconds=2)
                    _report(name, await waiting_times(server, seconds), idle)


def _report(name: str, times: list[float], idle: float | None = None) -> float:
    """Prints the waiting times of a phase; returns the 99th percentile."""
    *_, p99 = statistics.quantiles(times, n=100)
    ratio = f"  {p99 / idle:5.1f} x idle" if idle else ""
    print(f"{name:20} p50 {statistics.median(times):6.0f}  p99 {p99:6.0f}{ratio}", flush=True)
    return p99


def main() -> None:
    """Measures, or attacks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=40, help="length of each phase")
    parser.add_argument("--attack", nargs=3, metavar=("NAME", "PORT", "PATH"))
    parsed = parser.parse_args()
    if parsed.attack:
        name, port, path = parsed.attack
        asyncio.run(ATTACKS[name][0](int(port), path))
    else:
        asyncio.run(measure(parsed.seconds))


if __name__ == "__main__":
    main()
