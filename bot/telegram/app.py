"""The Telegram channel: its handlers in one table, its start and its stop."""

import asyncio
import functools
import logging
from asyncio import FIRST_COMPLETED
from typing import Any

from telegram import LinkPreviewOptions, Update
from telegram.ext import (
    ApplicationBuilder,
    BaseHandler,
    CallbackQueryHandler,
    CommandHandler,
    Defaults,
    InlineQueryHandler,
    MessageHandler,
    filters,
)

from bot.admin.health import BackgroundTask
from bot.admin.lists import Listing, ListPage
from bot.core.article_pages import ArticlePageId
from bot.settings import BotSettings
from bot.state.update_inbox import Inbox
from bot.telegram.delivery.polls import PollRequest
from bot.telegram.delivery.receiving import keep_polling, receive
from bot.telegram.delivery.retrying import RetryingLimiter
from bot.telegram.delivery.update_queue import InOrder, UpdateQueue
from bot.telegram.handlers import (
    admin,
    admin_notices,
    articles,
    ask,
    buttons,
    channels,
    errors,
    inline,
)
from bot.telegram.handlers.addressed import Addressed
from bot.telegram.handlers.context import App, Context, Services, context_types
from bot.telegram.messages import command_menu
from bot.telegram.messages.button_data import ArticleButton, ReplyButton, TextUse

log = logging.getLogger(__name__)

# A progress message is edited at most once in this time.
EDIT_SECONDS = 2.5
# One person who floods a chat, where answers come one a second, must not fill them all.
UPDATES_AT_ONCE = 5_000
# A question waits for a free connection rather than fails when many come at once.
CONNECTION_SECONDS = 60.0
# After this time without an answer from Telegram the outcome of a call is unknown.
ANSWER_SECONDS = 10.0
# A first build of a few articles is waited for, that of a large library is not.
READY_SECONDS = 20.0

# An edited message is no new question, nor is one from a chat that the bot is no part of.
# What somebody sent by way of an inline bot, such as a passage of this one, is none either.
_MESSAGE = filters.UpdateType.MESSAGE & ~filters.VIA_BOT
_PRIVATE = _MESSAGE & filters.ChatType.PRIVATE
# What somebody else wrote is no order of the one who passes it on.
_ORDER = _PRIVATE & ~filters.FORWARDED
_GROUP = _MESSAGE & filters.ChatType.GROUPS
_WORDS = filters.TEXT | filters.CAPTION
_EDITED = filters.UpdateType.EDITED_MESSAGE & ~filters.VIA_BOT

_POST = filters.UpdateType.CHANNEL_POST | filters.UpdateType.EDITED_CHANNEL_POST

Handler = BaseHandler[Update, Context, None]


def handlers(settings: BotSettings) -> list[Handler]:
    """Returns all handlers. The first that fits takes the message."""
    by_admin = filters.User(settings.admins)
    return [
        MessageHandler(_POST & channels.FromListedChannel(settings.channels), channels.post),
        # In groups the bot speaks only when it is asked to.
        CommandHandler("ask", ask.ask, _GROUP),
        CommandHandler("source", ask.source, _GROUP),
        CommandHandler(("help", "start"), ask.help_in_group, _GROUP),
        MessageHandler(_GROUP & filters.StatusUpdate.MIGRATE, ask.migrated),
        MessageHandler(_GROUP & _WORDS & ~filters.COMMAND & Addressed(), ask.in_group),
        # In a private chat every message is meant for the bot.
        CommandHandler("start", ask.start, _PRIVATE),
        CommandHandler("help", ask.help_, _PRIVATE),
        CommandHandler("ask", ask.ask, _PRIVATE),
        CommandHandler("source", ask.source, _PRIVATE),
        CommandHandler("forget", ask.forget, _ORDER),
        # A build runs beside what its administrator asks meanwhile.
        CommandHandler("reindex", admin.reindex, _ORDER & by_admin, block=False),
        CommandHandler("cancel", admin.cancel, _ORDER & by_admin),
        CommandHandler("rollback", admin.rollback, _ORDER & by_admin),
        CommandHandler("status", admin.status, _ORDER & by_admin),
        CommandHandler("articles", admin.first_page(Listing.ARTICLES), _ORDER & by_admin),
        CommandHandler("misses", admin.first_page(Listing.MISSES), _ORDER & by_admin),
        CommandHandler("feedback", admin.first_page(Listing.FEEDBACK), _ORDER & by_admin),
        CommandHandler("stats", admin.stats, _ORDER & by_admin),
        CommandHandler("word", admin.word, _ORDER & by_admin),
        CommandHandler("synonym", admin.synonym, _ORDER & by_admin),
        CommandHandler("add", articles.add, _ORDER & by_admin),
        CommandHandler("remove", articles.remove, _ORDER & by_admin),
        CommandHandler(command_menu.names(command_menu.FOR_ADMINS_ONLY), admin.refuse, _ORDER),
        MessageHandler(_PRIVATE & filters.COMMAND, ask.unknown_command),
        # Any other text is a question, below a picture as well, but for what administrators send as
        # an article.
        MessageHandler(_PRIVATE & by_admin & filters.Document.ALL, articles.document),
        MessageHandler(_PRIVATE & by_admin & _WORDS & articles.MaybeArticle(), articles.text),
        MessageHandler(_PRIVATE & _WORDS, ask.question),
        # Pictures, stickers, voices; not the notices that Telegram itself writes into a chat.
        MessageHandler(_PRIVATE & ~filters.StatusUpdate.ALL, ask.not_text),
        MessageHandler(_EDITED & filters.ChatType.PRIVATE & by_admin, articles.edited),
        MessageHandler(_EDITED & _WORDS, ask.edited),
        CallbackQueryHandler(
            buttons.pressed(
                {
                    ReplyButton: buttons.under_reply,
                    ArticlePageId: buttons.article_page,
                    ListPage: admin.list_page,
                    ArticleButton: articles.decide,
                    TextUse: articles.use_text,
                }
            )
        ),
        # Chats that the bot has not joined.
        InlineQueryHandler(inline.results),
        MessageHandler(filters.UpdateType.GUEST_MESSAGE, inline.guest),
    ]


