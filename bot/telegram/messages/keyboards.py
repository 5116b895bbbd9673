"""The buttons under a reply."""

from collections.abc import Mapping

from telegram import CopyTextButton, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.constants import InlineKeyboardButtonLimit

from bot.admin.lists import ListPage, ListView
from bot.core.article_pages import ArticlePage, ArticlePageId
from bot.core.desk import Nothing
from bot.core.source_links import SourceLinks
from bot.state.exchanges import OVERVIEW, Exchange, first_shown
from bot.telegram.messages.button_data import (
    ArticleAction,
    ArticleButton,
    Button,
    ReplyAction,
    ReplyButton,
    TextUse,
    encode,
)
from bot.telegram.messages.marked_text import Marked
from bot.texts.catalogue import Texts
from bot.texts.citations import cited
from bot.texts.keys import Key
from index import MISSES, Citation, NoAnswer

Row = list[InlineKeyboardButton]


def under(
    exchange: Exchange | Nothing, texts: Texts, links: SourceLinks
) -> InlineKeyboardMarkup | None:
    """Returns the buttons under the reply to a question; None where there are none."""
    if isinstance(exchange, Nothing):
        return None
    if exchange.shown == OVERVIEW:
        rows = [_openings(exchange), _opinions(exchange, texts)]
    elif exchange.citation:
        passage_buttons = _passage_buttons(exchange, exchange.citation, texts, links)
        rows = [_pages(exchange, texts), passage_buttons, _opinions(exchange, texts)]
    else:
        rows = [_report(exchange, texts)]
    rows = [row for row in (*rows, _as_typed(exchange, texts)) if row]
    return InlineKeyboardMarkup(rows) if rows else None


def under_context(passage: ReplyButton, texts: Texts) -> InlineKeyboardMarkup:
    """Returns the buttons that lead from the context to the passage, and to the whole article."""
    article = ArticlePageId(passage.exchange, passage.number)
    return InlineKeyboardMarkup([[_back(passage, texts), _turn(article, Key.BUTTON_READ, texts)]])


def under_article_page(page: ArticlePage, texts: Texts, links: SourceLinks) -> InlineKeyboardMarkup:
    """Returns the buttons that turn the pages of an article, and lead back to its passage."""
    turns: Row = []
    if page.number > 0:
        turns.append(_turn(page.turned_by(-1), Key.BUTTON_PREVIOUS_PAGE, texts))
    if page.number + 1 < page.total:
        turns.append(_turn(page.turned_by(1), Key.BUTTON_NEXT_PAGE, texts))
    passage = ReplyButton(ReplyAction.PAGE, page.id.exchange, page.id.passage)
    ways = [_back(passage, texts), *link(page.source.citation, texts, links)]
    return InlineKeyboardMarkup([row for row in (turns, ways) if row])


def link(citation: Citation, texts: Texts, links: SourceLinks) -> list[InlineKeyboardButton]:
    """Returns the button that opens an article in a browser; none where there is no address."""
    source_link = links.of(citation)
    if source_link is None:
        return []
    label = texts.say(Key.BUTTON_LINK if source_link.original else Key.BUTTON_OPEN)
    return [InlineKeyboardButton(label, url=source_link.address)]


def to_private_chat(exchange: Exchange, bot: str, texts: Texts) -> InlineKeyboardMarkup:
    """Returns the button that shows an answer, with all its buttons, in the private chat."""
    url = f"https://t.me/{bot}?start={exchange.id}"
    return _alone(InlineKeyboardButton(texts.say(Key.BUTTON_GO_ON), url=url))


def under_list(view: ListView, texts: Texts) -> InlineKeyboardMarkup | None:
    """Returns the buttons that turn the pages of a list; None where it has one page."""
    number, listing = view.page.number, view.page.listing
    turns = []
    if number > 0:
        turns.append((Key.BUTTON_PREVIOUS_PAGE, ListPage(listing, number - 1)))
    if not view.is_last:
        turns.append((Key.BUTTON_NEXT_PAGE, ListPage(listing, number + 1)))
    row = [InlineKeyboardButton(texts.say(key), callback_data=encode(page)) for key, page in turns]
    return InlineKeyboardMarkup([row]) if row else None


def under_article(handle: str, texts: Texts) -> InlineKeyboardMarkup:
    """Returns the button that removes an article that has just been added."""
    return _choices({Key.BUTTON_UNDO: ArticleButton(ArticleAction.UNDO, handle)}, texts)


