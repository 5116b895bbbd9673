"""Names of files that any system takes, made of names that strangers chose."""

import re
import unicodedata
from collections.abc import Iterator
from pathlib import PurePosixPath

from pathvalidate import sanitize_filename

LONGEST_NAME = 100
"""Bytes of a name in UTF-8, without what tells it from others or stands beside it; file systems
take 255."""
_LONGEST_SUFFIX = 12
_SUFFIX = re.compile(rf"\.[A-Za-z0-9]{{1,{_LONGEST_SUFFIX - 1}}}$")
_NAMELESS = "article"
_HIDING = " .-~$_"
"""What a name must not begin with: such files are hidden, or taken for options of a command."""


def safe_name(name: str) -> str:
    """A name for a file that says the same as another and can do no harm, its suffix kept.

    Folders are left out of it, and whatever is not seen: control characters, and those that
    turn the direction of writing.
    """
    safe = _safer(name)
    # What is taken away may lay bare what a name must not have.
    while (safer := _safer(safe)) != safe:
        safe = safer
    return safe


def _safer(name: str) -> str:
    last = name.replace("\\", "/").rpartition("/")[2]
    seen = " ".join("".join(filter(_is_seen, _composed(last))).split())
    suffix = "".join(_SUFFIX.findall(seen))
    stem = _allowed(_cut(seen.removesuffix(suffix).lstrip(_HIDING))).lstrip(_HIDING).rstrip(" .")
    # What was stripped may leave a name that a system keeps for itself.
    return _allowed((stem or _NAMELESS) + suffix)


def numbered(name: str) -> Iterator[str]:
    """The name itself, then others like it: `a.txt`, `a-2.txt`, `a-3.txt` and so on."""
    yield name
    path = PurePosixPath(name)
    number = 2
    while True:
        yield f"{path.stem}-{number}{path.suffix}"
        number += 1


def _allowed(name: str) -> str:
    """The name without what some system does not allow."""
    return str(sanitize_filename(name, platform="universal"))


def _composed(name: str) -> str:
    """The name in the form that most systems write it in, without halves of characters."""
    return unicodedata.normalize("NFC", name.encode("utf-8", "ignore").decode())


def _is_seen(character: str) -> bool:
    return character == " " or unicodedata.category(character)[0] not in "CZ"


def _cut(stem: str) -> str:
    """As much of a name as so many bytes hold."""
    return stem.encode()[: LONGEST_NAME - _LONGEST_SUFFIX].decode("utf-8", "ignore")
