"""The chats around a bot: what people write there, and what the bot gets to see of it."""

import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from bot_api_emulator.checks import TEXT_LIMIT
from bot_api_emulator.contract import ApiError, Handler, JsonObject
from bot_api_emulator.html import Formatted, with_typed_entities
from bot_api_emulator.parts import forward_origin, is_meant_for, people_reply
from bot_api_emulator.people import ANONYMOUS_ADMIN, AS_CHANNEL, LINKED_CHANNEL, Alias, Sender, User

if TYPE_CHECKING:
    from bot_api_emulator.server import TelegramServer

BOT_ID = 123456789
ChatKind = Literal["private", "group", "supergroup", "channel"]

ADMIN_RIGHTS = (
    "can_be_edited", "is_anonymous", "can_manage_chat", "can_delete_messages",
    "can_manage_video_chats", "can_restrict_members", "can_promote_members", "can_change_info",
    "can_invite_users", "can_post_stories", "can_edit_stories", "can_delete_stories",
)  # fmt: skip
GIFTS = (
    "unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription",
    "gifts_from_channels",
)  # fmt: skip


@dataclass(slots=True, eq=False)
class Chat:
    """A private chat, a group or a channel, with the messages that are in it now.

    Attributes:
        started: whether the bot may write first.
        refusal: what the bot is told when it writes where it may not.
        is_foreign: the bot has not joined, and sees only where it is summoned as a guest.
        topics: the threads of a forum; closed_topics: those in which only people may write.
        admins: user ids; the bot's own among them lets it see every message.
    """

    server: "TelegramServer" = field(repr=False)
    id: int
    kind: ChatKind
    title: str = ""
    owner: User | None = None
    is_forum: bool = False
    started: bool = False
    refusal: ApiError | None = None
    is_foreign: bool = False
    username: str = ""
    messages: dict[int, JsonObject] = field(default_factory=dict, repr=False)
    topics: set[int] = field(default_factory=set)
    closed_topics: set[int] = field(default_factory=set)
    members: dict[int, User] = field(default_factory=dict, repr=False)
    admins: set[int] = field(default_factory=set)
    # Chats number their messages alone, so that a bot which mixes chats up is caught.
    message_ids: Iterator[int] = field(default_factory=lambda: itertools.count(1), repr=False)

    def json(self) -> JsonObject:
        if self.kind == "private":
            name = self.owner.first_name if self.owner else self.title
            return {"id": self.id, "type": "private", "first_name": name}
        forum = {"is_forum": True} if self.is_forum else {}
        public = {"username": self.username} if self.username else {}
        return {"id": self.id, "type": self.kind, "title": self.title, **public, **forum}

    # -- who may write here ----------------------------------------------------------------

    def anonymous_admin(self) -> Alias:
        """Returns an administrator of this group who hides behind its name."""
        return Alias(self, ANONYMOUS_ADMIN)

    def as_sender(self) -> Alias:
        """Returns this channel, where it writes in a group."""
        return Alias(self, AS_CHANNEL)

    def as_linked_channel(self) -> Alias:
        """Returns this channel, where Telegram forwards its posts into its discussion group."""
        return Alias(self, LINKED_CHANNEL, is_automatic=True)

    # -- what people do here ---------------------------------------------------------------

    async def send(self, text: str, sender: Sender | None = None, **extra: Any) -> JsonObject:
        """Lets a person (in groups: `sender`) write here; `extra` adds fields to the Message."""
        return await self.send_content(_typed(text).fields(), sender, **extra)

    async def reply(
        self,
        target: JsonObject,
        text: str,
        sender: Sender | None = None,
        *,
        quote: str = "",
        **extra: Any,
    ) -> JsonObject:
        """Lets a person reply to a message, or to the part of it that they quote."""
        content = _typed(text).fields() | people_reply(target, quote)
        return await self.send_content(content, sender, **extra)

    async def send_content(
        self, content: JsonObject, sender: Sender | None = None, **extra: Any
    ) -> JsonObject:
        """Lets a person send a Message with these fields; returns it."""
        person = sender or self.owner
        if person is None:
            raise ValueError("in a group, say who the sender is")
        if self.refusal:
            raise ValueError(f"the bot does not see this chat: {self.refusal}")
        if thread := extra.get("message_thread_id"):
            self.topics.add(thread)
        self.started = True
        if isinstance(person, User):
            self.members[person.id] = person
        fields = {**person.sender_fields(), **self._topic_start(extra), **content, **extra}
        message = self.add_message(person.json(), fields | topic_fields(self, extra))
        if self.bot_sees(message):
            await self.server.queue_update("message", message)
        return message

    async def forward(
        self, message: JsonObject, sender: Sender | None = None, *, hidden: bool = False
    ) -> JsonObject:
        """Lets a person forward a message here, from wherever it is; returns the new Message."""
        content: JsonObject = {
            name: message[name]
            for name in ("text", "entities", "photo", "document", "caption", "caption_entities")
            if name in message
        }
        origin = forward_origin(message, hidden=hidden)
        return await self.send_content({**content, "forward_origin": origin}, sender)

    async def post(self, text: str = "", **content: Any) -> JsonObject:
        """Publishes in this channel, a text or a Message with other fields; the bot gets it as a
        channel post without `from`.
        """
        if self.kind != "channel":
            raise ValueError("only channels have posts")
        written = _typed(text).fields() if text else {}
        message = self.add_message(None, {"sender_chat": self.json(), **written, **content})
        await self.server.queue_update("channel_post", message)
        return message

    async def add_topic(self, name: str, by: User) -> int:
        """Opens a topic in this forum; returns its thread id."""
        created = {"forum_topic_created": {"name": name, "icon_color": 7322096}}
        message = self.add_message(by.json(), created)
        thread: int = message["message_id"]
        self.topics.add(thread)
        message |= {"message_thread_id": thread, "is_topic_message": True}
        await self.server.queue_update("message", message)
        return thread

    def delete(self, message: JsonObject) -> None:
        """Deletes a message for everybody; bots are not told."""
        del self.messages[message["message_id"]]

    async def add_bot(self, by: User) -> None:
        """Lets a person take the bot into this group or channel."""
        self.refusal, self.is_foreign, self.started = None, False, True
        await self.server.tell_membership(self, by, "left", "member")
        if self.kind != "channel":
            joined = self.add_message(by.json(), {"new_chat_members": [self.server.bot]})
            await self.server.queue_update("message", joined)

    async def remove_bot(self, by: User) -> None:
        self.refusal = ApiError(f"Forbidden: bot was kicked from the {self.kind} chat", 403)
        await self.server.tell_membership(self, by, "member", "kicked")

    async def upgrade(self, by: User) -> "Chat":
        """Turns the group into a supergroup, which has another id; returns that."""
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

    # -- what Telegram does here -----------------------------------------------------------

    def add_message(self, sender: JsonObject | None, content: JsonObject) -> JsonObject:
        """Stores a new Message with these fields and returns it."""
        message = {
            "message_id": next(self.message_ids),
            "date": int(time.time()),
            "chat": self.json(),
            **({"from": sender} if sender else {}),
            **content,
        }
        self.messages[message["message_id"]] = message
        return message

    def bot_sees(self, message: JsonObject) -> bool:
        """Whether a person's message reaches the bot: in privacy mode, not all of a group do."""
        bot = self.server.bot
        from_bot = message.get("from", {}).get("is_bot") and "sender_chat" not in message
        if self.is_foreign or from_bot:
            return False
        if self.kind in ("private", "channel") or BOT_ID in self.admins:
            return True
        return bool(bot["can_read_all_group_messages"]) or is_meant_for(message, bot)

    def _topic_start(self, extra: JsonObject) -> JsonObject:
        """Shows what replies to nothing in a topic as a reply to the topic's first message."""
        start = self.messages.get(extra.get("message_thread_id", 0), {})
        return {"reply_to_message": start} if "forum_topic_created" in start else {}


