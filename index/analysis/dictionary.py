"""Which words there are, and how a run of Chinese is cut into them: jieba's, and a user's.

jieba's own dictionary is read once and shared by the whole process; nothing ever writes to it.
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.util import find_spec

import jieba

HIGHEST_FREQUENCY = 1_000_000_000
"""Of a user's word. jieba's dictionary counts 60 million running words in all."""

_VERB = "v"
_NAMES = ("nr", "ns", "nt", "nz")
"""How jieba's tags begin of verbs, and of names of people, places, bodies and other things."""

_UNSEEN = 15.0
"""Rarity of a character that stands in no word of jieba's dictionary."""

_CUT_BY_JIEBA = re.compile("[\u4e00-\u9fd5]+")
"""Words that jieba's algorithm can put together in a run of Chinese."""


_RUN_END = "\n"
"""Parts runs of Chinese that are cut in one call; no word holds it."""


class WordKind(StrEnum):
    """Kinds of words that the dictionary tells apart; the values are jieba's tags."""

    TRANSLITERATED = "nrt"
    PERSON = "nr"
    PLACE = "ns"
    BODY = "nt"
    TIME = "t"
    ACTION = "vn"
    """A verb that serves as a noun: 实验, 投资."""


@dataclass(frozen=True, slots=True)
class UserWord:
    """A word that a user adds to the dictionary.

    Attributes:
        text: normalised.
        frequency: how often it stands in as many words as jieba has counted; None = as often as it
            takes to be cut as one word; 0 = it is no word, and never cut as one.
        tag: its part of speech, as jieba writes it: n, v, nr, ns …; empty where it is not told.
    """

    text: str
    frequency: int | None = None
    tag: str = ""


class Dictionary:
    """jieba's dictionary with a user's words besides. Safe to use from several threads.

    Without words of a user it costs nothing beyond jieba's own, which all share (about 60 MB).
    With some it holds a copy of the table of frequencies (about 15 MB): a table that looks into
    two others took no memory, but cut a seventh slower, and `ChainMap` less than half as fast.
    """

    def __init__(self, words: Iterable[UserWord] = ()) -> None:
        by_text = {word.text: word for word in words}
        cut = [word for text, word in by_text.items() if _CUT_BY_JIEBA.fullmatch(text)]
        self._own = _with_words(cut) if cut else None
        self._tags = {word.text: word.tag for word in by_text.values() if word.tag}
        self._users = frozenset(text for text, word in by_text.items() if word.frequency != 0)
        self._mixed = self._users - {word.text for word in cut}
        self._beginnings = _beginnings(self._mixed)

    @property
    def _tokenizer(self) -> jieba.Tokenizer:
        return self._own or _read_dictionary()

    def cut(self, run: str, guess: bool = False) -> Iterator[str]:
        """Cut a run of Chinese characters into words that make it up.

        Args:
            guess: put characters together that no word holds where they look like one.
        """
        words: Iterator[str] = self._tokenizer.cut(run, HMM=guess)
        return words

    def cut_all(self, runs: Sequence[str]) -> list[str]:
        """The words of several runs of Chinese characters, in one list."""
        rust_cut = _rust_cut() if self._own is None else None
        if rust_cut is None:
            return [word for run in runs for word in self.cut(run)]
        return [word for word in rust_cut(_RUN_END.join(runs), False) if word != _RUN_END]

    @property
    def has_mixed_words(self) -> bool:
        """Whether a user has added words that are not of Chinese characters alone."""
        return bool(self._mixed)

    def mixed_words(self, text: str) -> Iterator[tuple[int, list[int]]]:
        """Where the user's words may stand in `text` that are not of Chinese characters alone.

        Yields a start, with the ends of all that begin there, in ascending order.
        """
        if not self._mixed:
            return
        for start in range(len(text)):
            end, ends = start + 1, []
            while end <= len(text) and text[start:end] in self._beginnings:
                if text[start:end] in self._mixed:
                    ends.append(end)
                end += 1
            if ends:
                yield start, ends

    def commonness(self, word: str) -> float:
        """The share of running words of ordinary Chinese that are `word`, by jieba's dictionary.

        A word that the dictionary does not hold counts as one that was seen half a time. A user's
        frequency does not count: it is there to have a word cut, and says nothing of how telling
        the word is.
        """
        base = _read_dictionary()
        return float((base.FREQ.get(word) or 0.5) / base.total)

    def character_shares(self, word: str) -> tuple[float, ...]:
        """What part of a word each of its characters tells, adding up to 1.

        A rare character tells more than a common one: of 逝世 it is 逝 that tells.
        """
        rarities = [_rarity(character) for character in word]
        return tuple(rarity / sum(rarities) for rarity in rarities)

    def is_users(self, word: str) -> bool:
        """Whether a user has added `word`."""
        return word in self._users

    def knows(self, word: str) -> bool:
        """Whether it holds `word`."""
        return bool(self._tokenizer.FREQ.get(word)) or word in self._mixed

    def is_verb(self, word: str) -> bool:
        """Whether `word` is mostly a verb: by the user's tag, else by jieba's."""
        tag = self._tags.get(word)
        return tag.startswith(_VERB) if tag else word in _read_tagged().verbs

    def is_name(self, word: str) -> bool:
        """Whether `word` names a person, a place or a body: by the user's tag, else by jieba's."""
        tag = self._tags.get(word)
        return tag.startswith(_NAMES) if tag else word in _read_tagged().names

    def kind_of(self, word: str) -> WordKind | None:
        """The kind of `word`: by the user's tag, else by jieba's; None where it is of none."""
        tag = self._tags.get(word)
        if tag:
            return _kind(tag)
        kinds = _read_tagged().kinds.items()
        return next((kind for kind, words in kinds if word in words), None)


