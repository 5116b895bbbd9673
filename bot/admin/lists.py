"""Lists that are too long for one message, page by page."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.state.statistics import Miss, Opinion
from index import Article

PAGE = 10
"""Items of a page."""

Item = Article | Miss | Opinion


class Listing(StrEnum):
    """What a list holds."""

    ARTICLES = "a"
    MISSES = "m"
    FEEDBACK = "f"


@dataclass(frozen=True, slots=True)
class ListPage:
    """A page of a list.

    Attributes:
        listing: what the list holds.
        number: of the page, from 0.
    """

    listing: Listing
    number: int


@dataclass(frozen=True, slots=True)
class ListView:
    """A page of a list with its items.

    Attributes:
        page: which page of which list.
        items: the items of the page.
        total: how many items the list has.
    """

    page: ListPage
    items: tuple[Item, ...]
    total: int

    @property
    def first(self) -> int:
        """The number of the first item, from 1."""
        return self.page.number * PAGE + 1

    @property
    def is_last(self) -> bool:
        """Whether no page follows."""
        return self.first + len(self.items) > self.total


def bounds(page: ListPage, items: Sequence[object]) -> tuple[ListPage, slice]:
    """Returns the page, or the last one if there is none with its number, and its range of
    items."""
    last = max(0, (len(items) - 1) // PAGE)
    number = min(page.number, last)
    return ListPage(page.listing, number), slice(number * PAGE, (number + 1) * PAGE)
