"""Restores a backup: everything or nothing. The archive may come from anybody.

All is unpacked and verified beside its place first, and moved there by renames, which are undone
where one fails. What is there is replaced only where that is asked for.
"""

import os
import secrets
import shutil
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from gzip import GzipFile
from pathlib import Path, PurePosixPath

from bot.errors import BackupError, BackupFault
from bot.state.backup import (
    ARTICLES,
    INDEX_CACHE,
    MANIFEST,
    SETTINGS,
    STATE,
    SYNONYMS,
    UNREADABLE,
    USER_DICTIONARY,
    BackedUpFile,
    BackupReport,
    databases,
    flush,
    read_manifest,
    report_of,
    require_sound,
    sha256_of,
)
from bot.state.seats import Seats
from index import IndexSettings

RESTORED_SETTINGS = "settings-of-backup.env"
"""Where the settings of the backup are put, in the data folder: those in use stay as they are."""

_UNPACKED, _REPLACED = ".wenchu-unpacked-", ".wenchu-replaced-"
"""What the names of temporary files begin with; no build sees them."""
_INDEX = ("CURRENT", "generations", INDEX_CACHE)
"""The index in the data folder: it is built anew from the restored articles."""
_JOURNALS = ("-wal", "-shm", "-journal")
_CHUNK = 1 << 20
_LONGEST_READ = 16 * _CHUNK
"""Bytes; tarfile reads a name at once, however long it claims to be."""
_RATIO = 300
"""How many times its own size an archive may unpack to; articles take about ten times theirs."""
_ALWAYS_ALLOWED = 2048 * _CHUNK
"""Bytes that any archive may unpack to: a text that only repeats itself takes a thousandth."""
_LARGEST_MANIFEST = 512 * _CHUNK
_MOST_FILES = 3_000_000


@dataclass(frozen=True, slots=True)
class _Move:
    """A rename that is part of a restoration.

    Attributes:
        source: what takes the place; None where nothing does.
        target: the place.
    """

    source: Path | None
    target: Path


def restore(settings: IndexSettings, archive: Path, force: bool = False) -> BackupReport:
    """Restores an archive into the places that the settings name.

    Args:
        force: whether what is there is replaced.

    Raises:
        BackupError: it is no sound backup, the bot is running, or there is something already.
        StoreError: the data folder cannot be used.
    """
    with keeping_bots_out(settings.data), _staging(settings) as places:
        manifest = _unpack(archive, places)
        moves = list(_moves(settings, places, manifest))
        taken = next((move.target for move in moves if os.path.lexists(move.target)), None)
        if taken and not force:
            raise BackupError(BackupFault.EXISTS, str(taken))
        _carry_out(moves, places.mark)
    return report_of(manifest)


@contextmanager
def keeping_bots_out(data: Path) -> Iterator[None]:
    """Keeps bots from starting in a data folder.

    Raises:
        BackupError: one is running.
        StoreError: the folder cannot be used.
    """
    numbers = [int(path.stem.removeprefix("bot-")) for path in data.glob("bot-[0-9]*.lock")]
    seats = Seats(data)
    try:
        if not all(seats.is_free(number) for number in numbers if number != seats.own):
            raise BackupError(BackupFault.RUNNING, str(data))
        yield
    finally:
        seats.leave()


class _Staging:
    """Where each file of an archive is unpacked: in a folder beside its place.

    Attributes:
        mark: stands in the names of all temporary folders of this restoration.
        seeds, data, words, synonyms: the folders.
    """

    def __init__(self, settings: IndexSettings) -> None:
        self.mark = secrets.token_hex(8)
        name = f"{_UNPACKED}{self.mark}"
        self.seeds = settings.seeds / name
        self.data = settings.data / name
        self.words = settings.words_file.parent / f"{name}-words"
        self.synonyms = settings.synonyms_file.parent / f"{name}-synonyms"

    def place(self, name: str) -> Path:
        """Returns where a file is unpacked.

        Raises:
            BackupError: no backup has a file of this name.
        """
        parts = PurePosixPath(name).parts
        if name != "/".join(parts) or any(_is_unsafe(part) for part in parts):
            raise BackupError(BackupFault.UNSAFE, repr(name))
        match parts:
            case (folder, *_, _) if folder == ARTICLES:
                return self.seeds.joinpath(*parts[1:])
            case (folder, _) if folder == STATE:
                return self.data / parts[1]
        if name in (SETTINGS, MANIFEST):
            return self.data / f"{name}.txt"
        if name in (USER_DICTIONARY, SYNONYMS):
            return (self.words if name == USER_DICTIONARY else self.synonyms) / "list"
        raise BackupError(BackupFault.UNSAFE, repr(name))


def _is_unsafe(part: str) -> bool:
    return part.startswith(".") or part.endswith("/") or any(c in part for c in "\\:\0")


@contextmanager
def _staging(settings: IndexSettings) -> Iterator[_Staging]:
    places = _Staging(settings)
    with ExitStack() as stack:
        for folder in (places.seeds, places.data, places.words, places.synonyms):
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
        yield places


