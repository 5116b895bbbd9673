"""Signed links: who holds one may read its article, even where not everybody is served.

A link carries a signature of the article's id, made with a key that never leaves the bot's state.
It grants that article and no other, for as long as the key is kept.
"""

import base64
import hmac
import secrets

from bot.state.database import Database

_KEY_BYTES = 32
_SIGNATURE_BYTES = 16


def kept_key(database: Database) -> bytes:
    """Returns the key of the signatures, made at the first call and kept in the bot's state.

    Raises:
        StoreError: the state cannot be used.
    """
    database.write(
        "INSERT OR IGNORE INTO secret (name, value) VALUES ('page', ?)",
        (secrets.token_hex(_KEY_BYTES),),
    )
    ((value,),) = database.read("SELECT value FROM secret WHERE name = 'page'")
    return bytes.fromhex(str(value))


class Grants:
    """Creates and checks signatures."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def of(self, article_id: str) -> str:
        """Returns the signature that grants an article: 22 letters, digits, - and _."""
        message = b"article\0" + article_id.encode("utf-8", "surrogatepass")
        signature = hmac.digest(self._key, message, "sha256")[:_SIGNATURE_BYTES]
        return base64.urlsafe_b64encode(signature).decode().rstrip("=")

    def admit(self, article_id: str, given: str) -> bool:
        """Returns whether a signature grants the article."""
        # Compared as bytes: a text that is not ASCII cannot be compared in constant time.
        return hmac.compare_digest(self.of(article_id).encode(), given.encode("utf-8", "replace"))
