"""The log: to standard error, and never with the token or a password in it."""

import logging
import re
from urllib.parse import unquote

from index.settings import without_credentials

_PASSWORD = re.compile(r"//[^\s/?#:]*:([^\s/?#]*)@")
_SHORTEST = 4
"""Characters of a password that is blotted out wherever it stands, not only within an address."""


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


def start(level: int, token: str = "", *addresses: str) -> None:
    """Sends the log of the whole process to standard error from `level` on.

    Args:
        addresses: may hold passwords.
    """
    secrets = secrets_of(token) + passwords_in(*addresses)
    logging.basicConfig(level=level, handlers=[handler(secrets)], force=True)
    # These write each request's address, and with it the token, at INFO and DEBUG.
    for name in ("httpx", "httpcore", "tornado.access"):
        logging.getLogger(name).setLevel(max(level, logging.WARNING))
    # Errors of a cluster are logged as one sentence; this would add a traceback.
    logging.getLogger("opensearch").setLevel(logging.CRITICAL)
