"""How much of a question a passage covers, and which of its sentences does."""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from index import numerals
from index.answer_kind import AnswerKind
from index.engines import Engine
from index.model import Span
from index.question import Question
from index.reading import Reading
from index.terms import body_key
from index.text import Term, TermKind, TextReader
from index.weights import LinearModel

LONG_WORD_PART = 0.8
"""Credit for the found part of a word of three or more characters, by its bigrams."""
CHARACTER_PART = 0.4
"""Credit for the found characters of a word, by how rare they are."""
CONTEXT_CREDIT = 0.8
"""Credit for a word that stands only above the passage."""
FOUND = 0.5
"""Credit from which a word counts as found when the missing ones are named."""
SINGLE_CHARACTER = 0.5
"""Information of a word of one Chinese character against that of a longer one."""
VERB = 0.7
"""Information of a verb against that of a noun: what is done is told in many words."""
PRIOR_PASSAGES = 50
"""Passages of ordinary Chinese that a word's rarity is judged by besides those of the library."""
WORDS_IN_PASSAGE = 120
"""Running words of a passage of usual length."""
SURE_SENTENCE = 0.75
"""A sentence that is less likely than this to be the answering one is marked with a neighbour."""

_RUNS_ON_BEFORE = re.compile(r"[0-9a-z]$|\d\.$")
_RUNS_ON_AFTER = re.compile(r"[0-9a-z]|\.\d")
"""What makes a number or a Latin word part of a longer one. Letters and digits are told apart by
the cutter, but 「A4」 means neither A nor 4."""
_NUMERAL = frozenset(numerals.CHARACTERS + "0123456789")


