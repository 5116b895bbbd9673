"""Buttons that were pressed, mostly those under replies. The desk checks whose they are."""

import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from typing import Any

from telegram import (
    CallbackQuery,
    InlineKeyboardMarkup,
    MaybeInaccessibleMessage,
    Message,
    Update,
)
from telegram.error import BadRequest

from bot.core.article_pages import ArticlePageId
from bot.core.desk import Nothing
from bot.state.exchanges import OVERVIEW
from bot.telegram.handlers.admin_notices import tell_admins
from bot.telegram.handlers.context import Context, visitor_of
from bot.telegram.handlers.deliver import answer, deliver, show
from bot.telegram.messages import keyboards, replies
from bot.telegram.messages.button_data import Button, ReplyAction, ReplyButton, decode
from bot.texts.keys import Key

log = logging.getLogger(__name__)

Handler = Callable[[Update, Context], Coroutine[Any, Any, None]]
ButtonHandler = Callable[[Update, Context, CallbackQuery, Any], Awaitable[None]]


def pressed(handlers: Mapping[type[Button], ButtonHandler]) -> Handler:
    """Returns the handler of all buttons.

    Args:
        handlers: deal with what a pressed button asks for, by its type.
    """

    async def handle(update: Update, context: Context) -> None:
        query = update.callback_query
        if query is None:
            return
        button = decode(query.data or "")
        if button is None:
            await answer(query, context.texts.say(Key.REPLY_BUTTON_OUTDATED))
        else:
            await handlers[type(button)](update, context, query, button)

    return handle


async def under_reply(
    update: Update, context: Context, query: CallbackQuery, button: ReplyButton
) -> None:
    """Handles a button under a reply."""
    match button.action:
        case ReplyAction.GOOD | ReplyAction.BAD:
            await _rate(update, context, query, button)
        case ReplyAction.REPORT:
            await _report(update, context, query, button)
        case ReplyAction.AS_TYPED:
            await _ask_as_typed(update, context, query, button)
        case ReplyAction.CONTEXT:
            await _context(update, context, query, button)
        case ReplyAction.PAGE:
            await _page(update, context, query, button.exchange, button.number)
        case ReplyAction.OVERVIEW:
            await _page(update, context, query, button.exchange, OVERVIEW)


async def _rate(
    update: Update, context: Context, query: CallbackQuery, button: ReplyButton
) -> None:
    kept = await context.desk.rate(
        visitor_of(update), button.exchange, button.action is ReplyAction.GOOD
    )
    await answer(
        query, context.texts.say(Key.REPLY_BUTTON_THANKS if kept else Key.REPLY_BUTTON_OUTDATED)
    )


async def _ask_as_typed(
    update: Update, context: Context, query: CallbackQuery, button: ReplyButton
) -> None:
    if not isinstance(query.message, Message):
        await answer(query, context.texts.say(Key.REPLY_BUTTON_OUTDATED))
        return
    exchange = await context.desk.ask_as_typed(visitor_of(update), button.exchange)
    if isinstance(exchange, Nothing):
        await answer(query, context.texts.say(exchange))
        return
    await answer(query)
    await deliver(update, context, exchange, query.message.reply_to_message)


async def _page(
    update: Update, context: Context, query: CallbackQuery, id: str, number: int
) -> None:
    exchange = await context.desk.page(visitor_of(update), id, number)
    if isinstance(exchange, Nothing):
        await answer(query, context.texts.say(exchange))
        return
    await answer(query)
    html = replies.reply(exchange, context.texts, context.links)
    buttons = keyboards.under(exchange, context.texts, context.links)
    await turn(context, query, html, buttons)


async def _context(
    update: Update, context: Context, query: CallbackQuery, button: ReplyButton
) -> None:
    visitor = visitor_of(update)
    view = await context.desk.context(visitor, button.exchange, button.number)
    if isinstance(view, Nothing):
        await answer(query, context.texts.say(view))
        return
    await answer(query)
    back = keyboards.under_context(
        ReplyButton(ReplyAction.PAGE, button.exchange, button.number), context.texts
    )
    await turn(context, query, replies.source(view, context.texts, context.links), back)


async def article_page(
    update: Update, context: Context, query: CallbackQuery, page_id: ArticlePageId
) -> None:
    """Handles a button that turns the pages of an article."""
    page = await context.desk.article_page(visitor_of(update), page_id)
    if isinstance(page, Nothing):
        await answer(query, context.texts.say(page))
        return
    await answer(query)
    html = replies.article_page(page, context.texts, context.links)
    await turn(
        context, query, html, keyboards.under_article_page(page, context.texts, context.links)
    )


async def _report(
    update: Update, context: Context, query: CallbackQuery, button: ReplyButton
) -> None:
    reported = await context.desk.report(visitor_of(update), button.exchange)
    key = Key.REPLY_BUTTON_REPORTED if reported else Key.REPLY_BUTTON_REPORTED_ALREADY
    await answer(query, context.texts.say(key))
    if reported:
        services = context.bot_data

        async def tell(questions: Sequence[str], count: int) -> None:
            await tell_admins(
                context.bot, services, services.catalogue.default.missed(questions, count)
            )

        await services.miss_reports.add(reported.turn.understood, tell)


def _shows_already(message: MaybeInaccessibleMessage, buttons: InlineKeyboardMarkup | None) -> bool:
    """Whether a message had been turned when it was pressed: no page has a button to itself."""
    return isinstance(message, Message) and message.reply_markup == buttons


async def turn(
    context: Context, query: CallbackQuery, html: str, buttons: InlineKeyboardMarkup | None
) -> None:
    """Edits the message whose button was pressed to show this."""
    message = query.message
    if message is None or _shows_already(message, buttons):
        return
    try:
        await show(context, message.chat.id, message.message_id, html, buttons)
    except BadRequest as error:
        # Deleted, too old, or another button was faster.
        log.info("A message could not be turned: %s", error)
