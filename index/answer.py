"""From the passages found to an answer: rank by evidence, mark, and refuse where it is weak."""

from collections.abc import Sequence
from dataclasses import dataclass

from index.confidence import ConfidenceModel
from index.evidence import Evidence, Needs, weigh
from index.highlights import find_highlights
from index.model import Answer, Citation, Hit, NoAnswer, RefusalReason
from index.snapshot import PlacedPassage
from index.text import TextReader

NEAREST = 3
"""Passages shown with a refusal."""


@dataclass(frozen=True, slots=True)
class _Weighed:
    """A passage with its evidence and its score among the passages found."""

    placed: PlacedPassage
    evidence: Evidence
    score: float


class Judge:
    """Turns found passages into an answer or a refusal. Safe to use from several threads."""

    def __init__(self, reader: TextReader, model: ConfidenceModel, threshold: float) -> None:
        """Args:
        threshold: an answer below this confidence is refused.
        """
        self._reader = reader
        self._model = model
        self._threshold = threshold

    def judge(
        self,
        question: str,
        needs: Needs,
        hits: Sequence[Hit],
        found: Sequence[PlacedPassage],
        limit: int,
    ) -> Answer | NoAnswer:
        """Answer `question` with at most `limit` passages, best first, or refuse it.

        Args:
            hits: what the engine found, best first.
            found: the passages of the hits, in the same order.
        """
        if not found:
            missing = tuple(need.word for need in needs.words)
            return NoAnswer(question, RefusalReason.NOTHING_FOUND, missing=missing)
        ranked = self._rank(needs, hits, found)
        best = ranked[0].evidence
        confidence = self._model.confidence(best)
        if confidence < self._threshold:
            nearest = tuple(self._cite(weighed, needs) for weighed in ranked[: min(limit, NEAREST)])
            return NoAnswer(
                question, RefusalReason.WEAK_EVIDENCE, confidence, best.missing, nearest
            )
        cited = tuple(self._cite(weighed, needs) for weighed in ranked[:limit])
        return Answer(question, cited, confidence)

    def _rank(
        self, needs: Needs, hits: Sequence[Hit], found: Sequence[PlacedPassage]
    ) -> list[_Weighed]:
        weighed = []
        for hit, placed in zip(hits, found, strict=True):
            evidence = weigh(placed, needs, self._reader)
            weighed.append(_Weighed(placed, evidence, _score(evidence, hit.score / hits[0].score)))
        return sorted(weighed, key=lambda one: -one.score)

    def _cite(self, weighed: _Weighed, needs: Needs) -> Citation:
        placed, evidence = weighed.placed, weighed.evidence
        return Citation(
            passage=placed.passage,
            title=placed.title,
            source=placed.source,
            published=placed.published,
            url=placed.url,
            sentence=evidence.sentence,
            highlights=find_highlights(placed.passage.text, needs, self._reader),
            matched_terms=tuple(
                need.word for need in needs.words if need.word not in evidence.missing
            ),
            score=weighed.score,
        )


def _score(evidence: Evidence, relative: float) -> float:
    """How well a passage answers, against the others found; `relative` is its engine score.

    The weights were chosen on CMRC 2018 and checked on DRCD: half a point of either recall@1 lies
    between them and any others near by.
    """
    return (
        0.5 * relative
        + 0.5 * evidence.coverage
        + evidence.sentence_coverage
        + evidence.order
        + 0.2 * evidence.kind
    )
