"""Replies with their buttons, sent or edited into a message."""

import logging

from telegram import InlineKeyboardMarkup, Message, Update
from telegram.error import BadRequest, ChatMigrated

from bot.core.desk import Nothing
from bot.state.exchanges import Exchange
from bot.telegram.delivery.edit_guard import Place
from bot.telegram.handlers.context import Context, message_of, reply
from bot.telegram.messages import keyboards, replies

log = logging.getLogger(__name__)


async def deliver(update: Update, context: Context, exchange: Exchange | Nothing) -> None:
    """Sends what the desk says, as a reply."""
    html = replies.reply(exchange, context.texts, context.links)
    if isinstance(exchange, Nothing):
        await reply(update, [html], quoting=True)
        return
    buttons = keyboards.under(exchange, context.texts, context.links)
    sent = await _send(update, context, html, buttons)
    context.bot_data.edit_guard.remember((sent.chat_id, sent.message_id), _state(html, buttons))
    await context.desk.sent(exchange, sent.message_id)


async def _send(
    update: Update, context: Context, html: str, buttons: InlineKeyboardMarkup | None
) -> Message:
    """Sends a reply, also where the group has moved since the question."""
    message = message_of(update)
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
        await show(context, (exchange.visitor.chat, exchange.reply_message), html, buttons)
    except BadRequest as error:
        log.info("An answer could not be edited: %s", error)
        await deliver(update, context, exchange)


async def show(
    context: Context, place: Place, html: str, buttons: InlineKeyboardMarkup | None
) -> None:
    """Edits a message to show this, unless it does so already."""
    chat, message = place
    async with context.bot_data.edit_guard.turn(place, _state(html, buttons)) as due:
        if due:
            await context.bot.edit_message_text(
                html, chat_id=chat, message_id=message, parse_mode="HTML", reply_markup=buttons
            )


def _state(html: str, buttons: InlineKeyboardMarkup | None) -> str:
    return html + (buttons.to_json() if buttons else "")
