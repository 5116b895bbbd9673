"""Fetches what a link leads to: a page or a document of the public web, and nothing else.

The host's addresses are looked up once and checked, and the connection goes to the very address
that was checked: a name that leads elsewhere a moment later gains nothing.
"""

import asyncio
import re
import socket
import ssl
import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from email.message import Message
from ipaddress import ip_address
from pathlib import PurePosixPath
from urllib.parse import unquote

import httpx

from bot.admin.media_types import suffix_of
from bot.admin.public_addresses import Address, is_public
from bot.errors import FetchError, FetchFault

WEB_PORTS = frozenset({80, 443})
LAST_PORT = 65_535
MOST_REDIRECTS = 5
MOST_ADDRESSES = 4
"""Maximum number of a host's addresses that are tried."""
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PIECE = 1 << 20
"""Bytes that are unpacked at once."""
_LONGEST_NAMING = 2_000
"""In characters: a header that names a document; parsing a long one takes time."""
_GZIP = b"\x1f"
"""The first byte of a gzip member; the rest may not have been received yet."""
_NOT_IN_FRONT_MATTER = re.compile(r"[\[\]<>\"]")


@dataclass(frozen=True, slots=True)
class Bounds:
    """Limits of a fetch.

    Attributes:
        bytes: of a document, as it is after unpacking.
        seconds: total timeout, including redirects.
        pause: timeout in seconds without any data from the server.
    """

    bytes: int = 20_000_000
    seconds: float = 60.0
    pause: float = 15.0


@dataclass(frozen=True, slots=True)
class Fetched:
    """A document from the web.

    Attributes:
        url: where it was found, after redirects, without a fragment.
        name: what to call it; its suffix tells the format.
        content: its bytes.
    """

    url: str
    name: str
    content: bytes


