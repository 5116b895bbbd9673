"""What administrators ask for. The office checks who may."""

from contextlib import aclosing

from telegram import Update

from bot import commands, replies
from bot.context import Context, message_of, reply, visitor_of
from bot.handlers import errors
from bot.handlers.notice import Notice
from bot.texts import Key
from index import Progress


async def reindex(update: Update, context: Context) -> None:
    """/reindex: update the index, and tell how far it has come."""
    notice = Notice(message_of(update), context.bot_data.edit_seconds)
    told = ""
    try:
        async with aclosing(context.office.reindex(visitor_of(update))) as steps:
            async for step in steps:
                if isinstance(step, Progress):
                    await notice.show(context.texts.progress(step))
                else:
                    told = context.texts.report(step)
    except Exception as error:
        # Told in place of the progress, which would else look as if it still went on.
        errors.write(error)
        told = context.texts.error(error)
    await notice.finish(told)


async def cancel(update: Update, context: Context) -> None:
    """/cancel: call off the update that runs; its own message then says so."""
    cancelled = await context.office.cancel(visitor_of(update))
    key = Key.ADMIN_CANCELLED if cancelled else Key.ADMIN_NOTHING_TO_CANCEL
    await reply(update, replies.plain(context.texts.say(key)))


async def rollback(update: Update, context: Context) -> None:
    """/rollback: answer from the index before the live one."""
    status = await context.office.rollback(visitor_of(update))
    await reply(update, replies.plain(context.texts.rolled_back(status)))


async def status(update: Update, context: Context) -> None:
    """/status: what is live."""
    live = await context.office.status(visitor_of(update))
    await reply(update, replies.plain(context.texts.live(live)))


async def introduce(update: Update, context: Context) -> None:
    """Have Telegram offer an administrator their commands, once since the start."""
    person = visitor_of(update).person
    if person not in context.bot_data.introduced:
        context.bot_data.introduced.add(person)
        await commands.publish_to_admin(context.bot, context.bot_data.catalogue, person)
