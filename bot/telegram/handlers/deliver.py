"""Replies with their buttons, sent or edited into a message."""

import logging

from telegram import CallbackQuery, InlineKeyboardMarkup, Message, Update
from telegram.error import BadRequest, ChatMigrated, TelegramError

from bot.core.desk import Nothing
from bot.state.exchanges import Exchange
from bot.telegram.handlers.context import Context, message_of, reply
from bot.telegram.messages import keyboards, replies

log = logging.getLogger(__name__)

ANSWER_SECONDS = 5.0


async def deliver(
    update: Update,
    context: Context,
    exchange: Exchange | Nothing,
    question: Message | None = None,
) -> None:
    """Sends what the desk says, as a reply.

    Args:
        question: the message that is replied to; None for that of the update.
    """
    html = replies.reply(exchange, context.texts, context.links)
    if isinstance(exchange, Nothing):
        await reply(update, [html], quoting=True)
        return
    buttons = keyboards.under(exchange, context.texts, context.links)
    sent = await _send(question or message_of(update), context, html, buttons)
    await context.desk.sent(exchange, sent.message_id)


async def _send(
    message: Message, context: Context, html: str, buttons: InlineKeyboardMarkup | None
) -> Message:
    """Sends a reply to a message, also where the group has moved since the question."""
    try:
        # Where several questions wait for their answers, each shows which it belongs to.
        return await message.reply_html(html, reply_markup=buttons, do_quote=True)
    except ChatMigrated as error:
        chat = error.new_chat_id
        await context.desk.moved(message.chat_id, chat)
        return await context.bot.send_message(chat, html, parse_mode="HTML", reply_markup=buttons)


async def redeliver(update: Update, context: Context, exchange: Exchange) -> None:
    """Updates the message that holds the reply; sends one where there is none."""
    html = replies.reply(exchange, context.texts, context.links)
    buttons = keyboards.under(exchange, context.texts, context.links)
    if exchange.reply_message is None:
        await deliver(update, context, exchange)
        return
    try:
        await show(context, exchange.visitor.chat, exchange.reply_message, html, buttons)
    except BadRequest as error:
        log.info("An answer could not be edited: %s", error)
        await deliver(update, context, exchange)


async def show(
    context: Context, chat: int, message: int, html: str, buttons: InlineKeyboardMarkup | None
) -> None:
    """Edits a message to show this."""
    await context.bot.edit_message_text(
        html, chat_id=chat, message_id=message, parse_mode="HTML", reply_markup=buttons
    )


async def answer(query: CallbackQuery, text: str | None = None) -> None:
    """Lets the button stop waiting and shows a short text, unless it was pressed too long ago."""
    try:
        await query.answer(text, read_timeout=ANSWER_SECONDS)
    except TelegramError as error:
        log.info("A pressed button could not be answered: %s", error)
