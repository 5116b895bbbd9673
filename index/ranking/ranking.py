"""Which passages that hold a question's terms come first: search, then weigh the evidence."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf

from index.analysis.normal_passage import NormalPassage
from index.analysis.reader import TextReader
from index.model import Hit
from index.query.entities import EntityReader
from index.query.question import Question
from index.query.search_terms import question_terms
from index.ranking.evidence import (
    EngineHit,
    Evidence,
    Survey,
    Weigher,
    confidence_features,
    ranking_features,
)
from index.ranking.query_terms import QueryTerms, query_terms_of
from index.ranking.weights import Weights
from index.storage.snapshot import Snapshot

CANDIDATES = 20
"""Passages that the engine finds and whose evidence is weighed."""


PROVISION_CANDIDATES = 100
"""The same where a provision is asked for: many articles have one of each number."""

FINALISTS = 6
"""Of these, the best ones whose sentences are looked at."""
TYPICAL_STRENGTH = 0.45
"""`EngineHit.strength` of a passage of which nothing is known, about its mean."""
UNKNOWN_PASSAGES = 200
"""Passages of which nothing is known that count besides those of the library: in a small one, how
rare a word is says little."""
LONGEST_LEAD = 5.0
"""`Ranked.lead` from which more makes no difference."""
UNKNOWN_SIBLINGS = 0.35
"""`Ranked.sibling_coverage` of a passage without siblings among those found, and of all where the
question has one word only: it speaks a little for the passage."""
TYPICAL_TITLE_LEAD = 0.3
"""`Ranked.title_lead` of a passage of which nothing is known: about that of one that answers where
titles tell what is asked (.25 in CMRC, .38 in DuReader-checklist)."""
TYPICAL_LEAD = 2.0
"""`Ranked.lead` of a passage of which nothing is known, about its mean."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """A passage with its evidence.

    Attributes:
        passage_id: the passage's number in its generation.
        score: how well it answers; comparable only within one ranking.
        lead: how much better that is than the best passage of another article, 0 to
            `LONGEST_LEAD`; drawn to the usual in a small library.
        sibling_coverage: the most that the answering sentence of another passage of its article
            covers of the question; `UNKNOWN_SIBLINGS` without one.
        title_lead: how much less its article's title tells beyond the question than those of the
            other articles' passages do on average, -1 to 1; drawn to the usual in a small library.
    """

    passage_id: int
    evidence: Evidence
    score: float
    lead: float
    sibling_coverage: float
    title_lead: float

    @property
    def confidence_features(self) -> tuple[float, ...]:
        """The values of `index.ranking.weights.CONFIDENCE_FEATURES`."""
        return confidence_features(self.evidence, self.lead, self.sibling_coverage, self.title_lead)


@dataclass(frozen=True, slots=True)
class Ranking:
    """The passages found for a question.

    Attributes:
        query_terms: of the question.
        passages: the finalists, best first.
        others: ids of the passages that come after them, in order.
    """

    query_terms: QueryTerms
    passages: tuple[Ranked, ...]
    others: tuple[int, ...]


def rank(
    question: Question,
    snapshot: Snapshot,
    reader: TextReader,
    weights: Weights,
    finalists: int = FINALISTS,
    eligible: Callable[[Sequence[Hit]], Sequence[Hit]] | None = None,
    candidates: int = CANDIDATES,
) -> Ranking:
    """Finds and ranks passages.

    Args:
        finalists: how many passages are ranked by their sentences, too.
        eligible: which of the hits may be weighed; None for all.
        candidates: how many passages the engine is asked for.

    Raises:
        DamagedIndex: what is stored of a passage cannot be read.
    """
    terms = question_terms(question)
    snapshot.engine.look_up(term.key for term in terms)
    query_terms = query_terms_of(question, snapshot.engine, reader)
    if question.provisions:
        candidates = max(candidates, PROVISION_CANDIDATES)
    hits: Sequence[Hit] = snapshot.engine.search(terms, max(candidates, finalists))
    if eligible:
        hits = eligible(hits)
    normal_passages = snapshot.normal_passages([hit.passage_id for hit in hits])
    names = EntityReader(reader).persons if question.wants_name else None
    weigher = Weigher(query_terms, weights.sentence, names)
    smallness = UNKNOWN_PASSAGES / (snapshot.engine.passages + UNKNOWN_PASSAGES)
    surveys = [
        weigher.survey(normal, engine_hit)
        for normal, engine_hit in zip(
            normal_passages,
            _found(hits, normal_passages, query_terms.total_idf, smallness),
            strict=True,
        )
    ]
    surveys.sort(key=lambda survey: -_highest(survey, weights))
    try:
        evidences = [weigher.weigh(survey) for survey in surveys[:finalists]]
    except (TypeError, ValueError) as error:  # sentences that are none
        raise snapshot.damaged(error) from error
    scores = [weights.ranking.total(evidence.ranking_features) for evidence in evidences]
    articles = [survey.normal.article for survey in surveys[: len(scores)]]
    ranked = [
        Ranked(survey.normal.passage_id, evidence, score, lead, sibling, title_lead)
        for survey, evidence, score, lead, sibling, title_lead in zip(
            surveys,
            evidences,
            scores,
            _leads(scores, articles, smallness),
            _sibling_coverages(evidences, articles, len(query_terms.words)),
            _title_leads([own.title_beyond for own in evidences], articles, smallness),
            strict=False,
        )
    ]
    return Ranking(
        query_terms,
        tuple(sorted(ranked, key=lambda passage: -passage.score)),
        tuple(survey.normal.passage_id for survey in surveys[finalists:]),
    )


def _highest(survey: Survey, weights: Weights) -> float:
    """Returns the score of a passage if one of its sentences held all that the passage does."""
    passage = survey.evidence
    return weights.ranking.total(
        ranking_features(passage, passage.coverage, passage.figure, label=1.0)
    )


def _leads(scores: Sequence[float], articles: Sequence[int], smallness: float) -> list[float]:
    """Returns `Ranked.lead` of each of some passages."""
    best: dict[int, float] = {}
    for score, article in zip(scores, articles, strict=True):
        best[article] = max(score, best.get(article, score))
    leads = []
    for score, article in zip(scores, articles, strict=True):
        rival = max((best[other] for other in best if other != article), default=-inf)
        lead = min(max(0.0, score - rival), LONGEST_LEAD)
        leads.append(_drawn(lead, TYPICAL_LEAD, smallness))
    return leads


def _sibling_coverages(
    evidences: Sequence[Evidence], articles: Sequence[int], words: int
) -> list[float]:
    """Returns `Ranked.sibling_coverage` of each of some passages.

    Args:
        words: how many words the question has: that others hold the only one says nothing.
    """
    if words < 2:
        return [UNKNOWN_SIBLINGS] * len(evidences)
    return [
        max(
            (
                other.sentence.coverage
                for number, other in enumerate(evidences)
                if number != own and articles[number] == article
            ),
            default=UNKNOWN_SIBLINGS,
        )
        for own, article in enumerate(articles)
    ]


def _title_leads(beyond: Sequence[float], articles: Sequence[int], smallness: float) -> list[float]:
    """Returns `Ranked.title_lead` of each of some passages.

    Args:
        beyond: `Evidence.title_beyond` of each.
    """
    leads = []
    for own, own_article in zip(beyond, articles, strict=True):
        others = [
            other for other, article in zip(beyond, articles, strict=True) if article != own_article
        ]
        is_known = others and (own or any(others))
        lead = sum(others) / len(others) - own if is_known else TYPICAL_TITLE_LEAD
        leads.append(_drawn(lead, TYPICAL_TITLE_LEAD, smallness))
    return leads


def _found(
    hits: Sequence[Hit],
    normal_passages: Sequence[NormalPassage],
    total_idf: float,
    smallness: float,
) -> list[EngineHit]:
    """Returns how the engine found each passage."""
    if not hits:
        return []
    best = hits[0].score
    by_article: dict[int, list[float]] = {}
    for hit, normal in zip(hits, normal_passages, strict=True):
        by_article.setdefault(normal.article, []).append(hit.score)
    engine_hits = []
    for hit, normal in zip(hits, normal_passages, strict=True):
        first, *others = by_article[normal.article]
        sibling = first if hit.score != first else max(others, default=0.0)
        strength = _drawn(hit.score / total_idf, TYPICAL_STRENGTH, smallness)
        engine_hits.append(EngineHit(hit.score / best, strength, sibling / best, smallness))
    return engine_hits


def _drawn(value: float, usual: float, smallness: float) -> float:
    """Returns `value`, drawn to the usual one the more, the smaller the library is."""
    return (1 - smallness) * value + smallness * usual
