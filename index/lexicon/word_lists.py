"""Word lists written by hand: their lines, and which of them cannot be used."""

import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from index.analysis.encoding import decode
from index.analysis.reader import TextReader
from index.errors import BadLine, LineFault, SkipReason, UnreadableFile, WordListError

LONGEST_WORD = 50
"""Characters. Names of bodies are shorter, sentences that were listed by mistake are longer."""

LARGEST_GROUP = 50
"""Synonyms in a line."""

LARGEST_FILE_MB = 50

_COMMENT = re.compile(r"(?:^|\s)#.*")
_ODD = re.compile("[^\\w +#&.%\\-·・'/@]")
_LETTER = re.compile(r"[^\W_]")
_DETAILS = {
    LineFault.NO_WORD: "There is no word in it. Write one, or begin the line with #.",
    LineFault.TOO_LONG: (
        f"A word of more than {LONGEST_WORD} characters is none. Write one word, not a sentence."
    ),
    LineFault.ODD_CHARACTER: "Punctuation cannot stand in a word. Write the word without it.",
    LineFault.BLANK: (
        "A blank stands in a word. Write one word a line: word, frequency (a number), tag (small "
        "letters), the last two if you like."
    ),
    LineFault.FREQUENCY: "The frequency is too high. Leave it out: the word is cut all the same.",
    LineFault.TOO_MANY: f"A group has at most {LARGEST_GROUP} words. Leave the rarest out.",
    LineFault.ONE_WORD: "A group needs two different words. Write them with = in between.",
}


@dataclass(frozen=True, slots=True)
class ListLine:
    """A line without its comment; not empty, and its blanks are single spaces."""

    number: int
    text: str


def read_lines(path: Path, setting: str) -> Iterator[ListLine]:
    """Returns the lines of a word list, without comments (after #) and empty lines.

    Args:
        setting: the one that names the file, for the error's message.

    Raises:
        WordListError: the file is missing or is no text in UTF-8 or GB18030.
    """
    return lines_of(_read(path, setting))


def lines_of(content: str) -> Iterator[ListLine]:
    """Yields the lines of a word list's content, without comments (after #) and empty lines."""
    for number, line in enumerate(content.split("\n"), 1):
        text = " ".join(_COMMENT.sub("", line).split())
        if text:
            yield ListLine(number, text)


def _read(path: Path, setting: str) -> str:
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise WordListError(f"{setting}: {path} is no file. Write the path of a text file.")
        if status.st_size > LARGEST_FILE_MB * 1e6:
            raise WordListError(
                f"{setting}: {path} has more than {LARGEST_FILE_MB} MB. Is it the right file?"
            )
        return decode(path.read_bytes())
    except OSError as error:
        raise WordListError(
            f"{setting}: {path} cannot be read: {error.strerror}. Correct the path, or leave the "
            "setting empty."
        ) from error
    except UnreadableFile as fault:
        if fault.reason is SkipReason.EMPTY:
            return ""
        raise WordListError(f"{setting}: {path} cannot be read: {fault}") from fault


def folded(word: str, reader: TextReader) -> str:
    """Returns a word as in normalised text; one that is far too long stays too long when cut."""
    return " ".join(reader.normalise(word[: 20 * LONGEST_WORD]).text.split())


def fault_of(word: str) -> LineFault | None:
    """Returns why a folded word cannot be used; None if it can."""
    if len(word) > LONGEST_WORD:
        return LineFault.TOO_LONG
    if not _LETTER.search(word):
        return LineFault.NO_WORD
    return LineFault.ODD_CHARACTER if _ODD.search(word) else None


def bad_line(path: Path, line: ListLine, fault: LineFault) -> BadLine:
    """Returns a line that was left out, with advice on it."""
    # A path that is not UTF-8 could not be shown.
    shown = str(path).encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return BadLine(shown, line.number, fault, _DETAILS[fault])
