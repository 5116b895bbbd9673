"""Cleans the metadata values that a file holds, so that they can be shown."""

import re
from datetime import date
from urllib.parse import urlsplit

from index.analysis.dates import find_date

_LONGEST_VALUE = 300
"""Maximum number of characters; a citation has to fit into a message."""
_WEB_ADDRESS = re.compile(r"https?://[^\s\[\]<>\"]+")


def single_line(value: object) -> str:
    """Returns a value as one short line of printable characters; empty if it is not text."""
    if not isinstance(value, str):
        return ""
    readable = "".join(character if character.isprintable() else " " for character in value)
    return " ".join(readable.split())[:_LONGEST_VALUE]


def web_address(value: object) -> str:
    """Returns an http(s) address; empty for any other, which could do more than open a page."""
    address = single_line(value)
    try:
        parts = urlsplit(address) if _WEB_ADDRESS.fullmatch(address) else None
    except ValueError:
        return ""
    return address if parts and parts.hostname else ""


def day(value: object) -> date | None:
    """Returns the first date in a text; None if there is none."""
    date_place = find_date(single_line(value))
    return date_place[0] if date_place else None
