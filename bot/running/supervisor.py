"""Background tasks that live as long as the bot: one that fails is begun again."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

from bot.admin.health import BackgroundTask, Health

log = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 300.0

Sleep = Callable[[float], Awaitable[object]]


async def supervise(
    task: BackgroundTask,
    run: Callable[[], Awaitable[object]],
    health: Health,
    sleep: Sleep = asyncio.sleep,
) -> None:
    """Runs a background task until it ends by itself or this is cancelled.

    Each failure is logged, noted, and followed by a pause; it doubles with each failure in a row.

    Args:
        run: begins the task.
        health: learns of failures.
        sleep: waits for so many seconds.
    """
    pause = FIRST_PAUSE_SECONDS
    while True:
        began = time.monotonic()
        try:
            await run()
        except Exception:
            if time.monotonic() - began > LONGEST_PAUSE_SECONDS:
                pause = FIRST_PAUSE_SECONDS
            log.exception("The background task %s failed; it begins again in %g s.", task, pause)
            health.note_failure(task)
        else:
            return
        await sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
