"""The folder of articles: which files there are, and what can be read of them."""

import os
import stat
from collections.abc import Iterator
from enum import Enum, auto
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from index.corpus.sidecar import SIDECAR
from index.loaders import SUFFIXES

_HIDDEN = (".", "~$")
"""How the names of files begin that editors and systems keep for themselves."""

_TEMPORARY = (".tmp", ".part", ".crdownload", ".swp", "~")
"""How the names of files end that are not finished yet."""

_SETTLED_NS = 2_000_000_000
"""A file that was touched less than this ago may change again within the same tick of its clock;
the coarsest, FAT's, ticks every two seconds."""


class SeedKind(Enum):
    """The role of a file in the folder of articles."""

    ARTICLE = auto()
    """It is an article, or would be one if it could be read."""
    SIDECAR = auto()
    """It describes the article that it stands beside."""
    ORPHAN = auto()
    """It would describe an article that is not there."""
    OUTSIDE = auto()
    """It is a link to something outside the folder of articles, which is never read."""
    UNLISTED = auto()
    """It is a folder that cannot be listed."""


class SeedFile(NamedTuple):
    """A file in the folder of articles.

    A tuple for speed: a build that finds nothing to do still creates one for each file.

    Attributes:
        id: its path below the folder, with forward slashes.
        path: where it is.
        size: bytes.
        signature: shows whether it may have changed: its size, its times and its inode number.
            Empty for what is no regular file, or cannot be accessed.
        touched_ns: when it was last changed in any way, in nanoseconds since 1970.
        kind: its role.
        sidecar: the path of its sidecar; empty where there is none. `signature` and
            `touched_ns` then cover both.
    """

    id: str
    path: str
    size: int
    signature: str
    touched_ns: int
    kind: SeedKind = SeedKind.ARTICLE
    sidecar: str = ""

    @property
    def described(self) -> str:
        """The id of the article that a sidecar describes."""
        return self.id.removesuffix(SIDECAR)

    def settled(self, listed_ns: int) -> bool:
        """Whether a change after it was listed would show in the signature."""
        return bool(self.signature) and listed_ns - self.touched_ns > _SETTLED_NS


def is_read(seeds: Path, path: Path) -> bool:
    """Returns whether a file at this path below `seeds` would be listed.

    Hidden and temporary files are not, nor what is reached by a link to a folder.
    """
    parts = path.relative_to(seeds).parts
    folders = (seeds.joinpath(*parts[:count]) for count in range(1, len(parts)))
    return not any(map(_is_ignored, parts)) and not any(folder.is_symlink() for folder in folders)


def _is_ignored(name: str) -> bool:
    return name.startswith(_HIDDEN) or name.endswith(_TEMPORARY)


def list_seeds(seeds: Path) -> list[SeedFile]:
    """Returns the files in `seeds` and its folders, by their ids; skips hidden and temporary ones.

    Folders that cannot be listed are returned too: reading them raises the reason. A sidecar comes
    right before the article that it describes.
    """
    files = sorted(_below(str(seeds)))  # by their first field
    if any(file.id.endswith(SIDECAR) for file in files):
        return list(_with_sidecars(files))
    return files


def _with_sidecars(files: list[SeedFile]) -> Iterator[SeedFile]:
    there = {file.id: file for file in files}
    for file in files:
        if file.kind is not SeedKind.ARTICLE and file.id.endswith(SIDECAR):
            yield file
        elif not file.id.endswith(SIDECAR):
            sidecar = there.get(file.id + SIDECAR)
            if sidecar and sidecar.kind is SeedKind.ARTICLE:
                yield sidecar._replace(kind=SeedKind.SIDECAR)
                file = _beside(file, sidecar)
            yield file
        elif file.described.endswith(SIDECAR):
            yield file
        elif file.described not in there:
            of_article = PurePosixPath(file.described).suffix.lower() in SUFFIXES
            yield file._replace(kind=SeedKind.ORPHAN) if of_article else file


def _beside(file: SeedFile, sidecar: SeedFile) -> SeedFile:
    """Returns the file with its sidecar, so that it has changed where either has."""
    both = file.signature and sidecar.signature
    return file._replace(
        signature=f"{file.signature}+{sidecar.signature}" if both else "",
        touched_ns=max(file.touched_ns, sidecar.touched_ns),
        sidecar=sidecar.path,
    )


def _below(seeds: str) -> Iterator[SeedFile]:
    folders = [(seeds, "")]
    while folders:
        folder, prefix = folders.pop()
        try:
            entries = list(os.scandir(folder))
        except OSError:
            if not _is_gone(folder):
                id = _shown(prefix.rstrip("/"))
                yield SeedFile(id, folder, 0, "", 0, SeedKind.UNLISTED)
            continue
        for entry in entries:
            name = prefix + entry.name
            if _is_ignored(entry.name):
                continue
            if entry.is_dir(follow_symlinks=False):
                folders.append((entry.path, f"{name}/"))
            elif entry.is_symlink() and _leads_outside(seeds, entry.path):
                yield SeedFile(_shown(name), entry.path, 0, "", 0, SeedKind.OUTSIDE)
            else:
                yield SeedFile(_shown(name), entry.path, *_looked_at(entry))


def _is_gone(folder: str) -> bool:
    """Returns whether the parent of a folder can be listed and does not name a folder there."""
    path = Path(folder).absolute()
    try:
        return path.name not in os.listdir(path.parent) or not path.is_dir()  # noqa: PTH208 - names
    except FileNotFoundError:
        return True
    except OSError:
        return False


def _leads_outside(seeds: str, link: str) -> bool:
    folder = os.path.realpath(seeds)
    return os.path.commonpath((folder, os.path.realpath(link))) != folder


def _looked_at(entry: os.DirEntry[str]) -> tuple[int, str, int]:
    """Returns size, signature and time of the last change; see `SeedFile`."""
    try:
        status = entry.stat()
    except OSError:
        return 0, "", 0
    if not stat.S_ISREG(status.st_mode):
        return 0, "", 0
    size, modified, changed = status.st_size, status.st_mtime_ns, status.st_ctime_ns
    return size, f"{size}.{modified}.{changed}.{status.st_ino}", max(modified, changed)


def _shown(relative: str) -> str:
    """Escapes the bytes of a name that is not UTF-8, which could be neither stored nor shown.

    Escapes backslashes as well, so that no other name looks the same.
    """
    try:
        relative.encode()
    except UnicodeEncodeError:
        pass
    else:
        if "\\" not in relative:
            return relative
    return os.fsencode(relative.replace("\\", r"\x5c")).decode("utf-8", "backslashreplace")
