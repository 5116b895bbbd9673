"""What a generation records of itself, and whether its files agree with it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from index.errors import DamagedIndex, OtherFormat
from index.storage.checksums import FileChecksum, altered_files, content_checksum, missized_files

MANIFEST = "manifest.json"
MANIFEST_CHECKSUM = "manifest.xxh3"

FORMAT = 10
"""Numbers what a generation's files are and hold; each change of that takes the next number."""

CHECKED_AT_OPENING = 600_000_000
"""Bytes whose checksums are read before a generation answers: a fraction of a second. Files go by
size, the smallest first; what is beyond is read while questions are answered."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """The description of a generation.

    Attributes:
        fingerprint: names all that shapes the index but the articles; see `index.indexing.build`.
        built: when, in UTC.
        engine: the engine's name.
        articles, passages: how many.
        files: the generation's other files, by their path in it.
        format: which `FORMAT` the files have.
        in_place_of: the generation that a rollback copied to make this one, without what was
            withdrawn since; else empty.
        withdrawn: how many of its articles were left out.
    """

    fingerprint: str
    built: datetime
    engine: str
    articles: int
    passages: int
    files: dict[str, FileChecksum]
    format: int = 0
    in_place_of: str = ""
    withdrawn: int = 0

    def check(self, folder: Path, limit: int = CHECKED_AT_OPENING) -> dict[str, FileChecksum]:
        """Checks the sizes of all files, and checksums from the smallest file on.

        Args:
            folder: the generation's.
            limit: the most bytes that are read.

        Returns:
            The files that were not read.

        Raises:
            DamagedIndex: a file is missing or is not what was written.
        """
        if faults := list(missized_files(folder, self.files)):
            raise DamagedIndex(folder, *faults)
        checked = _smallest(self.files, limit)
        if faults := altered_files(folder, checked):
            raise DamagedIndex(folder, *faults)
        return {name: checksum for name, checksum in self.files.items() if name not in checked}


def _smallest(files: Mapping[str, FileChecksum], limit: int) -> dict[str, FileChecksum]:
    """Returns as many files as hold `limit` bytes together, the smallest first."""
    chosen: dict[str, FileChecksum] = {}
    total = 0
    for name, checksum in sorted(files.items(), key=lambda item: item[1].size):
        total += checksum.size
        if total > limit:
            break
        chosen[name] = checksum
    return chosen


_MANIFEST = TypeAdapter(Manifest)


def read_manifest(folder: Path) -> Manifest:
    """Reads a generation's manifest, and none of its other files.

    Raises:
        OtherFormat: another version of the program wrote it, in a form that is not known.
        DamagedIndex: it is missing or is not what was written.
    """
    try:
        content = (folder / MANIFEST).read_bytes()
        if (folder / MANIFEST_CHECKSUM).read_bytes() != _checksum_line(content):
            raise DamagedIndex(folder, f"{MANIFEST} is not what was written")
        return _MANIFEST.validate_json(content)
    except FileNotFoundError as error:
        if error.filename == str(folder / MANIFEST_CHECKSUM) and _is_of_other_format(content):
            raise OtherFormat(folder) from error
        raise DamagedIndex(folder, f"{MANIFEST}: {error.strerror}") from error
    except OSError as error:
        raise DamagedIndex(folder, f"{MANIFEST}: {error.strerror}") from error
    except ValidationError:  # of content whose checksum is right
        raise OtherFormat(folder) from None


def _is_of_other_format(content: bytes) -> bool:
    """Returns whether a manifest without a checksum is whole, and of another format."""
    try:
        fields = json.loads(content)
    except ValueError:
        return False
    return isinstance(fields, dict) and fields.get("format", 0) != FORMAT


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Writes a generation's manifest. Raises OSError."""
    content = _MANIFEST.dump_json(manifest, indent=1)
    (folder / MANIFEST).write_bytes(content)
    (folder / MANIFEST_CHECKSUM).write_bytes(_checksum_line(content))


def _checksum_line(content: bytes) -> bytes:
    """Returns a line for `xxh128sum --check`."""
    return f"{content_checksum(content)}  {MANIFEST}\n".encode("ascii")
