"""Texts that wait for their sender to say whether they are articles or questions."""

import time
from collections.abc import Callable
from typing import cast

from bot.state.database import Database


class Drafts:
    """The current texts of these messages. Safe to use from several threads."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        """
        Args:
            clock: tells the time in seconds since 1970.
        """
        self._database = database
        self._clock = clock

    def add(self, chat: int, message: int, text: str) -> None:
        """Keeps a message that waits for a decision."""
        self._database.write(
            "INSERT OR REPLACE INTO draft (chat, message, text, made) VALUES (?, ?, ?, ?)",
            (chat, message, text, self._clock()),
        )

    def reword(self, chat: int, message: int, text: str) -> bool:
        """Replaces the text of a waiting message; returns False if it does not wait."""
        changed = self._database.write(
            "UPDATE draft SET text = ? WHERE chat = ? AND message = ?", (text, chat, message)
        )
        return bool(changed)

    def get(self, chat: int, message: int) -> str | None:
        """Returns the text of a waiting message; None if it does not wait."""
        rows = self._database.read(
            "SELECT text FROM draft WHERE chat = ? AND message = ?", (chat, message)
        )
        return cast(str, rows[0][0]) if rows else None

    def drop(self, chat: int, message: int) -> None:
        """Deletes a waiting message."""
        self._database.write("DELETE FROM draft WHERE chat = ? AND message = ?", (chat, message))

    def forget(self, chat: int) -> None:
        """Deletes all waiting messages of a chat."""
        self._database.write("DELETE FROM draft WHERE chat = ?", (chat,))

    def prune(self, days: float, now: float | None = None) -> None:
        """Deletes messages that have waited longer, by the clock or until `now`."""
        oldest = (self._clock() if now is None else now) - days * 86_400
        self._database.write("DELETE FROM draft WHERE made < ?", (oldest,))
