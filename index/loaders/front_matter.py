"""Reads and writes metadata in YAML: the front matter of Markdown, and the file beside a PDF."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

import yaml

from index.analysis.clean_values import day, single_line, web_address
from index.model import Article

_LONGEST_FRONT_MATTER = 20_000


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """Metadata of an article; empty where it is not known.

    Attributes:
        title, source, published, url: as in `index.model.Article`.
    """

    title: str = ""
    source: str = ""
    published: date | None = None
    url: str = ""

    def to_yaml(self) -> str:
        """Returns the known values, one a line; empty if there are none."""
        values = {
            "title": self.title,
            "source": self.source,
            "date": self.published.isoformat() if self.published else "",
            "url": self.url,
        }
        known = {name: value for name, value in values.items() if value}
        if not known:
            return ""
        return yaml.safe_dump(known, allow_unicode=True, sort_keys=False, width=1_000_000)


def read_front_matter(text: str) -> FrontMatter | None:
    """Reads `title`, `source`, `date` and `url`, and leaves out values that cannot be used.

    Returns None if `text` is not a YAML mapping.
    """
    values = _values(text)
    if values is None:
        return None
    return FrontMatter(
        title=single_line(values.get("title")),
        source=single_line(values.get("source")),
        published=day(values.get("date")),
        url=web_address(values.get("url")),
    )


def unusable_keys(text: str) -> list[str]:
    """Returns the keys whose values are given, but cannot be used."""
    values = _values(text) or {}
    return [key for key, read in _READ.items() if values.get(key) and not read(values[key])]


def described_by(article: Article, front: FrontMatter) -> Article:
    """Returns the article with the metadata beside its file, which takes precedence."""
    return replace(
        article,
        title=front.title or article.title,
        source=front.source or article.source,
        published=front.published or article.published,
        url=front.url or article.url,
    )


def with_front_matter(front: FrontMatter, text: str) -> str:
    """Returns a Markdown file of a text and its metadata."""
    return f"---\n{front.to_yaml()}---\n\n{text}"


_READ: dict[str, Callable[[object], object]] = {
    "title": single_line,
    "source": single_line,
    "date": day,
    "url": web_address,
}


def _values(text: str) -> dict[object, object] | None:
    if len(text) > _LONGEST_FRONT_MATTER:
        return None
    try:
        # This loader only makes strings: values stay as they are written, and none can be too
        # large or too odd for its type in YAML.
        values = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506
    except (yaml.YAMLError, RecursionError, ValueError, OverflowError):
        return None
    return values if isinstance(values, dict) else None
