"""Talks in which more is asked than can be answered in sane time: Telegram carries about one
message a second into a chat."""

from collections.abc import Hashable
from dataclasses import dataclass


@dataclass(slots=True)
class _TalkBacklog:
    """What waits in one talk.

    Attributes:
        waiting: how many updates, with the one that is being answered.
        reporter: id of the update in whose place it is reported how many were dropped.
        dropped: how many were, with the reporter.
    """

    waiting: int = 0
    reporter: int | None = None
    dropped: int = 0


class Backlog:
    """Counts what waits in each talk. Belongs to one event loop."""

    def __init__(self) -> None:
        self._talks: dict[Hashable, _TalkBacklog] = {}

    def enter(self, talk: Hashable, update: int, room: int) -> bool:
        """Lets an update wait for its turn; returns False if it is dropped.

        The first that finds no room waits all the same: at its turn it reports how many were
        dropped until then.
        """
        backlog = self._talks.setdefault(talk, _TalkBacklog())
        if backlog.waiting >= room:
            backlog.dropped += 1
            if backlog.reporter is not None:
                return False
            backlog.reporter = update
        backlog.waiting += 1
        return True

    def take_dropped_count(self, talk: Hashable, update: int) -> int:
        """Returns how many questions this update has to report as dropped, itself among them,
        because its turn has come; 0 for one that is to be answered."""
        backlog = self._talks.get(talk)
        if backlog is None or backlog.reporter != update:
            return 0
        count, backlog.dropped, backlog.reporter = backlog.dropped, 0, None
        return count

    def leave(self, talk: Hashable) -> None:
        """Takes note that an update that waited is done."""
        backlog = self._talks[talk]
        backlog.waiting -= 1
        if not backlog.waiting:
            del self._talks[talk]
