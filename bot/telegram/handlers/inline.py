"""Passages for chats that the bot is no part of: inline results, and answers as a guest."""

import logging
from dataclasses import dataclass

from telegram import (
    InlineKeyboardMarkup,
    InlineQuery,
    InlineQueryResultArticle,
    InlineQueryResultsButton,
    InputTextMessageContent,
    LinkPreviewOptions,
    Message,
    Update,
)
from telegram.error import BadRequest

from bot.core.source_links import SourceLinks
from bot.errors import DeskError, TooMany
from bot.telegram.delivery.retrying import without_links
from bot.telegram.handlers import addressed, errors
from bot.telegram.handlers.context import Context
from bot.telegram.messages import keyboards, replies
from bot.texts.catalogue import Texts
from bot.texts.citations import glimpse
from bot.texts.keys import Key
from bot.visitors import Visitor
from index import Answer, Certainty, Citation, Turn, WenChuError

log = logging.getLogger(__name__)

RESULTS = 10
CACHE_SECONDS = 30
HOW = "how"
"""What `/start` is told by the button above the results: to explain."""


async def results(update: Update, context: Context) -> None:
    """Handles @bot QUESTION, typed in any chat: offers passages to choose from."""
    query = update.inline_query
    if query is None:
        return
    text = query.query.strip()
    if not text:
        example = await context.desk.example(_on_their_own(update))
        await _answer(query, [], context.texts.with_example(Key.INLINE_HOW, example))
        return
    try:
        turn = await context.desk.find(_on_their_own(update), text, RESULTS)
    except WenChuError as error:
        errors.write(error)
        await _answer(query, [], context.texts.say(_why(error)))
        return
    citations = turn.result.citations if isinstance(turn.result, Answer) else ()
    articles = [
        _article(turn, number, citation, context.texts, context.links)
        for number, citation in enumerate(citations)
    ]
    nothing = None if articles else context.texts.say(Key.INLINE_NOTHING)
    await _answer(query, articles, nothing)


def _why(error: WenChuError) -> Key:
    if isinstance(error, TooMany):
        return Key.INLINE_TOO_MANY
    return Key.INLINE_NOT_INVITED if isinstance(error, DeskError) else Key.INLINE_UNAVAILABLE


async def guest(update: Update, context: Context) -> None:
    """Handles a mention in a chat that the bot has not joined: sends one answer, and where to
    continue.
    """
    message = update.guest_message
    if message is None:
        return
    try:
        answer = await _answer_for_guest(update, context, addressed.without_mention(message))
    except WenChuError as error:
        errors.write(error)
        answer = _GuestAnswer(replies.plain(context.texts.error(error))[0])
    await _answer_guest(message, answer, context.texts)


@dataclass(frozen=True, slots=True)
class _GuestAnswer:
    """An answer in a chat where the bot is a guest.

    Attributes:
        html: the text.
        buttons: below it.
    """

    html: str
    buttons: InlineKeyboardMarkup | None = None


async def _answer_for_guest(update: Update, context: Context, text: str) -> _GuestAnswer:
    visitor, texts = _on_their_own(update), context.texts
    if not text:
        context.desk.admit(visitor)
        how = texts.with_example(Key.ASK_HOW_TO_GUEST, await context.desk.example(visitor))
        return _GuestAnswer(replies.plain(how)[0])
    exchange = await context.desk.answer_once(visitor, text)
    link = keyboards.to_private_chat(exchange, context.bot.username, texts)
    return _GuestAnswer(replies.reply(exchange, texts, context.links), link)


async def _answer_guest(message: Message, answer: _GuestAnswer, texts: Texts) -> None:
    if message.guest_query_id is None:
        return
    result = InlineQueryResultArticle(
        "0",
        texts.say(Key.INLINE_ANSWER),
        input_message_content=_content(answer.html),
        reply_markup=answer.buttons,
    )
    try:
        await message.get_bot().answer_guest_query(message.guest_query_id, result)
    except BadRequest as error:
        log.info("A guest's question could not be answered: %s", error)


def _on_their_own(update: Update) -> Visitor:
    """Returns the person as in their private chat, as they ask from no chat of the bot."""
    person = update.effective_user.id if update.effective_user else 0
    return Visitor(person, person)


def _article(
    turn: Turn, number: int, citation: Citation, texts: Texts, links: SourceLinks
) -> InlineQueryResultArticle:
    button = keyboards.link(citation, texts, links)
    sentence = glimpse(citation)
    if turn.result.certainty is Certainty.POSSIBLE:
        sentence = texts.say(Key.INLINE_POSSIBLE, sentence=sentence)
    return InlineQueryResultArticle(
        id=str(number),
        title=citation.title.strip() or texts.say(Key.INLINE_ANSWER),
        description=sentence,
        input_message_content=_content(replies.passage(turn, number, texts, links)),
        reply_markup=InlineKeyboardMarkup([button]) if button else None,
    )


def _content(html: str) -> InputTextMessageContent:
    no_preview = LinkPreviewOptions(is_disabled=True)
    return InputTextMessageContent(html, "HTML", link_preview_options=no_preview)


async def _answer(
    query: InlineQuery,
    articles: list[InlineQueryResultArticle],
    button: str | None,
) -> None:
    above = InlineQueryResultsButton(button, start_parameter=HOW) if button else None
    # Telegram refuses all of them for a link of one that it does not take.
    for offered in (articles, [_without_link(article) for article in articles]):
        try:
            await query.answer(
                offered,
                cache_time=CACHE_SECONDS,
                # Where not everybody is served, and where languages differ, nobody is shown what
                # another was found.
                is_personal=True,
                button=above,
            )
        except BadRequest as error:
            log.info("An inline query could not be answered: %s", error)
            if "url" in error.message.lower():
                continue
        return


def _without_link(article: InlineQueryResultArticle) -> InlineQueryResultArticle:
    return InlineQueryResultArticle(
        article.id,
        article.title,
        article.input_message_content,
        without_links(article.reply_markup),
        description=article.description,
    )
