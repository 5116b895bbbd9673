"""Writes a backup: articles, word lists, state and settings in one verified archive.

articles/…          all files of the folder of articles
words/…             the user dictionary and the synonyms
state/…             the databases of the data folder, without those of the index
settings.env        the settings, without secrets
manifest.json       the last: size and SHA-256 of each file
"""

import hashlib
import io
import json
import os
import re
import shutil
import sqlite3
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import portalocker
from portalocker import LockException, LockFlags
from pydantic import SecretStr

from bot.errors import BackupError, BackupFault
from bot.settings import BotSettings
from bot.state.database import STATE as STATE_FILE
from index import IndexSettings
from index.settings import Settings, without_credentials

ARTICLES, WORDS, STATE = "articles", "words", "state"
USER_DICTIONARY, SYNONYMS = f"{WORDS}/words.txt", f"{WORDS}/synonyms.txt"
SETTINGS, MANIFEST = "settings.env", "manifest.json"
FORMAT = 1
INDEX_CACHE = "file_cache.db"
"""A database of the index, which the next build makes anew."""

_SQLITE = b"SQLite format 3\0"
_UNFINISHED, _LOCK = ".tmp", "lock"
_BUSY_SECONDS = 30.0
_CHUNK = 1 << 20
UNREADABLE = (
    *(OSError, EOFError, ValueError, KeyError, TypeError, RecursionError),
    *(tarfile.TarError, zlib.error, sqlite3.Error),
)
"""What reading an archive raises that is cut, altered or something else."""


@dataclass(frozen=True, slots=True)
class BackedUpFile:
    """A file of an archive, as its manifest tells."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class BackupReport:
    """What an archive holds.

    Attributes:
        articles: files of the folder of articles.
        bytes: of all files.
    """

    articles: int
    bytes: int


def back_up(settings: BotSettings, index_settings: IndexSettings, target: Path) -> BackupReport:
    """Writes an archive while the bot runs; what was at `target` is replaced once it is verified.

    Raises:
        BackupError: it cannot be written, or does not hold what it should.
    """
    try:
        _remove_abandoned(target)
        with _unfinished(target) as folder:
            archive = folder / "archive"
            manifest = _write(settings, index_settings, target, archive)
            flush(archive)
            _verify(archive, manifest)
            archive.replace(target)
        flush(target.parent)
    except UNREADABLE as error:
        raise BackupError(BackupFault.NOT_WRITTEN, f"{target}: {error}") from error
    return report_of(manifest)


def report_of(manifest: Mapping[str, BackedUpFile]) -> BackupReport:
    articles = sum(name.startswith(f"{ARTICLES}/") for name in manifest)
    return BackupReport(articles, sum(file.size for file in manifest.values()))


def databases(data: Path) -> Iterator[Path]:
    """Yields the databases of the data folder that are not the index's."""
    for path in sorted(data.iterdir()) if data.is_dir() else ():
        if path.is_file() and path.name != INDEX_CACHE and not path.name.startswith("."):
            with path.open("rb") as file:
                if file.read(len(_SQLITE)) == _SQLITE:
                    yield path


def flush(path: Path) -> None:
    """Waits until a file or a folder has reached the disk. Raises OSError."""
    if os.name == "nt" and path.is_dir():
        return  # Windows cannot open folders
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_manifest(content: bytes) -> dict[str, BackedUpFile]:
    """Reads a manifest. Raises ValueError or KeyError where it is none, or a later one."""
    read = json.loads(content)
    if not isinstance(read, dict) or read["format"] != FORMAT:
        raise ValueError("its format is not known")
    return {
        str(name): BackedUpFile(int(file["size"]), str(file["sha256"]))
        for name, file in dict(read["files"]).items()
    }


def require_sound(path: Path) -> None:
    """Raises sqlite3.DatabaseError where a database is damaged."""
    with closing(sqlite3.connect(path)) as database:
        for (fault,) in database.execute("PRAGMA integrity_check(1)"):
            if fault != "ok":
                raise sqlite3.DatabaseError(f"{path.name}: {fault}")


@contextmanager
def _unfinished(target: Path) -> Iterator[Path]:
    """Yields a folder beside the target; its lock tells that its backup has not ended."""
    with TemporaryDirectory(
        dir=target.parent,
        prefix=f".{target.name}.",
        suffix=_UNFINISHED,
        ignore_cleanup_errors=True,
    ) as name:
        folder = Path(name)
        with (folder / _LOCK).open("wb") as lock:
            with suppress(LockException):  # a file system without locks: nothing is removed there
                portalocker.lock(lock, LockFlags.EXCLUSIVE | LockFlags.NON_BLOCKING)
            yield folder


def _remove_abandoned(target: Path) -> None:
    """Removes what killed backups to the same target have left."""
    name = re.compile(rf"\.{re.escape(target.name)}\.\w+{re.escape(_UNFINISHED)}")
    for folder in target.parent.iterdir():
        if name.fullmatch(folder.name) and _is_abandoned(folder):
            shutil.rmtree(folder, ignore_errors=True)


