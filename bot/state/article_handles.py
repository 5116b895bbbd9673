"""Articles by short ids that fit a button, and by the messages that they came with."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from bot.state.database import Database, Value
from bot.state.exchanges import new_id

MOST_HANDLES = 100_000
"""Handles that are kept; the oldest go first."""


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
        """Make a handle of an article. A message stands for the last one that it brought."""
        if origin.message is not None:
            self._database.write(
                "UPDATE handle SET chat = NULL, message = NULL WHERE chat = ? AND message = ?",
                (origin.chat, origin.message),
            )
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

    def is_shared(self, article_id: str, chat: int, message: int) -> bool:
        """Whether another message than this one brought an article too."""
        others = self._database.read(
            "SELECT 1 FROM handle WHERE article = ? AND message IS NOT NULL"
            " AND (chat <> ? OR message <> ?) LIMIT 1",
            (article_id, chat, message),
        )
        return bool(others)

    def lead(self, article_id: str, url: str) -> None:
        """Take note which link an article comes from now; empty where from none."""
        self._database.write(
            "UPDATE handle SET url = ? WHERE article = ? AND url <> ?", (url, article_id, url)
        )

    def move(self, article_id: str, other_id: str) -> None:
        """Let all that stood for an article stand for another, which took its place."""
        self._database.write(
            "UPDATE handle SET article = ? WHERE article = ?", (other_id, article_id)
        )

    def forget(self, article_id: str) -> None:
        """Forget an article that was taken out: another may come to bear its id."""
        self._database.write("DELETE FROM handle WHERE article = ?", (article_id,))

    def withdraw(self, article_id: str) -> None:
        """Forget an article that an administrator took out, but for which post of a channel made
        it: an edit of that post is not to bring it back."""
        self._database.write(
            "DELETE FROM handle WHERE article = ? AND (message IS NULL OR chat > 0)", (article_id,)
        )
        self._database.write("UPDATE handle SET article = '' WHERE article = ?", (article_id,))

    def is_withdrawn(self, chat: int, message: int) -> bool:
        """Whether a post of a channel made an article that an administrator took out."""
        rows = self._database.read(
            "SELECT 1 FROM handle WHERE article = '' AND chat = ? AND message = ? LIMIT 1",
            (chat, message),
        )
        return bool(rows)

    def unlink(self, chat: int) -> None:
        """Forget which messages of a chat brought articles; their buttons stay."""
        self._database.write(
            "UPDATE handle SET chat = NULL, message = NULL WHERE chat = ?", (chat,)
        )

    def prune(self, days: float, most: int = MOST_HANDLES) -> None:
        """Forget what is older and hardly asked for again: buttons, and private messages, which
        people can edit for two days. The last handle of each link stays, and those of channels'
        posts, which can be edited for ever; but no more than `most` in all."""
        self._database.write(
            "DELETE FROM handle WHERE made < ? AND CASE WHEN url = '' THEN coalesce(chat, 1) > 0"
            " ELSE EXISTS (SELECT 1 FROM handle AS later WHERE later.url = handle.url"
            " AND later.rowid > handle.rowid) END",
            (self._clock() - days * 86_400,),
        )
        self._database.write(
            "DELETE FROM handle WHERE rowid <= (SELECT rowid FROM handle"
            " ORDER BY rowid DESC LIMIT 1 OFFSET ?)",
            (most,),
        )

    def _one(self, condition: str, *values: Value) -> Handle | None:
        rows = self._database.read(
            f"SELECT id, article FROM handle WHERE {condition} ORDER BY rowid DESC LIMIT 1",  # noqa: S608 - conditions of this class
            values,
        )
        if not rows or not rows[0][1]:
            return None
        return Handle(cast(str, rows[0][0]), cast(str, rows[0][1]))
