"""Settings of the index, from the environment (INDEX_*) and `.env`."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    SettingsConfigDict,
)

from index.errors import SettingsError

_ALIKE = 0.7
"""How alike names are, of 0 to 1, of which one may be the other misspelt; their beginnings are."""

# Where `=` is missing, the value is read as part of the name, and it may be a token.
_NAME = re.compile(r"[A-Z0-9_]+", re.ASCII)
_CREDENTIALS = re.compile(r"(?<=//)[^\s/?#]*@")


def without_credentials(text: str) -> str:
    """Returns a text without the user and password of the addresses in it."""
    return _CREDENTIALS.sub("", text)


class Settings(BaseSettings):
    """Settings that are read from the environment and `.env`; errors are one clear sentence."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
    )

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Returns the names of the settings, as they are written."""
        return tuple(f"{cls.prefix()}{name}".upper() for name in cls.model_fields)

    @classmethod
    def prefix(cls) -> str:
        """Returns what the names of the settings begin with."""
        return cls.model_config.get("env_prefix", "")

    @classmethod
    def load(cls) -> Self:
        """Reads the environment and `.env`.

        Raises:
            SettingsError: a value cannot be used; the message names each setting at fault.
        """
        try:
            return cls()
        except ValidationError as error:
            faults = [
                f"{cls.prefix()}{'.'.join(map(str, fault['loc'][:1]))}".upper()
                + f": {fault['msg'].removeprefix('Value error, ')}"
                for fault in error.errors(include_url=False, include_input=False)
            ]
            raise SettingsError("Settings that cannot be used: " + "; ".join(faults)) from None
        except UnicodeDecodeError:
            raise SettingsError(".env is not UTF-8 text. Save it as UTF-8.") from None
        except OSError as error:
            raise SettingsError(f".env cannot be read: {error.strerror}.") from None


class IndexSettings(Settings):
    """Where the articles and the index are, and how questions are judged."""

    model_config = SettingsConfigDict(env_prefix="INDEX_")

    seeds: Path = Field(default=Path("seeds"), description="folder of the articles")
    data: Path = Field(default=Path("data"), description="folder of the index")
    engine: Literal["memory", "opensearch"] = Field(
        default="memory",
        description="where passages are searched: memory (this machine) or opensearch (a cluster)",
    )
    opensearch_url: str = Field(
        default="",
        description="addresses of the cluster, with commas between: https://node-1:9200",
    )
    opensearch_user: str | None = Field(default=None, description="user at the cluster")
    opensearch_password: SecretStr | None = Field(default=None, description="that user's password")
    opensearch_api_key: SecretStr | None = Field(
        default=None, description="key for the cluster, in place of user and password"
    )
    opensearch_ca: Path | None = Field(
        default=None, description="file of the authority that signed the cluster's certificate"
    )
    opensearch_prefix: str = Field(
        default="wenchu",
        pattern=r"^[a-z][a-z0-9_-]{0,63}$",
        description="what the names of all indices in the cluster begin with",
    )
    opensearch_shards: int = Field(
        default=1, ge=1, le=1024, description="parts of an index; a change has it built anew"
    )
    opensearch_replicas: int = Field(
        default=1, ge=0, le=20, description="copies of each part: nodes that may be lost"
    )
    opensearch_timeout: float = Field(
        default=5, gt=0, le=300, description="seconds in which a node of the cluster must answer"
    )
    user_dict: Path | None = Field(
        default=None, description="file of words that are cut as one: word [frequency] [tag] a line"
    )
    synonyms: Path | None = Field(
        default=None, description="file of words that mean the same: 西区 = 城西区, a group a line"
    )
    confidence: float = Field(
        default=0.15, ge=0, le=1, description="an answer below this confidence is not given"
    )
    sure: float = Field(
        default=0.86,
        ge=0,
        le=1,
        description="an answer below this confidence is shown as a possible one, with others",
    )
    largest_file_mb: float = Field(
        default=20,
        gt=0,
        le=300,  # SQLite takes texts of up to 1,000 MB, and GB18030 grows by half in it
        description="a larger article file is skipped, in megabytes",
    )
    largest_article: int = Field(
        default=5_000_000,
        gt=0,
        description="an article of more characters is skipped; a change has everything built anew",
    )
    most_articles: int = Field(
        default=1_000_000,
        gt=0,
        description="so many articles are taken in; what comes later is skipped",
    )

    @classmethod
    def load(cls) -> Self:
        """Reads the environment and `.env`.

        Raises:
            SettingsError: as `Settings.load` does, or the index would be among the articles.
        """
        settings = super().load()
        settings.require_apart()
        return settings

    def require_apart(self) -> None:
        """Refuses an index in the folder of articles: each build would change that folder.

        Raises:
            SettingsError: `data` is `seeds`, or below it.
        """
        if self.data.resolve().is_relative_to(self.seeds.resolve()):
            raise SettingsError(
                "Settings that cannot be used: INDEX_DATA: expected a folder that is not inside "
                "the folder of articles (INDEX_SEEDS), such as one beside it"
            )

    @property
    def words_file(self) -> Path:
        """The user dictionary: the file that is set, else one in the data folder."""
        return self.user_dict or self.data / "words.txt"

    @property
    def synonyms_file(self) -> Path:
        """The synonyms: the file that is set, else one in the data folder."""
        return self.synonyms or self.data / "synonyms.txt"

    @property
    def words_to_read(self) -> Path | None:
        """The user dictionary; None where it is neither set nor in the data folder."""
        return self.user_dict or _if_begun(self.words_file)

    @property
    def synonyms_to_read(self) -> Path | None:
        """The synonyms; None where they are neither set nor in the data folder."""
        return self.synonyms or _if_begun(self.synonyms_file)


def _if_begun(path: Path) -> Path | None:
    return path if path.exists() else None


@dataclass(frozen=True, slots=True)
class UnknownSetting:
    """A variable that is named like a setting and is none.

    Attributes:
        name: in capitals.
        nearest: the setting that may have been meant; None where no name is similar.
    """

    name: str
    nearest: str | None

    def __str__(self) -> str:
        meant = f" Did you mean {self.nearest}?" if self.nearest else ""
        return f"There is no setting {self.name}, so it changes nothing.{meant}"


def unknown_settings(*kinds: type[Settings]) -> list[UnknownSetting]:
    """Returns names in the environment and `.env` that look like settings and are none.

    Skips those without a value.

    Raises:
        OSError, UnicodeDecodeError: `.env` cannot be read; `Settings.load` raises that first.
    """
    known = [name for kind in kinds for name in kind.names()]
    unknown = {name for kind in kinds for name in _written(kind)}.difference(known)
    return [
        UnknownSetting(name, next(iter(get_close_matches(name, known, 1, _ALIKE)), None))
        for name in sorted(unknown)
    ]


def _written(kind: type[Settings]) -> Iterable[str]:
    """Returns the names with a value that begin like settings of a kind, in capitals."""
    sources = EnvSettingsSource(kind), DotEnvSettingsSource(kind)
    names = (name.upper() for source in sources for name in source.env_vars)
    return (name for name in names if name.startswith(kind.prefix()) and _NAME.fullmatch(name))
