"""Received updates, stored until they are handled: a killed process loses none."""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from bot.state.database import Database, Row
from bot.state.seats import Seats

MOST_DONE = 100_000
"""Maximum number of updates that are known as done; Telegram sends the last ones again only."""
MOST_DOUBT = 4
"""An update that is in doubt as much when the process ends is set aside: it may have ended it."""


@dataclass(frozen=True, slots=True)
class ReceivedUpdate:
    """An update that is not done.

    Attributes:
        body: as received.
        doubt: how far it is suspected of having ended the process.
    """

    number: int
    body: str
    doubt: int = 0


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
                " digest = excluded.digest, body = excluded.body, seat = excluded.seat,"
                " doubt = 0, set_aside = 0"
                " WHERE inbox.digest <> excluded.digest",
                (number, self._clock(), digest, body, self._seat),
            )
        )

    def add_doubt(self, number: int, doubt: int) -> None:
        """Adds to the doubt in an update before it is handled; a negative number takes it back."""
        self._database.write("UPDATE inbox SET doubt = doubt + ? WHERE number = ?", (doubt, number))

    def done(self, number: int) -> None:
        """Deletes the content of an update; that it was received stays known for a while."""
        self._database.write("UPDATE inbox SET body = NULL, doubt = 0 WHERE number = ?", (number,))

    def set_aside(self, number: int) -> None:
        """Keeps an update for inspection only: it is pending no more."""
        self._database.write("UPDATE inbox SET set_aside = 1 WHERE number = ?", (number,))

    def forget(self, person: int) -> None:
        """Deletes the content of the updates that a person has sent and that were set aside; where
        one cannot be read, of each that holds the person's number."""
        self._database.write(
            "UPDATE inbox SET body = NULL WHERE set_aside AND CASE WHEN json_valid(body)"
            " THEN EXISTS (SELECT 1 FROM json_each(body)"
            " WHERE json_extract(body, fullkey || '.from.id') = ?) ELSE instr(body, ?) END",
            (person, str(person)),
        )

    def set_aside_count(self) -> int:
        """Returns how many updates are kept for inspection."""
        ((count,),) = self._database.read(
            "SELECT count(*) FROM inbox WHERE set_aside AND body IS NOT NULL"
        )
        return cast(int, count)

    def pending(self) -> list[ReceivedUpdate]:
        """Returns the updates that are not done and that no other process handles, ordered by
        id."""
        for seat in self._left():
            self._database.write(
                "UPDATE inbox SET seat = ? WHERE seat = ? AND body IS NOT NULL", (self._seat, seat)
            )
        rows = self._database.read(
            "SELECT number, body, doubt FROM inbox"
            " WHERE body IS NOT NULL AND NOT set_aside AND seat = ? ORDER BY number",
            (self._seat,),
        )
        return [_received(row) for row in rows]

    def count(self) -> int:
        """Returns how many updates of this process are not done and not set aside."""
        query = "SELECT count(*) FROM inbox WHERE body IS NOT NULL AND NOT set_aside AND seat = ?"
        ((count,),) = self._database.read(query, (self._seat,))
        return cast(int, count)

    def _left(self) -> list[int]:
        """Returns the seats whose processes have ended and left updates."""
        rows = self._database.read("SELECT DISTINCT seat FROM inbox WHERE body IS NOT NULL")
        others = {cast(int, seat) for (seat,) in rows} - {self._seat}
        return [seat for seat in others if self._seats is None or self._seats.is_free(seat)]

    def prune(
        self, days: float, days_set_aside: float, now: float | None = None, most: int = MOST_DONE
    ) -> None:
        """Deletes updates that are done and were received longer ago, or before the last `most`,
        and those that were set aside longer ago.

        Args:
            now: the time to count from; None for that of the clock.
        """
        now = self._clock() if now is None else now
        self._database.write(
            "DELETE FROM inbox WHERE body IS NULL AND (received < ? OR number IN (SELECT number"
            " FROM inbox WHERE body IS NULL ORDER BY received DESC LIMIT -1 OFFSET ?))",
            (now - days * 86_400, most),
        )
        self._database.write(
            "DELETE FROM inbox WHERE set_aside AND received < ?",
            (now - days_set_aside * 86_400,),
        )


def _received(row: Row) -> ReceivedUpdate:
    number, body, doubt = row
    return ReceivedUpdate(cast(int, number), cast(str, body), cast(int, doubt))
