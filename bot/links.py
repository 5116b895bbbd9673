"""Which addresses Telegram takes for a link or a button."""

from urllib.parse import urlsplit


def is_web_link(url: str) -> bool:
    """Whether this is an address on the web, with a dotted host and without white space.

    Telegram refuses a whole message for a button with another one.
    """
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").strip(".")
    except ValueError:
        return False
    spaced = any(character.isspace() for character in url)
    return parts.scheme in ("http", "https") and "." in host and not spaced
