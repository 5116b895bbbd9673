"""Articles that administrators add and remove in their private chats."""

import logging
from collections.abc import Awaitable, Callable

from telegram import CallbackQuery, Document, Message, Update
from telegram.error import TelegramError
from telegram.ext import filters

from bot.admin.build_queue import Waiting
from bot.admin.contributions import AddedArticle
from bot.admin.media_types import suffix_of
from bot.admin.submissions import File, Submission, link_in, submission, text_file
from bot.core.desk import AskedQuestion
from bot.core.source_links import is_web_link
from bot.state.article_handles import ArticleHandle
from bot.telegram.handlers import addressed, ask, errors
from bot.telegram.handlers.context import Context, message_of, reply, visitor_of
from bot.telegram.handlers.deliver import answer, deliver
from bot.telegram.handlers.forward_origin import origin_of
from bot.telegram.handlers.progress_message import Notice
from bot.telegram.messages import keyboards, replies
from bot.telegram.messages.button_data import ArticleAction, ArticleButton, TextUse
from bot.texts import contributions as contribution_texts
from bot.texts.keys import Key
from index import BuildReport, FrontMatter, IndexUnavailable, Progress, SkipReason, UnreadableFile

log = logging.getLogger(__name__)

Bringing = Callable[[], Awaitable[AddedArticle]]


class MaybeArticle(filters.MessageFilter):
    """Accepts texts that are not clearly questions."""

    def filter(self, message: Message) -> bool:
        """Returns whether the message is one."""
        return _meaning(message) is not Submission.QUESTION


def _meaning(message: Message) -> Submission:
    return submission(addressed.words(message), message.forward_origin is not None)


async def document(update: Update, context: Context) -> None:
    """Handles a file: it is an article."""
    message = message_of(update)
    await _bring(update, context, lambda: _keep(update, context, message))


async def text(update: Update, context: Context) -> None:
    """Handles a text that is an article, or may be one."""
    message = message_of(update)
    if _meaning(message) is Submission.UNCLEAR:
        await _ask_use(update, context, message)
    else:
        await _bring(update, context, lambda: _keep(update, context, message))


async def edited(update: Update, context: Context) -> None:
    """Handles an edit: what the message brought or asked changes with it."""
    message, visitor = message_of(update), visitor_of(update)
    if await context.contributions.reword(visitor, message.message_id, addressed.words(message)):
        return
    if handle := await context.contributions.brought(visitor, message.message_id):
        await _bring(update, context, lambda: _revise(update, context, handle, message))
    elif addressed.words(message) and await ask.revised(update, context):
        return
    elif _brings(message):
        await reply(update, replies.plain(context.texts.say(Key.INTAKE_FORGOTTEN)), quoting=True)


def _brings(message: Message) -> bool:
    """Whether an edited message may have brought or asked something. Telegram also tells of edits
    that its people did not make."""
    if message.edit_date is None:
        return False
    written = addressed.words(message)
    if written.startswith("/"):
        return written.startswith("/add") and bool(_link(message))
    return bool(written or message.document)


async def add(update: Update, context: Context) -> None:
    """Handles /add LINK, or /add in reply to what is to become an article."""
    message, visitor = message_of(update), visitor_of(update)
    link = addressed.after_command(message)
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
    """Handles /remove NUMBER or NAME, or /remove in reply to what became an article."""
    message, visitor = message_of(update), visitor_of(update)
    wanted = addressed.after_command(message)
    replied = message.reply_to_message
    if not wanted and replied:
        brought = await context.contributions.brought(visitor, replied.message_id)
        wanted = brought.article_id if brought else ""
    matches = await context.contributions.find(visitor, wanted) if wanted else []
    if len(matches) == 1:
        handle = await context.contributions.handle(visitor, matches[0].id)
        html = replies.plain(contribution_texts.asked_to_remove(context.texts, matches[0]))[0]
        choice = keyboards.under_removal(handle.id, context.texts)
        await message.reply_html(html, reply_markup=choice)
        return
    if matches:
        wording = contribution_texts.which(context.texts, matches[:10])
    else:
        context.contributions.admit(visitor)
        key = Key.INTAKE_NOT_FOUND if wanted else Key.INTAKE_HOW_REMOVE
        wording = context.texts.say(key)
    await reply(update, replies.plain(wording))


