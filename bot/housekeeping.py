"""What is kept is kept for a while only."""

import asyncio
import logging

from bot.contributions import Contributions
from bot.errors import StoreError
from bot.exchanges import Exchanges
from bot.inbox import Inbox

log = logging.getLogger(__name__)

PAUSE_SECONDS = 6 * 3600.0
RECEIVED_DAYS = 2.0
"""Telegram brings an update again for a day at most."""
HANDLE_DAYS = 30.0
"""People can edit a private message for two days; buttons to undo are rarely asked for later."""


async def tidy(
    exchanges: Exchanges, inbox: Inbox, contributions: Contributions, days: float
) -> None:
    """Delete what is older than it should be, now and every few hours, until it is cancelled.

    Args:
        days: for which questions and answers are kept.
    """
    while True:
        try:
            count = await asyncio.to_thread(exchanges.prune, days)
            await asyncio.to_thread(inbox.prune, RECEIVED_DAYS)
            await contributions.prune(HANDLE_DAYS, days)
            log.info("Old questions that were deleted: %d", count)
        except StoreError as error:
            log.error("%s", error)
        await asyncio.sleep(PAUSE_SECONDS)
