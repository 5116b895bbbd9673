"""Replies with their buttons, sent or put in the place of what a message shows."""

import logging

from telegram import InlineKeyboardMarkup, Message, Update
from telegram.error import BadRequest, ChatMigrated, NetworkError

from bot import keyboards, replies
from bot.context import Context, message_of
from bot.desk import Nothing
from bot.edits import Place
from bot.exchanges import Exchange
from bot.keys import Key
from bot.patience import in_doubt

log = logging.getLogger(__name__)

DOUBTS = 3
"""How often it is said again that an answer may not have arrived, where this may not have."""


async def deliver(update: Update, context: Context, said: Exchange | Nothing) -> None:
    """Send what the desk says, as a reply."""
    html, buttons = replies.reply(said, context.texts), keyboards.under(said, context.texts)
    try:
        sent = await message_of(update).reply_html(html, reply_markup=buttons)
    except ChatMigrated as error:
        sent = await _send_after(update, context, error.new_chat_id, html, buttons)
    except NetworkError as error:
        if not (isinstance(said, Exchange) and in_doubt(error)):
            raise
        log.info("It is not known whether an answer arrived: %s", error)
        sent, html = await _offer_again(update, context, said), ""
    if isinstance(said, Exchange):
        place = (sent.chat_id, sent.message_id)
        context.bot_data.shown.remember(place, _state(html, buttons))
        await context.desk.sent(said, sent.message_id)


async def _send_after(
    update: Update,
    context: Context,
    new_chat: int,
    html: str,
    buttons: InlineKeyboardMarkup | None,
) -> Message:
    """Send an answer to where a group has moved between the question and it."""
    await context.desk.moved(message_of(update).chat_id, new_chat)
    return await context.bot.send_message(new_chat, html, parse_mode="HTML", reply_markup=buttons)


async def _offer_again(update: Update, context: Context, said: Exchange) -> Message:
    """Say that an answer may not have arrived, with a button that shows it.

    The answer itself is not sent a second time; that this is said twice would do no harm.
    """
    text = replies.plain(context.texts.say(Key.PRESS_DOUBT))[0]
    button = keyboards.resend(said, context.texts)
    for _ in range(DOUBTS):
        try:
            return await message_of(update).reply_html(text, reply_markup=button)
        except NetworkError as error:
            if not in_doubt(error):
                raise
    return await message_of(update).reply_html(text, reply_markup=button)


async def redeliver(update: Update, context: Context, said: Exchange) -> None:
    """Let the message that holds the reply show what it is now; send it where there is none."""
    html, buttons = replies.reply(said, context.texts), keyboards.under(said, context.texts)
    if said.reply_message is None:
        await deliver(update, context, said)
        return
    try:
        await show(context, (said.visitor.chat, said.reply_message), html, buttons)
    except BadRequest as error:
        log.info("An answer could not be edited: %s", error)
        if "not modified" not in error.message:
            await deliver(update, context, said)


async def show(
    context: Context, place: Place, html: str, buttons: InlineKeyboardMarkup | None
) -> None:
    """Edit a message to show this, unless it does so already."""
    chat, message = place
    async with context.bot_data.shown.turn(place, _state(html, buttons)) as due:
        if due:
            await context.bot.edit_message_text(
                html, chat_id=chat, message_id=message, parse_mode="HTML", reply_markup=buttons
            )


def _state(html: str, buttons: InlineKeyboardMarkup | None) -> str:
    return html + (buttons.to_json() if buttons else "")
