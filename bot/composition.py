"""How the parts of the bot are composed: the only place that knows them all."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.admin.admin_desk import AdminDesk, IndexActions
from bot.admin.build_queue import PAUSE_SECONDS
from bot.admin.build_runner import Builder, BuildSteps
from bot.admin.contributions import Contributions, Intake
from bot.admin.fetcher import Bounds, Fetcher
from bot.admin.folder_watch import OwnChanges
from bot.core.desk import AnsweringLibrary, Desk
from bot.core.limits import QuestionLimits
from bot.core.rights import Rights
from bot.core.source_links import SourceLinks
from bot.core.workers import Workers
from bot.settings import BotSettings
from bot.state.article_handles import ArticleHandles
from bot.state.database import STATE, Database
from bot.state.drafts import Drafts
from bot.state.exchanges import Exchanges, KeepLimits
from bot.state.retention import PruningClock
from bot.state.seats import Seats
from bot.state.statistics import Statistics
from bot.state.update_inbox import Inbox
from bot.telegram.delivery.downloads import Downloads
from bot.telegram.handlers.context import Services
from bot.terminal import console
from bot.texts.catalogue import Catalogue
from index import (
    IndexSettings,
    add_synonyms,
    add_word,
    build,
    discard_article,
    keep_article,
    open_library,
    put_article,
    rollback,
)

if TYPE_CHECKING:
    from bot.web.monitoring import Metrics
    from bot.web.server import Site


@dataclass(frozen=True, slots=True)
class Parts:
    """What the channels are made of.

    Attributes:
        settings, index_settings: as loaded.
        catalogue: the sentences.
        library: is asked.
        desk: answers.
        admin_desk: manages the index.
        exchanges: stores questions and answers.
        inbox: stores what was received on Telegram.
        pruning_clock: tells by which time old things are deleted.
        contributions: adds and removes articles.
        fetcher: fetches what links lead to.
        own_changes: which files of the folder the bot itself has changed.
        links: lead from citations to their articles.
        metrics: counts, if the settings ask for it.
        site: the built-in page, if the settings ask for it.
    """

    settings: BotSettings
    index_settings: IndexSettings
    catalogue: Catalogue
    library: AnsweringLibrary
    desk: Desk
    admin_desk: AdminDesk
    exchanges: Exchanges
    inbox: Inbox
    pruning_clock: PruningClock
    contributions: Contributions
    fetcher: Fetcher
    own_changes: OwnChanges
    metrics: "Metrics | None"
    links: SourceLinks
    site: "Site | None"

    def services(self, edit_seconds: float) -> Services:
        """Returns what the handlers on Telegram share.

        Args:
            edit_seconds: a progress message is edited at most once in this time.
        """
        return Services(
            self.desk,
            self.admin_desk,
            self.contributions,
            self.fetcher,
            Downloads(self.fetcher.largest, self.settings.proxy),
            self.catalogue,
            edit_seconds,
            self.settings.log_questions,
            self.links,
        )


def compose(
    settings: BotSettings,
    index_settings: IndexSettings,
    library: AnsweringLibrary | None = None,
    build_index: Callable[[], BuildSteps] | None = None,
    roll_back: Callable[[], str] | None = None,
    database: Database | None = None,
    fetcher: Fetcher | None = None,
    build_pause: float = PAUSE_SECONDS,
) -> Parts:
    """Composes the bot from its real parts, except those that are given.

    Raises:
        StoreError: the bot's state cannot be used.
    """
    on_telegram = bool(settings.token.get_secret_value())
    # Whoever sits at the terminal could as well run `python -m index build`.
    at_terminal = Rights(admins=frozenset({console.PERSON.person}))
    rights = Rights(settings.admins, settings.chats) if on_telegram else at_terminal
    given_library, library = library, library or open_library(index_settings)
    database = database or Database(index_settings.data / STATE if on_telegram else None)
    # Other processes of the same bot may use the same folder.
    seats = Seats(database.folder) if on_telegram and database.folder else None
    exchanges = Exchanges(
        database, limits=KeepLimits(settings.keep_questions_per_person, settings.keep_questions)
    )
    inbox = Inbox(database, seats=seats)
    admin_desk = AdminDesk(
        library,
        Builder(build_index or functools.partial(build, index_settings), index_settings.data),
        rights,
        IndexActions(
            roll_back or functools.partial(rollback, index_settings),
            functools.partial(add_word, index_settings),
            functools.partial(add_synonyms, index_settings),
        ),
        Statistics(database),
        build_pause,
        set_aside_count=inbox.set_aside_count,
    )
    limits = QuestionLimits(settings.questions_per_minute if on_telegram else None)
    metrics = _metrics(settings)
    answered = metrics.answered if metrics else lambda *_: None
    desk = Desk(library, exchanges, rights, limits, answered=answered, forget_received=inbox.forget)
    catalogue = Catalogue.load(settings.locale)
    # On the page nobody is known, and nobody administers; a flood there holds up no chat.
    workers = Workers()
    reading = Desk(
        library,
        exchanges,
        Rights(chats=settings.chats),
        QuestionLimits(settings.questions_per_minute),
        workers,
        answered,
    )
    intake = Intake(
        functools.partial(keep_article, index_settings),
        functools.partial(put_article, index_settings),
        functools.partial(discard_article, index_settings),
        functools.partial(discard_article, index_settings, is_replaced=True),
    )
    own_changes = OwnChanges(index_settings.seeds)
    contributions = Contributions(
        *(intake, ArticleHandles(database), Drafts(database), rights, library, admin_desk),
        own_changes,
    )
    fetcher = fetcher or Fetcher(Bounds(bytes=int(index_settings.largest_file_mb * 1e6)))
    return Parts(
        settings,
        index_settings,
        catalogue,
        library,
        desk,
        admin_desk,
        exchanges,
        inbox,
        PruningClock(database),
        contributions,
        fetcher,
        own_changes,
        metrics,
        *_page(settings, index_settings, given_library, reading, catalogue, database, workers),
    )


def _metrics(settings: BotSettings) -> "Metrics | None":
    if settings.metrics_address is None:
        return None
    from bot.web.monitoring import Metrics

    return Metrics()


def _page(
    settings: BotSettings,
    index_settings: IndexSettings,
    given_library: AnsweringLibrary | None,
    desk: Desk,
    catalogue: Catalogue,
    database: Database,
    workers: Workers,
) -> tuple[SourceLinks, "Site | None"]:
    """Returns the built-in page and the links to it, if it is wanted."""
    if settings.web_address is None:
        return SourceLinks(), None
    # Its libraries cost nothing where nobody wants it.
    from bot.web.application import application
    from bot.web.article_pages import PagesHere
    from bot.web.article_process import Equipment, PagesBeside
    from bot.web.server import Site
    from bot.web.signed_links import Grants, kept_key
    from bot.web.urls import Addresses

    key = kept_key(database)
    grants = Grants(key)
    addresses = Addresses(settings.web_url, grants)
    articles = (
        PagesHere(given_library, catalogue, addresses)
        if given_library
        else PagesBeside(Equipment(index_settings, settings.locale, settings.web_url, key))
    )
    page = application(desk, catalogue, addresses, grants, workers, articles)
    site = Site(page, *settings.web_address, settings.web_proxies, ended=articles.close)
    return SourceLinks(addresses.of), site
