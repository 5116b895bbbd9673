"""systemd's watchdog learns that the bot is responsive."""

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryDirectory

import pytest

from bot.running.service_manager import report_alive

PATIENCE = 30.0


@pytest.fixture(params=["file", "abstract"])
def address(request: pytest.FixtureRequest) -> Iterator[str]:
    """Yields an address for a socket, as systemd writes it; a long path would be refused."""
    with TemporaryDirectory() as folder:
        yield f"{Path(folder) / 's'}" if request.param == "file" else f"@{token_hex()}"


async def test_reports_come_again_and_again_even_where_one_did_not_arrive(address: str) -> None:
    environment = {"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "2000"}
    reporting = asyncio.create_task(report_alive(environment))
    await asyncio.sleep(0)  # the first report finds no socket
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as reports:
        reports.bind(address.replace("@", "\0"))
        reports.settimeout(PATIENCE)
        for _ in range(3):
            assert await asyncio.to_thread(reports.recv, 100) == b"WATCHDOG=1"
    reporting.cancel()


@pytest.mark.parametrize("missing", ["NOTIFY_SOCKET", "WATCHDOG_USEC"])
async def test_nothing_is_reported_where_no_watchdog_is(missing: str) -> None:
    environment = {"NOTIFY_SOCKET": "/nowhere", "WATCHDOG_USEC": "1"}
    del environment[missing]
    async with asyncio.timeout(PATIENCE):
        await report_alive(environment)
