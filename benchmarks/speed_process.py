"""What processes hold in memory."""

import re
import time
from pathlib import Path
from threading import Event, Thread
from types import TracebackType
from typing import Self

import psutil

_LEAST_PAUSE = 0.02
_PAUSES_PER_LOOK = 20
"""Looking takes longer the more memory there is; this keeps it below a twentieth of the time."""


class PeakMemory:
    """The most memory that this process and all its children hold together, while it is entered.

    What processes share is counted once, by proportional set sizes. Peaks of this process alone
    that are too short to be seen count nevertheless, where the system keeps them.
    """

    def __init__(self) -> None:
        self._process = psutil.Process()
        self._seen = 0
        self._left = Event()
        self._thread = Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._look()
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._left.set()
        self._thread.join()
        self._look()

    @property
    def megabytes(self) -> float:
        """The peak so far."""
        return megabytes(max(self._seen, _status().get("VmHWM", 0)))

    def _watch(self) -> None:
        pause = _LEAST_PAUSE
        while not self._left.wait(pause):
            started = time.perf_counter()
            self._look()
            pause = max(_LEAST_PAUSE, _PAUSES_PER_LOOK * (time.perf_counter() - started))

    def _look(self) -> None:
        family = [self._process, *self._process.children(recursive=True)]
        self._seen = max(self._seen, sum(map(_held, family)))


def _held(process: psutil.Process) -> int:
    """The bytes that a process holds; none where it has ended meanwhile."""
    try:
        told = process.memory_full_info()
    except psutil.Error:
        return 0
    # Only Linux tells proportional sizes; elsewhere shared memory is left out.
    held: int = getattr(told, "pss", told.uss)
    return held


def resident_mb() -> float:
    """The memory that this process holds."""
    held: int = psutil.Process().memory_info().rss
    return megabytes(held)


def resident_unmapped_mb() -> float | None:
    """What of it is no mapped file; None on systems that do not tell."""
    told = _status()
    return megabytes(told["VmRSS"] - told["RssFile"]) if "RssFile" in told else None


def megabytes(size: float) -> float:
    """Bytes in millions."""
    return round(size / 1e6, 2)


def _status() -> dict[str, int]:
    """Linux's memory figures of this process, in bytes; empty on other systems."""
    status = Path("/proc/self/status")
    if not status.exists():
        return {}
    return {n: 1024 * int(kb) for n, kb in re.findall(r"(\w+):\s+(\d+) kB", status.read_text())}
