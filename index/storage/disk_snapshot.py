"""A generation on this machine's disk, opened for reading."""

import sqlite3
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from index.analysis.normal_passage import NormalPassage
from index.engines import ENGINES, Engine
from index.errors import DamagedIndex, OtherFormat
from index.lexicon.user_dictionary import UserDictionary
from index.model import Article, Span
from index.storage.base_generation import StoredArticle
from index.storage.checksums import FileChecksum, altered_files
from index.storage.generations import DATABASE, ENGINE, PLACES, USER_DICTIONARY
from index.storage.locks import reading
from index.storage.manifest import CHECKED_AT_OPENING, FORMAT, MANIFEST, Manifest, read_manifest
from index.storage.rows import normal_passage, pages_fit, placed_passage, stands_in, stored_article
from index.storage.snapshot import PlacedPassage

# A passage's text is cut out of its article here, so that the two cannot disagree.
_SELECT_PASSAGES = """
SELECT row, article.id, ordinal, start, end, substr(text, start + 1, end - start),
       headings, byline, credit, paragraph, breaks, page, page_breaks, stem,
       title, source, published, url
FROM passage JOIN article ON article.number = passage.article
"""

_SELECT_NORMAL = "SELECT row, article, ordinal, context, normal, outline FROM passage"

_SELECT_ARTICLE = """
SELECT id, title, source, published, url, digest, text, blocks, pages FROM article WHERE id = ?
"""

_COUNT = "SELECT (SELECT count(*) FROM article), (SELECT count(*) FROM passage)"

_UNSOUND = (sqlite3.Error, LookupError, TypeError, ValueError)
"""What reading an altered database can raise."""

_AT_ONCE = 500
"""Passages that are read at once; SQLite takes no more than some thousand marks."""

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class _Places:
    """Where the passages of each article are, in the order of the articles.

    Ids of passages follow each other without a gap; rows stay where they are from generation to
    generation, so that a build does not rewrite what has not changed.

    Attributes:
        first_passages: the id of each article's first passage, ascending.
        first_rows: the row of that passage.
        passages: their total number.
    """

    first_passages: NDArray[np.int64]
    first_rows: NDArray[np.int64]
    passages: int

    @classmethod
    def map(cls, folder: Path, passages: int) -> Self:
        """Maps what a writer wrote. Raises DamagedIndex."""
        try:
            places = np.asarray(np.load(folder / PLACES, mmap_mode="r", allow_pickle=False))
            if places.dtype != np.int64 or places.shape != (len(places), 2):
                raise ValueError("it holds no places")
        except Exception as error:  # what NumPy raises for a damaged header is not documented
            raise DamagedIndex(folder, f"{PLACES}: {error}") from error
        return cls(places[:, 0], places[:, 1], passages)

    def rows(self, passage_ids: Sequence[int]) -> list[int]:
        """Returns the row of each passage. Raises IndexError for unknown ids."""
        ids = np.array(passage_ids, np.int64)
        if ((ids < 0) | (ids >= self.passages)).any():
            raise IndexError("there is no such passage")
        articles = self.first_passages.searchsorted(ids, side="right") - 1
        rows: list[int] = (
            self.first_rows.take(articles) + ids - self.first_passages.take(articles)
        ).tolist()
        return rows

    def by_row(self) -> dict[int, int]:
        """Returns the first passage's id of each article that has any, by that passage's row."""
        any_there = np.diff(self.first_passages, append=self.passages) > 0
        rows, ids = self.first_rows[any_there], self.first_passages[any_there]
        return dict(zip(rows.tolist(), ids.tolist(), strict=True))


