"""When Telegram last answered a poll."""

import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from telegram.request import HTTPXRequest


class Polls:
    """Knows when a poll was last answered."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """
        Args:
            clock: tells the time in seconds.
        """
        self._clock = clock
        self._last = clock()

    def answered(self) -> None:
        """Takes note that a poll was answered just now."""
        self._last = self._clock()

    def age(self) -> float:
        """Returns how many seconds ago a poll was answered; since the start where none was yet."""
        return self._clock() - self._last


class PollRequest(HTTPXRequest):
    """Connections for polls, whose answers are noted."""

    def __init__(self, polls: Polls, **known: Any) -> None:
        """
        Args:
            known: as for the library's own class.
        """
        super().__init__(**known)
        self._polls = polls

    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        """Makes a request, as the library's own class does."""
        status, body = await super().do_request(*args, **kwargs)
        if status == HTTPStatus.OK:
            self._polls.answered()
        return status, body
