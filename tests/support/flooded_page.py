"""A page in a process with few files, flooded with connections that say nothing.

`python flooded_page.py COUNT` prints the status of each of three visits meanwhile.
"""

import asyncio
import resource
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from web_page import client_at, site_of

FILES = 256
FLOOD = """
import resource, socket, sys
count, port = map(int, sys.argv[1:])
_, most = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (count + 100, most))
connections = [socket.socket() for _ in range(count)]
for connection in connections:
    connection.setblocking(False)
    connection.connect_ex(("127.0.0.1", port))
print("connected", flush=True)
sys.stdin.read()
"""


@asynccontextmanager
async def flooding(count: int, port: int) -> AsyncIterator[None]:
    """Holds so many connections to a port until the end of the block."""
    flood = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", FLOOD, str(count), str(port)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert flood.stdout
    assert await flood.stdout.readline() == b"connected\n"
    try:
        yield
    finally:
        await flood.communicate(b"")


async def visit_flooded(count: int) -> None:
    """Visits the page during the flood."""
    site, _ = site_of(proxies=frozenset({"127.0.0.1"}))
    async with site.serving() as port, flooding(count, port):
        for _ in range(3):
            async with client_at(port) as client:
                print((await client.get("/")).status_code)


def lower_files_limit() -> None:
    """Lowers how many files this process may have open."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (FILES, most))


if __name__ == "__main__":
    lower_files_limit()
    asyncio.run(visit_flooded(int(sys.argv[1])))
