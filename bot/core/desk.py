"""What can be asked of the bot, whatever the channel."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import ParamSpec, Protocol, TypeVar

from bot.core.article_pages import ArticlePage, ArticlePageId, turn_to
from bot.core.clean_text import sendable
from bot.core.limits import QuestionLimits
from bot.core.passage_context import PassageContext, locate
from bot.core.rights import Rights
from bot.core.workers import Workers
from bot.errors import StoreError
from bot.state.database import log_failure
from bot.state.exchanges import Exchange, Exchanges, first_shown, new_id
from bot.visitors import Visitor
from index import (
    Answer,
    Article,
    Certainty,
    Citation,
    NoAnswer,
    Span,
    Status,
    Turn,
    WenChuError,
    asks_for_more,
    said_something,
)

log = logging.getLogger(__name__)

REMEMBERED_TURNS = 6
WARMING = "城西区投资了多少"
"""Any question: its answer is thrown away."""
MORE = "还有吗"
TITLES = 10
"""The newest articles, of which one makes the example of a question."""
LONGEST_TITLE = 20
"""Characters of a title that an example names."""

P = ParamSpec("P")
R = TypeVar("R")


class AnsweringLibrary(Protocol):
    """The part of `index.Library` that the bot needs."""

    def ask(self, question: str, limit: int = 5) -> Answer | NoAnswer: ...
    def follow(self, turns: Sequence[Turn], text: str, limit: int = 5) -> Turn: ...
    def article(
        self, article_id: str, window: Callable[[str], Span] | None = None, /
    ) -> Article | None: ...
    def article_ids(self) -> list[str]: ...
    def newest_titles(self, limit: int) -> list[str]: ...
    def status(self) -> Status: ...
    def refresh(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question as it was received.

    Attributes:
        text: as it was typed.
        message: id of its message, where it has one.
        replying_to: id of the message that it replies to, if it does.
    """

    text: str
    message: int | None = None
    replying_to: int | None = None


class Nothing(StrEnum):
    """Why there is nothing to show."""

    NO_QUESTION = "no_question"
    """Nothing has been answered yet in this conversation."""
    NO_MORE = "no_more"
    """All passages of the last answer have been shown."""
    ARTICLE_GONE = "article_gone"
    """The article has been changed or removed since it was cited."""
    GONE = "gone"
    """The exchange is no longer stored, or belongs to another chat."""
    ASKED_AS_TYPED = "asked_as_typed"
    """The question has already been answered as it was typed."""


