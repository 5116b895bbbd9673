"""Settings of the index, from the environment (INDEX_*) and `.env`."""

from pathlib import Path
from typing import Literal, Self, TypeVar

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from index.errors import SettingsError

EnvironmentSettings = TypeVar("EnvironmentSettings", bound="Settings")


class Settings(BaseSettings):
    """Settings that are read from the environment and `.env`, and fail with one clear sentence."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
    )

    @classmethod
    def load(cls) -> Self:
        """Read the environment and `.env`.

        Raises:
            SettingsError: a value cannot be used; the message names each setting at fault.
        """
        try:
            return cls()
        except ValidationError as error:
            prefix = cls.model_config.get("env_prefix", "")
            faults = [
                f"{prefix}{'.'.join(str(part) for part in fault['loc'][:1])}".upper()
                + f": {fault['msg']}"
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
    engine: Literal["memory"] = Field(default="memory", description="where passages are searched")
    user_dict: Path | None = Field(
        default=None, description="file of words that are cut as one: word [frequency] [tag] a line"
    )
    synonyms: Path | None = Field(
        default=None, description="file of words that mean the same: 西区 = 城西区, a group a line"
    )
    confidence: float = Field(
        default=0.25, ge=0, le=1, description="an answer below this confidence is not given"
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
