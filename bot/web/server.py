"""The built-in page's server, in the event loop of the bot or beside a terminal."""

import asyncio
import functools
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from typing import cast

import uvicorn
from starlette.types import ASGIApp

from bot.core.open_files import open_files_limit
from bot.errors import PageUnavailable
from bot.web.connections import BoundedConnection, ConnectionLimits

IDLE_SECONDS = 10
STOP_SECONDS = 3
_QUEUED = 128
_ACCEPTED_AT_ONCE = 16
"""More than that are accepted only after those before have been counted."""


class _Server(uvicorn.Server):
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Starts to listen; as many may wait for their connection as before the start."""
        await super().startup(sockets=sockets)
        for opened in sockets or ():
            opened.listen(_QUEUED)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leaves the signals to the bot."""
        yield


class Site:
    """The page, served on a port."""

    def __init__(
        self,
        app: ASGIApp,
        host: str,
        port: int,
        proxies: frozenset[str],
        limits: ConnectionLimits | None = None,
        ended: Callable[[], None] = lambda: None,
    ) -> None:
        """
        Args:
            port: 0 for any that is free.
            proxies: addresses and networks of reverse proxies that tell who asks.
            limits: what a connection may cost; the usual without them.
            ended: called after the end; may block.
        """
        self._app = app
        self._host = host
        self._port = port
        self._proxies = sorted(proxies)
        self._ended = ended
        known = replace(limits or ConnectionLimits(), trusted=proxies)
        self._limits = known.within(open_files_limit())

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[int]:
        """Serves in this event loop until the end of the block; yields the port.

        Raises:
            PageUnavailable: the port cannot be opened.
        """
        opened, server = self._open(), self._server()
        task = asyncio.create_task(server.serve([opened]))
        try:
            yield opened.getsockname()[1]
        finally:
            server.should_exit = True
            await task
            opened.close()
            await asyncio.to_thread(self._ended)

    @contextmanager
    def serving_beside(self) -> Iterator[int]:
        """Serves in a thread of its own, for a caller whose event loop stands still at times."""
        opened, server = self._open(), self._server()
        work = threading.Thread(target=asyncio.run, args=(server.serve([opened]),), daemon=True)
        work.start()
        try:
            yield opened.getsockname()[1]
        finally:
            server.should_exit = True
            work.join()
            opened.close()
            self._ended()

    def _open(self) -> socket.socket:
        try:
            family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
            return socket.create_server((self._host, self._port), family=family, backlog=_QUEUED)
        except (OSError, OverflowError) as error:
            raise PageUnavailable(f"{self._host}:{self._port}", str(error)) from error

    def _connection(self) -> type[asyncio.Protocol]:
        # The server only calls it, whatever its type says.
        return cast(type[asyncio.Protocol], functools.partial(BoundedConnection, self._limits))

    def _server(self) -> uvicorn.Server:
        return _Server(
            uvicorn.Config(
                self._app,
                http=self._connection(),
                ws="none",
                lifespan="off",
                log_config=None,
                # What is looked for, and what grants an article, stands in the addresses.
                access_log=False,
                server_header=False,
                proxy_headers=bool(self._proxies),
                forwarded_allow_ips=self._proxies,
                # So many are accepted in one turn of the event loop, before any is counted.
                backlog=_ACCEPTED_AT_ONCE,
                timeout_keep_alive=IDLE_SECONDS,
                timeout_graceful_shutdown=STOP_SECONDS,
            )
        )
