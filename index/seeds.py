"""The folder of articles: which files there are, and what can be read of them."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from index.errors import SkippedFile, SkipReason, UnreadableFile
from index.loaders import load_article
from index.model import Article

_HIDDEN = (".", "~$")
"""How the names of files begin that editors and systems keep for themselves."""


def list_seeds(seeds: Path) -> list[Path]:
    """The files in `seeds` and its folders, by name; hidden ones are left out.

    Folders that cannot be looked into are listed too: reading them tells why.
    """
    closed: list[OSError] = []
    found = []
    for folder, folders, files in os.walk(seeds, onerror=closed.append):
        folders[:] = [name for name in folders if not name.startswith(_HIDDEN)]
        links = [name for name in folders if Path(folder, name).is_symlink()]
        names = [name for name in files if not name.startswith(_HIDDEN)] + links
        found += [Path(folder, name) for name in names]
    found += [Path(error.filename) for error in closed if Path(error.filename) != seeds]
    return sorted(found)


def read_seeds(
    paths: list[Path], seeds: Path, largest_bytes: int
) -> Iterator[Article | SkippedFile]:
    """Read each file: the article it holds, or why it holds none."""
    for path in paths:
        # A name that is not UTF-8 could be neither stored nor shown: its bytes are spelled out.
        relative = path.relative_to(seeds).as_posix()
        article_id = relative.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
        try:
            yield _read(path, article_id, largest_bytes)
        except UnreadableFile as fault:
            yield SkippedFile(article_id, fault.reason, str(fault))


def _read(path: Path, article_id: str, largest_bytes: int) -> Article:
    try:
        regular = stat.S_ISREG(path.stat().st_mode)
    except OSError as error:
        raise UnreadableFile(
            SkipReason.UNREADABLE, f"The file cannot be read: {error.strerror}."
        ) from error
    if not regular:
        raise UnreadableFile(
            SkipReason.UNREADABLE, "This is no regular file, or a folder that cannot be read."
        )
    return load_article(path, article_id, largest_bytes)
