"""A strict Telegram Bot API on loopback, for tests that run the real bot against it.

    async with TelegramServer() as server:
        ...  # start the bot with server.token and base_url f"{server.url}/bot"
        alice = server.user(1, "Alice")
        reply = await server.answer_to(await alice.send("/start"))
        assert server.violations == []

Every call Telegram would refuse is answered with Telegram's error and added to `violations`.
Messages are dictionaries in the form of the Bot API; the server never changes one in place, it
replaces it, so a message a test holds stays as it was.

A test waits for the answer to a message, not for so many messages: one that came of something
else would be taken for it. That something comes of nothing is told once the bot has dealt with it.

What people do is in `people` and `chats`, what bots may do in
`messages`, `queries` and `profile`, and what goes wrong on the way in
`faults`.
"""

import asyncio
import contextlib
import inspect
import itertools
import json
import re
import time
from collections.abc import Callable
from typing import Any, Literal, Self

from aiohttp import web

from bot_api_emulator.chats import BOT_ID, Chat, Chats
from bot_api_emulator.clock import Clock
from bot_api_emulator.contract import (
    ApiError,
    Handler,
    JsonObject,
    Upload,
    check_parameters,
    read_parameters,
)
from bot_api_emulator.faults import (
    WRITING_METHODS,
    Call,
    Failure,
    Fault,
    RandomFaults,
    RateLimiter,
    RateLimits,
    Record,
    Sent,
    Troubles,
    any_took_effect,
    too_many_requests,
)
from bot_api_emulator.files import DOCUMENT_BYTES, Files
from bot_api_emulator.html import utf16_length, with_typed_entities
from bot_api_emulator.messages import InlineMessages, Messages, Place, with_text
from bot_api_emulator.people import Alias, Sender, User
from bot_api_emulator.profile import Profile
from bot_api_emulator.queries import INLINE_QUERY_LIMIT, Queries
from bot_api_emulator.updates import UpdateQueue
from bot_api_emulator.webhook import Delivery, WebhookDelivery

__all__ = [
    "BOT_ID",
    "Alias",
    "Call",
    "Chat",
    "Delivery",
    "Fault",
    "RandomFaults",
    "RateLimits",
    "Sent",
    "TelegramServer",
    "User",
    "too_many_requests",
]

HANG_SECONDS = 60.0
PATIENCE = 60.0
DOWNLOAD_PIECE = 100_000


