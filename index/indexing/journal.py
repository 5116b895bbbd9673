"""What an unfinished build has cut already, so that the next one need not cut it again.

Records are appended as articles are cut, and the file is removed when a generation holds them all.
A build that is stopped, or killed in the midst of a record, leaves what is whole; one that fails
for want of space leaves nothing.
"""

import os
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from index.storage.article_record import ArticleRecord
from index.storage.disk import is_full

_NAME = "unfinished.journal"


class Journal:
    """Articles that were cut but are in no generation yet."""

    def __init__(self, data: Path, fingerprint: str) -> None:
        """Args:
        data: the data folder.
        fingerprint: names how articles are cut; what was cut otherwise is thrown away.
        """
        self._path = data / _NAME
        self._head = f"{fingerprint}\n".encode()
        self._places: dict[str, tuple[str, int]] = {}
        self._file: BinaryIO | None = None
        self._end, self._at_end = 0, False
        if self._path.exists():
            self._open(self._path.open("r+b"))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if isinstance(error, Exception) and is_full(self._path.parent, error):
            self.discard()  # it is the last that should fill the disk
        elif self._file:
            with suppress(OSError):
                self._file.close()

    def digest(self, article_id: str) -> str | None:
        """The digest of the content from which an article was cut; None where it was not."""
        found = self._places.get(article_id)
        return found[0] if found else None

    def get(self, article_id: str) -> ArticleRecord:
        """An article that was cut. Raises OSError where it cannot be read any more."""
        _, place = self._places[article_id]
        assert self._file  # noqa: S101 - places are known of an open file only
        self._file.seek(place)
        self._at_end = False
        cut = ArticleRecord.read(self._file)
        if cut is None or cut.id != article_id:
            raise OSError(f"{self._path} has been altered")
        return cut

    def add(self, cut: ArticleRecord) -> None:
        """Keep an article that was cut. Raises OSError."""
        if self._file is None:
            self._open(self._path.open("w+b"))
        assert self._file  # noqa: S101 - it was just opened
        if not self._at_end:
            self._end, self._at_end = self._file.seek(0, os.SEEK_END), True
        self._places[cut.id] = cut.digest, self._end
        self._end += self._file.write(cut.to_bytes())

    def discard(self) -> None:
        """Throw all away: a generation holds it."""
        if self._file:
            with suppress(OSError):
                self._file.close()
            self._file = None
        self._places = {}
        self._path.unlink(missing_ok=True)

    def _open(self, file: BinaryIO) -> None:
        self._file = file
        whole = 0
        if file.readline() == self._head:
            whole = file.tell()
            while cut := ArticleRecord.read(file):
                self._places[cut.id] = cut.digest, whole
                whole = file.tell()
        file.seek(whole)
        file.truncate()
        if not whole:
            file.write(self._head)
