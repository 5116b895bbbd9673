"""What can be asked of the bot, whatever the channel."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from bot.builds import Builder
from bot.rights import Rights, Visitor
from index import (
    Answer,
    Article,
    BuildReport,
    Citation,
    IndexUnavailable,
    Progress,
    RefusalReason,
    Span,
    Status,
    Turn,
    asks_for_more,
)

REMEMBERED_CONVERSATIONS = 1_000
REMEMBERED_TURNS = 6
BLOCKS_AROUND = 2


class AnsweringLibrary(Protocol):
    """The part of `index.Library` that the desk needs."""

    def follow(self, turns: Sequence[Turn], text: str, limit: int = 5) -> Turn: ...
    def article(self, article_id: str) -> Article | None: ...
    def status(self) -> Status: ...
    def refresh(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Match:
    """One passage of an answer.

    Attributes:
        citation: the passage with its source.
        number: its place in the answer, from 1.
        total: how many passages the answer has.
    """

    citation: Citation
    number: int
    total: int


@dataclass(frozen=True, slots=True)
class Source:
    """The article around a cited passage.

    Attributes:
        citation: what was cited.
        article: the whole article.
        passage: the range of the passage in the article's text.
        around: a range of the article's text that holds the passage and the blocks near it.
    """

    citation: Citation
    article: Article
    passage: Span
    around: Span


class Nothing(StrEnum):
    """Why there is nothing to show."""

    NO_QUESTION = "no_question"
    """Nothing has been answered yet in this conversation."""
    NO_MORE = "no_more"
    """All passages of the last answer have been shown."""
    ARTICLE_GONE = "article_gone"
    """The article has been changed or removed since it was cited."""


Reply = Turn | Match | Nothing
"""What is said to a message: a turn, or, to 「还有吗」, what `Desk.more` gives."""


@dataclass(slots=True)
class _Conversation:
    """What is remembered of a visitor.

    Attributes:
        turns: the last turns, the latest one last.
        citations: the passages of the last answer; None before the first question.
        shown: which of them was shown last.
    """

    turns: tuple[Turn, ...] = field(default=())
    citations: tuple[Citation, ...] | None = None
    shown: int = 0

    def add(self, turn: Turn) -> None:
        self.turns = (*self.turns, turn)[-REMEMBERED_TURNS:]
        if isinstance(turn.result, Answer):
            self.citations = turn.result.citations
            self.shown = 0
        elif turn.result.reason is not RefusalReason.NOTHING_ASKED or self.citations is None:
            # 「谢谢」 does not end the talk of the last answer.
            self.citations = ()
            self.shown = 0


class Desk:
    """Answers visitors. Belongs to one event loop; blocking work runs in threads."""

    def __init__(
        self,
        library: AnsweringLibrary,
        builder: Builder,
        rights: Rights,
        rollback: Callable[[], str],
    ) -> None:
        """
        Args:
            rollback: makes the generation before the live one current, and returns its name.
        """
        self._library = library
        self._builder = builder
        self._rights = rights
        self._rollback = rollback
        self._conversations: OrderedDict[Visitor, _Conversation] = OrderedDict()

    def admit(self, visitor: Visitor) -> None:
        """Pass if the visitor is served.

        Raises:
            NotInvited: the chat is not served.
        """
        self._rights.require_invited(visitor)

    def is_admin(self, visitor: Visitor) -> bool:
        """Whether to offer the visitor what only administrators may do."""
        return self._rights.is_admin(visitor)

    async def ask(self, visitor: Visitor, question: str) -> Reply:
        """Answer a question, and remember it for `more`, `source` and questions that follow.

        A question that leans on earlier ones (「那城东区呢」) is understood with them; one that
        asks for more (「还有吗」) is answered as by `more`.

        Raises:
            NotInvited: the chat is not served.
            IndexUnavailable: nothing is built, or it is damaged.
        """
        self.admit(visitor)
        # A lone surrogate half may come in over JSON; it could not be sent back.
        text = question.encode("utf-8", "replace").decode("utf-8")
        if asks_for_more(text):
            return await self.more(visitor)
        known = self._conversations.get(visitor)
        turn = await asyncio.to_thread(self._library.follow, known.turns if known else (), text)
        self._remember(visitor, turn)
        return turn

    def _remember(self, visitor: Visitor, turn: Turn) -> None:
        self._conversations.setdefault(visitor, _Conversation()).add(turn)
        self._conversations.move_to_end(visitor)
        if len(self._conversations) > REMEMBERED_CONVERSATIONS:
            self._conversations.popitem(last=False)

    async def more(self, visitor: Visitor) -> Match | Nothing:
        """The next passage of the last answer in this conversation.

        Raises:
            NotInvited: the chat is not served.
        """
        self.admit(visitor)
        talk = self._conversations.get(visitor)
        if talk is None or talk.citations is None:
            return Nothing.NO_QUESTION
        if talk.shown + 1 >= len(talk.citations):
            return Nothing.NO_MORE
        talk.shown += 1
        return Match(talk.citations[talk.shown], talk.shown + 1, len(talk.citations))

    async def source(self, visitor: Visitor) -> Source | Nothing:
        """The article around the passage that was shown last in this conversation.

        Raises:
            NotInvited: the chat is not served.
            IndexUnavailable: nothing is built, or it is damaged.
        """
        self.admit(visitor)
        talk = self._conversations.get(visitor)
        if talk is None or not talk.citations:
            return Nothing.NO_QUESTION
        citation = talk.citations[talk.shown]
        article = await asyncio.to_thread(self._library.article, citation.passage.article_id)
        passage = _find(citation, article) if article else None
        if article is None or passage is None:
            return Nothing.ARTICLE_GONE
        return Source(citation, article, passage, _around(article, passage))

    async def status(self, visitor: Visitor) -> Status:
        """What is live.

        Raises:
            NotInvited, AdminsOnly: the visitor may not know.
            IndexUnavailable: nothing is built, or it is damaged.
        """
        self._rights.require_admin(visitor)
        return await asyncio.to_thread(self._library.status)

    async def examine(self) -> Status | IndexUnavailable:
        """What is live, or why nothing is: for the start, before anybody has asked."""
        try:
            return await asyncio.to_thread(self._library.status)
        except IndexUnavailable as error:
            return error

    async def prepare(self) -> AsyncGenerator[Progress | BuildReport, None]:
        """Build an index, as `reindex` does, where there is no sound one; else do nothing.

        Raises:
            BuildError: the build failed.
            BuildStopped: it was called off.
        """
        if isinstance(await self.examine(), IndexUnavailable):
            async with aclosing(self._build()) as steps:
                async for step in steps:
                    yield step

    async def reindex(self, visitor: Visitor) -> AsyncGenerator[Progress | BuildReport, None]:
        """Build a new index from the articles and answer from it; the last item is the report.

        Questions are answered from the old index meanwhile. Leaving the loop early cancels.

        Raises:
            NotInvited, AdminsOnly: the visitor may not.
            BuildError: another build is running, or this one failed.
            BuildStopped: `close` was called.
        """
        self._rights.require_admin(visitor)
        async with aclosing(self._build()) as steps:
            async for step in steps:
                yield step

    async def _build(self) -> AsyncGenerator[Progress | BuildReport, None]:
        async with aclosing(self._builder.run()) as steps:
            async for step in steps:
                if isinstance(step, BuildReport):
                    await asyncio.to_thread(self._library.refresh)
                yield step

    async def cancel(self, visitor: Visitor) -> bool:
        """Call off the running build; the old index is not touched.

        Returns:
            Whether one was called off; whoever waits for it gets BuildStopped.

        Raises:
            NotInvited, AdminsOnly: the visitor may not.
        """
        self._rights.require_admin(visitor)
        return await self._builder.stop()

    async def rollback(self, visitor: Visitor) -> Status:
        """Answer from the generation before the live one; return what is live now.

        Raises:
            NotInvited, AdminsOnly: the visitor may not.
            NoEarlierGeneration: there is none.
            BuildRunning: a build is running.
        """
        self._rights.require_admin(visitor)
        await asyncio.to_thread(self._rollback)
        await asyncio.to_thread(self._library.refresh)
        return await asyncio.to_thread(self._library.status)

    async def close(self) -> None:
        """Call off a running build. The old index is not touched."""
        await self._builder.stop()


def _find(citation: Citation, article: Article) -> Span | None:
    """Where the quoted text stands now: the article may have been indexed anew since."""
    cited = Span(citation.passage.start, citation.passage.end)
    if cited.of(article.text) == citation.passage.text:
        return cited
    start = article.text.find(citation.passage.text)
    return Span(start, start + len(citation.passage.text)) if start >= 0 else None


def _around(article: Article, passage: Span) -> Span:
    """The passage's blocks and a few before and after."""
    touched = [
        number
        for number, block in enumerate(article.blocks)
        if block.start < passage.end and passage.start < block.end
    ]
    if not touched:
        return passage
    first = article.blocks[max(0, touched[0] - BLOCKS_AROUND)]
    last = article.blocks[min(len(article.blocks) - 1, touched[-1] + BLOCKS_AROUND)]
    return Span(min(first.start, passage.start), max(last.end, passage.end))
