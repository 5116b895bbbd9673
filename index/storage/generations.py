"""The data folder: generations side by side, and the pointer to the one that is live.

data/CURRENT                     the name of the live generation
data/LOCK                        held while one is built, and for a rollback
data/withdrawn.db                SQLite: which articles no earlier generation may bring back
data/generations/000001/
    manifest.json                what it was built from, sizes and checksums of its files; whoever
                                 reads the generation holds a shared lock on it
    manifest.xxh3                the checksum of the manifest
    library.db                   SQLite: articles, passages, and passages normalised for evidence
    user_dictionary.txt          the words of the user dictionary it was cut with, if there are any
    places.npy                   for each article its first passage, and the first row of those
    engine/                      what the engine wrote
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from index.errors import DamagedIndex, NoIndex
from index.storage.disk import flush, translating_disk_errors
from index.storage.locks import unread, writing
from index.storage.manifest import MANIFEST

DATABASE = "library.db"
ENGINE = "engine"
PLACES = "places.npy"
USER_DICTIONARY = "user_dictionary.txt"

POINTER = "CURRENT"
"""The file that names the live generation."""
_GENERATIONS = "generations"
_UNFINISHED = "unfinished-"
_KEPT = 3
"""Generations that stay on disk: the live one, and some to go back to."""


def generations(data: Path) -> list[Path]:
    """Returns the folders of the generations, oldest first; none where nothing has been built.

    Raises:
        DamagedIndex: the data folder cannot be read.
    """
    try:
        folders = [path for path in (data / _GENERATIONS).iterdir() if _is_number(path.name)]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise DamagedIndex(data, f"{_GENERATIONS}: {error.strerror}") from error
    return sorted(folders, key=number)


def folder_of(data: Path, name: str) -> Path:
    """Returns the folder of the generation with a name."""
    return data / _GENERATIONS / name


def number(folder: Path) -> int:
    """Returns the number of a generation; later ones have higher numbers."""
    return int(folder.name)


def _is_number(name: str) -> bool:
    return name.isascii() and name.isdigit()


# The pointer


@dataclass(frozen=True, slots=True)
class PointerStamp:
    """Identifies a version of the pointer without reading it."""

    inode: int
    modified: int
    changed: int
    size: int


def pointer_stamp(data: Path) -> PointerStamp | None:
    """Returns the stamp of the pointer, None where there is none. Takes microseconds."""
    try:
        # Asked with each question: joining strings takes a third of what joining paths does.
        status = os.stat(f"{data}/{POINTER}")  # noqa: PTH116
    except OSError:
        return None
    return PointerStamp(status.st_ino, status.st_mtime_ns, status.st_ctime_ns, status.st_size)


def current_generation(data: Path) -> Path:
    """Returns the folder that the pointer names.

    Raises:
        NoIndex: there is no pointer.
        DamagedIndex: the pointer names no generation.
    """
    try:
        name = (data / POINTER).read_text("ascii").strip()
    except FileNotFoundError:
        raise NoIndex(data) from None
    except OSError as error:
        raise DamagedIndex(data, f"{POINTER}: {error.strerror}") from error
    except UnicodeDecodeError:
        name = ""
    if not _is_number(name):
        raise DamagedIndex(data, f"{POINTER} names no generation")
    folder = data / _GENERATIONS / name
    if not folder.is_dir():
        raise DamagedIndex(data, f"{POINTER} names generation {name}, which is missing")
    return folder


def point_at(data: Path, folder: Path) -> None:
    """Makes a generation current: at any moment the pointer names this one or the one before.

    Raises:
        OSError: the disk does not take it.
    """
    _write_pointer(data, folder.name).replace(data / POINTER)
    flush(data)


def _write_pointer(data: Path, name: str) -> Path:
    """Writes a pointer beside the current one and waits until it has reached the disk."""
    pointer = data / f"{POINTER}.new"
    try:
        pointer.write_text(name, "ascii")
        flush(pointer)
    except OSError:
        pointer.unlink(missing_ok=True)
        raise
    return pointer


# The steps of a build


@contextmanager
def building(data: Path) -> Iterator[Path]:
    """Locks the data folder for a build; yields an empty folder that is removed afterwards.

    `publish` moves that folder to its place, so that nothing is left to remove. A process that is
    killed leaves no lock behind, and the next build removes its folder.

    Raises:
        BuildRunning: another build holds the data folder.
        DiskFull: the disk is full.
        OSError: the data folder cannot be written.
    """
    place = data / _GENERATIONS
    place.mkdir(parents=True, exist_ok=True)
    with writing(data):
        for leftover in place.glob(f"{_UNFINISHED}*"):
            shutil.rmtree(leftover, ignore_errors=True)
        folder = place / f"{_UNFINISHED}{os.getpid()}"
        try:
            with translating_disk_errors(data):
                folder.mkdir()
                yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def publish(data: Path, folder: Path) -> Path:
    """Makes a finished generation live and returns its folder.

    All that takes space reaches the disk before the generation is moved to its place, so that a
    full disk leaves no generation there that was never live.

    Raises:
        OSError: the disk is full or cannot be written.
    """
    for path in [*folder.rglob("*"), folder]:
        flush(path)
    last = max(map(number, generations(data)), default=0)
    place = data / _GENERATIONS / f"{last + 1:06d}"
    pointer = _write_pointer(data, place.name)
    folder.rename(place)
    flush(place.parent)
    pointer.replace(data / POINTER)
    flush(data)
    return place


def prune(data: Path, live: Path, before: Path | None = None) -> None:
    """Removes the oldest generations that nobody reads; the others are left to the next build.

    Args:
        live: the generation that has just been published.
        before: the one that was live until then. Those between the two were left by a rollback:
            nobody returns to them, and they are removed as well.
    """
    older = [folder for folder in generations(data) if number(folder) < number(live)]
    left = [folder for folder in older if before and number(folder) > number(before)]
    older = [folder for folder in older if folder not in left]
    for folder in (*left, *older[: -(_KEPT - 1)]):
        expunge(folder)


def expunge(folder: Path) -> None:
    """Removes a generation, unless somebody reads it."""
    with unread(folder / MANIFEST) as is_free:
        if is_free:
            _remove(folder)


def _remove(folder: Path) -> None:
    """Removes a generation; a process that is killed meanwhile leaves it to the next build."""
    removed = folder.with_name(f"{_UNFINISHED}{folder.name}")
    with suppress(OSError):
        folder.rename(removed)
        shutil.rmtree(removed, ignore_errors=True)
