"""What a file says of itself, as values that can be shown."""

import re
from datetime import date
from urllib.parse import urlsplit

from index.analysis.dates import find_date

_LONGEST_VALUE = 300
"""Characters; a citation has to fit into a message."""
_WEB_ADDRESS = re.compile(r"https?://[^\s\[\]<>\"]+")


def single_line(value: object) -> str:
    """One line of readable characters, not too long to be shown; empty for what is no text."""
    if not isinstance(value, str):
        return ""
    readable = "".join(character if character.isprintable() else " " for character in value)
    return " ".join(readable.split())[:_LONGEST_VALUE]


def web_address(value: object) -> str:
    """An address that a browser opens; a link of another kind could do more than open a page."""
    address = single_line(value)
    try:
        parts = urlsplit(address) if _WEB_ADDRESS.fullmatch(address) else None
    except ValueError:
        return ""
    return address if parts and parts.hostname else ""


def day(value: object) -> date | None:
    """The first date in a text; None where there is none."""
    date_place = find_date(single_line(value))
    return date_place[0] if date_place else None
