"""The bot's state in one SQLite file: opened, brought up to date, read and written."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from bot.errors import StoreError

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
    ALTER TABLE inbox ADD COLUMN doubt INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE inbox ADD COLUMN set_aside INTEGER NOT NULL DEFAULT 0;
    """,
)


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
        with self._raising_store_error():
            if path:
                path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(
                self._name, isolation_level=None, check_same_thread=False
            )
            # What a killed process has committed is still there; a power cut may take the last.
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = NORMAL")
            self._connection.execute("PRAGMA foreign_keys = ON")
            self._connection.execute("PRAGMA secure_delete = ON")  # forgotten means gone
            self._update()

    def _update(self) -> None:
        ((version,),) = self._connection.execute("PRAGMA user_version").fetchall()
        for number, step in enumerate(_STEPS[version:], version + 1):
            self._connection.executescript(
                f"BEGIN IMMEDIATE; {step} PRAGMA user_version = {number}; COMMIT;"
            )

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
            return self._connection.execute(statement, values).rowcount

    def close(self) -> None:
        """Closes the file; nothing can be read or written afterwards."""
        with self._lock, self._raising_store_error():
            self._connection.close()

    @contextmanager
    def _raising_store_error(self) -> Iterator[None]:
        try:
            yield
        except (OSError, sqlite3.Error) as error:
            raise StoreError(f"The bot's state in {self._name} cannot be used: {error}") from error
