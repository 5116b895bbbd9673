"""Replies with their buttons, sent or put in the place of what a message shows."""

import asyncio
import functools
import itertools
import logging

from telegram import InlineKeyboardMarkup, Message, Update
from telegram.error import BadRequest, ChatMigrated, NetworkError

from bot.core.desk import Nothing
from bot.state.exchanges import Exchange
from bot.telegram.delivery.edit_guard import Place
from bot.telegram.delivery.retrying import DOUBTS, in_doubt, insist
from bot.telegram.handlers.context import Context, message_of, reply
from bot.telegram.messages import keyboards, replies
from bot.texts.keys import Key

log = logging.getLogger(__name__)

SETTLING_SECONDS = 2.0
"""After which what people wrote before has come in."""


async def deliver(update: Update, context: Context, said: Exchange | Nothing) -> None:
    """Send what the desk says, as a reply."""
    async with context.bot_data.message_ids.turn(message_of(update).chat_id):
        await _deliver(update, context, said)


async def _deliver(update: Update, context: Context, said: Exchange | Nothing) -> None:
    if isinstance(said, Nothing):
        html = replies.reply(said, context.texts, context.links)
        await reply(update, [html], quoting=True)
        return
    html = replies.reply(said, context.texts, context.links)
    buttons = keyboards.under(said, context.texts, context.links)
    message = message_of(update)
    before = context.bot_data.message_ids.latest(message.chat_id) or message.message_id
    # Where several questions wait for their answers, each shows which it belongs to.
    send = functools.partial(message.reply_html, html, reply_markup=buttons, do_quote=True)
    try:
        sent = await (send() if buttons else insist(send))
    except ChatMigrated as error:
        sent = await _send_after(update, context, error.new_chat_id, html, buttons)
    except NetworkError as error:
        if not in_doubt(error):
            raise
        log.info("It is not known whether an answer arrived: %s", error)
        await _clear_up(update, context, said, before)
        return
    await _keep(context, said, _place(sent), _state(html, buttons))


def _place(message: Message) -> Place:
    return message.chat_id, message.message_id


async def _keep(context: Context, said: Exchange, place: Place, state: str) -> None:
    context.bot_data.shown.remember(place, state)
    await context.desk.sent(said, place[1])


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


async def _clear_up(update: Update, context: Context, said: Exchange, before: int) -> None:
    """See to it that an answer is shown of which it is not known whether it arrived.

    A short message says so, and its id tells more: Telegram numbers the messages of a chat.
    Where it follows directly on what was known, the answer did not arrive, and it takes its
    place; an edit may be repeated without harm. Where one message lies between that nobody told
    of, an edit that people do not see tells whether that is the answer: if so, the short message
    goes, else the answer takes its place. Where several lie between, the answer takes its place as
    well, and says that it may be there twice.

    Args:
        before: the last message that was known before the answer was sent.
    """
    notice, doubts = await _doubt(update, context, said)
    place = _place(notice)
    await _keep(context, said, place, "")
    # A question that was written meanwhile may be about to come in, and is no answer.
    await asyncio.sleep(SETTLING_SECONDS)
    between = context.bot_data.message_ids.unknown(notice.chat_id, before, notice.message_id)
    try:
        for suspect in between if len(between) == 1 and not doubts else ():
            if await _is_answer(context, said, (notice.chat_id, suspect)):
                await _withdraw(context, notice)
                return
            between = set()
        html = (replies.again if between else replies.reply)(said, context.texts, context.links)
        await show(context, place, html, keyboards.under(said, context.texts, context.links))
    except (BadRequest, NetworkError) as error:
        log.info("A doubt could not be cleared up; its button is left: %s", error)


async def _is_answer(context: Context, said: Exchange, place: Place) -> bool:
    """Whether a message is the answer: Telegram lets the bot edit its own only.

    Raises:
        NetworkError: it cannot be told.
    """
    html = replies.reply(said, context.texts, context.links)
    buttons = keyboards.under(said, context.texts, context.links)
    assert buttons is not None  # noqa: S101 - what has none is not cleared up
    try:
        await show(context, place, html, keyboards.otherwise(buttons))
    except BadRequest as error:
        log.info("An answer did not arrive: %s", error)
        return False
    await context.desk.sent(said, place[1])
    return True


async def _withdraw(context: Context, notice: Message) -> None:
    try:
        await context.bot.delete_message(*_place(notice))
    except BadRequest as error:
        log.info("A doubt could not be withdrawn: %s", error)


async def _doubt(update: Update, context: Context, said: Exchange) -> tuple[Message, int]:
    """Say that an answer may not have arrived, with a button that shows it.

    That this is said twice would do no harm.

    Returns:
        The message, and how many more of it there may be.
    """
    text = replies.plain(context.texts.say(Key.REPLY_BUTTON_DOUBT))[0]
    button = keyboards.resend(said, context.texts)
    message = message_of(update)
    for doubts in itertools.count():
        try:
            return await message.reply_html(text, reply_markup=button, do_quote=True), doubts
        except NetworkError as error:
            if not in_doubt(error) or doubts == DOUBTS:
                raise
    raise AssertionError("the last attempt returns or raises")


async def redeliver(update: Update, context: Context, said: Exchange) -> None:
    """Let the message that holds the reply show what it is now; send it where there is none."""
    html = replies.reply(said, context.texts, context.links)
    buttons = keyboards.under(said, context.texts, context.links)
    if said.reply_message is None:
        await deliver(update, context, said)
        return
    try:
        await show(context, (said.visitor.chat, said.reply_message), html, buttons)
    except BadRequest as error:
        log.info("An answer could not be edited: %s", error)
        await deliver(update, context, said)


async def show(
    context: Context, place: Place, html: str, buttons: InlineKeyboardMarkup | None
) -> None:
    """Edit a message to show this, unless it does so already."""
    async with context.bot_data.shown.turn(place, _state(html, buttons)) as due:
        if due:
            await _edit(context, place, html, buttons)


async def _edit(
    context: Context, place: Place, html: str, buttons: InlineKeyboardMarkup | None
) -> None:
    """Edit a message, again where it is not known whether an edit arrived: then with buttons that
    ask for the same in other letters, as Telegram refuses an edit that changes nothing."""
    chat, message = place
    for doubts in itertools.count():
        try:
            await context.bot.edit_message_text(
                html, chat_id=chat, message_id=message, parse_mode="HTML", reply_markup=buttons
            )
        except NetworkError as error:
            if not in_doubt(error) or doubts == DOUBTS:
                raise
            buttons = buttons and keyboards.otherwise(buttons)
        else:
            return


def _state(html: str, buttons: InlineKeyboardMarkup | None) -> str:
    return html + (buttons.to_json() if buttons else "")
