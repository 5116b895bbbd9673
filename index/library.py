"""Open the live generation and ask it: the story of a question."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

from index.answer import Judge
from index.confidence import ConfidenceModel
from index.conversation import Conversation
from index.errors import NoIndex
from index.generation import current_generation, read_manifest
from index.model import Answer, Article, NoAnswer, Turn
from index.question import QuestionReader
from index.settings import IndexSettings
from index.snapshot import Snapshot
from index.text import TextReader


@dataclass(frozen=True, slots=True)
class Status:
    """What is live.

    Attributes:
        generation: its name.
        built: when it was built, in UTC.
        articles, passages: how many it holds.
        engine: where its passages are searched.
    """

    generation: str
    built: datetime
    articles: int
    passages: int
    engine: str


class Library:
    """The live generation of an index. Safe to use from several threads."""

    def __init__(self, settings: IndexSettings) -> None:
        self._settings = settings
        reader = TextReader()
        judge = Judge(reader, ConfidenceModel.load(), settings.confidence)
        self._conversation = Conversation(reader, QuestionReader(reader), judge)
        self._snapshot: Snapshot | None = None
        self._switching = Lock()

    def ask(self, question: str, limit: int = 5) -> Answer | NoAnswer:
        """Find the passages that answer `question`, at most `limit`, best first.

        Raises:
            IndexUnavailable: nothing is built, or it is damaged.
        """
        return self._conversation.ask(question, self._live(), limit)

    def follow(self, turns: Sequence[Turn], text: str, limit: int = 5) -> Turn:
        """Answer what is typed after earlier `turns`, with at most `limit` passages.

        A text that leans on them (「那城东区呢」) is understood as a question that stands alone;
        one that asks for more (「还有吗」) gets the next passages.

        Args:
            turns: what `follow` returned before in this conversation, in order; the last few
                will do.

        Raises:
            IndexUnavailable: nothing is built, or it is damaged.
        """
        return self._conversation.follow(turns, text, self._live(), limit)

    def article(self, article_id: str) -> Article | None:
        """A whole article, or None where the live generation does not hold it.

        Raises:
            IndexUnavailable: nothing is built, or it is damaged.
        """
        return self._live().article(article_id)

    def status(self) -> Status:
        """What is live.

        Raises:
            IndexUnavailable: nothing is built, or it is damaged.
        """
        snapshot = self._live()
        manifest = snapshot.manifest
        return Status(
            generation=snapshot.name,
            built=manifest.built,
            articles=manifest.articles,
            passages=manifest.passages,
            engine=manifest.engine,
        )

    def faults(self) -> Iterator[str]:
        """Check each file of the live generation, and each passage against its article.

        Raises:
            IndexUnavailable: nothing is built, or it is damaged.
        """
        return self._live().faults()

    def refresh(self) -> bool:
        """Switch to the generation that is current on disk; true if it was another one.

        Questions that are being answered keep the generation they began with.

        Raises:
            IndexUnavailable: nothing is built, or it is damaged; what was live stays live.
        """
        with self._switching:
            folder = current_generation(self._settings.data)
            # A generation's name may come back after the data folder was emptied.
            if self._snapshot and self._snapshot.manifest == read_manifest(folder):
                return False
            self._snapshot = Snapshot(folder)
            return True

    def _live(self) -> Snapshot:
        if self._snapshot is None:
            self.refresh()
        if self._snapshot is None:
            raise NoIndex(self._settings.data)
        return self._snapshot


def open_library(settings: IndexSettings) -> Library:
    """Open the library in `settings.data`. Nothing need be built yet: asking says so."""
    return Library(settings)
