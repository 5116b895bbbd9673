"""Clients that are slow or many on purpose do not keep others from the page."""

import asyncio
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import psutil
import pytest
from desk_fakes import FakeLibrary, a_citation
from running_bot import PATIENCE
from web_page import Visited, visiting

from bot.web.connections import BoundedConnection, ConnectionLimits
from index import Answer, NoAnswer

SUPPORT = Path(__file__).parents[2] / "support"
HASTY = 0.5
"""Seconds that a connection which does not go on is borne with."""
DRIBBLED = {
    "nothing": b"",
    "a request line": b"GET /?q=",
    "headers": b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ",
    "a body": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n",
    "a chunk": b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nfffff\r\n",
    "a second request": b"GET /icon.svg HTTP/1.1\r\nHost: x\r\n\r\nGET /?q=",
}


async def opened(page: Visited) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", port_of(page))


def port_of(page: Visited) -> int:
    return int(page.url.rpartition(":")[2])


async def dribble(page: Visited, first: bytes) -> None:
    """Sends a request that does not end, a byte at a time, until the connection is cut."""
    reader, writer = await opened(page)
    ended = asyncio.create_task(ended_by_the_server(reader))
    with suppress(ConnectionError):
        writer.write(first)
        while not ended.done():
            if first:
                writer.write(b"a")
                await writer.drain()
            await asyncio.sleep(0.02)
    await ended
    writer.close()


async def is_served(page: Visited) -> bool:
    """Whether a client that does not linger gets an answer.

    On a busy machine it may seem to linger: then it is cut off, too, and asks again.
    """
    while True:
        with suppress(httpx.TransportError):
            return (await page.client.get("/")).status_code == 200


async def ended_by_the_server(reader: asyncio.StreamReader) -> None:
    with suppress(ConnectionError):
        while await reader.read(65536):
            pass


@pytest.mark.parametrize("first", DRIBBLED.values(), ids=DRIBBLED)
async def test_whoever_dribbles_is_cut_off_and_others_are_served(first: bytes) -> None:
    limits = ConnectionLimits(request_seconds=HASTY, answer_seconds=HASTY)
    async with visiting(limits=limits) as page, asyncio.timeout(PATIENCE):
        slow = asyncio.create_task(dribble(page, first))
        assert await is_served(page)
        await slow
        assert await is_served(page)


async def test_whoever_does_not_read_the_answers_is_cut_off() -> None:
    library = FakeLibrary((a_citation(),), "长" * 50_000)
    limits = ConnectionLimits(answer_seconds=HASTY)
    async with visiting(library, limits=limits) as page, asyncio.timeout(PATIENCE):
        path = "/" + page.addresses.within(a_citation()).partition("#")[0]
        request = f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
        with narrow(port_of(page)) as client:
            # Answers of 15 MB: no buffer on the way holds them.
            with suppress(ConnectionError):  # it may be cut off before it has asked for all
                await asyncio.get_running_loop().sock_sendall(client, request * 100)
            while held_by_the_server(client):  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.05)
        assert await is_served(page)


def held_by_the_server(client: socket.socket) -> bool:
    """Whether the other end of a connection is open in this process."""
    both = psutil.Process().net_connections("tcp4")
    return any(
        connection.raddr and connection.raddr[1] == client.getsockname()[1] for connection in both
    )


@contextmanager
def narrow(port: int) -> Iterator[socket.socket]:
    """Yields a connection whose receiver takes little at a time."""
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(("127.0.0.1", port))
        client.setblocking(False)
        yield client


async def test_a_patient_client_keeps_its_connection_from_one_request_to_the_next() -> None:
    limits = ConnectionLimits(request_seconds=2 * HASTY, answer_seconds=2 * HASTY)
    async with visiting(limits=limits) as page, asyncio.timeout(PATIENCE):
        reader, writer = await opened(page)
        for is_last in (False, True):
            writer.write(b"GET /icon.svg HTTP/1.1\r\nHost: x\r\n\r\n")
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200")
            length = next(
                int(line.split(b":")[1])
                for line in head.split(b"\r\n")
                if line.lower().startswith(b"content-length")
            )
            await reader.readexactly(length)
            # Once one that was opened only now has been cut off, this one would have been, too.
            if not is_last:
                await dribble(page, b"")
        writer.close()


