"""Holds the words of jieba and of the user, and cuts runs of Chinese into them.

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
"""Maximum for a user's word. jieba's dictionary counts 60 million running words in all."""

_VERB = "v"
_NAMES = ("nr", "ns", "nt", "nz")
"""Prefixes of jieba's tags for verbs, and for names of people, places, bodies and other things."""

_UNSEEN = 15.0
"""Rarity of a character that occurs in no word of jieba's dictionary."""

_CUT_BY_JIEBA = re.compile("[\u4e00-\u9fd5]+")
"""Matches words that jieba's algorithm can cut."""


_RUN_END = "\n"
"""Separates runs of Chinese that are cut in one call; no word contains it."""


class WordKind(StrEnum):
    """The kinds of words that the dictionary distinguishes; the values are jieba's tags."""

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
        frequency: how often it occurs in as many words as jieba has counted; None = as often as it
            takes to be cut as one word; 0 = it is not a word, and is never cut as one.
        tag: its part of speech, as jieba writes it: n, v, nr, ns …; empty if unknown.
    """

    text: str
    frequency: int | None = None
    tag: str = ""


class Dictionary:
    """Combines jieba's dictionary with a user's words. Safe to use from several threads.

    Without user words it needs no memory beyond jieba's dictionary, which all share (about 60 MB).
    With user words it copies the table of frequencies (about 15 MB): a table that looks into two
    others took no memory, but cut a seventh slower, and `ChainMap` less than half as fast.
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
        """Cuts a run of Chinese characters into the words that make it up.

        Args:
            guess: whether to join characters that look like a word but are in no dictionary.
        """
        words: Iterator[str] = self._tokenizer.cut(run, HMM=guess)
        return words

    def cut_all(self, runs: Sequence[str]) -> list[str]:
        """Returns the words of several runs of Chinese characters, in one list."""
        rust_cut = _rust_cut() if self._own is None else None
        if rust_cut is None:
            return [word for run in runs for word in self.cut(run)]
        return [word for word in rust_cut(_RUN_END.join(runs), False) if word != _RUN_END]

    @property
    def has_mixed_words(self) -> bool:
        """Whether a user has added words that are not of Chinese characters alone."""
        return bool(self._mixed)

    def mixed_words(self, text: str) -> Iterator[tuple[int, list[int]]]:
        """Yields where the user's words with other than Chinese characters may stand in `text`.

        Each place is a start with the ends of all words that begin there, in ascending order.
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
        """Returns the share of `word` among the running words of Chinese, by jieba's dictionary.

        A word that the dictionary does not hold counts as seen half a time. A user's frequency
        does not count: it only controls how text is cut, not how much the word tells.
        """
        base = _read_dictionary()
        return float((base.FREQ.get(word) or 0.5) / base.total)

    def character_shares(self, word: str) -> tuple[float, ...]:
        """Returns how much of a word each of its characters tells; the shares add up to 1.

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
        """Returns the kind of `word` by the user's tag, else by jieba's; None if it has none."""
        tag = self._tags.get(word)
        if tag:
            return _kind(tag)
        kinds = _read_tagged().kinds.items()
        return next((kind for kind, words in kinds if word in words), None)


@cache
def _rust_cut() -> Callable[[str, bool], list[str]] | None:
    """Returns jieba's cut in Rust, which is several times as fast; None if it is not installed.

    jieba stays the reference: tests hold the two equal.
    """
    if find_spec("rjieba") is None:
        return None
    import rjieba  # reads its dictionary, so it is imported only where many texts are cut

    cut: Callable[[str, bool], list[str]] = rjieba.cut
    return cut


def _with_words(words: Iterable[UserWord]) -> jieba.Tokenizer:
    """Returns a tokenizer with jieba's words and these.

    It does not use jieba's `add_word`, which for a frequency of 0 changes the whole process.
    """
    base = _read_dictionary()
    tokenizer = jieba.Tokenizer()
    tokenizer.FREQ, tokenizer.total, tokenizer.initialized = base.FREQ.copy(), base.total, True
    # A suggested frequency holds only while no part of the word becomes likelier: words without
    # a frequency come last, the short ones first.
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
    """Returns all prefixes of these words, the words included."""
    return frozenset(word[:end] for word in words for end in range(1, len(word) + 1))


@cache
def _read_dictionary() -> jieba.Tokenizer:
    """Returns jieba's dictionary, read at its first use and kept for the life of the process."""
    # `initialize()` would load a cache from the shared temporary folder, where anybody can put
    # one.
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


@cache  # there are about fifty tags for a third of a million words
def _kind(tag: str) -> WordKind | None:
    return next((kind for kind in WordKind if tag.startswith(kind)), None)


@cache
def _read_rarities() -> dict[str, float]:
    """Returns how rare each character is, as 1 plus the logarithm against the most common one.

    It counts the words of two or more characters in jieba's dictionary.
    """
    counts: Counter[str] = Counter()
    for word, frequency in _read_dictionary().FREQ.items():
        if frequency and len(word) > 1:
            for character in word:
                counts[character] += frequency
    most = max(counts.values())
    return {character: 1 + math.log(most / times) for character, times in counts.items()}


def _rarity(character: str) -> float:
    rarities = _read_rarities()
    return rarities.get(character, _UNSEEN)
