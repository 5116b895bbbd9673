"""Turns Chinese into terms: normalises it, then cuts it into words and bigrams.

Only this module knows how text becomes terms. Every offset that it returns counts characters of the
text that was passed in, whatever normalisation did in between.
"""

import operator
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

import opencc

from index.analysis.dictionary import Dictionary, UserWord, WordKind
from index.analysis.normalisation import (
    NormalisedText,
    _comma_places,
    _Folding,
    _letter_spaces,
    _without,
)
from index.model import Span

_HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_NUMBER = r"\d+(?:\.\d+)*%?"
_OTHER = rf"[^\W\d_{_HAN}]+"
_TOKEN = re.compile(rf"(?P<han>[{_HAN}]+)|(?P<number>{_NUMBER})|(?P<other>{_OTHER})")
_HAN_RUN = re.compile(f"[{_HAN}]+")
_NOT_HAN = re.compile(f"{_NUMBER}|{_OTHER}")
_SPACE_BETWEEN_HAN = re.compile(rf"(?<=[{_HAN}])\s+(?=[{_HAN}])")
_SPACE_BESIDE_HAN = re.compile(rf"(?<=[{_HAN}])\s|\s(?=[{_HAN}])")


class TermKind(StrEnum):
    """The kinds of terms."""

    WORD = "word"
    BIGRAM = "bigram"


@dataclass(frozen=True, slots=True)
class Term:
    """A unit of search.

    Attributes:
        text: normalised.
        kind: a word of the dictionary (or a number, or a run of other letters), or two
            neighbouring Chinese characters.
        start, end: its range in the original text, in characters.
    """

    text: str
    kind: TermKind
    start: int
    end: int

    def is_within(self, outer: "Term | Span") -> bool:
        """Whether its range lies in that of another, of the same text."""
        return outer.start <= self.start and self.end <= outer.end


