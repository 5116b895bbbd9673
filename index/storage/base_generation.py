"""An earlier generation from which a build takes what has not changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from index.storage.manifest import Manifest


class StoredArticle(NamedTuple):
    """Where an article is in a generation.

    A tuple, as there are as many as articles: a build makes one of each.

    Attributes:
        digest: of its content.
        number, first_row: of its row in the table `article`, and of its first one in `passage`.
        first_passage: the id of its first passage; 0 where it has none.
        passages: how many it has.
    """

    digest: str
    number: int
    first_row: int
    first_passage: int
    passages: int


@dataclass(frozen=True, slots=True)
class BaseGeneration:
    """An earlier generation whose articles a build may keep.

    Attributes:
        name: its name.
        manifest: what it is.
        articles: by their ids.
    """

    name: str
    manifest: Manifest
    articles: Mapping[str, StoredArticle]

    @property
    def digests(self) -> dict[str, str]:
        """Returns the digests of the articles by their ids."""
        return {article_id: stored.digest for article_id, stored in self.articles.items()}

    def digest(self, article_id: str) -> str | None:
        """Returns the digest of an article; None where there is none."""
        stored = self.articles.get(article_id)
        return stored.digest if stored else None
