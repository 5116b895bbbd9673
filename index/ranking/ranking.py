"""Which passages that hold a question's terms come first: search, then weigh the evidence."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from index.analysis.normal_passage import NormalPassage
from index.analysis.reader import TextReader
from index.model import Hit
from index.query.question import Question
from index.query.search_terms import question_terms
from index.ranking.evidence import EngineHit, Evidence, Survey, Weigher, ranking_features
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


@dataclass(frozen=True, slots=True)
class Ranked:
    """A passage with its evidence.

    Attributes:
        passage_id: the passage's number in its generation.
        score: how well it answers; comparable only within one ranking.
    """

    passage_id: int
    evidence: Evidence
    score: float


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
    """Find and rank passages.

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
    weigher = Weigher(query_terms, weights.sentence)
    surveys = [
        weigher.survey(normal, engine_hit)
        for normal, engine_hit in zip(
            normal_passages,
            _found(hits, normal_passages, query_terms.total_idf, snapshot.engine.passages),
            strict=True,
        )
    ]
    surveys.sort(key=lambda survey: -_highest(survey, weights))
    try:
        ranked = [_ranked(survey, weigher, weights) for survey in surveys[:finalists]]
    except (TypeError, ValueError) as error:  # sentences that are none
        raise snapshot.damaged(error) from error
    return Ranking(
        query_terms,
        tuple(sorted(ranked, key=lambda passage: -passage.score)),
        tuple(survey.normal.passage_id for survey in surveys[finalists:]),
    )


def _highest(survey: Survey, weights: Weights) -> float:
    """The score of a passage if one of its sentences held all that the passage does."""
    passage = survey.evidence
    return weights.ranking.total(
        ranking_features(passage, passage.coverage, passage.figure, label=1.0)
    )


def _ranked(survey: Survey, weigher: Weigher, weights: Weights) -> Ranked:
    evidence = weigher.weigh(survey)
    score = weights.ranking.total(evidence.ranking_features)
    return Ranked(survey.normal.passage_id, evidence, score)


def _found(
    hits: Sequence[Hit], normal_passages: Sequence[NormalPassage], total_idf: float, passages: int
) -> list[EngineHit]:
    """How the engine found each passage."""
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
        engine_hits.append(
            EngineHit(hit.score / best, _strength(hit.score / total_idf, passages), sibling / best)
        )
    return engine_hits


def _strength(share: float, passages: int) -> float:
    known = passages / (passages + UNKNOWN_PASSAGES)
    return known * share + (1 - known) * TYPICAL_STRENGTH
