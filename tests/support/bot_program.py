"""The whole program against the emulated Bot API."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot_api_emulator.server import TelegramServer
from processes import PATIENCE, plain_environment
from running_bot import ADMIN_ID


def settings_for(server: TelegramServer, **settings: str) -> dict[str, str]:
    """Returns the environment of the program."""
    return plain_environment() | {
        "BOT_TOKEN": server.token,
        "BOT_API_URL": server.url,
        "BOT_ADMINS": str(ADMIN_ID),
        "BOT_LOCALE": "zh",
        **settings,
    }


@asynccontextmanager
async def running_program(
    server: TelegramServer, folder: Path, **settings: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Yields the program when it polls; it is killed at the end of the block if it still runs."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot"),
        cwd=folder,
        env=settings_for(server, **settings),
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        await server.wait_until(lambda: server.calls_of("setMyCommands"), PATIENCE)
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def end(process: asyncio.subprocess.Process) -> None:
    """Ends the program as a service manager does."""
    process.terminate()
    assert await asyncio.wait_for(process.wait(), PATIENCE) == 0
