"""Add a line to the user dictionary or to the synonyms, if it can be used."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from index.analysis.reader import TextReader
from index.errors import BadLine, LineFault, WordListError
from index.lexicon.synonyms import read_synonyms
from index.lexicon.user_dictionary import read_user_dictionary
from index.settings import IndexSettings


def add_word(settings: IndexSettings, line: str) -> LineFault | None:
    """Add a line `word [frequency] [tag]` to the user dictionary; the next build cuts with it.

    Returns:
        Why the line cannot be used; None once it is added.

    Raises:
        WordListError: its file cannot be written.
    """
    return _add(settings.words_file, "INDEX_USER_DICT", line, _fault_of_word)


def add_synonyms(settings: IndexSettings, line: str) -> LineFault | None:
    """Add a group `西区 = 城西区` to the synonyms; `Library.refresh` takes them up.

    Returns:
        Why the line cannot be used; None once it is added.

    Raises:
        WordListError: their file cannot be written.
    """
    return _add(settings.synonyms_file, "INDEX_SYNONYMS", line, _fault_of_group)


def _add(
    path: Path, setting: str, line: str, fault_of: Callable[[Path], LineFault | None]
) -> LineFault | None:
    written = " ".join(line.split())
    with tempfile.TemporaryDirectory() as folder:
        trial = Path(folder) / "line.txt"
        trial.write_text(written, "utf-8", errors="replace")
        if fault := fault_of(trial):
            return fault
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


def _fault_of_word(trial: Path) -> LineFault | None:
    dictionary, bad = read_user_dictionary(trial, TextReader())
    return _fault(bool(dictionary.words), bad)


def _fault_of_group(trial: Path) -> LineFault | None:
    synonyms, bad = read_synonyms(trial, TextReader())
    return _fault(bool(synonyms.groups), bad)


def _fault(usable: bool, bad: tuple[BadLine, ...]) -> LineFault | None:
    if bad:
        return bad[0].fault
    return None if usable else LineFault.NO_WORD
