"""Talks in which more is asked than can be answered in sane time: Telegram carries about one
message a second into a chat."""

from collections.abc import Hashable
from dataclasses import dataclass


@dataclass(slots=True)
class _Crowd:
    """What waits in one talk.

    Attributes:
        waiting: how many updates, with the one that is being answered.
        teller: id of the update in whose place it is told that some were left out.
        left_out: how many were, with the teller.
    """

    waiting: int = 0
    teller: int | None = None
    left_out: int = 0


class Crowds:
    """Counts what waits in each talk. Belongs to one event loop."""

    def __init__(self) -> None:
        self._crowds: dict[Hashable, _Crowd] = {}

    def enter(self, talk: Hashable, update: int, room: int) -> bool:
        """Let an update wait for its turn; false if it is left out.

        The first that finds no room waits all the same: at its turn it tells of all that were
        left out until then.
        """
        crowd = self._crowds.setdefault(talk, _Crowd())
        if crowd.waiting >= room:
            crowd.left_out += 1
            if crowd.teller is not None:
                return False
            crowd.teller = update
        crowd.waiting += 1
        return True

    def told(self, talk: Hashable, update: int) -> int:
        """How many questions this update has to tell of, itself among them, because its turn has
        come; 0 for one that is to be answered."""
        crowd = self._crowds.get(talk)
        if crowd is None or crowd.teller != update:
            return 0
        count, crowd.left_out, crowd.teller = crowd.left_out, 0, None
        return count

    def leave(self, talk: Hashable) -> None:
        """Take note that an update that waited is done."""
        crowd = self._crowds[talk]
        crowd.waiting -= 1
        if not crowd.waiting:
            del self._crowds[talk]
