"""The table of handlers says which update goes where."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from pydantic import SecretStr
from running_bot import ADMIN_ID, STRANGER_ID
from telegram import Bot, Chat, Document, Message, MessageEntity, Update, User
from telegram.ext import CallbackQueryHandler

from bot.settings import BotSettings
from bot.telegram import app
from bot.telegram.handlers import admin, articles, ask
from bot.telegram.messages import command_menu

SETTINGS = BotSettings(token=SecretStr("1:A"), admins=frozenset({ADMIN_ID}))
ARTICLE = "城西区投资了两千万元。" * 60
QUESTION = "城西区投资了多少"
UNCLEAR = QUESTION * 20


class NamedBot(Bot):
    """A bot that knows its name without having asked Telegram."""

    @property
    def bot(self) -> User:
        """Returns the bot's own user."""
        return User(9, "问出处", True, username="wenchu_bot")


BOT = NamedBot("1:A")


def taker(person: int, edited: bool = False, **content: object) -> object:
    """Returns what takes a message of a person in their private chat."""
    text = str(content.get("text", ""))
    if text.startswith("/"):
        length = len(text.split()[0])
        content["entities"] = (MessageEntity(MessageEntity.BOT_COMMAND, 0, length),)
    sender, chat = User(person, "读者", False), Chat(person, "private")
    message = Message(1, datetime.now(UTC), chat, sender, **content)  # type: ignore[arg-type]
    message.set_bot(BOT)
    update = Update(1, edited_message=message) if edited else Update(1, message=message)
    takers: Iterator[object] = (
        handler.callback
        for handler in app.handlers(SETTINGS)
        if handler.check_update(update) not in (None, False)
    )
    return next(takers)


FILE = Document("id", "unique", file_name="a.txt")


@pytest.mark.parametrize("text", [QUESTION, UNCLEAR, ARTICLE, "https://example.com/a"])
def test_whatever_a_stranger_writes_is_a_question(text: str) -> None:
    assert taker(STRANGER_ID, text=text) is ask.question
    assert taker(STRANGER_ID, edited=True, text=text) is ask.edited
    assert taker(STRANGER_ID, document=FILE, caption=text) is ask.question
    assert taker(STRANGER_ID, document=FILE) is ask.not_text


@pytest.mark.parametrize("text", [UNCLEAR, ARTICLE, "https://example.com/a"])
def test_what_an_administrator_sends_may_be_an_article_and_a_question_is_a_question(
    text: str,
) -> None:
    assert taker(ADMIN_ID, text=text) is articles.text
    assert taker(ADMIN_ID, text=QUESTION) is ask.question
    assert taker(ADMIN_ID, edited=True, text=text) is articles.edited
    assert taker(ADMIN_ID, document=FILE) is articles.document
    assert taker(ADMIN_ID, document=FILE, caption=QUESTION) is articles.document


@pytest.mark.parametrize("name", command_menu.names(command_menu.FOR_ADMINS_ONLY))
def test_a_command_for_administrators_is_refused_to_everybody_else(name: str) -> None:
    assert taker(STRANGER_ID, text=f"/{name} 1") is admin.refuse
    assert taker(ADMIN_ID, text=f"/{name} 1") not in (admin.refuse, ask.unknown_command)


def test_one_handler_takes_all_buttons() -> None:
    handlers = app.handlers(SETTINGS)
    assert sum(isinstance(handler, CallbackQueryHandler) for handler in handlers) == 1
