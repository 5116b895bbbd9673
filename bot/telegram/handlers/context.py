"""The context of every Telegram handler: the desk, and the sentences in the person's language."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

from telegram import Message, Update
from telegram.ext import Application, CallbackContext, ContextTypes, ExtBot

from bot.admin.admin_desk import AdminDesk
from bot.admin.contributions import Contributions
from bot.admin.fetcher import Fetcher
from bot.admin.skips import Skips
from bot.core.desk import Desk
from bot.core.source_links import SourceLinks
from bot.telegram.delivery.backlog import Backlog
from bot.telegram.delivery.downloads import Downloads
from bot.telegram.delivery.polls import Polls
from bot.telegram.handlers.miss_reports import MissReports
from bot.texts.catalogue import Catalogue, Texts
from bot.visitors import Visitor

NoData = dict[Any, Any]


@dataclass(frozen=True, slots=True)
class Services:
    """What the handlers share.

    Attributes:
        desk: answers.
        admin_desk: manages the index.
        contributions: adds and removes articles.
        fetcher: fetches what links lead to.
        downloads: has the documents that people send.
        catalogue: the sentences of all languages.
        edit_seconds: the shortest time between two edits of a progress message.
        log_questions: whether questions are logged.
        links: lead from citations to their articles.
        introduced: administrators whose commands have been published since the start.
        announced: what administrators were told of on the bot's own account.
        skips: which skipped files they were told of.
        backlog: what waits in each talk.
        miss_reports: report questions without an answer to the administrators.
        polls: when Telegram last answered a poll.
    """

    desk: Desk
    admin_desk: AdminDesk
    contributions: Contributions
    fetcher: Fetcher
    downloads: Downloads
    catalogue: Catalogue
    edit_seconds: float
    log_questions: bool = False
    links: SourceLinks = SourceLinks()  # noqa: RUF009 - frozen
    introduced: set[int] = field(default_factory=set)
    announced: set[str] = field(default_factory=set)
    skips: Skips = field(default_factory=Skips)
    backlog: Backlog = field(default_factory=Backlog)
    miss_reports: MissReports = field(default_factory=MissReports)
    polls: Polls = field(default_factory=Polls)


class Context(CallbackContext[ExtBot[int], NoData, NoData, Services]):
    """The context of one update."""

    texts: Texts

    @classmethod
    def from_update(cls, update: object, application: Any) -> "Context":
        """Returns the context with the sentences in the language of the sender."""
        context = super().from_update(update, application)
        user = update.effective_user if isinstance(update, Update) else None
        context.texts = context.bot_data.catalogue.of(user.language_code if user else None)
        return context

    @property
    def desk(self) -> Desk:
        return self.bot_data.desk

    @property
    def links(self) -> SourceLinks:
        return self.bot_data.links

    @property
    def admin_desk(self) -> AdminDesk:
        return self.bot_data.admin_desk

    @property
    def contributions(self) -> Contributions:
        return self.bot_data.contributions


App = Application[ExtBot[int], Context, NoData, NoData, Services, None]


def context_types(services: Services) -> ContextTypes[Context, NoData, NoData, Services]:
    """Returns the types of an application whose handlers share `services`."""
    factory: Callable[[], Services] = lambda: services  # noqa: E731 - the library asks for a type
    return ContextTypes(context=Context, bot_data=cast(type[Services], factory))


def visitor_of(update: Update) -> Visitor:
    """Returns who wrote or pressed a button, and where."""
    # Whoever writes in the name of a channel is that channel: Telegram shows one user for them all.
    sender = update.effective_sender
    person = sender.id if sender else 0
    chat = update.effective_chat
    return Visitor(chat.id if chat else person, person, _topic(update) or 0)


def _topic(update: Update) -> int | None:
    message = update.effective_message
    return message.message_thread_id if message and message.is_topic_message else None


def message_of(update: Update) -> Message:
    """Returns the message of an update: handlers here are registered only for those with one."""
    if update.effective_message is None:
        raise TypeError("an update without a message reached a handler for messages")
    return update.effective_message


async def reply(update: Update, pieces: list[str], quoting: bool | None = None) -> None:
    """Sends messages in HTML as a reply.

    Args:
        quoting: whether it quotes the message replied to; None does so in groups.
    """
    for piece in pieces:
        await message_of(update).reply_html(piece, do_quote=quoting)
