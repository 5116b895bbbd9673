"""Which articles were withdrawn: no rollback may bring them back.

A file that is only missing from the folder of articles is not withdrawn: a rollback is there to
bring such files back. What an administrator withdrew is noted here, until an article of the same id
has been indexed again or no generation holds it any more.
"""

import sqlite3
from collections.abc import Collection, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from index.errors import ClusterUnavailable, DamagedIndex, NoIndex
from index.storage.article_record import content_digest
from index.storage.base_generation import StoredArticle
from index.storage.repository import Repository

_NAME = "withdrawn.db"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS withdrawn (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE
);
"""
_HAS_NOTES = "SELECT 1 FROM sqlite_master WHERE name = 'withdrawn'"
_BUSY_SECONDS = 30.0


class _DamagedNotes(OSError):
    """The file of the notes is no database any more."""


class Withdrawals:
    """What is noted in a data folder. Methods raise OSError where the file does not allow it."""

    def __init__(self, data: Path) -> None:
        self._path = data / _NAME

    def add(self, article_id: str) -> None:
        """Notes that an article is withdrawn; returns when the note has reached the disk."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._opened("rwc") as database:
            database.execute("PRAGMA secure_delete=ON")
            database.execute(_SCHEMA)
            database.execute("INSERT OR REPLACE INTO withdrawn (id) VALUES (?)", (article_id,))

    def noted(self) -> dict[str, int]:
        """Returns the ids of withdrawn articles, each with the number of its withdrawal."""
        if not self._path.exists():
            return {}
        # Not read-only: a process that was killed in `add` leaves a journal to be rolled back.
        with self._opened("rw") as database:
            if not database.execute(_HAS_NOTES).fetchone():
                return {}  # the very first note could not be written
            return dict(database.execute("SELECT id, number FROM withdrawn"))

    def forget(self, withdrawn: Mapping[str, int]) -> None:
        """Forgets these, unless one has been withdrawn again meanwhile."""
        if not withdrawn:
            return
        with self._opened("rw") as database:
            database.execute("PRAGMA secure_delete=ON")
            database.executemany(
                "DELETE FROM withdrawn WHERE id = ? AND number = ?", withdrawn.items()
            )

    def clear(self) -> None:
        """Removes notes that cannot be read."""
        self._path.with_name(f"{_NAME}-journal").unlink(missing_ok=True)
        self._path.unlink(missing_ok=True)

    @contextmanager
    def _opened(self, mode: str) -> Iterator[sqlite3.Connection]:
        place = f"{self._path.resolve().as_uri()}?mode={mode}"
        try:
            with (
                closing(sqlite3.connect(place, uri=True, timeout=_BUSY_SECONDS)) as database,
                database,
            ):
                yield database
        except sqlite3.OperationalError as error:
            raise OSError(f"{self._path}: {error}") from error
        except sqlite3.Error as error:
            raise _DamagedNotes(f"{self._path}: {error}") from error


def withdrawn_by_generation(
    repository: Repository, withdrawn: Collection[str]
) -> dict[str, set[str]]:
    """Returns the withdrawn articles of each generation; skips damaged generations.

    An article whose content was withdrawn under another id counts as well, unless the current
    generation holds that content under an id that is not withdrawn.

    Raises:
        ClusterUnavailable: the generations are in a cluster that does not answer.
    """
    stored = {
        name: articles
        for name in repository.names()
        if (articles := _stored(repository, name)) is not None
    }
    contents = {
        content_digest(articles[article_id].digest)
        for articles in stored.values()
        for article_id in articles.keys() & withdrawn
    }
    with suppress(NoIndex, DamagedIndex):
        current = stored.get(repository.current(), {})
        contents -= {
            content_digest(article.digest)
            for article_id, article in current.items()
            if article_id not in withdrawn
        }
    return {
        name: {
            article_id
            for article_id, article in articles.items()
            if article_id in withdrawn or content_digest(article.digest) in contents
        }
        for name, articles in stored.items()
    }


def _stored(repository: Repository, name: str) -> Mapping[str, StoredArticle] | None:
    """Returns the articles of a generation, None where it is damaged."""
    try:
        with closing(repository.open(name, any_format=True)) as snapshot:
            return snapshot.stored()
    except ClusterUnavailable:
        raise
    except DamagedIndex:
        return None


def settle(
    repository: Repository,
    withdrawals: Withdrawals,
    noted_before: Mapping[str, int],
    indexed: Collection[str],
) -> None:
    """Removes the generations that hold withdrawn articles.

    The live one stays; those that somebody reads are left to the next build.

    Args:
        noted_before: what was withdrawn before the build listed the files.
        indexed: the articles that the build indexed.

    Raises:
        OSError: the notes cannot be written.
    """
    try:
        withdrawals.forget({id: noted_before[id] for id in noted_before.keys() & set(indexed)})
        noted = withdrawals.noted()
        if not noted:
            return
        held = withdrawn_by_generation(repository, noted)
    except _DamagedNotes:
        # What is withdrawn cannot be told any more: nothing may be gone back to.
        noted, held = {}, None
    live = repository.current()
    for name in repository.names():
        if name != live and (held is None or held.get(name, {""})):
            repository.expunge(name)
    if held is None:
        if repository.names() == [live]:
            withdrawals.clear()
    elif not any(held.get(name) for name in repository.names()):
        withdrawals.forget(noted)
