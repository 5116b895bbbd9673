"""One generation, opened for reading, wherever it is kept."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from index.analysis.normal_passage import NormalPassage
from index.engines import Engine
from index.errors import DamagedIndex
from index.lexicon.user_dictionary import UserDictionary
from index.model import Article, Passage
from index.storage.base_generation import StoredArticle
from index.storage.checksums import FileChecksum
from index.storage.manifest import Manifest


@dataclass(frozen=True, slots=True)
class PlacedPassage:
    """A passage with what its article says of itself, as in `index.model.Article`."""

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
        manifest: what it is.
        unchecked: its files whose content was not checked at opening.
        engine: finds its passages.
        dictionary: the words of a user that its passages were cut with; questions have to be, too.
    """

    name: str
    manifest: Manifest
    unchecked: dict[str, FileChecksum]
    engine: Engine
    dictionary: UserDictionary

    def close(self) -> None:
        """Give back what is held open."""
        ...

    def passages(self, passage_ids: Sequence[int]) -> list[PlacedPassage]:
        """The passages with these ids, in this order."""
        ...

    def normal_passages(self, passage_ids: Sequence[int]) -> list[NormalPassage]:
        """The passages with these ids as evidence reads them, in this order."""
        ...

    def article(self, article_id: str) -> Article | None:
        """The article with this id."""
        ...

    def stored(self) -> Mapping[str, StoredArticle]:
        """Where each article is, by its id."""
        ...

    def faults(self) -> Iterator[str]:
        """Check everything: a line for each fault."""
        ...

    def altered(self, files: Mapping[str, FileChecksum]) -> list[str]:
        """A line for each of these files whose content is not what was written."""
        ...

    def damaged(self, detail: object) -> DamagedIndex:
        """The error for something in here that cannot be read."""
        ...
