"""Calls of Telegram that keep to its limits and outlast faults of the network."""

import asyncio
import functools
import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import httpx
from aiolimiter import AsyncLimiter
from telegram import InlineKeyboardMarkup
from telegram.error import BadRequest, NetworkError, RetryAfter
from telegram.ext import AIORateLimiter

log = logging.getLogger(__name__)

PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""Seconds before each further attempt of a call that did nothing yet, or does no harm twice."""

SEND_AGAIN_PAUSES = (2.0, 8.0, 30.0)
"""Seconds before a message is sent again, once for each attempt whose outcome is unknown."""

TOO_MANY_RETRIES = 20
"""How often 429 is obeyed before a call is given up."""

LOST_SECONDS = 2.0
"""Seconds between two looks at whether a lost network is back."""

SECONDS_MORE = 0.1
"""Longer than Telegram told to wait: its clock is not this one."""

ALL_PER_SECOND = 30.0
"""Messages in all chats together: Telegram allows no more."""

CHAT_SECONDS = 1.05
"""For each message in one chat: Telegram allows one a second, and the network jitters."""

CHAT_BURST = 20
"""Messages in one chat that need not wait, after a pause: Telegram allows short bursts. People
turn pages faster than one a second."""

PACED_CHATS = 1_000
"""More than are written to within `CHAT_BURST * CHAT_SECONDS`."""

# These failed before Telegram could take notice of the call.
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)

Result = bool | dict[str, Any] | list[dict[str, Any]]


class RetryingLimiter(AIORateLimiter):
    """Waits as Telegram asks for, and repeats calls that failed on the way.

    A message is sent at least once; it arrives twice only after a fault whose outcome was unknown.
    While the network is lost, messages wait for it, however long that takes.
    """

    def __init__(
        self,
        pauses: tuple[float, ...] = PAUSES,
        chat_seconds: float = CHAT_SECONDS,
        all_per_second: float = ALL_PER_SECOND,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        is_lost: Callable[[], bool] = lambda: False,
    ) -> None:
        """
        Args:
            pauses: seconds before each further attempt of a call that did nothing yet.
            chat_seconds: for each message in one chat, where many follow; 0 for no limit.
            all_per_second: messages in all chats together; 0 for no limit.
            clock: tells the time in seconds, from any beginning.
            sleep: waits so many seconds of the clock.
            is_lost: tells whether the network is lost.
        """
        # How many messages a minute a group takes, Telegram tells by 429: it depends on the group.
        super().__init__(overall_max_rate=all_per_second, group_max_rate=0)
        self._pauses = pauses
        self._chat_seconds = chat_seconds
        self._clock = clock
        self._sleep = sleep
        self._is_lost = is_lost
        self._chats: OrderedDict[int, AsyncLimiter] = OrderedDict()
        self._closed_until: dict[object, float] = {}

    async def process_request(
        self,
        callback: Callable[..., Coroutine[Any, Any, Result]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: int | None,
    ) -> Result:
        """Makes a call; see the library's own limiter."""
        call = functools.partial(callback, *args, **kwargs)
        retries = rate_limit_args or TOO_MANY_RETRIES
        pauses, pauses_if_unknown = iter(self._pauses), iter(self._pauses_if_unknown(endpoint))
        while True:
            try:
                return await self._obey(call, endpoint, data, retries)
            except BadRequest as error:
                if "not modified" in error.message:
                    # An attempt before this one arrived after all, or that of another process.
                    return True
                if "url" in error.message.lower() and _drop_links(data):
                    log.warning("%s goes without buttons of links: %s", endpoint, error)
                    continue
                raise
            except NetworkError as error:
                # Whoever starts the bot where there is no network is told at once.
                if endpoint == "getMe" and not outcome_unknown(error):
                    raise
                if endpoint.startswith("send") and self._is_lost():
                    log.info("%s waits for the network: %s", endpoint, error)
                    await self._wait_for_network()
                    continue
                pause = next(pauses_if_unknown if outcome_unknown(error) else pauses, None)
                if pause is None:
                    raise
                log.info("%s is tried again: %s", endpoint, error)
                await self._sleep(pause)

    def _pauses_if_unknown(self, endpoint: str) -> tuple[float, ...]:
        """Returns the pauses before further attempts of a call whose outcome is unknown."""
        if endpoint.startswith("send"):
            return SEND_AGAIN_PAUSES
        # A query can be answered for a short while only; any other call does no harm twice.
        return SEND_AGAIN_PAUSES[:1] if endpoint.startswith("answer") else self._pauses

    async def _obey(
        self,
        call: Callable[[], Coroutine[Any, Any, Result]],
        endpoint: str,
        data: dict[str, Any],
        retries: int,
    ) -> Result:
        """Makes a call, again and again where Telegram tells to wait, `retries` times at most.

        The library's own limiter would hold back all chats for a wait in one, and forget the
        wait as soon as any other call ended.
        """
        place = data.get("chat_id", endpoint)
        waits: list[RetryAfter] = []

        async def in_turn() -> Result:
            # While the call waited for its turn among all, another may have been told to wait.
            await self._wait_until_open(place)
            try:
                return await call()
            except RetryAfter as error:
                waits.append(error)
                return False

        while True:
            await self._wait_for_chat(data.get("chat_id"))
            count = len(waits)
            result = await super().process_request(in_turn, (), {}, endpoint, data, None)
            if len(waits) == count:
                return result
            if len(waits) > retries:
                raise waits[-1]
            log.info("%s has to wait: %s", endpoint, waits[-1])
            self._close(place, _seconds(waits[-1]) + SECONDS_MORE)
            await self._wait_until_open(place)

    def _close(self, place: object, seconds: float) -> None:
        """Let nothing go to a chat, or of a method that is for none, for so long."""
        now = self._clock()
        self._closed_until = {
            place: until for place, until in self._closed_until.items() if until > now
        }
        self._closed_until[place] = max(self._closed_until.get(place, now), now + seconds)

    async def _wait_until_open(self, place: object) -> None:
        # Another call may be told to wait longer meanwhile.
        while (seconds := self._closed_until.get(place, 0.0) - self._clock()) > 0:
            await self._sleep(seconds)

    async def _wait_for_network(self) -> None:
        while self._is_lost():
            await self._sleep(LOST_SECONDS)

    async def _wait_for_chat(self, chat: object) -> None:
        """Wait until a chat may be written to: the library's limiter knows groups only."""
        if not self._chat_seconds or not isinstance(chat, int):
            return
        new = AsyncLimiter(CHAT_BURST, CHAT_BURST * self._chat_seconds)
        limiter = self._chats.setdefault(chat, new)
        self._chats.move_to_end(chat)
        if len(self._chats) > PACED_CHATS:
            self._chats.popitem(last=False)
        await limiter.acquire()


def outcome_unknown(error: BaseException) -> bool:
    """Returns whether a call failed so that it may or may not have taken effect."""
    failed_on_the_way = isinstance(error, NetworkError) and not isinstance(error, BadRequest)
    return failed_on_the_way and not isinstance(error.__cause__, _NEVER_SENT)


def without_links(markup: InlineKeyboardMarkup | None) -> InlineKeyboardMarkup | None:
    """Returns the buttons but for those of links; None where none is left."""
    rows = markup.inline_keyboard if markup else ()
    kept = [tuple(button for button in row if not button.url) for row in rows]
    return InlineKeyboardMarkup(list(filter(None, kept))) if any(kept) else None


def _drop_links(data: dict[str, Any]) -> bool:
    """Takes the buttons of links out of a call; returns False where it has none."""
    markup = data.get("reply_markup")
    if not isinstance(markup, InlineKeyboardMarkup) or (kept := without_links(markup)) == markup:
        return False
    del data["reply_markup"]
    if kept:
        data["reply_markup"] = kept
    return True


def _seconds(error: RetryAfter) -> float:
    """How long Telegram tells to wait."""
    # The public attribute is about to change its type, and warns of it each time.
    return error._retry_after.total_seconds()
