"""How much of a question a passage covers, and which of its sentences does."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from operator import mul

from index.analysis.normal_passage import NormalPassage
from index.model import Span
from index.ranking.query_terms import QueryTerm, QueryTerms
from index.ranking.weights import LinearModel

CONTEXT_CREDIT = 0.8
"""Credit for a word that stands only above the passage."""
FOUND = 0.5
"""Credit from which a word counts as found when the missing ones are named."""
SURE_SENTENCE = 0.8
"""A sentence that is less likely than this to be the answering one is marked with a neighbour."""
_CLOSING = "”’」』》)】\"'"
INTERVIEW_QUESTION = 3.0
"""What a sentence that asks loses, in the unit of the sentence model: an interview's question
repeats ours, and what follows answers. Not fitted: the data sets hold hardly any interviews."""


@dataclass(frozen=True, slots=True)
class EngineHit:
    """How the engine found a passage.

    Attributes:
        relative: its score against the best one's, 0 to 1.
        strength: its score against what the question's terms tell in all; drawn to the usual in
            a small library.
        siblings: the best score of another passage of its article, against the best one's.
    """

    relative: float
    strength: float
    siblings: float


@dataclass(frozen=True, slots=True)
class PassageEvidence:
    """What speaks for a passage as a whole; shares of the question's total IDF are 0 to 1.

    Attributes:
        engine_hit: how the engine found it.
        coverage: share that the passage and what stands above it hold.
        order: share of the question's bigrams that the passage and what stands above it hold.
        above: share that what stands above it holds.
        order_above: share of the question's bigrams that what stands above it holds.
        names: share of its names and numbers that the passage or what stands above it holds; 1
            without any.
        figure: 1 if the passage holds the kind of answer asked for, or none is; else 0.
        answerable: 0 if it lacks what any answer of that kind needs, a number for 多少; else 1.
        focus: 1 if the passage or what stands above it holds a word of what is asked about, or
            the question does not name it; else 0.
        opening: 1 if the passage opens its article, else 0.
    """

    engine_hit: EngineHit
    coverage: float
    order: float
    above: float
    order_above: float
    names: float
    figure: float
    answerable: float
    focus: float
    opening: float


@dataclass(frozen=True, slots=True)
class SentenceEvidence:
    """What speaks for the sentence of a passage that answers likeliest.

    Attributes:
        coverage: share of the question's total IDF that it and what stands above it hold.
        kind: 1 if it holds the kind of answer asked for, or none is; else 0.
        span: its range in the passage as it is quoted; where it is not sure, with a neighbour.
    """

    coverage: float
    kind: float
    span: Span


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for a passage.

    Attributes:
        passage, sentence: see there.
        credits: for each word of the question how far the passage or what stands above it holds
            it, 0 to 1.
    """

    passage: PassageEvidence
    sentence: SentenceEvidence
    credits: tuple[float, ...]

    @property
    def ranking_features(self) -> tuple[float, ...]:
        """The values of `index.ranking.weights.RANKING_FEATURES`."""
        return ranking_features(self.passage, self.sentence.coverage, self.sentence.kind)


@dataclass(frozen=True, slots=True)
class Survey:
    """A passage looked over as a whole, before its sentences are.

    Attributes:
        normal: the passage.
        evidence: what that gave.
        words, pairs: credit for each of the question's words and bigrams in the passage alone.
        above: credit for each of the question's words above the passage.
    """

    normal: NormalPassage
    evidence: PassageEvidence
    words: Sequence[float]
    pairs: Sequence[float]
    above: Sequence[float]


@dataclass(frozen=True, slots=True)
class _Above:
    """What stands above some passages.

    Attributes:
        words, pairs: credit for each of the question's words and bigrams.
        coverage, order: the shares of the IDF that these make.
    """

    words: Sequence[float]
    pairs: Sequence[float]
    coverage: float
    order: float


