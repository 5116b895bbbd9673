"""The data of buttons: their actions in at most 64 bytes, valid after a restart as well."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from bot.admin.lists import Listing, ListPage
from bot.core.article_pages import ArticlePageId
from bot.state.exchanges import ID_LENGTH

_VERSION = "1"
_ID = rf"([A-Za-z0-9_-]{{{ID_LENGTH}}})"
_NUMBER = r"([0-9]{1,9})"


class ReplyAction(StrEnum):
    """The action of a button under a reply."""

    PAGE = "p"
    """Shows another passage of the answer."""
    OVERVIEW = "o"
    """Shows all passages of a possible answer at once."""
    CONTEXT = "c"
    """Shows what stands around the passage."""
    GOOD = "g"
    BAD = "b"
    REPORT = "r"
    """Tells the administrators of a question without an answer."""
    AS_TYPED = "w"
    """Asks the question once more, without the earlier ones that it was understood with."""


class ArticleAction(StrEnum):
    """The action of a button for an article."""

    UNDO = "u"
    """It is taken out again, just after it came in."""
    REMOVE = "d"
    """It is taken out."""
    SPARE = "k"
    """It stays."""


class TextUse(StrEnum):
    """The use of a text that may be an article or a question."""

    ARTICLE = "a"
    QUESTION = "q"


@dataclass(frozen=True, slots=True)
class ReplyButton:
    """A button under a reply.

    Attributes:
        action: what it does.
        exchange: id of the exchange.
        number: of the passage, from 0.
    """

    action: ReplyAction
    exchange: str
    number: int = 0


@dataclass(frozen=True, slots=True)
class ArticleButton:
    """A button that decides on an article.

    Attributes:
        action: what becomes of it.
        handle: id of the article's handle.
    """

    action: ArticleAction
    handle: str


Button = ReplyButton | ArticlePageId | ListPage | ArticleButton | TextUse
"""What a button asks for: something of a reply, a page of an article or of a list, or what becomes
of an article or a text."""


def _form(*parts: str) -> re.Pattern[str]:
    return re.compile(_VERSION + "".join(parts), re.ASCII)


def _one_of(members: type[StrEnum]) -> str:
    return f"([{''.join(members)}])"


# After the version, a letter tells what kind of button it is: one of the actions, l, a, h or t.
_FORMS: tuple[tuple[re.Pattern[str], Callable[..., Button]], ...] = (
    (
        _form(_one_of(ReplyAction), _ID, _NUMBER),
        lambda action, exchange, number: ReplyButton(ReplyAction(action), exchange, int(number)),
    ),
    (
        _form("a", _ID, _NUMBER, rf"(?:\.{_NUMBER})?"),
        lambda exchange, passage, number: ArticlePageId(
            exchange, int(passage), int(number) if number else None
        ),
    ),
    (
        _form("l", _one_of(Listing), _NUMBER),
        lambda listing, number: ListPage(Listing(listing), int(number)),
    ),
    (
        _form("h", _one_of(ArticleAction), _ID),
        lambda action, handle: ArticleButton(ArticleAction(action), handle),
    ),
    (_form("t", _one_of(TextUse)), TextUse),
)


def encode(button: Button) -> str:
    """Returns the data of a button."""
    match button:
        case ReplyButton(action, exchange, number):
            return f"{_VERSION}{action}{exchange}{number}"
        case ArticlePageId(exchange, passage, None):
            return f"{_VERSION}a{exchange}{passage}"
        case ArticlePageId(exchange, passage, page):
            return f"{_VERSION}a{exchange}{passage}.{page}"
        case ListPage(listing, number):
            return f"{_VERSION}l{listing}{number}"
        case ArticleButton(action, handle):
            return f"{_VERSION}h{action}{handle}"
        case TextUse():
            return f"{_VERSION}t{button}"


def decode(data: str) -> Button | None:
    """Returns what a button's data asks for; None where no button of this version has such data."""
    for form, build in _FORMS:
        if fields := form.fullmatch(data):
            return build(*fields.groups())
    return None
