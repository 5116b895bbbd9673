"""Settings of the bot, from the environment (BOT_*) and `.env`."""

import re
from collections.abc import Callable
from ipaddress import ip_network
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import NoDecode, SettingsConfigDict

from index.settings import Settings

UNUSABLE_SETTING = 78
"""The exit code where a setting cannot be used (EX_CONFIG): starting again does not help."""

_COMMAS = re.compile(r"[,\uff0c、\s]+")
_LISTEN = re.compile(r"\[?([^\s\[\]]+)\]?:([0-9]{1,5})", re.ASCII)
_CHANNEL = re.compile(r"-100[0-9]{1,15}|[A-Za-z][A-Za-z0-9_]{3,31}", re.ASCII)
_TOKEN = re.compile(r"[0-9A-Za-z:_-]*")
_WEB_ADDRESS = r"https?://[^\s/?#]+[^\s?#]*"


def _comma_separated(read: Callable[[str], object], expected: str) -> BeforeValidator:
    """Returns a validator that reads a list, with half- or full-width commas.

    Args:
        read: reads an item; raises ValueError where it is none.
        expected: what the items should be, to be told without the value itself.
    """

    def split(value: object) -> object:
        if not isinstance(value, str):
            return value
        try:
            return frozenset(read(part) for part in _COMMAS.split(value) if part)
        except ValueError:
            raise ValueError(f"expected {expected}") from None  # pydantic adds the setting's name

    return BeforeValidator(split)


def _channel(written: str) -> str:
    name = written.removeprefix("@")
    if not _CHANNEL.fullmatch(name):
        raise ValueError
    return name.lower()


def _network(written: str) -> str:
    ip_network(written, strict=False)
    return written


def _address(form: str, expected: str) -> AfterValidator:
    """Returns a validator that strips an address, and refuses one of another form."""

    def check(address: str) -> str:
        stripped = address.strip()
        if not re.fullmatch(form, stripped):
            raise ValueError(f"expected an address such as {expected}")
        return stripped

    return AfterValidator(check)


Ids = Annotated[
    frozenset[int],
    NoDecode,
    _comma_separated(int, "whole numbers separated by commas, such as 123456789,987654321"),
]
Channels = Annotated[
    frozenset[str],
    NoDecode,
    _comma_separated(_channel, "channels such as @wenchu or -1001234567890"),
]
Networks = Annotated[
    frozenset[str],
    NoDecode,
    _comma_separated(
        _network, "addresses or networks separated by commas, such as 127.0.0.1,10.0.0.0/8"
    ),
]
ApiUrl = Annotated[
    str,
    AfterValidator(lambda address: address.strip().rstrip("/")),
    _address(rf"{_WEB_ADDRESS}(?<!/bot)", "https://api.telegram.org, without /bot"),
]
WebhookUrl = Annotated[str, _address(f"(?:{_WEB_ADDRESS})?", "https://bot.example.com/hook")]
Proxy = Annotated[str, _address(r"(?:(?:https?|socks5h?)://[^\s/]+/?)?", "http://127.0.0.1:3128")]


class BotSettings(Settings):
    """Through which channel the bot is reached, by whom, and in which language."""

    model_config = SettingsConfigDict(env_prefix="BOT_")

    token: SecretStr = Field(
        default=SecretStr(""), description="token from @BotFather; empty = chat in the terminal"
    )
    admins: Ids = Field(default=frozenset(), description="user ids of the administrators")
    api_url: ApiUrl = Field(
        default="https://api.telegram.org", description="address of the Bot API, without /bot"
    )
    webhook_url: WebhookUrl = Field(
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
    proxy: Proxy = Field(default="", description="address of a proxy to reach Telegram through")
    keep_days: float = Field(
        default=30, gt=0, description="days for which questions and answers are kept"
    )
    keep_questions: int = Field(
        default=100_000, gt=0, description="how many questions and answers are kept in all"
    )
    keep_questions_per_person: int = Field(
        default=1_000, gt=0, description="how many questions and answers of one person are kept"
    )
    questions_per_minute: int = Field(
        # Telegram carries about 75 answers a minute into a chat: who waits for them is not refused.
        default=120,
        gt=0,
        description="how much a person may ask in one talk within a minute, or have waiting",
    )
    web_listen: str = Field(
        default="", description="host:port on which the built-in page is served; empty = none"
    )
    web_url: str = Field(
        default="",
        validate_default=True,
        description="address under which people reach the built-in page",
    )
    web_proxies: Networks = Field(
        default=frozenset({"127.0.0.1", "::1"}),
        description="addresses or networks of reverse proxies that tell the page who asks",
    )
    metrics_listen: str = Field(
        default="",
        description="port, or host:port, of /healthz and /metrics on Telegram; empty = none",
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

    @field_validator("webhook_secret")
    @classmethod
    def _telegram_takes_the_webhook_secret(cls, secret: SecretStr) -> SecretStr:
        if not re.fullmatch(r"[A-Za-z0-9_-]{0,256}", secret.get_secret_value()):
            raise ValueError("expected at most 256 letters, digits, _ and -")
        return secret

    @field_validator("metrics_listen", mode="before")
    @classmethod
    def _a_port_alone_is_one_on_loopback(cls, listen: object) -> object:
        is_port = isinstance(listen, str) and re.fullmatch(r"\s*[0-9]+\s*", listen)
        return f"127.0.0.1:{str(listen).strip()}" if is_port else listen

    @field_validator("webhook_listen", "web_listen", "metrics_listen")
    @classmethod
    def _listening_takes_a_host_and_a_port(cls, listen: str, field: ValidationInfo) -> str:
        listen = listen.strip()
        if not listen and field.field_name != "webhook_listen":
            return listen
        read = _LISTEN.fullmatch(listen)
        if read is None or not 0 < int(read[2]) < 65_536:
            raise ValueError("expected host:port, such as 127.0.0.1:8080")
        return listen

    @field_validator("web_url")
    @classmethod
    def _the_page_has_both_of_its_addresses(cls, url: str, others: ValidationInfo) -> str:
        address = url.strip()
        if address and not re.fullmatch(_WEB_ADDRESS, address):
            raise ValueError("expected an address such as https://bot.example.com")
        # Where BOT_WEB_LISTEN is wrong itself, that is reported instead.
        if "web_listen" in others.data and bool(address) != bool(others.data["web_listen"]):
            raise ValueError("set BOT_WEB_LISTEN and BOT_WEB_URL together, or neither")
        return address

    @property
    def webhook_address(self) -> tuple[str, int]:
        """Host and port of the webhook."""
        return _host_and_port(self.webhook_listen)

    @property
    def web_address(self) -> tuple[str, int] | None:
        """Host and port of the built-in page; None where there is none."""
        return _host_and_port(self.web_listen) if self.web_listen else None

    @property
    def metrics_address(self) -> tuple[str, int] | None:
        """Host and port of `/healthz` and `/metrics`; None where they are not served."""
        return _host_and_port(self.metrics_listen) if self.metrics_listen else None


def _host_and_port(listen: str) -> tuple[str, int]:
    host, _, port = listen.rpartition(":")
    return host.strip("[]"), int(port)
