"""Threads of a channel's own, and how much of their time is taken: by one visitor, and by all."""

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
SHARE = 0.2
"""Of a processor's time, what the work for all visitors may take in the long run. Threads of Python
take turns: what works here all the time holds up everybody elsewhere."""
BURST_SECONDS = 1.0
"""Processor time that the work may take before it has to keep to its share."""
SECONDS_PER_MINUTE = 6.0
"""Processor time that the work for one visitor may take within a minute."""

P = ParamSpec("P")
R = TypeVar("R")


class _Budget:
    """Processor time that flows in steadily and is taken in portions. Safe in any thread."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._left = BURST_SECONDS
        self._counted = clock()

    def take(self, seconds: float) -> None:
        """Takes what has been used."""
        with self._lock:
            now = self._clock()
            flowed = (now - self._counted) * SHARE
            self._left = min(BURST_SECONDS, self._left + flowed) - seconds
            self._counted = now

    def wait(self) -> float:
        """Returns for how many seconds nothing may be used, as too much has been."""
        self.take(0.0)
        return max(0.0, -self._left) / SHARE


class Workers:
    """Runs blocking work. What a channel does here does not hold up the others."""

    def __init__(
        self,
        threads: int = THREADS,
        seconds_per_minute: float = SECONDS_PER_MINUTE,
        clock: Callable[[], float] = time.monotonic,
        processor_time: Callable[[], float] = time.thread_time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """
        Args:
            clock: tells the time in seconds.
            processor_time: tells how many seconds the current thread has worked.
            sleep: lets so many seconds pass.
        """
        self._pool = ThreadPoolExecutor(threads, "workers")
        self._seconds_per_minute = seconds_per_minute
        self._budget = _Budget(clock)
        self._sleep = sleep
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
        self._sleep(self._budget.wait())
        started = self._processor_time()
        try:
            return work()
        finally:
            self.charge(visitor, self._processor_time() - started)

    def charge(self, visitor: Visitor, seconds: float) -> None:
        """Counts processor time that work for a visitor has taken, here or in another process."""
        self._budget.take(seconds)
        self._add(visitor, seconds)

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
