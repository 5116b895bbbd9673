"""How much of a question a passage covers, and which of its sentences does."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import mul

from index.analysis.index_terms import LINE_BREAK
from index.analysis.normal_passage import NormalPassage
from index.analysis.sentence_roles import Role, RoledSentence, label_of
from index.model import Span
from index.ranking.closing import closing_question
from index.ranking.marking import answering_sentences, governed, marked_span, whole
from index.ranking.query_terms import Compound, QueryTerm, QueryTerms
from index.ranking.titles import share_beyond
from index.ranking.weights import LinearModel

FOUND = 0.5
"""Credit from which a word counts as found when the missing ones are named."""
HALF_COVERED = 0.5
"""In a small library little is found by chance: a sentence that holds more of a question than
this answers it likelier than in a large one, and one that holds less, less likely."""
UNKNOWN_NEARNESS = 0.5
NEAR = 10
"""Characters from what is asked about at which `SentenceEvidence.nearness` has fallen to 1/e."""
LONG_PROSE = 200
"""Characters of marked prose from which more makes no difference."""
TYPICAL_LENGTH = 0.4
"""`SentenceEvidence.length` of what is no prose, and in a small library: about the mean."""
_CLOSING = "”’」』》)】\"'"
_LEFT_OUT_OF_TITLES = "中华人民共和国"
"""What nobody says who asks for a law."""
_LISTED = (Role.LABEL, Role.ROW, Role.ITEM)
"""What hardly names what it tells about."""
_NAMING = (Role.HEADING, Role.LEAD_IN, Role.QUESTION)
"""What may name the kind of what it governs."""
INTERVIEW_QUESTION = 3.0
"""What a sentence that asks loses, in the unit of the sentence model: an interview's question
repeats ours, and what follows answers. Not fitted: the data sets hold hardly any interviews."""
OWN_WORDS = 0.01
"""What a sentence gains for each word of the question that it says itself, in the unit of the
sentence model: it only decides between sentences that are alike, as the rows of a table are whose
title says a synonym of the one that is asked for."""


@dataclass(frozen=True, slots=True)
class EngineHit:
    """How the engine found a passage.

    Attributes:
        relative: its score against the best one's, 0 to 1.
        strength: its score against what the question's terms tell in all; drawn to the usual in
            a small library.
        siblings: the best score of another passage of its article, against the best one's.
        smallness: of the library, 0 to 1.
    """

    relative: float
    strength: float
    siblings: float
    smallness: float = 0.0


@dataclass(frozen=True, slots=True)
class PassageEvidence:
    """What speaks for a passage as a whole; shares of the question's total IDF are 0 to 1.

    Attributes:
        engine_hit: how the engine found it.
        coverage: share that the passage and what stands above it hold.
        order: share of the question's bigrams that the passage and what stands above it hold.
        own: share that the passage itself holds.
        above: share that what stands above it holds.
        order_above: share of the question's bigrams that what stands above it holds.
        names: share of its names and numbers that the passage or what stands above it holds; 1
            without any.
        figure: 1 if the passage holds the kind of answer asked for, or none is; else 0.
        answerable: 0 if it lacks what any answer of that kind needs, a number for 多少; else 1.
        focus: 1 if the passage or what stands above it holds a word of what is asked about, or
            the question does not name it; else 0.
        opening: 1 if the passage opens its article, else 0.
        provision: 1 if the provision that the question names opens in the passage, or it names
            none; else 0.
        title: where it names one, the share of the article's title that the question holds.
    """

    engine_hit: EngineHit
    coverage: float
    order: float
    own: float
    above: float
    order_above: float
    names: float
    figure: float
    answerable: float
    focus: float
    opening: float
    provision: float
    title: float


@dataclass(frozen=True, slots=True)
class SentenceEvidence:
    """What speaks for the sentence of a passage that answers likeliest.

    Attributes:
        coverage: share of the question's total IDF that it and what stands above it hold.
        kind: 1 if it holds the kind of answer asked for, or none is; else 0.
        label: 1 if its label or what stands above it names that kind, else 0.
        lacks_kind: whether `span` holds nothing of the kind asked for, though its form would show,
            or a price for another time.
        nearness: how near the kind of answer asked for stands in `span` to what is asked about: 1
            at the same place, to 0; 0.5 where its form does not show.
        length: of `span` in prose, 1 from `LONG_PROSE` on; else `TYPICAL_LENGTH`.
        span: its range in the passage as it is quoted; where it is not sure, with a neighbour.
    """

    coverage: float
    kind: float
    label: float
    lacks_kind: bool
    nearness: float
    length: float
    span: Span


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for a passage.

    Attributes:
        passage, sentence: see there.
        credits: for each word of the question how far the passage or what stands above it holds
            it, 0 to 1.
        same_names: share of the question's compound names that are not among `others`; 0 if one is
            of what the library never speaks of; 1 without any.
        others: the compound names that the passage holds only as parts of other things' names (see
            `Compound`).
        heard: 1 less the square of the share of the question's total IDF that the passage lacks of
            a word that the library never says.
        held_idf: total IDF of what it holds, in that of a word that a single passage holds.
        left_open: share of the question's total IDF that a question at the end of the passage
            holds, which nothing there answers; 0 without one.
        title_beyond: how much the article's title tells that was not asked about, 0 to 1.
    """

    passage: PassageEvidence
    sentence: SentenceEvidence
    credits: tuple[float, ...]
    same_names: float
    others: tuple[str, ...]
    heard: float
    held_idf: float
    left_open: float
    title_beyond: float

    @property
    def held_words(self) -> float:
        """How far its words are held on average, the common ones like the rare; 0 to 1."""
        return sum(self.credits) / len(self.credits) if self.credits else 1.0

    @property
    def ranking_features(self) -> tuple[float, ...]:
        """The values of `index.ranking.weights.RANKING_FEATURES`."""
        sentence = self.sentence
        return ranking_features(self.passage, sentence.coverage, sentence.kind, sentence.label)


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
        names_type: whether the last line of it names the type of answer.
    """

    words: Sequence[float]
    pairs: Sequence[float]
    coverage: float
    order: float
    names_type: bool


class Weigher:
    """Weighs the evidence of passages for one question."""

    def __init__(
        self,
        query_terms: QueryTerms,
        sentence_model: LinearModel,
        names: Callable[[str], Sequence[Span]] | None = None,
    ) -> None:
        """Args:
        sentence_model: tells how well each sentence of a passage answers.
        names: where a text names a person; None if no name is asked for.
        """
        self._query_terms = query_terms
        self._names_in = names
        self._model = sentence_model
        self._shares = _shares(query_terms.words)
        self._pair_shares = _shares(query_terms.pairs)
        places = {query_term.word: number for number, query_term in enumerate(query_terms.words)}
        self._names = [places[query_term.word] for query_term in query_terms.names]
        self._name_shares = _shares(query_terms.names)
        self._focus = [places[query_term.word] for query_term in query_terms.focus]
        self._focus_shares = _shares(query_terms.focus)
        self._unheard = [places[word] for word in query_terms.unheard]
        # Passages of one section have the same above them.
        self._contexts: dict[str, _Above] = {}
        self._provisions = query_terms.provisions
        self._provision_places = [places[query_term.word] for query_term in self._provisions]
        self._asked = frozenset(pair.word for pair in query_terms.pairs)

    def survey(self, normal: NormalPassage, engine_hit: EngineHit) -> Survey:
        """Looks over a passage as a whole."""
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
            own=_sum(self._shares, words, 1.0),
            above=above.coverage,
            order_above=above.order,
            names=_sum(self._name_shares, [credits[i] for i in self._names], 1.0),
            figure=figure,
            answerable=float(
                query_terms.answer_type is None or query_terms.answer_type.may_be_in(text)
            ),
            focus=float(not self._focus or any(credits[i] == 1 for i in self._focus)),
            opening=float(normal.opening),
            provision=float(
                not self._provisions or any(credits[i] for i in self._provision_places)
            ),
            title=self._title_share(normal.context) if self._provisions else 0.0,
        )
        return Survey(normal, evidence, words, pairs, above.words)

    def _others(self, text: str, context: str) -> list[Compound]:
        return [
            compound
            for compound in self._query_terms.compounds
            if compound.is_another_in(text) and compound.name not in context
        ]

    def _same_names(self, others: Sequence[Compound]) -> float:
        if any(compound.is_unheard_of for compound in others):
            return 0.0
        return 1 - len(others) / len(self._query_terms.compounds) if others else 1.0

    def _title_share(self, context: str) -> float:
        """Returns the share of the bigrams of an article's title that the question holds, too."""
        title = context.partition(LINE_BREAK)[0].removeprefix(_LEFT_OUT_OF_TITLES)
        pairs = {first + second for first, second in pairwise(title)}
        return len(pairs & self._asked) / len(pairs) if pairs else 0.0

    def _above(self, context: str) -> _Above:
        above = self._contexts.get(context)
        if above is None:
            words = [query_term.credit(context) for query_term in self._query_terms.words]
            pairs = [query_term.credit(context) for query_term in self._query_terms.pairs]
            above = _Above(
                words,
                pairs,
                _sum(self._shares, words, 0.0),
                _sum(self._pair_shares, pairs, 0.0),
                self._query_terms.is_named_by(context.rpartition(LINE_BREAK)[2]),
            )
            self._contexts[context] = above
        return above

    def weigh(self, survey: Survey) -> Evidence:
        """Finds the answering sentence of a passage, and weighs it.

        Raises:
            ValueError, TypeError: what is stored of the sentences is damaged.
        """
        outline, sentences = survey.normal.roled_sentences, survey.normal.sentences
        features = self._features(survey, outline)
        scores = [
            self._model.total(row)
            + OWN_WORDS * sum(term.word in sentence for term in self._query_terms.words)
            - INTERVIEW_QUESTION * sentence.rstrip(_CLOSING).endswith("?")
            for row, sentence in zip(features, sentences, strict=True)
        ]
        asked_for = self._provision_sentences(survey.normal, outline)
        answering = asked_for or answering_sentences(
            outline,
            [kind for _, _, kind, *_ in features],
            self._query_terms.answer_type is not None,
        )
        chances = _chances(scores, answering)
        best = chances.index(max(chances))
        coverage, _, kind, _, label = features[best]
        if all(sentence.role.heads for sentence in outline):
            coverage = kind = label = 0.0  # there is nothing below that could answer
        marked = (
            whole(outline, asked_for)
            if asked_for
            else marked_span(outline, chances, best, self._query_terms.wants_list)
        )
        credits = tuple(_best(survey.words, survey.above))
        words = self._query_terms.words
        held_idf = sum(map(mul, credits, (query_term.idf for query_term in words)))
        others = self._others(survey.normal.text, survey.normal.context)
        lacking = max((self._shares[i] * (1 - credits[i]) for i in self._unheard), default=0.0)
        marked_text = "".join(
            text
            for sentence, text in zip(outline, sentences, strict=True)
            if marked.start <= sentence.span.start < marked.end
        )
        is_listed = outline[best].role in _LISTED
        lacks_kind, nearness = self._kind_in(survey.normal, marked_text, is_listed)
        return Evidence(
            passage=survey.evidence,
            sentence=SentenceEvidence(
                coverage, kind, label, lacks_kind, nearness, _length(outline[best], marked), marked
            ),
            credits=credits,
            same_names=self._same_names(others),
            others=tuple(compound.name for compound in others),
            heard=1 - lacking**2,
            held_idf=held_idf / self._query_terms.highest_idf,
            left_open=self._left_open(sentences),
            title_beyond=share_beyond(
                survey.normal.context.partition(LINE_BREAK)[0], self._query_terms.characters
            ),
        )

    def _kind_in(self, normal: NormalPassage, text: str, is_listed: bool) -> tuple[bool, float]:
        """Returns `lacks_kind` and `nearness` of the marked text of a passage, normalised.

        Args:
            is_listed: whether it is a row or an item, which stands for itself, but what stands
                above it may say what it tells about.
        """
        query_terms = self._query_terms
        answer_type, period = query_terms.answer_type, query_terms.period
        if self._names_in is not None:
            telling = [text] if is_listed else [text, *self._sentences_on_focus(normal)]
            names = [name.of(part) for part in telling for name in self._names_in(part)]
            # Whom the question names is not asked for.
            return all(map(query_terms.characters.issuperset, names)), UNKNOWN_NEARNESS
        if period is not None and period.gives_way_in(f"{normal.context}{LINE_BREAK}{text}"):
            return True, UNKNOWN_NEARNESS
        if answer_type is None or not answer_type.shows:
            return False, UNKNOWN_NEARNESS
        answers = list(answer_type.places(text))
        terms = query_terms.focus or query_terms.words
        asked_about = [place for term in terms for place in term.places(text)]
        above = normal.context if is_listed else ""
        if answers and not asked_about and any(term.is_in(above) for term in terms):
            return False, UNKNOWN_NEARNESS
        # Between the middles of both, in half characters.
        distances = [
            abs(answer.start + answer.end - place.start - place.end)
            for answer in answers
            for place in asked_about
        ]
        return not answers, math.exp(-min(distances, default=math.inf) / (2 * NEAR))

    def _sentences_on_focus(self, normal: NormalPassage) -> list[str]:
        focus = self._query_terms.focus
        return [text for text in normal.sentences if any(term.is_in(text) for term in focus)]

    def _left_open(self, sentences: Sequence[str]) -> float:
        closing = closing_question(sentences)
        if not closing:
            return 0.0
        return _sum(self._shares, [word.credit(closing) for word in self._query_terms.words], 0.0)

    def _provision_sentences(
        self, normal: NormalPassage, outline: Sequence[RoledSentence]
    ) -> list[int]:
        """Returns the numbers of the sentences of the first provision that the question names."""
        openings = [
            number
            for number, (sentence, text) in enumerate(zip(outline, normal.sentences, strict=True))
            if sentence.role is not Role.TEXT and any(p.is_in(text) for p in self._provisions)
        ]
        return governed(outline, openings[0]) if openings else []

    def sentence_features(self, survey: Survey) -> Sequence[tuple[float, ...]]:
        """Returns the values of `index.ranking.weights.SENTENCE_FEATURES` of each sentence."""
        return self._features(survey, survey.normal.roled_sentences)

    def _features(
        self, survey: Survey, outline: Sequence[RoledSentence]
    ) -> Sequence[tuple[float, ...]]:
        query_terms, answer_type = self._query_terms, self._query_terms.answer_type
        held_words: list[Sequence[float]] = []
        held_pairs: list[Sequence[float]] = []
        rows: list[tuple[float, ...]] = []
        sentences = survey.normal.sentences
        for number, sentence in enumerate(sentences):
            # What the passage does not hold, none of its sentences does.
            words: Sequence[float] = [
                query_term.credit(sentence) if credit else 0.0
                for query_term, credit in zip(query_terms.words, survey.words, strict=True)
            ]
            pairs: Sequence[float] = [
                query_term.credit(sentence) if credit else 0.0
                for query_term, credit in zip(query_terms.pairs, survey.pairs, strict=True)
            ]
            governor = outline[number].governor
            if governor is not None:
                words = _best(words, held_words[governor])
                pairs = _best(pairs, held_pairs[governor])
            held_words.append(words)
            held_pairs.append(pairs)
            rows.append(
                (
                    _sum(self._shares, _best(words, survey.above), 1.0),
                    _sum(self._pair_shares, pairs, 1.0),
                    float(answer_type is None or answer_type.held_by(sentence)),
                    _sum(self._focus_shares, [words[i] for i in self._focus], 1.0),
                    float(self._is_named(survey.normal.context, outline, sentences, number)),
                )
            )
        return rows

    def _is_named(
        self,
        context: str,
        outline: Sequence[RoledSentence],
        sentences: Sequence[str],
        number: int,
    ) -> bool:
        """Whether the label of a sentence, or what stands above it, names the type of answer."""
        named_by = self._query_terms.is_named_by
        if outline[number].role is Role.LABEL and named_by(label_of(sentences[number])):
            return True
        governor = outline[number].governor
        if governor is not None:
            return outline[governor].role in _NAMING and named_by(sentences[governor].rstrip(":"))
        return self._above(context).names_type


