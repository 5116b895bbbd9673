"""Requested builds: one for all requests, a moment after the last of them."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from bot.errors import BuildStopped
from index import BuildReport, BuildRunning, Progress

Step = Progress | BuildReport

PAUSE_SECONDS = 1.5
"""Seconds without a further request before a build starts."""
MOST_PAUSES = 10
"""Maximum number of pauses that a build waits if requests keep coming."""
AGAIN_SECONDS = 0.5
"""Seconds between checks whether another build has ended."""


class Waiting:
    """Somebody who waits for a build."""

    def __init__(self) -> None:
        self.heard: asyncio.Queue[Step | Exception] = asyncio.Queue()

    async def steps(self) -> AsyncGenerator[Step, None]:
        """Yields how far the build has come, and last its report.

        Raises:
            BuildError: it failed.
            BuildStopped: it was cancelled.
        """
        while True:
            step = await self.heard.get()
            if isinstance(step, Exception):
                raise step
            yield step
            if isinstance(step, BuildReport):
                return


class Reindexing:
    """Runs requested builds, each for all requests made by then. Belongs to one event loop."""

    def __init__(
        self, build: Callable[[], AsyncGenerator[Step, None]], pause: float = PAUSE_SECONDS
    ) -> None:
        """
        Args:
            build: starts a build; raises BuildRunning where another one is running.
            pause: seconds without a further request before it begins.
        """
        self._build = build
        self._pause = pause
        self._asked = self._first_asked = 0.0
        self._waiting: list[Waiting] = []
        self._running: asyncio.Task[None] | None = None
        self._closed = False

    def request(self) -> Waiting:
        """Requests a build that starts after now."""
        waiting = Waiting()
        self._asked = time.monotonic()
        if not self._waiting:
            self._first_asked = self._asked
        self._waiting.append(waiting)
        if self._closed:
            self._tell(self._take(), BuildStopped())
        elif self._running is None or self._running.done():
            self._running = asyncio.create_task(self._run())
        return waiting

    async def close(self) -> None:
        """Starts no further build; those who wait for one learn that it was cancelled."""
        self._closed = True
        self._tell(self._take(), BuildStopped())
        if self._running and not self._running.done():
            await asyncio.wait({self._running})

    async def _run(self) -> None:
        while self._waiting:
            await self._settle()
            # Whoever asks from now on may have brought what this build does not see.
            served = self._take()
            if not served:
                return
            try:
                async with aclosing(self._build()) as steps:
                    async for step in steps:
                        self._tell(served, step)
            except BuildRunning:
                self._waiting = served + self._waiting
                await asyncio.sleep(AGAIN_SECONDS)
                if self._closed:
                    self._tell(self._take(), BuildStopped())
            except Exception as error:
                self._tell(served, error)

    async def _settle(self) -> None:
        """Waits until nothing has come for a while, but not for ever if requests keep coming."""
        while not self._closed and (left := self._due() - time.monotonic()) > 0:  # noqa: ASYNC110 - no event: time passes by itself
            await asyncio.sleep(min(left, AGAIN_SECONDS))

    def _due(self) -> float:
        return min(self._asked + self._pause, self._first_asked + MOST_PAUSES * self._pause)

    def _take(self) -> list[Waiting]:
        taken, self._waiting = self._waiting, []
        return taken

    @staticmethod
    def _tell(waiting: list[Waiting], step: Step | Exception) -> None:
        for waiter in waiting:
            waiter.heard.put_nowait(step)
