"""Articles that administrators bring and take away in their private chats."""

import logging
from collections.abc import Awaitable, Callable
from pathlib import PurePosixPath

from telegram import CallbackQuery, Document, Message, Update
from telegram.error import BadRequest, TelegramError

from bot import keyboards, receipts, replies
from bot.callbacks import Act, Choice, Use, decode_choice
from bot.context import Context, message_of, reply, visitor_of
from bot.contributions import Contribution
from bot.desk import Question
from bot.errors import FetchError, FetchFault
from bot.handlers import address, ask, buttons, errors
from bot.handlers.deliver import deliver
from bot.handlers.notice import Notice
from bot.handlers.origins import origin_of
from bot.keys import Key
from bot.links import is_web_link
from bot.media_types import suffix_of
from bot.reindexing import Waiting
from bot.submissions import File, Submission, submission, text_file
from index import BuildReport, Front, IndexUnavailable, Progress, SkipReason, UnreadableFile

log = logging.getLogger(__name__)

Bringing = Callable[[], Awaitable[Contribution]]


async def document(update: Update, context: Context) -> None:
    """A file in a private chat is an article, where an administrator sends it."""
    message = message_of(update)
    if not context.desk.is_admin(visitor_of(update)):
        await (ask.question if message.caption else ask.not_text)(update, context)
        return
    await _bring(update, context, lambda: _keep(update, context, message))


async def text(update: Update, context: Context) -> None:
    """A text in a private chat is a question, unless an administrator sends an article."""
    message, visitor = message_of(update), visitor_of(update)
    meant = submission(message.text or "", message.forward_origin is not None)
    if meant is Submission.QUESTION or not context.desk.is_admin(visitor):
        await ask.question(update, context)
    elif meant is Submission.UNCLEAR:
        await _ask_use(message, context)
    else:
        await _bring(update, context, lambda: _keep(update, context, message))


async def edited(update: Update, context: Context) -> None:
    """A message in a private chat was changed: the article that it brought changes with it."""
    message, visitor = message_of(update), visitor_of(update)
    handle = None
    if context.desk.is_admin(visitor):
        handle = await context.contributions.brought(visitor, message.message_id)
    if handle is None:
        if message.text or message.caption:
            await ask.edited(update, context)
        return
    found = handle

    async def revise() -> Contribution:
        if link := _link(message):
            return await _keep_link(update, context, link, message)
        file = await _file(message, context)
        return await context.contributions.revise(visitor, found, file, message.message_id)

    await _bring(update, context, revise)


async def add(update: Update, context: Context) -> None:
    """/add LINK, or /add in reply to what is to become an article"""
    message, visitor = message_of(update), visitor_of(update)
    link = address.after_command(message)
    replied = message.reply_to_message
    if link:
        link = _completed(link)
        await _bring(update, context, lambda: _keep_link(update, context, link, message))
    elif replied:
        await _bring(update, context, lambda: _keep(update, context, replied))
    else:
        context.contributions.admit(visitor)
        await reply(update, replies.plain(context.texts.say(Key.INTAKE_HOW_ADD)))


async def remove(update: Update, context: Context) -> None:
    """/remove NUMBER or NAME, or /remove in reply to what became an article"""
    message, visitor = message_of(update), visitor_of(update)
    wanted = address.after_command(message)
    replied = message.reply_to_message
    if not wanted and replied:
        brought = await context.contributions.brought(visitor, replied.message_id)
        wanted = brought.article_id if brought else ""
    found = await context.contributions.find(visitor, wanted) if wanted else []
    if len(found) == 1:
        handle = await context.contributions.handle(visitor, found[0].id)
        html = replies.plain(receipts.asked_to_remove(context.texts, found[0]))[0]
        choice = keyboards.under_removal(handle.id, context.texts)
        await message.reply_html(html, reply_markup=choice)
        return
    if found:
        told = receipts.which(context.texts, found[:10])
    else:
        context.contributions.admit(visitor)
        key = Key.INTAKE_NOT_FOUND if wanted else Key.INTAKE_HOW_REMOVE
        told = context.texts.say(key)
    await reply(update, replies.plain(told))


async def press(update: Update, context: Context) -> None:
    """A button was pressed that decides on an article, or on what may become one."""
    query = update.callback_query
    if query is None:
        return
    match decode_choice(query.data or ""):
        case Choice(act=Act.SPARE):
            await _spare(update, context, query)
        case Choice() as choice:
            await _take_out(update, context, query, choice)
        case Use() as use:
            await _use(update, context, query, use)
        case None:
            await buttons.answer(query, context.texts.say(Key.PRESS_OUTDATED))


# Bringing


async def _bring(
    update: Update, context: Context, bring: Bringing, notice: Notice | None = None
) -> None:
    """Take in what somebody brings, and tell what becomes of it."""
    context.contributions.admit(visitor_of(update))
    notice = notice or Notice(message_of(update), context.bot_data.edit_seconds)
    await notice.show(context.texts.say(Key.INTAKE_RECEIVED))
    try:
        brought = await bring()
    except Exception as error:
        errors.write(error)
        await notice.finish(receipts.refused(context.texts, error))
        return
    # Others may follow, to be built in one go: the next one does not wait for this one's build.
    build = context.contributions.changed()
    context.application.create_task(_report(context, notice, brought, build), update=update)


async def _report(context: Context, notice: Notice, brought: Contribution, build: Waiting) -> None:
    """Tell how far the build has come, and then what was made of the article."""
    told, failure = receipts.kept(context.texts, brought), await _follow(context, notice, build)
    if isinstance(failure, str):
        told = receipts.waiting(context.texts, brought, failure)
    elif why := receipts.left_out(context.texts, failure, brought.kept.article.id):
        told = why
    undo = keyboards.under_article(brought.handle.id, context.texts) if brought.is_new else None
    await notice.finish(told, undo)


