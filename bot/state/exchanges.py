"""Questions and replies, stored by short id: buttons and follow-ups outlive a restart."""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import cast

from pydantic import TypeAdapter, ValidationError

from bot.state.database import Database, Row, Value
from bot.visitors import Visitor
from index import Answer, Certainty, Citation, NoAnswer, Turn

ANSWERED = "answered"
"""The outcome of a question that is answered surely; that of a refused one is its
`RefusalReason`."""
POSSIBLE = "possible"
"""The outcome of a question that is possibly answered."""

SHARED = "shared"
SHARED_POSSIBLE = "shared_possible"
"""The outcomes of a question that another chat asked: one that is possibly answered, and others."""

OVERVIEW = -1
"""What is shown while all passages of a possible answer are shown at once."""

TALK_SECONDS = 3 * 3600.0
"""A follow-up question does not refer to exchanges that are older."""

ID_LENGTH = 12
_ID_BYTES = ID_LENGTH * 3 // 4
_TURN = TypeAdapter(Turn)
_COLUMNS = "id, chat, person, topic, turn, shown, reply_message, question_message"


def new_id() -> str:
    """Returns an id that fits into a button and into a link."""
    return secrets.token_urlsafe(_ID_BYTES)


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and its reply, as they are kept.

    Attributes:
        id: short, of letters, digits, - and _; it cannot be guessed.
        visitor: who asked, and where.
        turn: the question and the reply.
        shown: which of the answer's passages was shown last, from 0; or `OVERVIEW`.
        reply_message: id of the message that holds the reply, once it is sent.
        question_message: id of the message that holds the question, if one in this chat does.
    """

    id: str
    visitor: Visitor
    turn: Turn
    shown: int = 0
    reply_message: int | None = None
    question_message: int | None = None

    @property
    def citations(self) -> tuple[Citation, ...]:
        """The passages of the answer; empty for a refusal."""
        return self.turn.result.citations if isinstance(self.turn.result, Answer) else ()

    @property
    def citation(self) -> Citation | None:
        """The passage that is shown; None for a refusal."""
        return self.citations[self.number] if self.citations else None

    @property
    def number(self) -> int:
        """The number of the passage that is shown; of the first in an overview."""
        return max(0, self.shown)

    @property
    def has_overview(self) -> bool:
        """Whether the reply began with an overview."""
        return first_shown(self.turn) == OVERVIEW

    @property
    def leans(self) -> bool:
        """Whether its question, one of a message in this chat, was understood with earlier
        ones."""
        return self.turn.leans and not self.turn.parts and self.question_message is not None

    def turned_to(self, number: int) -> "Exchange":
        """Returns the same exchange with another passage shown."""
        return replace(self, shown=number)


def first_shown(turn: Turn) -> int:
    """Returns what a reply shows at first: its first passage, or the overview."""
    result = turn.result
    if turn.parts or isinstance(result, NoAnswer) or result.certainty is Certainty.SURE:
        return 0
    return OVERVIEW if len(result.citations) > 1 else 0


@dataclass(frozen=True, slots=True)
class KeepLimits:
    """How many exchanges are kept; the oldest are deleted first.

    Attributes:
        per_person: of one person.
        in_all: of all people together.
    """

    per_person: int = 1_000
    in_all: int = 100_000


class Exchanges:
    """The questions and replies of the last days."""

    def __init__(
        self,
        database: Database,
        clock: Callable[[], float] = time.time,
        limits: KeepLimits = KeepLimits(),
    ) -> None:
        """
        Args:
            clock: tells the time in seconds since 1970.
        """
        self._database = database
        self._clock = clock
        self._limits = limits

    def add(
        self, visitor: Visitor, turn: Turn, seconds: float, question_message: int | None = None
    ) -> Exchange:
        """Stores a question and its reply, in place of the oldest where too many are kept.

        Args:
            seconds: how long the reply took to find.
            question_message: id of the message that holds the question.
        """
        exchange = Exchange(
            new_id(), visitor, turn, first_shown(turn), question_message=question_message
        )
        values = (exchange.id, self._clock(), visitor.chat, visitor.person, visitor.topic)
        self._database.write(
            "INSERT INTO exchange (id, asked, chat, person, topic, question, outcome, turn,"
            " seconds, question_message, shown) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*values, *_content(turn), seconds, question_message, exchange.shown),
        )
        self._keep_within_limits(visitor.person)
        return exchange

    def _keep_within_limits(self, person: int) -> None:
        self._database.write(
            "DELETE FROM exchange WHERE rowid IN (SELECT rowid FROM exchange WHERE person = ?"
            " ORDER BY rowid DESC LIMIT -1 OFFSET ?)",
            (person, self._limits.per_person),
        )
        self._database.write(
            "DELETE FROM exchange WHERE rowid IN (SELECT rowid FROM exchange ORDER BY rowid"
            " LIMIT max(0, (SELECT count(*) FROM exchange) - ?))",
            (self._limits.in_all,),
        )

    def share(self, exchange: Exchange, visitor: Visitor) -> Exchange:
        """Stores an exchange for another chat as well; it does not count as a question."""
        copy = self.add(visitor, exchange.turn, 0.0)
        possible = exchange.turn.result.certainty is Certainty.POSSIBLE
        self._database.write(
            "UPDATE exchange SET outcome = ?, author = (SELECT coalesce(author, person)"
            " FROM exchange WHERE id = ?) WHERE id = ?",
            (SHARED_POSSIBLE if possible else SHARED, exchange.id, copy.id),
        )
        return copy

    def revise(self, exchange: Exchange, turn: Turn, seconds: float) -> Exchange:
        """Replaces the question and the reply of an exchange."""
        revised = replace(exchange, turn=turn, shown=first_shown(turn))
        self._database.write(
            "UPDATE exchange SET question = ?, outcome = ?, turn = ?, seconds = ?, shown = ?,"
            " reported = 0 WHERE id = ?",
            (*_content(turn), seconds, revised.shown, exchange.id),
        )
        return revised

    def get(self, id: str) -> Exchange | None:
        """Returns the exchange with this id; None if it is no longer kept."""
        return self._one("id = ?", id)

    def asked_in(self, chat: int, message: int) -> Exchange | None:
        """Returns the exchange whose question is this message, the latest one of several."""
        return self._one("chat = ? AND question_message = ?", chat, message)

    def replied_in(self, chat: int, message: int) -> Exchange | None:
        """Returns the exchange whose reply is this message."""
        return self._one("chat = ? AND reply_message = ?", chat, message)

    def talk(
        self, visitor: Visitor, limit: int, before: Exchange | None = None
    ) -> tuple[Exchange, ...]:
        """Returns the visitor's last exchanges of this talk, at most `limit`, the latest one last.

        Args:
            before: only those before this one.
        """
        since = self._clock() - TALK_SECONDS
        rows = self._database.read(
            f"SELECT {_COLUMNS} FROM exchange WHERE chat = ? AND person = ? AND topic = ?"  # noqa: S608 - constant
            " AND asked > ? AND rowid < coalesce((SELECT rowid FROM exchange WHERE id = ?),"
            " 9e18) ORDER BY rowid DESC LIMIT ?",
            (
                *(visitor.chat, visitor.person, visitor.topic, since),
                before.id if before else None,
                limit,
            ),
        )
        kept = (_exchange(row) for row in reversed(rows))
        return tuple(exchange for exchange in kept if exchange)

    def show(self, exchange: Exchange) -> None:
        """Records which passage is shown."""
        self._database.write(
            "UPDATE exchange SET shown = ? WHERE id = ?", (exchange.shown, exchange.id)
        )

    def sent(self, id: str, message: int) -> None:
        """Records which message holds the reply."""
        self._database.write("UPDATE exchange SET reply_message = ? WHERE id = ?", (message, id))

    def rate(self, id: str, person: int, good: bool) -> None:
        """Stores a person's opinion of a reply; it replaces an earlier one."""
        self._database.write(
            "INSERT OR REPLACE INTO feedback (exchange, person, good, given) VALUES (?, ?, ?, ?)",
            (id, person, int(good), self._clock()),
        )

    def report(self, id: str) -> bool:
        """Marks a question for the administrators; returns whether it was not marked before."""
        return bool(
            self._database.write(
                "UPDATE exchange SET reported = 1 WHERE id = ? AND NOT reported", (id,)
            )
        )

    def moved(self, chat: int, new_chat: int) -> None:
        """Moves the exchanges of a group that has got another id."""
        self._database.write("UPDATE exchange SET chat = ? WHERE chat = ?", (new_chat, chat))

    def forget(self, person: int) -> int:
        """Deletes everything kept about a person, with the copies of their exchanges in other
        chats, and returns how many questions that were. Nothing of it is left on disk.

        Raises:
            StoreError: it cannot be deleted, or is still being read by another program.
        """
        self._database.write("DELETE FROM feedback WHERE person = ?", (person,))
        self._database.write("DELETE FROM exchange WHERE author = ?", (person,))
        count = self._database.write("DELETE FROM exchange WHERE person = ?", (person,))
        self._database.purge()
        return count

    def prune(self, days: float, now: float | None = None) -> int:
        """Deletes older exchanges and returns how many there were.

        Args:
            now: the time to count from; None for that of the clock.
        """
        oldest = (self._clock() if now is None else now) - days * 86_400
        return self._database.write("DELETE FROM exchange WHERE asked < ?", (oldest,))

    def _one(self, where: str, *values: Value) -> Exchange | None:
        rows = self._database.read(
            f"SELECT {_COLUMNS} FROM exchange WHERE {where} ORDER BY rowid DESC LIMIT 1",  # noqa: S608 - constant
            values,
        )
        return _exchange(rows[0]) if rows else None


def _content(turn: Turn) -> tuple[str, str, str]:
    """Returns the question, the outcome, and the turn as text."""
    return turn.understood, _outcome(turn.result), _TURN.dump_json(turn).decode()


def _outcome(result: Answer | NoAnswer) -> str:
    if isinstance(result, NoAnswer):
        return result.reason.value
    return POSSIBLE if result.certainty is Certainty.POSSIBLE else ANSWERED


def _exchange(row: Row) -> Exchange | None:
    """Returns a row as an exchange; None if another version wrote it in another form."""
    id, chat, person, topic, turn, shown, reply_message, question_message = row
    try:
        read = _TURN.validate_json(cast(str, turn))
    except ValidationError:
        return None
    visitor = Visitor(cast(int, chat), cast(int, person), cast(int, topic))
    messages = cast("tuple[int | None, int | None]", (reply_message, question_message))
    return Exchange(cast(str, id), visitor, read, cast(int, shown), *messages)
