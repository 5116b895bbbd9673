"""Adds articles to the folder of articles and removes them: atomically, and never outside."""

import hashlib
import os
import re
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from index.analysis.encoding import canonical, sizes_of
from index.analysis.passages import split_article
from index.corpus.safe_names import numbered, safe_name
from index.corpus.seed_files import SeedFile, SeedKind, list_seeds
from index.corpus.sidecar import SIDECAR
from index.errors import (
    AlreadyKept,
    LibraryFull,
    NoSuchArticle,
    NotKept,
    SkipReason,
    UnreadableFile,
)
from index.loaders import LOADERS, FileContent, make_article, require_short
from index.loaders.front_matter import FrontMatter, described_by
from index.loaders.sandbox.client import Limits
from index.model import Article
from index.settings import IndexSettings
from index.storage.disk import flush
from index.storage.withdrawals import Withdrawals

INBOX = "inbox"
"""The folder, below that of the articles, of what is brought one by one."""

_UNFINISHED = re.compile(r"\.[0-9a-f]{16}\.tmp")
_LONGEST_WRITE = 3600.0
"""Seconds after which an unfinished file was left by a process that was killed."""


@dataclass(frozen=True, slots=True)
class KeptArticle:
    """An article that was added.

    Attributes:
        article: as it was read.
        passages: how many it has.
    """

    article: Article
    passages: int


def keep_article(
    settings: IndexSettings, name: str, content: bytes, about: FrontMatter | None = None
) -> KeptArticle:
    """Adds a file under a safe name of its own; it can be found after the next build.

    Args:
        name: the sender's name for it; its suffix gives the format.
        about: metadata beyond its own.

    Raises:
        UnreadableFile: it cannot become an article.
        AlreadyKept: a file there has the same content.
        LibraryFull: the limit of articles is reached.
        NotKept: the folder of articles cannot be written.
    """
    wanted = safe_name(name)
    read = _read(settings, f"{INBOX}/{wanted}", content, about)
    files = list_seeds(settings.seeds)
    if same := _same(files, wanted, content):
        raise AlreadyKept(same.id)
    _require_room(settings, files)
    folder = _folder(settings, INBOX)
    try:
        kept = _place(folder, wanted, content, about)
    except OSError as error:
        raise _unwritten(settings, error) from error
    return _renamed(read, f"{INBOX}/{kept}")


def put_article(
    settings: IndexSettings, article_id: str, content: bytes, about: FrontMatter | None = None
) -> KeptArticle:
    """Adds a file under a given id, or replaces the one there.

    Args:
        article_id: of safe names, with forward slashes.
        about: as in `keep_article`.

    Raises:
        ValueError: the id is not of safe names.
        UnreadableFile, LibraryFull, NotKept: as `keep_article` does; what was there stays.
    """
    parts = article_id.split("/")
    if any(part != safe_name(part) for part in parts):
        raise ValueError(f"not an id of safe names: {article_id!r}")
    read = _read(settings, article_id, content, about)
    folder = _folder(settings, *parts[:-1])
    target = folder / parts[-1]
    if not target.exists():
        _require_room(settings, list_seeds(settings.seeds))
    try:
        written = _hidden(folder, content)
        try:
            _write_beside(target, about)
            written.replace(target)
        finally:
            _discard(written)
        flush(folder)
    except OSError as error:
        raise _unwritten(settings, error) from error
    return read


def discard_article(settings: IndexSettings, article_id: str, is_replaced: bool = False) -> None:
    """Removes a file and its sidecar from the folder of articles.

    The article counts as withdrawn: no rollback brings it back.

    Args:
        is_replaced: whether another article replaces it; it is not withdrawn then.

    Raises:
        NoSuchArticle: there is none with this id.
        NotKept: it cannot be deleted.
    """
    # Only what is listed is deleted: no id, whatever it says, leads outside the folder.
    files = list_seeds(settings.seeds)
    kinds = SeedKind.ARTICLE, SeedKind.OUTSIDE
    matching = [file for file in files if file.id == article_id and file.kind in kinds]
    if not matching:
        raise NoSuchArticle(article_id)
    path = Path(matching[0].path)
    withdrawals = Withdrawals(settings.data)
    try:
        if not is_replaced:
            withdrawals.add(article_id)
        path.unlink()
        _beside(path).unlink(missing_ok=True)
        flush(path.parent)
        if not is_replaced:
            # Once more: a build that listed the file just before takes the first note for old.
            withdrawals.add(article_id)
    except OSError as error:
        raise _unwritten(settings, error) from error


