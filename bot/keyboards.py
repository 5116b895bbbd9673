"""The buttons under a reply."""

from collections.abc import Mapping

from telegram import CopyTextButton, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.constants import InlineKeyboardButtonLimit

from bot.callbacks import Act, Choice, Deed, Press, Use, encode, encode_choice
from bot.citations import cited
from bot.desk import Nothing
from bot.exchanges import Exchange
from bot.keys import Key
from bot.links import is_web_link
from bot.listings import Leaf, Listed
from bot.markup import Marked
from bot.texts import Texts
from index import NoAnswer, RefusalReason

_MISSES = (RefusalReason.NOTHING_FOUND, RefusalReason.WEAK_EVIDENCE)


def under(said: Exchange | Nothing, texts: Texts) -> InlineKeyboardMarkup | None:
    """The buttons under what the desk says to a question; None where there are none."""
    if isinstance(said, Nothing):
        return None
    if said.citation:
        rows = [_pages(said, texts), _tools(said, texts), _opinions(said, texts)]
        return InlineKeyboardMarkup([row for row in rows if row])
    result = said.turn.result
    if isinstance(result, NoAnswer) and result.reason in _MISSES:
        return InlineKeyboardMarkup([[_button(said, Deed.REPORT, Key.BUTTON_REPORT, texts)]])
    return None


def under_context(passage: Press, texts: Texts) -> InlineKeyboardMarkup:
    """The button that leads from the context back to the passage."""
    label = texts.say(Key.BUTTON_BACK)
    return InlineKeyboardMarkup([[InlineKeyboardButton(label, callback_data=encode(passage))]])


def to_private_chat(said: Exchange, bot: str, texts: Texts) -> InlineKeyboardMarkup:
    """The button that shows an answer, with all its buttons, in the private chat with the bot."""
    url = f"https://t.me/{bot}?start={said.id}"
    return InlineKeyboardMarkup([[InlineKeyboardButton(texts.say(Key.BUTTON_GO_ON), url=url)]])


def resend(said: Exchange, texts: Texts) -> InlineKeyboardMarkup:
    """The button under the doubt whether a reply arrived."""
    return InlineKeyboardMarkup([[_button(said, Deed.RESEND, Key.BUTTON_RESEND, texts)]])


def under_list(listed: Listed, texts: Texts) -> InlineKeyboardMarkup | None:
    """The buttons that turn the pages of a list; None where it has one page."""
    number, listing = listed.leaf.number, listed.leaf.listing
    row = []
    if number > 0:
        row.append((Key.BUTTON_PREVIOUS_PAGE, Leaf(listing, number - 1)))
    if not listed.is_last:
        row.append((Key.BUTTON_NEXT_PAGE, Leaf(listing, number + 1)))
    buttons = [
        InlineKeyboardButton(texts.say(key), callback_data=encode(leaf)) for key, leaf in row
    ]
    return InlineKeyboardMarkup([buttons]) if buttons else None


def under_article(handle: str, texts: Texts) -> InlineKeyboardMarkup:
    """The button that takes out again what has just come in."""
    return _choices({Key.BUTTON_UNDO: Choice(Act.UNDO, handle)}, texts)


def under_removal(handle: str, texts: Texts) -> InlineKeyboardMarkup:
    """The buttons that decide whether an article is taken out."""
    choices = {
        Key.BUTTON_REMOVE: Choice(Act.REMOVE, handle),
        Key.BUTTON_SPARE: Choice(Act.SPARE, handle),
    }
    return _choices(choices, texts)


def under_unclear(texts: Texts) -> InlineKeyboardMarkup:
    """The buttons that decide whether a text is an article or a question."""
    return _choices(
        {Key.BUTTON_AS_ARTICLE: Use.ARTICLE, Key.BUTTON_AS_QUESTION: Use.QUESTION}, texts
    )


def _choices(choices: Mapping[Key, Choice | Use], texts: Texts) -> InlineKeyboardMarkup:
    buttons = [
        InlineKeyboardButton(texts.say(key), callback_data=encode_choice(choice))
        for key, choice in choices.items()
    ]
    return InlineKeyboardMarkup([buttons])


Row = list[InlineKeyboardButton]


def _pages(said: Exchange, texts: Texts) -> Row:
    row = []
    if said.shown > 0:
        before = said.turned_to(said.shown - 1)
        row.append(_button(before, Deed.PAGE, Key.BUTTON_PREVIOUS, texts))
    if said.shown + 1 < len(said.citations):
        after = said.turned_to(said.shown + 1)
        row.append(_button(after, Deed.PAGE, Key.BUTTON_NEXT, texts))
    return row


def _tools(said: Exchange, texts: Texts) -> Row:
    row = [_button(said, Deed.CONTEXT, Key.BUTTON_CONTEXT, texts)]
    if said.citation and is_web_link(said.citation.url):
        label = texts.say(Key.BUTTON_LINK)
        row.append(InlineKeyboardButton(label, url=said.citation.url))
    if said.citation:
        citation = _short(cited(said.citation, texts))
        row.append(
            InlineKeyboardButton(texts.say(Key.BUTTON_COPY), copy_text=CopyTextButton(citation))
        )
    return row


def _opinions(said: Exchange, texts: Texts) -> Row:
    good = _button(said, Deed.GOOD, Key.BUTTON_GOOD, texts)
    return [good, _button(said, Deed.BAD, Key.BUTTON_BAD, texts)]


def _button(said: Exchange, deed: Deed, key: Key, texts: Texts) -> InlineKeyboardButton:
    data = encode(Press(deed, said.id, said.shown))
    return InlineKeyboardButton(texts.say(key), callback_data=data)


def _short(text: str) -> str:
    """As much of a text as a button copies."""
    return Marked(text).pieces(int(InlineKeyboardButtonLimit.MAX_COPY_TEXT))[0].text
