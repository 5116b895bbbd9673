"""The parts of a Message: whom it calls, its topic, what it replies to, where it comes from."""

from bot_api_emulator.contract import JsonObject
from bot_api_emulator.html import slice_utf16, utf16_length


def is_meant_for(message: JsonObject, bot: JsonObject) -> bool:
    """Whether a group's message reaches a bot in privacy mode.

    Commands (for nobody in particular, or for this bot), mentions, replies to the bot, and
    what was written by way of it.
    """
    replied = message.get("reply_to_message", {}).get("from", {}).get("id")
    if bot["id"] in (replied, message.get("via_bot", {}).get("id")):
        return True
    text = message.get("text") or message.get("caption", "")
    entities = message.get("entities") or message.get("caption_entities", [])
    return any(_calls(text, entity, bot) for entity in entities)


def _calls(text: str, entity: JsonObject, bot: JsonObject) -> bool:
    """Whether the entity is a command or a mention that calls the bot."""
    if entity["type"] == "text_mention":
        return bool(entity["user"]["id"] == bot["id"])
    covered = slice_utf16(text, entity["offset"], entity["length"]).lower()
    name = f"@{bot['username']}".lower()
    if entity["type"] == "mention":
        return covered == name
    if entity["type"] == "bot_command":
        return covered.endswith(name) or ("@" not in covered and entity["offset"] == 0)
    return False


def shown_in_reply(message: JsonObject) -> JsonObject:
    """Returns a message as a reply to it shows it: of replies, Telegram shows one level only."""
    return {name: value for name, value in message.items() if name != "reply_to_message"}


def people_reply(target: JsonObject | None, quote: str) -> JsonObject:
    """Returns the fields that a person's reply adds to the Message."""
    if target is None:
        return {}
    quoted = quote_fields(target, quote) if quote else {}
    if quote and quoted is None:
        raise ValueError("a Telegram client quotes only what is there")
    return {"reply_to_message": shown_in_reply(target), **(quoted or {})}


def quote_fields(target: JsonObject, quote: str) -> JsonObject | None:
    """Returns the quote of a reply with its place in UTF-16 units, or None if it is not in the
    message.
    """
    text: str = target.get("text") or target.get("caption", "")
    start = text.find(quote)
    if start < 0:
        return None
    return {"quote": {"text": quote, "position": utf16_length(text[:start]), "is_manual": True}}


def forward_origin(message: JsonObject, *, hidden: bool) -> JsonObject:
    """Returns where a forwarded message comes from; a person may hide their account."""
    date = message["date"]
    if hidden:
        name = message["from"]["first_name"]
        return {"type": "hidden_user", "date": date, "sender_user_name": name}
    chat = message.get("sender_chat")
    if chat is None:
        return {"type": "user", "date": date, "sender_user": message["from"]}
    if chat["type"] == "channel":
        number = message["message_id"]
        return {"type": "channel", "date": date, "chat": chat, "message_id": number}
    return {"type": "chat", "date": date, "sender_chat": chat}
