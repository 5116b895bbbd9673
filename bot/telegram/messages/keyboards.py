"""The buttons under a reply."""

from collections.abc import Mapping

from telegram import CopyTextButton, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.constants import InlineKeyboardButtonLimit

from bot.admin.lists import Leaf, Listed
from bot.core.article_pages import Sheet, SheetId
from bot.core.desk import Nothing
from bot.core.source_links import SourceLinks
from bot.state.exchanges import MISSES, Exchange
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
from index import Citation, NoAnswer

Row = list[InlineKeyboardButton]


def under(
    said: Exchange | Nothing, texts: Texts, links: SourceLinks
) -> InlineKeyboardMarkup | None:
    """The buttons under what the desk says to a question; None where there are none."""
    if isinstance(said, Nothing):
        return None
    if said.citation:
        tools = _tools(said, said.citation, texts, links)
        rows = [_pages(said, texts), tools, _opinions(said, texts)]
        return InlineKeyboardMarkup([row for row in rows if row])
    result = said.turn.result
    if isinstance(result, NoAnswer) and result.reason in MISSES:
        return _alone(_button(said, ReplyAction.REPORT, Key.BUTTON_REPORT, texts))
    return None


def under_context(passage: ReplyButton, texts: Texts) -> InlineKeyboardMarkup:
    """The buttons that lead from the context back to the passage, and on to the whole article."""
    article = SheetId(passage.exchange, passage.number)
    return InlineKeyboardMarkup([[_back(passage, texts), _turn(article, Key.BUTTON_READ, texts)]])


def under_sheet(sheet: Sheet, texts: Texts, links: SourceLinks) -> InlineKeyboardMarkup:
    """The buttons that turn the pages of an article, and lead back to its passage."""
    turns: Row = []
    if sheet.number > 0:
        turns.append(_turn(sheet.turned_by(-1), Key.BUTTON_PREVIOUS_PAGE, texts))
    if sheet.number + 1 < sheet.total:
        turns.append(_turn(sheet.turned_by(1), Key.BUTTON_NEXT_PAGE, texts))
    passage = ReplyButton(ReplyAction.PAGE, sheet.id.exchange, sheet.id.passage)
    ways = [_back(passage, texts), *link(sheet.source.citation, texts, links)]
    return InlineKeyboardMarkup([row for row in (turns, ways) if row])


def link(citation: Citation, texts: Texts, links: SourceLinks) -> list[InlineKeyboardButton]:
    """The button that opens an article in a browser; none where it cannot be opened there."""
    found = links.of(citation)
    if found is None:
        return []
    label = texts.say(Key.BUTTON_LINK if found.original else Key.BUTTON_OPEN)
    return [InlineKeyboardButton(label, url=found.address)]


def to_private_chat(said: Exchange, bot: str, texts: Texts) -> InlineKeyboardMarkup:
    """The button that shows an answer, with all its buttons, in the private chat with the bot."""
    url = f"https://t.me/{bot}?start={said.id}"
    return _alone(InlineKeyboardButton(texts.say(Key.BUTTON_GO_ON), url=url))


def under_list(listed: Listed, texts: Texts) -> InlineKeyboardMarkup | None:
    """The buttons that turn the pages of a list; None where it has one page."""
    number, listing = listed.leaf.number, listed.leaf.listing
    turns = []
    if number > 0:
        turns.append((Key.BUTTON_PREVIOUS_PAGE, Leaf(listing, number - 1)))
    if not listed.is_last:
        turns.append((Key.BUTTON_NEXT_PAGE, Leaf(listing, number + 1)))
    row = [InlineKeyboardButton(texts.say(key), callback_data=encode(leaf)) for key, leaf in turns]
    return InlineKeyboardMarkup([row]) if row else None


def under_article(handle: str, texts: Texts) -> InlineKeyboardMarkup:
    """The button that takes out again what has just come in."""
    return _choices({Key.BUTTON_UNDO: ArticleButton(ArticleAction.UNDO, handle)}, texts)


def under_removal(handle: str, texts: Texts) -> InlineKeyboardMarkup:
    """The buttons that decide whether an article is taken out."""
    choices = {
        Key.BUTTON_REMOVE: ArticleButton(ArticleAction.REMOVE, handle),
        Key.BUTTON_SPARE: ArticleButton(ArticleAction.SPARE, handle),
    }
    return _choices(choices, texts)


def under_unclear(texts: Texts) -> InlineKeyboardMarkup:
    """The buttons that decide whether a text is an article or a question."""
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


def _pages(said: Exchange, texts: Texts) -> Row:
    row = []
    if said.shown > 0:
        before = said.turned_to(said.shown - 1)
        row.append(_button(before, ReplyAction.PAGE, Key.BUTTON_PREVIOUS, texts))
    if said.shown + 1 < len(said.citations):
        after = said.turned_to(said.shown + 1)
        row.append(_button(after, ReplyAction.PAGE, Key.BUTTON_NEXT, texts))
    return row


def _tools(said: Exchange, citation: Citation, texts: Texts, links: SourceLinks) -> Row:
    row = [_button(said, ReplyAction.CONTEXT, Key.BUTTON_CONTEXT, texts)]
    article = SheetId(said.id, said.shown)
    row += link(citation, texts, links) or [_turn(article, Key.BUTTON_READ, texts)]
    copied = CopyTextButton(_short(cited(citation, texts)))
    row.append(InlineKeyboardButton(texts.say(Key.BUTTON_COPY), copy_text=copied))
    return row


def _opinions(said: Exchange, texts: Texts) -> Row:
    good = _button(said, ReplyAction.GOOD, Key.BUTTON_GOOD, texts)
    return [good, _button(said, ReplyAction.BAD, Key.BUTTON_BAD, texts)]


def _button(said: Exchange, action: ReplyAction, key: Key, texts: Texts) -> InlineKeyboardButton:
    data = encode(ReplyButton(action, said.id, said.shown))
    return InlineKeyboardButton(texts.say(key), callback_data=data)


def _turn(sheet: SheetId, key: Key, texts: Texts) -> InlineKeyboardButton:
    return InlineKeyboardButton(texts.say(key), callback_data=encode(sheet))


def _back(passage: ReplyButton, texts: Texts) -> InlineKeyboardButton:
    return InlineKeyboardButton(texts.say(Key.BUTTON_BACK), callback_data=encode(passage))


def _short(text: str) -> str:
    """As much of a text as a button copies."""
    return Marked(text).pieces(int(InlineKeyboardButtonLimit.MAX_COPY_TEXT))[0].text
