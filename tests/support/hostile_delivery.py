"""Brings hostile input to a bot on the emulated Bot API, each from a stranger of its own."""

import itertools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot_api_emulator.contract import JsonObject
from bot_api_emulator.html import TextError, utf16_length, with_typed_entities
from bot_api_emulator.server import Chat, TelegramServer, User
from hostile import BOT_NAME, Hostile, Way

BUTTON = {"inline_keyboard": [[{"text": "再来", "callback_data": "again"}]]}


@dataclass(frozen=True, slots=True)
class Delivered:
    """A hostile input that was brought to the bot.

    Attributes:
        hostile: what it is.
        chat: where it was said or pressed, if anywhere.
        person: who is behind it.
    """

    hostile: Hostile
    chat: Chat | None
    person: User


class Deliverer:
    """Knows the places where strangers meet the bot."""

    def __init__(self, server: TelegramServer, admin: User) -> None:
        self._server = server
        self._admin = admin
        self._group = server.group("群")
        self._forum = server.group("论坛", is_forum=True)
        self._channel = server.channel("频道")
        self._foreign = server.foreign_group("别人的群")
        self._ids = itertools.count(10_000)
        # Every message reaches the bot: privacy mode would hold back half of what is to be tried.
        server.bot["can_read_all_group_messages"] = True

    async def deliver(self, hostile: Hostile) -> Delivered:
        """Brings one input to the bot."""
        author = hostile.author
        person = self._server.user(
            next(self._ids),
            author.first_name,
            author.language_code,
            author.username or None,
            author.last_name,
        )
        return Delivered(hostile, await self._ways()[hostile.way](hostile, person), person)

    def _ways(self) -> dict[Way, Callable[[Hostile, User], Awaitable[Chat | None]]]:
        return {
            Way.PRIVATE: self._private,
            Way.GROUP: self._in_group,
            Way.TOPIC: self._in_topic,
            Way.REPLY: self._reply,
            Way.EDITED: self._edited,
            Way.EDITED_IN_GROUP: self._edited_in_group,
            Way.FORWARDED: self._forwarded,
            Way.FROM_CHANNEL: self._from_channel,
            Way.ANONYMOUS: self._anonymous,
            Way.CHANNEL_POST: self._channel_post,
            Way.INLINE: self._inline,
            Way.GUEST: self._guest,
            Way.PRESS: self._press,
            Way.STALE_PRESS: self._stale_press,
            Way.ADMIN_EDIT: self._admin_edit,
        }

    # -- messages --------------------------------------------------------------------------

    async def _private(self, hostile: Hostile, person: User) -> Chat:
        chat = self._server.private_chat(person)
        await chat.send_content(content_of(hostile))
        return chat

    async def _in_group(self, hostile: Hostile, person: User) -> Chat:
        await self._group.send_content(content_of(_asked(hostile)), person)
        return self._group

    async def _in_topic(self, hostile: Hostile, person: User) -> Chat:
        await self._forum.send_content(content_of(hostile), person, message_thread_id=7)
        return self._forum

    async def _reply(self, hostile: Hostile, person: User) -> Chat:
        own = self._group.add_message(self._server.bot, {"text": "答案"})
        replying = {**content_of(hostile), "reply_to_message": own}
        await self._group.send_content(replying, person)
        return self._group

    async def _edited(self, hostile: Hostile, person: User) -> Chat:
        return await self._edit_in(self._server.private_chat(person), hostile, person)

    async def _edited_in_group(self, hostile: Hostile, person: User) -> Chat:
        return await self._edit_in(self._group, hostile, person)

    async def _admin_edit(self, hostile: Hostile, _: User) -> Chat:
        return await self._edit_in(self._server.private_chat(self._admin), hostile, self._admin)

    async def _edit_in(self, chat: Chat, hostile: Hostile, person: User) -> Chat:
        """Edits a message that the bot may have answered already into the input."""
        before = chat.add_message(person.json(), {"text": "你好"})
        edited = {**before, **content_of(hostile), "edit_date": before["date"]}
        chat.messages[before["message_id"]] = edited
        chat.started = True
        await self._server.queue_update("edited_message", edited)
        return chat

    async def _forwarded(self, hostile: Hostile, person: User) -> Chat:
        chat = self._server.private_chat(person)
        written = {"message_id": 1, "date": 1, "from": self._admin.json(), **content_of(hostile)}
        await chat.forward(written, person)
        return chat

    async def _from_channel(self, hostile: Hostile, _: User) -> Chat:
        await self._group.send_content(content_of(hostile), self._channel.as_sender())
        return self._group

    async def _anonymous(self, hostile: Hostile, _: User) -> Chat:
        await self._group.send_content(content_of(hostile), self._group.anonymous_admin())
        return self._group

    async def _channel_post(self, hostile: Hostile, _: User) -> Chat:
        fields = {"sender_chat": self._channel.json(), **content_of(hostile)}
        post = self._channel.add_message(None, fields)
        await self._server.queue_update("channel_post", post)
        return self._channel

    async def _guest(self, hostile: Hostile, person: User) -> Chat:
        mention = f"@{BOT_NAME}"
        content: JsonObject = {
            "text": f"{mention} {hostile.text}",
            "entities": [{"type": "mention", "offset": 0, "length": len(mention)}],
        }
        await self._server.queries.ask_guest(self._foreign, content, person)
        return self._foreign

    # -- queries ---------------------------------------------------------------------------

    async def _inline(self, hostile: Hostile, person: User) -> None:
        # Longer than any client would send it, and with any offset.
        await self._server.queries.ask_inline(person, hostile.text, hostile.text, "x")

    async def _press(self, hostile: Hostile, person: User) -> Chat:
        chat = self._group
        message = chat.add_message(self._server.bot, {"text": "答案", "reply_markup": BUTTON})
        await self._server.forge_press(message, hostile.text, person)
        return chat

    async def _stale_press(self, hostile: Hostile, person: User) -> Chat:
        chat = self._server.private_chat(person)
        message = chat.add_message(self._server.bot, {"text": "答案", "reply_markup": BUTTON})
        chat.delete(message)
        await self._server.forge_press(message, hostile.text, person)
        return chat


def _asked(hostile: Hostile) -> Hostile:
    """Turns a text in a group that is no command into a question."""
    if hostile.text.startswith("/") or hostile.entities is not None:
        return hostile
    return Hostile(hostile.name, hostile.way, f"/ask {hostile.text}", author=hostile.author)


def content_of(hostile: Hostile) -> JsonObject:
    """Returns the text and the entities as fields of a Message."""
    entities = hostile.entities
    if entities is None:
        entities = _entities_in(hostile.text)
    return {"text": hostile.text, **({"entities": list(entities)} if entities else {})}


def _entities_in(text: str) -> tuple[JsonObject, ...]:
    """Returns the entities that Telegram finds; only a command in a text that it would not send."""
    try:
        formatted = with_typed_entities(text)
    except TextError:
        formatted = None
    if formatted is not None and formatted.text == text:
        return formatted.entities
    command, *_ = text.split(maxsplit=1) or [""]
    if not (text.startswith("/") and len(command) > 1):
        return ()
    return ({"type": "bot_command", "offset": 0, "length": utf16_length(command)},)
