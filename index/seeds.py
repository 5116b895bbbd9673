"""The folder of articles: which files there are, and what can be read of them."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from index.errors import SkipReason, UnreadableFile
from index.loaders import FileContent, read_file

_HIDDEN = (".", "~$")
"""How the names of files begin that editors and systems keep for themselves."""

_SETTLED_NS = 2_000_000_000
"""A file that was touched less than this ago may change again within the same tick of its clock;
the coarsest, FAT's, ticks every two seconds."""


class SeedFile(NamedTuple):
    """A file in the folder of articles.

    A tuple, as there are as many as files, and a build that finds nothing to do makes them all.

    Attributes:
        id: its path below the folder, with forward slashes.
        path: where it is.
        size: bytes.
        signature: tells whether it may have changed: its size, its times and its number in the
            file system. Empty for what is no regular file, or cannot be looked at.
        touched_ns: when it was last changed in any way, in nanoseconds since 1970.
    """

    id: str
    path: str
    size: int
    signature: str
    touched_ns: int

    def settled(self, listed_ns: int) -> bool:
        """Whether a change after it was listed would show in the signature."""
        return bool(self.signature) and listed_ns - self.touched_ns > _SETTLED_NS


def list_seeds(seeds: Path) -> list[SeedFile]:
    """The files in `seeds` and its folders, by their ids; hidden ones are left out.

    Folders that cannot be looked into are listed too: reading them tells why.
    """
    return sorted(_below(str(seeds)))  # by their first field


def _below(seeds: str) -> Iterator[SeedFile]:
    folders = [(seeds, "")]
    while folders:
        folder, prefix = folders.pop()
        try:
            entries = list(os.scandir(folder))
        except OSError:
            if prefix:
                yield SeedFile(_shown(prefix.rstrip("/")), folder, 0, "", 0)
            continue
        for entry in entries:
            name = prefix + entry.name
            if entry.name.startswith(_HIDDEN):
                continue
            if entry.is_dir(follow_symlinks=False):
                folders.append((entry.path, f"{name}/"))
            else:
                yield SeedFile(_shown(name), entry.path, *_looked_at(entry))


def _looked_at(entry: os.DirEntry[str]) -> tuple[int, str, int]:
    """Size, signature and time of the last change; see `SeedFile`."""
    try:
        told = entry.stat()
    except OSError:
        return 0, "", 0
    if not stat.S_ISREG(told.st_mode):
        return 0, "", 0
    size, modified, changed = told.st_size, told.st_mtime_ns, told.st_ctime_ns
    return size, f"{size}.{modified}.{changed}.{told.st_ino}", max(modified, changed)


def _shown(relative: str) -> str:
    """A name that is not UTF-8 could be neither stored nor shown: its bytes are spelled out.

    So are backslashes, lest another name look the same.
    """
    try:
        relative.encode()
    except UnicodeEncodeError:
        pass
    else:
        if "\\" not in relative:
            return relative
    return os.fsencode(relative.replace("\\", r"\x5c")).decode("utf-8", "backslashreplace")


def read_seed(path: Path, largest_bytes: int) -> FileContent:
    """Read a file.

    Raises:
        UnreadableFile: it cannot become an article; the error says why.
    """
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
    return read_file(path, largest_bytes)
