"""The built-in page on a real port, for tests that visit it."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass

import httpx
from desk_fakes import FakeLibrary
from running_bot import PATIENCE
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.core.desk import AnsweringLibrary, Desk
from bot.core.limits import QuestionLimits
from bot.core.rights import Rights
from bot.core.workers import THREADS, Workers
from bot.state.database import Database
from bot.state.exchanges import Exchanges
from bot.texts.catalogue import Catalogue
from bot.web.application import application
from bot.web.article_pages import ArticlePages, PagesHere
from bot.web.connections import ConnectionLimits
from bot.web.server import Site
from bot.web.signed_links import Grants
from bot.web.urls import Addresses

KEY = bytes(range(32))


@dataclass(frozen=True)
class Visited:
    """A page that is served.

    Attributes:
        client: visits it.
        addresses: name its articles.
        url: where it is.
    """

    client: httpx.AsyncClient
    addresses: Addresses
    url: str


def application_of(
    library: AnsweringLibrary | None = None,
    chats: frozenset[int] = frozenset(),
    per_minute: int | None = None,
    public: str = "https://bot.example.com",
    workers: Workers | None = None,
    articles: ArticlePages | None = None,
) -> tuple[ASGIApp, Addresses]:
    """Returns a page over a library as an application, and what names its articles."""
    grants = Grants(KEY)
    addresses = Addresses(public, grants)
    workers, library = workers or Workers(), library or FakeLibrary()
    desk = Desk(
        library,
        Exchanges(Database()),
        Rights(chats=chats),
        QuestionLimits(per_minute),
        workers,
    )
    catalogue = Catalogue.load("zh")
    articles = articles or PagesHere(library, catalogue, addresses)
    return application(desk, catalogue, addresses, grants, workers, articles), addresses


def site_of(
    library: AnsweringLibrary | None = None,
    chats: frozenset[int] = frozenset(),
    per_minute: int | None = None,
    proxies: frozenset[str] = frozenset(),
    public: str = "https://bot.example.com",
    limits: ConnectionLimits | None = None,
    threads: int = THREADS,
) -> tuple[Site, Addresses]:
    """Returns a page over a library, and what names its articles."""
    app, addresses = application_of(library, chats, per_minute, public, Workers(threads))
    return Site(app, "127.0.0.1", 0, proxies, limits), addresses


@asynccontextmanager
async def visiting(
    library: AnsweringLibrary | None = None,
    chats: frozenset[int] = frozenset(),
    per_minute: int | None = None,
    proxies: frozenset[str] = frozenset(),
    limits: ConnectionLimits | None = None,
    threads: int = THREADS,
) -> AsyncIterator[Visited]:
    """Yields a page over a library on a server of its own, until the end of the block."""
    site, addresses = site_of(library, chats, per_minute, proxies, limits=limits, threads=threads)
    async with site.serving() as port, client_at(port) as client:
        yield Visited(client, addresses, f"http://127.0.0.1:{port}")


def client_at(port: int) -> httpx.AsyncClient:
    """Returns a client of the page on a port."""
    # Reading the certificates that it trusts takes a client longer than a visit.
    url = f"http://127.0.0.1:{port}"
    return httpx.AsyncClient(base_url=url, trust_env=False, verify=False, timeout=PATIENCE)  # noqa: S501


class Stage:
    """One server for the pages of many tests, one page at a time.

    To start and end a server takes longer than most visits.
    """

    def __init__(self) -> None:
        self._shown: ASGIApp | None = None
        self.port = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on to the page that is shown."""
        assert self._shown, "no page is shown"
        await self._shown(scope, receive, send)

    @asynccontextmanager
    async def visiting(
        self,
        library: AnsweringLibrary | None = None,
        chats: frozenset[int] = frozenset(),
        per_minute: int | None = None,
        workers: Workers | None = None,
        articles: ArticlePages | None = None,
    ) -> AsyncIterator[Visited]:
        """Yields a page over a library, shown until the end of the block."""
        assert self._shown is None, "another page is shown"
        self._shown, addresses = application_of(
            library, chats, per_minute, workers=workers, articles=articles
        )
        try:
            async with client_at(self.port) as client:
                yield Visited(client, addresses, f"http://127.0.0.1:{self.port}")
        finally:
            self._shown = None


Visiting = Callable[..., AbstractAsyncContextManager[Visited]]
"""`Stage.visiting` of the server that tests share."""


@contextmanager
def staging() -> Iterator[Stage]:
    """Yields a server for many pages, in a thread of its own until the end of the block."""
    stage = Stage()
    with Site(stage, "127.0.0.1", 0, frozenset()).serving_beside() as stage.port:
        yield stage
