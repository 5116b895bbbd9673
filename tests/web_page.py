"""The built-in page on a real port, for tests that visit it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
from desk_fakes import FakeLibrary

from bot.desk import AnsweringLibrary, Desk
from bot.exchanges import Exchanges
from bot.limits import Limits
from bot.rights import Rights
from bot.store import Database
from bot.texts import Catalogue
from bot.web.addresses import Addresses
from bot.web.application import application
from bot.web.connections import ConnectionLimits
from bot.web.grants import Grants
from bot.web.server import Site

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


def site_of(
    library: AnsweringLibrary | None = None,
    chats: frozenset[int] = frozenset(),
    per_minute: int | None = None,
    proxies: frozenset[str] = frozenset(),
    public: str = "https://bot.example.com",
    limits: ConnectionLimits | None = None,
) -> tuple[Site, Addresses]:
    """A page over a library, and what names its articles."""
    grants = Grants(KEY)
    addresses = Addresses(public, grants)
    desk = Desk(
        library or FakeLibrary(), Exchanges(Database()), Rights(chats=chats), Limits(per_minute)
    )
    app = application(desk, Catalogue.load("zh"), addresses, grants)
    return Site(app, "127.0.0.1", 0, proxies, limits), addresses


@asynccontextmanager
async def visiting(
    library: AnsweringLibrary | None = None,
    chats: frozenset[int] = frozenset(),
    per_minute: int | None = None,
    proxies: frozenset[str] = frozenset(),
    limits: ConnectionLimits | None = None,
) -> AsyncIterator[Visited]:
    """A page over a library, served until the end of the block."""
    site, addresses = site_of(library, chats, per_minute, proxies, limits=limits)
    async with site.serving() as port:
        url = f"http://127.0.0.1:{port}"
        async with httpx.AsyncClient(base_url=url, trust_env=False) as client:
            yield Visited(client, addresses, url)
