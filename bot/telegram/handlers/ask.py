"""Questions, and the commands around them."""

import logging

from telegram import Update
from telegram.ext import ApplicationHandlerStop

from bot.core.desk import AskedQuestion, Nothing
from bot.state.exchanges import ID_LENGTH
from bot.telegram.delivery.update_queue import talk_of
from bot.telegram.handlers import addressed
from bot.telegram.handlers.context import Context, message_of, reply, visitor_of
from bot.telegram.handlers.deliver import deliver, redeliver
from bot.telegram.messages import keyboards, replies
from bot.texts.keys import Key

log = logging.getLogger(__name__)


async def report_dropped(update: Update, context: Context) -> None:
    """Reports dropped questions in the chat of this update, which is then handled no further."""
    dropped = context.bot_data.backlog.take_dropped_count(talk_of(update), update.update_id)
    if dropped:
        text = context.texts.say(Key.ASK_LEFT_OUT, count=dropped)
        await reply(update, replies.plain(text), quoting=True)
        raise ApplicationHandlerStop


async def question(update: Update, context: Context) -> None:
    """Handles a message in a private chat, which is a question."""
    await _answer(update, context, addressed.without_mention(message_of(update)))


async def ask(update: Update, context: Context) -> None:
    """Handles /ask QUESTION."""
    await _answer_if_any(update, context, addressed.after_command(message_of(update)))


async def in_group(update: Update, context: Context) -> None:
    """Handles a message in a group that mentions the bot, or replies to it."""
    await _answer_if_any(update, context, addressed.without_mention(message_of(update)))


async def edited(update: Update, context: Context) -> None:
    """Handles an edited question: updates its answer."""
    await revised(update, context)


async def revised(update: Update, context: Context) -> bool:
    """Updates the answer after an edit; returns False where no answer to this message is known."""
    message = message_of(update)
    command = addressed.words(message).startswith("/")
    text = addressed.after_command(message) if command else addressed.without_mention(message)
    asked = AskedQuestion(text, message.message_id)
    exchange = await context.desk.revise(visitor_of(update), asked)
    if exchange:
        await redeliver(update, context, exchange)
    return exchange is not None


async def _answer_if_any(update: Update, context: Context, text: str) -> None:
    if text:
        await _answer(update, context, text)
    else:
        context.desk.admit(visitor_of(update))
        await _tell_how(update, context, Key.ASK_HOW)


async def _answer(update: Update, context: Context, text: str) -> None:
    if context.bot_data.log_questions:
        log.info("Asked: %s", text)
    message = message_of(update)
    replied = message.reply_to_message
    asked = AskedQuestion(text, message.message_id, replied.message_id if replied else None)
    await deliver(update, context, await context.desk.ask(visitor_of(update), asked))


async def source(update: Update, context: Context) -> None:
    """Handles /source: shows the article cited last, from the page with the passage on."""
    page = await context.desk.article_page(visitor_of(update))
    if isinstance(page, Nothing):
        await reply(update, replies.plain(context.texts.say(page)))
        return
    html = replies.article_page(page, context.texts, context.links)
    buttons = keyboards.under_article_page(page, context.texts, context.links)
    await message_of(update).reply_html(html, reply_markup=buttons)


async def start(update: Update, context: Context) -> None:
    """Handles /start, or /start ID from a link to an answer."""
    visitor = visitor_of(update)
    payload = addressed.after_command(message_of(update))
    if len(payload) == ID_LENGTH:
        await deliver(update, context, await context.desk.shared(visitor, payload))
        return
    context.desk.admit(visitor)
    await _tell_how(update, context, Key.START_WELCOME)


async def help_(update: Update, context: Context) -> None:
    """Handles /help."""
    visitor = visitor_of(update)
    context.desk.admit(visitor)
    text = context.texts.say(Key.HELP_PRIVATE)
    if context.desk.is_admin(visitor):
        text += "\n\n" + context.texts.say(Key.HELP_ADMIN)
    await reply(update, replies.plain(text))


async def help_in_group(update: Update, context: Context) -> None:
    """Handles /help and /start in a group."""
    context.desk.admit(visitor_of(update))
    await _tell_how(update, context, Key.HELP_GROUP)


async def _tell_how(update: Update, context: Context, key: Key) -> None:
    example = await context.desk.example(visitor_of(update))
    await reply(update, replies.plain(context.texts.with_example(key, example)))


async def forget(update: Update, context: Context) -> None:
    """Handles /forget: deletes what is stored about the person."""
    visitor = visitor_of(update)
    await context.contributions.forget(visitor.person)
    count = await context.desk.forget(visitor)  # the last: it takes all of it off the disk
    await reply(update, replies.plain(context.texts.say(Key.FORGET_DONE, count=count)))


async def unknown_command(update: Update, context: Context) -> None:
    """Handles an unknown command."""
    context.desk.admit(visitor_of(update))
    await reply(update, replies.plain(context.texts.say(Key.ASK_UNKNOWN_COMMAND)))


async def not_text(update: Update, context: Context) -> None:
    """Handles a picture, a sticker, a voice message and the like."""
    if message_of(update).media_group_id:
        return  # one of several pictures: what is asked stands below one of them
    context.desk.admit(visitor_of(update))
    await reply(update, replies.plain(context.texts.say(Key.ASK_ONLY_TEXT)))


async def migrated(update: Update, context: Context) -> None:
    """Handles a group that became a supergroup: its talks continue under the new id."""
    message = message_of(update)
    if message.migrate_to_chat_id:
        await context.desk.moved(message.chat_id, message.migrate_to_chat_id)
