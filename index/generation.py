"""The data folder: generations side by side, and the pointer to the one that is live.

data/CURRENT                     the name of the live generation
data/LOCK                        held while one is built
data/generations/000001/
    manifest.json                what it was built from, sizes and checksums of its files
    manifest.sha256              the checksum of the manifest
    library.db                   SQLite: articles, passages, and passages normalised for evidence
    user_dictionary.txt          the words of the user dictionary it was cut with, if there are any
    places.npy                   for each article its first passage, and the first row of those
    engine/                      what the engine wrote
"""

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout
from pydantic import TypeAdapter, ValidationError

from index.errors import BuildRunning, DamagedIndex, NoIndex

MANIFEST = "manifest.json"
MANIFEST_SEAL = "manifest.sha256"
DATABASE = "library.db"
ENGINE = "engine"
PLACES = "places.npy"
USER_DICTIONARY = "user_dictionary.txt"

_CURRENT = "CURRENT"
_LOCK = "LOCK"
_GENERATIONS = "generations"
_UNFINISHED = "unfinished-"
_KEPT = 3
"""Generations that stay on disk: the live one, and some to go back to."""


@dataclass(frozen=True, slots=True)
class StoredArticle:
    """Where an article is in a generation.

    Attributes:
        digest: of its content.
        number, first_row: of its row in the table `article`, and of its first one in `passage`.
        first_passage: the id of its first passage; 0 where it has none.
        passages: how many it has.
    """

    digest: str
    number: int
    first_row: int
    first_passage: int
    passages: int


@dataclass(frozen=True, slots=True)
class FileSeal:
    """What a file was when it was written.

    Attributes:
        size: bytes.
        sha256: of its content, in hexadecimal.
    """

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a generation is.

    Attributes:
        fingerprint: names all that shapes the index but the articles; see `index.build`.
        built: when, in UTC.
        engine: the engine's name.
        articles, passages: how many.
        files: the generation's other files, by their path in it.
    """

    fingerprint: str
    built: datetime
    engine: str
    articles: int
    passages: int
    files: dict[str, FileSeal]

    def altered_files(self, folder: Path) -> Iterator[str]:
        """A line for each file whose content is not what was written."""
        for path, seal in self.files.items():
            try:
                if seal_file(folder / path) != seal:
                    yield f"{path} is not what was written"
            except OSError as error:
                yield f"{path}: {error.strerror}"


_MANIFEST = TypeAdapter(Manifest)


def read_manifest(folder: Path) -> Manifest:
    """Read a generation's manifest and look whether its files are there in full size.

    Raises:
        DamagedIndex: they are not.
    """
    try:
        content = (folder / MANIFEST).read_bytes()
        if (folder / MANIFEST_SEAL).read_bytes() != _manifest_seal(content):
            raise DamagedIndex(folder, f"{MANIFEST} is not what was written")
        manifest = _MANIFEST.validate_json(content)
        for path, seal in manifest.files.items():
            if (folder / path).stat().st_size != seal.size:
                raise DamagedIndex(folder, f"{path} has another size than was written")
    except OSError as error:
        raise DamagedIndex(folder, str(error)) from error
    except ValidationError:
        raise DamagedIndex(folder, f"{MANIFEST} is not what was written") from None
    return manifest


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write a generation's manifest."""
    content = _MANIFEST.dump_json(manifest, indent=1)
    (folder / MANIFEST).write_bytes(content)
    (folder / MANIFEST_SEAL).write_bytes(_manifest_seal(content))


def _manifest_seal(content: bytes) -> bytes:
    """A line for `sha256sum --check`."""
    return f"{hashlib.sha256(content).hexdigest()}  {MANIFEST}\n".encode("ascii")


def seal_file(path: Path) -> FileSeal:
    """Size and checksum of a file."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return FileSeal(path.stat().st_size, digest)


def seal_folder(folder: Path) -> dict[str, FileSeal]:
    """Size and checksum of each file in `folder`, by its path in it."""
    return {
        path.relative_to(folder).as_posix(): seal_file(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def current_generation(data: Path) -> Path:
    """The folder of the live generation.

    Raises:
        NoIndex: nothing has been built.
        DamagedIndex: the pointer names no generation.
    """
    try:
        name = (data / _CURRENT).read_text("ascii").strip()
    except FileNotFoundError:
        raise NoIndex(data) from None
    except (OSError, UnicodeDecodeError) as error:
        raise DamagedIndex(data / _CURRENT, str(error)) from error
    if not name.isdigit():
        raise DamagedIndex(data / _CURRENT, "it names no generation")
    return data / _GENERATIONS / name


@contextmanager
def building(data: Path) -> Iterator[Path]:
    """Hold the data folder for a build; gives an empty folder that is gone afterwards.

    `publish` moves the folder to its place, so that nothing is left to remove. A process that is
    killed leaves no lock behind, and its folder is removed by the next build.

    Raises:
        BuildRunning: another build holds the data folder.
        OSError: the data folder cannot be written.
    """
    generations = data / _GENERATIONS
    generations.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(data / _LOCK, timeout=0):
            for leftover in generations.glob(f"{_UNFINISHED}*"):
                shutil.rmtree(leftover, ignore_errors=True)
            folder = generations / f"{_UNFINISHED}{os.getpid()}"
            folder.mkdir()
            try:
                yield folder
            finally:
                shutil.rmtree(folder, ignore_errors=True)
    except Timeout:
        raise BuildRunning(data) from None


def publish(data: Path, folder: Path) -> Path:
    """Make a finished generation live: first it reaches the disk, then the pointer names it.

    Returns:
        Where the generation now is.
    """
    generations = data / _GENERATIONS
    for path in [*folder.rglob("*"), folder]:
        _flush(path)
    place = generations / f"{_last_number(generations) + 1:06d}"
    folder.rename(place)
    _flush(generations)
    pointer = data / f"{_CURRENT}.new"
    pointer.write_text(place.name, "ascii")
    _flush(pointer)
    pointer.replace(data / _CURRENT)
    _flush(data)
    return place


def prune(data: Path, live: Path) -> None:
    """Remove the oldest generations; readers that have them open keep their files."""
    older = [folder for folder in _numbered(data / _GENERATIONS) if folder.name < live.name]
    for folder in older[: -(_KEPT - 1)]:
        shutil.rmtree(folder, ignore_errors=True)


def _numbered(generations: Path) -> list[Path]:
    return sorted(folder for folder in generations.iterdir() if folder.name.isdigit())


def _last_number(generations: Path) -> int:
    return max((int(folder.name) for folder in _numbered(generations)), default=0)


def _flush(path: Path) -> None:
    """Wait until a file or a folder has reached the disk."""
    if os.name == "nt" and path.is_dir():
        return  # Windows cannot open folders, and keeps their entries by itself
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
