"""What administrators should look after."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from threading import Lock

from index import SkippedFile


class BackgroundTask(StrEnum):
    """What goes on while nobody asks for it."""

    FIRST_BUILD = "first_build"
    WATCHING = "watching"
    TIDYING = "tidying"
    RECEIVING = "receiving"


@dataclass(frozen=True, slots=True)
class TaskFailures:
    """How often a background task has failed since the start; each time it was begun again.

    Attributes:
        last: when it failed last.
    """

    task: BackgroundTask
    count: int
    last: datetime


class Health:
    """Remembers what went wrong since the start. Safe to use from several threads.

    Attributes:
        skipped: the files that the last build skipped.
    """

    def __init__(self) -> None:
        self.skipped: Sequence[SkippedFile] = ()
        self._lock = Lock()
        self._failures: dict[BackgroundTask, TaskFailures] = {}

    def note_failure(self, task: BackgroundTask) -> None:
        with self._lock:
            before = self._failures.get(task)
            count = before.count + 1 if before else 1
            self._failures[task] = TaskFailures(task, count, datetime.now(UTC))

    @property
    def failures(self) -> tuple[TaskFailures, ...]:
        with self._lock:
            return tuple(self._failures.values())
