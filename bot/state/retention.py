"""How long questions, updates and handles are kept."""

import asyncio
import logging
from typing import Protocol

from bot.errors import StoreError
from bot.state.exchanges import Exchanges
from bot.state.update_inbox import Inbox

log = logging.getLogger(__name__)

PAUSE_SECONDS = 6 * 3600.0
RECEIVED_DAYS = 2.0
"""Telegram sends an update again for one day at most."""
HANDLE_DAYS = 30.0
"""People can edit a private message for two days; buttons to undo are rarely asked for later."""


class ArticleState(Protocol):
    """What is kept of how articles came by chat."""

    async def prune(self, handle_days: float, draft_days: float) -> None:
        """Deletes what is older, in days.

        Raises:
            StoreError: the bot's state cannot be written.
        """


async def tidy(exchanges: Exchanges, inbox: Inbox, articles: ArticleState, days: float) -> None:
    """Deletes whatever has been kept long enough, now and every few hours, until it is cancelled.

    Args:
        days: for which questions and answers are kept.
    """
    while True:
        try:
            count = await asyncio.to_thread(exchanges.prune, days)
            await asyncio.to_thread(inbox.prune, RECEIVED_DAYS, days)
            await articles.prune(HANDLE_DAYS, days)
            log.info("Old questions that were deleted: %d", count)
        except StoreError as error:
            log.error("%s", error)
        await asyncio.sleep(PAUSE_SECONDS)
