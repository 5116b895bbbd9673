"""Write one generation into an empty folder."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from index.engines import ENGINES
from index.generation import DATABASE, ENGINE, USER_DICTIONARY
from index.manifest import Manifest, write_manifest
from index.model import Article
from index.normal_passage import edges_of, normalised_sentences
from index.passages import split_article
from index.seals import seal_folder
from index.terms import context_of, passage_terms
from index.text import TextReader
from index.user_dictionary import UserDictionary

_SCHEMA = """
CREATE TABLE article (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    source TEXT NOT NULL,
    published TEXT,
    url TEXT NOT NULL,
    digest TEXT NOT NULL,
    text TEXT NOT NULL,
    blocks TEXT NOT NULL
);
CREATE TABLE passage (
    id INTEGER PRIMARY KEY,
    article INTEGER NOT NULL REFERENCES article,
    ordinal INTEGER NOT NULL,
    start INTEGER NOT NULL,
    end INTEGER NOT NULL,
    headings TEXT NOT NULL,
    byline TEXT NOT NULL,
    credit TEXT NOT NULL,
    paragraph INTEGER NOT NULL,
    breaks TEXT NOT NULL
);
CREATE TABLE normal_passage (
    id INTEGER PRIMARY KEY,
    article INTEGER NOT NULL,
    opening INTEGER NOT NULL,
    context TEXT NOT NULL,
    text TEXT NOT NULL,
    edges TEXT NOT NULL
);
"""
_INSERT_ARTICLE = "INSERT INTO article VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
_INSERT_PASSAGE = "INSERT INTO passage VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_INSERT_NORMAL = "INSERT INTO normal_passage VALUES (?, ?, ?, ?, ?, ?)"
_SELECT_RANGES = """
SELECT passage.id, article.number, ordinal, title, start, end, headings, byline
FROM passage JOIN article ON article.number = passage.article
ORDER BY passage.id
"""
_SELECT_TEXT = "SELECT text FROM article WHERE number = ?"


class GenerationWriter(AbstractContextManager["GenerationWriter"]):
    """Takes articles one by one, then cuts their passages, then seals the generation.

    Methods raise OSError or sqlite3.Error where the disk does not take what is written.
    """

    def __init__(self, folder: Path, engine: str) -> None:
        """Args:
        folder: an empty folder.
        engine: the engine's name.
        """
        self._folder = folder
        self._engine = engine
        self._database = sqlite3.connect(folder / DATABASE, isolation_level=None)
        # The folder is thrown away if anything fails, so that no journal is needed.
        self._database.executescript(f"PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; {_SCHEMA}")
        self._database.execute("BEGIN")
        self.articles = 0
        self.passages = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._database.close()

    def add(self, article: Article) -> None:
        """Write an article and its passages."""
        blocks = [(block.kind, block.level, block.start, block.end) for block in article.blocks]
        self._database.execute(
            _INSERT_ARTICLE,
            (
                self.articles,
                article.id,
                article.title,
                article.source,
                article.published.isoformat() if article.published else None,
                article.url,
                article.digest,
                article.text,
                json.dumps(blocks),
            ),
        )
        passages = split_article(article, self.passages)
        self._database.executemany(
            _INSERT_PASSAGE,
            (
                (
                    passage.id,
                    self.articles,
                    passage.ordinal,
                    passage.start,
                    passage.end,
                    json.dumps(passage.headings, ensure_ascii=False),
                    passage.byline,
                    passage.credit,
                    passage.paragraph,
                    json.dumps(passage.breaks),
                )
                for passage in passages
            ),
        )
        self.articles += 1
        self.passages += len(passages)

    def keep(self, dictionary: UserDictionary) -> None:
        """Write the words that the passages are cut with, for those who ask."""
        if dictionary.words:
            (self._folder / USER_DICTIONARY).write_bytes(dictionary.to_bytes())

    def cut(self, reader: TextReader) -> Iterator[int]:
        """Cut the passages into terms for the engine, and normalise them for evidence.

        Yields how many are done.
        """
        engine = ENGINES[self._engine].builder(self._folder / ENGINE)
        for done, cut in enumerate(self._uncut(), 1):
            engine.add(passage_terms(cut.text, cut.context, reader))
            normalised, spans = normalised_sentences(cut.text, reader)
            self._database.execute(
                _INSERT_NORMAL,
                (
                    cut.passage_id,
                    cut.article,
                    cut.opening,
                    reader.normalise(cut.context).text,
                    normalised,
                    edges_of(spans),
                ),
            )
            yield done
        engine.finish()

    def _uncut(self) -> Iterator["_Uncut"]:
        """Each passage's text and what stands above it."""
        current, text = None, ""
        for row in self._database.execute(_SELECT_RANGES).fetchall():
            passage_id, article, ordinal, title, start, end, headings, byline = row
            # A long article is read once, not once for each of its passages.
            if article != current:
                current = article
                (text,) = self._database.execute(_SELECT_TEXT, (article,)).fetchone()
            context = context_of(title, json.loads(headings), byline)
            yield _Uncut(passage_id, article, ordinal == 0, text[start:end], context)

    def seal(self, fingerprint: str) -> Manifest:
        """Write the manifest; the generation is complete."""
        self._database.execute("COMMIT")
        self._database.close()
        manifest = Manifest(
            fingerprint=fingerprint,
            built=datetime.now(UTC),
            engine=self._engine,
            articles=self.articles,
            passages=self.passages,
            files=seal_folder(self._folder),
        )
        write_manifest(self._folder, manifest)
        return manifest


@dataclass(frozen=True, slots=True)
class _Uncut:
    """A passage that has not been cut yet; its context is what stands above it."""

    passage_id: int
    article: int
    opening: bool
    text: str
    context: str