class Weigher:
    """Weighs the evidence of passages for one question."""

    def __init__(self, query_terms: QueryTerms, sentence_model: LinearModel) -> None:
        """Args:
        sentence_model: tells how well each sentence of a passage answers.
        """
        self._query_terms = query_terms
        self._model = sentence_model
        self._shares = _shares(query_terms.words)
        self._pair_shares = _shares(query_terms.pairs)
        places = {query_term.word: number for number, query_term in enumerate(query_terms.words)}
        self._names = [places[query_term.word] for query_term in query_terms.names]
        self._name_shares = _shares(query_terms.names)
        self._focus = [places[query_term.word] for query_term in query_terms.focus]
        self._focus_shares = _shares(query_terms.focus)
        # Passages of one section have the same above them.
        self._contexts: dict[str, _Above] = {}

    def survey(self, normal: NormalPassage, engine_hit: EngineHit) -> Survey:
        """Look over a passage as a whole."""
        text, query_terms = normal.text, self._query_terms
        above = self._above(normal.context)
        words = [query_term.credit(text) for query_term in query_terms.words]
        pairs = [query_term.credit(text) for query_term in query_terms.pairs]
        credits = _best(words, above.words)
        figure = float(query_terms.answer_type is None or query_terms.answer_type.held_by(text))
        evidence = PassageEvidence(
            engine_hit=engine_hit,
            coverage=_sum(self._shares, credits, 1.0),
            order=_sum(self._pair_shares, _best(pairs, above.pairs), 1.0),
            above=above.coverage,
            order_above=above.order,
            names=_sum(
                self._name_shares,
                [max(words[i], above.words[i] / CONTEXT_CREDIT) for i in self._names],
                1.0,
            ),
            figure=figure,
            answerable=float(
                query_terms.answer_type is None or query_terms.answer_type.may_be_in(text)
            ),
            focus=float(
                not self._focus
                or any(words[i] == 1 or above.words[i] == CONTEXT_CREDIT for i in self._focus)
            ),
            opening=float(normal.opening),
        )
        return Survey(normal, evidence, words, pairs, above.words)

    def _above(self, context: str) -> _Above:
        above = self._contexts.get(context)
        if above is None:
            words = [
                CONTEXT_CREDIT * query_term.credit(context)
                for query_term in self._query_terms.words
            ]
            pairs = [
                CONTEXT_CREDIT * query_term.credit(context)
                for query_term in self._query_terms.pairs
            ]
            above = _Above(
                words,
                pairs,
                _sum(self._shares, words, 0.0) / CONTEXT_CREDIT,
                _sum(self._pair_shares, pairs, 0.0) / CONTEXT_CREDIT,
            )
            self._contexts[context] = above
        return above

    def weigh(self, survey: Survey) -> Evidence:
        """Find the answering sentence of a passage, and weigh it."""
        features = self.sentence_features(survey)
        chances = _chances(
            [
                self._model.total(row)
                - INTERVIEW_QUESTION * sentence.rstrip(_CLOSING).endswith("?")
                for row, sentence in zip(features, survey.normal.sentences, strict=True)
            ]
        )
        best = chances.index(max(chances))
        coverage, _, kind, _ = features[best]
        return Evidence(
            passage=survey.evidence,
            sentence=SentenceEvidence(coverage, kind, _marked(survey.normal.spans, chances, best)),
            credits=tuple(_best(survey.words, survey.above)),
        )

    def sentence_features(self, survey: Survey) -> Sequence[tuple[float, ...]]:
        """The values of `index.ranking.weights.SENTENCE_FEATURES` of each sentence."""
        query_terms = self._query_terms
        rows: list[tuple[float, ...]] = []
        for sentence in survey.normal.sentences:
            words = [
                # What the passage does not hold, none of its sentences does.
                query_term.credit(sentence) if credit else 0.0
                for query_term, credit in zip(query_terms.words, survey.words, strict=True)
            ]
            pairs = [
                query_term.credit(sentence) if credit else 0.0
                for query_term, credit in zip(query_terms.pairs, survey.pairs, strict=True)
            ]
            rows.append(
                (
                    _sum(self._shares, _best(words, survey.above), 1.0),
                    _sum(self._pair_shares, pairs, 1.0),
                    float(
                        query_terms.answer_type is None or query_terms.answer_type.held_by(sentence)
                    ),
                    _sum(self._focus_shares, [words[i] for i in self._focus], 1.0),
                )
            )
        return rows


def ranking_features(passage: PassageEvidence, coverage: float, kind: float) -> tuple[float, ...]:
    """The values of `index.ranking.weights.RANKING_FEATURES`.

    Args:
        coverage, kind: of the answering sentence. Those of the passage, `coverage` and `figure`,
            are the most that any sentence of it can have.
    """
    return (
        passage.engine_hit.relative,
        passage.engine_hit.siblings,
        passage.coverage,
        passage.order,
        passage.above,
        passage.order_above,
        passage.names,
        passage.figure,
        passage.focus,
        passage.opening,
        coverage,
        kind,
    )


def confidence_features(evidence: Evidence) -> tuple[float, ...]:
    """The values of `index.ranking.weights.CONFIDENCE_FEATURES`."""
    passage = evidence.passage
    return (
        passage.engine_hit.strength,
        passage.coverage,
        passage.order,
        passage.names,
        passage.answerable,
        passage.focus,
        evidence.sentence.coverage,
        math.log(len(evidence.credits)),
    )


def missing_words(evidence: Evidence, query_terms: QueryTerms) -> tuple[str, ...]:
    """The words of the question that neither the passage nor what stands above it holds."""
    return tuple(
        query_term.word
        for query_term, credit in zip(query_terms.words, evidence.credits, strict=True)
        if credit < FOUND
    )


def _shares(query_terms: Sequence[QueryTerm]) -> list[float]:
    """Returns what part of their total IDF each query term has."""
    total = sum(query_term.idf for query_term in query_terms)
    return [query_term.idf / total if total else 1 / len(query_terms) for query_term in query_terms]


def _sum(shares: Sequence[float], credits: Sequence[float], without: float) -> float:
    """Returns the share of the IDF that some credits make; `without` where nothing is needed."""
    return sum(map(mul, shares, credits)) if shares else without


def _best(credits: Sequence[float], other: Sequence[float]) -> list[float]:
    return list(map(max, credits, other))


def _chances(scores: Sequence[float]) -> list[float]:
    """How likely each of several sentences is the one that answers, if one of them does."""
    highest = max(scores)
    powers = [math.exp(score - highest) for score in scores]
    total = sum(powers)
    return [power / total for power in powers]


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


def _adjoin(span: Span, other: Span) -> bool:
    """Whether two sentences stand in one paragraph: a line's end would lie between them."""
    return span.end == other.start or other.end == span.start
