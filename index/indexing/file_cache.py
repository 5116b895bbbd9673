"""What is known of the files in the folder of articles, so that only changed ones are read again.

A hint only: where it is lost or does not fit, files are read, and their digests tell the truth.
"""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple, Self

from index.corpus.seed_files import SeedFile
from index.errors import SkippedFile, SkipReason

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


class Seen(NamedTuple):
    """What became of a file when it was read last: a row of the table.

    A tuple, as there are as many as files: making another kind of object of each takes longer
    than reading them.

    Attributes:
        signature: of the file at that time; see `index.corpus.seed_files.SeedFile`.
        digest: of its content; empty where it was skipped.
        reason, detail: why it was skipped; empty where it was not.
    """

    signature: str
    digest: str
    reason: str = ""
    detail: str = ""

    @classmethod
    def read(cls, file: SeedFile, digest: str) -> Self:
        """A file that became an article."""
        return cls(file.signature, digest)

    @classmethod
    def skipped(cls, file: SeedFile, why: SkippedFile) -> Self:
        """A file that was skipped."""
        return cls(file.signature, "", why.reason, why.detail)

    def as_skipped(self, article_id: str) -> SkippedFile:
        """Why a file with this id was skipped."""
        return SkippedFile(article_id, SkipReason(self.reason), self.detail)


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

    def remember(
        self, files: Iterable[SeedFile], became: Mapping[str, Seen], listed_ns: int
    ) -> None:
        """Keep what became of files for the next time. A failure is of no consequence.

        Args:
            files: all that there are.
            became: what became of those that were read.
            listed_ns: when they were listed, in nanoseconds since 1970.
        """
        there = {file.id: file for file in files}
        gone = [(one,) for one in self._seen.keys() - there.keys()]
        new = [
            (one, *seen)
            for one, seen in became.items()
            if self._seen.get(one) != seen and there[one].settled(listed_ns)
        ]
        if not new and not gone:
            return
        try:
            self._write(gone, new)
        except sqlite3.Error:
            self._path.unlink(missing_ok=True)

    def _load(self) -> dict[str, Seen]:
        try:
            with closing(sqlite3.connect(self._path)) as database, database:
                database.executescript(_SCHEMA)
                recipe = database.execute("SELECT fingerprint FROM recipe").fetchall()
                if recipe != [(self._fingerprint,)]:
                    database.execute("DELETE FROM recipe")
                    database.execute("DELETE FROM seen")
                    database.execute("INSERT INTO recipe VALUES (?)", (self._fingerprint,))
                rows = database.execute("SELECT * FROM seen")
                seen = {row[0]: Seen._make(row[1:]) for row in rows}
                for reason in {one.reason for one in seen.values()} - {""}:
                    SkipReason(reason)  # else a bit has turned
                return seen
        except (sqlite3.Error, TypeError, ValueError):
            self._path.unlink(missing_ok=True)
            return {}

    def _write(self, gone: Sequence[tuple[str]], new: Sequence[tuple[str, ...]]) -> None:
        with closing(sqlite3.connect(self._path)) as database, database:
            database.executescript(_SCHEMA)
            database.executemany("DELETE FROM seen WHERE id = ?", gone)
            database.executemany("INSERT OR REPLACE INTO seen VALUES (?, ?, ?, ?, ?)", new)