class TelegramServer:
    """The Bot API for one bot, and the people and chats around it.

    Attributes:
        violations: what Telegram would have refused, a sentence each.
        record: every call, and every message that was sent.
        queries: the callback, inline and guest queries, and the answers.
        webhook: brings the updates while a webhook is set.
        bot: the bot's own User object; its rights may be changed by a test.
        clock: the time that limits, waits and the age of queries go by.
    """

    def __init__(
        self,
        *,
        username: str = "wenchu_test_bot",
        first_name: str = "问出处",
        reads_all: bool = False,
        limits: RateLimits | None = None,
        faults: RandomFaults | None = None,
        clock: Clock | None = None,
    ) -> None:
        """
        Args:
            username, first_name: of the bot.
            reads_all: whether it gets all messages of a group (privacy mode off).
            limits: how often it may write; as often as it likes without them.
            faults: which calls fail by chance.
            clock: another than one whose time passes only where somebody waits for it.
        """
        self.token = f"{BOT_ID}:" + "A" * 35
        self.url = ""
        self.violations: list[str] = []
        self.record = Record()
        self.clock = clock or Clock()
        self.bot: JsonObject = {
            "id": BOT_ID,
            "is_bot": True,
            "first_name": first_name,
            "username": username,
            "can_join_groups": True,
            "can_read_all_group_messages": reads_all,
            "supports_inline_queries": True,
            "supports_guest_queries": True,
        }
        self._changed = asyncio.Condition()
        self._queue = UpdateQueue(self._changed)
        self._caused: list[tuple[int, tuple[int, int]]] = []
        self._waking: asyncio.Future[None] | None = None
        self._chats = Chats(self.bot)
        self._inline = InlineMessages()
        self._files = Files()
        self.queries = Queries(self.bot, self._inline, self.queue_update, self.clock)
        self.webhook = WebhookDelivery(self._queue, self.violations.append)
        self._troubles = Troubles(faults, RateLimiter(limits) if limits else None)
        self._group_ids = itertools.count(-1_002_000_000_001, -1)
        self.handlers: dict[str, Handler] = {
            **self._chats.methods(),
            **self._files.methods(),
            **Messages(self.bot, self._chats, self._inline, self._files).methods(),
            **Profile(self.bot, self._chats).methods(),
            **self.queries.methods(),
            **self._queue.methods(),
        }

    # -- running ---------------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        application = web.Application(client_max_size=DOCUMENT_BYTES + 2**20)
        application.router.add_route("*", "/bot{token:[^/]+}/{method}", self._handle)
        application.router.add_get("/file/bot{token:[^/]+}/{path}", self._download)
        # Without cancellation a poll would outlive its client and clash with the next poll.
        self._runner = web.AppRunner(
            application, handler_cancellation=True, shutdown_timeout=0.05, access_log=None
        )
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        self._bringing = asyncio.create_task(self.webhook.run())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._bringing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._bringing
        await self._runner.cleanup()

    # -- who and what there is -------------------------------------------------------------

    def user(
        self,
        id: int,
        first_name: str,
        language_code: str = "zh-hans",
        username: str | None = None,
        last_name: str = "",
        is_bot: bool = False,
    ) -> User:
        """Introduces a person; the bot cannot write to them before they wrote to it."""
        user = User(self, id, first_name, language_code, username, last_name, is_bot)
        self._chats.users[id] = user
        self.private_chat(user)
        return user

    def private_chat(self, user: User) -> Chat:
        """Returns the chat between this person and the bot."""
        if user.id not in self._chats.by_id:
            self._chats.by_id[user.id] = Chat(
                self, user.id, "private", owner=user, members={user.id: user}
            )
        return self._chats.by_id[user.id]

    def group(
        self,
        title: str,
        is_forum: bool = False,
        kind: Literal["group", "supergroup"] = "supergroup",
    ) -> Chat:
        """Makes a group which the bot is in, as an ordinary member."""
        return self._add_chat(Chat(self, 0, kind, title, is_forum=is_forum, started=True))

    def channel(self, title: str, username: str = "") -> Chat:
        """Makes a channel which the bot is in; it also serves as a sender in groups."""
        return self._add_chat(Chat(self, 0, "channel", title, started=True, username=username))

    def document(
        self,
        name: str,
        content: bytes,
        kind: str = "",
        size: int | None = None,
        *,
        tells_size: bool = True,
    ) -> JsonObject:
        """Returns the field of a Message with a file of a person; `size` as it is told, where
        another.
        """
        return {"document": self._files.from_person(name, content, kind, size, tells_size)}

    def foreign_group(self, title: str) -> Chat:
        """Makes a group which the bot has not joined, and where it may be summoned as a guest."""
        return self._add_chat(Chat(self, 0, "supergroup", title, is_foreign=True))

    def foreign_private_chat(self, other: User) -> Chat:
        """Returns a private chat of two people, as one of them sees it: it has the id of the other.

        So it has the same id as the bot's own chat with that person.
        """
        return Chat(self, other.id, "private", owner=other, is_foreign=True)

    def _add_chat(self, chat: Chat) -> Chat:
        chat.id = next(self._group_ids)
        self._chats.by_id[chat.id] = chat
        return chat

    # -- what the bot did ------------------------------------------------------------------

    @property
    def calls(self) -> list[Call]:
        """All calls of the bot, in the order they ended."""
        return self.record.calls

    @property
    def sent(self) -> list[Sent]:
        """Every message that the bot sent, and whether it came of a retry."""
        return self.record.sent

    @property
    def answers(self) -> dict[str, JsonObject]:
        """What the bot answered, by the id of the query."""
        return self.queries.answers

    @property
    def downloaded(self) -> int:
        """Bytes of files that the bot was given."""
        return self._files.given

    @property
    def files(self) -> dict[str, Upload]:
        """What the bot uploaded, by file id."""
        return self._files.uploads

    def messages(self, chat: Chat) -> list[JsonObject]:
        """Returns the bot's messages in the chat as they now stand, in the order they were sent."""
        return [m for m in chat.messages.values() if m.get("from", {}).get("id") == BOT_ID]

    def answers_to(self, asked: JsonObject | str) -> list[JsonObject]:
        """Returns the bot's messages that came of a message, or of a query with this id.

        These reply to it, or are known to come of it: see `note_cause`. They are as they now stand.
        """
        if isinstance(asked, str):
            content = self.queries.content(asked)
            numbers, place, places = self._queue.numbers_of(content), None, set()
        else:
            numbers = self._queue.numbers_about(asked)
            place = (asked["chat"]["id"], asked["message_id"])
            guest = self.queries.guest_answers.get(asked.get("guest_query_id", ""))
            places = {(guest.chat.id, guest.message_id)} if guest else set()
        places |= {caused for number, caused in self._caused if number in numbers}
        return [
            message
            for chat in self._chats.by_id.values()
            for message in self.messages(chat)
            if (chat.id, message["message_id"]) in places
            or (place is not None and _replied_to(message) == place)
        ]

    def calls_of(self, *methods: str) -> list[Call]:
        """Returns the calls of these methods, in the order they ended."""
        return [call for call in self.calls if call.method in methods]

    def take_violations(self) -> list[str]:
        """Returns the violations and forgets them, for a test which expects some."""
        taken = list(self.violations)
        self.violations.clear()
        return taken

    def fastest_rate(self, chat: Chat, seconds: float = 1.0) -> int:
        """Returns the most messages and edits the bot tried in this chat within so many seconds."""
        times = [
            call.at
            for call in self.calls_of(*WRITING_METHODS)
            if call.parameters.get("chat_id") == chat.id
        ]
        return max((sum(t <= u < t + seconds for u in times) for t in times), default=0)

    def fail_next(self, method: str, error: Failure, times: int = 1) -> None:
        """Lets the next valid calls of the method fail this way; this is no violation."""
        self._troubles.script(method, error, times)

    # -- what people do --------------------------------------------------------------------

    async def edit_message(self, message: JsonObject, text: str = "", **content: Any) -> JsonObject:
        """Lets the author of a message or a post replace its text or content; returns the new
        Message.
        """
        chat = self._chats.by_id[message["chat"]["id"]]
        if message.get("from", {}).get("id") == BOT_ID:
            raise ValueError("people cannot edit messages of the bot")
        before = chat.messages[message["message_id"]]
        if content:
            held = {"text", "entities", "caption", "caption_entities", "document", "photo"}
            kept = {field: value for field, value in before.items() if field not in held}
            changed = {**kept, **content}
        else:
            changed = with_text(before, with_typed_entities(text))
        changed["edit_date"] = int(time.time())
        chat.messages[message["message_id"]] = changed
        kind = "edited_channel_post" if chat.kind == "channel" else "edited_message"
        if chat.bot_sees(changed):
            await self.queue_update(kind, changed)
        return changed

    async def press(self, message: JsonObject, callback_data: str, user: User | None = None) -> str:
        """Presses the button with this data, as the message now stands; returns the query id."""
        place = self._place(message)
        return await self.queries.press(place, callback_data, _presser(place, user))

    async def forge_press(
        self, message: JsonObject, callback_data: str, user: User | None = None
    ) -> str:
        """Presses a button that there is not, as a modified client can; returns the query id."""
        place = self._place(message)
        return await self.queries.forge(place, callback_data, _presser(place, user))

    async def replay_press(self, query_id: str) -> str:
        """Lets a press come once more; returns the id of the new query."""
        return await self.queries.replay(query_id)

    def _place(self, message: JsonObject) -> Place:
        # A private chat of two people has the id of the bot's own chat with one of them.
        if message.keys() & {"via_bot", "guest_bot_caller_user"}:
            return self._inline.place_of(message)
        return Place(self._chats.by_id[message["chat"]["id"]], message["message_id"])

    async def inline_query(
        self, user: User, query: str, offset: str = "", chat_type: str = "sender"
    ) -> str:
        """Types "@bot query" in a chat of some type; returns the query id."""
        if utf16_length(query) > INLINE_QUERY_LIMIT:
            raise ValueError("a Telegram client would not send this query")
        return await self.queries.ask_inline(user, query, offset, chat_type)

    async def choose(self, query_id: str, result_id: str, chat: Chat) -> JsonObject:
        """Sends a result of an answered inline query into a chat; returns the Message."""
        return await self.queries.choose(query_id, result_id, chat)

    async def summon(
        self, chat: Chat, text: str, sender: Sender, reply_to: JsonObject | None = None
    ) -> JsonObject:
        """Mentions the bot in a chat that it has not joined; returns the Message it gets."""
        return await self.queries.summon(chat, text, sender, reply_to)

    def expire_query(self, query_id: str) -> None:
        """Lets a query become too old to be answered."""
        self.queries.expire(query_id)

    async def tell_membership(self, chat: Chat, by: User, old: str, new: str) -> None:
        """Tells the bot that its own status in a chat changed."""
        member = {"old_chat_member": self._member(old), "new_chat_member": self._member(new)}
        fields = {"chat": chat.json(), "from": by.json(), "date": int(time.time()), **member}
        await self.queue_update("my_chat_member", fields)

    def _member(self, status: str) -> JsonObject:
        until = {"until_date": 0} if status == "kicked" else {}
        return {"status": status, "user": self.bot, **until}

    async def queue_update(self, kind: str, content: JsonObject) -> None:
        """Puts an update in the bot's queue, if the bot asked for updates of this kind."""
        await self._queue.put(kind, content)

    async def repeat_update(self, content: JsonObject) -> None:
        """Lets Telegram send the update with this very content once more."""
        await self._queue.repeat(content)

    def take_updates(self) -> list[JsonObject]:
        """Lets the updates that wait count as received; returns them."""
        taken, self._queue.updates = self._queue.updates, []
        return taken

    # -- waiting ---------------------------------------------------------------------------

    def note_cause(self, update_id: int, chat_id: int, message_id: int) -> None:
        """Notes from which update a message of the bot came.

        Where it replies to nothing, only the bot's own process knows.
        """
        self._caused.append((update_id, (chat_id, message_id)))
        # Kept, as a task that nobody holds may be lost.
        self._waking = asyncio.ensure_future(self._queue.notify())

    async def note_dealt_with(self, update_id: int) -> None:
        """Notes that the bot has handled an update."""
        await self._queue.deal_with(update_id)

    def is_dealt_with(self, asked: JsonObject | str) -> bool:
        """Whether the bot has done all that it does with a message, or with a query of this id.

        A message that was edited is one for itself. Only a bot in this process tells.

        Raises:
            ValueError: the bot does not get it.
        """
        content = self.queries.content(asked) if isinstance(asked, str) else asked
        numbers = self._queue.numbers_of(content)
        if not numbers:
            raise ValueError(f"the bot does not get {asked}")
        return all(self._queue.is_dealt_with(number) for number in numbers)

    async def dealt_with(self, *asked: JsonObject | str) -> None:
        """Waits until the bot has done all that it does with these messages and queries."""
        await self.wait_until(lambda: all(self.is_dealt_with(item) for item in asked))

    async def all_dealt_with(
        self,
        timeout: float = PATIENCE,  # noqa: ASYNC109
    ) -> None:
        """Waits until the bot has done all that it does with everything that it got."""
        await self.wait_until(lambda: self._queue.all_dealt_with, timeout)

    async def answer_to(
        self,
        asked: JsonObject | str,
        part: str = "",
        timeout: float = PATIENCE,  # noqa: ASYNC109
    ) -> JsonObject:
        """Waits for the bot's answer to a message, or to a query with this id; returns it.

        Args:
            part: what the answer shows by then; a caption counts as well.
        """

        def showing() -> list[JsonObject]:
            return [answer for answer in self.answers_to(asked) if part in _words(answer)]

        await self.wait_until(showing, timeout)
        return showing()[-1]

    async def wait_for_poll(self) -> None:
        """Waits until the bot waits for updates."""
        await self.wait_until(lambda: self._queue.waits_for_updates)

    async def wait_for_no_poll(self) -> None:
        """Waits until nobody waits for updates any more."""
        await self.wait_until(lambda: not self._queue.waits_for_updates)

    async def wait_until(
        self,
        predicate: Callable[[], object],
        timeout: float = PATIENCE,  # noqa: ASYNC109
    ) -> None:
        """Waits until the predicate, asked after each call, holds; fails with the last calls."""
        try:
            async with asyncio.timeout(timeout), self._changed:
                await self._changed.wait_for(lambda: bool(predicate()))
        except TimeoutError:
            calls = [f"{c.method} {c.parameters} -> {c.result_or_error}" for c in self.calls[-5:]]
            raise AssertionError(
                "\n".join(["gave up waiting; last calls:", *calls, "violations:", *self.violations])
            ) from None

    # -- answering requests ----------------------------------------------------------------

    async def _handle(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        parameters: JsonObject = {}
        repeated: Call | None = None
        failure: Failure | None = None
        result = None
        try:
            self._authorise(request.match_info["token"])
            parameters = dict(await read_parameters(request))
            parameters = check_parameters(method, parameters)
            repeated, failure = self._trouble(method, parameters)
            if failure is None or (isinstance(failure, Fault) and failure.after_effect):
                result = await self._perform(method, parameters)
        except ApiError as error:
            # The bot cannot know that what it repeats has been done.
            if not any_took_effect(repeated):
                self._complain(method, parameters, error.description)
            failure = error
        self.record.add(Call(method, parameters, failure or result, self.clock(), repeated), result)
        await self._queue.notify()
        if isinstance(failure, Fault):
            return await _break(request, failure)
        if isinstance(failure, ApiError):
            return web.json_response(failure.body(), status=failure.code)
        return web.json_response({"ok": True, "result": result})

    def _trouble(self, method: str, parameters: JsonObject) -> tuple[Call | None, Failure | None]:
        """Returns the failed call that this one repeats, and how this one is to fail."""
        now, repeated = self.clock(), self.record.repeated(method, parameters)
        if impatience := self._troubles.impatience(method, parameters, repeated, now):
            self._complain(method, parameters, impatience)
        return repeated, self._troubles.of(method, parameters, repeated, now)

    def _complain(self, method: str, parameters: JsonObject, reason: str) -> None:
        shown = json.dumps(parameters, ensure_ascii=True, default=str)
        self.violations.append(f"{method} {shown:.300}: {reason}")

    def _authorise(self, token: str) -> None:
        if not re.fullmatch(r"\d+:[\w-]{35}", token, re.ASCII):
            raise ApiError("Not Found", 404)
        if token != self.token:
            raise ApiError("Unauthorized", 401)

    async def _perform(self, method: str, parameters: JsonObject) -> Any:
        try:
            result = self.handlers[method](parameters)
        except (AttributeError, KeyError, TypeError) as error:
            # Nested JSON objects are not typed in advance; one of the wrong form ends here.
            raise ApiError(f"can't parse the parameters of {method}: {error!r}") from error
        return await result if inspect.isawaitable(result) else result

    async def _download(self, request: web.Request) -> web.StreamResponse:
        upload = self.files.get(request.match_info["path"])
        if request.match_info["token"] != self.token or upload is None:
            raise web.HTTPNotFound
        response = web.StreamResponse()
        await response.prepare(request)
        for start in range(0, len(upload.content), DOWNLOAD_PIECE):
            piece = upload.content[start : start + DOWNLOAD_PIECE]
            try:
                await response.write(piece)
            except ConnectionError:
                break  # the bot has had enough
            self._files.given += len(piece)
        return response


def _presser(place: Place, user: User | None) -> User:
    person = user or place.chat.owner
    if person is None:
        raise ValueError("in a group, say who presses")
    return person


def _replied_to(message: JsonObject) -> tuple[int, int] | None:
    target = message.get("reply_to_message")
    return (target["chat"]["id"], target["message_id"]) if target else None


def _words(message: JsonObject) -> str:
    return str(message.get("text") or message.get("caption", ""))


async def _break(request: web.Request, fault: Fault) -> web.Response:
    """Answers as a broken gateway does, or leaves the client without an answer."""
    if fault.kind == "bad_gateway":
        page = "<html><head><title>502 Bad Gateway</title></head></html>"
        return web.Response(status=502, text=page, content_type="text/html")
    if fault.kind == "timeout":
        await asyncio.sleep(HANG_SECONDS)
    if request.transport:
        request.transport.abort()
    return web.Response()
