"""The log: to standard error, and never with the token in it."""

import logging


class RedactingFormatter(logging.Formatter):
    """Writes a log record with secrets blotted out, in its traceback too."""

    def __init__(self, secrets: list[str]) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        # The longest first: a part must not be replaced before the whole.
        self._secrets = sorted(filter(None, secrets), key=len, reverse=True)

    def format(self, record: logging.LogRecord) -> str:
        """Returns the record as one text."""
        text = super().format(record)
        for secret in self._secrets:
            text = text.replace(secret, "[redacted]")
        return text


def secrets_of(token: str) -> list[str]:
    """Returns the parts of a token that must stay secret: its second half alone gives it away."""
    return [token, token.partition(":")[2]]


def handler(token: str) -> logging.Handler:
    """Returns a log handler that writes to standard error without the token."""
    stream = logging.StreamHandler()
    stream.setFormatter(RedactingFormatter(secrets_of(token)))
    return stream


def start(token: str, level: int) -> None:
    """Sends the log of the whole process to standard error from `level` on."""
    logging.basicConfig(level=level, handlers=[handler(token)], force=True)
    # These write each request's address, and with it the token, at INFO and DEBUG.
    for name in ("httpx", "httpcore", "tornado.access"):
        logging.getLogger(name).setLevel(max(level, logging.WARNING))
    # Errors of a cluster are logged as one sentence; this would add a traceback.
    logging.getLogger("opensearch").setLevel(logging.CRITICAL)
