"""What YAML says of an article: the front matter of Markdown, and the file beside a PDF."""

from collections.abc import Callable

import yaml

from index.analysis.clean_values import day, single_line, web_address
from index.loaders.front import FrontMatter

_LONGEST_FRONT_MATTER = 20_000


def read_front_matter(text: str) -> FrontMatter | None:
    """Read `title`, `source`, `date` and `url`; a value that cannot be used is left out.

    None where `text` holds no such lines at all.
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
    """The keys of values that `read_front_matter` leaves out though there is something in them."""
    values = _values(text) or {}
    return [key for key, read in _READ.items() if values.get(key) and not read(values[key])]


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
        # This loader makes strings only: values stay as they are written, and none is too large
        # or too odd for the type that YAML would give it.
        values = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506
    except (yaml.YAMLError, RecursionError, ValueError, OverflowError):
        return None
    return values if isinstance(values, dict) else None
