"""When to try again what has failed and may have failed in passing."""

import time
from collections.abc import Callable

_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 300.0
"""Seconds."""


class Retry:
    """Lets what has failed be tried again after a second, then each time after twice as long."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Args:
        clock: tells the time in seconds.
        """
        self._clock = clock
        self._pause = _FIRST_PAUSE
        self._next: float | None = None

    @property
    def is_due(self) -> bool:
        """Whether something has failed and should be tried again by now."""
        return self._next is not None and self._clock() >= self._next

    def failed(self) -> None:
        """It has failed, for the first time or again."""
        self._next = self._clock() + self._pause
        self._pause = min(2 * self._pause, _LONGEST_PAUSE)

    def settled(self) -> None:
        """It has succeeded, or is something else now."""
        self._pause, self._next = _FIRST_PAUSE, None