class Fetcher:
    """Fetches documents. Keeps no cookies, and takes no proxy from the environment."""

    def __init__(
        self,
        bounds: Bounds,
        allowed: Callable[[Address], bool] = is_public,
        ports: frozenset[int] | None = WEB_PORTS,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """
        Args:
            allowed: which addresses may be connected to.
            ports: which ports may be; None for all.
            tls: whom to trust; the usual authorities without it.
        """
        self._bounds = bounds
        self._allowed = allowed
        self._ports = ports
        self._tls = tls

    @property
    def largest(self) -> int:
        """Bytes that a document may have."""
        return self._bounds.bytes

    async def fetch(self, url: str) -> Fetched:
        """Fetches what a link leads to.

        Raises:
            FetchError: it is not fetched; the error says why.
        """
        try:
            async with asyncio.timeout(self._bounds.seconds):
                return await self._follow(_parsed(url))
        except (TimeoutError, httpx.TimeoutException) as error:
            raise FetchError(FetchFault.TIMEOUT) from error
        except (httpx.ConnectError, OSError) as error:
            raise FetchError(FetchFault.UNREACHABLE, str(error)) from error
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            # ValueError: a redirect to what is no address. The other side has chosen what these
            # errors say, and the address may stand in it: neither belongs into a log.
            raise FetchError(FetchFault.UNREACHABLE, type(error).__name__) from error

    async def _follow(self, url: httpx.URL) -> Fetched:
        for _ in range(MOST_REDIRECTS + 1):
            async with AsyncExitStack() as stack:
                response = await self._open(stack, url)
                if response.status_code not in _REDIRECTS or "location" not in response.headers:
                    return await self._read(response, url)
                url = _parsed(str(url.join(response.headers["location"])))
        raise FetchError(FetchFault.REDIRECTS)

    async def _open(self, stack: AsyncExitStack, url: httpx.URL) -> httpx.Response:
        """Requests a document at the checked addresses of its host, until one answers."""
        addresses = await self._addresses(url)
        # A client of its own for each step: no cookie goes from one host to another.
        client = await stack.enter_async_context(
            httpx.AsyncClient(
                verify=self._tls or True,
                trust_env=False,
                timeout=self._bounds.pause,
                limits=httpx.Limits(max_keepalive_connections=0),
            )
        )
        while True:
            request = _request(client, url, addresses.pop(0))
            try:
                response = await client.send(request, stream=True)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                if not addresses:
                    raise
            else:
                stack.push_async_callback(response.aclose)
                return response

    async def _addresses(self, url: httpx.URL) -> list[Address]:
        """Returns the addresses of a link's host; each of them may be connected to."""
        port = url.port or (443 if url.scheme == "https" else 80)
        if self._ports is not None and port not in self._ports:
            raise FetchError(FetchFault.NOT_PUBLIC)
        # `raw_host` is what is asked for: names in other scripts in the form that DNS knows.
        host = url.raw_host.decode("ascii")
        loop = asyncio.get_running_loop()
        try:
            places = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise FetchError(FetchFault.UNREACHABLE, str(error)) from error
        addresses = list(dict.fromkeys(ip_address(str(place[0])) for *_, place in places))
        # One that is not public gives the name away, also where others of it are.
        if not addresses or not all(map(self._allowed, addresses)):
            raise FetchError(FetchFault.NOT_PUBLIC)
        return addresses[:MOST_ADDRESSES]

    async def _read(self, response: httpx.Response, url: httpx.URL) -> Fetched:
        if response.status_code != httpx.codes.OK:
            raise FetchError(FetchFault.STATUS, str(response.status_code))
        suffix = suffix_of(response.headers.get("content-type", ""), url.path)
        if suffix is None:
            raise FetchError(FetchFault.KIND)
        length = response.headers.get("content-length", "")
        if length.isdigit() and int(length) > self._bounds.bytes:
            raise FetchError(FetchFault.TOO_LARGE)
        content = bytearray()
        async for chunk in _unpacked(response, self._bounds.bytes):
            content += chunk
            if len(content) > self._bounds.bytes:
                raise FetchError(FetchFault.TOO_LARGE)
        return Fetched(_written(url), _name(response, url, suffix), bytes(content))


def _parsed(url: str) -> httpx.URL:
    """Returns a link that may be followed.

    Raises:
        FetchError: it is none.
    """
    try:
        parsed = httpx.URL(url)
        host = parsed.host  # decoded only now: it may be no name at all
    except (httpx.InvalidURL, UnicodeError) as error:
        raise FetchError(FetchFault.NO_LINK) from error
    usable = host and not parsed.userinfo and (parsed.port or 0) <= LAST_PORT
    if parsed.scheme not in ("http", "https") or not usable:
        raise FetchError(FetchFault.NO_LINK)
    return parsed.copy_with(fragment=None)


def _request(client: httpx.AsyncClient, url: httpx.URL, address: Address) -> httpx.Request:
    """Returns a request for a link that goes to an address; name and certificate are the host's."""
    host = url.raw_host.decode("ascii")
    return client.build_request(
        "GET",
        url.copy_with(host=str(address)),
        headers={
            "Host": url.netloc.decode("ascii"),
            "User-Agent": "Mozilla/5.0 (compatible; WenChu)",
            "Accept": "text/html,application/xhtml+xml,application/pdf,text/*;q=0.9,*/*;q=0.5",
            "Accept-Encoding": "gzip, identity",
            "Accept-Language": "zh,en;q=0.5",
        },
        extensions={"sni_hostname": host.strip("[]")},
    )


async def _unpacked(response: httpx.Response, most: int) -> AsyncIterator[bytes]:
    """Yields the document in pieces, none larger than `_PIECE`, or than what was received at once.

    Args:
        most: bytes that may come over the network.
    """
    packing = response.headers.get("content-encoding", "identity").strip().lower()
    if packing not in ("", "identity", "gzip", "x-gzip"):
        raise FetchError(FetchFault.KIND)
    unpacker = _Gzip() if packing.endswith("gzip") else None
    came = 0
    async for chunk in response.aiter_raw():
        # What unpacks to nothing at all could come without an end.
        came += len(chunk)
        if came > most:
            raise FetchError(FetchFault.TOO_LARGE)
        if unpacker is None:
            yield chunk
            continue
        for piece in unpacker.feed(chunk):
            yield piece
    if unpacker and not unpacker.whole:
        raise FetchError(FetchFault.UNREACHABLE, "it ends too early")


class _Gzip:
    """Unpacks gzip, of one member or several, in pieces of bounded size."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(zlib.MAX_WBITS | 16)
        self._padded = False

    @property
    def whole(self) -> bool:
        """Whether the last member has come to its end."""
        return self._member.eof

    def feed(self, packed: bytes) -> Iterator[bytes]:
        """Unpacks what was received; ignores what follows the last member, as other programs do.

        Raises:
            FetchError: it is no gzip.
        """
        while packed and not self._padded:
            if self._member.eof:
                self._padded = not packed.startswith(_GZIP)
                if self._padded:
                    return
                self._member = zlib.decompressobj(zlib.MAX_WBITS | 16)
            try:
                yield self._member.decompress(packed, _PIECE)
            except zlib.error as error:
                raise FetchError(FetchFault.UNREACHABLE, str(error)) from error
            packed = self._member.unused_data or self._member.unconsumed_tail


def _name(response: httpx.Response, url: httpx.URL, suffix: str) -> str:
    """Returns the name of the document, from its host or its link, with the suffix of its
    format."""
    header = Message()
    naming = response.headers.get("content-disposition", "")
    header["content-disposition"] = naming if len(naming) <= _LONGEST_NAMING else ""
    try:
        given = header.get_filename() or ""
    except (UnicodeError, LookupError, ValueError):
        given = ""
    stem = PurePosixPath(given or unquote(url.path)).stem.strip()
    return f"{stem or url.host}{suffix}"


def _written(url: httpx.URL) -> str:
    """Returns the link as a citation shows it, without brackets, which would end it there."""
    head, mark, tail = str(url).partition("://")
    host, slash, rest = tail.partition("/")
    quoted = _NOT_IN_FRONT_MATTER.sub(lambda match: f"%{ord(match[0]):02X}", rest)
    return f"{head}{mark}{host}{slash}{quoted}"
