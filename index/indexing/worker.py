"""Reads and indexes files in this process."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from index.analysis.reader import TextReader
from index.corpus.sidecar import parse_sidecar, read_sidecar, with_sidecar
from index.engines import PACKS
from index.errors import SkippedFile, UnreadableFile
from index.indexing.index_article import index_articles
from index.lexicon.user_dictionary import UserDictionary
from index.loaders import make_article, read_file, require_short
from index.loaders.front_matter import FrontMatter, described_by
from index.loaders.sandbox.client import Confined, Limits
from index.model import Article
from index.storage.article_record import ArticleRecord


@dataclass(frozen=True, slots=True)
class Task:
    """A file to be read.

    Attributes:
        id: of its article.
        path: where it is.
        sidecar: the path of its sidecar; empty where there is none.
        size: bytes.
        known: digests of contents that need not be indexed again.
    """

    id: str
    path: str
    sidecar: str
    size: int
    known: Sequence[str]


@dataclass(frozen=True, slots=True)
class KnownContent:
    """A file whose content is known already.

    Attributes:
        digest: the task's known digest that it has.
    """

    id: str
    digest: str


Outcome = ArticleRecord | KnownContent | SkippedFile


@dataclass(frozen=True, slots=True)
class IndexingOptions:
    """How files are read and indexed.

    Attributes:
        engine: the engine's name.
        largest_bytes: a larger file is skipped.
        largest_article: characters; a longer article is skipped.
        dictionary: a user's words.
    """

    engine: str
    largest_bytes: int
    largest_article: int
    dictionary: UserDictionary


class Worker:
    """Reads and indexes files in this process; risky formats are parsed in a confined one."""

    def __init__(self, options: IndexingOptions) -> None:
        self._largest_bytes = options.largest_bytes
        self._largest_article = options.largest_article
        self._reader = TextReader(options.dictionary.words)
        self._pack = PACKS[options.engine]
        self._confined = Confined(Limits(characters=options.largest_article))

    def close(self) -> None:
        """Ends the confined process."""
        self._confined.close()

    def index(self, batch: Sequence[Task]) -> list[Outcome]:
        """Reads files, indexes those of unknown content, and returns the outcome of each."""
        contents = [self._read(task) for task in batch]
        articles = [content for content in contents if isinstance(content, Article)]
        records = iter(index_articles(articles, self._reader, self._pack))
        return [next(records) if isinstance(content, Article) else content for content in contents]

    def _read(self, task: Task) -> Article | KnownContent | SkippedFile:
        try:
            content = read_file(Path(task.path), self._largest_bytes)
            sidecar = _sidecar(task)
            if sidecar is not None:
                digest = with_sidecar(content.digest, sidecar)
                content = replace(content, digest=digest)
            if content.digest in task.known:
                return KnownContent(task.id, content.digest)
            article = make_article(content, task.id, self._confined)
            require_short(article, self._largest_article)
        except UnreadableFile as fault:
            return SkippedFile(task.id, fault.reason, str(fault))
        return article if sidecar is None else described_by(article, _front(sidecar))


def _sidecar(task: Task) -> bytes | None:
    """Returns the content of a sidecar; the plan reports one that cannot be read."""
    if task.sidecar:
        with suppress(UnreadableFile):
            return read_sidecar(Path(task.sidecar))
    return None


def _front(sidecar: bytes) -> FrontMatter:
    """Returns the metadata of a sidecar; empty where it is broken, which the plan reports."""
    try:
        return parse_sidecar(sidecar)
    except UnreadableFile:
        return FrontMatter()
