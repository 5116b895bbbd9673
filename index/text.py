"""How Chinese is read: normalise, split into sentences, cut into terms.

This is the only module that knows how text becomes terms. Every offset it gives out counts
characters of the text that was passed in, whatever normalisation did in between.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

import jieba
import opencc

from index.model import Span

_HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_TOKEN = re.compile(
    rf"(?P<han>[{_HAN}]+)"
    r"|(?P<number>\d+(?:\.\d+)*%?)"
    rf"|(?P<other>[^\W\d_{_HAN}]+)"
)
_THOUSANDS = re.compile(r"(?<![\d,.])\d{1,3}(?:,\d{3})+(?![\d,])")
_SPACE_BETWEEN_HAN = re.compile(rf"(?<=[{_HAN}])\s+(?=[{_HAN}])")

_SENTENCE_END = re.compile(
    "(?:[。!?\uff01\uff1f…]+|(?<=[a-zA-Z)])\\.(?=\\s))[”’」』》)\uff09\\]】]*|\n+"
)
_WEAK_BREAKS = ("[;\uff1b]", "[,\uff0c、:\uff1a]", r"\s")
LONGEST_SENTENCE = 320
"""Characters. A longer run without a sentence end is cut at a weaker mark."""


class TermKind(StrEnum):
    """What a term is made of."""

    WORD = "word"
    BIGRAM = "bigram"


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
class Term:
    """A unit of search.

    Attributes:
        text: normalised.
        kind: a word of the dictionary (or a number, or a run of other letters), or two
            neighbouring Chinese characters.
        start, end: where it stands in the original text, in characters.
    """

    text: str
    kind: TermKind
    start: int
    end: int


def _is_invisible(character: str) -> bool:
    """Whether a character only changes how its neighbours look: accents, joiners, zero widths."""
    return unicodedata.combining(character) > 0 or unicodedata.category(character) in ("Cf", "Mn")


class _Folding(dict[int, str]):
    """A lazily filled table for `str.translate`: one character to its folded form.

    Folding is compatibility decomposition without combining marks, in lower case. Working
    character by character keeps offsets exact, and makes composed and decomposed spellings equal.
    """

    def __init__(self) -> None:
        super().__init__()
        self.length_changing: set[str] = set()

    def __missing__(self, code_point: int) -> str:
        character = chr(code_point)
        if 0xD800 <= code_point <= 0xDFFF:
            character = "\ufffd"  # half a pair is no character, and OpenCC refuses it
        decomposed = unicodedata.normalize("NFKD", character)
        folded = "".join(c for c in decomposed if not _is_invisible(c)).lower()
        if len(folded) != 1:
            self.length_changing.add(character)
        self[code_point] = folded
        return folded


@dataclass(frozen=True, slots=True)
class NormalisedText:
    """Normalised text that remembers where each of its characters came from.

    Attributes:
        text: the normalised characters.
        origins: for each of them its offset in the original; None when they are all in place.
    """

    text: str
    origins: tuple[int, ...] | None

    def original(self, start: int, end: int) -> Span:
        """The original range of a non-empty normalised range."""
        if self.origins is None:
            return Span(start, end)
        return Span(self.origins[start], self.origins[end - 1] + 1)


class TextReader:
    """Normalises text and cuts it into terms, with jieba's dictionary.

    All readers share the dictionary (about 60 MB). Safe to use from several threads.
    """

    def __init__(self) -> None:
        self._folding = _Folding()
        self._converter = opencc.OpenCC("t2s")

    @property
    def _dictionary(self) -> jieba.Tokenizer:
        return _read_dictionary()

    def normalise(self, text: str) -> NormalisedText:
        """Fold width, case and accents, and turn traditional characters into simplified ones.

        What cannot be seen, and the commas of 「2,000」, are left out.
        """
        commas = {at for match in _THOUSANDS.finditer(text) for at in _commas(match)}
        kept = "".join(c for at, c in enumerate(text) if at not in commas) if commas else text
        folded = kept.translate(self._folding)
        origins = None
        if commas or not self._folding.length_changing.isdisjoint(text):
            origins = tuple(
                at
                for at, character in enumerate(text)
                if at not in commas
                for _ in self._folding[ord(character)]
            )
        return NormalisedText(self._simplify(folded), origins)

    def _simplify(self, text: str) -> str:
        simplified: str = self._converter.convert(text)
        if len(simplified) == len(text):
            return simplified
        # A phrase changed its length; single characters never do.
        return "".join(self._converter.convert(character)[:1] or character for character in text)

    def commonness(self, word: str) -> float:
        """The share of running words of ordinary Chinese that are `word`, by jieba's dictionary.

        A word that the dictionary does not hold counts as one that was seen half a time.
        """
        seen = self._dictionary.FREQ.get(word) or 0.5
        return float(seen / self._dictionary.total)

    def is_verb(self, word: str) -> bool:
        """Whether `word` is mostly a verb, by jieba's dictionary."""
        return word in _read_tags()[0]

    def is_name(self, word: str) -> bool:
        """Whether `word` is a number, of Latin letters, or a name in jieba's dictionary."""
        return word.isascii() or word in _read_tags()[1]

    def kind_of(self, word: str) -> WordKind | None:
        """The kind of `word`, by jieba's dictionary; None where it is of no such kind."""
        return next((kind for kind, words in _read_kinds().items() if word in words), None)

    def knows(self, word: str) -> bool:
        """Whether jieba's dictionary holds `word`."""
        return bool(self._dictionary.FREQ.get(word))

    def guessed_words(self, text: str) -> list[Term]:
        """As `words`, but characters that the dictionary leaves single are put together where
        they look like a word: most are names of people."""
        normalised = self.normalise(text)
        return [
            Term(word, TermKind.WORD, *_bounds(normalised.original(start, end)))
            for word, start, end in self._cut(normalised.text, guess=True)
        ]

    def words(self, text: str) -> list[Term]:
        """Cut `text` into words, numbers and runs of other letters; punctuation is left out."""
        return self._words(self.normalise(text))

    def bigrams(self, text: str) -> list[Term]:
        """Each two neighbouring Chinese characters of `text`."""
        return _bigrams(self.normalise(text))

    def terms(self, text: str) -> list[Term]:
        """The words of `text`, then the bigrams of each run of Chinese characters."""
        normalised = self.normalise(text)
        return self._words(normalised) + _bigrams(normalised)

    def _words(self, normalised: NormalisedText) -> list[Term]:
        return [
            Term(word, TermKind.WORD, *_bounds(normalised.original(start, end)))
            for word, start, end in self._cut(normalised.text)
        ]

    def _cut(self, text: str, guess: bool = False) -> Iterator[tuple[str, int, int]]:
        for match in _TOKEN.finditer(text):
            if match.lastgroup != "han":
                yield match.group(), match.start(), match.end()
                continue
            position = match.start()
            for word in self._dictionary.cut(match.group(), HMM=guess):
                yield word, position, position + len(word)
                position += len(word)