@cache
def _rust_cut() -> Callable[[str, bool], list[str]] | None:
    """jieba's dictionary and algorithm in Rust, several times as fast; None if not installed.

    jieba stays the reference: tests hold the two equal.
    """
    if find_spec("rjieba") is None:
        return None
    import rjieba  # reads its dictionary: only those who cut many texts need it

    cut: Callable[[str, bool], list[str]] = rjieba.cut
    return cut


def _with_words(words: Iterable[UserWord]) -> jieba.Tokenizer:
    """A tokenizer with jieba's words and these.

    Not by jieba's `add_word`: for a frequency of 0 that changes what the whole process cuts.
    """
    base = _read_dictionary()
    tokenizer = jieba.Tokenizer()
    tokenizer.FREQ, tokenizer.total, tokenizer.initialized = base.FREQ.copy(), base.total, True
    # A suggestion holds only while no part of the word becomes likelier, so those come last, and
    # of them the short ones first.
    for word in sorted(words, key=lambda w: (w.frequency is None, len(w.text), w.text)):
        frequency = word.frequency
        if frequency is None:
            frequency = tokenizer.suggest_freq(word.text)
        tokenizer.FREQ[word.text] = frequency
        tokenizer.total += frequency
        for beginning in _beginnings((word.text,)):
            tokenizer.FREQ.setdefault(beginning, 0)
    return tokenizer


def _beginnings(words: Iterable[str]) -> frozenset[str]:
    """All that a word of these may begin with, the words included."""
    return frozenset(word[:end] for word in words for end in range(1, len(word) + 1))


@cache
def _read_dictionary() -> jieba.Tokenizer:
    """jieba's dictionary, read at its first use and then kept for the life of the process."""
    # Not `initialize()`: that loads a cache from the shared temporary folder, where anybody
    # can put one.
    tokenizer = jieba.Tokenizer()
    tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(tokenizer.get_dict_file())
    tokenizer.initialized = True
    return tokenizer


@dataclass(frozen=True, slots=True)
class _Tagged:
    """Words of jieba's dictionary by their parts of speech."""

    verbs: frozenset[str]
    names: frozenset[str]
    kinds: dict[WordKind, frozenset[str]]


@cache
def _read_tagged() -> _Tagged:
    verbs, names = [], []
    kinds: dict[WordKind, list[str]] = {kind: [] for kind in WordKind}
    with _read_dictionary().get_dict_file() as file:
        for line in file:
            word, _, tag = line.decode("utf-8").split()
            kind = _kind(tag)
            if kind:
                kinds[kind].append(word)
            if tag.startswith(_VERB):
                verbs.append(word)
            elif tag.startswith(_NAMES):
                names.append(word)
    by_kind = {kind: frozenset(words) for kind, words in kinds.items()}
    return _Tagged(frozenset(verbs), frozenset(names), by_kind)


@cache  # some fifty tags, and a third of a million words
def _kind(tag: str) -> WordKind | None:
    return next((kind for kind in WordKind if tag.startswith(kind)), None)


@cache
def _read_rarities() -> dict[str, float]:
    """How rare each character is against the most common one, from 1 up, in natural logarithms.

    By how often it stands in the words of two or more that jieba's dictionary counts.
    """
    seen: Counter[str] = Counter()
    for word, frequency in _read_dictionary().FREQ.items():
        if frequency and len(word) > 1:
            for character in word:
                seen[character] += frequency
    most = max(seen.values())
    return {character: 1 + math.log(most / times) for character, times in seen.items()}


def _rarity(character: str) -> float:
    rarities = _read_rarities()
    return rarities.get(character, _UNSEEN)
