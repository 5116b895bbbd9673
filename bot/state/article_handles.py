"""Short ids of articles that fit into a button, and the messages that brought the articles."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from bot.state.database import Database, Value
from bot.state.exchanges import new_id

MOST_ARTICLE_HANDLES = 100_000
"""Maximum number of handles; the oldest are deleted first."""


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
class ArticleHandle:
    """What a button or a message stands for: an article, by its id.

    Attributes:
        id: short, of letters, digits, - and _; it cannot be guessed.
        article_id: as in `index.Article`.
    """

    id: str
    article_id: str


class ArticleHandles:
    """The handles of articles. Safe to use from several threads."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        """
        Args:
            clock: tells the time in seconds since 1970.
        """
        self._database = database
        self._clock = clock

    def add(self, article_id: str, origin: Origin) -> ArticleHandle:
        """Creates a handle for an article. A message stands for the last article that it
        brought."""
        if origin.message is not None:
            self._database.write(
                "UPDATE handle SET chat = NULL, message = NULL WHERE chat = ? AND message = ?",
                (origin.chat, origin.message),
            )
        handle = ArticleHandle(new_id(), article_id)
        self._database.write(
            "INSERT INTO handle (id, article, made, chat, message, url) VALUES (?, ?, ?, ?, ?, ?)",
            (handle.id, article_id, self._clock(), origin.chat, origin.message, origin.url),
        )
        return handle

    def get(self, id: str) -> ArticleHandle | None:
        """Returns the handle with this id; None if its article was removed."""
        return self._one("id = ?", id)

    def of_message(self, chat: int | None, message: int | None) -> ArticleHandle | None:
        """Returns the handle of the article that a message brought."""
        return self._one("chat = ? AND message = ?", chat, message)

    def of_url(self, url: str) -> ArticleHandle | None:
        """Returns the handle of the article that a link led to."""
        return self._one("url = ?", url)

    def is_shared(self, article_id: str, chat: int, message: int) -> bool:
        """Returns whether another message brought this article, too."""
        others = self._database.read(
            "SELECT 1 FROM handle WHERE article = ? AND message IS NOT NULL"
            " AND (chat <> ? OR message <> ?) LIMIT 1",
            (article_id, chat, message),
        )
        return bool(others)

    def lead(self, article_id: str, url: str) -> None:
        """Records which link an article comes from now; empty if from none."""
        self._database.write(
            "UPDATE handle SET url = ? WHERE article = ? AND url <> ?", (url, article_id, url)
        )

    def move(self, article_id: str, other_id: str) -> None:
        """Moves all handles of an article to another one that took its place."""
        self._database.write(
            "UPDATE handle SET article = ? WHERE article = ?", (other_id, article_id)
        )

    def forget(self, article_id: str) -> None:
        """Deletes the handles of an article that was removed: another one may get its id."""
        self._database.write("DELETE FROM handle WHERE article = ?", (article_id,))

    def withdraw(self, article_id: str) -> None:
        """Forgets an article that an administrator removed, except which channel post made it.

        An edit of that post is not to bring it back.
        """
        self._database.write(
            "DELETE FROM handle WHERE article = ? AND (message IS NULL OR chat > 0)", (article_id,)
        )
        self._database.write("UPDATE handle SET article = '' WHERE article = ?", (article_id,))

    def is_withdrawn(self, chat: int | None, message: int | None) -> bool:
        """Whether a post of a channel made an article that an administrator took out."""
        rows = self._database.read(
            "SELECT 1 FROM handle WHERE article = '' AND chat = ? AND message = ? LIMIT 1",
            (chat, message),
        )
        return bool(rows)

    def unlink(self, chat: int) -> None:
        """Forgets which messages of a chat brought articles; their buttons stay."""
        self._database.write(
            "UPDATE handle SET chat = NULL, message = NULL WHERE chat = ?", (chat,)
        )

    def prune(
        self, days: float, now: float | None = None, most: int = MOST_ARTICLE_HANDLES
    ) -> None:
        """Deletes older handles that are hardly asked for again: buttons, and private messages,
        which people can edit for two days. Keeps the last handle of each link and those of channel
        posts, which can be edited for ever, but no more than `most` in all.

        Args:
            now: the time to count from; None for that of the clock.
        """
        oldest = (self._clock() if now is None else now) - days * 86_400
        self._database.write(
            "DELETE FROM handle WHERE made < ? AND CASE WHEN url = '' THEN coalesce(chat, 1) > 0"
            " ELSE EXISTS (SELECT 1 FROM handle AS later WHERE later.url = handle.url"
            " AND later.rowid > handle.rowid) END",
            (oldest,),
        )
        self._database.write(
            "DELETE FROM handle WHERE rowid <= (SELECT rowid FROM handle"
            " ORDER BY rowid DESC LIMIT 1 OFFSET ?)",
            (most,),
        )

    def _one(self, where: str, *values: Value) -> ArticleHandle | None:
        rows = self._database.read(
            f"SELECT id, article FROM handle WHERE {where} ORDER BY rowid DESC LIMIT 1",  # noqa: S608 - conditions of this class
            values,
        )
        if not rows or not rows[0][1]:
            return None
        return ArticleHandle(cast(str, rows[0][0]), cast(str, rows[0][1]))