# Bringing


async def _bring(
    update: Update, context: Context, bring: Bringing, notice: Notice | None = None
) -> None:
    """Adds what somebody brings, and reports its outcome."""
    context.contributions.admit(visitor_of(update))
    notice = notice or Notice(message_of(update), context.bot_data.edit_seconds)
    await notice.show(context.texts.say(Key.INTAKE_RECEIVED))
    try:
        brought = await bring()
    except Exception as error:
        errors.write(error, visitor_of(update).person)
        await notice.finish(contribution_texts.refused(context.texts, error))
        return
    # Others may follow, to be built in one go: the next one does not wait for this one's build.
    build = context.contributions.changed()
    context.application.create_task(_report(context, notice, brought, build), update=update)


async def _report(context: Context, notice: Notice, brought: AddedArticle, build: Waiting) -> None:
    """Tell how far the build has come, and then what was made of the article."""
    report = await _follow(context, notice, build)
    if isinstance(report, str):
        wording = contribution_texts.waiting(context.texts, brought, report)
    else:
        wording = contribution_texts.left_out(
            context.texts, report, brought.kept.article.id
        ) or contribution_texts.kept(context.texts, brought)
    undo = keyboards.under_article(brought.handle.id, context.texts) if brought.is_new else None
    await notice.finish(wording, undo)


async def _keep(update: Update, context: Context, message: Message) -> AddedArticle:
    """Adds what a message holds: a document, a link or a text."""
    if link := _link(message):
        return await _keep_link(update, context, link, message)
    file = await _file(message, context)
    visitor = visitor_of(update)
    return await context.contributions.keep(visitor, file, message.message_id)


async def _keep_text(update: Update, context: Context, text: str, message: Message) -> AddedArticle:
    """Adds a text that a message holds."""
    if is_web_link(text.strip()):
        return await _keep_link(update, context, text.strip(), message)
    file = text_file(text, origin_of(message))
    visitor = visitor_of(update)
    return await context.contributions.keep(visitor, file, message.message_id)


async def _revise(
    update: Update, context: Context, handle: ArticleHandle, message: Message
) -> AddedArticle:
    """Replaces what a message brought with what it holds now."""
    link = _link(message)
    file, url = await _fetched(context, link) if link else (await _file(message, context), "")
    visitor = visitor_of(update)
    return await context.contributions.revise(visitor, handle, file, message.message_id, url)


async def _keep_link(update: Update, context: Context, link: str, message: Message) -> AddedArticle:
    file, url = await _fetched(context, link)
    visitor = visitor_of(update)
    return await context.contributions.keep_link(visitor, file, url, message.message_id)


async def _fetched(context: Context, link: str) -> tuple[File, str]:
    """Fetches what a link leads to, and returns its final address as well."""
    page = await context.bot_data.fetcher.fetch(link)
    return File(page.name, page.content, FrontMatter(url=page.url)), page.url


def _link(message: Message) -> str:
    """Returns the link of a message, by itself or after a command; empty where there is none."""
    if message.document:
        return ""  # what stands below it only says something of it
    written = addressed.words(message).strip()
    if written.startswith("/"):
        return _completed(addressed.after_command(message))
    return link_in(written, message.forward_origin is not None)


def _completed(link: str) -> str:
    return link if not link or "://" in link else f"https://{link}"


async def _file(message: Message, context: Context) -> File:
    """Returns what a message holds, as a file.

    Raises:
        FetchError: a document cannot be downloaded.
        UnreadableFile: it holds nothing that could be an article.
    """
    if message.document:
        content = await context.bot_data.downloads.content(message.document)
        return File(file_name(message.document), content, origin_of(message))
    written = addressed.words(message)
    if not written.strip():
        raise UnreadableFile(SkipReason.EMPTY, "The message holds no text.")
    return text_file(written, origin_of(message))