class TextReader:
    """Normalises text and cuts it into terms, with jieba's dictionary and a user's words.

    All readers share jieba's dictionary, and none sees the words of another. Safe to use from
    several threads.
    """

    def __init__(self, words: Iterable[UserWord] = ()) -> None:
        """Args:
        words: a user's, besides those of jieba.
        """
        self._folding = _Folding()
        self._converter = opencc.OpenCC("t2s")
        self._words_added = tuple(words)
        self._dictionary = Dictionary(self._words_added)

    def with_words(self, texts: Iterable[str]) -> "TextReader":
        """Returns a reader that also knows these normalised words."""
        # The user's own words come last: if a word is named twice, the last one counts.
        return TextReader((*map(UserWord, texts), *self._words_added))

    def normalise(self, text: str) -> NormalisedText:
        """Folds width, case and accents, and simplifies traditional characters.

        It drops invisible characters, the commas of 「2,000」 and the spaces of 「召 开 会 议」.
        """
        unread = _comma_places(text) | _letter_spaces(text)
        folded = self._folding.fold(_without(text, unread))
        origins = None
        if unread or not self._folding.length_changing.isdisjoint(text):
            origins = tuple(
                at
                for at, character in enumerate(text)
                if at not in unread
                for _ in self._folding[ord(character)]
            )
        return NormalisedText(self._simplify(folded), origins)

    def _simplify(self, text: str) -> str:
        simplified: str = self._converter.convert(text)
        if len(simplified) == len(text):
            return simplified
        # A phrase has changed its length; single characters never do.
        return "".join(self._converter.convert(character)[:1] or character for character in text)

    def commonness(self, word: str) -> float:
        """Returns the share of `word` among the running words of Chinese; see `Dictionary`."""
        return self._dictionary.commonness(word)

    def users_words(self, text: str) -> list[Term]:
        """Returns the words of `text` that a user has added to the dictionary."""
        if not self._words_added:
            return []
        return [word for word in self.words(text) if self._dictionary.is_users(word.text)]

    def is_verb(self, word: str) -> bool:
        """Whether `word` is mostly a verb, by the dictionary."""
        return self._dictionary.is_verb(word)

    def is_name(self, word: str) -> bool:
        """Whether `word` is a number, of Latin letters, or a name in the dictionary."""
        return word.isascii() or self._dictionary.is_name(word)

    def character_shares(self, word: str) -> tuple[float, ...]:
        """Returns how much of a word each of its characters tells; see `Dictionary`."""
        return self._dictionary.character_shares(word)

    def kind_of(self, word: str) -> WordKind | None:
        """Returns the kind of `word` by the dictionary; None if it has none."""
        return self._dictionary.kind_of(word)

    def knows(self, word: str) -> bool:
        """Whether the dictionary holds `word`."""
        return self._dictionary.knows(word)

    def guessed_words(self, text: str) -> list[Term]:
        """Cuts like `words`, but joins single characters that look like a word: most are names of
        people."""
        normalised = self.normalise(text)
        return [
            Term(word, TermKind.WORD, *_bounds(normalised.original(start, end)))
            for word, start, end in self._cut(normalised.text, guess=True)
        ]

    def words(self, text: str) -> list[Term]:
        """Cuts `text` into words, numbers and runs of other letters, without punctuation."""
        return self._words(self.normalise(text))

    def bigrams(self, text: str) -> list[Term]:
        """Returns each two neighbouring Chinese characters of `text`."""
        return _bigrams(self.normalise(text))

    def terms(self, text: str) -> list[Term]:
        """Returns the words of `text`, then the bigrams of each run of Chinese characters."""
        normalised = self.normalise(text)
        return self._words(normalised) + _bigrams(normalised)

    def spellings(self, normalised: NormalisedText) -> tuple[list[str], list[str]]:
        """Returns the words and the bigrams of a text without their places, many times as fast.

        The words come in any order.
        """
        runs = _HAN_RUN.findall(normalised.text)
        if self._dictionary.has_mixed_words:
            words = [word for word, _, _ in self._cut(normalised.text)]
        else:
            words = self._dictionary.cut_all(runs) + _NOT_HAN.findall(normalised.text)
        return words, [pair for run in runs for pair in map(operator.add, run, run[1:])]

    def _words(self, normalised: NormalisedText) -> list[Term]:
        return [
            Term(word, TermKind.WORD, *_bounds(normalised.original(start, end)))
            for word, start, end in self._cut(normalised.text)
        ]

    def _cut(self, text: str, guess: bool = False) -> Iterator[tuple[str, int, int]]:
        position = 0
        for mixed in self._mixed_words(text):
            yield from self._cut_part(text, position, mixed.start, guess)
            yield mixed.of(text), mixed.start, mixed.end
            position = mixed.end
        yield from self._cut_part(text, position, len(text), guess)

    def _cut_part(
        self, text: str, begin: int, end: int, guess: bool
    ) -> Iterator[tuple[str, int, int]]:
        for match in _TOKEN.finditer(text, begin, end):
            if match.lastgroup != "han":
                yield match.group(), match.start(), match.end()
                continue
            position = match.start()
            for word in self._dictionary.cut(match.group(), guess):
                yield word, position, position + len(word)
                position += len(word)

    def _mixed_words(self, text: str) -> Iterator[Span]:
        """Returns the user's words with other than Chinese characters (LED灯), the longest first.

        They begin and end where numbers and words of letters do: 5G is not in 15G.
        """
        position, inner = 0, None
        for start, ends in self._dictionary.mixed_words(text):
            inner = _inner_places(text) if inner is None else inner
            ends = [end for end in ends if end not in inner]
            if start >= position and start not in inner and ends:
                position = ends[-1]
                yield Span(start, position)


def _inner_places(text: str) -> frozenset[int]:
    """Returns the places between two characters of a number or of a word of letters."""
    return frozenset(
        place
        for match in _TOKEN.finditer(text)
        if match.lastgroup != "han"
        for place in range(match.start() + 1, match.end())
    )


def _bounds(span: Span) -> tuple[int, int]:
    return span.start, span.end


def _bigrams(normalised: NormalisedText) -> list[Term]:
    return [
        Term(run[i : i + 2], TermKind.BIGRAM, *_bounds(normalised.original(at + i, at + i + 2)))
        for at, run in _han_runs(normalised.text)
        for i in range(len(run) - 1)
    ]


def _han_runs(text: str) -> Iterator[tuple[int, str]]:
    for match in _TOKEN.finditer(text):
        if match.lastgroup == "han":
            yield match.start(), match.group()


def close_han_gaps(text: str) -> str:
    """Removes white space between Chinese characters: 「城 西 区」 is typed for 「城西区」."""
    return _SPACE_BETWEEN_HAN.sub("", text)


def has_space_beside_han(text: str) -> bool:
    """Whether white space stands before or after a Chinese character."""
    return _SPACE_BESIDE_HAN.search(text) is not None
