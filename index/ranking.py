"""Which passages that hold a question's terms come first: search, then weigh the evidence."""

from collections.abc import Callable
from dataclasses import dataclass

from index.evidence import Evidence, Needs, needs_of, weigh
from index.question import Question
from index.snapshot import PlacedPassage, Snapshot
from index.terms import question_terms
from index.text import TextReader

CANDIDATES = 20
"""Passages that the engine finds and whose evidence is weighed."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """A passage with its evidence.

    Attributes:
        score: how well it answers; comparable only within one ranking.
    """

    placed: PlacedPassage
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
    eligible: Callable[[PlacedPassage], bool] | None = None,
    candidates: int = CANDIDATES,
    weighed: int | None = None,
) -> Ranking:
    """Find and rank passages.

    Args:
        eligible: passages for which it is false are taken out of what the engine found.
        candidates: how many passages the engine is asked for.
        weighed: how many eligible ones of them are weighed; None for all.
    """
    needs = needs_of(question, snapshot.engine, reader)
    hits = snapshot.engine.search(question_terms(question), candidates)
    found = snapshot.passages([hit.passage_id for hit in hits])
    pairs = [
        (hit.score, placed)
        for hit, placed in zip(hits, found, strict=True)
        if eligible is None or eligible(placed)
    ][:weighed]
    evidence = [weigh(placed, needs, reader) for _, placed in pairs]
    ranked = [
        Ranked(placed, told, _score(told, score / pairs[0][0]))
        for (score, placed), told in zip(pairs, evidence, strict=True)
    ]
    return Ranking(needs, tuple(sorted(ranked, key=lambda one: -one.score)))


def _score(evidence: Evidence, relative: float) -> float:
    """How well a passage answers, against the others found; `relative` is its engine score.

    The weights were chosen on CMRC 2018 and DRCD together: recall@1 changes by less than half a
    point for any near by.
    """
    return (
        0.8 * relative
        + 0.5 * evidence.coverage
        + evidence.sentence_coverage
        + evidence.order
        + 0.5 * evidence.names
        + 0.3 * evidence.kind
        + 0.2 * evidence.figure
        + 0.2 * evidence.focus
    )
