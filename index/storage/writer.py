"""Writes a generation into an empty folder, from article records and an earlier generation."""

import shutil
import sqlite3
from array import array
from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

import numpy as np

from index.engines import ENGINES, EngineBuilder
from index.engines.runs import save_array
from index.lexicon.user_dictionary import UserDictionary
from index.storage.article_record import ArticleRecord
from index.storage.base_generation import BaseGeneration, StoredArticle
from index.storage.checksums import checksum_folder
from index.storage.generations import DATABASE, ENGINE, PLACES, USER_DICTIONARY
from index.storage.manifest import FORMAT, Manifest, write_manifest

_SCHEMA = """
CREATE TABLE article (
    number INTEGER PRIMARY KEY,
    first_row INTEGER NOT NULL,
    passages INTEGER NOT NULL,
    id TEXT NOT NULL,
    title TEXT NOT NULL,
    source TEXT NOT NULL,
    published TEXT,
    url TEXT NOT NULL,
    digest TEXT NOT NULL,
    text TEXT NOT NULL,
    blocks TEXT NOT NULL,
    pages TEXT NOT NULL
);
-- Also all that a build asks of all articles: it need not read past their texts.
CREATE UNIQUE INDEX article_place ON article (id, digest, first_row, passages);
CREATE TABLE passage (
    row INTEGER PRIMARY KEY,
    article INTEGER NOT NULL REFERENCES article,
    ordinal INTEGER NOT NULL,
    start INTEGER NOT NULL,
    end INTEGER NOT NULL,
    headings TEXT NOT NULL,
    byline TEXT NOT NULL,
    credit TEXT NOT NULL,
    paragraph INTEGER NOT NULL,
    breaks TEXT NOT NULL,
    page INTEGER NOT NULL,
    page_breaks TEXT NOT NULL,
    stem TEXT NOT NULL,
    context TEXT NOT NULL,
    normal TEXT NOT NULL,
    outline TEXT NOT NULL
);
"""
_INSERT_ARTICLE = "INSERT INTO article VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_INSERT_PASSAGE = "INSERT INTO passage VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_NEXT = """
SELECT (SELECT coalesce(max(number) + 1, 0) FROM article),
       (SELECT coalesce(max(row) + 1, 0) FROM passage)
"""
_MOST_FREE = 0.3
"""Share of a database's pages that may be free; more are given back."""


class DiskWriter(AbstractContextManager["DiskWriter"]):
    """See `index.storage.repository.GenerationWriter`.

    Methods raise OSError or sqlite3.Error where the disk is full or cannot be written.
    """

    def __init__(
        self,
        folder: Path,
        engine: str,
        base: BaseGeneration | None = None,
        earlier: Path | None = None,
    ) -> None:
        """Args:
        folder: an empty folder.
        engine: the engine's name.
        base: a generation of the same engine and recipe; its articles that are not kept are
            left out.
        earlier: the folder of that generation.
        """
        self.articles = 0
        self.passages = 0
        self._folder = folder
        self._engine_name = engine
        self._leaving = dict(base.articles) if base else {}
        if earlier:
            shutil.copyfile(earlier / DATABASE, folder / DATABASE)
        self._database = sqlite3.connect(folder / DATABASE, isolation_level=None)
        # The folder is thrown away if anything fails, so that no journal is needed.
        # What is left out must not stay behind in free pages.
        self._database.executescript(
            "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA secure_delete=ON;"
        )
        if not earlier:
            self._database.executescript(_SCHEMA)
        self._database.execute("BEGIN")
        self._number, self._row = self._database.execute(_NEXT).fetchone()
        self._places = array("q")
        self._engine: EngineBuilder = ENGINES[engine].builder(
            folder / ENGINE, earlier / ENGINE if earlier else None
        )

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._database.close()

    def add(self, cut: ArticleRecord) -> None:
        if cut.id in self._leaving:
            self._remove(self._leaving.pop(cut.id))
        count = len(cut.passages)
        self._database.execute(_INSERT_ARTICLE, (self._number, self._row, count, *cut.article))
        self._database.executemany(
            _INSERT_PASSAGE,
            ((row, self._number, *passage) for row, passage in enumerate(cut.passages, self._row)),
        )
        self._engine.add(cut.terms)
        self._place(self._row, count)
        self._number += 1
        self._row += count

    def keep(self, article_id: str) -> str:
        stored = self._leaving.pop(article_id)
        self._engine.keep(stored.first_passage, stored.passages)
        self._place(stored.first_row, stored.passages)
        return stored.digest

    def finish(self, dictionary: UserDictionary) -> Iterator[tuple[int, int]]:
        for stored in self._leaving.values():
            self._remove(stored)
        if dictionary.words:
            (self._folder / USER_DICTIONARY).write_bytes(dictionary.to_bytes())
        save_array(self._folder / PLACES, np.array(self._places).reshape(-1, 2))
        yield from self._engine.finish()
        self._database.execute("COMMIT")
        ((pages,), (free,)) = (
            self._database.execute(f"PRAGMA {name}").fetchone()
            for name in ("page_count", "freelist_count")
        )
        if free > _MOST_FREE * pages:
            self._database.execute("VACUUM")
        self._database.close()

    def complete(self, fingerprint: str, in_place_of: str = "", withdrawn: int = 0) -> Manifest:
        manifest = Manifest(
            fingerprint=fingerprint,
            built=datetime.now(UTC),
            engine=self._engine_name,
            articles=self.articles,
            passages=self.passages,
            files=checksum_folder(self._folder),
            format=FORMAT,
            in_place_of=in_place_of,
            withdrawn=withdrawn,
        )
        write_manifest(self._folder, manifest)
        return manifest

    def _place(self, first_row: int, passages: int) -> None:
        self._places.extend((self.passages, first_row))
        self.articles += 1
        self.passages += passages

    def _remove(self, stored: StoredArticle) -> None:
        end = stored.first_row + stored.passages
        self._database.execute(
            "DELETE FROM passage WHERE row >= ? AND row < ?", (stored.first_row, end)
        )
        self._database.execute("DELETE FROM article WHERE number = ?", (stored.number,))
