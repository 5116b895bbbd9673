"""Rate limits, so that one person or group does not block the bot for others."""

import time
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable

from bot.errors import TooMany
from bot.visitors import Visitor

MINUTE = 60.0
GROUP_SHARE = 5
"""How many times as much a whole group may ask as one person in it."""
PERSON_SHARE = 10
"""How many times as much a person may ask in all chats together. With the usual setting that is two
thirds of what Telegram lets a bot say in a minute: others always get through."""
REMEMBERED = 10_000

Counted = Hashable
"""What questions are counted of: a talk, a person, a chat."""


class QuestionLimits:
    """Counts the questions of the last minute. Belongs to one event loop."""

    def __init__(self, per_minute: int | None, clock: Callable[[], float] = time.monotonic) -> None:
        """
        Args:
            per_minute: questions of one person in one talk; None for no limit.
            clock: tells the time in seconds.
        """
        self._per_minute = per_minute
        self._clock = clock
        self._times: OrderedDict[Counted, deque[float]] = OrderedDict()

    def take(self, visitor: Visitor) -> None:
        """Counts a question.

        Raises:
            TooMany: the person or the chat has asked too much; this question does not count.
        """
        if self._per_minute is None:
            return
        limits: dict[Counted, int] = {
            visitor: self._per_minute,
            ("chat", visitor.chat): self._per_minute * GROUP_SHARE,
            ("person", visitor.person): self._per_minute * PERSON_SHARE,
        }
        now = self._clock()
        for key, limit in limits.items():
            recent = self._times.get(key, ())
            if sum(now - then < MINUTE for then in recent) >= limit:
                raise TooMany
        for key, limit in limits.items():
            self._times.setdefault(key, deque(maxlen=limit)).append(now)
            self._times.move_to_end(key)
        while len(self._times) > REMEMBERED:
            self._times.popitem(last=False)
