"""What watches the bot learns whether it is well, and figures, but nothing that was written."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest
from bot_api_emulator.server import TelegramServer, User
from desk_fakes import FakeBuild, FakeLibrary
from running_bot import PATIENCE, answered, parts_for, running
from set_clock import SetClock
from web_page import client_at

from bot.composition import Parts
from bot.core.desk import AskedQuestion
from bot.running.monitoring import site_of
from bot.telegram.delivery.polls import Polls
from bot.telegram.handlers.context import Services
from bot.visitors import Visitor
from bot.web.monitoring import LONGEST_POLL_AGE
from index import Certainty, IndexSettings, NoIndex, RefusalReason

VISITOR = Visitor(1, 1)


@dataclass(frozen=True)
class Watched:
    """A bot that is watched.

    Attributes:
        parts: of the bot.
        clock: of its polls.
        client: watches it.
    """

    parts: Parts
    clock: SetClock
    client: httpx.AsyncClient

    async def figures(self) -> dict[str, float]:
        """Returns the values of /metrics by their names and labels."""
        lines = (await self.client.get("/metrics")).text.splitlines()
        named = (line.rpartition(" ") for line in lines if not line.startswith("#"))
        return {name: float(value) for name, _, value in named}

    async def health(self) -> tuple[int, object]:
        """Returns the status and the content of /healthz."""
        health = await self.client.get("/healthz")
        return health.status_code, health.json()


@asynccontextmanager
async def watching(parts: Parts) -> AsyncIterator[Watched]:
    """Yields a bot that is watched until the end of the block."""
    clock = SetClock()
    site = site_of(parts, Polls(clock))
    assert site
    site._port = 0
    async with site.serving() as port, client_at(port) as client:
        yield Watched(parts, clock, client)


def watched_parts(
    server: TelegramServer,
    library: FakeLibrary | None = None,
    build: FakeBuild | None = None,
    webhook_url: str = "",
) -> Parts:
    return parts_for(server, library, build, metrics_listen="127.0.0.1:1", webhook_url=webhook_url)


async def test_the_bot_is_well_while_it_answers_and_telegram_does(server: TelegramServer) -> None:
    library = FakeLibrary()
    async with watching(watched_parts(server, library)) as watched:
        watched.clock.now += LONGEST_POLL_AGE
        assert await watched.health() == (200, {"generation": "g1", "poll_age_seconds": 90.0})
        watched.clock.now += 1
        assert await watched.health() == (503, {"generation": "g1", "poll_age_seconds": 91.0})
        watched.clock.now -= 90
        library.failure = NoIndex(Path("data"))
        assert await watched.health() == (503, {"generation": None, "poll_age_seconds": 1.0})


async def test_where_telegram_calls_a_webhook_no_poll_is_missed(server: TelegramServer) -> None:
    hook = "https://bot.example.com/hook"
    async with watching(watched_parts(server, webhook_url=hook)) as watched:
        watched.clock.now += 2 * LONGEST_POLL_AGE
        assert await watched.health() == (200, {"generation": "g1", "poll_age_seconds": None})


async def test_questions_and_replies_are_counted_and_nothing_of_them_is_told(
    server: TelegramServer,
) -> None:
    library = FakeLibrary()
    async with watching(watched_parts(server, library)) as watched:
        desk = watched.parts.desk
        await desk.ask(VISITOR, AskedQuestion("SECRET"))
        await desk.find(VISITOR, "SECRET", 5)
        await desk.answer_once(VISITOR, "SECRET")
        library.certainty = Certainty.POSSIBLE
        await desk.find(VISITOR, "SECRET", 5)
        library.citations = ()
        await desk.ask(VISITOR, AskedQuestion("SECRET"))
        figures = await watched.figures()
        told = (await watched.client.get("/metrics")).text
    reason = RefusalReason.NOTHING_FOUND.value
    assert figures["wenchu_questions_total"] == 5
    assert figures['wenchu_answers_total{kind="quote"}'] == 4
    assert figures['wenchu_answers_total{kind="refusal"}'] == 1
    assert figures[f'wenchu_refusals_total{{reason="{reason}"}}'] == 1
    for certainty, count in (("sure", 3), ("possible", 1), ("none", 1)):
        assert figures[f'wenchu_certainty_total{{certainty="{certainty}"}}'] == count
    assert figures["wenchu_answer_seconds_count"] == 5
    assert figures['wenchu_answer_seconds_bucket{le="+Inf"}'] == 5
    assert "SECRET" not in told


async def test_the_state_of_the_bot_is_measured(server: TelegramServer, tmp_path: Path) -> None:
    build = FakeBuild()
    build.gate.clear()
    parts = watched_parts(server, build=build)
    parts = replace(parts, index_settings=IndexSettings(data=tmp_path))
    for name, size in (("bot.sqlite3", 1_000), ("bot.sqlite3-wal", 500), ("other", 9)):
        (tmp_path / name).write_bytes(b"x" * size)
    parts.inbox.receive(1, "{}")
    parts.inbox.receive(2, "{ }")
    parts.inbox.receive(3, "{  }")
    parts.inbox.done(1)
    parts.inbox.set_aside(3)
    async with watching(parts) as watched:
        watched.clock.now += 3
        idle = await watched.figures()
        waiting = parts.admin_desk.request_build()
        assert await asyncio.to_thread(build.started.wait, PATIENCE)
        busy = await watched.figures()
        build.gate.set()
        assert [step async for step in waiting.steps()]
    assert (idle["wenchu_build_running"], busy["wenchu_build_running"]) == (0, 1)
    assert idle["wenchu_passages"] == 9
    assert idle["wenchu_queue"] == 1
    assert idle["wenchu_poll_age_seconds"] == 3
    assert idle["wenchu_state_bytes"] == 1_500


async def test_a_poll_that_telegram_answers_is_noted(
    server: TelegramServer, stranger: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = SetClock()
    polls = Polls(clock)
    made = Parts.services

    def services(parts: Parts, edit_seconds: float) -> Services:
        return replace(made(parts, edit_seconds), polls=polls)

    monkeypatch.setattr(Parts, "services", services)
    async with running(parts_for(server), server):
        clock.now += 100
        await answered(stranger, "投资")
        assert polls.age() == 0


async def test_nobody_is_watched_unless_the_settings_say_so(server: TelegramServer) -> None:
    assert site_of(parts_for(server), Polls()) is None


async def test_what_is_told_is_kept_by_no_browser_and_nothing_else_is_there(
    server: TelegramServer,
) -> None:
    async with watching(watched_parts(server)) as watched:
        for path in ("/healthz", "/metrics"):
            answer = await watched.client.get(path)
            assert answer.headers["Cache-Control"] == "no-store"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert (await watched.client.get("/")).status_code == 404
