"""A turn of a conversation: which reading of it the evidence speaks for, and its reply."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeGuard

from index.analysis.normal_passage import NormalPassage
from index.dialogue.followup import FollowUps, Reading, asks_for_more, said_something
from index.dialogue.several import asking_clause, questions_in
from index.dialogue.small_talk import nearer_reason, small_talk
from index.dialogue.utterance import UtteranceReader
from index.model import Answer, Certainty, NoAnswer, RefusalReason, Turn
from index.query.question import LONGEST_QUESTION, asking_spans
from index.ranking.answering import Answered, Answerer, is_much_better
from index.ranking.evidence import FOUND, EngineHit, Evidence, Weigher
from index.ranking.explanation import Explanation, explain
from index.ranking.ranking import Ranking

BORNE_OUT = 0.35
"""Confidence from which an answer bears out the reading of a text that it answers."""
MOST_QUESTIONS = 5
"""Questions of one text that are answered."""
TITLES = 10
"""Titles that are given where what there is was asked for."""
LONGEST_PLAIN_QUESTION = 8
"""Words to look for. A text with more of them tells a story around its question."""
_ASKING_PARTICLES = ("吗", "呢", "么")


class Conversation:
    """Answers questions from one generation, alone or after others.

    Safe to use from several threads.
    """

    def __init__(self, answerer: Answerer) -> None:
        self._answerer = answerer
        self._snapshot = answerer.snapshot
        self._reader = answerer.reader
        self._questions = answerer.questions
        self._utterances = UtteranceReader(answerer.reader, answerer.questions)
        self._followups = FollowUps(self._utterances)

    def ask(self, question: str, limit: int) -> Answer | NoAnswer:
        """Answers a question that stands alone."""
        return self._ask(question, limit).result

    def explain(self, question: str) -> Explanation:
        """Returns why `ask` answers a question as it does."""
        ranking = self._ask(question, 1).ranking
        return explain(ranking, self._answerer.weights, self._answerer.judge.threshold)

    def follow(self, turns: Sequence[Turn], text: str, limit: int) -> Turn:
        """Answers what is typed after `turns`: a question, or several at once."""
        if asks_for_more(text):
            return self._more([turn for turn in turns if said_something(turn)], text, limit)
        talk = [part for turn in turns for part in turn.parts or (turn,)]
        questions = self._questions_in(text)
        parts: list[Turn] = []
        for question in questions[:MOST_QUESTIONS]:
            parts.append(self._follow([*talk, *parts], question, limit))
        answered = (part for part in parts if isinstance(part.result, Answer))
        first = next(answered, parts[0])
        return replace(first, question=text, parts=tuple(parts)) if len(questions) > 1 else first

    def _questions_in(self, text: str) -> list[str]:
        if len(text) > LONGEST_QUESTION:
            return [text]
        return questions_in(text, self._asks, lambda clause: self._count_words(clause) > 0)

    def _asks(self, text: str) -> bool:
        """Whether a clause asks: by a word, or by a particle at its end."""
        normalised = self._reader.normalise(text).text
        return bool(asking_spans(normalised)) or normalised.endswith(_ASKING_PARTICLES)

    def _count_words(self, text: str) -> int:
        return len(self._questions.read(text).words)

    def _follow(self, turns: Sequence[Turn], text: str, limit: int) -> Turn:
        """Answers one question after `turns`; of a story that is not surely answered, the clause
        that asks, if that is answered better."""
        turn = self._understand(turns, text, limit)
        if turn.result.certainty is Certainty.SURE or len(text) > LONGEST_QUESTION:
            return turn
        if self._count_words(text) <= LONGEST_PLAIN_QUESTION:
            return turn
        clause = asking_clause(text, self._asks, lambda part: self._count_words(part) < 2)
        if clause and is_much_better(result := self.ask(clause, limit), turn.result):
            return Turn(text, clause, result, _count(result))
        return turn

    def _understand(self, turns: Sequence[Turn], text: str, limit: int) -> Turn:
        if reason := small_talk(text):
            return Turn(text, text, self._reply_to_talk(text, reason))
        earlier = [turn for turn in turns if said_something(turn)]
        readings = self._followups.readings(earlier, text)
        sure = [reading for reading in readings if reading.sure]
        if sure:
            result, leans = self._best(sure, limit), True
        else:
            alone = self._ask(text, limit)
            result = self._borne_out(readings, text, alone, limit)
            leans = result is not alone.result
        return Turn(text, result.question, result, _count(result), leans=leans)

    def _ask(self, question: str, limit: int) -> Answered:
        """Answers a question that stands alone, or what is said instead of one."""
        if len(question) > LONGEST_QUESTION:
            return Answered(NoAnswer(question, RefusalReason.TOO_LONG), None)
        if reason := small_talk(question):
            return Answered(self._reply_to_talk(question, reason), None)
        answered = self._answerer.answer(question, limit)
        result = answered.result
        if answered.ranking is not None and isinstance(result, NoAnswer):
            return replace(
                answered, result=replace(result, reason=nearer_reason(question, result.reason))
            )
        return answered

    def _reply_to_talk(self, text: str, reason: RefusalReason) -> NoAnswer:
        asked_for = reason is RefusalReason.CONTENTS
        titles = self._snapshot.newest_titles(TITLES) if asked_for else ()
        return NoAnswer(text, reason, titles=tuple(titles))

    def _more(self, earlier: Sequence[Turn], text: str, limit: int) -> Turn:
        """Returns the next passages for the last question."""
        if not earlier:
            return Turn(text, text, NoAnswer(text, RefusalReason.NOTHING_ASKED))
        last = earlier[-1]
        shown = {
            citation.passage.id
            for turn in earlier
            if turn.understood == last.understood and isinstance(turn.result, Answer)
            for citation in turn.result.citations
        }
        refused = isinstance(last.result, NoAnswer)
        again = last.result if refused else self.ask(last.understood, last.given + limit)
        # What was shown before the turns that are remembered stood first.
        forgotten = max(0, last.given - len(shown))
        citations = again.citations[forgotten:] if isinstance(again, Answer) else ()
        further = tuple(cited for cited in citations if cited.passage.id not in shown)[:limit]
        if not isinstance(again, Answer) or not further:
            refusal = NoAnswer(last.understood, RefusalReason.NO_MORE)
            return Turn(text, last.understood, refusal, last.given)
        answer = replace(again, citations=further, missing=())
        return Turn(text, last.understood, answer, last.given + len(further))

    def _best(self, sure: Sequence[Reading], limit: int) -> Answer | NoAnswer:
        """Returns the reply to the first reading that is answered; to the likeliest if none is."""
        results = [self._ask(reading.question, limit).result for reading in sure]
        # One that lacks a word of what is asked speaks of something else.
        answers = filter(_bears_out, results)
        return min(answers, key=lambda answer: bool(answer.missing), default=results[0])

    def _borne_out(
        self, readings: Sequence[Reading], text: str, alone: Answered, limit: int
    ) -> Answer | NoAnswer:
        """Returns the reply to the first reading that the evidence bears out, else to the text
        alone; to the first that is answered, where a text that names nothing is refused alone."""
        if not readings:
            return alone.result
        own = alone if readings[0].own == text else self._ask(readings[0].own, limit)
        if own.ranking is None:
            return alone.result
        ranked = own.ranking.passages
        best = ranked[0].evidence if ranked else None
        replies: list[Answer | NoAnswer] = []
        for reading in readings:
            asked = self._ask(reading.question, limit)
            replies.append(asked.result)
            if _bears_out(asked.result) and asked.ranking:
                (first,) = self._snapshot.normal_passages([asked.ranking.passages[0].passage_id])
                if self._holds(first, reading.inherited) and self._no_worse(
                    first, own.ranking, best
                ):
                    return asked.result
        if isinstance(alone.result, Answer):
            return alone.result
        if not self._utterances.read(readings[0].own).names_nothing():
            return alone.result
        return next((reply for reply in replies if isinstance(reply, Answer)), alone.result)

    def _holds(self, passage: NormalPassage, topic: str) -> bool:
        """Whether a passage, with what stands above it, speaks of a topic."""
        text = f"{passage.text}\n{passage.context}"
        read = self._utterances.read(topic)
        parts = [part.text for part in (*read.pieces, *read.actions)] or [topic]
        return all(self._reader.normalise(part).text in text for part in parts)

    def _no_worse(self, passage: NormalPassage, own: Ranking, best: Evidence | None) -> bool:
        """Whether a passage holds as much of the question's own words as the best does."""
        weigher = Weigher(own.query_terms, self._answerer.weights.sentence)
        # How the engine found it makes no difference here.
        coverage = weigher.survey(passage, EngineHit(0, 0, 0)).evidence.coverage
        return coverage >= max(FOUND, best.passage.coverage if best else 0.0)


def _bears_out(result: Answer | NoAnswer) -> TypeGuard[Answer]:
    """Whether a reply to a reading speaks for it."""
    return isinstance(result, Answer) and result.confidence >= BORNE_OUT


def _count(result: Answer | NoAnswer) -> int:
    return len(result.citations) if isinstance(result, Answer) else 0
