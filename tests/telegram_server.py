"""A strict Telegram Bot API on loopback, for tests that run the real bot against it.

    async with TelegramServer() as server:
        ...  # start the bot with server.token and base_url f"{server.url}/bot"
        alice = server.user(1, "Alice")
        await alice.send("/start")
        [reply] = await server.wait_for_replies(server.private_chat(alice))
        assert server.violations == []

Every call Telegram would refuse is answered with Telegram's error and added to `violations`.
Messages are dictionaries in the form of the Bot API; the server never changes one in place, it
replaces it, so a message a test holds stays as it was.
"""

import asyncio
import itertools
import json
import re
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, Self

from aiohttp import web
from telegram_contract import (
    CAPTION_LIMIT,
    CHAT_ACTIONS,
    DOCUMENT_BYTES,
    PHOTO_BYTES,
    TEXT_LIMIT,
    UPDATE_TYPES,
    UPDATE_TYPES_ON_REQUEST,
    ApiError,
    JsonObject,
    Upload,
    check_commands,
    check_inline_results,
    check_markup,
    check_parameters,
    check_reaction,
    check_update_types,
    command_list_key,
    formatted_text,
    language_code,
    read_parameters,
    required_text,
)
from telegram_html import Formatted, utf16_length, with_typed_entities

BOT_ID = 123456789
PROFILE_LIMITS = {"name": 64, "description": 512, "short_description": 120}
# Which calls count against Telegram's limits on how often a bot may write to a chat.
WRITING_METHODS = frozenset(
    {"sendMessage", "sendPhoto", "sendDocument", "editMessageText", "editMessageReplyMarkup"}
)
HANG_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the bot: what it asked, what it got, and when on the event loop's clock."""

    method: str
    parameters: JsonObject
    result_or_error: Any
    at: float


@dataclass(frozen=True, slots=True)
class Fault:
    """A failure of the network or of Telegram, before or after the call took effect."""

    kind: Literal["bad_gateway", "reset", "timeout"]
    after_effect: bool = False


def too_many_requests(retry_after: int) -> ApiError:
    """The answer 429, for `fail_next`."""
    return ApiError(
        f"Too Many Requests: retry after {retry_after}", 429, {"retry_after": retry_after}
    )


@dataclass(frozen=True, slots=True)
class User:
    """A person who uses Telegram."""

    server: "TelegramServer" = field(repr=False, compare=False)
    id: int
    first_name: str
    language_code: str = "zh-hans"
    username: str | None = None

    def json(self) -> JsonObject:
        """The User object of the Bot API."""
        known = {"username": self.username} if self.username else {}
        return {
            "id": self.id,
            "is_bot": False,
            "first_name": self.first_name,
            "language_code": self.language_code,
            **known,
        }

    async def send(self, text: str, **extra: Any) -> JsonObject:
        """Write to the bot in the private chat; return the Message."""
        return await self.server.private_chat(self).send(text, **extra)

    async def block_bot(self) -> None:
        """Block the bot in the private chat."""
        chat = self.server.private_chat(self)
        chat.refusal = ApiError("Forbidden: bot was blocked by the user", 403)
        await self.server.tell_membership(chat, self, "member", "kicked")

    async def unblock_bot(self) -> None:
        """Let the bot write again."""
        chat = self.server.private_chat(self)
        chat.refusal = None
        await self.server.tell_membership(chat, self, "kicked", "member")


