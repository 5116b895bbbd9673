"""What earlier builds have learnt, so that only changed files are read and indexed again.

For each file: its content's digest, or why it was skipped. Also the records of articles that no
generation holds yet, which a cancelled, killed or failed build leaves to the next one.

A hint only: where it is lost, outdated or damaged, files are read and indexed again.
"""

import sqlite3
from collections.abc import Iterable
from contextlib import AbstractContextManager
from io import BytesIO
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from index.corpus.seed_files import SeedFile
from index.errors import SkippedFile, SkipReason
from index.storage.article_record import ArticleRecord
from index.storage.disk import is_full

_NAME = "file_cache.db"
_FORMER_NAMES = "seen.db", "unfinished.journal"
_SCHEMA = """
PRAGMA synchronous = OFF;
CREATE TABLE IF NOT EXISTS recipe (fingerprint TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS file (
    id TEXT PRIMARY KEY,
    signature TEXT NOT NULL,
    digest TEXT NOT NULL,
    reason TEXT NOT NULL,
    detail TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS record (id TEXT PRIMARY KEY, content BLOB NOT NULL) WITHOUT ROWID;
"""

_COMMIT_BYTES = 1_000_000
"""Bytes of records that a killed build may lose."""

_LASTING_REASONS = frozenset(
    {
        SkipReason.EMPTY,
        SkipReason.BINARY,
        SkipReason.UNDECODABLE,
        SkipReason.NO_TEXT,
        SkipReason.ENCRYPTED,
        SkipReason.BROKEN,
        SkipReason.TOO_HARD,
        SkipReason.TOO_LONG,
        SkipReason.BROKEN_SIDECAR,
    }
)
"""Reasons to skip a file that hold as long as it does not change. Others may pass."""


class CachedFile(NamedTuple):
    """The outcome of a file's last reading: a row of the table.

    A tuple for speed: there are as many as files, and creating other objects takes longer than
    reading the rows.

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
        """Returns the row of a file that became an article."""
        return cls(file.signature, digest)

    @classmethod
    def skipped(cls, file: SeedFile, why: SkippedFile) -> Self:
        """Returns the row of a file that was skipped."""
        return cls(file.signature, "", why.reason, why.detail)

    def as_skipped(self, article_id: str) -> SkippedFile:
        """Returns why a file with this id was skipped."""
        return SkippedFile(article_id, SkipReason(self.reason), self.detail)


class FileCache(AbstractContextManager["FileCache"]):
    """The cached files by their articles' ids; saved however the build ends.

    Methods raise sqlite3.Error where the disk is full or cannot be written.

    Attributes:
        unfinished: the digests of the articles whose records are kept, by their ids.
    """

    def __init__(self, data: Path, fingerprint: str) -> None:
        """Opens the cache, or creates a new one.

        Args:
            data: the data folder.
            fingerprint: names how files are read and indexed; what was cached under another one
                is forgotten.
        """
        self._path = data / _NAME
        self._fingerprint = fingerprint
        self._listed_ns = 0
        self._uncommitted = 0
        self._files: dict[str, CachedFile] = {}
        self.unfinished: dict[str, str] = {}
        # Until the file is open: it may be one that cannot be opened.
        self._database = sqlite3.connect(":memory:")
        for name in _FORMER_NAMES:
            (data / name).unlink(missing_ok=True)
        try:
            self._open()
        except (sqlite3.Error, TypeError, ValueError):
            self.forget()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        damaged = isinstance(error, sqlite3.Error)
        # It is the last that should fill the disk.
        if damaged or (isinstance(error, Exception) and is_full(self._path.parent, error)):
            self._remove()
            return
        try:
            self._database.commit()
            self._database.close()
        except sqlite3.Error:
            self._remove()

    def of(self, file: SeedFile) -> CachedFile | None:
        """Returns what is known of a file, unless it may have changed since."""
        cached = self._files.get(file.id)
        return cached if cached and file.signature and cached.signature == file.signature else None

    def keep_only(self, files: Iterable[SeedFile], listed_ns: int) -> None:
        """Forgets files that are gone.

        Args:
            files: all files there are.
            listed_ns: when they were listed, in nanoseconds since 1970.
        """
        self._listed_ns = listed_ns
        gone = self._files.keys() - {file.id for file in files}
        rows = ((article_id,) for article_id in gone)
        self._database.executemany("DELETE FROM file WHERE id = ?", rows)

    def note(self, file: SeedFile, cached: CachedFile) -> None:
        """Saves the outcome of a file if it will hold for the next build as well."""
        lasts = not cached.reason or cached.reason in _LASTING_REASONS
        if lasts and self._files.get(file.id) != cached and file.settled(self._listed_ns):
            self._database.execute(
                "INSERT OR REPLACE INTO file VALUES (?, ?, ?, ?, ?)", (file.id, *cached)
            )

    def add(self, record: ArticleRecord) -> None:
        """Saves the record of an article until a generation holds it."""
        content = record.to_bytes()
        self._database.execute("INSERT OR REPLACE INTO record VALUES (?, ?)", (record.id, content))
        self.unfinished[record.id] = record.digest
        self._uncommitted += len(content)
        if self._uncommitted > _COMMIT_BYTES:
            self._database.commit()
            self._uncommitted = 0

    def record(self, article_id: str) -> ArticleRecord:
        """Returns a record that is kept. Raises OSError where it cannot be read any more."""
        content = self._database.execute(
            "SELECT content FROM record WHERE id = ?", (article_id,)
        ).fetchone()
        record = ArticleRecord.read(BytesIO(content[0])) if content else None
        if record is None or record.id != article_id:
            raise OSError(f"{self._path} has been altered")
        return record

    def forget_records(self) -> None:
        """Forgets all records, as a generation holds them now."""
        if self.unfinished:
            try:
                self._database.execute("DELETE FROM record")
                self._database.commit()
                self._database.execute("VACUUM")  # else their texts would stay in free pages
                self.unfinished = {}
            except sqlite3.Error:
                self.forget()

    def forget(self) -> None:
        self._remove()
        self._open()

    def _open(self) -> None:
        self._database.close()
        self._database = sqlite3.connect(self._path)
        self._database.executescript(_SCHEMA)
        if self._database.execute("PRAGMA quick_check").fetchall() != [("ok",)]:
            raise ValueError("the cache is damaged")
        recipe = self._database.execute("SELECT fingerprint FROM recipe").fetchall()
        if recipe and recipe != [(self._fingerprint,)]:
            raise ValueError("another recipe")
        if not recipe:
            self._database.execute("INSERT INTO recipe VALUES (?)", (self._fingerprint,))
            self._database.commit()
        rows = self._database.execute("SELECT * FROM file")
        self._files = {row[0]: CachedFile._make(row[1:]) for row in rows}
        for reason in {cached.reason for cached in self._files.values()} - {""}:
            SkipReason(reason)  # else a bit has turned
        self.unfinished = {}
        for article_id, content in self._database.execute("SELECT id, content FROM record"):
            record = ArticleRecord.read(BytesIO(content))
            if record is None or record.id != article_id:
                raise ValueError("a record is damaged")
            self.unfinished[article_id] = record.digest

    def _remove(self) -> None:
        self._database.close()
        self._path.with_name(f"{_NAME}-journal").unlink(missing_ok=True)
        self._path.unlink(missing_ok=True)
