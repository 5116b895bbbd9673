"""A proxy on loopback before one server, which swallows packets for as long as a test says."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class SwallowingProxy:
    """A running proxy.

    Attributes:
        port: where it listens.
        swallows: whether all that is sent is lost, with connections left open.
    """

    def __init__(self, server_port: int) -> None:
        self.port = 0
        self.swallows = False
        self._server_port = server_port
        self._connections: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Connects a client with the server, until either leaves."""
        task = asyncio.current_task()
        assert task
        self._connections.add(task)
        others, other_writer = await asyncio.open_connection("127.0.0.1", self._server_port)
        with suppress(OSError):
            await asyncio.gather(self._pass_on(reader, other_writer), self._pass_on(others, writer))
        self._connections.discard(task)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """A connection that has lost something stays lost: what follows makes no sense alone."""
        has_lost = False
        try:
            while content := await reader.read(65_536):
                has_lost = has_lost or self.swallows
                if not has_lost:
                    writer.write(content)
                    await writer.drain()
        finally:
            writer.close()

    async def close(self) -> None:
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)


@asynccontextmanager
async def swallowing_proxy(server_port: int) -> AsyncIterator[SwallowingProxy]:
    """Yields a running proxy, which swallows nothing at first."""
    proxy = SwallowingProxy(server_port)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        await proxy.close()
