"""Read and cut files, in this process."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from index.cutting import CutArticle, cut_articles
from index.engines import ENGINES
from index.errors import SkippedFile, UnreadableFile
from index.loaders import make_article
from index.loaders.confined import Confined
from index.model import Article
from index.seeds import read_seed
from index.text import TextReader
from index.user_dictionary import UserDictionary


@dataclass(frozen=True, slots=True)
class Task:
    """A file to be read.

    Attributes:
        id: of its article.
        path: where it is.
        size: bytes.
        known: digests of contents that need not be cut again.
    """

    id: str
    path: str
    size: int
    known: Sequence[str]


@dataclass(frozen=True, slots=True)
class KnownContent:
    """A file that holds what is known already.

    Attributes:
        digest: which of the task's known digests.
    """

    id: str
    digest: str


Outcome = CutArticle | KnownContent | SkippedFile


@dataclass(frozen=True, slots=True)
class Cutting:
    """How files are read and cut.

    Attributes:
        engine: the engine's name.
        largest_bytes: a larger file is skipped.
        dictionary: a user's words.
    """

    engine: str
    largest_bytes: int
    dictionary: UserDictionary


class Cutter:
    """Reads and cuts files in this process, and what may be hostile in one that it starts."""

    def __init__(self, cutting: Cutting) -> None:
        self._largest_bytes = cutting.largest_bytes
        self._reader = TextReader(cutting.dictionary.words)
        self._pack = ENGINES[cutting.engine].pack
        self._confined = Confined()

    def close(self) -> None:
        """End what it has started."""
        self._confined.close()

    def cut(self, batch: Sequence[Task]) -> list[Outcome]:
        """Read files, and cut those whose content is not known; what becomes of each."""
        read = [self._read(task) for task in batch]
        articles = [article for article in read if isinstance(article, Article)]
        cut = iter(cut_articles(articles, self._reader, self._pack))
        return [next(cut) if isinstance(one, Article) else one for one in read]

    def _read(self, task: Task) -> Article | KnownContent | SkippedFile:
        try:
            content = read_seed(Path(task.path), self._largest_bytes)
            if content.digest in task.known:
                return KnownContent(task.id, content.digest)
            return make_article(content, task.id, self._confined)
        except UnreadableFile as fault:
            return SkippedFile(task.id, fault.reason, str(fault))
