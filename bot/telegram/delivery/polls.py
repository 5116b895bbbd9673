"""When Telegram last answered a poll."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

from telegram.error import NetworkError
from telegram.request import HTTPXRequest

_REFUSED = (HTTPStatus.UNAUTHORIZED, HTTPStatus.NOT_FOUND)
"""What Telegram answers where it does not know a token, or knows it no more."""


class Polls:
    """Knows when a poll was last answered.

    Attributes:
        is_refused: whether Telegram accepts the token no more; the library polls no more then.
        are_lost: whether the network has let the last poll down, and the next is not answered yet.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """
        Args:
            clock: tells the time in seconds.
        """
        self._clock = clock
        self._last = self._begun = clock()
        self._open = 0
        self.is_refused = False
        self.are_lost = False

    def begin(self) -> None:
        """Takes note that polling begins, for the first time or anew."""
        self._begun = self._clock()

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Takes note that a poll is open until the end of the block."""
        self._open += 1
        try:
            yield
        except NetworkError:
            self.are_lost = True
            raise
        finally:
            self._open -= 1

    def answered(self) -> None:
        """Takes note that a poll was answered just now."""
        self._last = self._clock()
        self.are_lost = False

    def age(self) -> float:
        """Returns how many seconds ago a poll was answered; since the start where none was yet."""
        return self._clock() - self._last

    def silence(self) -> float:
        """Returns for how many seconds Telegram has answered no poll since polling began; 0 while
        no poll is open: what was received may have to wait for its turn."""
        return self._clock() - max(self._last, self._begun) if self._open else 0.0


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
        with self._polls.waiting():
            status, body = await super().do_request(*args, **kwargs)
        self._polls.is_refused = status in _REFUSED
        if status == HTTPStatus.OK:
            self._polls.answered()
        return status, body
