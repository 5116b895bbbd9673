"""Which passages that hold a question's terms come first: search, then weigh the evidence."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from index.evidence import Evidence, Found, Needs, needs_of, weigh
from index.model import Hit
from index.question import Question
from index.reading import Reading
from index.snapshot import Snapshot
from index.terms import WeightedTerm, question_terms
from index.text import TextReader
from index.weights import Weights, values_of

CANDIDATES = 30
"""Passages that the engine finds and whose evidence is weighed."""


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
    """The passages found for a question, best first, and what it needed."""

    needs: Needs
    passages: tuple[Ranked, ...]


def rank(
    question: Question,
    snapshot: Snapshot,
    reader: TextReader,
    weights: Weights,
    eligible: Callable[[Sequence[Hit]], Sequence[Hit]] | None = None,
    candidates: int = CANDIDATES,
) -> Ranking:
    """Find and rank passages.

    Args:
        eligible: which of the hits may be weighed; None for all.
        candidates: how many passages the engine is asked for.
    """
    needs = needs_of(question, snapshot.engine, reader)
    terms = question_terms(question)
    hits: Sequence[Hit] = snapshot.engine.search(terms, candidates)
    if eligible:
        hits = eligible(hits)
    readings = snapshot.readings([hit.passage_id for hit in hits])
    ranked = [
        _weighed(reading, found, needs, weights)
        for reading, found in zip(readings, _found(hits, readings, terms, snapshot), strict=True)
    ]
    return Ranking(needs, tuple(sorted(ranked, key=lambda one: -one.score)))


def _weighed(reading: Reading, found: Found, needs: Needs, weights: Weights) -> Ranked:
    evidence = weigh(reading, found, needs, weights.sentence)
    score = weights.ranking.total(values_of(evidence, weights.ranking.names))
    return Ranked(reading.passage_id, evidence, score)


def _found(
    hits: Sequence[Hit],
    readings: Sequence[Reading],
    terms: Sequence[WeightedTerm],
    snapshot: Snapshot,
) -> list[Found]:
    """How the engine found each passage."""
    if not hits:
        return []
    told = sum(term.weight * snapshot.engine.information(term.key) for term in terms)
    best = hits[0].score
    by_article: dict[int, list[float]] = {}
    for hit, reading in zip(hits, readings, strict=True):
        by_article.setdefault(reading.article, []).append(hit.score)
    found = []
    for hit, reading in zip(hits, readings, strict=True):
        first, *others = by_article[reading.article]
        sibling = first if hit.score != first else max(others, default=0.0)
        found.append(Found(hit.score / best, hit.score / told, sibling / best))
    return found
