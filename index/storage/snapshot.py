"""A generation opened for reading, wherever it is kept."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from index.analysis.normal_passage import NormalPassage
from index.engines import Engine
from index.errors import DamagedIndex
from index.lexicon.user_dictionary import UserDictionary
from index.model import Article, Passage, Span
from index.storage.base_generation import StoredArticle
from index.storage.checksums import FileChecksum
from index.storage.manifest import Manifest


@dataclass(frozen=True, slots=True)
class PlacedPassage:
    """A passage with the metadata of its article, as in `index.model.Article`."""

    passage: Passage
    title: str
    source: str
    published: date | None
    url: str


class Snapshot(Protocol):
    """An open generation: articles, passages, engine. It never changes.

    Safe to use from several threads. Methods raise DamagedIndex where what is stored cannot be
    read, and ClusterUnavailable where it is kept in a cluster that does not answer.

    Attributes:
        name: of the generation.
        manifest: of the generation.
        unchecked: its files whose content was not checked at opening.
        engine: finds its passages.
        dictionary: the user dictionary for its passages and for questions about them.
    """

    name: str
    manifest: Manifest
    unchecked: dict[str, FileChecksum]
    engine: Engine
    dictionary: UserDictionary

    def close(self) -> None:
        """Releases what is held open."""
        ...

    def passages(self, passage_ids: Sequence[int]) -> list[PlacedPassage]:
        """Returns the passages with these ids, in this order."""
        ...

    def normal_passages(self, passage_ids: Sequence[int]) -> list[NormalPassage]:
        """Returns these passages normalised, in this order."""
        ...

    def article(
        self, article_id: str, window: Callable[[str], Span] | None = None
    ) -> Article | None:
        """Returns the article with this id.

        Args:
            window: names a range of its text; the article has no other blocks than those that
                reach into it. None for all blocks.
        """
        ...

    def stored(self) -> Mapping[str, StoredArticle]:
        """Returns where each article is, by its id."""
        ...

    def newest_titles(self, limit: int) -> list[str]:
        """Returns the titles of the articles published last, at most `limit`."""
        ...

    def faults(self) -> Iterator[str]:
        """Checks everything; yields a line for each fault."""
        ...

    def altered(self, files: Mapping[str, FileChecksum]) -> list[str]:
        """Returns a line for each of these files whose content is not what was written."""
        ...

    def damaged(self, detail: object) -> DamagedIndex:
        """Returns the error for something in here that cannot be read."""
        ...