def _read(
    settings: IndexSettings, article_id: str, content: bytes, about: FrontMatter | None
) -> KeptArticle:
    """Returns the article that a file would become.

    Raises:
        UnreadableFile: it cannot become an article.
    """
    largest = int(settings.largest_file_mb * 1e6)
    if len(content) > largest:
        raise UnreadableFile(SkipReason.TOO_LARGE, f"The file is larger than {largest / 1e6:g} MB.")
    file = FileContent(content, hashlib.sha256(content).hexdigest())
    limits = Limits(characters=settings.largest_article)
    article = described_by(make_article(file, article_id, limits=limits), about or FrontMatter())
    require_short(article, settings.largest_article)
    return KeptArticle(article, len(split_article(article, 0)))


def _same(files: list[SeedFile], name: str, content: bytes) -> SeedFile | None:
    """Returns the first file with the same content, or the same text in another encoding.

    Few files have a size that it may have, and only they are read.
    """
    is_text = PurePosixPath(name).suffix.lower() in LOADERS
    sizes = sizes_of(content) if is_text else {len(content)}
    wanted = canonical(content) if is_text else content
    for file in files:
        if file.size in sizes and file.signature:
            with suppress(OSError):
                kept = Path(file.path).read_bytes()
                both_text = is_text and Path(file.path).suffix.lower() in LOADERS
                if kept == content or (both_text and canonical(kept) == wanted):
                    return file
    return None


def _require_room(settings: IndexSettings, files: list[SeedFile]) -> None:
    articles = sum(file.kind is SeedKind.ARTICLE for file in files)
    if articles >= settings.most_articles:
        raise LibraryFull(settings.most_articles)


def _folder(settings: IndexSettings, *parts: str) -> Path:
    """Returns a folder below that of the articles; creates it where it is missing.

    Raises:
        NotKept: it cannot be created, or a link leads elsewhere.
    """
    folder = settings.seeds.joinpath(*parts)
    try:
        if folder.resolve() != settings.seeds.resolve().joinpath(*parts):
            raise NotKept(f"{folder} leads out of the folder of articles.")
        folder.mkdir(parents=True, exist_ok=True)
        _clear(folder)
    except OSError as error:
        raise _unwritten(settings, error) from error
    return folder


def _discard(unfinished: Path) -> None:
    """Removes an unfinished file; where that fails, it is left to `_clear`."""
    with suppress(OSError):
        unfinished.unlink(missing_ok=True)


def _clear(folder: Path) -> None:
    """Removes files that were left unfinished."""
    for path in folder.glob(".*.tmp"):
        if _UNFINISHED.fullmatch(path.name):
            with suppress(OSError):
                if time.time() - path.stat().st_mtime > _LONGEST_WRITE:
                    path.unlink()


def _place(folder: Path, wanted: str, content: bytes, about: FrontMatter | None) -> str:
    """Writes a file under the first free name; returns that name."""
    written = _hidden(folder, content)
    try:
        for name in numbered(wanted):
            target = folder / name
            if target.exists() or _beside(target).exists():
                continue
            # Seen without what stands beside it, the article would be another one.
            _write_beside(target, about)
            try:
                _move_new(written, target)
            except FileExistsError:
                _beside(target).unlink(missing_ok=True)
                continue
            except OSError:
                _beside(target).unlink(missing_ok=True)
                raise
            try:
                flush(folder)
            except OSError:
                # Who brought it is told that it is not taken in.
                target.unlink(missing_ok=True)
                _beside(target).unlink(missing_ok=True)
                raise
            return name
    finally:
        _discard(written)
    raise AssertionError("there is always another name")


def _move_new(source: Path, target: Path) -> None:
    """Renames a file, unless the name is taken.

    Raises:
        FileExistsError: it is.
    """
    try:
        os.link(source, target)
    except FileExistsError:
        raise
    except OSError:
        # A file system without links. Whoever brings articles does so one by one.
        source.rename(target)


def _write_beside(target: Path, about: FrontMatter | None) -> None:
    """Writes the sidecar of an article; None leaves it as it is."""
    if about is None:
        return
    if known := about.to_yaml():
        _hidden(target.parent, known.encode()).replace(_beside(target))
    else:
        _beside(target).unlink(missing_ok=True)


def _hidden(folder: Path, content: bytes) -> Path:
    """Writes a file that no build sees, and waits for the disk. Raises OSError."""
    path = folder / f".{secrets.token_hex(8)}.tmp"
    try:
        path.write_bytes(content)
        flush(path)
    except OSError:
        path.unlink(missing_ok=True)
        raise
    return path


def _beside(path: Path) -> Path:
    return path.with_name(path.name + SIDECAR)


def _renamed(read: KeptArticle, article_id: str) -> KeptArticle:
    """Returns the article under its final id; a title that was its name follows it."""
    article = read.article
    stem = PurePosixPath(article.id).stem
    title = PurePosixPath(article_id).stem if article.title == stem else article.title
    return replace(read, article=replace(article, id=article_id, title=title))


def _unwritten(settings: IndexSettings, error: OSError) -> NotKept:
    return NotKept(f"{settings.seeds} cannot be written: {error.strerror or error}")