class Chats:
    """All chats and people by their ids, and the methods of the Bot API that are about them."""

    def __init__(self, bot: JsonObject) -> None:
        self.by_id: dict[int, Chat] = {}
        self.users: dict[int, User] = {}
        self._bot = bot

    def methods(self) -> dict[str, Handler]:
        return {
            "getChat": self._get_chat,
            "getChatAdministrators": self._get_administrators,
            "getChatMember": self._get_chat_member,
            "leaveChat": self._leave_chat,
        }

    def of(self, parameters: JsonObject) -> Chat:
        chat = self.by_id.get(parameters["chat_id"])
        if chat is None:
            raise ApiError("chat not found")
        return chat

    def writable(self, parameters: JsonObject) -> Chat:
        """Returns the chat that a request names, if the bot may write there."""
        chat = self.of(parameters)
        if chat.is_foreign:
            raise ApiError(f"Forbidden: bot is not a member of the {chat.kind} chat", 403)
        if chat.refusal:
            raise chat.refusal
        if not chat.started:
            raise ApiError("Forbidden: bot can't initiate conversation with a user", 403)
        return chat

    def _get_chat(self, parameters: JsonObject) -> JsonObject:
        return {
            **self.of(parameters).json(),
            "accent_color_id": 0,
            "max_reaction_count": 11,
            "accepted_gift_types": dict.fromkeys(GIFTS, False),
        }

    def _get_chat_member(self, parameters: JsonObject) -> JsonObject:
        chat = self.writable(parameters)
        user_id = parameters["user_id"]
        if user_id == BOT_ID:
            return _membership(chat, BOT_ID, self._bot, is_member=True)
        user = self.users.get(user_id)
        if user is None:
            raise ApiError("user not found")
        return _membership(chat, user.id, user.json(), is_member=user.id in chat.members)

    def _get_administrators(self, parameters: JsonObject) -> list[JsonObject]:
        chat = self.writable(parameters)
        if chat.kind == "private":
            raise ApiError("there are no administrators in the private chat")
        people = [user for user in self.users.values() if user.id in chat.admins]
        return [_membership(chat, user.id, user.json(), is_member=True) for user in people]

    def _leave_chat(self, parameters: JsonObject) -> bool:
        chat = self.writable(parameters)
        if chat.kind == "private":
            raise ApiError("chat member status can't be changed in private chats")
        chat.refusal = ApiError(f"Forbidden: bot is not a member of the {chat.kind} chat", 403)
        return True


def _membership(chat: Chat, identifier: int, user: JsonObject, *, is_member: bool) -> JsonObject:
    if identifier in chat.admins:
        return {"status": "administrator", "user": user, **dict.fromkeys(ADMIN_RIGHTS, True)}
    return {"status": "member" if is_member else "left", "user": user}


def _typed(text: str) -> Formatted:
    formatted = with_typed_entities(text)
    if not 0 < formatted.length <= TEXT_LIMIT:
        raise ValueError("a Telegram client would not send this text")
    return formatted


def topic_fields(chat: Chat, parameters: JsonObject) -> JsonObject:
    """Returns the parameters with the topic of a forum checked, as fields of the Message."""
    thread = parameters.get("message_thread_id")
    if thread is None:
        return {}
    if thread not in chat.topics:
        raise ApiError("message thread not found")
    return {"message_thread_id": thread, **({"is_topic_message": True} if chat.is_forum else {})}
