"""Polling that hangs begins anew; a token that is revoked ends the bot."""

import asyncio
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from bot_api_emulator.contract import ApiError
from bot_api_emulator.server import Fault, TelegramServer, User
from desk_fakes import SENTENCE
from processes import plain_environment
from running_bot import PATIENCE, ZH, answered, pace, parts_for, running
from set_clock import SetClock
from telegram.error import InvalidToken

from bot.admin.health import BackgroundTask
from bot.composition import Parts
from bot.settings import UNUSABLE_SETTING
from bot.telegram import app
from bot.telegram.delivery import receiving
from bot.telegram.delivery.polls import Polls
from bot.telegram.delivery.receiving import LONGEST_SILENCE
from bot.telegram.handlers.context import Services
from bot.texts.keys import Key


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SetClock:
    """The clock of the polls of any bot, at which the bot looks all the time."""
    clock = SetClock()
    made = Parts.services

    def services(parts: Parts, edit_seconds: float) -> Services:
        return replace(made(parts, edit_seconds), polls=Polls(clock))

    monkeypatch.setattr(Parts, "services", services)
    monkeypatch.setattr(receiving, "CHECK_SECONDS", 0.001)
    return clock


@pytest.mark.parametrize("drop_pending", [False, True])
async def test_polling_that_hangs_begins_anew_and_loses_nothing(
    server: TelegramServer, stranger: User, clock: SetClock, drop_pending: bool
) -> None:
    parts = parts_for(server, drop_pending=drop_pending)
    async with running(parts, server):
        await server.wait_for_poll()
        server.fail_next("getUpdates", Fault("timeout"))
        assert SENTENCE in await answered(stranger, "投资")
        await server.wait_until(lambda: server.calls_of("getUpdates")[-1].failed)
        question = await stranger.send("投资")
        clock.now += LONGEST_SILENCE + 1
        await server.dealt_with(question)
    [answer] = server.answers_to(question)
    assert SENTENCE in answer["text"]
    # Each beginning asks for no webhook first.
    assert len(server.calls_of("deleteWebhook")) == 2
    [failures] = parts.admin_desk.health.failures
    assert (failures.task, failures.count) == (BackgroundTask.RECEIVING, 1)


REFUSALS = [ApiError("Unauthorized", 401), ApiError("Not Found", 404)]
"""What Telegram answers where it does not accept a token."""


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("refusal", REFUSALS, ids=str)
async def test_a_bot_whose_token_is_revoked_ends(server: TelegramServer, refusal: ApiError) -> None:
    parts = parts_for(server)
    telegram = app.application(parts.settings, parts.services(0), parts.inbox, pace(server))
    serving = asyncio.create_task(app.serve(telegram, parts.settings, asyncio.Event()))
    await server.wait_for_poll()
    server.fail_next("getUpdates", refusal)
    await server.queue_update("message", {})
    # A timeout that cancels it would end it as well.
    await asyncio.wait({serving}, timeout=PATIENCE)
    assert serving.done()
    with pytest.raises(InvalidToken):
        await serving


@pytest.mark.parametrize("refusal", REFUSALS, ids=str)
async def test_a_revoked_token_is_reported_once_and_ends_the_program_for_good(
    server: TelegramServer, stranger: User, tmp_path: Path, refusal: ApiError
) -> None:
    settings = {"BOT_TOKEN": server.token, "BOT_API_URL": server.url, "BOT_LOCALE": "zh"}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot"),
        cwd=tmp_path,
        env=plain_environment() | settings,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        await server.wait_until(lambda: server.calls_of("setMyCommands"), PATIENCE)
        await server.wait_for_poll()
        for _ in range(100):
            server.fail_next("getUpdates", refusal)
        polls = len(server.calls_of("getUpdates"))
        await stranger.send("投资")
        async with asyncio.timeout(PATIENCE):
            _, written = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    log = written.decode()
    assert process.returncode == UNUSABLE_SETTING
    assert log.count(ZH.say(Key.LAUNCH_WRONG_TOKEN)) == 1
    assert "Invalid" not in log
    assert "Traceback" not in log
    assert server.token not in log
    assert len(server.calls_of("getUpdates")) - polls < 5


def test_only_an_open_poll_is_waited_for_and_only_since_polling_began() -> None:
    clock = SetClock()
    polls = Polls(clock)
    clock.now += 100
    assert (polls.age(), polls.silence()) == (100, 0)
    polls.begin()
    clock.now += 5
    with polls.waiting():
        assert (polls.age(), polls.silence()) == (105, 5)
        polls.answered()
        clock.now += 3
        assert (polls.age(), polls.silence()) == (3, 3)
    assert polls.silence() == 0
