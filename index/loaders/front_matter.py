"""What YAML says of an article: the front matter of Markdown, and the file beside a PDF."""

import re
from datetime import date
from urllib.parse import urlsplit

import yaml

from index.front import Front
from index.loaders.dates import find_date

_LONGEST_FRONT_MATTER = 20_000
_LONGEST_VALUE = 300
"""Characters of a value of the front matter; a citation has to fit into a message."""
_WEB_ADDRESS = re.compile(r"https?://[^\s\[\]<>\"]+")


def read_front_matter(text: str) -> Front | None:
    """Read `title`, `source`, `date` and `url`; a value that cannot be used is left out.

    None where `text` holds no such lines at all.
    """
    if len(text) > _LONGEST_FRONT_MATTER:
        return None
    try:
        # This loader makes strings only: values stay as they are written, and none is too large
        # or too odd for the type that YAML would give it.
        values = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506
    except (yaml.YAMLError, RecursionError, ValueError, OverflowError):
        return None
    if not isinstance(values, dict):
        return None
    return Front(
        title=_string(values.get("title")),
        source=_string(values.get("source")),
        published=_day(values.get("date")),
        url=_web_address(values.get("url")),
    )


def _string(value: object) -> str:
    """One line of readable characters, not too long to be shown; empty for anything else."""
    if not isinstance(value, str):
        return ""
    readable = "".join(character if character.isprintable() else " " for character in value)
    return " ".join(readable.split())[:_LONGEST_VALUE]


def _web_address(value: object) -> str:
    """An address that a browser opens; a link of another kind could do more than open a page."""
    address = _string(value)
    parts = urlsplit(address) if _WEB_ADDRESS.fullmatch(address) else None
    return address if parts and parts.hostname else ""


def _day(value: object) -> date | None:
    found = find_date(_string(value))
    return found[0] if found else None
