"""The real application against the emulated Bot API, for tests that talk to it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from desk_fakes import DATA, FakeBuild, FakeLibrary, a_citation
from pydantic import SecretStr
from telegram_html import slice_utf16
from telegram_server import Chat, TelegramServer, User

from bot import app
from bot.__main__ import Parts, compose
from bot.desk import AnsweringLibrary
from bot.fetching import Fetcher
from bot.keys import Key
from bot.patience import PatientLimiter
from bot.settings import BotSettings
from bot.store import Database
from bot.texts import Texts
from index import (
    IndexSettings,
)

ARTICLE = Path(__file__).parent.parent / "seeds" / "西宁创城.txt"
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
        build_pause=0.2,
    )


@asynccontextmanager
async def running(
    parts: Parts,
    server: TelegramServer,
    edit_seconds: float = 0.0,
    limiter: PatientLimiter | None = None,
) -> AsyncIterator[None]:
    """The bot, polling; stopped as by a signal at the end."""
    stop = asyncio.Event()
    # Telegram allows one message a second in a chat, which tests have no time for.
    limiter = limiter or PatientLimiter(chat_seconds=0)
    services = parts.services(edit_seconds)
    serving = asyncio.create_task(
        app.serve(
            app.application(parts.settings, services, parts.inbox, limiter), parts.settings, stop
        )
    )
    await server.wait_until(lambda: server.calls_of("setMyCommands"))
    try:
        yield
    finally:
        stop.set()
        await serving


async def answered(user: User, text: str) -> str:
    """Send a text; return the text of the one reply to it."""
    chat = user.server.private_chat(user)
    before = len(user.server.messages(chat))
    await user.send(text)
    replies = await user.server.wait_for_replies(chat, before + 1)
    return str(replies[-1]["text"])


def covered(message: dict[str, Any], kind: str) -> list[str]:
    return [
        slice_utf16(message["text"], entity["offset"], entity["length"])
        for entity in message.get("entities", ())
        if entity["type"] == kind
    ]


def buttons_of(message: dict[str, Any]) -> dict[str, str]:
    """What each button of a message holds, by its label."""
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
    """Press a button under the bot's last message; return the id of the press once answered."""
    message = server.messages(chat)[-1]
    query = await server.press(message, buttons_of(message)[texts.say(key)], user)
    await server.wait_until(lambda: query in server.answers)
    return query


async def shows(server: TelegramServer, chat: Chat, part: str) -> dict[str, Any]:
    """Wait until the bot's last message shows this; return the message."""
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
    """The bot, once it has answered a person with the first of three passages; that message."""
    async with running(parts_for(server, three_passages()), server):
        await answered(user, "投资")
        yield server.messages(server.private_chat(user))[-1]


async def forged(server: TelegramServer, user: User, message: dict[str, Any], data: str) -> str:
    """Press a button that the message does not have, as a changed client can."""
    id = await server.forge_press(message, data, user)
    await server.wait_until(lambda: id in server.answers)
    return id
