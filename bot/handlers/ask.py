"""Questions, and what helps people to ask them."""

from telegram import Update

from bot import replies
from bot.context import Context, message_of, reply, visitor_of
from bot.texts import Key


async def question(update: Update, context: Context) -> None:
    """A message in a private chat is a question."""
    await _answer(update, context, message_of(update).text or "")


async def ask(update: Update, context: Context) -> None:
    """/ask QUESTION"""
    words = (message_of(update).text or "").split(maxsplit=1)
    if len(words) > 1:
        await _answer(update, context, words[1])
    else:
        context.desk.admit(visitor_of(update))
        await reply(update, replies.plain(context.texts.say(Key.ASK_HOW)))


async def _answer(update: Update, context: Context, text: str) -> None:
    said = await context.desk.ask(visitor_of(update), text)
    await reply(update, replies.reply(said, context.texts))


async def start(update: Update, context: Context) -> None:
    """/start"""
    context.desk.admit(visitor_of(update))
    await reply(update, replies.plain(context.texts.say(Key.START_WELCOME)))


async def help_(update: Update, context: Context) -> None:
    """/help"""
    visitor = visitor_of(update)
    context.desk.admit(visitor)
    text = context.texts.say(Key.HELP_PRIVATE)
    if context.desk.is_admin(visitor):
        text += "\n\n" + context.texts.say(Key.HELP_ADMIN)
    await reply(update, replies.plain(text))


async def help_in_group(update: Update, context: Context) -> None:
    """/help and /start in a group"""
    context.desk.admit(visitor_of(update))
    await reply(update, replies.plain(context.texts.say(Key.HELP_GROUP)))


async def unknown_command(update: Update, context: Context) -> None:
    """A command that there is not."""
    context.desk.admit(visitor_of(update))
    await reply(update, replies.plain(context.texts.say(Key.ASK_UNKNOWN_COMMAND)))


async def not_text(update: Update, context: Context) -> None:
    """A picture, a sticker, a voice message and the like."""
    context.desk.admit(visitor_of(update))
    await reply(update, replies.plain(context.texts.say(Key.ASK_ONLY_TEXT)))
