"""Presses of the buttons under replies. The desk checks whose they are."""

import logging
from contextlib import suppress

from telegram import (
    CallbackQuery,
    InlineKeyboardMarkup,
    MaybeInaccessibleMessage,
    Message,
    Update,
)
from telegram.error import BadRequest, TelegramError

from bot.admin.lists import Leaf
from bot.core.article_pages import SheetId
from bot.core.desk import Nothing
from bot.state.exchanges import Exchange
from bot.telegram.handlers.context import Context, visitor_of
from bot.telegram.handlers.deliver import show
from bot.telegram.messages import keyboards, replies
from bot.telegram.messages.button_data import Deed, Press, decode
from bot.texts import admin as admin_texts
from bot.texts.keys import Key

log = logging.getLogger(__name__)

ANSWER_SECONDS = 5.0


async def press(update: Update, context: Context) -> None:
    """A button was pressed."""
    query = update.callback_query
    asked = decode(query.data or "") if query else None
    if query is None:
        return
    match asked:
        case Press(deed=Deed.GOOD | Deed.BAD):
            await _rate(update, context, query, asked)
        case Press(deed=Deed.REPORT):
            await _report(update, context, query, asked)
        case Press(deed=Deed.CONTEXT):
            await _context(update, context, query, asked)
        case Leaf():
            await _list(update, context, query, asked)
        case SheetId():
            await _sheet(update, context, query, asked)
        case Press():
            await _page(update, context, query, asked)
        case None:
            await answer(query, context.texts.say(Key.PRESS_OUTDATED))


async def answer(query: CallbackQuery, text: str | None = None) -> None:
    """Let the button stop waiting, and show a short text; a press may be too old for that."""
    try:
        await query.answer(text, read_timeout=ANSWER_SECONDS)
    except TelegramError as error:
        log.info("A press could not be answered: %s", error)


async def _rate(update: Update, context: Context, query: CallbackQuery, asked: Press) -> None:
    kept = await context.desk.rate(visitor_of(update), asked.exchange, asked.deed is Deed.GOOD)
    await answer(query, context.texts.say(Key.PRESS_THANKS if kept else Key.PRESS_OUTDATED))


async def _page(update: Update, context: Context, query: CallbackQuery, asked: Press) -> None:
    said = await context.desk.page(visitor_of(update), asked.exchange, asked.number)
    if isinstance(said, Nothing):
        await answer(query, context.texts.nothing(said))
        return
    await answer(query)
    html = replies.reply(said, context.texts, context.links)
    buttons = keyboards.under(said, context.texts, context.links)
    await _show(context, query, html, buttons)


async def _context(update: Update, context: Context, query: CallbackQuery, asked: Press) -> None:
    visitor = visitor_of(update)
    found = await context.desk.context(visitor, asked.exchange, asked.number)
    if isinstance(found, Nothing):
        await answer(query, context.texts.nothing(found))
        return
    await answer(query)
    back = keyboards.under_context(Press(Deed.PAGE, asked.exchange, asked.number), context.texts)
    await _show(context, query, replies.source(found, context.texts, context.links), back)


async def _sheet(update: Update, context: Context, query: CallbackQuery, asked: SheetId) -> None:
    found = await context.desk.sheet(visitor_of(update), asked)
    if isinstance(found, Nothing):
        await answer(query, context.texts.nothing(found))
        return
    await answer(query)
    html = replies.sheet(found, context.texts, context.links)
    await _show(context, query, html, keyboards.under_sheet(found, context.texts, context.links))


async def _list(update: Update, context: Context, query: CallbackQuery, asked: Leaf) -> None:
    listed = await context.office.listed(visitor_of(update), asked)
    await answer(query)
    text = replies.plain(admin_texts.listed(context.texts, listed))[0]
    await _show(context, query, text, keyboards.under_list(listed, context.texts))


async def _report(update: Update, context: Context, query: CallbackQuery, asked: Press) -> None:
    reported = await context.desk.report(visitor_of(update), asked.exchange)
    key = Key.PRESS_REPORTED if reported else Key.PRESS_REPORTED_ALREADY
    await answer(query, context.texts.say(key))
    if reported:
        await _tell_admins(context, reported)


async def _tell_admins(context: Context, reported: Exchange) -> None:
    for admin in await context.office.reachable_admins():
        texts = context.bot_data.catalogue.default
        told = texts.say(Key.ADMIN_MISSED, question=reported.turn.understood)
        # An administrator who has blocked the bot keeps nobody else from being told.
        with suppress(TelegramError):
            await context.bot.send_message(admin, replies.plain(told)[0], parse_mode="HTML")


def _shows_already(message: MaybeInaccessibleMessage, buttons: InlineKeyboardMarkup | None) -> bool:
    """Whether a message had been turned when it was pressed: no page has a button to itself."""
    return isinstance(message, Message) and message.reply_markup == buttons


async def _show(
    context: Context, query: CallbackQuery, html: str, buttons: InlineKeyboardMarkup | None
) -> None:
    message = query.message
    if message is None or _shows_already(message, buttons):
        return
    try:
        await show(context, (message.chat.id, message.message_id), html, buttons)
    except BadRequest as error:
        # Deleted, too old, or another press was faster.
        log.info("A message could not be turned: %s", error)
