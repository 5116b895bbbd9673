"""Edits of messages that are not made twice: Telegram refuses one that changes nothing."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

Place = tuple[int, int]
"""A chat and a message in it, by their ids."""

REMEMBERED_MESSAGES = 1_000


class EditGuard:
    """Knows what the messages show that were edited last. Belongs to one event loop."""

    def __init__(self) -> None:
        self._states: OrderedDict[Place, str] = OrderedDict()
        self._locks: WeakValueDictionary[Place, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def turn(self, place: Place, state: str) -> AsyncIterator[bool]:
        """Takes turns at a message; yields whether it is still to be edited to show `state`.

        Once the block has ended without an error, the message counts as showing it.
        """
        async with self._locks.setdefault(place, asyncio.Lock()):
            due = self._states.get(place) != state
            # What a message shows after an edit of unknown outcome is not known either.
            self._states.pop(place, None)
            yield due
            self.remember(place, state)

    def remember(self, place: Place, state: str) -> None:
        """Takes note of what a message shows."""
        self._states[place] = state
        self._states.move_to_end(place)
        if len(self._states) > REMEMBERED_MESSAGES:
            self._states.popitem(last=False)
