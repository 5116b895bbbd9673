"""The webhook: what Telegram brings is answered, what anybody else brings is not taken."""

import asyncio
import os
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from bot_api_emulator.server import TelegramServer, User
from desk_fakes import SENTENCE, FakeLibrary
from flooded_page import FILES
from pydantic import SecretStr
from running_bot import PATIENCE, ZH, answered, parts_for, running
from socks_proxy import socks_proxy
from telegram.error import NetworkError

from bot.settings import BotSettings
from bot.telegram import app
from bot.telegram.delivery import webhook_connections
from bot.telegram.delivery.receiving import webhook_secret
from bot.texts.keys import Key

URL = "https://bot.example.com/hook"
SUPPORT = Path(__file__).parents[2] / "support"


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number: int = free.getsockname()[1]
    return number


async def test_what_telegram_brings_is_answered(
    server: TelegramServer, stranger: User, port: int
) -> None:
    server.webhook.proxy = f"http://127.0.0.1:{port}"
    parts = parts_for(server, webhook_url=URL, webhook_listen=f"127.0.0.1:{port}")
    async with running(parts, server):
        await server.wait_until(lambda: server.calls_of("setWebhook"))
        assert SENTENCE in await answered(stranger, "投资")
    [call] = server.calls_of("setWebhook")
    assert len(call.parameters["secret_token"]) >= 32
    assert not server.calls_of("getUpdates")
    # What comes before the port is open is brought again.
    assert server.webhook.deliveries[-1].status == 200
    assert server.violations == []


@pytest.mark.parametrize("headers", [{}, {"X-Telegram-Bot-Api-Secret-Token": "guessed"}])
async def test_whoever_does_not_know_the_secret_is_not_heard(
    headers: dict[str, str], server: TelegramServer, stranger: User, port: int
) -> None:
    library = FakeLibrary()
    parts = parts_for(
        server,
        library,
        webhook_url=URL,
        webhook_listen=f"127.0.0.1:{port}",
        webhook_secret=SecretStr("chosen"),
    )
    server.webhook.proxy = f"http://127.0.0.1:{port}"
    async with running(parts, server):
        await answered(stranger, "/help")
        message = {**server.private_chat(stranger).messages[1], "text": "投资"}
        async with httpx.AsyncClient() as client:
            forged = {"update_id": 1, "message": message}
            answer = await client.post(
                f"http://127.0.0.1:{port}/hook", json=forged, headers=headers
            )
    assert answer.status_code == 403
    assert library.asked == []


async def test_whoever_dribbles_at_the_webhook_is_cut_off_and_telegram_is_heard(
    server: TelegramServer, stranger: User, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook_connections, "IDLE_SECONDS", 0.5)
    monkeypatch.setattr(webhook_connections, "BODY_SECONDS", 0.5)
    server.webhook.proxy = f"http://127.0.0.1:{port}"
    parts = parts_for(server, webhook_url=URL, webhook_listen=f"127.0.0.1:{port}")

    async def dribble(first: bytes) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        ended = asyncio.create_task(reader.read())
        with suppress(ConnectionError):
            writer.write(first)
            while not ended.done():
                writer.write(b"a")
                await writer.drain()
                await asyncio.sleep(0.02)
        with suppress(ConnectionError):
            await ended
        writer.close()

    async with running(parts, server), asyncio.timeout(PATIENCE):
        assert SENTENCE in await answered(stranger, "投资")
        head = b"POST /hook HTTP/1.1\r\nHost: x\r\n"
        slow = asyncio.gather(
            dribble(head + b"X-Slow: "),
            dribble(head + b"Content-Type: application/json\r\nContent-Length: 100000\r\n\r\n"),
            dribble(head + b"Content-Length: 90000000\r\n\r\n"),
        )
        assert SENTENCE in await answered(stranger, "投资")
        await slow
        assert SENTENCE in await answered(stranger, "投资")


@pytest.mark.parametrize("count", [250, 1_100])
def test_a_flood_of_connections_to_the_webhook_keeps_nobody_from_an_answer(count: int) -> None:
    """In a process of its own, whose limits a test may lower."""
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, SUPPORT / "flooded_webhook.py", str(count)],
        capture_output=True,
        text=True,
        timeout=3 * PATIENCE,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    *answers, files = done.stdout.splitlines() or [""]
    assert [SENTENCE in answer for answer in answers] == [True] * 3, done.stderr[-2_000:]
    assert 0 < int(files) <= FILES // 2
    assert "Too many open files" not in done.stderr
    assert len(done.stderr) < 100_000


def test_a_secret_is_made_from_the_token_and_does_not_tell_it() -> None:
    first, second = (BotSettings(token=SecretStr(f"1:{name}")) for name in ("a", "b"))
    assert webhook_secret(first) == webhook_secret(first) != webhook_secret(second)
    assert "1:a" not in webhook_secret(first)


async def test_what_was_written_while_the_bot_was_away_is_left_out_if_that_is_wanted(
    server: TelegramServer, stranger: User
) -> None:
    library = FakeLibrary()
    await stranger.send("投资")
    async with running(parts_for(server, library, drop_pending=True), server):
        await server.wait_until(lambda: server.calls_of("deleteWebhook"))
        await answered(stranger, "/help")
    assert library.asked == []


async def test_telegram_is_reached_through_the_proxy_that_is_set(server: TelegramServer) -> None:
    """One that nobody runs shows that it is used."""
    parts = parts_for(server, proxy="http://127.0.0.1:9")
    services = parts.services(1.0)
    telegram = app.application(parts.settings, services, parts.inbox)
    with pytest.raises(NetworkError, match="ConnectError"):
        await app.serve(telegram, parts.settings, asyncio.Event())
    assert not server.calls


async def test_who_asks_too_fast_is_told_so_and_served_again_later(
    server: TelegramServer, stranger: User, admin: User
) -> None:
    library = FakeLibrary()
    async with running(parts_for(server, library, questions_per_minute=2), server):
        for text in ("一", "二"):
            assert SENTENCE in await answered(stranger, text)
        assert await answered(stranger, "三") == ZH.say(Key.ERROR_TOO_MANY)
        assert SENTENCE in await answered(admin, "四")
    assert library.asked == ["一", "二", "四"]


@pytest.mark.parametrize("wanted", [True, False])
async def test_questions_stand_in_the_log_only_if_that_is_wanted(
    wanted: bool, server: TelegramServer, stranger: User, log: list[str]
) -> None:
    async with running(parts_for(server, log_questions=wanted), server):
        await answered(stranger, "我的秘密")
    ours = [line for line in log if " bot." in line]
    assert any("我的秘密" in line for line in ours) == wanted


@pytest.mark.parametrize("scheme", ["socks5", "socks5h"])
async def test_telegram_is_reached_through_a_socks_proxy(
    scheme: str, server: TelegramServer, stranger: User
) -> None:
    async with socks_proxy() as proxy:
        parts = parts_for(server, proxy=f"{scheme}://127.0.0.1:{proxy.port}")
        async with running(parts, server):
            assert SENTENCE in await answered(stranger, "投资")
        assert set(proxy.ports) == {urlsplit(server.url).port}
