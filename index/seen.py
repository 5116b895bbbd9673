"""What is known of the files in the folder of articles, so that only changed ones are read again.

A hint only: where it is lost or does not fit, files are read, and their digests tell the truth.
"""

import sqlite3
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from index.errors import SkippedFile, SkipReason
from index.seeds import SeedFile

_NAME = "seen.db"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS recipe (fingerprint TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS seen (
    id TEXT PRIMARY KEY,
    signature TEXT NOT NULL,
    digest TEXT NOT NULL,
    reason TEXT NOT NULL,
    detail TEXT NOT NULL
);
"""


@dataclass(frozen=True, slots=True)
class Seen:
    """What became of a file when it was read last.

    Attributes:
        signature: of the file at that time; see `index.seeds.SeedFile`.
        digest: of its content; empty where it was skipped.
        skipped: why it was, if it was.
    """

    signature: str
    digest: str
    skipped: SkippedFile | None = None


class SeenFiles:
    """What is known of files, by their articles' ids."""

    def __init__(self, data: Path, fingerprint: str) -> None:
        """Args:
        data: the data folder.
        fingerprint: names how files are read; what was seen with another one is forgotten.
        """
        self._path = data / _NAME
        self._fingerprint = fingerprint
        self._seen = self._load()

    def of(self, file: SeedFile) -> Seen | None:
        """What is known of a file, unless it may have changed since."""
        seen = self._seen.get(file.id)
        return seen if seen and file.signature and seen.signature == file.signature else None

    def remember(self, files: Iterable[SeedFile], became: Mapping[str, Seen]) -> None:
        """Keep what became of files for the next time. A failure is of no consequence.

        Args:
            files: all that there are.
            became: what became of those that were read.
        """
        now = time.time_ns()
        settled = {file.id for file in files if file.settled(now)}
        stay = {one: seen for one, seen in {**self._seen, **became}.items() if one in settled}
        gone = [(one,) for one in self._seen.keys() - stay.keys()]
        new = [
            (one, seen.signature, seen.digest, *_reason(seen))
            for one, seen in stay.items()
            if self._seen.get(one) != seen
        ]
        if not new and not gone:
            return
        try:
            self._write(gone, new)
        except sqlite3.Error:
            self._path.unlink(missing_ok=True)
        self._seen = stay

    def _load(self) -> dict[str, Seen]:
        try:
            with closing(sqlite3.connect(self._path)) as database, database:
                database.executescript(_SCHEMA)
                recipe = database.execute("SELECT fingerprint FROM recipe").fetchall()
                if recipe != [(self._fingerprint,)]:
                    database.execute("DELETE FROM recipe")
                    database.execute("DELETE FROM seen")
                    database.execute("INSERT INTO recipe VALUES (?)", (self._fingerprint,))
                return {row[0]: _seen(*row) for row in database.execute("SELECT * FROM seen")}
        except (sqlite3.Error, ValueError):
            self._path.unlink(missing_ok=True)
            return {}

    def _write(self, gone: Sequence[tuple[str]], new: Sequence[tuple[str, ...]]) -> None:
        with closing(sqlite3.connect(self._path)) as database, database:
            database.executescript(_SCHEMA)
            database.executemany("DELETE FROM seen WHERE id = ?", gone)
            database.executemany("INSERT OR REPLACE INTO seen VALUES (?, ?, ?, ?, ?)", new)


def _reason(seen: Seen) -> tuple[str, str]:
    return (seen.skipped.reason, seen.skipped.detail) if seen.skipped else ("", "")


def _seen(article_id: str, signature: str, digest: str, reason: str, detail: str) -> Seen:
    skipped = SkippedFile(article_id, SkipReason(reason), detail) if reason else None
    return Seen(signature, digest, skipped)
