"""A web on loopback: real HTTP servers whose pages are what a test says."""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Mapping
from ipaddress import ip_address
from typing import Any

from aiohttp import web

from bot.admin.fetcher import Bounds, Fetcher
from bot.admin.public_addresses import Address

PAGE = """<!doctype html><html lang="zh"><head><title>惠民工程开工</title></head><body><article>
<h1>惠民工程开工</h1><p>城西区投资两千万元整治五十个老旧楼院，工程本周开工，预计年底完成。</p>
<p>街道办事处说，整治以后每个楼院都有声控灯和健身器材。</p></article></body></html>"""


class LocalWeb:
    """A site whose paths give what is put there.

    Attributes:
        url: of the site, without a slash at its end.
        asked: the headers of each request, in order.
        sent: bytes that streams without an end have sent.
    """

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[Mapping[str, str]] = []
        self.sent = 0
        self._pages: dict[str, web.Response | str] = {}

    def page(self, path: str, body: bytes | str, kind: str = "text/html", **headers: str) -> str:
        """Adds a page; returns its link."""
        content = body.encode() if isinstance(body, str) else body
        sent_headers = {
            "Content-Type": kind,
            **{k.replace("_", "-"): v for k, v in headers.items()},
        }
        self._pages[path] = web.Response(body=content, headers=sent_headers)
        return f"{self.url}{path}"

    def redirect(self, path: str, to: str) -> str:
        """Adds a redirect; returns its link."""
        answer = web.Response(status=302, headers={"Location": to, "Set-Cookie": "a=b"})
        self._pages[path] = answer
        return f"{self.url}{path}"

    def status(self, path: str, status: int) -> str:
        """Adds a path that answers with a bare status; returns its link."""
        self._pages[path] = web.Response(status=status)
        return f"{self.url}{path}"

    def stream(self, path: str) -> str:
        """Adds a document without an end, of 1 GB at most; returns its link."""
        self._pages[path] = "stream"
        return f"{self.url}{path}"

    def silence(self, path: str) -> str:
        """Adds a page that begins and does not continue; returns its link."""
        self._pages[path] = "silence"
        return f"{self.url}{path}"

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(dict(request.headers))
        content = self._pages.get(request.path)
        if content is None:
            raise web.HTTPNotFound
        if isinstance(content, web.Response):
            return web.Response(status=content.status, body=content.body, headers=content.headers)
        response = web.StreamResponse(headers={"Content-Type": "text/plain"})
        await response.prepare(request)
        if content == "silence":
            await response.write(b"begun")
            await asyncio.sleep(3600)
        piece = b"x" * 100_000
        with contextlib.suppress(ConnectionError):
            while self.sent < 1_000_000_000:
                await response.write(piece)
                self.sent += len(piece)
        return response


@contextlib.asynccontextmanager
async def local_web(host: str = "127.0.0.1", **site: Any) -> AsyncIterator[LocalWeb]:
    """Yields a running site."""
    here = LocalWeb()
    application = web.Application()
    application.router.add_get("/{path:.*}", here.answer)
    runner = web.AppRunner(
        application, handler_cancellation=True, shutdown_timeout=0.05, access_log=None
    )
    await runner.setup()
    await web.TCPSite(runner, host, 0, **site).start()
    scheme = "https" if site.get("ssl_context") else "http"
    here.url = f"{scheme}://{host}:{runner.addresses[0][1]}"
    try:
        yield here
    finally:
        await runner.cleanup()


@contextlib.asynccontextmanager
async def odd_server(first: bytes, *then: bytes, pause: float = 0.0) -> AsyncIterator[str]:
    """Serves the same bytes to every request, whether it is HTTP or not; yields a link.

    Args:
        first: sent at once.
        then: sent repeatedly after that, until the client closes.
        pause: seconds before each time.
    """

    saying: set[asyncio.Task[None]] = set()

    async def say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(first)
            for part in itertools.cycle(then):
                await asyncio.sleep(pause)
                writer.write(part)
                await writer.drain()
        with contextlib.suppress(ConnectionError):
            writer.close()
            await writer.wait_closed()

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        saying.add(asyncio.create_task(say(reader, writer)))

    server = await asyncio.start_server(begin, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/a?token=SECRET"
    finally:
        server.close()
        await asyncio.gather(*saying)


def only_here(address: Address) -> bool:
    """Takes the first loopback address for the whole public web, and nothing else."""
    return address == ip_address("127.0.0.1")


def local_fetcher(**bounds: float) -> Fetcher:
    """Fetches from the site of a test, and from nowhere else."""
    return Fetcher(Bounds(**{"bytes": 1_000_000, **bounds}), only_here, ports=None)  # type: ignore[arg-type]
