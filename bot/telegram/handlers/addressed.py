"""Whether a message in a group is meant for the bot, and what it asks."""

from telegram import Bot, Message, MessageEntity
from telegram.ext import filters


class Addressed(filters.MessageFilter):
    """Messages that mention the bot, or reply to one of its own."""

    def filter(self, message: Message) -> bool:
        """Whether the message is one."""
        return bool(_mentions(message)) or _replies(message)


def without_mention(message: Message) -> str:
    """Returns the text of a message without its mentions of the bot."""
    text = words(message)
    for mention in _mentions(message):
        text = text.replace(mention, " ")
    return text.strip()


def words(message: Message) -> str:
    """Returns the text of a message or, for a picture, its caption."""
    return message.text or message.caption or ""


def after_command(message: Message) -> str:
    """Returns what follows the command that a message begins with."""
    _, *rest = words(message).split(maxsplit=1)
    return rest[0].strip() if rest else ""


def _mentions(message: Message) -> set[str]:
    """Returns the ways in which a message names the bot; in a caption, the command counts."""
    return {
        written
        for entity in message.entities or message.caption_entities
        if _means_bot(entity, written := _part(words(message), entity), message.get_bot())
    }


def _means_bot(entity: MessageEntity, written: str, bot: Bot) -> bool:
    if entity.type == MessageEntity.MENTION:
        return written.lower() == f"@{bot.username}".lower()
    if entity.type == MessageEntity.BOT_COMMAND:
        return entity.offset == 0 and written.lower() in {"/ask", f"/ask@{bot.username}".lower()}
    by_id = entity.type == MessageEntity.TEXT_MENTION and bool(written)
    return by_id and entity.user is not None and entity.user.id == bot.id


def _part(text: str, entity: MessageEntity) -> str:
    """Returns the text of an entity. The library's own way fails on half a surrogate pair."""
    units = text.encode("utf-16-le", "surrogatepass")
    covered = units[2 * entity.offset : 2 * (entity.offset + entity.length)]
    return covered.decode("utf-16-le", "surrogatepass")


def _replies(message: Message) -> bool:
    replied = message.reply_to_message
    if replied is None or replied.from_user is None or replied.forum_topic_created:
        # Every message of a topic replies, in Telegram's eyes, to the one that opened it.
        return False
    return replied.from_user.id == message.get_bot().id
