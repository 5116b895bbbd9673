"""File names that are valid on any system, made from names that strangers chose."""

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
    """Returns a safe file name as close as possible to the given one, with its suffix.

    Folders are left out, and invisible characters: control characters, and those that change the
    direction of writing.
    """
    safe = _safer(name)
    # What is taken away may lay bare what a name must not have.
    while (safer := _safer(safe)) != safe:
        safe = safer
    return safe


def _safer(name: str) -> str:
    last = name.replace("\\", "/").rpartition("/")[2]
    visible = " ".join("".join(filter(_is_visible, _composed(last))).split())
    suffix = "".join(_SUFFIX.findall(visible))
    stem = _allowed(_cut(visible.removesuffix(suffix).lstrip(_HIDING))).lstrip(_HIDING).rstrip(" .")
    # What was stripped may leave a name that a system keeps for itself.
    return _allowed((stem or _NAMELESS) + suffix)


def numbered(name: str) -> Iterator[str]:
    """Yields the name itself, then `a-2.txt`, `a-3.txt` and so on for `a.txt`."""
    yield name
    path = PurePosixPath(name)
    number = 2
    while True:
        yield f"{path.stem}-{number}{path.suffix}"
        number += 1


def _allowed(name: str) -> str:
    """Removes from a name what some system does not allow."""
    return str(sanitize_filename(name, platform="universal"))


def _composed(name: str) -> str:
    """Returns the name in Unicode's composed form, without halves of surrogate pairs."""
    return unicodedata.normalize("NFC", name.encode("utf-8", "ignore").decode())


def _is_visible(character: str) -> bool:
    return character == " " or unicodedata.category(character)[0] not in "CZ"


def _cut(stem: str) -> str:
    """Cuts a name to a number of bytes."""
    return stem.encode()[: LONGEST_NAME - _LONGEST_SUFFIX].decode("utf-8", "ignore")
