"""Sidecars (`report.pdf.yaml`): files that describe the article beside them."""

import hashlib
import stat
from pathlib import Path

from index.analysis.encoding import decode
from index.errors import SkipReason, UnreadableFile
from index.loaders.front_matter import FrontMatter, read_front_matter, unusable_keys

SIDECAR = ".yaml"
"""What its name adds to the whole name of the article's file."""

_LARGEST = 100_000
"""Bytes; what is larger describes no article."""

_FENCE = "\n---"
"""What ends the front matter of Markdown: it may have been copied."""

_WANTED = {
    "title": "words on one line are expected",
    "source": "words on one line are expected",
    "date": "a day like 2025-06-06 is expected",
    "url": "an address that begins with https:// or http:// is expected",
}


def read_sidecar(path: Path) -> bytes:
    """Returns the bytes of a sidecar.

    Raises:
        UnreadableFile: it cannot be read, or it is too large.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise UnreadableFile(SkipReason.UNREADABLE, "This is no regular file.")
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
    except OSError as error:
        raise UnreadableFile(
            SkipReason.UNREADABLE, f"The file cannot be read: {error.strerror}."
        ) from error
    if len(content) > _LARGEST:
        raise _broken("It is too long.")
    return content


def parse_sidecar(content: bytes) -> FrontMatter:
    """Returns a sidecar's `title`, `source`, `date` and `url`, as in Markdown front matter.

    Raises:
        UnreadableFile: it cannot be parsed.
    """
    front = read_front_matter(_lines(content)) or FrontMatter()
    if front == FrontMatter():
        raise _broken("It has no lines of YAML that tell title, source, date or url.")
    return front


def check_sidecar(path: Path) -> str:
    """Returns the digest of a sidecar after parsing it.

    Raises:
        UnreadableFile: it cannot be read or parsed, or not all of it; the error has the reason.
    """
    content = read_sidecar(path)
    parse_sidecar(content)
    unusable = unusable_keys(_lines(content))
    if unusable:
        wanted = "; ".join(f"{key}: {_WANTED[key]}" for key in unusable)
        raise UnreadableFile(
            SkipReason.BROKEN_SIDECAR,
            f"These values cannot be used ({wanted}). "
            "The article that it describes is indexed without them.",
        )
    return hashlib.sha256(content).hexdigest()


def with_sidecar(digest: str, sidecar: bytes) -> str:
    """Returns the digest of an article from those of its content and its sidecar."""
    return f"{digest}+{hashlib.sha256(sidecar).hexdigest()}"


def _lines(content: bytes) -> str:
    """Returns the lines of YAML.

    Raises:
        UnreadableFile: the bytes are no text.
    """
    try:
        return decode(content).strip().removesuffix(_FENCE)
    except UnreadableFile as fault:
        raise _broken(str(fault)) from fault


def _broken(why: str) -> UnreadableFile:
    detail = f"{why} The article that it describes is indexed without it."
    return UnreadableFile(SkipReason.BROKEN_SIDECAR, detail)
