"""Adds lines to the user dictionary and to the synonyms, if they can be used."""

from collections.abc import Callable
from pathlib import Path

from index.analysis.reader import TextReader
from index.errors import LineFault, WordListError
from index.lexicon.synonyms import parse_group
from index.lexicon.user_dictionary import parse_word
from index.lexicon.word_lists import ListLine, lines_of
from index.settings import IndexSettings


def add_word(settings: IndexSettings, line: str) -> LineFault | None:
    """Adds a line `word [frequency] [tag]` to the user dictionary; the next build uses it.

    Returns:
        Why the line cannot be used; None once it is added.

    Raises:
        WordListError: its file cannot be written.
    """
    return _add(settings.words_file, "INDEX_USER_DICT", line, parse_word)


def add_synonyms(settings: IndexSettings, line: str) -> LineFault | None:
    """Adds a group `西区 = 城西区` to the synonyms; `Library.refresh` takes them up.

    Returns:
        Why the line cannot be used; None once it is added.

    Raises:
        WordListError: their file cannot be written.
    """
    return _add(settings.synonyms_file, "INDEX_SYNONYMS", line, parse_group)


def _add(
    path: Path, setting: str, line: str, parse: Callable[[ListLine, TextReader], object]
) -> LineFault | None:
    written = " ".join(line.split()).encode("utf-8", "replace").decode()
    lines = list(lines_of(written))
    if not lines:
        return LineFault.NO_WORD
    parsed = parse(lines[0], TextReader())
    if isinstance(parsed, LineFault):
        return parsed
    try:
        _append(path, written)
    except OSError as error:
        raise WordListError(f"{setting}: {path} cannot be written: {error.strerror}.") from error
    return None


def _append(path: Path, line: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    before = path.read_bytes() if path.exists() else b""
    gap = b"\n" if before and not before.endswith(b"\n") else b""
    with path.open("ab") as file:
        file.write(gap + f"{line}\n".encode(_encoding_of(before)))


def _encoding_of(content: bytes) -> str:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8"
