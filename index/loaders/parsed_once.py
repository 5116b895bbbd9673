"""Keeps articles that were just read, for the build that reads the same bytes next.

An uploaded article is read twice: once to show what it is, and once by the build. Formats that are
read in another process take a second each time.
"""

import hashlib
from threading import Lock

from index.loaders.draft import LoadedArticle

MOST_CHARACTERS = 5_000_000
"""Maximum number of characters that are kept; the oldest articles are dropped first."""


class ParsedOnce:
    """Articles that the next reader need not parse. Safe to use from several threads."""

    def __init__(self, most_characters: int = MOST_CHARACTERS) -> None:
        self._most = most_characters
        self._drafts: dict[tuple[str, bytes], LoadedArticle] = {}
        self._lock = Lock()

    def keep(self, suffix: str, content: bytes, draft: LoadedArticle) -> None:
        """Keeps the article that the bytes of a file were read as."""
        with self._lock:
            self._drafts[_key(suffix, content)] = draft
            while sum(len(kept.text) for kept in self._drafts.values()) > self._most:
                del self._drafts[next(iter(self._drafts))]

    def take(self, suffix: str, content: bytes) -> LoadedArticle | None:
        """Returns and drops the article of the same bytes; None if it is not kept."""
        with self._lock:
            return self._drafts.pop(_key(suffix, content), None) if self._drafts else None


def _key(suffix: str, content: bytes) -> tuple[str, bytes]:
    return suffix, hashlib.sha256(content).digest()
