"""Which file becomes which article?"""

import hashlib
import re
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from index.analysis.encoding import canonical
from index.errors import SkipReason, UnreadableFile
from index.loaders.draft import LoadedArticle
from index.loaders.markdown import load_markdown
from index.loaders.parsed_once import ParsedOnce
from index.loaders.plain import load_plain
from index.loaders.sandbox.client import Confined, Format, Limits
from index.model import Article

LOADERS: dict[str, Callable[[bytes], LoadedArticle]] = {
    ".txt": load_plain,
    ".text": load_plain,
    ".md": load_markdown,
    ".markdown": load_markdown,
}
"""Loaders by file suffix, in lower case."""

LARGE_TEXTS: dict[str, Format] = {
    ".txt": Format.PLAIN,
    ".text": Format.PLAIN,
    ".md": Format.MARKDOWN,
    ".markdown": Format.MARKDOWN,
}
"""Formats by file suffix that are read in another process if a file is large."""

LARGEST_TEXT_HERE = 256_000
"""Maximum number of bytes of a text read in this process: a larger one may be made to take long."""

CONFINED: dict[str, Format] = {
    ".html": Format.HTML,
    ".htm": Format.HTML,
    ".xhtml": Format.HTML,
    ".mhtml": Format.WEB_ARCHIVE,
    ".mht": Format.WEB_ARCHIVE,
    ".pdf": Format.PDF,
    ".docx": Format.DOCX,
    ".epub": Format.EPUB,
}
"""Formats by file suffix that are read in another process; see `index.loaders.sandbox.client`."""

SUFFIXES = (*LOADERS, *CONFINED)
"""The suffixes of all files that can become articles."""

_PARSED = ParsedOnce()

_EDITION = re.compile(r"(?<!\d)(?<!\d[-.])(?:19|20)\d{2}(?!\d|[-._\u5e74]\d)")
"""Matches a year in a file's name that is not part of a day."""


@dataclass(frozen=True, slots=True)
class FileContent:
    """The content of a file.

    Attributes:
        content: its bytes; plain text and Markdown are converted to UTF-8, so that the file's
            encoding makes no difference.
        digest: SHA-256 of these bytes in hexadecimal.
    """

    content: bytes
    digest: str


def read_file(path: Path, largest_bytes: int) -> FileContent:
    """Reads the bytes of a file that may become an article.

    Raises:
        UnreadableFile: its format is not known, it cannot be read, or it is too large.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise UnreadableFile(
                SkipReason.UNREADABLE, "This is no regular file, or a folder that cannot be read."
            )
        _refuse_unknown(path.suffix)
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
    if path.suffix.lower() in LOADERS:
        content = canonical(content)
    return FileContent(content, hashlib.sha256(content).hexdigest())


def require_short(article: Article, longest: int) -> None:
    """Refuses an article of more than `longest` characters. Raises UnreadableFile."""
    if len(article.text) > longest:
        raise UnreadableFile(
            SkipReason.TOO_LONG, f"The article is longer than {longest} characters."
        )


def make_article(
    file: FileContent,
    article_id: str,
    confined: Confined | None = None,
    limits: Limits | None = None,
) -> Article:
    """Makes an article of a file's content; the suffix of the id tells the format.

    Args:
        confined: reads files of formats that may be hostile; None starts one for this file. A file
            that was just read with None is not read again.
        limits: limits of a reader started for this file.

    Raises:
        UnreadableFile: it cannot become an article; the error says why.
    """
    name = PurePosixPath(article_id)
    draft = _load(name.suffix.lower(), file.content, confined, limits)
    return Article(
        id=article_id,
        title=_with_edition(draft, name.stem),
        source=draft.source,
        published=draft.published,
        url=draft.url,
        digest=file.digest,
        text=draft.text,
        blocks=draft.blocks,
        pages=draft.pages,
    )


def _with_edition(draft: LoadedArticle, stem: str) -> str:
    """Returns the title, with the year if only the file's name tells it, as in yearly reports."""
    title = draft.title or stem
    year = _EDITION.search(stem)
    if (
        year is None
        or year[0] == stem
        or year[0] in title
        or (draft.published and draft.published.year == int(year[0]))
    ):
        return title
    return f"{title}\uff08{year[0]}\uff09"


def _load(
    suffix: str, content: bytes, confined: Confined | None, limits: Limits | None
) -> LoadedArticle:
    _refuse_unknown(suffix)
    if suffix in LOADERS and len(content) <= LARGEST_TEXT_HERE:
        return LOADERS[suffix](content)
    form = CONFINED.get(suffix) or LARGE_TEXTS[suffix]
    if confined:
        return _PARSED.take(suffix, content) or confined.load(form, content)
    with Confined(limits) as own:
        loaded = own.load(form, content)
    _PARSED.keep(suffix, content, loaded)
    return loaded


def _refuse_unknown(suffix: str) -> None:
    if suffix.lower() not in LOADERS and suffix.lower() not in CONFINED:
        raise UnreadableFile(
            SkipReason.UNSUPPORTED, f"Files of this kind are not read; only {', '.join(SUFFIXES)}."
        )
