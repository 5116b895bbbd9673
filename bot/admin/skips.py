"""Which files builds skip that they did not skip before: each is reported once."""

from collections.abc import Iterable
from dataclasses import dataclass
from threading import Lock

from index import SkippedFile


@dataclass(frozen=True, slots=True)
class SkipNews:
    """What is new since the build before.

    Attributes:
        skipped: files that are skipped now, or for another reason than before.
        mended: paths of files that are skipped no more.
    """

    skipped: tuple[SkippedFile, ...]
    mended: tuple[str, ...]


class Skips:
    """Remembers what the last build skipped. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._last: dict[str, SkippedFile] = {}

    def news(self, files: Iterable[SkippedFile]) -> SkipNews:
        """Returns what differs from the last call, before which nothing was skipped.

        Args:
            files: all that the latest build skipped.
        """
        now = {file.path: file for file in files}
        with self._lock:
            before, self._last = self._last, now
        skipped = (file for file in now.values() if not _same(before.get(file.path), file))
        return SkipNews(tuple(skipped), tuple(path for path in before if path not in now))

    def forget(self, files: Iterable[SkippedFile]) -> None:
        """Forgets that files were skipped: nobody could be told of them."""
        with self._lock:
            for file in files:
                self._last.pop(file.path, None)


def _same(before: SkippedFile | None, now: SkippedFile) -> bool:
    """Returns whether a file is skipped as before; the wording of the fault may change."""
    return before is not None and (before.reason, before.other) == (now.reason, now.other)
