"""Synonyms: which words mean the same here, and where a question has one of them.

They are looked up when a question is asked, so a change takes no rebuild.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from index.analysis.reader import Term, TextReader, close_han_gaps
from index.errors import BadLine, LineFault
from index.lexicon.word_lists import LARGEST_GROUP, ListLine, bad_line, fault_of, folded, read_lines
from index.model import Span

SETTING = "INDEX_SYNONYMS"

Group = tuple[str, ...]
"""Words or phrases that mean the same, normalised."""

_SEPARATOR = "="
_WIDE_SEPARATOR = "\uff1d"


@dataclass(frozen=True, slots=True)
class Synonyms:
    """Which words and phrases mean the same.

    Attributes:
        groups: each word is in one of them only, once.
    """

    groups: tuple[Group, ...] = ()
    _groups: dict[str, Group] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_phrase = {phrase: group for group in self.groups for phrase in group}
        object.__setattr__(self, "_groups", by_phrase)

    def of(self, phrase: str) -> Group:
        """Returns the other words that mean the same as `phrase`."""
        return tuple(other for other in self._groups.get(phrase, ()) if other != phrase)

    @property
    def phrases(self) -> Iterable[str]:
        """Returns all words and phrases that have synonyms."""
        return self._groups.keys()

    def find(self, text: str, words: Sequence[Term]) -> list[Span]:
        """Returns where normalised `text` has words or phrases with synonyms.

        They start and end at boundaries of `words`, so that 西区 is not matched in 山西区域. The
        longest go first, and none overlap.

        Args:
            words: of `text`, from a reader that has the phrases as words: it separates the 住建局
                of 住建局局长, which is otherwise segmented as 住/建/局局长.
        """
        longest = max(map(len, self._groups))
        places: list[Span] = []
        for number, first in enumerate(words):
            if places and first.start < places[-1].end:
                continue
            ends = (word.end for word in words[number:] if word.end <= first.start + longest)
            spans = [Span(first.start, end) for end in ends]
            places += [span for span in spans if span.of(text) in self._groups][-1:]
        return places


def read_synonyms(path: Path | None, reader: TextReader) -> tuple[Synonyms, tuple[BadLine, ...]]:
    """Reads a file with a group of synonyms a line: `西区 = 城西区`.

    Args:
        path: None if there is none.
        reader: any; words are normalised as text is.

    Returns:
        The synonyms, and the lines that cannot be used. Groups that share a word are merged.

    Raises:
        WordListError: the file is missing or is no text.
    """
    if path is None:
        return Synonyms(), ()
    groups: list[Group] = []
    bad = []
    for line in read_lines(path, SETTING):
        read = parse_group(line, reader)
        if isinstance(read, LineFault):
            bad.append(bad_line(path, line, read))
        else:
            groups.append(read)
    return Synonyms(tuple(_merge(groups))), tuple(bad)


def parse_group(line: ListLine, reader: TextReader) -> Group | LineFault:
    """Returns the group of a line, or why the line cannot be used."""
    written = line.text.replace(_WIDE_SEPARATOR, _SEPARATOR).split(_SEPARATOR)
    if len(written) > LARGEST_GROUP:
        return LineFault.TOO_MANY
    # Questions are read without the blanks between Chinese characters, too.
    phrases = [close_han_gaps(folded(phrase, reader)) for phrase in written]
    for fault in filter(None, map(fault_of, phrases)):
        return fault
    group = tuple(dict.fromkeys(phrases))
    return group if len(group) > 1 else LineFault.ONE_WORD


def _merge(groups: Iterable[Group]) -> Iterator[Group]:
    """Merges groups that share a word, in the place of the first of them."""
    merged: dict[str, dict[str, None]] = {}
    for group in groups:
        earlier = [merged[phrase] for phrase in group if phrase in merged]
        whole = earlier[0] if earlier else {}
        for part in (*earlier[1:], dict.fromkeys(group)):
            if part is not whole:
                whole.update(part)
                merged.update(dict.fromkeys(part, whole))
    yield from (tuple(whole) for whole in {id(whole): whole for whole in merged.values()}.values())
