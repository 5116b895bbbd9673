"""What people ask of a bot without a message of their own to it: buttons, inline, as a guest."""

import itertools
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot_api_emulator.chats import Chat
from bot_api_emulator.checks import check_inline_answer, check_inline_result
from bot_api_emulator.contract import ApiError, Handler, JsonObject
from bot_api_emulator.html import utf16_length, with_typed_entities
from bot_api_emulator.messages import InlineMessages, Place
from bot_api_emulator.parts import people_reply
from bot_api_emulator.people import Sender, User

INLINE_QUERY_LIMIT = 256
CACHE_SECONDS = 300
TOO_OLD = "query is too old and response timeout expired or query ID is invalid"


@dataclass(frozen=True, slots=True)
class Query:
    """A query that the bot is to answer.

    Attributes:
        kind: of its update.
        content: what the update holds.
        asked: in seconds on the server's clock.
        chat: where a guest was summoned.
    """

    kind: str
    content: JsonObject
    asked: float
    chat: Chat | None = None


class Queries:
    """The queries that wait for an answer, and the answers.

    Attributes:
        answers: what the bot answered, by the id of the query.
        guest_answers: where the answers to guest queries are, by the id of the query.
        seconds: after which an unanswered query is too old.
        sends_feedback: whether the bot is told which inline result was chosen.
    """

    def __init__(
        self,
        bot: JsonObject,
        inline: InlineMessages,
        put: Callable[[str, JsonObject], Awaitable[None]],
        clock: Callable[[], float],
    ) -> None:
        self.answers: dict[str, JsonObject] = {}
        self.guest_answers: dict[str, Place] = {}
        self.seconds = 15.0
        self.sends_feedback = True
        self._bot = bot
        self._inline = inline
        self._put = put
        self._clock = clock
        self._asked: dict[str, Query] = {}
        self._open: dict[str, Query] = {}
        self._ids = itertools.count(4_000_000_001)

    def methods(self) -> dict[str, Handler]:
        return {
            "answerCallbackQuery": self._answer_callback,
            "answerGuestQuery": self._answer_guest,
            "answerInlineQuery": self._answer_inline,
        }

    # -- buttons ---------------------------------------------------------------------------

    async def press(self, place: Place, data: str, person: User) -> str:
        """Presses the button with this data, as the message now stands; returns the query id."""
        rows = (place.message or {}).get("reply_markup", {}).get("inline_keyboard", [])
        if data not in {button.get("callback_data") for row in rows for button in row}:
            raise ValueError(f"the message has no button with data {data!r}")
        return await self.forge(place, data, person)

    async def forge(self, place: Place, data: str, person: User) -> str:
        """Has the bot get a press with any data, as a modified client can send it.

        A message that is gone comes as the inaccessible message that Telegram makes of it.
        """
        gone = {"chat": place.chat.json(), "message_id": place.message_id, "date": 0}
        where: JsonObject = {"message": place.message or gone}
        for identifier, known in self._inline.places.items():
            if known == place:
                where = {"inline_message_id": identifier}
        instance = {"chat_instance": str(place.chat.id), "data": data}
        return await self._ask("callback_query", person, {**where, **instance})

    async def replay(self, query_id: str) -> str:
        """Has a callback query come again with a new id."""
        content = self._asked[query_id].content
        again = {**content, "id": str(next(self._ids))}
        return await self._open_query(Query("callback_query", again, self._clock()))

    def content(self, query_id: str) -> JsonObject:
        """Returns what the update of a query holds."""
        return self._asked[query_id].content

    def unanswered(self, kind: str = "callback_query") -> list[str]:
        """Returns the ids of the queries of this kind that the bot has left open."""
        return [identifier for identifier, query in self._open.items() if query.kind == kind]

    def expire(self, query_id: str) -> None:
        """Lets a query become too old to be answered."""
        self._open.pop(query_id, None)

    # -- inline queries --------------------------------------------------------------------

    async def ask_inline(self, person: User, text: str, offset: str, chat_type: str) -> str:
        """Has the bot get an inline query, however odd; returns the query id."""
        content = {"query": text, "offset": offset, "chat_type": chat_type}
        return await self._ask("inline_query", person, content)

    def cached(self, person: User, text: str, offset: str) -> JsonObject | None:
        """Returns the answer that Telegram shows without asking the bot, if it has one."""
        for query_id, answer in reversed(self.answers.items()):
            query = self._asked[query_id]
            asked = (query.content.get("query"), query.content.get("offset"))
            if query.kind != "inline_query" or asked != (text, offset):
                continue
            fresh = self._clock() - query.asked < answer.get("cache_time", CACHE_SECONDS)
            own = query.content["from"]["id"] == person.id
            if fresh and (own or not answer.get("is_personal")):
                return answer
        return None

    async def choose(self, query_id: str, result_id: str, chat: Chat) -> JsonObject:
        """Sends a result of an answered inline query into a chat; returns the Message."""
        query = self._asked[query_id].content
        [result] = [r for r in self.answers[query_id]["results"] if r["id"] == result_id]
        message = chat.add_message(query["from"], {**_message_of(result), "via_bot": self._bot})
        identifier = self._inline.add(chat, message)
        if chat.refusal is None and chat.bot_sees(message):
            await self._put("message", message)
        chosen = {"result_id": result_id, "from": query["from"], "query": query["query"]}
        if "reply_markup" in result:
            chosen["inline_message_id"] = identifier
        if self.sends_feedback:
            await self._put("chosen_inline_result", chosen)
        return message

    # -- guests ----------------------------------------------------------------------------

    async def summon(
        self, chat: Chat, text: str, person: Sender, reply_to: JsonObject | None
    ) -> JsonObject:
        """Mentions the bot in a chat that it has not joined; returns the Message it gets."""
        if not self._bot["supports_guest_queries"] or not chat.is_foreign:
            raise ValueError("only a bot that supports it is a guest, and where it has not joined")
        content = with_typed_entities(text).fields() | people_reply(reply_to, "")
        name = f"@{self._bot['username']}".lower()
        if name not in content.get("text", "").lower():
            raise ValueError("only a mention summons a bot")
        return await self.ask_guest(chat, content, person)

    async def ask_guest(self, chat: Chat, content: JsonObject, person: Sender) -> JsonObject:
        """Has the bot get a guest message with these fields, however odd; returns it."""
        query_id = str(next(self._ids))
        message = chat.add_message(person.json(), {**person.sender_fields(), **content})
        shown = {**message, "guest_query_id": query_id}
        query = Query("guest_message", {**shown, "id": query_id}, self._clock(), chat)
        await self._open_query(query, shown)
        return shown

    # -- asking and answering --------------------------------------------------------------

    async def _ask(self, kind: str, person: User, fields: JsonObject) -> str:
        content = {"id": str(next(self._ids)), "from": person.json(), **fields}
        return await self._open_query(Query(kind, content, self._clock()))

    async def _open_query(self, query: Query, update: JsonObject | None = None) -> str:
        identifier: str = query.content["id"]
        self._open[identifier] = self._asked[identifier] = query
        await self._put(query.kind, update or query.content)
        return identifier

    def _answer_callback(self, parameters: JsonObject) -> bool:
        if utf16_length(parameters.get("text", "")) > 200:
            raise ApiError("MESSAGE_TOO_LONG")
        if not re.match(rf"(https://)?t\.me/{self._bot['username']}|$", parameters.get("url", "")):
            raise ApiError("URL_INVALID")
        self._close("callback_query", parameters["callback_query_id"], parameters)
        return True

    def _answer_inline(self, parameters: JsonObject) -> bool:
        check_inline_answer(parameters)
        self._close("inline_query", parameters["inline_query_id"], parameters)
        return True

    def _answer_guest(self, parameters: JsonObject) -> JsonObject:
        check_inline_result(parameters["result"])
        query = self._close("guest_message", parameters["guest_query_id"], parameters)
        assert query.chat is not None
        caller = {"guest_bot_caller_user": query.content["from"]}
        message = query.chat.add_message(self._bot, {**_message_of(parameters["result"]), **caller})
        place = Place(query.chat, message["message_id"])
        self.guest_answers[parameters["guest_query_id"]] = place
        return {"inline_message_id": self._inline.add(query.chat, message)}

    def _close(self, kind: str, query_id: str, answer: JsonObject) -> Query:
        query = self._open.get(query_id)
        if query is None or query.kind != kind or self._is_old(query):
            raise ApiError(TOO_OLD)
        del self._open[query_id]
        self.answers[query_id] = answer
        return query

    def _is_old(self, query: Query) -> bool:
        return self._clock() - query.asked > self.seconds


def _message_of(result: JsonObject) -> JsonObject:
    """Returns the fields of the message that an inline result becomes."""
    markup = {"reply_markup": result["reply_markup"]} if "reply_markup" in result else {}
    return {**check_inline_result(result).fields(), **markup}