async def test_no_answer_waits_for_the_acknowledgement_of_what_was_sent_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    undelayed: list[int] = []

    class Looked(BoundedConnection):
        def on_response_complete(self) -> None:
            connection = self.transport.get_extra_info("socket")
            undelayed.append(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            super().on_response_complete()

    monkeypatch.setattr("bot.web.server.BoundedConnection", Looked)
    async with visiting() as page:
        for _ in range(2):
            assert (await page.client.get("/")).status_code == 200
    assert undelayed
    assert all(undelayed)


async def test_one_client_does_not_take_the_places_of_others() -> None:
    limits = ConnectionLimits(of_one=3)
    async with visiting(limits=limits) as page, asyncio.timeout(PATIENCE):
        held = [await opened(page) for _ in range(limits.of_one)]
        reader, writer = await opened(page)
        assert (await reader.read()).startswith(b"HTTP/1.1 503 ")
        writer.close()
        other = await asyncio.open_connection(
            "127.0.0.1", port_of(page), local_addr=("127.0.0.2", 0)
        )
        other[1].write(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert (await other[0].readline()).startswith(b"HTTP/1.1 200")
        for _, connection in [*held, other]:
            connection.close()


async def test_a_trusted_proxy_connects_for_many() -> None:
    limits = ConnectionLimits(of_one=1)
    trusted = frozenset({"127.0.0.0/8"})
    async with visiting(limits=limits, proxies=trusted) as page, asyncio.timeout(PATIENCE):
        held = [await opened(page) for _ in range(3)]
        assert (await page.client.get("/")).status_code == 200
        for _, connection in held:
            connection.close()


LINGERING = ConnectionLimits(request_seconds=2 * PATIENCE, answer_seconds=2 * PATIENCE, of_all=3)
"""No connection ends in time by itself."""
ALL_TRUSTED = frozenset({"127.0.0.1"})


async def test_whoever_only_connects_makes_room_for_others() -> None:
    async with (
        visiting(limits=LINGERING, proxies=ALL_TRUSTED) as page,
        asyncio.timeout(PATIENCE),
    ):
        held = [await opened(page) for _ in range(LINGERING.of_all)]
        assert (await page.client.get("/")).status_code == 200
        # The one that has waited longest is ended, and no other.
        await ended_by_the_server(held[0][0])
        for reader, writer in held[1:]:
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert (await reader.readline()).startswith(b"HTTP/1.1 200")
        for _, writer in held:
            writer.close()


async def test_beyond_the_most_connections_of_all_each_new_one_is_refused_at_once() -> None:
    gate, entered = threading.Event(), asyncio.Semaphore(0)
    loop = asyncio.get_running_loop()

    class Slow(FakeLibrary):
        def ask(self, question: str, limit: int = 5) -> Answer | NoAnswer:
            loop.call_soon_threadsafe(entered.release)
            assert gate.wait(PATIENCE)
            return super().ask(question, limit)

    async with (
        visiting(Slow(), limits=LINGERING, proxies=ALL_TRUSTED, threads=3) as page,
        asyncio.timeout(PATIENCE),
    ):
        held = [await opened(page) for _ in range(LINGERING.of_all)]
        try:
            for _, writer in held:
                writer.write(b"GET /?q=a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                await entered.acquire()
            reader, writer = await opened(page)
            refusal = await reader.read()
            writer.close()
            asked = await page.client.get("/")
        finally:
            gate.set()
        for reader, writer in held:
            assert (await reader.readline()).startswith(b"HTTP/1.1 200")
            await ended_by_the_server(reader)
            writer.close()
        assert refusal.startswith(b"HTTP/1.1 503 ")
        assert (asked.status_code, asked.headers["Retry-After"]) == (503, "10")
        assert (await page.client.get("/")).status_code == 200


def test_the_most_connections_leave_the_process_most_of_its_files() -> None:
    limits = ConnectionLimits()
    assert limits.within(1_000_000) == limits
    assert limits.within(256).of_all == 64
    assert limits.within(2).of_all == 1


@pytest.mark.parametrize("count", [250, 1_100])
def test_a_flood_of_connections_takes_neither_the_files_nor_the_places_of_others(
    count: int,
) -> None:
    """In a process of its own, whose limits a test may lower."""
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, SUPPORT / "flooded_page.py", str(count)],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.stdout.split() == ["200", "200", "200"], done.stderr[-2_000:]
    assert "Too many open files" not in done.stderr
    assert len(done.stderr) < 100_000
