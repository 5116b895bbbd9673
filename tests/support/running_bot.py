"""The real application against the emulated Bot API, for tests that talk to it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from bot_api_emulator.html import slice_utf16
from bot_api_emulator.server import Chat, TelegramServer, User
from desk_fakes import DATA, FakeBuild, FakeLibrary, a_citation
from pydantic import SecretStr
from telegram import Update
from telegram.ext import TypeHandler

from bot.admin.fetcher import Fetcher
from bot.composition import Parts, compose
from bot.core.desk import AnsweringLibrary
from bot.settings import BotSettings
from bot.state.database import Database
from bot.telegram import app
from bot.telegram.delivery.retrying import RetryingLimiter
from bot.telegram.delivery.update_queue import UpdateQueue
from bot.telegram.handlers.context import App
from bot.texts.catalogue import Texts
from bot.texts.keys import Key
from index import (
    IndexSettings,
)

ARTICLE = Path(__file__).parents[2] / "seeds" / "西宁创城.txt"
ADMIN_ID, STRANGER_ID = 1, 2
ZH, EN = Texts.load("zh"), Texts.load("en")
LONG = PATIENCE = 60.0


def parts_for(
    server: TelegramServer,
    library: AnsweringLibrary | None = None,
    fake_build: FakeBuild | None = None,
    index_settings: IndexSettings | None = None,
    database: Database | None = None,
    fetcher: Fetcher | None = None,
    build_pause: float = 0.0,
    **settings: Any,
) -> Parts:
    known = {
        "token": SecretStr(server.token),
        "api_url": server.url,
        "admins": frozenset({ADMIN_ID}),
        **settings,
    }
    return compose(
        BotSettings(**known),
        index_settings or IndexSettings(data=DATA),
        library or (None if index_settings else FakeLibrary()),
        fake_build or (None if index_settings else FakeBuild()),
        None if index_settings else (lambda: "g0"),
        database or Database(),
        fetcher,
        build_pause,
    )


UPDATE_ID: ContextVar[int] = ContextVar("UPDATE_ID")
"""The update that a task of the bot deals with. What such a task starts deals with it as well."""


def note_causes(limiter: RetryingLimiter, server: TelegramServer) -> None:
    """Makes the bot report to the server from which update each of its messages came."""
    process_request = limiter.process_request

    async def process_and_note(*args: Any, **kwargs: Any) -> Any:
        result = await process_request(*args, **kwargs)
        match result:
            case {"message_id": int(message), "chat": {"id": int(chat)}}:
                with contextlib.suppress(LookupError):  # what the bot says by itself has no cause
                    server.note_cause(UPDATE_ID.get(), chat, message)
        return result

    limiter.process_request = process_and_note  # type: ignore[method-assign]


def watch(telegram: App, server: TelegramServer) -> None:
    """Makes the bot report to the server which updates it has handled."""

    async def begin(update: Update, _: object) -> None:
        UPDATE_ID.set(update.update_id)

    queue = telegram.update_queue
    assert isinstance(queue, UpdateQueue)
    done = queue.done

    async def end(update: Update) -> None:
        await done(update)
        await server.note_dealt_with(update.update_id)

    queue.done = end  # type: ignore[method-assign]
    telegram.add_handler(TypeHandler(Update, begin), group=-100)


def pace(
    server: TelegramServer, chat_seconds: float = 0.0, all_per_second: float = 0.0
) -> RetryingLimiter:
    """Returns a limiter that waits by the server's clock where it is told to wait.

    Telegram allows one message a second in a chat and thirty in all, which tests have no time for.
    """
    return RetryingLimiter(
        chat_seconds=chat_seconds,
        all_per_second=all_per_second,
        clock=server.clock,
        sleep=server.clock.sleep,
    )


@asynccontextmanager
async def running(
    parts: Parts,
    server: TelegramServer,
    edit_seconds: float = 0.0,
    limiter: RetryingLimiter | None = None,
) -> AsyncIterator[None]:
    """Yields the running bot, which polls; stops it as by a signal at the end."""
    stop = asyncio.Event()
    limiter = limiter or pace(server)
    note_causes(limiter, server)
    services = parts.services(edit_seconds)
    telegram = app.application(parts.settings, services, parts.inbox, limiter)
    watch(telegram, server)
    serving = asyncio.create_task(app.serve(telegram, parts.settings, stop))
    begun = asyncio.create_task(server.wait_until(lambda: server.calls_of("setMyCommands")))
    await asyncio.wait({serving, begun}, return_when=asyncio.FIRST_COMPLETED)
    if serving.done():
        begun.cancel()
        await serving
    await begun
    try:
        yield
    finally:
        stop.set()
        await serving


async def answered(user: User, text: str) -> str:
    """Sends a text in private; returns the text of its answer once it is handled."""
    server = user.server
    message = await user.send(text)
    await server.answer_to(message)
    await server.dealt_with(message)
    [answer] = server.answers_to(message)
    return str(answer["text"])


def covered(message: dict[str, Any], kind: str) -> list[str]:
    return [
        slice_utf16(message["text"], entity["offset"], entity["length"])
        for entity in message.get("entities", ())
        if entity["type"] == kind
    ]


def buttons_of(message: dict[str, Any]) -> dict[str, str]:
    """Returns the data of each button of a message, by its label."""
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return {
        button["text"]: button.get("callback_data")
        or button.get("url")
        or button["copy_text"]["text"]
        for row in rows
        for button in row
    }


async def pressed(
    server: TelegramServer,
    chat: Chat,
    key: Key,
    user: User | None = None,
    texts: Texts = ZH,
) -> str:
    """Presses a button under the bot's last message; returns the id of the press once handled."""
    message = server.messages(chat)[-1]
    query = await server.press(message, buttons_of(message)[texts.say(key)], user)
    await server.dealt_with(query)
    assert query in server.answers
    return query


async def shows(server: TelegramServer, chat: Chat, part: str) -> dict[str, Any]:
    """Waits until the bot's last message shows this; returns the message.

    For what an edit brings about: the answer to a message is `TelegramServer.answer_to`.
    """
    await server.wait_until(
        lambda: any(part in message["text"] for message in server.messages(chat)[-1:])
    )
    return server.messages(chat)[-1]


def three_passages() -> FakeLibrary:
    texts = [f"第{number}段原文<&>。" for number in range(3)]
    cited = (
        a_citation(text, text, (), url="https://example.com/a?b=1&c=2", number=number)
        for number, text in enumerate(texts)
    )
    return FakeLibrary(tuple(cited))


@asynccontextmanager
async def showing_three(server: TelegramServer, user: User) -> AsyncIterator[dict[str, Any]]:
    """Yields the bot when its last message shows the first of three passages, and that message."""
    async with running(parts_for(server, three_passages()), server):
        await answered(user, "投资")
        yield server.messages(server.private_chat(user))[-1]


async def forged(server: TelegramServer, user: User, message: dict[str, Any], data: str) -> str:
    """Presses a button that the message does not have, as a modified client can; returns the id of
    the press once handled.
    """
    query = await server.forge_press(message, data, user)
    await server.dealt_with(query)
    assert query in server.answers
    return query
