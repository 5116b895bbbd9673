"""Updates that were received, kept until they are dealt with: a killed process loses none."""

import hashlib
import time
from collections.abc import Callable
from typing import cast

from bot.store import Database


class Inbox:
    """What was received in the last days. Safe to use from several threads."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        """
        Args:
            clock: tells the time in seconds since 1970.
        """
        self._database = database
        self._clock = clock

    def receive(self, number: int, body: str) -> bool:
        """Keep an update until it is done; false if this very one was received before.

        Args:
            number: its id. Another update may bear it after a while, or at another server.
        """
        digest = hashlib.sha256(body.encode()).hexdigest()
        return bool(
            self._database.write(
                "INSERT INTO inbox (number, received, digest, body) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (number) DO UPDATE SET received = excluded.received,"
                " digest = excluded.digest, body = excluded.body"
                " WHERE inbox.digest <> excluded.digest",
                (number, self._clock(), digest, body),
            )
        )

    def done(self, number: int) -> None:
        """Forget what an update says; that it was received stays known for a while."""
        self._database.write("UPDATE inbox SET body = NULL WHERE number = ?", (number,))

    def pending(self) -> list[str]:
        """The updates that are not done, in the order of their ids."""
        rows = self._database.read("SELECT body FROM inbox WHERE body IS NOT NULL ORDER BY number")
        return [cast(str, body) for (body,) in rows]

    def prune(self, days: float) -> None:
        """Forget what was received longer ago and is done."""
        oldest = self._clock() - days * 86_400
        self._database.write("DELETE FROM inbox WHERE received < ? AND body IS NULL", (oldest,))
