"""Opens the live generation and asks it: the story of a question."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from index.model import Answer, Article, NoAnswer, Span, Turn
from index.ranking.explanation import Explanation
from index.ranking.weights import Weights
from index.serving import Live, Serving, damage_behind
from index.settings import IndexSettings

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Status:
    """The state of the live generation.

    Attributes:
        generation: its name.
        built: when it was built, in UTC.
        articles, passages: how many it holds.
        engine: where its passages are searched.
        faults: sentences on what is wrong on the disk, and on which generation answers instead of
            the current one; empty where all is well.
        withdrawn: how many articles a rollback left out, as they were withdrawn since.
    """

    generation: str
    built: datetime
    articles: int
    passages: int
    engine: str
    faults: tuple[str, ...] = ()
    withdrawn: int = 0


class Library:
    """The live generation of an index. Safe to use from several threads.

    It is opened at its first use, and the synonyms are read then: each method raises WordListError
    where that fails. Where another process makes another generation current, the next question is
    answered from that one. A damaged generation is replaced by the newest sound one; `status` and,
    once, a warning in the log `index` report what is wrong.
    """

    def __init__(self, settings: IndexSettings) -> None:
        self._serving = Serving(settings, Weights.load())

    def ask(self, question: str, limit: int = 5) -> Answer | NoAnswer:
        """Returns the passages that answer `question`, at most `limit`, best first.

        Raises:
            IndexUnavailable: nothing is built, or it is damaged.
        """
        return self._answer(lambda live: live.conversation.ask(question, limit))

    def follow(self, turns: Sequence[Turn], text: str, limit: int = 5) -> Turn:
        """Answers what is typed after earlier `turns`, with at most `limit` passages.

        A text that depends on them (「那城东区呢」) is understood as a question of its own;
        one that asks for more (「还有吗」) gets the next passages. Several questions in one text
        are answered one by one, as the turn's `parts`.

        Args:
            turns: what `follow` returned before in this conversation, in order; the last few
                will do.

        Raises:
            IndexUnavailable: nothing is built, or it is damaged.
        """
        return self._answer(lambda live: live.conversation.follow(turns, text, limit))

    def explain(self, question: str) -> Explanation:
        """Returns why `ask` answers a self-contained question as it does.

        Raises:
            IndexUnavailable: nothing is built, or it is damaged.
        """
        return self._answer(lambda live: live.conversation.explain(question))

    def article(
        self, article_id: str, window: Callable[[str], Span] | None = None
    ) -> Article | None:
        """Returns a whole article, None where the live generation does not hold it.

        Args:
            window: names the range of its text that is shown; blocks that do not reach into it are
                left out, which costs much less where there are many. None for all blocks.

        Raises:
            IndexUnavailable: nothing is built, or it is damaged.
        """
        return self._answer(lambda live: live.snapshot.article(article_id, window))

    def article_ids(self) -> list[str]:
        """Returns the ids of all articles, in order.

        Raises:
            IndexUnavailable: nothing is built, or it is damaged.
        """
        return self._answer(lambda live: sorted(live.snapshot.stored()))

    def newest_titles(self, limit: int) -> list[str]:
        """Returns the titles of the articles published last, at most `limit`, the newest first.

        Raises:
            IndexUnavailable: nothing is built, or it is damaged.
        """
        return self._answer(lambda live: live.snapshot.newest_titles(limit))

    def status(self) -> Status:
        """Returns the state of the live generation.

        Raises:
            IndexUnavailable: nothing is built, or it is damaged.
        """
        snapshot = self._serving.live().snapshot
        manifest = snapshot.manifest
        return Status(
            generation=snapshot.name,
            built=manifest.built,
            articles=manifest.articles,
            passages=manifest.passages,
            engine=manifest.engine,
            faults=self._serving.faults,
            withdrawn=manifest.withdrawn,
        )

    def faults(self) -> Iterator[str]:
        """Checks each file of the live generation, and each passage against its article.

        Raises:
            IndexUnavailable: nothing is built, or it is damaged.
        """
        return self._serving.live().snapshot.faults()

    def refresh(self) -> bool:
        """Switches to the generation that is current on disk; returns whether it was another one.

        Reads the synonyms anew as well. Questions that are being answered keep the generation and
        the synonyms that they began with. Where the current generation is damaged, what was live
        stays live, and `status` reports it.

        Raises:
            IndexUnavailable: nothing was open yet, and nothing is built, or it is damaged.
            WordListError: the synonyms cannot be read. What was live stays live.
        """
        return self._serving.refresh()

    def _answer(self, answer: Callable[[Live], Result]) -> Result:
        """Answers from the live generation or, if that proves damaged, from the next sound one."""
        live = self._serving.live()
        try:
            return answer(live)
        except Exception as error:
            faults = damage_behind(error, live.snapshot)
            if not faults:
                raise
        return answer(self._serving.step_back(live.snapshot, *faults))


def open_library(settings: IndexSettings) -> Library:
    """Returns the library in `settings.data`. It need not be built yet: asking raises NoIndex."""
    return Library(settings)
