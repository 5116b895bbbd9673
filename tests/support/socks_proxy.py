"""A SOCKS5 proxy on loopback, without a password, that counts whom it connects."""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

_BY_NAME = 3
_SUCCEEDED = b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00"


@dataclass
class SocksProxy:
    """A running proxy.

    Attributes:
        port: where it listens.
        ports: those it has connected to.
    """

    port: int = 0
    ports: list[int] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Connects a client with whom it asks for, until either leaves."""
        with suppress(OSError, EOFError):
            _, methods = await reader.readexactly(2)
            await reader.readexactly(methods)
            writer.write(b"\x05\x00")
            *_, kind = await reader.readexactly(4)
            length = (await reader.readexactly(1))[0] if kind == _BY_NAME else 4
            await reader.readexactly(length)
            (port,) = struct.unpack(">H", await reader.readexactly(2))
            self.ports.append(port)
            # Every name leads to this machine.
            other_reader, other_writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(_SUCCEEDED)
            await asyncio.gather(_pass_on(reader, other_writer), _pass_on(other_reader, writer))


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while content := await reader.read(65_536):
            writer.write(content)
            await writer.drain()
    finally:
        writer.close()


@asynccontextmanager
async def socks_proxy() -> AsyncIterator[SocksProxy]:
    """Yields a running proxy."""
    proxy = SocksProxy()
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
