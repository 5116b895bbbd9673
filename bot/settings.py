"""Settings of the bot, from the environment (BOT_*) and `.env`."""

import re
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, SecretStr, field_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from index.settings import Settings

_TOKEN = re.compile(r"[0-9A-Za-z:_-]*")


def _ids(value: object) -> object:
    """A list of ids as people write it, with half- or full-width commas."""
    if not isinstance(value, str):
        return value
    try:
        return frozenset(int(part) for part in re.split(r"[,\uff0c、\s]+", value) if part)
    except ValueError:
        # pydantic adds the setting's name; the value itself is kept out of the message.
        raise ValueError(
            "expected whole numbers separated by commas, such as 123456789,987654321"
        ) from None


Ids = Annotated[frozenset[int], NoDecode, BeforeValidator(_ids)]


class BotSettings(Settings):
    """Through which channel the bot is reached, by whom, and in which language."""

    model_config = SettingsConfigDict(env_prefix="BOT_")

    token: SecretStr = Field(
        default=SecretStr(""), description="token from @BotFather; empty = chat in the terminal"
    )
    admins: Ids = Field(default=frozenset(), description="user ids of the administrators")
    api_url: str = Field(
        default="https://api.telegram.org", description="address of the Bot API, without /bot"
    )
    chats: Ids = Field(default=frozenset(), description="ids of the chats served; empty = all")
    locale: Literal["zh", "en"] = Field(
        default="zh", description="language where a person's own is not known"
    )

    @field_validator("token")
    @classmethod
    def _token_can_stand_in_an_address(cls, token: SecretStr) -> SecretStr:
        stripped = SecretStr(token.get_secret_value().strip())
        if not _TOKEN.fullmatch(stripped.get_secret_value()):
            raise ValueError("expected the token from @BotFather, such as 123456:ABC-def_123")
        return stripped

    @field_validator("api_url")
    @classmethod
    def _api_url_is_a_web_address(cls, api_url: str) -> str:
        address = api_url.strip().rstrip("/")
        if not re.fullmatch(r"https?://[^\s/?#]+[^\s?#]*", address) or address.endswith("/bot"):
            raise ValueError("expected an address such as https://api.telegram.org, without /bot")
        return address
