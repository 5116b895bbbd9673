"""A bot with a webhook in a process with few files, flooded with connections that say nothing.

`python flooded_webhook.py COUNT` prints each of three answers meanwhile, and at the end how many
files are open.
"""

import asyncio
import socket
import sys

import psutil
from bot_api_emulator.server import TelegramServer
from flooded_page import flooding, lower_files_limit
from running_bot import answered, parts_for, running


def free_port() -> int:
    """Returns a port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


async def ask_flooded(count: int) -> None:
    """Asks the bot during the flood."""
    port = free_port()
    listen = f"127.0.0.1:{port}"
    async with TelegramServer() as server:
        server.webhook.proxy = f"http://{listen}"
        stranger = server.user(2, "Stranger")
        parts = parts_for(server, webhook_url="https://bot.example.com/hook", webhook_listen=listen)
        async with running(parts, server), flooding(count, port):
            for _ in range(3):
                print((await answered(stranger, "投资")).replace("\n", " "), flush=True)
            print(psutil.Process().num_fds())


if __name__ == "__main__":
    lower_files_limit()
    asyncio.run(ask_flooded(int(sys.argv[1])))
