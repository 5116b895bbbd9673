"""Time for the emulated Bot API and for the bot that runs against it."""

import asyncio
import time

START = 1_000.0


class Clock:
    """Time in seconds that passes only where somebody waits for it: no machine is too slow.

    A wait is over at once, and the time has passed for everybody. Once the clock is held, waits
    last until the test lets the time pass.
    """

    def __init__(self) -> None:
        self._now = START
        self._is_held = False
        self._sleepers: list[tuple[float, asyncio.Event]] = []
        self._came = asyncio.Event()

    def __call__(self) -> float:
        """Returns the time."""
        return self._now

    async def sleep(self, seconds: float) -> None:
        """Waits until the time has passed."""
        if not self._is_held:
            self.advance(seconds)
            await asyncio.sleep(0)
            return
        sleeper = (self._now + seconds, asyncio.Event())
        self._sleepers.append(sleeper)
        self._came.set()
        try:
            await sleeper[1].wait()
        finally:
            self._sleepers.remove(sleeper)

    def hold(self) -> None:
        """Lets no time pass from now on but by `advance`."""
        self._is_held = True

    def advance(self, seconds: float) -> None:
        self._now += seconds
        for due, woken in self._sleepers:
            if due <= self._now:
                woken.set()

    async def is_waited_for(self) -> None:
        """Waits until somebody waits for time that has not passed."""
        while not any(due > self._now for due, _ in self._sleepers):
            self._came.clear()
            await self._came.wait()


class RealClock(Clock):
    """The time of this machine."""

    def __call__(self) -> float:
        """Returns the time."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
