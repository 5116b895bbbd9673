"""systemd learns that the event loop runs, where it asks for that."""

import asyncio
import contextlib
import os
import socket
from collections.abc import Mapping


async def report_alive(environment: Mapping[str, str] = os.environ) -> None:
    """Reports to the watchdog of systemd as often as it wants, until it is cancelled; returns at
    once where there is none.

    Args:
        environment: names the socket and the interval, as `sd_watchdog_enabled` reads them.
    """
    address = environment.get("NOTIFY_SOCKET", "")
    microseconds = environment.get("WATCHDOG_USEC", "")
    if not address or not microseconds:
        return
    if address.startswith("@"):  # a name that stands in no folder
        address = f"\0{address[1:]}"
    while True:
        with (
            contextlib.suppress(OSError),  # the next report may arrive
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as reports,
        ):
            reports.setblocking(False)
            reports.sendto(b"WATCHDOG=1", address)
        await asyncio.sleep(int(microseconds) / 2e6)
