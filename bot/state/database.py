"""The bot's state in one SQLite file: opened, brought up to date, read and written."""

import logging
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from threading import Lock

import portalocker
from portalocker import LockException, LockFlags

from bot.errors import DamagedStore, LaterStore, StoreBusy, StoreError

STATE = "bot.sqlite3"
"""The name of the state file, in the folder of the index."""

_OPEN_SECONDS = 30.0
"""How long opening waits for another process that is opening the file, too."""
_BUSY_SECONDS = 1.0
"""How long a statement waits for another program that is writing."""

Value = str | int | float | None
Row = tuple[Value, ...]

# What each version adds. A published step is never changed: a file may have taken it already.
_STEPS = (
    """
    CREATE TABLE exchange (
        id TEXT PRIMARY KEY,
        asked REAL NOT NULL,
        chat INTEGER NOT NULL,
        person INTEGER NOT NULL,
        topic INTEGER NOT NULL,
        question TEXT NOT NULL,
        outcome TEXT NOT NULL,
        seconds REAL NOT NULL,
        turn TEXT NOT NULL,
        shown INTEGER NOT NULL DEFAULT 0,
        reported INTEGER NOT NULL DEFAULT 0,
        question_message INTEGER,
        reply_message INTEGER
    );
    CREATE INDEX exchange_by_talk ON exchange (chat, person, topic, asked);
    CREATE INDEX exchange_by_time ON exchange (asked);
    CREATE INDEX exchange_by_person ON exchange (person);
    CREATE INDEX exchange_by_question ON exchange (chat, question_message);
    CREATE INDEX exchange_by_reply ON exchange (chat, reply_message);
    CREATE TABLE feedback (
        exchange TEXT NOT NULL REFERENCES exchange (id) ON DELETE CASCADE,
        person INTEGER NOT NULL,
        good INTEGER NOT NULL,
        given REAL NOT NULL,
        PRIMARY KEY (exchange, person)
    );
    CREATE INDEX feedback_by_person ON feedback (person);
    CREATE TABLE inbox (
        number INTEGER PRIMARY KEY,
        received REAL NOT NULL,
        digest TEXT NOT NULL,
        body TEXT
    );
    """,
    """
    CREATE TABLE secret (
        name TEXT PRIMARY KEY,
        value TEXT NOT NULL
    );
    """,
    """
    CREATE TABLE handle (
        id TEXT PRIMARY KEY,
        article TEXT NOT NULL,
        made REAL NOT NULL,
        chat INTEGER,
        message INTEGER,
        url TEXT NOT NULL
    );
    CREATE INDEX handle_by_article ON handle (article);
    CREATE INDEX handle_by_message ON handle (chat, message);
    CREATE INDEX handle_by_url ON handle (url);
    """,
    """
    ALTER TABLE inbox ADD COLUMN seat INTEGER NOT NULL DEFAULT 0;
    """,
    """
    CREATE TABLE draft (
        chat INTEGER NOT NULL,
        message INTEGER NOT NULL,
        text TEXT NOT NULL,
        made REAL NOT NULL,
        PRIMARY KEY (chat, message)
    );
    ALTER TABLE handle ADD COLUMN text TEXT NOT NULL DEFAULT '';
    """,
    """
    DELETE FROM exchange WHERE outcome = 'shared';
    ALTER TABLE exchange ADD COLUMN author INTEGER;
    CREATE INDEX exchange_by_author ON exchange (author) WHERE author IS NOT NULL;
    CREATE TABLE pruned (at REAL NOT NULL);
    """,
    """
    ALTER TABLE inbox ADD COLUMN doubt INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE inbox ADD COLUMN set_aside INTEGER NOT NULL DEFAULT 0;
    """,
)


@contextmanager
def _one_at_a_time(path: Path) -> Iterator[None]:
    """Waits until no other process is opening the file. Raises OSError or LockException."""
    with path.with_name(f"{path.name}.lock").open("ab") as file:
        portalocker.lock(file, LockFlags.EXCLUSIVE)
        yield


def log_failure(log: logging.Logger, error: StoreError) -> None:
    """Logs why something is not kept; once for as long as another program holds the file."""
    if not (isinstance(error, StoreBusy) and error.is_known):
        log.error("%s", error)


