"""Answers a question that stands alone, as it is typed or as it may be spelt."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from index.analysis.index_terms import body_key, context_key
from index.analysis.reader import Term, TermKind, TextReader
from index.model import Answer, Certainty, Hit, NoAnswer, RefusalReason
from index.query.question import Question, QuestionReader, asking_spans, plain
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


class Answerer:
    """Answers questions from one generation. Safe to use from several threads."""

    def __init__(
        self,
        snapshot: Snapshot,
        reader: TextReader,
        questions: QuestionReader,
        weights: Weights,
        judge: Judge,
    ) -> None:
        self._snapshot = snapshot
        self._reader = reader
        self._questions = questions
        self._weights = weights
        self._judge = judge

    def answer(
        self,
        question: str,
        limit: int,
        eligible: Eligible | None = None,
        candidates: int = CANDIDATES,
    ) -> Answered:
        """Answers a question with at most `limit` passages.

        What is not surely answered is asked as it may be spelt, too: 投姿 for 投资. For
        `eligible` and `candidates` see `index.ranking.ranking.rank`.
        """
        answered = self._as_typed(question, limit, eligible, candidates)
        if answered.ranking is None or answered.result.certainty is Certainty.SURE:
            return answered
        for spelling in self._spellings(question):
            again = self._as_typed(spelling, limit, eligible, candidates)
            if is_much_better(again.result, answered.result):
                return again
        return answered

    def rank(
        self,
        question: Question,
        limit: int,
        eligible: Eligible | None = None,
        candidates: int = CANDIDATES,
    ) -> Ranking:
        """Ranks passages for a question, at least `limit` of them by their sentences."""
        finalists = max(FINALISTS, limit)
        return rank(
            question, self._snapshot, self._reader, self._weights, finalists, eligible, candidates
        )

    def _as_typed(
        self, question: str, limit: int, eligible: Eligible | None, candidates: int
    ) -> Answered:
        asked = self._questions.read(question)
        if not asked.words and not asked.provisions:
            return Answered(NoAnswer(question, RefusalReason.NOTHING_ASKED), None)
        ranking = self.rank(asked, limit, eligible, candidates)
        total_idf = sum(query_term.idf for query_term in ranking.query_terms.words)
        if total_idf < LEAST_IDF and not asking_spans(self._reader.normalise(question).text):
            return Answered(NoAnswer(question, RefusalReason.NOTHING_ASKED), None)
        return Answered(self._judge.judge(question, ranking, self._snapshot, limit), ranking)

    def _spellings(self, question: str) -> Iterator[str]:
        """Yields how a question may be spelt.

        Its single characters count, too: 何 of 「何堤」 only looks like a word that asks.
        """
        text = plain(self._reader.normalise(question).text)
        asked = self._questions.read(question)
        pairs = {bigram.text for bigram in asked.bigrams}
        single = {word.text for word in asked.words if len(word.text) == 1}
        known = (
            w for w in self._reader.words(text) if len(w.text) > 1 and self._reader.knows(w.text)
        )
        in_words = {at: word for word in known for at in range(word.start, word.end)}
        bigrams = [
            bigram
            for bigram in self._reader.bigrams(text)
            if bigram.text in pairs or single & set(bigram.text)
        ]
        # Where two words of the dictionary meet, these were meant: 室|一 of 「图书室一次」.
        suspects = [
            bigram.start
            for bigram in bigrams
            if len({in_words.get(bigram.start), in_words.get(bigram.start + 1)} - {None}) < 2
        ]
        return respelt(
            text,
            bigrams,
            suspects,
            in_words,
            self._are_held,
            self._reader.knows,
            self._questions.only_asks,
        )

    def _are_held(self, bigrams: Iterable[str]) -> set[str]:
        """Returns those of some bigrams that any passage, or what stands above one, holds."""
        engine = self._snapshot.engine
        keys = {
            bigram: [key(Term(bigram, TermKind.BIGRAM, 0, 0)) for key in (body_key, context_key)]
            for bigram in bigrams
        }
        engine.look_up(key for both in keys.values() for key in both)
        return {bigram for bigram, both in keys.items() if any(map(engine.holders, both))}


def is_much_better(result: Answer | NoAnswer, than: Answer | NoAnswer) -> bool:
    """Whether a less likely reading answers, and so much better that it must have been meant."""
    return isinstance(result, Answer) and result.confidence > than.confidence + MUCH_BETTER