def afterthoughts(settings: BotSettings) -> list[Handler]:
    """Returns the handlers that run after a message was answered."""
    return [
        # Telegram takes an administrator's commands only once they have written to the bot.
        MessageHandler(_PRIVATE & filters.User(settings.admins), admin.introduce),
    ]


def application(
    settings: BotSettings, services: Services, inbox: Inbox, limiter: RetryingLimiter | None = None
) -> App:
    """Returns the Telegram application, ready to be started."""
    queue = UpdateQueue(inbox, UPDATES_AT_ONCE)
    polls = services.polls
    limiter = limiter or RetryingLimiter(is_lost=lambda: polls.are_lost)
    builder = ApplicationBuilder()
    if settings.proxy:
        builder = builder.proxy(settings.proxy)
    app: App = (
        builder.token(settings.token.get_secret_value())
        .base_url(f"{settings.api_url}/bot")
        .base_file_url(f"{settings.api_url}/file/bot")
        .context_types(context_types(services))
        .defaults(
            Defaults(
                # A question may be deleted before its answer is sent.
                allow_sending_without_reply=True,
                link_preview_options=LinkPreviewOptions(is_disabled=True),
            )
        )
        .concurrent_updates(
            InOrder(queue, UPDATES_AT_ONCE, services.backlog, settings.questions_per_minute)
        )
        .rate_limiter(limiter)
        .pool_timeout(CONNECTION_SECONDS)
        .read_timeout(ANSWER_SECONDS)
        .write_timeout(ANSWER_SECONDS)
        .update_queue(queue)
        .job_queue(None)
        .get_updates_request(
            PollRequest(
                polls,
                # The last poll of a stop may overlap with the one that it ends.
                connection_pool_size=2,
                pool_timeout=CONNECTION_SECONDS,
                proxy=settings.proxy or None,
            )
        )
        .build()
    )
    return _with_handlers(app, settings)


def _with_handlers(app: App, settings: BotSettings) -> App:
    app.add_handler(MessageHandler(_MESSAGE, ask.report_dropped), group=-1)
    app.add_handlers(handlers(settings))
    app.add_handlers(afterthoughts(settings), group=1)
    app.add_error_handler(errors.failed)
    return app


async def serve(
    app: App, settings: BotSettings, stop: asyncio.Event, ready: asyncio.Task[object] | None = None
) -> None:
    """Answers on Telegram until `stop` is set; what was received by then is answered.

    Args:
        ready: ends when there is an index to answer from. Questions wait for it, but not for a
            long build: they are answered with a notice.

    Raises:
        telegram.error.InvalidToken: Telegram does not accept the token.
        telegram.error.NetworkError: Telegram cannot be reached.
        OSError: the webhook's port cannot be opened.
    """
    # The bot is opened by itself first: where that fails, it is it that closes its connections.
    async with app.bot, app:
        assert app.updater is not None  # noqa: S101 - the builder makes one
        assert isinstance(app.update_queue, UpdateQueue)  # noqa: S101 - `application` gave it
        await app.start()
        try:
            if ready:
                await _wait(ready, stop, READY_SECONDS)
            set_aside = await app.update_queue.restore(app.bot)
            await admin_notices.report_set_aside(app.bot, app.bot_data, set_aside)
            await receive(app.updater, settings)
            log.info("Answering as @%s", app.bot.username)
            # Questions that have waited for the bot do not wait for this too.
            publishing = asyncio.create_task(command_menu.publish(app.bot, app.bot_data.catalogue))
            health = app.bot_data.admin_desk.health
            note_failure = functools.partial(health.note_failure, BackgroundTask.RECEIVING)
            polling = asyncio.create_task(
                keep_polling(app.updater, settings, app.bot_data.polls, note_failure)
            )
            try:
                await _wait(polling, stop)
                if polling.done():
                    await polling
            finally:
                publishing.cancel()
                polling.cancel()
                await asyncio.wait({polling})
                if app.updater.running:
                    await app.updater.stop()
        finally:
            await app.bot_data.admin_desk.close()
            await app.stop()
            app.bot_data.miss_reports.close()


async def _wait(task: asyncio.Task[Any], stop: asyncio.Event, seconds: float | None = None) -> None:
    """Waits until `task` has ended, `stop` is set or so many seconds have passed."""
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait({task, stopped}, timeout=seconds, return_when=FIRST_COMPLETED)
    stopped.cancel()
