"""Calls of Telegram that keep to its limits and are repeated where that can do no harm."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from typing import Any

import httpx
from aiolimiter import AsyncLimiter
from telegram.constants import FloodLimit
from telegram.error import BadRequest, NetworkError
from telegram.ext import AIORateLimiter

log = logging.getLogger(__name__)

PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""Seconds before each further attempt."""

TOO_MANY_RETRIES = 20
"""How often 429 is obeyed before a call is given up."""

CHAT_SECONDS = 1.05
"""Between two messages in one chat: Telegram allows one a second, and the network jitters."""

PACED_CHATS = 1_000
"""More than are written to within `CHAT_SECONDS`."""

# These failed before Telegram could take notice of the call.
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)

_NOW_OR_NEVER = frozenset(
    {
        "getMe",  # asked at the start: whoever starts the bot is told at once
        "answerCallbackQuery",  # what the button is for matters more, and comes after it
    }
)

Result = bool | dict[str, Any] | list[dict[str, Any]]


class PatientLimiter(AIORateLimiter):
    """Waits as Telegram asks for, and repeats what failed on the way.

    A message is not sent again where it is not known whether it arrived: `in_doubt` tells.
    """

    def __init__(
        self,
        pauses: tuple[float, ...] = PAUSES,
        group_rate: float = FloodLimit.MESSAGES_PER_MINUTE_PER_GROUP,
        chat_seconds: float = CHAT_SECONDS,
    ) -> None:
        """
        Args:
            pauses: seconds before each further attempt after a failure.
            group_rate: messages a minute in one group; 0 for no limit.
            chat_seconds: between two messages in one chat; 0 for no limit.
        """
        super().__init__(max_retries=TOO_MANY_RETRIES, group_max_rate=group_rate)
        self._pauses = pauses
        self._chat_seconds = chat_seconds
        self._chats: OrderedDict[int, AsyncLimiter] = OrderedDict()

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
        for attempt in range(len(self._pauses) + 1):
            try:
                await self._wait_for_chat(data.get("chat_id"))
                return await super().process_request(
                    callback, args, kwargs, endpoint, data, rate_limit_args
                )
            except BadRequest as error:
                if attempt and "not modified" in error.message:
                    return True  # an attempt before this one arrived after all
                raise
            except NetworkError as error:
                if attempt == len(self._pauses) or not _repeatable(endpoint, error):
                    raise
                log.info("%s is tried again: %s", endpoint, error)
                await asyncio.sleep(self._pauses[attempt])
        raise AssertionError("the last attempt returns or raises")

    async def _wait_for_chat(self, chat: object) -> None:
        """Wait until a chat may be written to: the library's limiter knows groups only."""
        if not self._chat_seconds or not isinstance(chat, int):
            return
        limiter = self._chats.setdefault(chat, AsyncLimiter(1, self._chat_seconds))
        self._chats.move_to_end(chat)
        if len(self._chats) > PACED_CHATS:
            self._chats.popitem(last=False)
        await limiter.acquire()


def in_doubt(error: BaseException) -> bool:
    """Whether a call failed so that it is not known if it took effect."""
    unknown = isinstance(error.__cause__, httpx.HTTPError)
    return isinstance(error, NetworkError) and unknown and not _never_sent(error)


def _repeatable(endpoint: str, error: NetworkError) -> bool:
    if endpoint in _NOW_OR_NEVER:
        return False
    return not (endpoint.startswith(("send", "answer")) and in_doubt(error))


def _never_sent(error: BaseException) -> bool:
    return isinstance(error.__cause__, _NEVER_SENT)
