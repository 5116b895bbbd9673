"""Whether a message in a group is meant for the bot, and what it asks."""

from telegram import Message, MessageEntity
from telegram.ext import filters


class Addressed(filters.MessageFilter):
    """Messages that mention the bot, or reply to one of its own."""

    def filter(self, message: Message) -> bool:
        """Whether the message is one."""
        return bool(_mentions(message)) or _replies(message)


def without_mention(message: Message) -> str:
    """The text of a message without the places where it mentions the bot."""
    text = message.text or ""
    for mention in _mentions(message):
        text = text.replace(mention, " ")
    return text.strip()


def after_command(message: Message) -> str:
    """What follows the command that a message begins with."""
    _, *rest = (message.text or "").split(maxsplit=1)
    return rest[0].strip() if rest else ""


def _mentions(message: Message) -> set[str]:
    """The ways in which a message writes the bot's name."""
    bot = message.get_bot()
    by_name = message.parse_entities([MessageEntity.MENTION])
    by_id = message.parse_entities([MessageEntity.TEXT_MENTION])
    return {text for text in by_name.values() if text.lower() == f"@{bot.username}".lower()} | {
        text for entity, text in by_id.items() if entity.user and entity.user.id == bot.id
    }


def _replies(message: Message) -> bool:
    replied = message.reply_to_message
    if replied is None or replied.from_user is None or replied.forum_topic_created:
        # Every message of a topic replies, in Telegram's eyes, to the one that opened it.
        return False
    return replied.from_user.id == message.get_bot().id
