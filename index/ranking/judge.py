"""From a ranking to an answer: mark, cite, and refuse where the evidence is weak."""

from collections.abc import Sequence

from index.analysis.reader import TextReader
from index.model import MOST_POSSIBLE, Answer, Certainty, Citation, NoAnswer, RefusalReason
from index.ranking.evidence import Evidence, missing_names, missing_words
from index.ranking.highlights import find_highlights
from index.ranking.query_terms import QueryTerms, is_whole_word
from index.ranking.ranking import Ranked, Ranking
from index.ranking.weights import LinearModel
from index.storage.snapshot import PlacedPassage, Snapshot

NEAREST = 3
"""Passages shown with a refusal."""
BESIDE_POSSIBLE = 0.5
"""The confidence from which a passage is shown beside a possible answer, as a part of that from
which one is given: so the answer is among those shown for 0.6 % more of the possibly answered
questions of CMRC and DRCD, and a third of a passage more is shown."""


class Judge:
    """Turns rankings into answers and refusals. Safe to use from several threads."""

    def __init__(
        self, reader: TextReader, model: LinearModel, threshold: float, sure: float
    ) -> None:
        """Args:
        model: tells how likely a passage answers.
        threshold: an answer below this confidence is refused.
        sure: an answer below this confidence is only a possible one.
        """
        self._reader = reader
        self._model = model
        self.threshold = threshold
        self.sure = max(sure, threshold)

    def judge(
        self, question: str, ranking: Ranking, snapshot: Snapshot, limit: int
    ) -> Answer | NoAnswer:
        """Answers `question` with at most `limit` passages, best first, or refuses it."""
        if not ranking.passages:
            return NoAnswer(
                question, RefusalReason.NOTHING_FOUND, missing=ranking.query_terms.unheard
            )
        best = ranking.passages[0]
        confidence = self.confidence(best)
        if confidence >= self.threshold:
            return self._answer(question, confidence, ranking, snapshot, limit)
        nearest = ranking.passages[: min(limit, NEAREST)]
        reason, missing = _why(best.evidence, ranking.query_terms)
        cited = self._cite(nearest, ranking, snapshot)
        return NoAnswer(question, reason, confidence, missing, cited)

    def _answer(
        self, question: str, confidence: float, ranking: Ranking, snapshot: Snapshot, limit: int
    ) -> Answer:
        is_sure = confidence >= self.sure
        # Beside a sure answer, a further passage is shown only if it could stand as one itself.
        least = self.threshold if is_sure else BESIDE_POSSIBLE * self.threshold
        most = limit if is_sure else min(limit, MOST_POSSIBLE)
        answering = [ranked for ranked in ranking.passages if self.confidence(ranked) >= least][
            :most
        ]
        read = answering[:1] if is_sure else answering
        missing = [missing_names(ranked.evidence, ranking.query_terms) for ranked in read]
        return Answer(
            question,
            self._cite(answering, ranking, snapshot),
            confidence,
            Certainty.SURE if is_sure else Certainty.POSSIBLE,
            tuple(
                w for w in missing[0] if is_whole_word(w) and all(w in words for words in missing)
            ),
        )

    def confidence(self, ranked: Ranked) -> float:
        """Returns how likely a passage answers, 0 to 1."""
        return self._model.probability(ranked.confidence_features)

    def _cite(
        self, passages: Sequence[Ranked], ranking: Ranking, snapshot: Snapshot
    ) -> tuple[Citation, ...]:
        placed = snapshot.passages([ranked.passage_id for ranked in passages])
        return tuple(
            self._citation(passage, ranked, ranking)
            for passage, ranked in zip(placed, passages, strict=True)
        )

    def _citation(self, placed: PlacedPassage, ranked: Ranked, ranking: Ranking) -> Citation:
        sentence = ranked.evidence.sentence.span
        missing = missing_words(ranked.evidence, ranking.query_terms)
        return Citation(
            passage=placed.passage,
            title=placed.title,
            source=placed.source,
            published=placed.published,
            url=placed.url,
            sentence=sentence,
            paragraph=placed.passage.paragraph_at(sentence.start),
            highlights=find_highlights(
                placed.passage.text, sentence, ranking.query_terms, self._reader
            ),
            matched_terms=tuple(
                query_term.word
                for query_term in ranking.query_terms.words
                if query_term.word not in missing
            ),
            score=ranked.score,
            page=placed.passage.page_at(sentence.start),
        )


def _why(best: Evidence, query_terms: QueryTerms) -> tuple[RefusalReason, tuple[str, ...]]:
    """Returns why a question is refused, by its nearest passage, and words to name."""
    if query_terms.unheard:
        return RefusalReason.WEAK_EVIDENCE, query_terms.unheard
    lacking = tuple(filter(is_whole_word, missing_words(best, query_terms)))
    if lacking:
        return RefusalReason.NOT_TOGETHER, lacking
    if not (best.passage.answerable and best.passage.figure):
        return RefusalReason.OTHER_KIND, ()
    return RefusalReason.WEAK_EVIDENCE, ()