@dataclass(slots=True, eq=False)
class Chat:
    """A private chat or a group, with the messages that are in it now."""

    server: "TelegramServer" = field(repr=False)
    id: int
    kind: Literal["private", "group", "supergroup"]
    title: str = ""
    owner: User | None = None
    is_forum: bool = False
    started: bool = False
    refusal: ApiError | None = None
    messages: dict[int, JsonObject] = field(default_factory=dict, repr=False)
    topics: set[int] = field(default_factory=set)
    members: dict[int, User] = field(default_factory=dict, repr=False)
    # Chats number their messages alone, so that a bot which mixes chats up is caught.
    message_ids: Iterator[int] = field(default_factory=lambda: itertools.count(1), repr=False)

    def json(self) -> JsonObject:
        """The Chat object of the Bot API."""
        if self.owner:
            return {"id": self.id, "type": "private", "first_name": self.owner.first_name}
        forum = {"is_forum": True} if self.is_forum else {}
        return {"id": self.id, "type": self.kind, "title": self.title, **forum}

    async def send(self, text: str, sender: User | None = None, **extra: Any) -> JsonObject:
        """Let a person (in groups: `sender`) write here; `extra` adds fields to the Message."""
        formatted = with_typed_entities(text)
        if not 0 < formatted.length <= TEXT_LIMIT:
            raise ValueError("a Telegram client would not send this text")
        return await self.send_content(formatted.fields(), sender, **extra)

    async def send_content(
        self, content: JsonObject, sender: User | None = None, **extra: Any
    ) -> JsonObject:
        """Let a person send a Message with these fields; return it."""
        person = sender or self.owner
        if person is None:
            raise ValueError("in a group, say who the sender is")
        if self.refusal:
            raise ValueError(f"the bot does not see this chat: {self.refusal}")
        if thread := extra.get("message_thread_id"):
            self.topics.add(thread)
        self.started = True
        self.members[person.id] = person
        message = self.add_message(
            person.json(), {**content, **extra, **_topic_fields(self, extra)}
        )
        await self.server.queue_update("message", message)
        return message

    async def remove_bot(self, by: User) -> None:
        """Throw the bot out of the group."""
        self.refusal = ApiError(f"Forbidden: bot was kicked from the {self.kind} chat", 403)
        await self.server.tell_membership(self, by, "member", "kicked")

    async def upgrade(self, by: User) -> "Chat":
        """Turn the group into a supergroup, which has another id; return that."""
        if self.kind != "group":
            raise ValueError("only groups can be upgraded")
        upgraded = self.server.group(self.title)
        moved = self.add_message(by.json(), {"migrate_to_chat_id": upgraded.id})
        arrived = upgraded.add_message(by.json(), {"migrate_from_chat_id": self.id})
        self.refusal = ApiError(
            "group chat was upgraded to a supergroup chat",
            parameters={"migrate_to_chat_id": upgraded.id},
        )
        await self.server.queue_update("message", moved)
        await self.server.queue_update("message", arrived)
        return upgraded

    def add_message(self, sender: JsonObject, content: JsonObject) -> JsonObject:
        """Store a new Message with these fields and return it."""
        message = {
            "message_id": next(self.message_ids),
            "date": int(time.time()),
            "chat": self.json(),
            "from": sender,
            **content,
        }
        self.messages[message["message_id"]] = message
        return message


