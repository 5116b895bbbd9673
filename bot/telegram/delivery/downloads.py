"""Documents that people send: downloaded from Telegram, never more of them than may be."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
from telegram import Document, File
from telegram.error import BadRequest, TelegramError

from bot.errors import FetchError, FetchFault

SECONDS = 300.0
"""For a whole document."""
PAUSE_SECONDS = 15.0
"""Without a sign of life from the other side."""
_PIECE = 1 << 20


class Downloads:
    """Downloads documents. The library would hold all of one, however large, before its size is
    known: a Bot API server need not tell it."""

    def __init__(self, largest: int, proxy: str = "") -> None:
        """
        Args:
            largest: bytes that a document may have.
            proxy: address of a proxy to reach Telegram through; empty for none.
        """
        self._largest = largest
        self._proxy = proxy

    async def content(self, document: Document) -> bytes:
        """The content of a document.

        Raises:
            FetchError: it is too large, or cannot be had.
        """
        self._require_room(document.file_size or 0)
        try:
            file = await document.get_file()
        except BadRequest as error:
            large = "too big" in error.message.lower()
            raise FetchError(FetchFault.FILE_LIMIT if large else FetchFault.FILE) from error
        except TelegramError as error:
            raise FetchError(FetchFault.FILE) from error
        self._require_room(file.file_size or 0)
        try:
            async with asyncio.timeout(SECONDS):
                return await self._read(file)
        except (TimeoutError, OSError, httpx.HTTPError, httpx.InvalidURL) as error:
            # What these say may hold the address, and with it the token.
            raise FetchError(FetchFault.FILE, type(error).__name__) from None

    async def _read(self, file: File) -> bytes:
        path = file.file_path or ""
        if not path.startswith(("http://", "https://")):
            # A Bot API server on this machine may say where it has put the file.
            return await asyncio.to_thread(self._read_here, Path(path))
        content = bytearray()
        async for chunk in self._chunks(path):
            content += chunk
            self._require_room(len(content))
        return bytes(content)

    async def _chunks(self, address: str) -> AsyncIterator[bytes]:
        headers = {"Accept-Encoding": "identity"}  # packed, it could be small and still too large
        async with (
            httpx.AsyncClient(proxy=self._proxy or None, timeout=PAUSE_SECONDS) as client,
            client.stream("GET", address, headers=headers) as response,
        ):
            response.raise_for_status()
            async for chunk in response.aiter_raw(_PIECE):
                yield chunk

    def _read_here(self, path: Path) -> bytes:
        with path.open("rb") as file:
            content = file.read(self._largest + 1)
        self._require_room(len(content))
        return content

    def _require_room(self, size: int) -> None:
        if size > self._largest:
            raise FetchError(FetchFault.TOO_LARGE)
