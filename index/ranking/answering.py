"""Answers a question that stands alone, as it is typed or as it may be spelt."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from index.analysis.index_terms import body_key, context_key
from index.analysis.reader import Term, TermKind, TextReader
from index.model import Answer, Certainty, Hit, NoAnswer, RefusalReason
from index.query.question import Question, QuestionReader, asking_spans
from index.query.spelling import respelt
from index.ranking.judge import Judge
from index.ranking.ranking import CANDIDATES, FINALISTS, Ranking, rank
from index.ranking.weights import Weights
from index.storage.snapshot import Snapshot

LEAST_IDF = 1.0
"""Total IDF that a question's own words must hold to be about anything: 「不对」 does not."""
MUCH_BETTER = 0.25
"""Confidence by which a less likely reading must surpass a likelier one."""

Eligible = Callable[[Sequence[Hit]], Sequence[Hit]]
"""Returns those of some hits that may be weighed."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A question's reply with what was found for it; no ranking where nothing was looked for."""

    result: Answer | NoAnswer
    ranking: Ranking | None


@dataclass(frozen=True, slots=True)
class Answerer:
    """Answers questions from one generation. Safe to use from several threads."""

    snapshot: Snapshot
    reader: TextReader
    questions: QuestionReader
    weights: Weights
    judge: Judge

    def answer(
        self,
        text: str,
        limit: int,
        eligible: Eligible | None = None,
        candidates: int = CANDIDATES,
    ) -> Answered:
        """Answers a question with at most `limit` passages.

        What is not surely answered is asked as it may be spelt, too: 投姿 for 投资. For
        `eligible` and `candidates` see `index.ranking.ranking.rank`.
        """
        question = self.questions.read(text)
        answered = self._as_typed(question, limit, eligible, candidates)
        if answered.ranking is None or answered.result.certainty is Certainty.SURE:
            return answered
        for spelling in respelt(question, self.questions, self.reader, self._are_held):
            other = self.questions.read(spelling)
            again = self._as_typed(other, limit, eligible, candidates)
            if is_much_better(again.result, answered.result):
                return again
        return answered

    def _as_typed(
        self, question: Question, limit: int, eligible: Eligible | None, candidates: int
    ) -> Answered:
        text = question.text
        if not question.words and not question.provisions:
            return Answered(NoAnswer(text, RefusalReason.NOTHING_ASKED), None)
        finalists = max(FINALISTS, limit)
        ranking = rank(
            question, self.snapshot, self.reader, self.weights, finalists, eligible, candidates
        )
        total_idf = sum(query_term.idf for query_term in ranking.query_terms.words)
        if total_idf < LEAST_IDF and not asking_spans(self.reader.normalise(text).text):
            return Answered(NoAnswer(text, RefusalReason.NOTHING_ASKED), None)
        return Answered(self.judge.judge(text, ranking, self.snapshot, limit), ranking)

    def _are_held(self, bigrams: Iterable[str]) -> set[str]:
        """Returns those of some bigrams that any passage, or what stands above one, holds."""
        engine = self.snapshot.engine
        keys = {
            bigram: [key(Term(bigram, TermKind.BIGRAM, 0, 0)) for key in (body_key, context_key)]
            for bigram in bigrams
        }
        engine.look_up(key for both in keys.values() for key in both)
        return {bigram for bigram, both in keys.items() if any(map(engine.holders, both))}


def is_much_better(result: Answer | NoAnswer, than: Answer | NoAnswer) -> bool:
    """Whether a less likely reading answers, and so much better that it must have been meant."""
    return isinstance(result, Answer) and result.confidence > than.confidence + MUCH_BETTER
