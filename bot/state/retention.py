"""How long questions, updates and handles are kept."""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Protocol, cast

from bot.errors import StoreError
from bot.state.database import Database, log_failure
from bot.state.exchanges import Exchanges
from bot.state.update_inbox import Inbox

log = logging.getLogger(__name__)

PAUSE_SECONDS = 6 * 3600.0
DAY_SECONDS = 86_400.0
RECEIVED_DAYS = 2.0
"""Telegram sends an update again for one day at most."""
HANDLE_DAYS = 30.0
"""People can edit a private message for two days; buttons to undo are rarely asked for later."""


class ArticleState(Protocol):
    """What is kept of how articles came by chat."""

    async def prune(self, handle_days: float, draft_days: float, now: float) -> None:
        """Deletes what is older at `now`, in days.

        Raises:
            StoreError: the bot's state cannot be written.
        """


class PruningClock:
    """Tells the time by which old things are deleted.

    It advances by a day at most each time: a clock of the machine that jumps, and is set right
    again, does not have everything deleted. After a long absence it catches up within days.
    """

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        """
        Args:
            clock: tells the time in seconds since 1970.
        """
        self._database = database
        self._clock = clock

    def advance(self) -> float:
        """Returns the time to delete by now, in seconds since 1970.

        Raises:
            StoreError: the bot's state cannot be read or written.
        """
        rows = self._database.read("SELECT at FROM pruned")
        if not rows:
            now = self._clock()
            self._database.write("INSERT INTO pruned (at) VALUES (?)", (now,))
            return now
        before = cast(float, rows[0][0])
        now = min(max(before, self._clock()), before + DAY_SECONDS)
        self._database.write("UPDATE pruned SET at = ?", (now,))
        return now


async def tidy(
    exchanges: Exchanges, inbox: Inbox, articles: ArticleState, clock: PruningClock, days: float
) -> None:
    """Deletes whatever has been kept long enough, now and every few hours, until it is cancelled.

    Args:
        days: for which questions and answers are kept.
    """
    while True:
        try:
            now = await asyncio.to_thread(clock.advance)
            count = await asyncio.to_thread(exchanges.prune, days, now)
            await asyncio.to_thread(inbox.prune, RECEIVED_DAYS, days, now)
            await articles.prune(HANDLE_DAYS, days, now)
            log.info("Old questions that were deleted: %d", count)
        except StoreError as error:
            log_failure(log, error)
        await asyncio.sleep(PAUSE_SECONDS)