class DiskSnapshot:
    """An open generation. It never changes; safe to use from several threads.

    It is not removed from the disk while it is open.

    Attributes:
        name: of the generation.
        manifest: of the generation.
        unchecked: its files whose content was not checked at opening.
        engine: finds its passages.
        dictionary: the user dictionary for its passages and for questions about them.
    """

    def __init__(
        self, folder: Path, checked: int = CHECKED_AT_OPENING, any_format: bool = False
    ) -> None:
        """Opens the generation in `folder`.

        Args:
            checked: bytes whose content is checked at most; see `Manifest.check`.
            any_format: whether it may have been written by another version of the program; it
                cannot be asked then, but tells a build what was there before.

        Raises:
            OtherFormat: another version did, and `any_format` is false.
            DamagedIndex: a file is missing, is not what was written, or cannot be read.
        """
        self.name = folder.name
        self._folder = folder
        with ExitStack() as held:
            self._open(held, checked, any_format)
            self._held = held.pop_all()
        weakref.finalize(self, self._held.close)

    def _open(self, held: ExitStack, checked: int, any_format: bool) -> None:
        folder = self._folder
        try:
            held.enter_context(reading(folder / MANIFEST))
        except OSError as error:
            raise DamagedIndex(folder, f"{MANIFEST}: {error.strerror}") from error
        self.manifest = read_manifest(folder)
        if self.manifest.format != FORMAT and not any_format:
            raise OtherFormat(folder)
        self.unchecked: dict[str, FileChecksum] = self.manifest.check(folder, checked)
        if self.manifest.engine not in ENGINES:
            raise DamagedIndex(folder, f"it needs the unknown engine {self.manifest.engine}")
        self.engine: Engine = ENGINES[self.manifest.engine].open(folder / ENGINE)
        if self.engine.passages != self.manifest.passages:
            raise DamagedIndex(folder, f"{ENGINE} holds another number of passages")
        self.dictionary = _user_dictionary(folder, self.manifest)
        self._places = _Places.map(folder, self.manifest.passages)
        with self._reading():
            self._database = sqlite3.connect(
                f"{(folder / DATABASE).resolve().as_uri()}?mode=ro&immutable=1",
                uri=True,
                check_same_thread=False,  # SQLite serialises the calls; nothing is ever written
            )
        held.callback(self._database.close)

    def close(self) -> None:
        """Closes the files; otherwise they are closed with the last reference."""
        self._held.close()

    def altered(self, files: Mapping[str, FileChecksum]) -> list[str]:
        """Returns a line for each of these files whose content is not what was written.

        A file that has been removed is still open here, and counts as sound.
        """
        there = {
            name: checksum for name, checksum in files.items() if (self._folder / name).exists()
        }
        return altered_files(self._folder, there)

    def passages(self, passage_ids: Sequence[int]) -> list[PlacedPassage]:
        return self._rows(_SELECT_PASSAGES, passage_ids, placed_passage)

    def normal_passages(self, passage_ids: Sequence[int]) -> list[NormalPassage]:
        return self._rows(_SELECT_NORMAL, passage_ids, normal_passage)

    def _rows(
        self, select: str, passage_ids: Sequence[int], read: Callable[[int, Sequence[Any]], Item]
    ) -> list[Item]:
        """Returns what `read` makes of each passage's id and its row."""
        with self._reading():
            places = self._places.rows(passage_ids)
            rows: dict[int, Sequence[Any]] = {}
            for first in range(0, len(places), _AT_ONCE):
                some = places[first : first + _AT_ONCE]
                query = f"{select} WHERE row IN ({','.join('?' * len(some))})"
                rows.update((row[0], row) for row in self._database.execute(query, some))
            return [
                read(passage_id, rows[place][1:])
                for passage_id, place in zip(passage_ids, places, strict=True)
            ]

    def damaged(self, detail: object) -> DamagedIndex:
        return DamagedIndex(self._folder, f"{DATABASE}: {detail}")

    def article(
        self, article_id: str, window: Callable[[str], Span] | None = None
    ) -> Article | None:
        with self._reading():
            row = self._database.execute(_SELECT_ARTICLE, (article_id,)).fetchone()
            return stored_article(row, window) if row else None

    def stored(self) -> dict[str, StoredArticle]:
        query = "SELECT id, digest, number, first_row, passages FROM article"
        with self._reading():
            rows = self._database.execute(query).fetchall()
            firsts = self._places.by_row()
            return {
                article_id: StoredArticle(
                    digest, number, first_row, firsts[first_row] if passages else 0, passages
                )
                for article_id, digest, number, first_row, passages in rows
            }

    def newest_titles(self, limit: int) -> list[str]:
        query = "SELECT title FROM article ORDER BY published DESC, number DESC LIMIT ?"
        with self._reading():
            return [title for (title,) in self._database.execute(query, (limit,))]

    def faults(self) -> Iterator[str]:
        """Check everything: each file's checksum, and each passage against its article."""
        yield from altered_files(self._folder, self.manifest.files)
        try:
            yield from self._passage_faults()
        except (*_UNSOUND, DamagedIndex) as error:
            yield f"{DATABASE}: {error}"

    def _passage_faults(self) -> Iterator[str]:
        article: Article | None = None
        for first in range(0, self.manifest.passages, _AT_ONCE):
            end = min(first + _AT_ONCE, self.manifest.passages)
            for placed in self.passages(range(first, end)):
                passage = placed.passage
                # The passages of an article follow each other, so that each is read once.
                if article is None or article.id != passage.article_id:
                    article = self.article(passage.article_id)
                    if article and not pages_fit(article):
                        yield f"the pages of an article are not in its text: {article.id}"
                if article is None or not stands_in(passage, article):
                    yield f"passage {passage.id} is not what its article says: {passage.article_id}"
        held = self._database.execute(_COUNT).fetchone()
        expected = (self.manifest.articles, self.manifest.passages)
        if held != expected:
            yield f"{DATABASE} holds {held} articles and passages in place of {expected}"

    @contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            yield
        except _UNSOUND as error:
            raise self.damaged(error) from error


def _user_dictionary(folder: Path, manifest: Manifest) -> UserDictionary:
    if USER_DICTIONARY not in manifest.files:
        return UserDictionary()
    try:
        return UserDictionary.from_bytes((folder / USER_DICTIONARY).read_bytes())
    except (OSError, ValueError) as error:
        raise DamagedIndex(folder, f"{USER_DICTIONARY}: {error}") from error
