"""What an index keeps of an article, as rows, packed terms, and a record that can be read back."""

import json
import struct
from dataclasses import dataclass, field
from typing import IO, Self

import xxhash

Row = tuple[str | int | None, ...]
"""What one row of a table holds, in the order of its columns."""


_to_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


_HEAD = struct.Struct("<IIQ")
"""Bytes of a record's rows, bytes of its terms, and a checksum of all four."""


@dataclass(frozen=True, slots=True)
class ArticleRecord:
    """An article as an index keeps it.

    Attributes:
        id, digest: as in `index.model.Article`.
        article: its row in the table `article`, without the columns that number it.
        passages: the rows of its passages, without the columns that number them.
        terms: the terms of its passages, packed for the engine.
        encoded: what `to_bytes` returns, where it was read from that.
    """

    id: str
    digest: str
    article: Row
    passages: tuple[Row, ...]
    terms: bytes
    encoded: bytes = field(default=b"", compare=False, repr=False)

    def to_bytes(self) -> bytes:
        """Returns a record that holds its own length and checksum."""
        if self.encoded:
            return self.encoded
        values = [self.id, self.digest, self.article, self.passages]
        rows = _to_json(values).encode()
        checksum = _checksum(rows, self.terms)
        return b"".join((_HEAD.pack(len(rows), len(self.terms), checksum), rows, self.terms))

    @classmethod
    def read(cls, file: IO[bytes]) -> Self | None:
        """Returns the next record of a file; None where no whole one follows."""
        head = file.read(_HEAD.size)
        if len(head) < _HEAD.size:
            return None
        rows_size, terms_size, checksum = _HEAD.unpack(head)
        rows, terms = file.read(rows_size), file.read(terms_size)
        if _checksum(rows, terms) != checksum:
            return None
        article_id, digest, article, passages = json.loads(rows)
        encoded = b"".join((head, rows, terms))
        return cls(article_id, digest, tuple(article), tuple(map(tuple, passages)), terms, encoded)


def _checksum(rows: bytes, terms: bytes) -> int:
    checksum = xxhash.xxh3_64(b"%d %d " % (len(rows), len(terms)))
    checksum.update(rows)
    checksum.update(terms)
    return checksum.intdigest()


_CONTENT_DIGITS = 64
"""Digits of a SHA-256."""


def content_digest(digest: str) -> str:
    """Returns the digest of an article's content alone, the same under any name."""
    return digest[:_CONTENT_DIGITS]