@cache
def _read_dictionary() -> jieba.Tokenizer:
    """jieba's dictionary, read at its first use and then kept for the life of the process."""
    # Not `initialize()`: that loads a cache from the shared temporary folder, where anybody
    # can put one.
    tokenizer = jieba.Tokenizer()
    tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(tokenizer.get_dict_file())
    tokenizer.initialized = True
    return tokenizer


@cache
def _read_tags() -> tuple[frozenset[str], frozenset[str]]:
    """The dictionary's verbs, and its names of people, places and bodies."""
    verbs, names = [], []
    with _read_dictionary().get_dict_file() as file:
        for line in file:
            word, _, tag = line.decode("utf-8").split()
            if tag.startswith("v"):
                verbs.append(word)
            elif tag.startswith(("nr", "ns", "nt", "nz")):
                names.append(word)
    return frozenset(verbs), frozenset(names)


@cache
def _read_kinds() -> dict[WordKind, frozenset[str]]:
    """The dictionary's words of each kind."""
    found: dict[WordKind, list[str]] = {kind: [] for kind in WordKind}
    with _read_dictionary().get_dict_file() as file:
        for line in file:
            word, _, tag = line.decode("utf-8").split()
            known = next((kind for kind in WordKind if tag.startswith(kind)), None)
            if known is not None:
                found[known].append(word)
    return {kind: frozenset(words) for kind, words in found.items()}


def _commas(number: re.Match[str]) -> Iterator[int]:
    return (at for at, character in enumerate(number.group(), number.start()) if character == ",")


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
    """Take out white space between Chinese characters: 「城 西 区」 is typed for 「城西区」."""
    return _SPACE_BETWEEN_HAN.sub("", text)


def sentences(text: str) -> list[Span]:
    """Split `text` into sentences, without the white space around them.

    A sentence longer than `LONGEST_SENTENCE` characters is cut at its weaker marks, or, where it
    has none, anywhere.
    """
    spans = []
    start = 0
    for match in _SENTENCE_END.finditer(text):
        spans.append(Span(start, match.end()))
        start = match.end()
    spans.append(Span(start, len(text)))
    trimmed = (_trim(text, span) for span in spans)
    return [piece for span in trimmed if span.start < span.end for piece in _shorten(text, span)]


def _trim(text: str, span: Span) -> Span:
    part = span.of(text)
    start = span.start + len(part) - len(part.lstrip())
    return Span(start, max(start, span.start + len(part.rstrip())))


def _shorten(text: str, span: Span) -> Iterator[Span]:
    while span.end - span.start > LONGEST_SENTENCE:
        cut = _weak_break(text, span.start, span.start + LONGEST_SENTENCE)
        yield _trim(text, Span(span.start, cut))
        span = _trim(text, Span(cut, span.end))
    if span.start < span.end:
        yield span


def _weak_break(text: str, start: int, end: int) -> int:
    """The end of the last weaker mark in the second half of the range, or the range's end."""
    middle = (start + end) // 2
    for pattern in _WEAK_BREAKS:
        breaks = [match.end() for match in re.finditer(pattern, text[middle:end])]
        if breaks:
            return middle + breaks[-1]
    return end