class Desk:
    """Answers visitors. Belongs to one event loop; blocking work runs in threads."""

    def __init__(
        self,
        library: AnsweringLibrary,
        exchanges: Exchanges,
        rights: Rights,
        limits: QuestionLimits,
        workers: Workers | None = None,
        answered: Callable[[Answer | NoAnswer, float], None] = lambda *_: None,
        forget_received: Callable[[int], None] = lambda _: None,
    ) -> None:
        """
        Args:
            workers: look up what is stored nowhere; the threads that all share without them.
            answered: takes each reply to a question, and how many seconds it took; any thread
                calls it.
            forget_received: deletes what was received from a person and is kept for inspection.
        """
        self._answered = answered
        self._forget_received = forget_received
        self._library = library
        self._workers = workers
        self._exchanges = exchanges
        self._rights = rights
        self._limits = limits

    def admit(self, visitor: Visitor) -> None:
        """Checks that the visitor is served.

        Raises:
            NotInvited: the chat is not served.
        """
        self._rights.require_invited(visitor)

    async def warm(self) -> None:
        """Loads everything that the first question would have to wait for.

        Raises:
            IndexUnavailable: nothing is built, or it is damaged.
        """
        await asyncio.to_thread(self._library.ask, WARMING)

    async def example(self, visitor: Visitor) -> str | None:
        """Returns a question that the articles answer, surely if there is one, to show how to ask;
        None where there is none, or the visitor is not served."""
        try:
            self.admit(visitor)
            return await asyncio.to_thread(self._example)
        except WenChuError:
            return None

    def _example(self) -> str | None:
        titles = self._library.newest_titles(TITLES)
        questions = (f"{title}说了什么" for title in titles if len(title) <= LONGEST_TITLE)
        possible = None
        for question in questions:
            certainty = self._library.ask(question, 1).certainty
            if certainty is Certainty.SURE:
                return question
            if certainty is Certainty.POSSIBLE:
                possible = possible or question
        return possible

    def is_admin(self, visitor: Visitor) -> bool:
        """Returns whether the visitor is an administrator."""
        return self._rights.is_admin(visitor)

    async def ask(self, visitor: Visitor, question: AskedQuestion) -> Exchange | Nothing:
        """Answers a question, and stores it for its buttons and for follow-up questions.

        A question that leans on earlier ones (「那城东区呢」), or on the one whose answer it
        replies to, is understood with them; one that asks for more (「还有吗」) is answered as by
        `more`.

        Raises:
            NotInvited: the chat is not served.
            TooMany: the visitor has asked too much.
            IndexUnavailable: nothing is built, or it is damaged.
        """
        self.admit(visitor)
        self._limits.take(visitor)
        if asks_for_more(question.text):
            return await asyncio.to_thread(self._more, visitor, question)
        return await asyncio.to_thread(self._answer, visitor, question)

    def _answer(self, visitor: Visitor, question: AskedQuestion) -> Exchange:
        try:
            earlier = self._talk(visitor, question.replying_to)
        except StoreError as error:
            log_failure(log, error)
            earlier = ()
        return self._keep(visitor, *self._follow(earlier, question.text), question.message)

    def _keep(
        self, visitor: Visitor, turn: Turn, seconds: float, message: int | None = None
    ) -> Exchange:
        try:
            return self._exchanges.add(visitor, turn, seconds, message)
        except StoreError as error:
            # A full disk is no reason to keep silent: only the buttons will be dead.
            log_failure(log, error)
            return Exchange(new_id(), visitor, turn, first_shown(turn))

    def _talk(self, visitor: Visitor, replying_to: int | None = None) -> tuple[Exchange, ...]:
        """Returns what a question may lean on: the talk so far, or the answer that it replies
        to."""
        talk = self._exchanges.talk(visitor, REMEMBERED_TURNS)
        if replying_to is None:
            return talk
        meant = self._exchanges.replied_in(visitor.chat, replying_to)
        if meant and (not talk or meant.id != talk[-1].id):
            return (meant,)
        return talk

    def _follow(self, earlier: Sequence[Exchange], text: str, limit: int = 5) -> tuple[Turn, float]:
        """Returns a turn, and how many seconds it took."""
        started = time.perf_counter()
        turns = [exchange.turn for exchange in earlier]
        turn = self._library.follow(turns, sendable(text), limit)
        seconds = time.perf_counter() - started
        self._answered(turn.result, seconds)
        return turn, seconds

    async def revise(self, visitor: Visitor, question: AskedQuestion) -> Exchange | None:
        """Answers a question again after its message was edited.

        Returns:
            None where no answer to this message of the visitor is kept.

        Raises:
            NotInvited, TooMany, IndexUnavailable: as `ask` does.
            StoreError: what is kept cannot be read.
        """
        self.admit(visitor)
        self._limits.take(visitor)
        return await asyncio.to_thread(self._revise, visitor, question)

    def _revise(self, visitor: Visitor, question: AskedQuestion) -> Exchange | None:
        exchange = self._exchanges.asked_in(visitor.chat, question.message or 0)
        if exchange is None or exchange.visitor != visitor:
            return None
        earlier = self._exchanges.talk(visitor, REMEMBERED_TURNS, before=exchange)
        turn, seconds = self._follow(earlier, question.text)
        try:
            return self._exchanges.revise(exchange, turn, seconds)
        except StoreError as error:
            log_failure(log, error)
            return replace(exchange, turn=turn, shown=first_shown(turn))

    async def ask_as_typed(self, visitor: Visitor, id: str) -> Exchange | Nothing:
        """Answers a question of this chat that was understood with earlier ones once more: alone,
        as it was typed. The new exchange belongs to whoever asked the question, too.

        Raises:
            NotInvited, TooMany, IndexUnavailable: as `ask` does.
            StoreError: what is kept cannot be read.
        """
        exchange = await self._kept(visitor, id)
        if exchange is None or not exchange.leans:
            return Nothing.GONE
        latest = await asyncio.to_thread(
            self._exchanges.asked_in, visitor.chat, exchange.question_message or 0
        )
        if latest and not latest.leans:
            # One that a killed process has not sent is sent now.
            return latest if latest.reply_message is None else Nothing.ASKED_AS_TYPED
        self._limits.take(visitor)
        return await asyncio.to_thread(self._answer_alone, exchange)

    def _answer_alone(self, exchange: Exchange) -> Exchange:
        answered = self._follow((), exchange.turn.question)
        return self._keep(exchange.visitor, *answered, exchange.question_message)

    async def find(self, visitor: Visitor, text: str, limit: int) -> Turn:
        """Answers what is asked outside any talk, and stores nothing.

        Raises:
            NotInvited: the visitor is not served.
            TooMany: the visitor has asked too much.
            IndexUnavailable: nothing is built, or it is damaged.
        """
        self.admit(visitor)
        self._limits.take(visitor)
        turn, _ = await self._run(visitor, self._follow, (), text, limit)
        return turn

    async def answer_once(self, visitor: Visitor, text: str) -> Exchange:
        """Answers a question that was asked in another place, outside any talk, and stores it so
        that the visitor can continue in their own chat.

        Raises:
            NotInvited, TooMany, IndexUnavailable: as `ask` does.
        """
        self.admit(visitor)
        self._limits.take(visitor)
        turn, seconds = await asyncio.to_thread(self._follow, (), text)
        return await asyncio.to_thread(self._keep, visitor, turn, seconds)

    async def more(self, visitor: Visitor) -> Exchange | Nothing:
        """Returns the last answer of this conversation, turned to its next passage; once all of
        them have been shown, an answer with the passages that come next. After an overview the
        second passage comes next.

        Raises:
            NotInvited: the chat is not served.
            IndexUnavailable: nothing is built, or it is damaged.
        """
        self.admit(visitor)
        return await asyncio.to_thread(self._more, visitor, AskedQuestion(MORE))

    def _more(self, visitor: Visitor, question: AskedQuestion) -> Exchange | Nothing:
        talk = self._talk(visitor, question.replying_to)
        last = _last_of(talk)
        if last is None:
            return Nothing.NO_QUESTION
        if last.number + 1 < len(last.citations):
            return self._turn(last, last.number + 1)
        turn, seconds = self._follow(talk, question.text)
        if isinstance(turn.result, NoAnswer):
            return Nothing.NO_MORE
        return self._keep(visitor, turn, seconds, question.message)

    def _last(self, visitor: Visitor) -> Exchange | None:
        return _last_of(self._talk(visitor))

    def _turn(self, exchange: Exchange, number: int) -> Exchange:
        turned = exchange.turned_to(number)
        try:
            self._exchanges.show(turned)
        except StoreError as error:
            log_failure(log, error)
        return turned

    async def page(self, visitor: Visitor, id: str, number: int) -> Exchange | Nothing:
        """Returns an answer given in this chat, turned to its passage `number`, from 0, or to its
        `OVERVIEW`; or a refusal.

        Raises:
            NotInvited: the chat is not served.
        """
        exchange = await self._kept(visitor, id)
        if exchange is None or number >= max(1, len(exchange.citations)):
            return Nothing.GONE
        if number < 0 and not exchange.has_overview:
            return Nothing.GONE
        return await asyncio.to_thread(self._turn, exchange, number)

    async def shared(self, visitor: Visitor, id: str) -> Exchange | Nothing:
        """Returns an answer that was given in another chat, for anybody who knows its id.

        Raises:
            NotInvited: the chat is not served.
        """
        self.admit(visitor)
        exchange = await asyncio.to_thread(self._exchanges.get, id)
        if exchange is None:
            return Nothing.GONE
        return await asyncio.to_thread(self._share, exchange, visitor)

    def _share(self, exchange: Exchange, visitor: Visitor) -> Exchange:
        try:
            return self._exchanges.share(exchange, visitor)
        except StoreError as error:
            log_failure(log, error)
            return Exchange(new_id(), visitor, exchange.turn, first_shown(exchange.turn))

    async def source(self, visitor: Visitor) -> PassageContext | Nothing:
        """Returns the article around the passage that was shown last in this conversation.

        Raises:
            NotInvited: the chat is not served.
            IndexUnavailable: nothing is built, or it is damaged.
        """
        self.admit(visitor)
        last = await asyncio.to_thread(self._last, visitor)
        if last is None or not last.citation:
            return Nothing.NO_QUESTION
        return await asyncio.to_thread(self._source, last.citation)

    async def context(self, visitor: Visitor, id: str, number: int) -> PassageContext | Nothing:
        """Returns the article around passage `number` of an answer given in this chat.

        Raises:
            NotInvited: the chat is not served.
            IndexUnavailable: nothing is built, or it is damaged.
        """
        exchange = await self._kept(visitor, id)
        if exchange is None or number >= len(exchange.citations):
            return Nothing.GONE
        return await asyncio.to_thread(self._source, exchange.citations[number])

    async def article_page(
        self, visitor: Visitor, id: ArticlePageId | None = None
    ) -> ArticlePage | Nothing:
        """Returns a page of an article that was cited in this chat.

        Args:
            id: which; None for the one that holds the sentence that was shown last.

        Raises:
            NotInvited: the chat is not served.
            IndexUnavailable: nothing is built, or it is damaged.
        """
        self.admit(visitor)
        if id is None:
            last = await asyncio.to_thread(self._last, visitor)
            if last is None or not last.citation:
                return Nothing.NO_QUESTION
            id = ArticlePageId(last.id, last.number)
        source = await self.context(visitor, id.exchange, id.passage)
        if isinstance(source, Nothing):
            return source
        return await asyncio.to_thread(turn_to, id, source)

    def count(self, visitor: Visitor) -> None:
        """Counts what the visitor asks elsewhere.

        Raises:
            TooMany: the visitor has asked too much.
        """
        self._limits.take(visitor)

    async def _run(
        self, visitor: Visitor, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        if self._workers is None:
            return await asyncio.to_thread(work, *args, **kwargs)
        return await self._workers.run(visitor, work, *args, **kwargs)

    def _source(self, citation: Citation) -> PassageContext | Nothing:
        article = self._library.article(citation.passage.article_id)
        return (article and locate(citation, article)) or Nothing.ARTICLE_GONE

    async def _kept(self, visitor: Visitor, id: str) -> Exchange | None:
        """Returns the exchange, if it is stored and belongs to the visitor's chat."""
        self.admit(visitor)
        exchange = await asyncio.to_thread(self._exchanges.get, id)
        return exchange if exchange and exchange.visitor.chat == visitor.chat else None

    async def rate(self, visitor: Visitor, id: str, good: bool) -> bool:
        """Stores the visitor's opinion of a reply in this chat; returns False if the reply is gone.

        Raises:
            NotInvited: the chat is not served.
        """
        if not await self._kept(visitor, id):
            return False
        await asyncio.to_thread(self._exchanges.rate, id, visitor.person, good)
        return True

    async def report(self, visitor: Visitor, id: str) -> Exchange | None:
        """Marks a question without an answer for the administrators.

        Returns:
            The exchange, to tell them of it; None where they were told, or it is gone.

        Raises:
            NotInvited: the chat is not served.
        """
        exchange = await self._kept(visitor, id)
        if exchange is None or exchange.citations:
            return None
        return exchange if await asyncio.to_thread(self._exchanges.report, id) else None

    async def sent(self, exchange: Exchange, message: int) -> None:
        """Records which message holds a reply, so that a reply to it is understood."""
        try:
            await asyncio.to_thread(self._exchanges.sent, exchange.id, message)
        except StoreError as error:
            log_failure(log, error)

    async def moved(self, chat: int, new_chat: int) -> None:
        await asyncio.to_thread(self._exchanges.moved, chat, new_chat)

    async def forget(self, visitor: Visitor) -> int:
        """Deletes everything kept about the person and returns how many questions that were.

        Nobody is refused this.
        """
        return await asyncio.to_thread(self._forget, visitor.person)

    def _forget(self, person: int) -> int:
        self._forget_received(person)
        return self._exchanges.forget(person)  # the last: it takes all of it off the disk


def _last_of(talk: Sequence[Exchange]) -> Exchange | None:
    """Returns the last exchange of a talk; 「谢谢」 does not end the talk of an answer."""
    return next((exchange for exchange in reversed(talk) if said_something(exchange.turn)), None)
