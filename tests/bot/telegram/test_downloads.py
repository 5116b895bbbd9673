"""Documents are downloaded the way that is set, and no more of them than may be."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from telegram import Document, File

from bot.errors import FetchError, FetchFault
from bot.telegram.delivery.downloads import Downloads

CONTENT = b"an article"
ADDRESS = "http://telegram.example/file/a.txt"


@pytest.fixture
async def proxy() -> AsyncIterator[str]:
    """The address of an HTTP proxy that has the document, which nobody else has."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await reader.readuntil(b"\r\n\r\n")
        assert request.startswith(f"GET {ADDRESS} ".encode())
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + CONTENT)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@pytest.fixture
def document(monkeypatch: pytest.MonkeyPatch) -> Document:
    """A document whose size nobody tells."""

    async def get_file(_: Document) -> File:
        return File("a", "b", file_path=ADDRESS)

    monkeypatch.setattr(Document, "get_file", get_file)
    return Document("a", "b")


async def test_a_document_comes_through_the_proxy_that_is_set(
    proxy: str, document: Document
) -> None:
    assert await Downloads(len(CONTENT), proxy).content(document) == CONTENT


async def test_a_document_that_is_a_byte_too_large_is_refused(
    proxy: str, document: Document
) -> None:
    with pytest.raises(FetchError) as raised:
        await Downloads(len(CONTENT) - 1, proxy).content(document)
    assert raised.value.fault is FetchFault.TOO_LARGE
