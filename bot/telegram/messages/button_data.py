"""The data of buttons: what a press asks for, in at most 64 bytes that outlive a restart."""

import re
from dataclasses import dataclass
from enum import StrEnum

from bot.admin.lists import Leaf, Listing
from bot.core.article_pages import SheetId
from bot.state.exchanges import ID_LENGTH

_VERSION = "1"
_FORM = re.compile(rf"{_VERSION}([a-z])([A-Za-z0-9_-]{{{ID_LENGTH}}})([0-9]{{1,9}})", re.ASCII)
_LEAF = re.compile(rf"{_VERSION}l([{''.join(Listing)}])([0-9]{{1,9}})", re.ASCII)
_SHEET = re.compile(
    rf"{_VERSION}a([A-Za-z0-9_-]{{{ID_LENGTH}}})([0-9]{{1,9}})(?:\.([0-9]{{1,9}}))?", re.ASCII
)

_CHOICE = re.compile(rf"{_VERSION}h([a-z])([A-Za-z0-9_-]{{{ID_LENGTH}}})", re.ASCII)
_USE = re.compile(rf"{_VERSION}t([a-z])", re.ASCII)
ON_ARTICLES = rf"^{_VERSION}[ht]"
"""How the data begins of buttons that are about articles which come in or go out."""
ON_TEXTS = f"{_VERSION}t"
"""How the data begins of buttons that decide what a text is."""


class Deed(StrEnum):
    """What a press asks for."""

    PAGE = "p"
    """Show another passage of the answer."""
    CONTEXT = "c"
    """Show what stands around the passage."""
    GOOD = "g"
    BAD = "b"
    REPORT = "r"
    """Tell the administrators of a question without an answer."""


@dataclass(frozen=True, slots=True)
class Press:
    """A press of a button under a reply.

    Attributes:
        deed: what is asked for.
        exchange: id of the exchange.
        number: of the passage, from 0.
    """

    deed: Deed
    exchange: str
    number: int = 0


def encode(press: Press | Leaf | SheetId) -> str:
    """The data of a button, under a reply, a list or a page of an article."""
    if isinstance(press, Leaf):
        return f"{_VERSION}l{press.listing}{press.number}"
    if isinstance(press, SheetId):
        number = "" if press.number is None else f".{press.number}"
        return f"{_VERSION}a{press.exchange}{press.passage}{number}"
    return f"{_VERSION}{press.deed}{press.exchange}{press.number}"


def decode(data: str) -> Press | Leaf | SheetId | None:
    """What a button's data asks for; None where no button of this version has such data."""
    if leaf := _LEAF.fullmatch(data):
        return Leaf(Listing(leaf[1]), int(leaf[2]))
    if sheet := _SHEET.fullmatch(data):
        return SheetId(sheet[1], int(sheet[2]), int(sheet[3]) if sheet[3] else None)
    read = _FORM.fullmatch(data)
    if read is None or read[1] not in set(Deed):
        return None
    return Press(Deed(read[1]), read[2], int(read[3]))


class Act(StrEnum):
    """What becomes of an article."""

    UNDO = "u"
    """It is taken out again, just after it came in."""
    REMOVE = "d"
    """It is taken out."""
    SPARE = "k"
    """It stays."""


class Use(StrEnum):
    """What becomes of a text that may be an article or a question."""

    ARTICLE = "a"
    QUESTION = "q"


@dataclass(frozen=True, slots=True)
class Choice:
    """A press of a button that decides on an article.

    Attributes:
        act: what is chosen.
        handle: id of the article's handle.
    """

    act: Act
    handle: str


def encode_choice(choice: Choice | Use) -> str:
    """The data of a button that is about an article, or about what may become one."""
    if isinstance(choice, Use):
        return f"{_VERSION}t{choice}"
    return f"{_VERSION}h{choice.act}{choice.handle}"


def decode_choice(data: str) -> Choice | Use | None:
    """What such a button asks for; None where no button of this version has such data."""
    if (use := _USE.fullmatch(data)) and use[1] in set(Use):
        return Use(use[1])
    if (read := _CHOICE.fullmatch(data)) and read[1] in set(Act):
        return Choice(Act(read[1]), read[2])
    return None