def under_removal(handle: str, texts: Texts) -> InlineKeyboardMarkup:
    """Returns the buttons that decide whether an article is removed."""
    choices = {
        Key.BUTTON_REMOVE: ArticleButton(ArticleAction.REMOVE, handle),
        Key.BUTTON_SPARE: ArticleButton(ArticleAction.SPARE, handle),
    }
    return _choices(choices, texts)


def under_unclear(texts: Texts) -> InlineKeyboardMarkup:
    """Returns the buttons that decide whether a text is an article or a question."""
    return _choices(
        {Key.BUTTON_AS_ARTICLE: TextUse.ARTICLE, Key.BUTTON_AS_QUESTION: TextUse.QUESTION}, texts
    )


def _choices(choices: Mapping[Key, Button], texts: Texts) -> InlineKeyboardMarkup:
    buttons = [
        InlineKeyboardButton(texts.say(key), callback_data=encode(choice))
        for key, choice in choices.items()
    ]
    return InlineKeyboardMarkup([buttons])


def _alone(button: InlineKeyboardButton) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[button]])


def _openings(exchange: Exchange) -> Row:
    """Returns a button for each passage of an overview, which opens it."""
    passages = [exchange.turned_to(number) for number in range(len(exchange.citations))]
    return [
        InlineKeyboardButton(str(number), callback_data=_data(passage, ReplyAction.PAGE))
        for number, passage in enumerate(passages, 1)
    ]


def _pages(exchange: Exchange, texts: Texts) -> Row:
    """Returns the buttons that turn an answer; none under the answers to several questions."""
    row: Row = []
    if exchange.turn.parts and not exchange.shown:
        return row
    if exchange.shown > 0:
        before = exchange.turned_to(exchange.shown - 1)
        row.append(_button(before, ReplyAction.PAGE, Key.BUTTON_PREVIOUS, texts))
    if exchange.has_overview:
        row.append(_button(exchange, ReplyAction.OVERVIEW, Key.BUTTON_OVERVIEW, texts))
    if exchange.shown + 1 < len(exchange.citations):
        after = exchange.turned_to(exchange.shown + 1)
        row.append(_button(after, ReplyAction.PAGE, Key.BUTTON_NEXT, texts))
    return row


def _passage_buttons(
    exchange: Exchange, citation: Citation, texts: Texts, links: SourceLinks
) -> Row:
    row = [_button(exchange, ReplyAction.CONTEXT, Key.BUTTON_CONTEXT, texts)]
    article = ArticlePageId(exchange.id, exchange.shown)
    row += link(citation, texts, links) or [_turn(article, Key.BUTTON_READ, texts)]
    copied = CopyTextButton(_short(cited(citation, texts)))
    row.append(InlineKeyboardButton(texts.say(Key.BUTTON_COPY), copy_text=copied))
    return row


def _report(exchange: Exchange, texts: Texts) -> Row:
    result = exchange.turn.result
    if not isinstance(result, NoAnswer) or result.reason not in MISSES:
        return []
    return [_button(exchange, ReplyAction.REPORT, Key.BUTTON_REPORT, texts)]


def _as_typed(exchange: Exchange, texts: Texts) -> Row:
    """Returns the button that asks a question as it was typed, where the reply says that it was
    understood with earlier ones."""
    if not exchange.leans or exchange.shown != first_shown(exchange.turn):
        return []
    return [_button(exchange, ReplyAction.AS_TYPED, Key.BUTTON_AS_TYPED, texts)]


def _opinions(exchange: Exchange, texts: Texts) -> Row:
    good = _button(exchange, ReplyAction.GOOD, Key.BUTTON_GOOD, texts)
    return [good, _button(exchange, ReplyAction.BAD, Key.BUTTON_BAD, texts)]


def _button(
    exchange: Exchange, action: ReplyAction, key: Key, texts: Texts
) -> InlineKeyboardButton:
    return InlineKeyboardButton(texts.say(key), callback_data=_data(exchange, action))


def _data(exchange: Exchange, action: ReplyAction) -> str:
    return encode(ReplyButton(action, exchange.id, exchange.number))


def _turn(page: ArticlePageId, key: Key, texts: Texts) -> InlineKeyboardButton:
    return InlineKeyboardButton(texts.say(key), callback_data=encode(page))


def _back(passage: ReplyButton, texts: Texts) -> InlineKeyboardButton:
    return InlineKeyboardButton(texts.say(Key.BUTTON_BACK), callback_data=encode(passage))


def _short(text: str) -> str:
    """Returns as much of a text as a button copies."""
    return Marked(text).pieces(int(InlineKeyboardButtonLimit.MAX_COPY_TEXT))[0].text
