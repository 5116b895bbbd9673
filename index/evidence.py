"""How much of a question a passage covers, and which of its sentences does."""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from index.answer_kind import AnswerKind
from index.engines import Engine
from index.model import Span
from index.question import Question
from index.snapshot import PlacedPassage
from index.terms import body_key, context_of
from index.text import Term, TextReader, sentences

LONG_WORD_PART = 0.8
"""Credit for the found part of a word of three or more characters, by its bigrams."""
PAIR_PART = 0.2
"""Credit for the found part of a word of two characters, by its characters."""
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


FIGURES = (AnswerKind.QUANTITY, AnswerKind.DATE)
"""Kinds of answers that are written with numbers, so that it is sure where there is none."""


_RUNS_ON_BEFORE = re.compile(r"[0-9a-z]$|\d\.$")
_RUNS_ON_AFTER = re.compile(r"[0-9a-z]|\.\d")
"""What makes a number or a Latin word part of a longer one. Letters and digits are told apart by
the cutter, but 「A4」 means neither A nor 4."""


@dataclass(frozen=True, slots=True)
class Need:
    """A word of the question.

    Attributes:
        word: normalised.
        information: how much it tells: the logarithm of how rare passages are that hold it.
        alternatives: synonyms, normalised; a text that holds one of them whole holds the word.
    """

    word: str
    information: float
    alternatives: tuple[str, ...] = ()

    def places(self, text: str) -> list[Span]:
        """Where `text` holds the word. Numbers and Latin words must stand alone: 5 is not in 15."""
        found = (match.span() for match in re.finditer(re.escape(self.word), text))
        return [
            Span(start, end)
            for start, end in found
            if not self.word.isascii()
            or not (
                _RUNS_ON_BEFORE.search(text[max(0, start - 2) : start])
                or _RUNS_ON_AFTER.match(text, end)
            )
        ]

    def credit(self, text: str) -> float:
        """How far `text` holds the word: 1 whole, less in parts, 0 not at all."""
        if any(Need(other, 0).places(text) for other in self.alternatives):
            return 1.0
        if self.word.isascii():
            return float(self.places(text) != [])
        if self.word in text:
            return 1.0
        if len(self.word) > 2:
            return LONG_WORD_PART * _share(_pairs(self.word), text)
        return PAIR_PART * _share(self.word, text) if len(self.word) == 2 else 0.0


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
class Evidence:
    """What speaks for a passage; shares of the question's information are 0 to 1.

    Attributes:
        coverage: share that the passage and what stands above it hold.
        sentence_coverage: share that the marked sentence and what stands above it hold.
        order: share of the question's bigrams that the passage and what stands above it hold.
        focus: 1 if the passage or what stands above it holds a word of what is asked about, or
            the question does not name it; else 0.
        names: share of its names and numbers that the passage or what stands above it holds; 1
            without any.
        kind: 1 if the marked sentence holds the kind of answer asked for, or none is; else 0.
        figure: 0 if a quantity or a date is asked for and the passage holds none; else 1.
        sentence: the sentence that covers most, in the passage's text.
        missing: the words that neither the passage nor what stands above it holds.
    """

    coverage: float
    sentence_coverage: float
    order: float
    focus: float
    names: float
    kind: float
    figure: float
    sentence: Span
    missing: tuple[str, ...]


def needs_of(question: Question, engine: Engine, reader: TextReader) -> Needs:
    """What `question` needs to be covered, weighed by how rare its words are."""
    words = {
        word.text: _need(word, question, lambda term: _information(term, engine, reader))
        for word in question.words
    }
    pairs = [
        _need(pair, question, lambda term: engine.information(body_key(term)))
        for pair in question.bigrams
    ]
    alone = [need for need in words.values() if need.word.isascii()]
    return Needs(
        words=tuple(words.values()),
        pairs=(*pairs, *alone),
        focus=tuple(words[word.text] for word in question.focus)
        if question.focus and _is_noun(question.focus[0], reader)
        else (),
        names=tuple(need for need in words.values() if reader.is_name(need.word)),
        kind=question.kind,
    )


def _need(own: Term, question: Question, told_by: Callable[[Term], float]) -> Need:
    """A need with its synonyms."""
    rewordings = question.rewordings_of(own)
    share = min((rewording.share(own.kind, told_by) for rewording in rewordings), default=1.0)
    others = (other.text for rewording in rewordings for other in rewording.alternatives)
    return Need(own.text, told_by(own) * share, tuple(dict.fromkeys(others)))


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


def weigh(placed: PlacedPassage, needs: Needs, reader: TextReader) -> Evidence:
    """Weigh the evidence for one passage."""
    passage = placed.passage
    text = reader.normalise(passage.text).text
    context = reader.normalise(context_of(placed.title, passage.headings, passage.byline)).text
    everywhere = f"{text}\n{context}"
    above = _above(needs.words, context)
    spans = sentences(passage.text)
    texts = [reader.normalise(span.of(passage.text)).text for span in spans]
    best = _best_sentence(texts, needs, above)
    return Evidence(
        coverage=_covered(needs.words, text, above),
        sentence_coverage=_covered(needs.words, texts[best], above),
        order=_covered(
            needs.pairs or needs.words, text, _above(needs.pairs or needs.words, context)
        ),
        focus=float(not needs.focus or any(need.credit(everywhere) == 1 for need in needs.focus)),
        names=_covered(needs.names, everywhere),
        kind=_holds_kind(needs, texts[best]),
        figure=float(needs.kind not in FIGURES or _holds_kind(needs, text) > 0),
        sentence=spans[best],
        missing=tuple(
            need.word
            for need, credit in zip(needs.words, above, strict=True)
            if max(credit, need.credit(text)) < FOUND
        ),
    )


def _best_sentence(texts: Sequence[str], needs: Needs, above: Sequence[float]) -> int:
    """The number of the sentence that covers most and holds the kind of answer; else the first.

    The weights were chosen on CMRC 2018 and checked on DRCD, but for that of questions, which
    those sets hardly hold.
    """
    scores = [
        _covered(needs.words, text, above)
        + 0.5 * _covered(needs.pairs, text)
        + 0.3 * _holds_kind(needs, text)
        + 0.3 * _covered(needs.focus, text)
        - 0.5 * text.endswith("?")  # an interview's question repeats ours; what follows answers
        for text in texts
    ]
    return scores.index(max(scores))


def _holds_kind(needs: Needs, text: str) -> float:
    return float(needs.kind is None or needs.kind.held_by(text))


def _above(needs: Sequence[Need], context: str) -> list[float]:
    """The credit for each need that what stands above a passage gives it."""
    return [CONTEXT_CREDIT * need.credit(context) for need in needs]


def _covered(needs: Sequence[Need], text: str, above: Sequence[float] = ()) -> float:
    """The share of information that `text` covers; `above` is credit that is given anyway."""
    total = sum(need.information for need in needs)
    if not total:
        return 1.0
    given = above or [0.0] * len(needs)
    covered = (
        need.information * max(credit, need.credit(text))
        for need, credit in zip(needs, given, strict=True)
    )
    return sum(covered) / total


def _share(parts: Sequence[str], text: str) -> float:
    return sum(part in text for part in parts) / len(parts)


def _pairs(word: str) -> list[str]:
    return [word[i : i + 2] for i in range(len(word) - 1)]
