"""Calls of Telegram that keep to its limits and are repeated where that can do no harm."""

import asyncio
import functools
import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

import httpx
from aiolimiter import AsyncLimiter
from telegram.error import BadRequest, NetworkError, RetryAfter
from telegram.ext import AIORateLimiter

from bot.telegram.delivery.message_ids import MessageIds

log = logging.getLogger(__name__)

PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""Seconds before each further attempt."""

TOO_MANY_RETRIES = 20
"""How often 429 is obeyed before a call is given up."""

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

DOUBTS = 3
"""How often something is sent again of which it is not known whether it arrived."""

# These failed before Telegram could take notice of the call.
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)

Sent = TypeVar("Sent")
Result = bool | dict[str, Any] | list[dict[str, Any]]


class PatientLimiter(AIORateLimiter):
    """Waits as Telegram asks for, and repeats what failed on the way.

    A message is not sent or edited again where it is not known whether that arrived: `in_doubt`
    tells.
    """

    def __init__(
        self,
        pauses: tuple[float, ...] = PAUSES,
        chat_seconds: float = CHAT_SECONDS,
        all_per_second: float = ALL_PER_SECOND,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        """
        Args:
            pauses: seconds before each further attempt after a failure.
            chat_seconds: for each message in one chat, where many follow; 0 for no limit.
            all_per_second: messages in all chats together; 0 for no limit.
            clock: tells the time in seconds, from any beginning.
            sleep: waits so many seconds of the clock.
        """
        # How many messages a minute a group takes, Telegram tells by 429: it depends on the group.
        super().__init__(overall_max_rate=all_per_second, group_max_rate=0)
        self._pauses = pauses
        self._chat_seconds = chat_seconds
        self._clock = clock
        self._sleep = sleep
        self._chats: OrderedDict[int, AsyncLimiter] = OrderedDict()
        self._closed_until: dict[object, float] = {}
        self._message_ids = MessageIds()

    def note_in(self, message_ids: MessageIds) -> None:
        """Have every message that is sent noted there."""
        self._message_ids = message_ids

    async def process_request(
        self,
        callback: Callable[..., Coroutine[Any, Any, Result]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: int | None,
    ) -> Result:
        """Make a call; see the library's own limiter."""
        call = functools.partial(callback, *args, **kwargs)
        retries = rate_limit_args or TOO_MANY_RETRIES
        for attempt in range(len(self._pauses) + 1):
            try:
                result = await self._obey(call, endpoint, data, retries)
            except BadRequest as error:
                if "not modified" in error.message:
                    # An attempt before this one arrived after all, or that of a killed process.
                    return True
                raise
            except NetworkError as error:
                if attempt == len(self._pauses) or not _repeatable(endpoint, error):
                    raise
                log.info("%s is tried again: %s", endpoint, error)
                await self._sleep(self._pauses[attempt])
            else:
                self._message_ids.note_sent(result)
                return result
        raise AssertionError("the last attempt returns or raises")

    async def _obey(
        self,
        call: Callable[[], Coroutine[Any, Any, Result]],
        endpoint: str,
        data: dict[str, Any],
        retries: int,
    ) -> Result:
        """Make a call, again and again where Telegram tells to wait, `retries` times at most.

        The library's own limiter would hold back all chats for a wait in one, and forget the
        wait as soon as any other call ended.
        """
        place = data.get("chat_id", endpoint)
        told: list[RetryAfter] = []

        async def in_turn() -> Result:
            # While the call waited for its turn among all, another may have been told to wait.
            await self._wait_until_open(place)
            try:
                return await call()
            except RetryAfter as error:
                told.append(error)
                return False

        while True:
            await self._wait_for_chat(data.get("chat_id"))
            count = len(told)
            result = await super().process_request(in_turn, (), {}, endpoint, data, None)
            if len(told) == count:
                return result
            if len(told) > retries:
                raise told[-1]
            log.info("%s has to wait: %s", endpoint, told[-1])
            self._close(place, _seconds(told[-1]) + SECONDS_MORE)
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


async def insist(send: Callable[[], Awaitable[Sent]]) -> Sent:
    """Send something that may be sent twice, until it is known that it arrived."""
    for _ in range(DOUBTS):
        try:
            return await send()
        except NetworkError as error:
            if not in_doubt(error):
                raise
            log.info("Sent again, as it is not known whether it arrived: %s", error)
    return await send()


def in_doubt(error: BaseException) -> bool:
    """Whether a call failed so that it is not known if it took effect."""
    unknown = isinstance(error.__cause__, httpx.HTTPError)
    return isinstance(error, NetworkError) and unknown and not _never_sent(error)


def _repeatable(endpoint: str, error: NetworkError) -> bool:
    if endpoint == "getMe":
        # Asked at the start: whoever starts the bot where there is no network is told at once.
        return not _never_sent(error)
    once = endpoint.startswith(("send", "answer")) or endpoint == "editMessageText"
    return not (once and in_doubt(error))


def _never_sent(error: BaseException) -> bool:
    return isinstance(error.__cause__, _NEVER_SENT)


def _seconds(error: RetryAfter) -> float:
    """How long Telegram tells to wait."""
    # The public attribute is about to change its type, and warns of it each time.
    return error._retry_after.total_seconds()
