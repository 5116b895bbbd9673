"""Open the live generation and ask it: the story of a question."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

from index.answer import Judge
from index.conversation import Conversation
from index.errors import NoEarlierGeneration, NoIndex
from index.explanation import Explanation
from index.generation import current_generation, read_manifest
from index.model import Answer, Article, NoAnswer, Turn
from index.question import QuestionReader
from index.settings import IndexSettings
from index.snapshot import Snapshot
from index.synonyms import read_synonyms
from index.text import TextReader
from index.weights import Weights


@dataclass(frozen=True, slots=True)
class Status:
    """What is live.

    Attributes:
        generation: its name.
        built: when it was built, in UTC.
        articles, passages: how many it holds.
        engine: where its passages are searched.
        faults: sentences about damaged generations that were found when it was opened.
    """

    generation: str
    built: datetime
    articles: int
    passages: int
    engine: str
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Live:
    """What answers a question from start to end.

    Attributes:
        snapshot: the generation.
        reader: cuts as the generation was cut, with its own user dictionary.
        conversation: asks it, with the synonyms as their file was at the last refresh.
    """

    snapshot: Snapshot
    reader: TextReader
    conversation: Conversation


class Library:
    """The live generation of an index. Safe to use from several threads.

    It is opened at its first use, and the synonyms are read then: each method raises WordListError
    where that cannot be done.
    """

    def __init__(self, settings: IndexSettings) -> None:
        self._settings = settings
        self._weights = Weights.load()
        self._opened: _Live | None = None
        self._switching = Lock()

    def ask(self, question: str, limit: int = 5) -> Answer | NoAnswer:
        """Find the passages that answer `question`, at most `limit`, best first.

        Raises:
            IndexUnavailable: nothing is built, or it is damaged.
        """
        return self._live().conversation.ask(question, limit)

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
        return self._live().conversation.follow(turns, text, limit)

    def explain(self, question: str) -> Explanation:
        """Why `ask` answers a question that stands alone as it does.

        Raises:
            IndexUnavailable: nothing is built, or it is damaged.
        """
        return self._live().conversation.explain(question)

    def article(self, article_id: str) -> Article | None:
        """A whole article, or None where the live generation does not hold it.

        Raises:
            IndexUnavailable: nothing is built, or it is damaged.
        """
        return self._live().snapshot.article(article_id)

    def article_ids(self) -> list[str]:
        """The ids of all articles, in order.

        Raises:
            IndexUnavailable: nothing is built, or it is damaged.
        """
        return sorted(self._live().snapshot.digests())

    def status(self) -> Status:
        """What is live.

        Raises:
            IndexUnavailable: nothing is built, or it is damaged.
        """
        snapshot = self._live().snapshot
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
        return self._live().snapshot.faults()

    def refresh(self) -> bool:
        """Switch to the generation that is current on disk; true if it was another one.

        The synonyms are read anew as well. Questions that are being answered keep the generation
        and the synonyms that they began with.

        Raises:
            IndexUnavailable: nothing is built, or it is damaged.
            WordListError: the synonyms cannot be read.
            In both cases what was live stays live.
        """
        with self._switching:
            folder = current_generation(self._settings.data)
            live = self._opened
            # A generation's name may come back after the data folder was emptied.
            if live and live.snapshot.manifest == read_manifest(folder):
                self._opened = self._with_synonyms(live.snapshot, live.reader)
                return False
            snapshot = Snapshot(folder)
            self._opened = self._with_synonyms(snapshot, TextReader(snapshot.dictionary.words))
            return True

    def _with_synonyms(self, snapshot: Snapshot, reader: TextReader) -> _Live:
        synonyms, _ = read_synonyms(self._settings.synonyms, reader)
        judge = Judge(reader, self._weights.confidence, self._settings.confidence)
        questions = QuestionReader(reader, synonyms)
        conversation = Conversation(snapshot, reader, questions, self._weights, judge)
        return _Live(snapshot, reader, conversation)

    def _live(self) -> _Live:
        if self._opened is None:
            self.refresh()
        if self._opened is None:
            raise NoIndex(self._settings.data)
        return self._opened


def open_library(settings: IndexSettings) -> Library:
    """Open the library in `settings.data`. Nothing need be built yet: asking says so."""
    return Library(settings)


def rollback(settings: IndexSettings) -> str:
    """Go back to the generation before the live one; return its name.

    Raises:
        NoEarlierGeneration: there is none.
        BuildRunning: a build is running.
    """
    raise NoEarlierGeneration(f"There is no earlier generation in {settings.data}.")
