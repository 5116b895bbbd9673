"""Articles by short ids that fit a button, and by the messages that they came with."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from bot.exchanges import new_id
from bot.store import Database, Value


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an article came from.

    Attributes:
        chat, message: ids of the message that brought it; None where none did.
        url: of the link that was followed; empty where there was none.
    """

    chat: int | None = None
    message: int | None = None
    url: str = ""


@dataclass(frozen=True, slots=True)
class Handle:
    """What a button or a message stands for: an article, by its id.

    Attributes:
        id: short, of letters, digits, - and _; it cannot be guessed.
        article_id: as in `index.Article`.
    """

    id: str
    article_id: str


class Handles:
    """The handles of articles. Safe to use from several threads."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        """
        Args:
            clock: tells the time in seconds since 1970.
        """
        self._database = database
        self._clock = clock

    def add(self, article_id: str, origin: Origin) -> Handle:
        """Make a handle of an article."""
        handle = Handle(new_id(), article_id)
        self._database.write(
            "INSERT INTO handle (id, article, made, chat, message, url) VALUES (?, ?, ?, ?, ?, ?)",
            (handle.id, article_id, self._clock(), origin.chat, origin.message, origin.url),
        )
        return handle

    def get(self, id: str) -> Handle | None:
        """The handle with this id; None where its article was taken out."""
        return self._one("id = ?", id)

    def of_message(self, chat: int, message: int) -> Handle | None:
        """The handle of the article that a message brought."""
        return self._one("chat = ? AND message = ?", chat, message)

    def of_url(self, url: str) -> Handle | None:
        """The handle of the article that a link led to."""
        return self._one("url = ?", url)

    def forget(self, article_id: str) -> None:
        """Forget an article that was taken out: another may come to bear its id."""
        self._database.write("DELETE FROM handle WHERE article = ?", (article_id,))

    def _one(self, condition: str, *values: Value) -> Handle | None:
        rows = self._database.read(
            f"SELECT id, article FROM handle WHERE {condition} ORDER BY made DESC LIMIT 1",  # noqa: S608 - conditions of this class
            values,
        )
        return Handle(cast(str, rows[0][0]), cast(str, rows[0][1])) if rows else None