class Database:
    """An open state file. Safe to use from several threads: one statement runs at a time.

    Attributes:
        folder: where the file is; None where the state is in memory.
    """

    def __init__(self, path: Path | None = None) -> None:
        """
        Args:
            path: the file, made where there is none; None keeps the state in memory.

        Raises:
            StoreError: the file cannot be used.
        """
        self.folder = path.parent if path else None
        self._name = str(path or ":memory:")
        self._lock = Lock()
        self._is_busy = False
        with self._raising_store_error():
            if path:
                path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(
                self._name, _OPEN_SECONDS, isolation_level=None, check_same_thread=False
            )
            # SQLite does not wait for others that switch a new file to a write-ahead log, too.
            with _one_at_a_time(path) if path else nullcontext():
                self._update()
                self._connection.execute("PRAGMA journal_mode = WAL")
            # Telegram never sends again what it was told has arrived.
            self._connection.execute("PRAGMA synchronous = FULL")
            self._connection.execute("PRAGMA foreign_keys = ON")
            self._connection.execute("PRAGMA secure_delete = ON")  # forgotten means gone
            self._wait_for_others(_BUSY_SECONDS)
            self._require_writable()

    def _require_writable(self) -> None:
        """SQLite opens what it cannot write for reading only, and does not tell."""
        try:
            self._connection.execute(f"PRAGMA user_version = {len(_STEPS)}")  # as it is
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                self._connection.close()  # else others in this process could only read, too
                raise

    def _update(self) -> None:
        """Takes the steps that the file lacks, all or none.

        Raises:
            LaterStore: the file has taken steps that are not known here.
        """
        if self._version() > len(_STEPS):
            raise LaterStore(self._name)
        if self._version() == len(_STEPS):
            return
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            # Another process may have taken them meanwhile.
            for statement in ";".join(_STEPS[self._version() :]).split(";"):
                self._connection.execute(statement)
            self._connection.execute(f"PRAGMA user_version = {len(_STEPS)}")
            self._connection.execute("COMMIT")
        except sqlite3.Error:
            self._connection.rollback()
            raise

    def _version(self) -> int:
        ((version,),) = self._connection.execute("PRAGMA user_version").fetchall()
        return int(version)

    def _wait_for_others(self, seconds: float) -> None:
        self._connection.execute(f"PRAGMA busy_timeout = {seconds * 1000:.0f}")

    def read(self, statement: str, values: Sequence[Value] = ()) -> list[Row]:
        """Returns the rows that a statement yields.

        Raises:
            StoreError: the file cannot be read.
        """
        with self._lock, self._raising_store_error():
            return self._connection.execute(statement, values).fetchall()

    def write(self, statement: str, values: Sequence[Value] = ()) -> int:
        """Runs a statement in a transaction of its own and returns how many rows it changed.

        Raises:
            StoreError: the file cannot be written.
        """
        with self._lock, self._raising_store_error():
            count = self._connection.execute(statement, values).rowcount
            if self._is_busy:
                self._is_busy = False
                self._wait_for_others(_BUSY_SECONDS)
            return count

    def purge(self) -> None:
        """Takes what was deleted out of the write-ahead log, too: it is nowhere on disk then.

        Raises:
            StoreBusy: another program is still reading it there.
            StoreError: the file cannot be written.
        """
        with self._lock, self._raising_store_error():
            ((is_read, *_),) = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        if is_read:
            raise StoreBusy(self._name)

    def close(self) -> None:
        """Closes the file; nothing can be read or written afterwards."""
        with self._lock, self._raising_store_error():
            self._connection.close()

    @contextmanager
    def _raising_store_error(self) -> Iterator[None]:
        try:
            yield
        except (OSError, sqlite3.Error, LockException) as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF
            if code == sqlite3.SQLITE_BUSY:
                raise self._busy() from error
            if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
                raise DamagedStore(self._name, str(error)) from error
            raise StoreError(f"The bot's state in {self._name} cannot be used: {error}") from error

    def _busy(self) -> StoreBusy:
        """Returns the failure of a statement; those that follow do not wait until one succeeds."""
        is_known, self._is_busy = self._is_busy, True
        self._wait_for_others(0)
        return StoreBusy(self._name, is_known)