def ranking_features(
    passage: PassageEvidence, coverage: float, kind: float, label: float
) -> tuple[float, ...]:
    """Returns the values of `index.ranking.weights.RANKING_FEATURES`.

    Args:
        coverage, kind, label: of the answering sentence. Those of the passage, `coverage` and
            `figure`, are the most that any sentence of it can have.
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
        label,
        passage.provision,
        passage.title,
    )


def confidence_features(
    evidence: Evidence, lead: float, sibling_coverage: float, title_lead: float
) -> tuple[float, ...]:
    """Returns the values of `index.ranking.weights.CONFIDENCE_FEATURES`.

    In a small library some passage is the nearest to whatever is asked: mostly the one that opens
    the article on the same topic (but for a label that names what is asked for), or one without
    the kind of answer asked for. There, what an answer lacks counts against it. What the other
    passages of its article hold as well, and this one itself does not, as it stands in the title,
    hardly tells that this one answers.

    Args:
        lead, sibling_coverage, title_lead: of the passage, see `index.ranking.ranking.Ranked`.
    """
    passage, smallness = evidence.passage, evidence.passage.engine_hit.smallness
    shared = sibling_coverage - HALF_COVERED
    return (
        passage.engine_hit.strength,
        passage.order,
        passage.names,
        passage.answerable,
        evidence.sentence.coverage,
        passage.provision,
        evidence.same_names,
        passage.above,
        evidence.held_words,
        evidence.held_idf,
        -evidence.left_open,
        lead,
        title_lead,
        (1 - smallness) * (TYPICAL_LENGTH - evidence.sentence.length),
        smallness * (evidence.sentence.coverage - HALF_COVERED),
        smallness * (evidence.same_names - 1),
        smallness * (evidence.heard - 1),
        smallness * (passage.focus - 1),
        -smallness * evidence.sentence.lacks_kind,
        -smallness
        * passage.opening
        * (passage.engine_hit.siblings > 0)
        * (1 - evidence.sentence.label),
        smallness * (evidence.sentence.nearness - UNKNOWN_NEARNESS),
        -smallness * (shared if shared < 0 else shared * (1 - passage.own)),
    )


def _length(best: RoledSentence, marked: Span) -> float:
    if best.role is not Role.TEXT:
        return TYPICAL_LENGTH
    return min(marked.end - marked.start, LONG_PROSE) / LONG_PROSE


def missing_names(evidence: Evidence, query_terms: QueryTerms) -> tuple[str, ...]:
    """Returns what the passage lacks of the question: names as a whole, and further words."""
    words = missing_words(evidence, query_terms)
    named = evidence.others
    return (*named, *(word for word in words if not any(word in name for name in named)))


def missing_words(evidence: Evidence, query_terms: QueryTerms) -> tuple[str, ...]:
    """Returns the words of the question that neither the passage nor what stands above it holds."""
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


def _chances(scores: Sequence[float], answering: Sequence[int]) -> list[float]:
    """Returns how likely each sentence is the one that answers, if one of `answering` does."""
    highest = max(scores[number] for number in answering)
    powers = [0.0] * len(scores)
    for number in answering:
        powers[number] = math.exp(scores[number] - highest)
    total = sum(powers)
    return [power / total for power in powers]