def file_name(document: Document) -> str:
    """Returns a document's name, with a suffix for its media type where its own has none."""
    name = document.file_name or ""
    if suffix_of("", name):
        return name
    return name + (suffix_of(document.mime_type or "") or "")


# What may be an article or a question


async def _ask_use(update: Update, context: Context, message: Message) -> None:
    wording = replies.plain(context.texts.say(Key.INTAKE_UNCLEAR))[0]
    choice = keyboards.under_unclear(context.texts)
    await message.reply_html(wording, reply_markup=choice, do_quote=True)
    # The button finds the text by the reply, which shows it as it was then.
    visitor = visitor_of(update)
    await context.contributions.hold(visitor, message.message_id, addressed.words(message))


async def use_text(update: Update, context: Context, query: CallbackQuery, use: TextUse) -> None:
    """Handles a button that says what a text is."""
    prompt = query.message
    written = prompt.reply_to_message if isinstance(prompt, Message) else None
    if not isinstance(prompt, Message) or written is None:
        await answer(query, context.texts.say(Key.REPLY_BUTTON_OUTDATED))
        return
    visitor, number = visitor_of(update), written.message_id
    text = await context.contributions.held(visitor, number)
    if text is None:
        await answer(query, context.texts.say(Key.INTAKE_TAKEN))
        return
    if use is TextUse.QUESTION:
        exchange = await context.desk.ask(visitor, AskedQuestion(text, number))
        await _let_show(prompt, context.texts.say(Key.INTAKE_ASKED))
        becoming = deliver(update, context, exchange)
    else:
        notice = Notice(written, context.bot_data.edit_seconds, sent=prompt)
        becoming = _bring(
            update, context, lambda: _keep_text(update, context, text, written), notice
        )
    await answer(query)
    try:
        await becoming
    finally:
        # Only now: a pressed button that a killed process has received is dealt with again.
        await context.contributions.release(visitor, number)


# Taking out


async def decide(
    update: Update, context: Context, query: CallbackQuery, button: ArticleButton
) -> None:
    """Handles a button that decides on an article."""
    if button.action is not ArticleAction.SPARE:
        await _take_out(update, context, query, button)
        return
    context.contributions.admit(visitor_of(update))
    await answer(query)
    if isinstance(query.message, Message):
        await _let_show(query.message, context.texts.say(Key.INTAKE_SPARED))


async def _take_out(
    update: Update, context: Context, query: CallbackQuery, button: ArticleButton
) -> None:
    visitor = visitor_of(update)
    try:
        article = await context.contributions.article(visitor, button.handle)
    except IndexUnavailable:
        article = None  # the very first one may be taken out again before any index is built
    removed = await context.contributions.discard(visitor, button.handle)
    if removed is None:
        await answer(query, context.texts.say(Key.INTAKE_GONE))
        return
    await answer(query)
    title = article.title if article else removed
    wording = contribution_texts.removed(context.texts, title, button.action is ArticleAction.UNDO)
    build = context.contributions.changed()
    if isinstance(query.message, Message):
        notice = Notice(query.message, context.bot_data.edit_seconds, sent=query.message)
        context.application.create_task(_tell(context, notice, build, wording), update=update)


async def _tell(context: Context, notice: Notice, build: Waiting, wording: str) -> None:
    failure = await _follow(context, notice, build)
    await notice.finish(f"{wording}\n{failure}" if isinstance(failure, str) else wording)


async def _follow(context: Context, notice: Notice, build: Waiting) -> BuildReport | str:
    """Shows the progress of a build; returns its report, or why there is none."""
    try:
        async for step in build.steps():
            if not isinstance(step, Progress):
                return step
            await notice.show(context.texts.progress(step))
    except Exception as error:
        errors.write(error)
        return context.texts.error(error)
    raise AssertionError("a build ends with a report or an error")


async def _let_show(message: Message, wording: str) -> None:
    try:
        await message.edit_text(replies.plain(wording)[0], parse_mode="HTML")
    except TelegramError as error:
        log.info("A message could not be edited: %s", error)
