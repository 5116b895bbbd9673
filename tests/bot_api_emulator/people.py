"""Who writes to a bot: people, and those who hide behind the name of a chat."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bot_api_emulator.contract import ApiError, JsonObject

if TYPE_CHECKING:
    from bot_api_emulator.chats import Chat
    from bot_api_emulator.server import TelegramServer

# The accounts that Telegram shows in `from` where somebody writes in the name of a chat.
ANONYMOUS_ADMIN = {
    "id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot",
}  # fmt: skip
AS_CHANNEL = {
    "id": 136817688, "is_bot": True, "first_name": "Channel", "username": "Channel_Bot",
}  # fmt: skip
LINKED_CHANNEL = {"id": 777000, "is_bot": False, "first_name": "Telegram"}


@dataclass(frozen=True, slots=True)
class User:
    """A person who uses Telegram, or another bot."""

    server: "TelegramServer" = field(repr=False, compare=False)
    id: int
    first_name: str
    language_code: str = "zh-hans"
    username: str | None = None
    last_name: str = ""
    is_bot: bool = False

    def json(self) -> JsonObject:
        known = {
            "username": self.username,
            "last_name": self.last_name,
            "language_code": self.language_code,
        }
        return {
            "id": self.id,
            "is_bot": self.is_bot,
            "first_name": self.first_name,
            **{name: value for name, value in known.items() if value},
        }

    def sender_fields(self) -> JsonObject:
        """Returns what a Message holds of its sender beside `from`."""
        return {}

    async def send(self, text: str, **extra: Any) -> JsonObject:
        """Writes to the bot in the private chat; returns the Message."""
        return await self.server.private_chat(self).send(text, **extra)

    async def block_bot(self) -> None:
        """Blocks the bot in the private chat."""
        chat = self.server.private_chat(self)
        chat.refusal = ApiError("Forbidden: bot was blocked by the user", 403)
        await self.server.tell_membership(chat, self, "member", "kicked")

    async def unblock_bot(self) -> None:
        chat = self.server.private_chat(self)
        chat.refusal = None
        await self.server.tell_membership(chat, self, "kicked", "member")


@dataclass(frozen=True, slots=True)
class Alias:
    """Somebody who writes in the name of a chat, so that nobody knows who it is.

    Attributes:
        chat: in whose name.
        account: shown as `from`.
        is_automatic: a post of the linked channel, forwarded by Telegram itself.
    """

    chat: "Chat"
    account: JsonObject
    is_automatic: bool = False

    def json(self) -> JsonObject:
        return self.account

    def sender_fields(self) -> JsonObject:
        """Returns what a Message holds of its sender beside `from`."""
        automatic = {"is_automatic_forward": True} if self.is_automatic else {}
        return {"sender_chat": self.chat.json(), **automatic}


Sender = User | Alias