class TelegramServer:
    """The Bot API for one bot, and the people and chats around it."""

    def __init__(self, *, username: str = "wenchu_test_bot", first_name: str = "问出处") -> None:
        self.token = f"{BOT_ID}:" + "A" * 35
        self.url = ""
        self.calls: list[Call] = []
        self.violations: list[str] = []
        # What the bot answered, by the id of the callback or inline query.
        self.answers: dict[str, JsonObject] = {}
        self.files: dict[str, Upload] = {}
        self.bot: JsonObject = {
            "id": BOT_ID,
            "is_bot": True,
            "first_name": first_name,
            "username": username,
            "can_join_groups": True,
            "can_read_all_group_messages": False,
            "supports_inline_queries": True,
        }
        self._chats: dict[int, Chat] = {}
        self._users: dict[int, User] = {}
        self._faults: defaultdict[str, deque[Fault | ApiError]] = defaultdict(deque)
        self._updates: list[JsonObject] = []
        self._allowed_updates = UPDATE_TYPES - UPDATE_TYPES_ON_REQUEST
        self._webhook: JsonObject = {}
        self._poll: object | None = None
        self._open_queries: set[str] = set()
        self._commands: dict[tuple[str, str], list[JsonObject]] = {}
        self._profile: dict[tuple[str, str], str] = {}
        self._update_ids = itertools.count(800_000_001)
        self._query_ids = itertools.count(4_000_000_001)
        self._group_ids = itertools.count(-1_002_000_000_001, -1)
        self._file_ids = itertools.count(1)
        self._changed = asyncio.Condition()

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
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    # -- driving it from tests -------------------------------------------------------------

    def user(
        self,
        id: int,
        first_name: str,
        language_code: str = "zh-hans",
        username: str | None = None,
    ) -> User:
        """Introduce a person; the bot cannot write to them before they wrote to it."""
        user = self._users[id] = User(self, id, first_name, language_code, username)
        self.private_chat(user)
        return user

    def private_chat(self, user: User) -> Chat:
        """The chat between this person and the bot."""
        if user.id not in self._chats:
            self._chats[user.id] = Chat(
                self, user.id, "private", owner=user, members={user.id: user}
            )
        return self._chats[user.id]

    def group(
        self,
        title: str,
        is_forum: bool = False,
        kind: Literal["group", "supergroup"] = "supergroup",
    ) -> Chat:
        """Make a group which the bot is in, as an ordinary member."""
        group_id = next(self._group_ids)
        chat = Chat(self, group_id, kind, title, is_forum=is_forum, started=True)
        self._chats[group_id] = chat
        return chat

    def messages(self, chat: Chat) -> list[JsonObject]:
        """The bot's messages in the chat as they now stand, in the order they were sent."""
        return [m for m in chat.messages.values() if m["from"]["id"] == BOT_ID]

    def calls_of(self, *methods: str) -> list[Call]:
        """The calls of these methods, in the order they ended."""
        return [call for call in self.calls if call.method in methods]

    def take_violations(self) -> list[str]:
        """Return the violations and forget them, for a test which expects some."""
        taken, self.violations = self.violations, []
        return taken

    def fastest_rate(self, chat: Chat, seconds: float = 1.0) -> int:
        """The most messages and edits the bot tried in this chat within so many seconds."""
        times = [
            call.at
            for call in self.calls_of(*WRITING_METHODS)
            if call.parameters.get("chat_id") == chat.id
        ]
        return max((sum(t <= u < t + seconds for u in times) for t in times), default=0)

    def fail_next(self, method: str, error: Fault | ApiError, times: int = 1) -> None:
        """Let the next valid calls of the method fail this way; this is no violation."""
        self._faults[method].extend([error] * times)

    async def edit_message(self, message: JsonObject, text: str) -> JsonObject:
        """Let the author of a message change its text; return the new Message."""
        chat = self._chats[message["chat"]["id"]]
        if message["from"]["id"] == BOT_ID:
            raise ValueError("people cannot edit messages of the bot")
        changed = _with_text(chat.messages[message["message_id"]], with_typed_entities(text))
        changed["edit_date"] = int(time.time())
        chat.messages[message["message_id"]] = changed
        await self.queue_update("edited_message", changed)
        return changed

    async def press(self, message: JsonObject, callback_data: str, user: User | None = None) -> str:
        """Press the button with this data, as the message now stands; return the query id."""
        chat = self._chats[message["chat"]["id"]]
        current = chat.messages[message["message_id"]]
        person = user or chat.owner
        if person is None:
            raise ValueError("in a group, say who presses")
        rows = current.get("reply_markup", {}).get("inline_keyboard", [])
        if callback_data not in {b.get("callback_data") for row in rows for b in row}:
            raise ValueError(f"the message has no button with data {callback_data!r}")
        query = {"message": current, "chat_instance": str(chat.id), "data": callback_data}
        return await self._ask("callback_query", person, query)

    async def inline_query(self, user: User, query: str, offset: str = "") -> str:
        """Type "@bot query" in some chat; return the query id."""
        return await self._ask("inline_query", user, {"query": query, "offset": offset})

    async def _ask(self, kind: str, user: User, fields: JsonObject) -> str:
        query_id = str(next(self._query_ids))
        self._open_queries.add(query_id)
        await self.queue_update(kind, {"id": query_id, "from": user.json(), **fields})
        return query_id

    def expire_query(self, query_id: str) -> None:
        """Let a callback or inline query become too old to be answered."""
        self._open_queries.discard(query_id)

    async def tell_membership(self, chat: Chat, by: User, old: str, new: str) -> None:
        """Tell the bot that its own status in a chat changed."""
        member = {"old_chat_member": self._member(old), "new_chat_member": self._member(new)}
        fields = {"chat": chat.json(), "from": by.json(), "date": int(time.time()), **member}
        await self.queue_update("my_chat_member", fields)

    def _member(self, status: str) -> JsonObject:
        until = {"until_date": 0} if status == "kicked" else {}
        return {"status": status, "user": self.bot, **until}

    async def queue_update(self, kind: str, content: JsonObject) -> None:
        """Put an update in the bot's queue, if the bot asked for updates of this kind."""
        if kind in self._allowed_updates:
            self._updates.append({"update_id": next(self._update_ids), kind: content})
        await self._notify()

    async def wait_until(
        self,
        predicate: Callable[[], object],
        timeout: float = 5.0,  # noqa: ASYNC109
    ) -> None:
        """Wait until the predicate holds, asked after each call; else fail with the last calls."""
        try:
            async with asyncio.timeout(timeout), self._changed:
                await self._changed.wait_for(lambda: bool(predicate()))
        except TimeoutError:
            calls = [f"{c.method} {c.parameters} -> {c.result_or_error}" for c in self.calls[-5:]]
            raise AssertionError(
                "\n".join(["gave up waiting; last calls:", *calls, "violations:", *self.violations])
            ) from None

    async def wait_for_replies(
        self,
        chat: Chat,
        count: int = 1,
        timeout: float = 5.0,  # noqa: ASYNC109
    ) -> list[JsonObject]:
        """Wait until the bot has this many messages in the chat; return them all."""
        await self.wait_until(lambda: len(self.messages(chat)) >= count, timeout)
        return self.messages(chat)

    async def _notify(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    # -- answering requests ----------------------------------------------------------------

    async def _handle(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        parameters: JsonObject = {}
        fault: Fault | ApiError | None = None
        try:
            self._authorise(request.match_info["token"])
            parameters = dict(await read_parameters(request))
            parameters = check_parameters(method, parameters)
            fault = self._faults[method].popleft() if self._faults[method] else None
            result = None
            if fault is None or (isinstance(fault, Fault) and fault.after_effect):
                result = await self._perform(method, parameters)
        except ApiError as error:
            shown = json.dumps(parameters, ensure_ascii=True, default=str)
            self.violations.append(f"{method} {shown:.300}: {error.description}")
            return await self._answer(method, parameters, error)
        if isinstance(fault, Fault):
            self._record(method, parameters, fault)
            await self._notify()
            return await _break(request, fault)
        return await self._answer(method, parameters, result if fault is None else fault)

    async def _answer(
        self, method: str, parameters: JsonObject, result_or_error: Any
    ) -> web.Response:
        self._record(method, parameters, result_or_error)
        await self._notify()
        if isinstance(result_or_error, ApiError):
            return web.json_response(result_or_error.body(), status=result_or_error.code)
        return web.json_response({"ok": True, "result": result_or_error})

    def _record(self, method: str, parameters: JsonObject, result_or_error: Any) -> None:
        now = asyncio.get_running_loop().time()
        self.calls.append(Call(method, parameters, result_or_error, now))

    def _authorise(self, token: str) -> None:
        if not re.fullmatch(r"\d+:[\w-]{35}", token, re.ASCII):
            raise ApiError("Not Found", 404)
        if token != self.token:
            raise ApiError("Unauthorized", 401)

    async def _perform(self, method: str, parameters: JsonObject) -> Any:
        if method == "getUpdates":
            return await self._get_updates(parameters)
        handler = getattr(self, handler_name(method))
        try:
            return handler(parameters)
        except (AttributeError, KeyError, TypeError) as error:
            # Nested JSON objects are not typed in advance; one of the wrong form ends here.
            raise ApiError(f"can't parse the parameters of {method}: {error!r}") from error

    async def _download(self, request: web.Request) -> web.Response:
        upload = self.files.get(request.match_info["path"])
        if request.match_info["token"] != self.token or upload is None:
            raise web.HTTPNotFound
        return web.Response(body=upload.content)

    # -- updates ---------------------------------------------------------------------------

    async def _get_updates(self, parameters: JsonObject) -> list[JsonObject]:
        if self._webhook:
            raise ApiError(
                "Conflict: can't use getUpdates method while webhook is active; "
                "use deleteWebhook to delete the webhook first",
                409,
            )
        self._allow_updates(parameters)
        self._confirm_updates(parameters.get("offset", 0))
        limit = parameters.get("limit", 100)
        if not 1 <= limit <= 100 or parameters.get("timeout", 0) < 0:
            raise ApiError("limit must be between 1 and 100, and timeout not negative")
        await self._wait_for_updates(parameters.get("timeout", 0))
        return self._updates[:limit]

    def _allow_updates(self, parameters: JsonObject) -> None:
        names = parameters.get("allowed_updates")
        if names is not None:
            check_update_types(names)
            self._allowed_updates = (
                frozenset(names) if names else UPDATE_TYPES - UPDATE_TYPES_ON_REQUEST
            )

    def _confirm_updates(self, offset: int) -> None:
        if offset < 0:
            self._updates = self._updates[offset:]
        else:
            self._updates = [u for u in self._updates if u["update_id"] >= offset]

    async def _wait_for_updates(self, seconds: float) -> None:
        """Wait as long poll; a second poll, or setting a webhook, ends the first one."""
        this_poll = self._poll = object()
        await self._notify()
        try:
            async with asyncio.timeout(seconds), self._changed:
                await self._changed.wait_for(lambda: self._updates or self._poll is not this_poll)
        except TimeoutError:
            pass
        if self._poll is not this_poll:
            other = "setWebhook" if self._webhook else "other getUpdates"
            raise ApiError(
                f"Conflict: terminated by {other} request; "
                "make sure that only one bot instance is running",
                409,
            )

    def _set_webhook(self, parameters: JsonObject) -> bool:
        url = parameters["url"]
        if url == "":
            return self._delete_webhook(parameters)
        if not url.startswith("https://"):
            raise ApiError("bad webhook: An HTTPS URL must be provided for webhook")
        if not re.fullmatch(r"[A-Za-z0-9_-]{0,256}", parameters.get("secret_token", "")):
            raise ApiError("secret token contains unallowed characters or is too long")
        if not 1 <= parameters.get("max_connections", 40) <= 100:
            raise ApiError("max_connections must be between 1 and 100")
        self._allow_updates(parameters)
        self._drop_updates(parameters)
        self._webhook = parameters
        self._poll = None
        return True

    def _delete_webhook(self, parameters: JsonObject) -> bool:
        self._drop_updates(parameters)
        self._webhook = {}
        return True

    def _drop_updates(self, parameters: JsonObject) -> None:
        if parameters.get("drop_pending_updates"):
            self._updates = []

    def _get_webhook_info(self, _: JsonObject) -> JsonObject:
        return {
            "url": self._webhook.get("url", ""),
            "has_custom_certificate": "certificate" in self._webhook,
            "pending_update_count": len(self._updates),
        }

    # -- messages --------------------------------------------------------------------------

    def _send_message(self, parameters: JsonObject) -> JsonObject:
        content = required_text(parameters).fields()
        preview = parameters.get("link_preview_options")
        return self._send(
            parameters, {**content, **({"link_preview_options": preview} if preview else {})}
        )

    def _send_photo(self, parameters: JsonObject) -> JsonObject:
        file = self._store_file(parameters["photo"], PHOTO_BYTES)
        size = {**file, "width": 1, "height": 1}
        size.pop("file_name", None)
        return self._send(parameters, {"photo": [size], **_caption_fields(parameters)})

    def _send_document(self, parameters: JsonObject) -> JsonObject:
        file = self._store_file(parameters["document"], DOCUMENT_BYTES)
        return self._send(parameters, {"document": file, **_caption_fields(parameters)})

    def _send(self, parameters: JsonObject, content: JsonObject) -> JsonObject:
        chat = self._writable_chat(parameters)
        markup = parameters.get("reply_markup")
        check_markup(markup)
        fields = {**content, **_topic_fields(chat, parameters)}
        fields |= _reply_fields(chat, parameters.get("reply_parameters"))
        # Only inline keyboards belong to the message, the other kinds to the client.
        if markup and "inline_keyboard" in markup:
            fields["reply_markup"] = markup
        return chat.add_message(self.bot, fields)

    def _edit_message_text(self, parameters: JsonObject) -> JsonObject:
        chat, message = self._editable_message(parameters)
        if "text" not in message:
            raise ApiError("there is no text in the message to edit")
        changed = _with_text(message, required_text(parameters))
        changed.pop("link_preview_options", None)
        if preview := parameters.get("link_preview_options"):
            changed["link_preview_options"] = preview
        return self._store_edit(chat, changed, parameters)

    def _edit_message_reply_markup(self, parameters: JsonObject) -> JsonObject:
        chat, message = self._editable_message(parameters)
        return self._store_edit(chat, dict(message), parameters)

    def _editable_message(self, parameters: JsonObject) -> tuple[Chat, JsonObject]:
        if "chat_id" not in parameters or "message_id" not in parameters:
            raise ApiError("message identifier is not specified (or inline: not emulated)")
        chat = self._writable_chat(parameters)
        message = chat.messages.get(parameters["message_id"])
        if message is None:
            raise ApiError("message to edit not found")
        if message["from"]["id"] != BOT_ID:
            raise ApiError("message can't be edited")
        return chat, message

    def _store_edit(self, chat: Chat, changed: JsonObject, parameters: JsonObject) -> JsonObject:
        """Store the edited message; an edit which names no keyboard takes the old one away."""
        markup = parameters.get("reply_markup")
        check_markup(markup, inline_only=True)
        changed.pop("reply_markup", None)
        if markup and markup["inline_keyboard"]:
            changed["reply_markup"] = markup
        if changed == chat.messages[changed["message_id"]]:
            raise ApiError(
                "message is not modified: specified new message content and reply markup are "
                "exactly the same as a current content and reply markup of the message"
            )
        changed["edit_date"] = int(time.time())
        chat.messages[changed["message_id"]] = changed
        return changed

    def _delete_message(self, parameters: JsonObject) -> bool:
        chat = self._writable_chat(parameters)
        message = chat.messages.get(parameters["message_id"])
        if message is None:
            raise ApiError("message to delete not found")
        if chat.kind != "private" and message["from"]["id"] != BOT_ID:
            raise ApiError("message can't be deleted")
        del chat.messages[message["message_id"]]
        return True

    def _set_message_reaction(self, parameters: JsonObject) -> bool:
        chat = self._writable_chat(parameters)
        check_reaction(parameters.get("reaction", []))
        if parameters["message_id"] not in chat.messages:
            raise ApiError("message to react not found")
        return True

    def _send_chat_action(self, parameters: JsonObject) -> bool:
        _topic_fields(self._writable_chat(parameters), parameters)
        if parameters["action"] not in CHAT_ACTIONS:
            raise ApiError("wrong parameter action in request")
        return True

    # -- chats -----------------------------------------------------------------------------

    def _chat(self, parameters: JsonObject) -> Chat:
        chat = self._chats.get(parameters["chat_id"])
        if chat is None:
            raise ApiError("chat not found")
        return chat

    def _writable_chat(self, parameters: JsonObject) -> Chat:
        chat = self._chat(parameters)
        if chat.refusal:
            raise chat.refusal
        if not chat.started:
            raise ApiError("Forbidden: bot can't initiate conversation with a user", 403)
        return chat

    def _get_chat(self, parameters: JsonObject) -> JsonObject:
        gifts = (
            "unlimited_gifts",
            "limited_gifts",
            "unique_gifts",
            "premium_subscription",
            "gifts_from_channels",
        )
        return {
            **self._chat(parameters).json(),
            "accent_color_id": 0,
            "max_reaction_count": 11,
            "accepted_gift_types": dict.fromkeys(gifts, False),
        }

    def _get_chat_member(self, parameters: JsonObject) -> JsonObject:
        chat = self._writable_chat(parameters)
        if parameters["user_id"] == BOT_ID:
            return self._member("member")
        user = self._users.get(parameters["user_id"])
        if user is None:
            raise ApiError("user not found")
        return {"status": "member" if user.id in chat.members else "left", "user": user.json()}

    def _leave_chat(self, parameters: JsonObject) -> bool:
        chat = self._writable_chat(parameters)
        if chat.kind == "private":
            raise ApiError("chat member status can't be changed in private chats")
        chat.refusal = ApiError(f"Forbidden: bot is not a member of the {chat.kind} chat", 403)
        return True

    # -- queries ---------------------------------------------------------------------------

    def _answer_callback_query(self, parameters: JsonObject) -> bool:
        if utf16_length(parameters.get("text", "")) > 200:
            raise ApiError("MESSAGE_TOO_LONG")
        if not re.match(rf"(https://)?t\.me/{self.bot['username']}|$", parameters.get("url", "")):
            raise ApiError("URL_INVALID")
        return self._close_query(parameters["callback_query_id"], parameters)

    def _answer_inline_query(self, parameters: JsonObject) -> bool:
        check_inline_results(parameters["results"])
        if len(parameters.get("next_offset", "").encode()) > 64:
            raise ApiError("NEXT_OFFSET_INVALID")
        return self._close_query(parameters["inline_query_id"], parameters)

    def _close_query(self, query_id: str, answer: JsonObject) -> bool:
        if query_id not in self._open_queries:
            raise ApiError("query is too old and response timeout expired or query ID is invalid")
        self._open_queries.remove(query_id)
        self.answers[query_id] = answer
        return True

    # -- files -----------------------------------------------------------------------------

    def _store_file(self, file: Upload | str, limit: int) -> JsonObject:
        if isinstance(file, str):
            return self._known_file(file)
        if not 0 < len(file.content) <= limit:
            raise ApiError("file must be non-empty" if not file.content else "file is too big")
        file_id = f"file{next(self._file_ids)}"
        self.files[file_id] = file
        return self._known_file(file_id)

    def _known_file(self, file_id: str) -> JsonObject:
        if file_id not in self.files:
            # Telegram also takes URLs and fetches them, which an offline test cannot do.
            raise ApiError("wrong file identifier/HTTP URL specified")
        upload = self.files[file_id]
        return {
            "file_id": file_id,
            "file_unique_id": f"u{file_id}",
            "file_size": len(upload.content),
            "file_name": upload.file_name,
        }

    def _get_file(self, parameters: JsonObject) -> JsonObject:
        file = self._known_file(parameters["file_id"])
        del file["file_name"]
        return {**file, "file_path": file["file_id"]}

    # -- the bot's own profile -------------------------------------------------------------

    def _get_me(self, _: JsonObject) -> JsonObject:
        return self.bot

    def _set_my_commands(self, parameters: JsonObject) -> bool:
        check_commands(parameters["commands"])
        self._commands[self._command_list(parameters)] = parameters["commands"]
        return True

    def _get_my_commands(self, parameters: JsonObject) -> list[JsonObject]:
        return self._commands.get(self._command_list(parameters), [])

    def _delete_my_commands(self, parameters: JsonObject) -> bool:
        self._commands.pop(self._command_list(parameters), None)
        return True

    def _command_list(self, parameters: JsonObject) -> tuple[str, str]:
        key = command_list_key(parameters)
        if "chat_id" in parameters.get("scope", {}):
            self._chat(parameters["scope"])
        return key

    def _set_my_name(self, parameters: JsonObject) -> bool:
        return self._set_profile("name", parameters)

    def _set_my_description(self, parameters: JsonObject) -> bool:
        return self._set_profile("description", parameters)

    def _set_my_short_description(self, parameters: JsonObject) -> bool:
        return self._set_profile("short_description", parameters)

    def _set_profile(self, item: str, parameters: JsonObject) -> bool:
        value = parameters.get(item, "")
        if utf16_length(value) > PROFILE_LIMITS[item]:
            raise ApiError(f"{item} is too long")
        self._profile[item, language_code(parameters)] = value
        return True

    def _get_my_name(self, parameters: JsonObject) -> JsonObject:
        return self._get_profile("name", parameters, self.bot["first_name"])

    def _get_my_description(self, parameters: JsonObject) -> JsonObject:
        return self._get_profile("description", parameters)

    def _get_my_short_description(self, parameters: JsonObject) -> JsonObject:
        return self._get_profile("short_description", parameters)

    def _get_profile(self, item: str, parameters: JsonObject, default: str = "") -> JsonObject:
        """The value for the language, or else the one for all languages."""
        values = (self._profile.get((item, code)) for code in (language_code(parameters), ""))
        return {item: next(filter(None, values), default)}


def handler_name(method: str) -> str:
    """The name of the handler of a method: sendMessage is handled by _send_message."""
    return "_" + re.sub(r"[A-Z]", lambda capital: f"_{capital[0].lower()}", method)


async def _break(request: web.Request, fault: Fault) -> web.Response:
    """Answer as a broken gateway does, or leave the client without an answer."""
    if fault.kind == "bad_gateway":
        page = "<html><head><title>502 Bad Gateway</title></head></html>"
        return web.Response(status=502, text=page, content_type="text/html")
    if fault.kind == "timeout":
        await asyncio.sleep(HANG_SECONDS)
    if request.transport:
        request.transport.abort()
    return web.Response()


def _caption_fields(parameters: JsonObject) -> JsonObject:
    return formatted_text(parameters, "caption", CAPTION_LIMIT).fields("caption")


def _with_text(message: JsonObject, formatted: Formatted) -> JsonObject:
    """A copy of the message with another text."""
    kept = {name: value for name, value in message.items() if name not in ("text", "entities")}
    return {**kept, **formatted.fields()}


def _topic_fields(chat: Chat, parameters: JsonObject) -> JsonObject:
    """The parameters with the topic of a forum checked, as fields of the Message."""
    thread = parameters.get("message_thread_id")
    if thread is None:
        return {}
    if thread not in chat.topics:
        raise ApiError("message thread not found")
    return {"message_thread_id": thread, **({"is_topic_message": True} if chat.is_forum else {})}


def _reply_fields(chat: Chat, reply: JsonObject | None) -> JsonObject:
    """The fields a reply adds to the Message, after checking that its target exists."""
    if not reply:
        return {}
    if reply.get("chat_id", chat.id) != chat.id:
        raise ApiError("replies to other chats are not emulated")
    target = chat.messages.get(reply["message_id"])
    if target is None:
        if reply.get("allow_sending_without_reply"):
            return {}
        raise ApiError("message to be replied not found")
    # Telegram shows one level of replies only.
    shown = {name: value for name, value in target.items() if name != "reply_to_message"}
    quote = reply.get("quote")
    if quote is None:
        return {"reply_to_message": shown}
    text: str = target.get("text") or target.get("caption", "")
    position = text.find(quote)
    if position < 0:
        raise ApiError("QUOTE_TEXT_INVALID")
    return {"reply_to_message": shown, "quote": {"text": quote, "position": position}}
