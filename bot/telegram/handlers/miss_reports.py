"""Reports of questions without an answer: the administrators get one at once, others gathered."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

PAUSE_SECONDS = 60.0
LONGEST_PAUSE_SECONDS = 3600.0
MOST_NAMED = 10
"""Maximum number of questions that a message names."""

Tell = Callable[[Sequence[str], int], Awaitable[object]]
"""Sends a message that names some questions and says how many were reported."""


class MissReports:
    """Sends a report at once; those that come within a pause are one message at its end.

    The pauses grow while reports keep coming. Belongs to one event loop.
    """

    def __init__(self, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        """
        Args:
            sleep: waits for a number of seconds.
        """
        self._sleep = sleep
        self._questions: list[str] = []
        self._count = 0
        self._pausing: asyncio.Task[None] | None = None

    async def add(self, question: str, tell: Tell) -> None:
        """Reports a question, now or with others."""
        self._count += 1
        if self._count <= MOST_NAMED:
            self._questions.append(question)
        if self._pausing is None or self._pausing.done():
            self._pausing = asyncio.create_task(self._pause(tell))
            await self._send(tell)

    def close(self) -> None:
        """Leaves out what has not been sent: it stands in the list of questions all the same."""
        if self._pausing:
            self._pausing.cancel()

    async def _pause(self, tell: Tell) -> None:
        seconds = PAUSE_SECONDS
        await self._sleep(seconds)
        while self._count:
            await self._send(tell)
            seconds = min(2 * seconds, LONGEST_PAUSE_SECONDS)
            await self._sleep(seconds)

    async def _send(self, tell: Tell) -> None:
        questions, count = self._questions, self._count
        self._questions, self._count = [], 0
        await tell(questions, count)
