"""Articles written as pages of HTML: in this process, or in one of their own."""

import functools
from dataclasses import dataclass
from typing import Protocol

from jinja2 import Environment, PackageLoader, StrictUndefined

from bot.core.desk import AnsweringLibrary
from bot.texts.catalogue import Catalogue
from bot.web.article_view import part_of
from bot.web.citation_places import decode
from bot.web.pages import Writer
from bot.web.urls import Addresses


@dataclass(frozen=True, slots=True)
class AskedArticle:
    """What a request names.

    Attributes:
        id: of the article.
        at: the place in it, as the link names it; empty where it names none.
        part: number of the part; None for the one with the place, or the first.
        locale: language of the page.
        searchable: whether there is a search box.
    """

    id: str
    at: str
    part: int | None
    locale: str
    searchable: bool


@dataclass(frozen=True, slots=True)
class WrittenArticle:
    """The page of an article.

    Attributes:
        html: None where the article is gone.
        seconds: processor time that it took in another process.
    """

    html: str | None
    seconds: float = 0.0


class ArticlePages(Protocol):
    """Writes articles. Safe to use from several threads."""

    def write(self, asked: AskedArticle) -> WrittenArticle:
        """Returns the page of an article.

        Raises:
            IndexUnavailable: nothing is built, or it is damaged.
        """
        ...

    def close(self) -> None:
        """Ends what was started; the next use starts it again."""
        ...


class PagesHere:
    """Writes articles in this process."""

    def __init__(
        self, library: AnsweringLibrary, catalogue: Catalogue, addresses: Addresses
    ) -> None:
        self._library = library
        self._catalogue = catalogue
        self._addresses = addresses
        self._template = templates().get_template("article.html")

    def write(self, asked: AskedArticle) -> WrittenArticle:
        """Returns the page of an article, as `ArticlePages` does."""
        place = decode(asked.at)
        # Which part is shown is looked up once: before its blocks are read.
        choose = functools.cache(functools.partial(part_of, place=place, number=asked.part))
        article = self._library.article(asked.id, lambda text: choose(text).shown)
        if article is None:
            return WrittenArticle(None)
        writer = Writer(self._catalogue.of(asked.locale), self._addresses)
        page = writer.article(article, choose(article.text), asked.at if place else "")
        frame = writer.frame(article.title, searchable=asked.searchable)
        return WrittenArticle(self._template.render(frame=frame, article=page))

    def close(self) -> None:
        """Does nothing: nothing was started."""


def templates() -> Environment:
    """Returns the templates of the pages."""
    return Environment(
        loader=PackageLoader("bot.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
