"""What every Telegram handler is given: the desk, and the sentences in the person's language."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

from telegram import Message, Update
from telegram.ext import Application, CallbackContext, ContextTypes, ExtBot

from bot.desk import Desk
from bot.rights import Visitor
from bot.texts import Catalogue, Texts

NoData = dict[Any, Any]


@dataclass(frozen=True, slots=True)
class Services:
    """What the handlers share.

    Attributes:
        desk: answers.
        catalogue: the sentences of all languages.
        edit_seconds: a progress message is edited at most once in this time.
        introduced: administrators whose commands have been published since the start.
    """

    desk: Desk
    catalogue: Catalogue
    edit_seconds: float
    introduced: set[int] = field(default_factory=set)


class Context(CallbackContext[ExtBot[None], NoData, NoData, Services]):
    """The context of one update."""

    texts: Texts

    @classmethod
    def from_update(cls, update: object, application: Any) -> "Context":
        """The context with the sentences in the language of the one who wrote."""
        context = super().from_update(update, application)
        user = update.effective_user if isinstance(update, Update) else None
        context.texts = context.bot_data.catalogue.of(user.language_code if user else None)
        return context

    @property
    def desk(self) -> Desk:
        """What can be asked of the bot."""
        return self.bot_data.desk


App = Application[ExtBot[None], Context, NoData, NoData, Services, None]


def context_types(services: Services) -> ContextTypes[Context, NoData, NoData, Services]:
    """The types of an application whose handlers share `services`."""
    factory: Callable[[], Services] = lambda: services  # noqa: E731 - the library asks for a type
    return ContextTypes(context=Context, bot_data=cast(type[Services], factory))


def visitor_of(update: Update) -> Visitor:
    """Who wrote, and where."""
    message = message_of(update)
    topic = message.message_thread_id if message.is_topic_message else None
    person = message.from_user.id if message.from_user else 0
    return Visitor(message.chat_id, person, topic or 0)


def message_of(update: Update) -> Message:
    """The message of an update that has one: handlers here are registered for such only."""
    if update.effective_message is None:
        raise TypeError("an update without a message reached a handler for messages")
    return update.effective_message


async def reply(update: Update, pieces: list[str]) -> None:
    """Send messages in HTML as a reply; in a group it quotes the message replied to."""
    for piece in pieces:
        await message_of(update).reply_html(piece)
