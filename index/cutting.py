"""From an article to all that an index keeps of it: what a build does once for each article.

Nothing here depends on other articles, so that it may be done in another process, or have been
done before: see `index.cutters` and `index.journal`.
"""

import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import IO, Self

import xxhash

from index.engines import Pack
from index.model import Article, Passage
from index.normal_passage import edges_of, normalised_sentences
from index.passages import split_article
from index.terms import body_keys, context_keys, context_of
from index.text import NormalisedText, TextReader

Row = tuple[str | int | None, ...]
"""What one row of a table holds, in the order of its columns."""

_to_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

_HEAD = struct.Struct("<IIQ")
"""Bytes of a record's rows, bytes of its terms, and a checksum of all four."""


@dataclass(frozen=True, slots=True)
class CutArticle:
    """An article as an index keeps it.

    Attributes:
        id, digest: as in `index.model.Article`.
        article: its row in the table `article`, without the columns that number it.
        passages: the rows of its passages, without the columns that number them.
        terms: the terms of its passages, packed for the engine.
        record: what `to_bytes` gives, where it was read from that.
    """

    id: str
    digest: str
    article: Row
    passages: tuple[Row, ...]
    terms: bytes
    record: bytes = field(default=b"", compare=False, repr=False)

    def to_bytes(self) -> bytes:
        """The same as a record that tells its own length and whether it is whole."""
        if self.record:
            return self.record
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
        record = b"".join((head, rows, terms))
        return cls(article_id, digest, tuple(article), tuple(map(tuple, passages)), terms, record)


def cut_articles(articles: Sequence[Article], reader: TextReader, pack: Pack) -> list[CutArticle]:
    """Break articles into passages and cut them into terms.

    Step after step for all of them, not article after article: what a step needs then stays in the
    processor's cache, which saves a fifth of the time.
    """
    passages = [split_article(article, 0) for article in articles]
    texts = [[reader.normalise(passage.text) for passage in own] for own in passages]
    contexts = [
        [_context(article, passage) for passage in own]
        for article, own in zip(articles, passages, strict=True)
    ]
    # Passages under the same heading have theirs in common.
    above = {context: reader.normalise(context) for own in contexts for context in own}
    keys_above = {context: context_keys(text, reader) for context, text in above.items()}
    keys = [
        [
            body_keys(text, reader) + keys_above[context]
            for text, context in zip(own_texts, own_contexts, strict=True)
        ]
        for own_texts, own_contexts in zip(texts, contexts, strict=True)
    ]
    rows = [
        tuple(
            _passage_row(passage, above[context].text, text, reader)
            for passage, context, text in zip(*own, strict=True)
        )
        for own in zip(passages, contexts, texts, strict=True)
    ]
    return [
        CutArticle(article.id, article.digest, _article_row(article), own_rows, pack(own_keys))
        for article, own_rows, own_keys in zip(articles, rows, keys, strict=True)
    ]


def _context(article: Article, passage: Passage) -> str:
    return context_of(article.title, passage.headings, passage.byline)


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
        _to_json(article.pages),
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
        passage.page,
        _to_json(passage.page_breaks),
        context,
        lines,
        edges_of(spans),
    )


def _checksum(rows: bytes, terms: bytes) -> int:
    checksum = xxhash.xxh3_64(b"%d %d " % (len(rows), len(terms)))
    checksum.update(rows)
    checksum.update(terms)
    return checksum.intdigest()
