"""Commands of administrators. The table of handlers lets nobody else through."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing

from telegram import CallbackQuery, InlineKeyboardMarkup, Update

from bot.admin.lists import Listing, ListPage
from bot.errors import AdminsOnly
from bot.telegram.handlers import addressed, buttons, errors
from bot.telegram.handlers.context import Context, message_of, reply, visitor_of
from bot.telegram.handlers.deliver import answer
from bot.telegram.handlers.progress_message import Notice
from bot.telegram.messages import chart, command_menu, keyboards, replies
from bot.texts import admin as admin_texts
from bot.texts.keys import Key
from bot.visitors import Visitor
from index import LineFault, Progress

DAYS_DRAWN = 30

Adding = Callable[[Visitor, str], Awaitable[LineFault | None]]


async def reindex(update: Update, context: Context) -> None:
    """Handles /reindex: updates the index, and shows the progress."""
    notice = Notice(message_of(update), context.bot_data.edit_seconds)
    text = ""
    try:
        async with aclosing(context.admin_desk.reindex(visitor_of(update))) as steps:
            async for step in steps:
                if isinstance(step, Progress):
                    await notice.show(context.texts.progress(step))
                else:
                    text = context.texts.report(step)
    except Exception as error:
        # Replaces the progress, which would else seem to continue.
        errors.write(error, visitor_of(update).person)
        text = context.texts.error(error)
    await notice.finish(text)


async def cancel(update: Update, context: Context) -> None:
    """Handles /cancel: cancels the running update, whose own message then says so."""
    cancelled = await context.admin_desk.cancel(visitor_of(update))
    key = Key.ADMIN_CANCELLED if cancelled else Key.ADMIN_NOTHING_TO_CANCEL
    await reply(update, replies.plain(context.texts.say(key)))


async def rollback(update: Update, context: Context) -> None:
    """Handles /rollback: goes back to the index before the live one."""
    status = await context.admin_desk.rollback(visitor_of(update))
    await reply(update, replies.plain(context.texts.rolled_back(status)))


async def status(update: Update, context: Context) -> None:
    """Handles /status: shows the state of the index, and the questions of the day."""
    bot_status = await context.admin_desk.status(visitor_of(update))
    await reply(update, replies.plain(admin_texts.bot_status(context.texts, bot_status)))


def first_page(listing: Listing) -> buttons.Handler:
    """Returns the handler of a command that shows a list."""

    async def show(update: Update, context: Context) -> None:
        html, markup = await _list_page(update, context, ListPage(listing, 0))
        await message_of(update).reply_html(html, reply_markup=markup)

    return show


async def list_page(update: Update, context: Context, query: CallbackQuery, page: ListPage) -> None:
    """Handles a button that turns the pages of a list."""
    html, markup = await _list_page(update, context, page)
    await answer(query)
    await buttons.turn(context, query, html, markup)


async def _list_page(
    update: Update, context: Context, page: ListPage
) -> tuple[str, InlineKeyboardMarkup | None]:
    view = await context.admin_desk.list_view(visitor_of(update), page)
    html = replies.plain(admin_texts.list_view(context.texts, view))[0]
    return html, keyboards.under_list(view, context.texts)


async def stats(update: Update, context: Context) -> None:
    """Handles /stats: sends a chart of the last days."""
    days = await context.admin_desk.days(visitor_of(update), DAYS_DRAWN)
    drawn = await asyncio.to_thread(chart.draw, days)
    caption = admin_texts.days(context.texts, days)
    await message_of(update).reply_photo(drawn, caption=caption)


async def word(update: Update, context: Context) -> None:
    """Handles /word WORD: adds it to the user dictionary."""
    keys = Key.ADMIN_HOW_WORD, Key.ADMIN_WORD_ADDED
    await _add(update, context, context.admin_desk.add_word, keys)


async def synonym(update: Update, context: Context) -> None:
    """Handles /synonym WORD=WORD: adds them to the synonyms."""
    keys = Key.ADMIN_HOW_SYNONYM, Key.ADMIN_SYNONYM_ADDED
    await _add(update, context, context.admin_desk.add_synonyms, keys)


async def _add(update: Update, context: Context, add: Adding, keys: tuple[Key, Key]) -> None:
    """Adds a line; `keys` name the sentences for a missing line and for an added one."""
    how, added = keys
    visitor, line = visitor_of(update), addressed.after_command(message_of(update))
    if not line:
        text = context.texts.say(how)
    elif fault := await add(visitor, line):
        text = admin_texts.line_refused(context.texts, fault)
    else:
        text = context.texts.say(added)
    await reply(update, replies.plain(text))


async def refuse(update: Update, context: Context) -> None:
    """Refuses a command that only administrators may give."""
    context.desk.admit(visitor_of(update))
    raise AdminsOnly


async def introduce(update: Update, context: Context) -> None:
    """Publishes an administrator's commands to them, once since the start."""
    person = visitor_of(update).person
    if person not in context.bot_data.introduced:
        context.bot_data.introduced.add(person)
        await command_menu.publish_to_admin(context.bot, context.bot_data.catalogue, person)