async def _keep(update: Update, context: Context, message: Message) -> Contribution:
    """Take in what a message holds: a document, a link or a text."""
    if link := _link(message):
        return await _keep_link(update, context, link, message)
    file = await _file(message, context)
    visitor = visitor_of(update)
    return await context.contributions.keep(visitor, file, message.message_id)


async def _keep_link(update: Update, context: Context, link: str, message: Message) -> Contribution:
    fetched = await context.bot_data.fetcher.fetch(link)
    file = File(fetched.name, fetched.content, Front(url=fetched.url))
    visitor = visitor_of(update)
    return await context.contributions.keep_link(visitor, file, fetched.url, message.message_id)


def _link(message: Message) -> str:
    """The link that a message brings, by itself or after a command; empty where it brings none."""
    written = (message.text or "").strip()
    if written.startswith("/"):
        return _completed(address.after_command(message))
    return written if is_web_link(written) else ""


def _completed(link: str) -> str:
    return link if not link or "://" in link else f"https://{link}"


async def _file(message: Message, context: Context) -> File:
    """What a message holds, as a file.

    Raises:
        FetchError: a document cannot be had.
        UnreadableFile: it holds nothing that could be an article.
    """
    if message.document:
        content = await download(message.document, context)
        return File(file_name(message.document), content, origin_of(message))
    written = message.text or message.caption or ""
    if not written.strip():
        raise UnreadableFile(SkipReason.EMPTY, "The message holds no text.")
    return text_file(written, origin_of(message))


async def download(document: Document, context: Context) -> bytes:
    """The content of a document.

    Raises:
        FetchError: it is too large, or cannot be had.
    """
    if (document.file_size or 0) > context.bot_data.fetcher.largest:
        raise FetchError(FetchFault.TOO_LARGE)
    try:
        file = await document.get_file()
        return bytes(await file.download_as_bytearray())
    except BadRequest as error:
        large = "too big" in error.message.lower()
        raise FetchError(FetchFault.FILE_LIMIT if large else FetchFault.FILE) from error
    except TelegramError as error:
        raise FetchError(FetchFault.FILE) from error


def file_name(document: Document) -> str:
    """What a document is called, with the suffix of its kind where it has none."""
    name = document.file_name or ""
    if PurePosixPath(name).suffix:
        return name
    return name + (suffix_of(document.mime_type or "") or "")


# What may be an article or a question


async def _ask_use(message: Message, context: Context) -> None:
    told = replies.plain(context.texts.say(Key.INTAKE_UNCLEAR))[0]
    # The text itself stays where it is: the button finds it by the reply.
    choice = keyboards.under_unclear(context.texts)
    await message.reply_html(told, reply_markup=choice, do_quote=True)


async def _use(update: Update, context: Context, query: CallbackQuery, use: Use) -> None:
    prompt = query.message
    written = prompt.reply_to_message if isinstance(prompt, Message) else None
    if not isinstance(prompt, Message) or written is None:
        await buttons.answer(query, context.texts.say(Key.PRESS_OUTDATED))
        return
    visitor = visitor_of(update)
    if use is Use.QUESTION:
        await buttons.answer(query)
        asked = Question(written.text or "", written.message_id)
        await deliver(update, context, await context.desk.ask(visitor, asked))
        return
    if await context.contributions.brought(visitor, written.message_id):
        await buttons.answer(query, context.texts.say(Key.INTAKE_TAKEN))
        return
    await buttons.answer(query)
    notice = Notice(written, context.bot_data.edit_seconds, sent=prompt)
    await _bring(update, context, lambda: _keep(update, context, written), notice)


# Taking out


async def _spare(update: Update, context: Context, query: CallbackQuery) -> None:
    context.contributions.admit(visitor_of(update))
    await buttons.answer(query)
    if isinstance(query.message, Message):
        await _let_show(query.message, context.texts.say(Key.INTAKE_SPARED))


async def _take_out(update: Update, context: Context, query: CallbackQuery, choice: Choice) -> None:
    visitor = visitor_of(update)
    try:
        article = await context.contributions.article(visitor, choice.handle)
    except IndexUnavailable:
        article = None  # the very first one may be taken out again before any index is built
    removed = await context.contributions.discard(visitor, choice.handle)
    if removed is None:
        await buttons.answer(query, context.texts.say(Key.INTAKE_GONE))
        return
    await buttons.answer(query)
    title = article.title if article else removed
    told = receipts.removed(context.texts, title, choice.act is Act.UNDO)
    build = context.contributions.changed()
    if isinstance(query.message, Message):
        notice = Notice(query.message, context.bot_data.edit_seconds, sent=query.message)
        context.application.create_task(_tell(context, notice, build, told), update=update)


async def _tell(context: Context, notice: Notice, build: Waiting, told: str) -> None:
    failure = await _follow(context, notice, build)
    await notice.finish(f"{told}\n{failure}" if isinstance(failure, str) else told)


async def _follow(context: Context, notice: Notice, build: Waiting) -> BuildReport | str:
    """Show how far a build has come; return its report, or why there is none."""
    try:
        async for step in build.steps():
            if not isinstance(step, Progress):
                return step
            await notice.show(context.texts.progress(step))
    except Exception as error:
        errors.write(error)
        return context.texts.error(error)
    raise AssertionError("a build ends with a report or an error")


async def _let_show(message: Message, told: str) -> None:
    try:
        await message.edit_text(replies.plain(told)[0], parse_mode="HTML")
    except TelegramError as error:
        log.info("A message could not be edited: %s", error)
