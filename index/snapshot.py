"""One generation, opened for reading: articles, passages, engine."""

import json
import sqlite3
import weakref
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from index.engines import ENGINES, Engine
from index.errors import DamagedIndex
from index.generation import DATABASE, ENGINE, read_manifest
from index.model import Article, Block, BlockKind, Passage

# A passage's text is cut out of its article here, so that the two cannot disagree.
SELECT_PASSAGE = """
SELECT passage.id, article.id, ordinal, start, end, substr(text, start + 1, end - start),
       headings, byline, credit, paragraph, title, source, published, url
FROM passage JOIN article ON article.number = passage.article
"""


@dataclass(frozen=True, slots=True)
class PlacedPassage:
    """A passage with what its article says of itself, as in `index.model.Article`."""

    passage: Passage
    title: str
    source: str
    published: date | None
    url: str


class Snapshot:
    """An open generation. It never changes; safe to use from several threads."""

    def __init__(self, folder: Path) -> None:
        """Open the generation in `folder`.

        Raises:
            DamagedIndex: a file is missing, has another size than was written, or cannot be read.
        """
        self.name = folder.name
        self._folder = folder
        self.manifest = read_manifest(folder)
        if self.manifest.engine not in ENGINES:
            raise DamagedIndex(folder, f"it needs the unknown engine {self.manifest.engine}")
        self.engine: Engine = ENGINES[self.manifest.engine].open(folder / ENGINE)
        self._database = sqlite3.connect(
            f"{(folder / DATABASE).resolve().as_uri()}?mode=ro&immutable=1",
            uri=True,
            check_same_thread=False,  # SQLite serialises the calls; nothing is ever written
        )

        weakref.finalize(self, self._database.close)

    def close(self) -> None:
        """Give the files back; otherwise they are given back with the last reference."""
        self._database.close()

    def passages(self, passage_ids: Sequence[int]) -> list[PlacedPassage]:
        """The passages with these ids, in this order."""
        marks = ",".join("?" * len(passage_ids))
        rows = self._rows(f"{SELECT_PASSAGE} WHERE passage.id IN ({marks})", passage_ids)
        placed = {row[0]: placed_passage(row) for row in rows}
        return [placed[passage_id] for passage_id in passage_ids]

    def article(self, article_id: str) -> Article | None:
        """The article with this id."""
        query = "SELECT id, title, source, published, url, digest, text, blocks FROM article"
        rows = self._rows(f"{query} WHERE id = ?", (article_id,))
        return _article(rows[0]) if rows else None

    def digests(self) -> dict[str, str]:
        """The digest of each article by its id."""
        return dict(self._rows("SELECT id, digest FROM article", ()))

    def faults(self) -> Iterator[str]:
        """Check everything: each file's checksum, and each passage against its article."""
        yield from self.manifest.altered_files(self._folder)
        try:
            yield from self._passage_faults()
        except sqlite3.Error as error:
            yield f"{DATABASE}: {error}"

    def _passage_faults(self) -> Iterator[str]:
        passages = 0
        with closing(self._database.cursor()) as cursor:
            for row in cursor.execute(SELECT_PASSAGE):
                passages += 1
                passage = placed_passage(row).passage
                article = self.article(passage.article_id)
                quoted = article.text[passage.start : passage.end] if article else None
                if not quoted or quoted != passage.text:
                    yield f"passage {passage.id} is not what its article says: {passage.article_id}"
        if passages != self.manifest.passages:
            yield f"{DATABASE} holds {passages} passages in place of {self.manifest.passages}"

    def _rows(self, query: str, values: Sequence[object]) -> list[Any]:
        try:
            return self._database.execute(query, values).fetchall()
        except sqlite3.Error as error:
            raise DamagedIndex(self._folder, f"{DATABASE}: {error}") from error


def placed_passage(row: Sequence[Any]) -> PlacedPassage:
    """A row of `SELECT_PASSAGE`."""
    passage_id, article_id, ordinal, start, end, text, headings, byline, credit, paragraph = row[
        :10
    ]
    title, source, published, url = row[10:]
    passage = Passage(
        id=passage_id,
        article_id=article_id,
        ordinal=ordinal,
        start=start,
        end=end,
        text=text,
        headings=tuple(json.loads(headings)),
        byline=byline,
        credit=credit,
        paragraph=paragraph,
    )
    return PlacedPassage(passage, title, source, _day(published), url)


def _article(row: Sequence[Any]) -> Article:
    article_id, title, source, published, url, digest, text, blocks = row
    return Article(
        id=article_id,
        title=title,
        source=source,
        published=_day(published),
        url=url,
        digest=digest,
        text=text,
        blocks=tuple(
            Block(BlockKind(kind), level, start, end)
            for kind, level, start, end in json.loads(blocks)
        ),
    )


def _day(stored: str | None) -> date | None:
    return date.fromisoformat(stored) if stored else None