@dataclass(frozen=True, slots=True)
class Need:
    """A word of the question.

    Attributes:
        word: normalised.
        information: how much it tells: the logarithm of how rare passages are that hold it.
        alternatives: synonyms and other spellings, normalised; a text that holds one of them
            whole holds the word.
        shares: what part of the word each of its characters tells, adding up to 1; empty where
            no part of it counts.
    """

    word: str
    information: float
    alternatives: tuple[str, ...] = ()
    shares: tuple[float, ...] = ()
    _spellings: tuple[tuple[str, bool], ...] = field(init=False, repr=False, compare=False)
    _plain: bool = field(init=False, repr=False, compare=False)
    _pairs: tuple[str, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        spellings = tuple((text, _may_run_on(text)) for text in (self.word, *self.alternatives))
        object.__setattr__(self, "_spellings", spellings)
        object.__setattr__(self, "_plain", spellings == ((self.word, False),))
        longer = len(self.word) > 2 and self.shares
        object.__setattr__(self, "_pairs", _pairs(self.word) if longer else ())

    def places(self, text: str) -> list[Span]:
        """Where `text` holds the word. Numbers and Latin words must stand alone: 5 is not in 15."""
        return [
            Span(match.start(), match.end())
            for spelling, may_run_on in self._spellings
            for match in re.finditer(re.escape(spelling), text)
            if not may_run_on or _stands_alone(spelling, text, match.start())
        ]

    def is_in(self, text: str) -> bool:
        """Whether `text` holds the whole word."""
        if self._plain:
            return self.word in text
        return any(
            spelling in text and (not may_run_on or _stands_alone_somewhere(spelling, text))
            for spelling, may_run_on in self._spellings
        )

    def part(self, text: str) -> float:
        """How far `text` holds parts of the word, where it does not hold the whole."""
        if not self.shares:
            return 0.0
        told = sum(
            share
            for character, share in zip(self.word, self.shares, strict=True)
            if character in text
        )
        if not told:
            return 0.0
        if not self._pairs:
            return CHARACTER_PART * told
        found = sum(pair in text for pair in self._pairs) / len(self._pairs)
        return max(LONG_WORD_PART * found, CHARACTER_PART * told)

    def credit(self, text: str) -> float:
        """How far `text` holds the word: 1 whole, less in parts, 0 not at all."""
        return 1.0 if self.is_in(text) else self.part(text)


def _pairs(word: str) -> tuple[str, ...]:
    return tuple(word[i : i + 2] for i in range(len(word) - 1))


def _may_run_on(spelling: str) -> bool:
    return spelling.isascii() or spelling[0] in _NUMERAL or spelling[-1] in _NUMERAL


def _stands_alone_somewhere(spelling: str, text: str) -> bool:
    start = text.find(spelling)
    while start >= 0:
        if _stands_alone(spelling, text, start):
            return True
        start = text.find(spelling, start + 1)
    return False


def _stands_alone(spelling: str, text: str, start: int) -> bool:
    """Whether the number or Latin word at `start` is no part of a longer one."""
    end = start + len(spelling)
    if spelling.isascii():
        before = text[max(0, start - 2) : start]
        return not (_RUNS_ON_BEFORE.search(before) or _RUNS_ON_AFTER.match(text, end))
    before, after = text[start - 1 : start], text[end : end + 1]
    return not (
        (spelling[0] in _NUMERAL and before in _NUMERAL and before)
        or (spelling[-1] in _NUMERAL and after in _NUMERAL and after)
    )


@dataclass(frozen=True, slots=True)
class Needs:
    """What a question needs to be covered.

    Attributes:
        words: its content words, in order.
        pairs: its bigrams, and its words without any; they tell what stands together.
        focus: what is asked about, where it is a name of something; else empty.
        names: its names and numbers, which no other word can stand for.
        kind: the kind of answer it asks for.
    """

    words: tuple[Need, ...]
    pairs: tuple[Need, ...]
    focus: tuple[Need, ...]
    names: tuple[Need, ...]
    kind: AnswerKind | None


@dataclass(frozen=True, slots=True)
class Found:
    """How the engine found a passage.

    Attributes:
        relative: its score against the best one's, 0 to 1.
        strength: its score against what the question's terms tell in all.
        siblings: the best score of another passage of its article, against the best one's.
    """

    relative: float
    strength: float
    siblings: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for a passage; shares of the question's information are 0 to 1.

    Attributes:
        relative, strength, siblings: see `Found`.
        coverage: share that the passage and what stands above it hold.
        sentence_coverage: share that the likeliest sentence and what stands above it hold.
        order: share of the question's bigrams that the passage and what stands above it hold.
        above: share that what stands above it holds.
        order_above: share of the question's bigrams that what stands above it holds.
        focus: 1 if the passage or what stands above it holds a word of what is asked about, or
            the question does not name it; else 0.
        names: share of its names and numbers that the passage or what stands above it holds; 1
            without any.
        kind: 1 if the likeliest sentence holds the kind of answer asked for, or none is; else 0.
        figure: 1 if the passage holds the kind of answer asked for, or none is; else 0.
        opening: 1 if the passage opens its article, else 0.
        words: how many words the question looks for.
        sentence: the sentence that answers likeliest, or two neighbouring ones, in the passage.
        missing: the words that neither the passage nor what stands above it holds.
    """

    relative: float
    strength: float
    siblings: float
    coverage: float
    sentence_coverage: float
    order: float
    above: float
    order_above: float
    focus: float
    names: float
    kind: float
    figure: float
    opening: float
    words: float
    sentence: Span
    missing: tuple[str, ...]


def needs_of(question: Question, engine: Engine, reader: TextReader) -> Needs:
    """What `question` needs to be covered, weighed by how rare its words are."""
    words = {
        word.text: _need(word, question, reader, lambda term: _information(term, engine, reader))
        for word in question.words
    }
    pairs = [
        _need(pair, question, reader, lambda term: engine.information(body_key(term)))
        for pair in question.bigrams
    ]
    alone = [need for need in words.values() if need.word.isascii()]
    return Needs(
        words=tuple(words.values()),
        pairs=(*pairs, *alone) or tuple(words.values()),
        focus=tuple(words[word.text] for word in question.focus)
        if question.focus and _is_noun(question.focus[0], reader)
        else (),
        names=tuple(
            need
            for need in words.values()
            if reader.is_name(need.word) or numerals.is_number(need.word)
        ),
        kind=question.kind,
    )


def _need(
    own: Term, question: Question, reader: TextReader, told_by: Callable[[Term], float]
) -> Need:
    """A need with its synonyms."""
    rewordings = question.rewordings_of(own)
    share = min((rewording.share(own.kind, told_by) for rewording in rewordings), default=1.0)
    others = [other.text for rewording in rewordings for other in rewording.alternatives]
    others += numerals.other_spellings(own.text)
    whole_only = own.text.isascii() or own.kind is TermKind.BIGRAM or len(own.text) == 1
    return Need(
        own.text,
        told_by(own) * share,
        tuple(dict.fromkeys(others)),
        () if whole_only else reader.character_shares(own.text),
    )


def _is_noun(word: Term, reader: TextReader) -> bool:
    """Whether a word names something; single characters are too vague to tell."""
    return not reader.is_verb(word.text) and (len(word.text) > 1 or word.text.isascii())


def _information(word: Term, engine: Engine, reader: TextReader) -> float:
    """The rarity of a word in the library, with ordinary Chinese as the prior.

    A small library alone would take each everyday word that it does not happen to hold for as
    telling as a name.
    """
    ordinary = 1 - (1 - reader.commonness(word.text)) ** WORDS_IN_PASSAGE
    size = engine.passages
    holders = engine.holders(body_key(word))
    rarity = math.log((size + PRIOR_PASSAGES) / (holders + PRIOR_PASSAGES * ordinary))
    if len(word.text) == 1 and not word.text.isascii():
        rarity *= SINGLE_CHARACTER
    return rarity * VERB if reader.is_verb(word.text) else rarity


def weigh(reading: Reading, found: Found, needs: Needs, sentence_model: LinearModel) -> Evidence:
    """Weigh the evidence for one passage.

    Args:
        sentence_model: tells how likely each sentence answers.
    """
    text, context, sentences = reading.text, reading.context, reading.sentences
    everywhere = f"{text}\n{context}"
    words = _Coverage(needs.words, text, sentences, context)
    pairs = _Coverage(needs.pairs, text, sentences, context)
    features = _sentence_features(sentences, words, pairs, needs)
    chances = _chances([sentence_model.total(row) for row in features])
    best = chances.index(max(chances))
    kinds = [kind for _, _, kind, _, _ in features]
    return Evidence(
        relative=found.relative,
        strength=found.strength,
        siblings=found.siblings,
        coverage=words.whole,
        sentence_coverage=words.with_above[best],
        order=pairs.whole,
        above=words.above,
        order_above=pairs.above,
        focus=float(not needs.focus or any(need.is_in(everywhere) for need in needs.focus)),
        names=_share(needs.names, everywhere),
        kind=kinds[best],
        figure=max(kinds),
        opening=float(reading.opening),
        words=float(len(needs.words)),
        sentence=_marked(reading.spans, chances, best),
        missing=words.missing,
    )


class _Coverage:
    """How far a passage, its sentences and what stands above it cover some needs.

    Attributes:
        whole: share of information that the passage and what stands above it hold.
        above: share that what stands above it holds.
        alone: share that each sentence holds.
        with_above: share that each sentence and what stands above it hold.
        missing: the words that neither the passage nor what stands above it holds.
    """

    __slots__ = ("above", "alone", "missing", "whole", "with_above")

    def __init__(
        self, needs: Sequence[Need], text: str, sentences: Sequence[str], context: str
    ) -> None:
        total = sum(need.information for need in needs)
        whole = above = 0.0
        alone, with_above = [0.0] * len(sentences), [0.0] * len(sentences)
        missing = []
        for need in needs:
            share = need.information / total if total else 1 / len(needs)
            in_context = need.credit(context) if context else 0.0
            given = CONTEXT_CREDIT * in_context
            in_passage = need.credit(text)
            above += share * in_context
            whole += share * max(in_passage, given)
            if max(in_passage, given) < FOUND:
                missing.append(need.word)
            for number, sentence in enumerate(sentences):
                credit = need.credit(sentence) if in_passage else 0.0
                alone[number] += share * credit
                with_above[number] += share * max(credit, given)
        self.whole = whole if needs else 1.0
        self.above = above
        self.alone = alone if needs else [1.0] * len(sentences)
        self.with_above = with_above if needs else self.alone
        self.missing = tuple(missing)


def sentence_features(reading: Reading, needs: Needs) -> list[tuple[float, ...]]:
    """The values of `index.weights.SENTENCE_FEATURES` of each sentence."""
    text, context, sentences = reading.text, reading.context, reading.sentences
    return _sentence_features(
        sentences,
        _Coverage(needs.words, text, sentences, context),
        _Coverage(needs.pairs, text, sentences, context),
        needs,
    )


def _sentence_features(
    sentences: Sequence[str], words: _Coverage, pairs: _Coverage, needs: Needs
) -> list[tuple[float, ...]]:
    focus = [_share(needs.focus, sentence) for sentence in sentences]
    return [
        (
            covered,
            order,
            float(needs.kind is None or needs.kind.held_by(sentence)),
            about,
            # An interview's question repeats ours; what follows answers.
            float(sentence.endswith("?")),
        )
        for covered, order, about, sentence in zip(
            words.with_above, pairs.alone, focus, sentences, strict=True
        )
    ]


def _chances(scores: Sequence[float]) -> list[float]:
    """How likely each of several sentences is the one that answers, if one of them does."""
    highest = max(scores)
    powers = [math.exp(score - highest) for score in scores]
    return [power / sum(powers) for power in powers]


def _marked(spans: Sequence[Span], chances: Sequence[float], best: int) -> Span:
    """The likeliest sentence; where it is not sure, with the likelier of its neighbours."""
    neighbours = [
        number
        for number in (best - 1, best + 1)
        if 0 <= number < len(spans) and _adjoin(spans[number], spans[best])
    ]
    if chances[best] >= SURE_SENTENCE or not neighbours:
        return spans[best]
    other = max(neighbours, key=lambda number: chances[number])
    first, last = sorted((best, other))
    return Span(spans[first].start, spans[last].end)


def _adjoin(one: Span, other: Span) -> bool:
    """Whether two sentences stand in one paragraph: a line's end would lie between them."""
    return one.end == other.start or other.end == one.start


def _share(needs: Sequence[Need], text: str) -> float:
    """The share of information that `text` holds."""
    total = sum(need.information for need in needs)
    return sum(need.information * need.credit(text) for need in needs) / total if total else 1.0
