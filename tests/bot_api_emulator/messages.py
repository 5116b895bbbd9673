"""What a bot writes: sending, editing, deleting, reacting."""

import itertools
import time
from dataclasses import dataclass

from bot_api_emulator.chats import BOT_ID, Chat, Chats, topic_fields
from bot_api_emulator.checks import (
    CAPTION_LIMIT,
    CHAT_ACTIONS,
    check_link_preview,
    check_markup,
    check_reaction,
    formatted_text,
    quote_of,
    required_text,
)
from bot_api_emulator.contract import ApiError, Handler, JsonObject
from bot_api_emulator.files import Files
from bot_api_emulator.html import Formatted
from bot_api_emulator.parts import quote_fields, shown_in_reply


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message is; a bot knows those sent by way of it by another identifier only."""

    chat: Chat
    message_id: int

    @property
    def message(self) -> JsonObject | None:
        """The message as it now stands, unless it was deleted."""
        return self.chat.messages.get(self.message_id)


class InlineMessages:
    """Messages that people sent by way of the bot, or that it sent as a guest."""

    def __init__(self) -> None:
        self.places: dict[str, Place] = {}
        self._ids = itertools.count(1)

    def add(self, chat: Chat, message: JsonObject) -> str:
        """Gives the message an inline message id; returns the id."""
        identifier = f"inline{next(self._ids):04}"
        self.places[identifier] = Place(chat, message["message_id"])
        return identifier

    def place_of(self, message: JsonObject) -> Place:
        """Returns where a message is that was sent by way of the bot, or by it as a guest."""
        known = (message["chat"]["id"], message["message_id"])
        [place] = [p for p in self.places.values() if (p.chat.id, p.message_id) == known]
        return place


class Messages:
    """The methods of the Bot API that write messages."""

    def __init__(self, bot: JsonObject, chats: Chats, inline: InlineMessages, files: Files) -> None:
        self._bot = bot
        self._chats = chats
        self._inline = inline
        self._files = files

    def methods(self) -> dict[str, Handler]:
        return {
            "deleteMessage": self._delete,
            "editMessageReplyMarkup": self._edit_markup,
            "editMessageText": self._edit_text,
            "sendChatAction": self._send_action,
            "sendDocument": self._send_document,
            "sendMessage": self._send_message,
            "sendPhoto": self._send_photo,
            "setMessageReaction": self._react,
        }

    # -- sending ---------------------------------------------------------------------------

    def _send_message(self, parameters: JsonObject) -> JsonObject:
        content = required_text(parameters).fields()
        preview = parameters.get("link_preview_options")
        check_link_preview(preview)
        return self._send(
            parameters, {**content, **({"link_preview_options": preview} if preview else {})}
        )

    def _send_photo(self, parameters: JsonObject) -> JsonObject:
        size = self._files.photo(parameters["photo"])
        return self._send(parameters, {"photo": [size], **_caption_fields(parameters)})

    def _send_document(self, parameters: JsonObject) -> JsonObject:
        file = self._files.document(parameters["document"])
        return self._send(parameters, {"document": file, **_caption_fields(parameters)})

    def _send(self, parameters: JsonObject, content: JsonObject) -> JsonObject:
        chat = self._chats.writable(parameters)
        markup = parameters.get("reply_markup")
        check_markup(markup)
        replying = _reply_fields(chat, parameters.get("reply_parameters"))
        fields = content | _topic_of(chat, parameters, replying) | replying
        # Only inline keyboards belong to the message, the other kinds to the client.
        if markup and "inline_keyboard" in markup:
            fields["reply_markup"] = markup
        return chat.add_message(self._bot, fields)

    def _send_action(self, parameters: JsonObject) -> bool:
        topic_fields(self._chats.writable(parameters), parameters)
        if parameters["action"] not in CHAT_ACTIONS:
            raise ApiError("wrong parameter action in request")
        return True

    # -- editing ---------------------------------------------------------------------------

    def _edit_text(self, parameters: JsonObject) -> JsonObject | bool:
        place, message = self._editable(parameters)
        if "text" not in message:
            raise ApiError("there is no text in the message to edit")
        changed = with_text(message, required_text(parameters))
        changed.pop("link_preview_options", None)
        check_link_preview(parameters.get("link_preview_options"))
        if preview := parameters.get("link_preview_options"):
            changed["link_preview_options"] = preview
        return _store_edit(place, message, changed, parameters)

    def _edit_markup(self, parameters: JsonObject) -> JsonObject | bool:
        place, message = self._editable(parameters)
        return _store_edit(place, message, dict(message), parameters)

    def _editable(self, parameters: JsonObject) -> tuple[Place, JsonObject]:
        """Returns the place of the message that a request names, and the message."""
        if "inline_message_id" in parameters:
            place = self._inline.places.get(parameters["inline_message_id"])
            if "chat_id" in parameters or place is None or place.message is None:
                raise ApiError("MESSAGE_ID_INVALID")
            return place, place.message
        if "chat_id" not in parameters or "message_id" not in parameters:
            raise ApiError("message identifier is not specified")
        place = Place(self._chats.writable(parameters), parameters["message_id"])
        if place.message is None:
            raise ApiError("message to edit not found")
        if place.message.get("from", {}).get("id") != BOT_ID:
            raise ApiError("message can't be edited")
        return place, place.message

    # -- deleting and reacting -------------------------------------------------------------

    def _delete(self, parameters: JsonObject) -> bool:
        chat = self._chats.writable(parameters)
        message = chat.messages.get(parameters["message_id"])
        if message is None:
            raise ApiError("message to delete not found")
        own = message.get("from", {}).get("id") == BOT_ID
        if not own and chat.kind != "private" and BOT_ID not in chat.admins:
            raise ApiError("message can't be deleted")
        chat.delete(message)
        return True

    def _react(self, parameters: JsonObject) -> bool:
        chat = self._chats.writable(parameters)
        check_reaction(parameters.get("reaction", []))
        if parameters["message_id"] not in chat.messages:
            raise ApiError("message to react not found")
        return True


def with_text(message: JsonObject, formatted: Formatted) -> JsonObject:
    kept = {name: value for name, value in message.items() if name not in ("text", "entities")}
    return {**kept, **formatted.fields()}


def _store_edit(
    place: Place, message: JsonObject, changed: JsonObject, parameters: JsonObject
) -> JsonObject | bool:
    """Stores the edited message; an edit which names no keyboard takes the old one away.

    Returns:
        What Telegram answers: the message, or True where the bot does not know its chat.
    """
    markup = parameters.get("reply_markup")
    check_markup(markup, inline_only=True)
    changed.pop("reply_markup", None)
    if markup and markup["inline_keyboard"]:
        changed["reply_markup"] = markup
    if changed == message:
        raise ApiError(
            "message is not modified: specified new message content and reply markup are "
            "exactly the same as a current content and reply markup of the message"
        )
    changed["edit_date"] = int(time.time())
    place.chat.messages[place.message_id] = changed
    return True if "inline_message_id" in parameters else changed


def _caption_fields(parameters: JsonObject) -> JsonObject:
    return formatted_text(parameters, "caption", CAPTION_LIMIT).fields("caption")


def _topic_of(chat: Chat, parameters: JsonObject, replying: JsonObject) -> JsonObject:
    """Returns the topic of a new message: the one that is named, or else that of the message
    replied to.
    """
    fields = topic_fields(chat, parameters)
    target = replying.get("reply_to_message", {})
    if chat.is_forum and not fields and target.get("is_topic_message"):
        fields = {name: target[name] for name in ("message_thread_id", "is_topic_message")}
    if fields.get("message_thread_id") in chat.closed_topics and BOT_ID not in chat.admins:
        raise ApiError("TOPIC_CLOSED")
    return fields


def _reply_fields(chat: Chat, reply: JsonObject | None) -> JsonObject:
    """Returns the fields a reply adds to the Message, after checking that its target exists."""
    if not reply:
        return {}
    quote = quote_of(reply)
    if reply.get("chat_id", chat.id) != chat.id:
        raise ApiError("replies to other chats are not emulated")
    target = chat.messages.get(reply["message_id"])
    if target is None:
        if reply.get("allow_sending_without_reply"):
            return {}
        raise ApiError("message to be replied not found")
    if quote is None:
        return {"reply_to_message": shown_in_reply(target)}
    quoted = quote_fields(target, quote)
    if quoted is None:
        raise ApiError("QUOTE_TEXT_INVALID")
    return {"reply_to_message": shown_in_reply(target), **quoted}
