"""A bot with a webhook in a process with few files, flooded with connections that say nothing.

`python flooded_webhook.py COUNT` prints each of three answers meanwhile, and at the end how many
files are open.
"""

import asyncio
import sys

import psutil
from bot_api_emulator.server import TelegramServer
from flooded_page import flooding, lower_files_limit
from processes import free_port
from running_bot import answered, parts_for, running


async def ask_flooded(count: int) -> None:
    """Asks the bot during the flood."""
    async with TelegramServer() as server:
        with free_port() as port:
            listen = f"127.0.0.1:{port}"
            server.webhook.proxy = f"http://{listen}"
            stranger = server.user(2, "Stranger")
            url = "https://bot.example.com/hook"
            parts = parts_for(server, webhook_url=url, webhook_listen=listen)
            async with running(parts, server), flooding(count, port):
                for _ in range(3):
                    print((await answered(stranger, "投资")).replace("\n", " "), flush=True)
                print(psutil.Process().num_fds())


if __name__ == "__main__":
    lower_files_limit()
    asyncio.run(ask_flooded(int(sys.argv[1])))
