"""Which messages of a chat are known: from the gaps between their ids it can be told whether a
message has arrived of which Telegram did not say so."""

import asyncio
from collections import OrderedDict, deque
from weakref import WeakValueDictionary

SUPERGROUPS = -1_000_000_000_000
"""Ids of supergroups and channels lie below. Telegram numbers the messages of each by itself, those
of all private chats and small groups together."""

REMEMBERED_CHATS = 1_000
REMEMBERED_MESSAGES = 200
REMEMBERED_SHARED = 10_000


class MessageIds:
    """The ids of the last messages of each chat. Telegram numbers them upwards.

    Belongs to one event loop.
    """

    def __init__(self) -> None:
        self._chats: OrderedDict[int, deque[int]] = OrderedDict()
        self._shared: OrderedDict[int, int] = OrderedDict()
        self._is_shared = True
        self._turns: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    def turn(self, chat: int) -> asyncio.Lock:
        """What is held while an answer is sent: two on their way could not be told apart."""
        return self._turns.setdefault(chat, asyncio.Lock())

    def note(self, chat: int, message: int) -> None:
        """Take note of a message that was received or sent."""
        known = self._chats.setdefault(chat, deque(maxlen=REMEMBERED_MESSAGES))
        known.append(message)
        self._chats.move_to_end(chat)
        if len(self._chats) > REMEMBERED_CHATS:
            self._chats.popitem(last=False)
        if chat > SUPERGROUPS:
            self._note_shared(chat, message)

    def _note_shared(self, chat: int, message: int) -> None:
        if self._shared.setdefault(message, chat) != chat:
            # Another server than Telegram's, which numbers the messages of each chat by itself.
            self._is_shared = False
        if len(self._shared) > REMEMBERED_SHARED:
            self._shared.popitem(last=False)

    def note_sent(self, result: object) -> None:
        """Take note of what a call returned, if that is a message."""
        match result:
            case {"message_id": int(message), "chat": {"id": int(chat)}}:
                self.note(chat, message)

    def latest(self, chat: int) -> int | None:
        """The highest id that is known of a chat."""
        return max(self._chats.get(chat, ()), default=None)

    def unknown(self, chat: int, after: int, before: int) -> set[int]:
        """The ids between two messages that are of no message that is known."""
        between = set(range(after + 1, before))
        between.difference_update(self._chats.get(chat, ()))
        if chat > SUPERGROUPS and self._is_shared:
            between.difference_update(self._shared)
        return between
