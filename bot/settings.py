"""Settings of the bot, from the environment (BOT_*) and `.env`."""

import re
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, SecretStr, field_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from index.settings import Settings

_LISTEN = re.compile(r"\[?([^\s\[\]]+)\]?:([0-9]{1,5})", re.ASCII)
_CHANNEL = re.compile(r"-100[0-9]{1,15}|[A-Za-z][A-Za-z0-9_]{3,31}", re.ASCII)
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


def _channels(value: object) -> object:
    """A list of channels as people write it: ids or @names."""
    if not isinstance(value, str):
        return value
    parts = [part.removeprefix("@") for part in re.split(r"[,\uff0c、\s]+", value) if part]
    if not all(_CHANNEL.fullmatch(part) for part in parts):
        raise ValueError("expected channels such as @wenchu or -1001234567890")
    return frozenset(part.lower() for part in parts)


Channels = Annotated[frozenset[str], NoDecode, BeforeValidator(_channels)]
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
    webhook_url: str = Field(
        default="", description="address under which Telegram reaches the bot; empty = polling"
    )
    webhook_secret: SecretStr = Field(
        default=SecretStr(""), description="what Telegram shows with each update; made if empty"
    )
    webhook_listen: str = Field(
        default="127.0.0.1:8080", description="host:port on which the webhook is served"
    )
    drop_pending: bool = Field(
        default=False, description="whether to leave out what was written while the bot was away"
    )
    proxy: str = Field(default="", description="address of a proxy to reach Telegram through")
    keep_days: float = Field(
        default=30, gt=0, description="days for which questions and answers are kept"
    )
    questions_per_minute: int = Field(
        default=60, gt=0, description="how much a person may ask within a minute"
    )
    log_questions: bool = Field(default=False, description="whether questions stand in the log")
    chats: Ids = Field(default=frozenset(), description="ids of the chats served; empty = all")
    channels: Channels = Field(
        default=frozenset(), description="channels whose posts become articles: @names or ids"
    )
    watch: bool = Field(
        default=True, description="whether the index follows when the folder of articles changes"
    )
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

    @field_validator("webhook_url")
    @classmethod
    def _telegram_takes_the_webhook_url(cls, url: str) -> str:
        address = url.strip()
        if address and not re.fullmatch(r"https?://[^\s/?#]+[^\s?#]*", address):
            raise ValueError("expected an address such as https://bot.example.com/hook")
        return address

    @field_validator("webhook_secret")
    @classmethod
    def _telegram_takes_the_webhook_secret(cls, secret: SecretStr) -> SecretStr:
        if not re.fullmatch(r"[A-Za-z0-9_-]{0,256}", secret.get_secret_value()):
            raise ValueError("expected at most 256 letters, digits, _ and -")
        return secret

    @field_validator("webhook_listen")
    @classmethod
    def _webhook_listen_has_a_host_and_a_port(cls, listen: str) -> str:
        read = _LISTEN.fullmatch(listen.strip())
        if read is None or not 0 < int(read[2]) < 65_536:
            raise ValueError("expected host:port, such as 127.0.0.1:8080")
        return listen.strip()

    @field_validator("proxy")
    @classmethod
    def _proxy_is_an_address(cls, proxy: str) -> str:
        address = proxy.strip()
        if address and not re.fullmatch(r"(?:https?|socks5h?)://[^\s/]+/?", address):
            raise ValueError("expected an address such as http://127.0.0.1:3128")
        return address

    @field_validator("api_url")
    @classmethod
    def _api_url_is_a_web_address(cls, api_url: str) -> str:
        address = api_url.strip().rstrip("/")
        if not re.fullmatch(r"https?://[^\s/?#]+[^\s?#]*", address) or address.endswith("/bot"):
            raise ValueError("expected an address such as https://api.telegram.org, without /bot")
        return address

    @property
    def webhook_address(self) -> tuple[str, int]:
        """Host and port on which the webhook is served."""
        host, _, port = self.webhook_listen.rpartition(":")
        return host.strip("[]"), int(port)
