"""Sizes and checksums of files: whether they are what was written.

The checksums are read at every opening, so they have to be fast. XXH3 detects accidental damage; it
does not guard against someone who alters a file and its checksum on purpose.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from xxhash import xxh3_128

_CHUNK = 1 << 20
"""Bytes that are read at once: files may be larger than the memory."""
_THREADS = min(4, os.cpu_count() or 1)
_WORTH_THREADS = 8_000_000
"""Bytes from which on starting threads takes less time than it saves."""


@dataclass(frozen=True, slots=True)
class FileChecksum:
    """The size and the checksum of a file when it was written.

    Attributes:
        size: bytes.
        xxh3: the XXH3 checksum of its content, 128 bits in hexadecimal, as `xxh128sum` prints it.
    """

    size: int
    xxh3: str


def content_checksum(content: bytes) -> str:
    """Returns the checksum of `FileChecksum`."""
    return xxh3_128(content).hexdigest()


def checksum_file(path: Path) -> FileChecksum:
    """Returns size and checksum of a file. Raises OSError."""
    digest, size = xxh3_128(), 0
    with path.open("rb", buffering=0) as file:
        expected = os.fstat(file.fileno()).st_size
        buffer = memoryview(bytearray(min(_CHUNK, expected + 1)))
        while count := file.readinto(buffer):
            digest.update(buffer[:count])
            size += count
    return FileChecksum(size, digest.hexdigest())


def checksum_folder(folder: Path) -> dict[str, FileChecksum]:
    """Returns size and checksum of each file in `folder`, by its path in it. Raises OSError."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    with ThreadPoolExecutor(_THREADS) as threads:
        checksums = threads.map(checksum_file, paths)
        names = (path.relative_to(folder).as_posix() for path in paths)
        return dict(zip(names, checksums, strict=True))


def missized_files(folder: Path, checksums: Mapping[str, FileChecksum]) -> Iterator[str]:
    """Yields a line for each file that is missing or has another size than was written."""
    for name, checksum in checksums.items():
        try:
            if (folder / name).stat().st_size != checksum.size:
                yield f"{name} has another size than was written"
        except OSError as error:
            yield f"{name}: {error.strerror}"


def altered_files(folder: Path, checksums: Mapping[str, FileChecksum]) -> list[str]:
    """Returns a line for each file that is missing or whose content is not what was written."""
    if sum(checksum.size for checksum in checksums.values()) < _WORTH_THREADS:
        return _faults(_fault(folder, name, checksum) for name, checksum in checksums.items())
    with ThreadPoolExecutor(_THREADS) as threads:
        return _faults(threads.map(lambda item: _fault(folder, *item), checksums.items()))


def _fault(folder: Path, name: str, checksum: FileChecksum) -> str | None:
    try:
        return (
            None if checksum_file(folder / name) == checksum else f"{name} is not what was written"
        )
    except OSError as error:
        return f"{name}: {error.strerror}"


def _faults(faults: Iterable[str | None]) -> list[str]:
    return [fault for fault in faults if fault]