def _is_abandoned(folder: Path) -> bool:
    try:
        with (folder / _LOCK).open("r+b") as lock:
            portalocker.lock(lock, LockFlags.EXCLUSIVE | LockFlags.NON_BLOCKING)
    except (OSError, LockException) as error:
        return isinstance(error, FileNotFoundError)
    return True


def _write(
    settings: BotSettings, index_settings: IndexSettings, target: Path, unfinished: Path
) -> dict[str, BackedUpFile]:
    """Writes the archive and returns its manifest."""
    manifest: dict[str, BackedUpFile] = {}
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with (
        os.fdopen(descriptor, "wb") as file,
        tarfile.open(fileobj=file, mode="w:gz", format=tarfile.PAX_FORMAT) as archive,
    ):
        for name, path in _files(index_settings):
            # An article may be removed meanwhile; the archive is no article of its own.
            if path != target.absolute():
                with suppress(FileNotFoundError):
                    manifest[name] = _add_file(archive, name, path)
        with TemporaryDirectory(dir=unfinished.parent) as folder:
            for path in databases(index_settings.data):
                copy = Path(folder) / path.name
                _copy_database(path, copy)
                name = f"{STATE}/{path.name}"
                manifest[name] = _add_file(archive, name, copy)
        lines = "".join(_lines(settings, index_settings)).encode()
        manifest[SETTINGS] = _add(archive, SETTINGS, lines)
        written = {
            "format": FORMAT,
            "made": datetime.now(UTC).isoformat(timespec="seconds"),
            "files": {
                name: {"size": file.size, "sha256": file.sha256} for name, file in manifest.items()
            },
        }
        _add(archive, MANIFEST, json.dumps(written, indent=1).encode())
    return manifest


def _files(settings: IndexSettings) -> Iterator[tuple[str, Path]]:
    """Yields articles and word lists, each with its name in the archive."""
    seeds = settings.seeds.absolute()
    for folder, folders, names in os.walk(seeds):
        # No build sees hidden files: they are being written.
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(folder, name)
            if not name.startswith(".") and path.is_file():
                yield f"{ARTICLES}/{path.relative_to(seeds).as_posix()}", path
    for name, words in (
        (USER_DICTIONARY, settings.words_to_read),
        (SYNONYMS, settings.synonyms_to_read),
    ):
        if words:
            yield name, words.absolute()


def _add_file(archive: tarfile.TarFile, name: str, path: Path) -> BackedUpFile:
    with path.open("rb") as file:
        entry = tarfile.TarInfo(name)
        status = os.fstat(file.fileno())
        entry.size, entry.mtime = status.st_size, int(status.st_mtime)
        reader = _Hashing(file)
        archive.addfile(entry, reader)
    return BackedUpFile(entry.size, reader.digest.hexdigest())


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> BackedUpFile:
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    archive.addfile(entry, io.BytesIO(content))
    return BackedUpFile(len(content), hashlib.sha256(content).hexdigest())


class _Hashing:
    """A file that is hashed as it is read."""

    def __init__(self, file: io.BufferedReader) -> None:
        self._file = file
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        content = self._file.read(size)
        self.digest.update(content)
        return content


def _copy_database(path: Path, copy: Path) -> None:
    """Copies a database as it is at one moment, while others write to it."""
    with (
        closing(sqlite3.connect(path, timeout=_BUSY_SECONDS)) as source,
        closing(sqlite3.connect(copy)) as target,
    ):
        source.backup(target)
        target.execute("PRAGMA journal_mode = DELETE")
        if path.name == STATE_FILE:
            # Restored, these would be answered a second time.
            target.execute("DELETE FROM inbox")
            target.commit()
        target.execute("VACUUM")
    require_sound(copy)


def _lines(*all_settings: Settings) -> Iterator[str]:
    """Yields the settings that are not left at their defaults, without secrets, as in `.env`."""
    for settings in all_settings:
        for name in sorted(settings.model_fields_set):
            value = getattr(settings, name)
            if value is not None and not isinstance(value, SecretStr):
                yield f"{settings.prefix()}{name}".upper() + f"={_text(value)}\n"


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, frozenset):
        return ",".join(sorted(map(str, value)))
    return without_credentials(str(value))


def _verify(path: Path, manifest: Mapping[str, BackedUpFile]) -> None:
    """Reads an archive back. Raises ValueError where it does not hold what was written."""
    read: dict[str, BackedUpFile] = {}
    with tarfile.open(path, "r:gz") as archive:
        for entry in archive:
            file = archive.extractfile(entry)
            if file and entry.name != MANIFEST:
                digest = hashlib.sha256()
                while content := file.read(_CHUNK):
                    digest.update(content)
                read[entry.name] = BackedUpFile(entry.size, digest.hexdigest())
    if read != manifest:
        raise ValueError("what was read back is not what was written")
