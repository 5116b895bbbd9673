"""The log: to standard error, and never with the token or a password in it."""

import logging
import re
import time
from collections import OrderedDict
from collections.abc import Callable
from urllib.parse import unquote

from index.settings import without_credentials

_PASSWORD = re.compile(r"//[^\s/?#:]*:([^\s/?#]*)@")
_SHORTEST = 4
"""Characters of a password that is blotted out wherever it stands, not only within an address."""

MOST_A_MINUTE = 60
"""Warnings and errors of one kind within a minute; further ones are left out."""
_MINUTE = 60.0
_KINDS = 1_000
_KIND_LENGTH = 40
"""In characters: warnings that begin alike, but for numbers, are of one kind."""
_DIGITS = re.compile("[0-9]+")


class FloodFilter(logging.Filter):
    """Leaves out warnings and errors of a kind that has been logged often within a minute."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """
        Args:
            clock: tells the time in seconds.
        """
        super().__init__()
        self._clock = clock
        self._counts: OrderedDict[tuple[str, int, str], tuple[float, int]] = OrderedDict()

    def filter(self, record: logging.LogRecord) -> bool:
        """Returns whether the record is written; the last one of a minute says that it is."""
        if record.levelno < logging.WARNING:
            return True
        text = _DIGITS.sub("0", str((record.msg, record.args)))
        kind = (record.name, record.levelno, text[:_KIND_LENGTH])
        now = self._clock()
        began, count = self._counts.get(kind, (now, 0))
        if now - began >= _MINUTE:
            began, count = now, 0
        self._counts[kind] = (began, count + 1)
        self._counts.move_to_end(kind)
        if len(self._counts) > _KINDS:
            self._counts.popitem(last=False)
        if count + 1 == MOST_A_MINUTE:
            record.msg = f"{record.msg} (for a minute, no more of this kind is logged)"
        return count < MOST_A_MINUTE


class RedactingFormatter(logging.Formatter):
    """Writes a log record with secrets blotted out, in its traceback too."""

    def __init__(self, secrets: list[str]) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        # The longest first: a part must not be replaced before the whole.
        self._secrets = sorted(filter(None, secrets), key=len, reverse=True)

    def format(self, record: logging.LogRecord) -> str:
        """Returns the record as one text."""
        text = without_credentials(super().format(record))
        for secret in self._secrets:
            text = text.replace(secret, "[redacted]")
        return text


def secrets_of(token: str) -> list[str]:
    """Returns the parts of a token that must stay secret: its second half alone gives it away."""
    return [token, token.partition(":")[2]]


def passwords_in(*addresses: str) -> list[str]:
    """Returns the passwords that stand in addresses, as written and as they are meant."""
    written = _PASSWORD.findall(" ".join(addresses))
    return [word for word in (*written, *map(unquote, written)) if len(word) >= _SHORTEST]


def handler(secrets: list[str]) -> logging.Handler:
    """Returns a log handler that writes to standard error without the secrets."""
    stream = logging.StreamHandler()
    stream.setFormatter(RedactingFormatter(secrets))
    return stream


def _is_no_refused_token(record: logging.LogRecord) -> bool:
    return "Invalid token" not in str(record.msg)


def start(level: int, token: str = "", *addresses: str) -> None:
    """Sends the log of the whole process to standard error from `level` on.

    Args:
        addresses: may hold passwords.
    """
    secrets = secrets_of(token) + passwords_in(*addresses)
    written = handler(secrets)
    written.addFilter(FloodFilter())
    logging.basicConfig(level=level, handlers=[written], force=True)
    # These write each request's address, and with it the token, at INFO and DEBUG.
    for name in ("httpx", "httpcore", "tornado.access"):
        logging.getLogger(name).setLevel(max(level, logging.WARNING))
    # The bot ends with a sentence on a token that is not accepted; this would add a traceback.
    logging.getLogger("telegram.ext").addFilter(_is_no_refused_token)
    # Errors of a cluster are logged as one sentence; this would add a traceback.
    logging.getLogger("opensearch").setLevel(logging.CRITICAL)