def _unpack(path: Path, places: _Staging) -> dict[str, BackedUpFile]:
    """Unpacks an archive and verifies it against its manifest, which is returned.

    Raises:
        BackupError: it is damaged, no backup, or made to do harm.
    """
    try:
        names = _unpack_files(path, places)
        place = places.place(MANIFEST)
        if place.stat().st_size > _LARGEST_MANIFEST:
            raise BackupError(BackupFault.UNSAFE, "too large")
        manifest = read_manifest(place.read_bytes())
        if names != manifest.keys() | {MANIFEST}:
            raise ValueError("it does not hold the files that its manifest names")
        for name, file in manifest.items():
            if sha256_of(places.place(name)) != file.sha256:
                raise ValueError(f"{name} is damaged")
        sound = {f"{STATE}/{database.name}" for database in databases(places.data)}
        if {name for name in names if name.startswith(f"{STATE}/")} != sound:
            raise ValueError("a part of the state is no database")
        for name in sound:
            require_sound(places.place(name))
    except UNREADABLE as error:
        raise BackupError(BackupFault.NOT_READ, f"{path}: {error}") from error
    return manifest


def _unpack_files(path: Path, places: _Staging) -> set[str]:
    """Unpacks all files and returns their names."""
    names: set[str] = set()
    with path.open("rb") as file:
        most = max(_ALWAYS_ALLOWED, path.stat().st_size * _RATIO)
        with tarfile.open(fileobj=_Bounded(file, most), mode="r:") as archive:
            while entry := archive.next():
                place = places.place(entry.name)
                is_plain = entry.type == tarfile.REGTYPE and not entry.issparse()
                if not is_plain or entry.name in names or len(names) >= _MOST_FILES:
                    raise BackupError(BackupFault.UNSAFE, repr(entry.name))
                names.add(entry.name)
                _unpack_file(archive, entry, place)
                archive.members = []  # type: ignore[attr-defined]  # it would remember each
    return names


def _unpack_file(archive: tarfile.TarFile, entry: tarfile.TarInfo, place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    source = archive.extractfile(entry)
    assert source  # noqa: S101 - it is a regular file
    with place.open("xb") as target:
        while content := source.read(_CHUNK):
            target.write(content)
        target.flush()
        os.fsync(target.fileno())
    if entry.name.startswith(f"{ARTICLES}/"):
        os.utime(place, (entry.mtime, entry.mtime))


class _Bounded(GzipFile):
    """A compressed file of which no more is read than it may hold."""

    def __init__(self, file: object, most: int) -> None:
        super().__init__(fileobj=file, mode="rb")  # type: ignore[call-overload]
        self._left = most

    def read(self, size: int | None = -1) -> bytes:
        """Reads as usual. Raises BackupError where more comes than there may be."""
        if size is None or not 0 <= size <= _LONGEST_READ:
            raise BackupError(BackupFault.UNSAFE, "too large")
        content = super().read(size)
        self._left -= len(content)
        if self._left < 0:
            raise BackupError(BackupFault.UNSAFE, "too large")
        return content


def _moves(
    settings: IndexSettings, places: _Staging, manifest: Mapping[str, BackedUpFile]
) -> Iterator[_Move]:
    """Yields what takes which place; what the backup does not hold is taken away."""
    staged = {path.name for path in _visible(places.seeds)}
    for name in sorted(staged | {path.name for path in _visible(settings.seeds)}):
        yield _Move(places.seeds / name if name in staged else None, settings.seeds / name)
    for name, target in (
        (USER_DICTIONARY, settings.words_file),
        (SYNONYMS, settings.synonyms_file),
    ):
        yield _Move(places.place(name) if name in manifest else None, target)
    in_backup = {name.partition("/")[2] for name in manifest if name.startswith(f"{STATE}/")}
    for name in sorted(in_backup | {path.name for path in databases(settings.data)}):
        for ending in _JOURNALS:
            yield _Move(None, settings.data / f"{name}{ending}")
        yield _Move(places.data / name if name in in_backup else None, settings.data / name)
    for name in _INDEX:
        yield _Move(None, settings.data / name)
    yield _Move(places.place(SETTINGS), settings.data / RESTORED_SETTINGS)


def _visible(folder: Path) -> list[Path]:
    entries = folder.iterdir() if folder.is_dir() else ()
    return [path for path in entries if not path.name.startswith(".")]


def _carry_out(moves: list[_Move], mark: str) -> None:
    """Makes all moves; where one fails, takes back those before.

    Raises:
        BackupError: one failed.
    """
    done: list[tuple[Path, Path]] = []
    folders = {move.target.parent for move in moves if move.target.parent.is_dir()}

    def rename(source: Path, target: Path) -> None:
        source.rename(target)
        done.append((source, target))

    try:
        for move in moves:
            if os.path.lexists(move.target):
                name = f"{_REPLACED}{mark}-{move.target.name}"
                rename(move.target, move.target.with_name(name))
            if move.source:
                rename(move.source, move.target)
        for folder in folders:
            flush(folder)
    except BaseException as error:
        for source, target in reversed(done):
            with suppress(OSError):
                target.rename(source)
        if isinstance(error, OSError):
            raise BackupError(BackupFault.NOT_RESTORED, str(error)) from error
        raise
    _sweep(folders)


def _sweep(folders: Iterable[Path]) -> None:
    """Removes what was replaced, and what a restoration that was killed has left."""
    for folder in folders:
        for path in (*folder.glob(f"{_REPLACED}*"), *folder.glob(f"{_UNPACKED}*")):
            with suppress(OSError):
                shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
