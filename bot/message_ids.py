"""Which messages of a chat are known: from the gaps between their ids it can be told whether a
message has arrived of which Telegram did not say so."""

import asyncio
from collections import OrderedDict, deque
from weakref import WeakValueDictionary

REMEMBERED_CHATS = 1_000
REMEMBERED_MESSAGES = 200


class MessageIds:
    """The ids of the last messages of each chat. Telegram numbers the messages of a chat upwards.

    Belongs to one event loop.
    """

    def __init__(self) -> None:
        self._chats: OrderedDict[int, deque[int]] = OrderedDict()
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

    def note_sent(self, result: object) -> None:
        """Take note of what a call returned, if that is a message."""
        match result:
            case {"message_id": int(message), "chat": {"id": int(chat)}}:
                self.note(chat, message)

    def latest(self, chat: int) -> int | None:
        """The highest id that is known of a chat."""
        return max(self._chats.get(chat, ()), default=None)

    def unknown(self, chat: int, after: int, before: int) -> int:
        """How many ids between two messages are of no message that is known."""
        known = {id for id in self._chats.get(chat, ()) if after < id < before}
        return max(0, before - after - 1) - len(known)
