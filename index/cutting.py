"""From an article to all that an index keeps of it: what a build does once for each article.

Nothing here depends on other articles, so that it may be done in another process, or have been
done before: see `index.cutters` and `index.journal`.
"""

import json
import struct
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import IO, Self

import xxhash

from index.model import Article, Passage
from index.normal_passage import edges_of, normalised_sentences
from index.passages import split_article
from index.terms import body_keys, context_keys, context_of
from index.text import NormalisedText, TextReader

Pack = Callable[[Iterable[Sequence[str]]], bytes]
"""See `index.engines.EngineFactory`."""

Row = tuple[str | int | None, ...]
"""What one row of a table holds, in the order of its columns."""

_to_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

_HEAD = struct.Struct("<IIQ")
"""Bytes of a record's rows, bytes of its terms, and a checksum of both."""


@dataclass(frozen=True, slots=True)
class CutArticle:
    """An article as an index keeps it.

    Attributes:
        id, digest: as in `index.model.Article`.
        article: its row in the table `article`, without the columns that number it.
        passages: the rows of its passages, without the columns that number them.
        terms: the terms of its passages, packed for the engine.
    """

    id: str
    digest: str
    article: Row
    passages: tuple[Row, ...]
    terms: bytes

    def to_bytes(self) -> bytes:
        """The same as a record that tells its own length and whether it is whole."""
        told = [self.id, self.digest, self.article, self.passages]
        rows = _to_json(told).encode()
        checksum = _checksum(rows, self.terms)
        return b"".join((_HEAD.pack(len(rows), len(self.terms), checksum), rows, self.terms))

    @classmethod
    def read(cls, file: IO[bytes]) -> Self | None:
        """The next record of a file, or None where there is no further whole one."""
        head = file.read(_HEAD.size)
        if len(head) < _HEAD.size:
            return None
        rows_size, terms_size, checksum = _HEAD.unpack(head)
        rows, terms = file.read(rows_size), file.read(terms_size)
        if _checksum(rows, terms) != checksum:
            return None
        article_id, digest, article, passages = json.loads(rows)
        return cls(article_id, digest, tuple(article), tuple(map(tuple, passages)), terms)


@dataclass(frozen=True, slots=True)
class _Context:
    """What stands above passages: the keys under which it is indexed, and its normalised text."""

    keys: list[str]
    normalised: str


def cut_article(article: Article, reader: TextReader, pack: Pack) -> CutArticle:
    """Break an article into passages and cut them into terms."""
    passages = split_article(article, 0)

    @cache  # the passages of a section have theirs in common
    def read_context(context: str) -> _Context:
        normalised = reader.normalise(context)
        return _Context(context_keys(normalised, reader), normalised.text)

    contexts = [
        read_context(context_of(article.title, passage.headings, passage.byline))
        for passage in passages
    ]
    normalised = [reader.normalise(passage.text) for passage in passages]
    return CutArticle(
        id=article.id,
        digest=article.digest,
        article=_article_row(article),
        passages=tuple(
            _passage_row(passage, context.normalised, text, reader)
            for passage, context, text in zip(passages, contexts, normalised, strict=True)
        ),
        terms=pack(
            body_keys(text, reader) + context.keys
            for text, context in zip(normalised, contexts, strict=True)
        ),
    )


def _article_row(article: Article) -> Row:
    blocks = [(block.kind, block.level, block.start, block.end) for block in article.blocks]
    return (
        article.id,
        article.title,
        article.source,
        article.published.isoformat() if article.published else None,
        article.url,
        article.digest,
        article.text,
        _to_json(blocks),
    )


def _passage_row(
    passage: Passage, context: str, normalised: NormalisedText, reader: TextReader
) -> Row:
    lines, spans = normalised_sentences(passage.text, normalised, reader)
    return (
        passage.ordinal,
        passage.start,
        passage.end,
        _to_json(passage.headings),
        passage.byline,
        passage.credit,
        passage.paragraph,
        _to_json(passage.breaks),
        context,
        lines,
        edges_of(spans),
    )


def _checksum(rows: bytes, terms: bytes) -> int:
    checksum = xxhash.xxh3_64(rows)
    checksum.update(terms)
    return checksum.intdigest()
