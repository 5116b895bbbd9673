"""A network that swallows packets loses nothing: what was asked is answered once it is back."""

import asyncio
import itertools
import os
import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from bot_api_emulator.clock import RealClock
from bot_api_emulator.server import TelegramServer, User
from bot_program import end, running_program
from desk_fakes import SENTENCE, FakeLibrary
from running_bot import ARTICLE, PATIENCE, parts_for, running
from set_clock import SetClock
from small_libraries import finish, settings_in
from swallowing_proxy import SwallowingProxy, swallowing_proxy
from telegram.error import NetworkError, TimedOut

from bot.composition import Parts
from bot.telegram import app
from bot.telegram.delivery import receiving
from bot.telegram.delivery.polls import Polls
from bot.telegram.delivery.retrying import PAUSES, RetryingLimiter
from bot.telegram.handlers.context import Services
from index import Turn, build

SILENCE = float(os.environ.get("TEST_SILENCE", "20"))
"""Seconds for which the network of the whole program swallows; `TEST_SILENCE=600` shows more."""
LATEST_ANSWER = 90.0
"""Seconds after the network is back within which all is answered."""


def port_of(server: TelegramServer) -> int:
    return int(server.url.rpartition(":")[2])


class LosingLibrary(FakeLibrary):
    """Answers, but loses the network before the answer can be sent."""

    def __init__(self, proxy: SwallowingProxy) -> None:
        super().__init__()
        self.proxy = proxy

    def follow(self, turns: Sequence[Turn], text: str, limit: int = 5) -> Turn:
        self.proxy.swallows = True
        return super().follow(turns, text, limit)


async def test_an_answer_waits_for_a_network_that_swallows_packets_for_ten_minutes(
    server: TelegramServer, stranger: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    polls, clock = Polls(), SetClock(0.0)
    made = Parts.services

    def services(parts: Parts, edit_seconds: float) -> Services:
        return replace(made(parts, edit_seconds), polls=polls)

    monkeypatch.setattr(Parts, "services", services)
    monkeypatch.setattr(app, "ANSWER_SECONDS", 0.2)
    monkeypatch.setattr(receiving, "POLL", timedelta(seconds=0))
    async with swallowing_proxy(port_of(server)) as proxy:

        async def sleep(seconds: float) -> None:
            # Between two attempts of a message, a poll has noticed that nothing comes through.
            async with asyncio.timeout(PATIENCE):
                while proxy.swallows and not polls.are_lost:  # noqa: ASYNC110 - nobody tells
                    await asyncio.sleep(0.01)
            clock.now += seconds
            proxy.swallows = proxy.swallows and clock.now < 600
            await asyncio.sleep(0.001)

        limiter = RetryingLimiter(
            chat_seconds=0,
            all_per_second=0,
            clock=clock,
            sleep=sleep,
            is_lost=lambda: polls.are_lost,
        )
        parts = parts_for(server, LosingLibrary(proxy), api_url=f"http://127.0.0.1:{proxy.port}")
        async with running(parts, server, limiter=limiter):
            question = await stranger.send("投资")
            answer = await server.answer_to(question)
    assert SENTENCE in answer["text"]
    assert clock.now >= 600
    assert len(server.messages(server.private_chat(stranger))) == 1
    assert parts.inbox.pending() == []


@pytest.mark.parametrize(
    ("endpoint", "attempts"), [("sendMessage", 11), ("editMessageText", len(PAUSES))]
)
async def test_only_messages_wait_for_the_network(endpoint: str, attempts: int) -> None:
    calls = 0

    async def call() -> bool:
        nonlocal calls
        calls += 1
        if calls > attempts:
            return True
        raise TimedOut

    async def sleep(_: float) -> None:
        """Takes no time."""

    lost = itertools.cycle((True, False))  # it is back at the second look
    limiter = RetryingLimiter(sleep=sleep, is_lost=lambda: next(lost))
    assert await limiter.process_request(call, (), {}, endpoint, {}, None)
    assert calls == attempts + 1


async def test_a_network_is_lost_from_a_poll_that_fails_to_one_that_is_answered() -> None:
    polls = Polls()
    assert not polls.are_lost
    with pytest.raises(NetworkError), polls.waiting():
        raise TimedOut
    assert polls.are_lost
    with polls.waiting():
        assert polls.are_lost
    polls.answered()
    assert not polls.are_lost


@pytest.mark.slow
async def test_the_program_answers_soon_after_a_network_that_swallowed_packets(
    tmp_path: Path,
) -> None:
    (tmp_path / "seeds").mkdir()
    shutil.copy(ARTICLE, tmp_path / "seeds")
    finish(build(settings_in(tmp_path)))
    async with (
        TelegramServer(clock=RealClock()) as server,
        swallowing_proxy(port_of(server)) as proxy,
    ):
        people = [server.user(100 + number, f"读者{number}") for number in range(20)]
        async with running_program(
            server, tmp_path, BOT_API_URL=f"http://127.0.0.1:{proxy.port}"
        ) as bot:
            questions = [await person.send("城西区投资了多少") for person in people[:10]]
            # Some are being answered, and the others have arrived or will not for a while.
            await server.answer_to(questions[0])
            proxy.swallows = True
            questions += [await person.send("城西区投资了多少") for person in people]
            await asyncio.sleep(SILENCE)
            proxy.swallows = False
            await server.wait_until(lambda: all(map(server.answers_to, questions)), LATEST_ANSWER)
            await end(bot)
        assert all("2000万元" in server.answers_to(asked)[0]["text"] for asked in questions)
