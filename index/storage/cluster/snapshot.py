"""A generation in a cluster, opened for reading."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from index.analysis.normal_passage import NormalPassage
from index.engines import Engine
from index.engines.cluster_connection import Connection, removed
from index.engines.opensearch import OpenSearchEngine
from index.engines.recent import Recent
from index.errors import DamagedIndex
from index.lexicon.user_dictionary import UserDictionary
from index.model import Article, Span
from index.storage.base_generation import StoredArticle
from index.storage.checksums import FileChecksum
from index.storage.cluster.documents import (
    COUNTED,
    DICTIONARY,
    NUMBER,
    PLACE,
    STORED,
    article_key,
    normal_values,
    passage_key,
    placed_values,
    values,
)
from index.storage.manifest import Manifest
from index.storage.rows import (
    ARTICLE,
    normal_passage,
    pages_fit,
    placed_passage,
    stands_in,
    stored_article,
)
from index.storage.snapshot import PlacedPassage

_UNSOUND = (LookupError, TypeError, ValueError)
"""What reading an altered document can raise."""

_PASSAGES_KEPT = 2_000
"""Passages that were found lately: a few megabytes."""
_AT_ONCE = 500
"""Passages that are read at once."""
_PLACES_AT_ONCE = 10_000
"""Articles whose places are read at once; a cluster gives no more as it comes."""
_ARTICLES_AT_ONCE = 20


class ClusterSnapshot:
    """See `index.storage.snapshot.Snapshot`.

    Search results are cached for a while, so that a question takes two requests: one for the
    weights of its terms, and the search.
    """

    def __init__(self, connection: Connection, name: str, manifest: Manifest) -> None:
        """Args:
            connection: to the cluster.
            name: of the index.
            manifest: of the generation.

        Raises:
            ClusterUnavailable: the cluster does not answer.
            DamagedIndex: the index is gone, or does not hold what it should.
        """
        self.name = name
        self.manifest = manifest
        self.unchecked: dict[str, FileChecksum] = {}
        self._connection = connection
        self._recent: Recent[int, dict[str, Any]] = Recent(_PASSAGES_KEPT)
        self.engine: Engine = OpenSearchEngine(connection, name, manifest.passages, self._recent)
        self.dictionary = self._user_dictionary()

    def close(self) -> None:
        """Does nothing, as the connection is the repository's."""

    def altered(self, files: Mapping[str, FileChecksum]) -> list[str]:  # noqa: ARG002 - see there
        """Returns none, as there are no files; the cluster checks its own."""
        return []

    def passages(self, passage_ids: Sequence[int]) -> list[PlacedPassage]:
        sources = self._sources(passage_ids)
        with self._reading():
            return [
                placed_passage(passage_id, placed_values(source))
                for passage_id, source in zip(passage_ids, sources, strict=True)
            ]

    def normal_passages(self, passage_ids: Sequence[int]) -> list[NormalPassage]:
        sources = self._sources(passage_ids)
        with self._reading():
            return [
                normal_passage(passage_id, normal_values(source))
                for passage_id, source in zip(passage_ids, sources, strict=True)
            ]

    def _sources(self, passage_ids: Sequence[int]) -> list[dict[str, Any]]:
        sources = {passage_id: self._recent.get(passage_id) for passage_id in passage_ids}
        known = {passage_id: source for passage_id, source in sources.items() if source}
        missing = [passage_id for passage_id in sources if passage_id not in known]
        for first in range(0, len(missing), _AT_ONCE):
            some = missing[first : first + _AT_ONCE]
            for passage_id, source in zip(some, self._fetched(some), strict=True):
                self._recent.keep(passage_id, source)
                known[passage_id] = source
        return [known[passage_id] for passage_id in passage_ids]

    def _fetched(self, passage_ids: Sequence[int]) -> list[dict[str, Any]]:
        """Returns what is stored of passages. Raises DamagedIndex for missing ones."""
        documents = self._documents([passage_key(passage_id) for passage_id in passage_ids])
        sources = [source for source in documents if source is not None]
        if len(sources) < len(documents):
            raise self.damaged("a passage is missing")
        return sources

    def _documents(self, keys: Sequence[str]) -> list[dict[str, Any] | None]:
        """Returns the documents with these ids, None for missing ones."""
        answer = self._connection.call(
            lambda client: client.mget(index=self.name, body={"ids": list(keys)})
        )
        if any("error" in document for document in answer["docs"]):
            raise removed(self.name)
        return [document.get("_source") for document in answer["docs"]]

    def article(
        self, article_id: str, window: Callable[[str], Span] | None = None
    ) -> Article | None:
        (source,) = self._documents([article_key(article_id)])
        if source is None:
            return None
        with self._reading():
            return stored_article(values(source, ARTICLE), window)

    def stored(self) -> dict[str, StoredArticle]:
        articles: dict[str, StoredArticle] = {}
        wanted = {"_source": False, "docvalue_fields": list(PLACE)}
        with self._reading():
            for hit in self._articles(wanted, _PLACES_AT_ONCE):
                fields = hit["fields"]
                article_id, digest, number, first_row, passages = (fields[key][0] for key in PLACE)
                articles[article_id] = StoredArticle(digest, number, first_row, first_row, passages)
        return articles

    def newest_titles(self, limit: int) -> list[str]:
        fields = ("published", "title")
        wanted = {"_source": [f"{STORED}.{name}" for name in fields]}
        with self._reading():
            hits = self._articles(wanted, _PLACES_AT_ONCE)
            articles = [values(hit["_source"], fields) for hit in hits]
        # Those without a date come last; of one day, the last one first.
        oldest_first = sorted(articles, key=lambda article: article[0] or "")
        return [title for _, title in oldest_first[::-1][:limit]]

    def _articles(self, wanted: Mapping[str, Any], at_once: int) -> Iterator[dict[str, Any]]:
        """Yields all articles in their order. The index never changes, so pages fit together."""
        after: list[Any] = []
        while True:
            body: dict[str, Any] = {
                "size": at_once,
                "query": {"exists": {"field": NUMBER}},
                "sort": [{NUMBER: "asc"}],
                "track_total_hits": False,
                **wanted,
                **({"search_after": after} if after else {}),
            }
            hits = self._connection.search(self.name, body)
            yield from hits
            if len(hits) < at_once:
                return
            after = hits[-1]["sort"]

    def faults(self) -> Iterator[str]:
        """Compares each passage with its article."""
        articles = passages = 0
        try:
            for hit in self._articles({}, _ARTICLES_AT_ONCE):
                article = stored_article(values(hit["_source"], ARTICLE))
                articles += 1
                passages += hit["_source"]["passages"]
                yield from self._article_faults(article, hit["_source"])
        except (*_UNSOUND, DamagedIndex) as error:
            yield f"{self.name}: {error}"
            return
        expected = (self.manifest.articles, self.manifest.passages)
        if (articles, passages) != expected:
            yield _other_number(self.name, (articles, passages), expected)
        yield from self.missing()

    def missing(self) -> Iterator[str]:
        """Yields a line if the numbers of articles and passages are not what they should be."""
        held = tuple(self._connection.counts(self.name, COUNTED))
        expected = (self.manifest.articles, self.manifest.passages)
        if held != expected:
            yield _other_number(self.name, held, expected)

    def _article_faults(self, article: Article, source: Mapping[str, Any]) -> Iterator[str]:
        if not pages_fit(article):
            yield f"the pages of an article are not in its text: {article.id}"
        rows = range(source["first_row"], source["first_row"] + source["passages"])
        for placed in self.passages(rows) if rows else ():
            if placed.passage.article_id != article.id or not stands_in(placed.passage, article):
                yield f"passage {placed.passage.id} is not what its article says: {article.id}"

    def damaged(self, detail: object) -> DamagedIndex:
        return DamagedIndex(self.name, str(detail))

    def _user_dictionary(self) -> UserDictionary:
        (source,) = self._documents([DICTIONARY])
        if source is None:
            return UserDictionary()
        with self._reading():
            return UserDictionary.from_bytes(source[STORED]["words"].encode())

    @contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            yield
        except _UNSOUND as error:
            raise self.damaged(error) from error


def _other_number(name: str, held: tuple[int, ...], expected: tuple[int, int]) -> str:
    return f"{name} holds {held} articles and passages in place of {expected}"
