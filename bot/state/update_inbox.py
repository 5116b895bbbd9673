"""Received updates, stored until they are handled: a killed process loses none."""

import hashlib
import time
from collections.abc import Callable
from typing import cast

from bot.state.database import Database
from bot.state.seats import Seats


class Inbox:
    """The updates of the last days. Safe to use from several threads."""

    def __init__(
        self,
        database: Database,
        clock: Callable[[], float] = time.time,
        seats: Seats | None = None,
    ) -> None:
        """
        Args:
            seats: tell what other processes that use the database are dealing with; None where
                there are no others.
            clock: tells the time in seconds since 1970.
        """
        self._database = database
        self._clock = clock
        self._seats = seats
        self._seat = seats.own if seats else 0

    def receive(self, number: int, body: str) -> bool:
        """Stores an update until it is done; returns False if this very update was received before.

        Args:
            number: its id. Another update may bear it after a while, or at another server.
        """
        digest = hashlib.sha256(body.encode()).hexdigest()
        return bool(
            self._database.write(
                "INSERT INTO inbox (number, received, digest, body, seat) VALUES (?, ?, ?, ?, ?)"
                " ON CONFLICT (number) DO UPDATE SET received = excluded.received,"
                " digest = excluded.digest, body = excluded.body, seat = excluded.seat"
                " WHERE inbox.digest <> excluded.digest",
                (number, self._clock(), digest, body, self._seat),
            )
        )

    def done(self, number: int) -> None:
        """Deletes the content of an update; that it was received stays known for a while."""
        self._database.write("UPDATE inbox SET body = NULL WHERE number = ?", (number,))

    def pending(self) -> list[str]:
        """Returns the updates that are not done and that no other process handles, ordered by
        id."""
        for seat in self._left():
            self._database.write(
                "UPDATE inbox SET seat = ? WHERE seat = ? AND body IS NOT NULL", (self._seat, seat)
            )
        rows = self._database.read(
            "SELECT body FROM inbox WHERE body IS NOT NULL AND seat = ? ORDER BY number",
            (self._seat,),
        )
        return [cast(str, body) for (body,) in rows]

    def count(self) -> int:
        """Returns how many updates of this process are not done."""
        query = "SELECT count(*) FROM inbox WHERE body IS NOT NULL AND seat = ?"
        ((count,),) = self._database.read(query, (self._seat,))
        return cast(int, count)

    def _left(self) -> list[int]:
        """Returns the seats whose processes have ended and left updates."""
        rows = self._database.read("SELECT DISTINCT seat FROM inbox WHERE body IS NOT NULL")
        others = {cast(int, seat) for (seat,) in rows} - {self._seat}
        return [seat for seat in others if self._seats is None or self._seats.is_free(seat)]

    def prune(self, days: float) -> None:
        """Deletes updates that are done and were received longer ago."""
        oldest = self._clock() - days * 86_400
        self._database.write("DELETE FROM inbox WHERE received < ? AND body IS NULL", (oldest,))
