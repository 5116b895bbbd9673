"""What is known of an article beside its own text: written so that loaders read it."""

from dataclasses import dataclass, replace
from datetime import date

import yaml

from index.model import Article


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """What is known of an article; empty where it is not known.

    Attributes:
        title, source, published, url: as in `index.model.Article`.
    """

    title: str = ""
    source: str = ""
    published: date | None = None
    url: str = ""

    def to_yaml(self) -> str:
        """What is known, a line each; empty where nothing is."""
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


def told_of(article: Article, front: FrontMatter) -> Article:
    """The article as somebody describes it who knows better than its file."""
    return replace(
        article,
        title=front.title or article.title,
        source=front.source or article.source,
        published=front.published or article.published,
        url=front.url or article.url,
    )


def with_front_matter(front: FrontMatter, text: str) -> str:
    """A Markdown file of a text, headed by what is known of it."""
    return f"---\n{front.to_yaml()}---\n\n{text}"
