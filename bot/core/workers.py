"""Threads of a channel's own, and how much of their time one visitor takes."""

import asyncio
import functools
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from bot.core.limits import MINUTE, REMEMBERED
from bot.errors import TooMany
from bot.visitors import Visitor

THREADS = 2
SECONDS_PER_MINUTE = 6.0
"""Processor time that the work for one visitor may take within a minute."""

P = ParamSpec("P")
R = TypeVar("R")


class Workers:
    """Runs blocking work. What a channel does here does not hold up the others."""

    def __init__(
        self,
        threads: int = THREADS,
        seconds_per_minute: float = SECONDS_PER_MINUTE,
        clock: Callable[[], float] = time.monotonic,
        processor_time: Callable[[], float] = time.thread_time,
    ) -> None:
        """
        Args:
            clock: tells the time in seconds.
            processor_time: tells how many seconds the current thread has worked.
        """
        self._pool = ThreadPoolExecutor(threads, "workers")
        self._seconds_per_minute = seconds_per_minute
        self._clock = clock
        self._processor_time = processor_time
        self._lock = threading.Lock()
        self._spent: OrderedDict[int, deque[tuple[float, float]]] = OrderedDict()

    async def run(
        self, visitor: Visitor, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Returns what the work returns.

        Raises:
            TooMany: the work for this visitor has taken too much time within the last minute.
        """
        self._check(visitor)
        measured = functools.partial(
            self._measured, visitor, functools.partial(work, *args, **kwargs)
        )
        return await asyncio.get_running_loop().run_in_executor(self._pool, measured)

    def _measured(self, visitor: Visitor, work: Callable[[], R]) -> R:
        # Work that waited for its turn may have been preceded by more of the same visitor.
        self._check(visitor)
        started = self._processor_time()
        try:
            return work()
        finally:
            self._add(visitor, self._processor_time() - started)

    def _check(self, visitor: Visitor) -> None:
        with self._lock:
            spent = self._spent.get(visitor.person, deque())
            while spent and self._clock() - spent[0][0] >= MINUTE:
                spent.popleft()
            if sum(seconds for _, seconds in spent) >= self._seconds_per_minute:
                raise TooMany

    def _add(self, visitor: Visitor, seconds: float) -> None:
        with self._lock:
            self._spent.setdefault(visitor.person, deque()).append((self._clock(), seconds))
            self._spent.move_to_end(visitor.person)
            if len(self._spent) > REMEMBERED:
                self._spent.popitem(last=False)
