"""What an index of the cluster holds: a document for each passage, and for each article."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from index.engines.opensearch import ROW, TERMS, mapping_with, unpack
from index.storage.article_record import ArticleRecord, Row
from index.storage.rows import ARTICLE, NORMAL, PASSAGE, PLACED

DICTIONARY = "dictionary"
"""The id of the document that holds the words of a user."""

STORED = "stored"
"""The field that holds all that is read and never searched."""

NUMBER = "number"
"""The field that only articles have."""

COUNTED = ({"exists": {"field": NUMBER}}, {"exists": {"field": ROW}})
"""Find all articles, and all passages."""

PLACE = ("id", "digest", NUMBER, "first_row", "passages")
"""What a build asks of all articles."""

_UNSEARCHED = {"index": False, "doc_values": True}

MAPPING = mapping_with(
    {
        "id": {"type": "keyword", **_UNSEARCHED},
        "digest": {"type": "keyword", **_UNSEARCHED},
        NUMBER: {"type": "long"},
        "first_row": {"type": "long", **_UNSEARCHED},
        "passages": {"type": "long", **_UNSEARCHED},
        STORED: {"type": "object", "enabled": False},
    }
)
"""The mapping of an index."""

Document = dict[str, Any]
"""A document, or an action of a bulk request, as JSON has it."""


def article_key(article_id: str) -> str:
    """Returns the id of an article's document, which is shorter than an article's id may be."""
    return "a" + hashlib.sha256(article_id.encode("utf-8", "surrogatepass")).hexdigest()[:40]


def passage_key(row: int) -> str:
    return f"p{row}"


def documents_of(cut: ArticleRecord, number: int, first_row: int) -> Iterator[Document]:
    """Returns an article and its passages as actions of a bulk request, without the index name."""
    article = dict(zip(ARTICLE, cut.article, strict=True))
    yield {
        "_id": article_key(cut.id),
        "id": cut.id,
        "digest": cut.digest,
        NUMBER: number,
        "first_row": first_row,
        "passages": len(cut.passages),
        STORED: article,
    }
    fields = unpack(cut.terms)
    for row, (passage, terms) in enumerate(zip(cut.passages, fields, strict=True), first_row):
        yield {
            "_id": passage_key(row),
            ROW: row,
            TERMS: terms,
            STORED: _passage(article, passage, number),
        }


def _passage(article: Mapping[str, Any], passage: Row, number: int) -> Document:
    stored = dict(zip(PASSAGE, passage, strict=True))
    start, end = stored["start"], stored["end"]
    about = {name: article[name] for name in ("title", "source", "published", "url")}
    # The article's own text is the only one: the passage's is cut out of it here.
    return {
        **stored,
        **about,
        "article": number,
        "article_id": article["id"],
        "text": article["text"][start:end],
    }


def values(source: Mapping[str, Any], names: Sequence[str]) -> list[Any]:
    """Returns what is stored under these names. Raises LookupError, TypeError if it is missing."""
    stored = source[STORED]
    return [stored[name] for name in names]


def placed_values(source: Mapping[str, Any]) -> list[Any]:
    """Returns what `index.storage.rows.placed_passage` needs."""
    return values(source, PLACED)


def normal_values(source: Mapping[str, Any]) -> list[Any]:
    """Returns what `index.storage.rows.normal_passage` needs."""
    return values(source, NORMAL)
