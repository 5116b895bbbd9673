"""Which file becomes which article: one file a format, one table."""

import hashlib
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from index.errors import SkipReason, UnreadableFile
from index.loaders.draft import Draft
from index.loaders.markdown import load_markdown
from index.loaders.plain import load_plain
from index.model import Article

LOADERS: dict[str, Callable[[bytes], Draft]] = {
    ".txt": load_plain,
    ".text": load_plain,
    ".md": load_markdown,
    ".markdown": load_markdown,
}
"""Loaders by file suffix, in lower case."""


def load_article(path: Path, article_id: str, largest_bytes: int) -> Article:
    """Read one file.

    Args:
        path: the file.
        article_id: the article's id in its library.
        largest_bytes: a larger file is refused.

    Raises:
        UnreadableFile: it cannot become an article; the error says why.
    """
    loader = LOADERS.get(path.suffix.lower())
    if loader is None:
        raise UnreadableFile(
            SkipReason.UNSUPPORTED, f"Files of this kind are not read; only {', '.join(LOADERS)}."
        )
    content = _read(path, largest_bytes)
    draft = loader(content)
    return Article(
        id=article_id,
        title=draft.title or PurePosixPath(article_id).stem,
        source=draft.source,
        published=draft.published,
        url=draft.url,
        digest=hashlib.sha256(content).hexdigest(),
        text=draft.text,
        blocks=draft.blocks,
    )


def _read(path: Path, largest_bytes: int) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(largest_bytes + 1)
    except OSError as error:
        raise UnreadableFile(
            SkipReason.UNREADABLE, f"The file cannot be read: {error.strerror}."
        ) from error
    if len(content) > largest_bytes:
        raise UnreadableFile(
            SkipReason.TOO_LARGE, f"The file is larger than {largest_bytes / 1e6:g} MB."
        )
    return content
