"""Delivery by webhook: real requests, again until they are taken, and never beside polling."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from telegram import Bot

from bot_api_emulator.contract import JsonObject
from bot_api_emulator.refusals import refused
from bot_api_emulator.server import TelegramServer
from bot_api_emulator.webhook import SECRET_HEADER

LONG = 60
PUBLIC = "https://bot.example:8443/hook"
Answer = Callable[[JsonObject], web.Response]


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    async with TelegramServer() as running:
        running.webhook.retry_seconds = 0.01
        yield running


class Hook:
    """The bot's side of a webhook; `answers` come first, then only 200."""

    def __init__(self, *answers: web.Response) -> None:
        self.answers = list(answers)
        self.updates: list[JsonObject] = []
        self.secrets: list[str | None] = []
        self.arrived = asyncio.Semaphore(0)
        self.gate = asyncio.Event()
        self.gate.set()

    async def handle(self, request: web.Request) -> web.Response:
        self.secrets.append(request.headers.get(SECRET_HEADER))
        self.updates.append(await request.json())
        self.arrived.release()
        await self.gate.wait()
        return self.answers.pop(0) if self.answers else web.Response()


@asynccontextmanager
async def listening(server: TelegramServer, hook: Hook) -> AsyncIterator[None]:
    """Serves the hook behind the proxy that speaks HTTPS for it."""
    application = web.Application()
    application.router.add_post("/hook", hook.handle)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.webhook.proxy = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield
    finally:
        hook.gate.set()
        await runner.cleanup()


async def test_updates_are_brought_with_the_secret_and_what_waited_comes_first(
    server: TelegramServer, bot: Bot
) -> None:
    hook, alice = Hook(), server.user(1, "Alice")
    await alice.send("一")
    async with listening(server, hook):
        await bot.set_webhook(PUBLIC, secret_token="geheim")  # noqa: S106 - for a test
        await alice.send("二")
        await server.wait_until(lambda: len(hook.updates) == 2)
    assert [update["message"]["text"] for update in hook.updates] == ["一", "二"]
    assert hook.secrets == ["geheim"] * 2
    assert server.violations == []


async def test_what_is_not_taken_comes_again_and_the_reason_is_told(
    server: TelegramServer, bot: Bot
) -> None:
    hook, alice = Hook(web.Response(status=500), web.Response(status=403)), server.user(1, "Alice")
    async with listening(server, hook):
        await bot.set_webhook(PUBLIC)
        await alice.send("一")
        await server.wait_until(lambda: len(hook.updates) == 3)
        info = await bot.get_webhook_info()
    assert {update["update_id"] for update in hook.updates} == {hook.updates[0]["update_id"]}
    assert [delivery.status for delivery in server.webhook.deliveries][:2] == [500, 403]
    assert info.last_error_message == "Wrong response from the webhook: 403 Forbidden"


async def test_nothing_is_lost_while_nobody_listens(server: TelegramServer, bot: Bot) -> None:
    hook, alice = Hook(), server.user(1, "Alice")
    server.webhook.proxy = "http://127.0.0.1:9"
    await bot.set_webhook(PUBLIC)
    await alice.send("一")
    await server.wait_until(lambda: server.webhook.deliveries)
    info = await bot.get_webhook_info()
    assert (info.pending_update_count, info.last_error_message) == (1, "Connection failed")
    async with listening(server, hook):
        await server.wait_until(lambda: hook.updates)


async def test_updates_of_one_chat_come_one_after_the_other_those_of_several_at_once(
    server: TelegramServer, bot: Bot
) -> None:
    hook = Hook()
    hook.gate.clear()
    people = [server.user(number, "P") for number in (1, 2, 3)]
    async with listening(server, hook):
        await bot.set_webhook(PUBLIC, max_connections=2)
        for person in people:
            await person.send("一")
            await person.send("二")
        async with asyncio.timeout(LONG):
            for _ in range(2):
                await hook.arrived.acquire()
        assert [update["message"]["from"]["id"] for update in hook.updates] == [1, 2]
        hook.gate.set()
        await server.wait_until(lambda: len(hook.updates) == 6)
    for person in people:
        own = [u["message"] for u in hook.updates if u["message"]["from"]["id"] == person.id]
        assert [message["text"] for message in own] == ["一", "二"]


async def test_a_method_in_the_answer_is_noticed(server: TelegramServer, bot: Bot) -> None:
    answer = web.json_response({"method": "sendMessage", "chat_id": 1, "text": "x"})
    async with listening(server, Hook(answer)):
        await bot.set_webhook(PUBLIC)
        await server.user(1, "Alice").send("一")
        await server.wait_until(lambda: server.violations)
    assert "not emulated" in server.take_violations()[0]


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://bot.example/hook", "HTTPS"),
        ("https://bot.example:8080/hook", "only on ports"),
        ("https://bot.example:x/hook", "invalid webhook URL"),
        ("https:///hook", "HTTPS"),
    ],
)
async def test_an_address_telegram_does_not_take_is_refused(
    url: str, reason: str, server: TelegramServer, bot: Bot
) -> None:
    await refused(server, bot.set_webhook(url), reason)


async def test_a_secret_of_other_characters_is_refused(server: TelegramServer, bot: Bot) -> None:
    secret = "ge heim"  # noqa: S105 - for a test
    await refused(server, bot.set_webhook(PUBLIC, secret_token=secret), "unallowed characters")


async def test_the_webhook_info_tells_what_was_set(server: TelegramServer, bot: Bot) -> None:
    await bot.set_webhook(PUBLIC, max_connections=7, allowed_updates=["message"])
    info = await bot.get_webhook_info()
    assert (info.url, info.max_connections, info.allowed_updates) == (PUBLIC, 7, ("message",))
    await bot.delete_webhook()
    assert (await bot.get_webhook_info()).url == ""
    assert await bot.get_updates() == ()
    assert server.violations == []
