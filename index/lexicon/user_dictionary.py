"""The user dictionary: which words people add, and the copy of them that a generation keeps.

Questions have to be segmented with the same words as the generation's passages, even when the
file has changed since; so the generation has a copy.
"""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from index.analysis.dictionary import HIGHEST_FREQUENCY, UserWord
from index.analysis.reader import TextReader, has_space_beside_han
from index.errors import BadLine, LineFault
from index.lexicon.word_lists import ListLine, bad_line, fault_of, folded, read_lines

SETTING = "INDEX_USER_DICT"

_LINE = re.compile("(.+?)( [0-9]+)?( [a-z]+)?")
"""As jieba reads it: a word may hold blanks."""


@dataclass(frozen=True, slots=True)
class UserDictionary:
    """The words that people add to jieba's.

    Attributes:
        words: in the order of their texts, each text once.
    """

    words: tuple[UserWord, ...] = ()

    @property
    def digest(self) -> str:
        """A digest of the words; empty where there are none."""
        return hashlib.sha256(self.to_bytes()).hexdigest() if self.words else ""

    def to_bytes(self) -> bytes:
        """Returns the words as a file: text, frequency and tag, separated by tabs."""
        lines = (
            f"{word.text}\t{'' if word.frequency is None else word.frequency}\t{word.tag}\n"
            for word in self.words
        )
        return "".join(lines).encode()

    @classmethod
    def from_bytes(cls, content: bytes) -> "UserDictionary":
        """Reads what `to_bytes` wrote. Raises ValueError for anything else."""
        words = []
        for line in content.decode().split("\n")[:-1]:
            text, frequency, tag = line.split("\t")
            words.append(UserWord(text, int(frequency) if frequency else None, tag))
        return cls(tuple(words))


def read_user_dictionary(
    path: Path | None, reader: TextReader
) -> tuple[UserDictionary, tuple[BadLine, ...]]:
    """Reads a user dictionary in jieba's format, `word [frequency] [tag]` a line.

    Args:
        path: None if there is none.
        reader: any; words are normalised as text is.

    Returns:
        The words, and the lines that cannot be used. The last line for a word counts.

    Raises:
        WordListError: the file is missing or is no text.
    """
    if path is None:
        return UserDictionary(), ()
    words: dict[str, UserWord] = {}
    bad = []
    for line in read_lines(path, SETTING):
        read = parse_word(line, reader)
        if isinstance(read, UserWord):
            words[read.text] = read
        else:
            bad.append(bad_line(path, line, read))
    return UserDictionary(tuple(words[text] for text in sorted(words))), tuple(bad)


def parse_word(line: ListLine, reader: TextReader) -> UserWord | LineFault:
    """Returns the word of a line, or why the line cannot be used."""
    match = _LINE.fullmatch(line.text)
    written, frequency, tag = match.groups("") if match else (line.text, "", "")
    text = folded(written, reader)
    fault = fault_of(text)
    if fault:
        return fault
    # Words of Latin letters may be written apart; beside a Chinese character, what follows a
    # blank is another word, or a frequency or a tag that is none.
    if has_space_beside_han(text):
        return LineFault.BLANK
    digits = frequency.strip().lstrip("0")
    if len(digits) > len(str(HIGHEST_FREQUENCY)) or int(digits or 0) > HIGHEST_FREQUENCY:
        return LineFault.FREQUENCY
    return UserWord(text, int(digits or 0) if frequency else None, tag.strip())
