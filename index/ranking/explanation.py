"""Why a question was answered as it was: what its words tell, and which features decided."""

from collections.abc import Sequence
from dataclasses import dataclass

from index.query.answer_type import AnswerCategory
from index.ranking.evidence import Evidence
from index.ranking.query_terms import QueryTerms
from index.ranking.ranking import Ranked, Ranking
from index.ranking.weights import LinearModel, Weights


@dataclass(frozen=True, slots=True)
class ExplainedWord:
    """A word that was looked for.

    Attributes:
        word: normalised.
        weight: its share of the question's total IDF, 0 to 1.
        credit: how far the first passage or what stands above it holds it, 0 to 1.
        alternatives: what would have counted as well: synonyms and other spellings.
        is_name: whether no other word can stand for it.
        is_focus: whether it is what is asked about.
    """

    word: str
    weight: float
    credit: float
    alternatives: tuple[str, ...]
    is_name: bool
    is_focus: bool


@dataclass(frozen=True, slots=True)
class Contribution:
    """What a feature added to a sum.

    Attributes:
        feature: its name, as in `index.ranking.weights`.
        value: of the first passage.
        added: its value times its weight.
        ahead: how much more that is than for the second passage; None where it is not compared.
    """

    feature: str
    value: float
    added: float
    ahead: float | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a question was answered or refused.

    Attributes:
        words: what was looked for, in the question's order; empty where there was nothing.
        kind: the kind of answer that was asked for.
        ranking: what put the first passage first, the most decisive first; empty without any.
        confidence: what made the first passage sure or not, the weightiest first; the constant
            of the model is named `intercept`.
        sure: the confidence in the first passage; 0 without any.
        threshold: the confidence from which an answer is given.
    """

    words: tuple[ExplainedWord, ...]
    kind: AnswerCategory | None
    ranking: tuple[Contribution, ...]
    confidence: tuple[Contribution, ...]
    sure: float
    threshold: float


def explain(ranking: Ranking | None, weights: Weights, threshold: float) -> Explanation:
    """Explains what became of a question.

    Args:
        ranking: of the question; None where nothing could be looked for.
    """
    if ranking is None:
        return Explanation((), None, (), (), 0.0, threshold)
    passages, kind = ranking.passages, ranking.query_terms.answer_type
    return Explanation(
        words=tuple(_words(ranking.query_terms, passages[0].evidence if passages else None)),
        kind=kind.category if kind else None,
        ranking=_decisive(weights.ranking, passages),
        confidence=_weightiest(weights.confidence, passages),
        sure=weights.confidence.probability(passages[0].confidence_features) if passages else 0.0,
        threshold=threshold,
    )


def _words(query_terms: QueryTerms, evidence: Evidence | None) -> list[ExplainedWord]:
    total = sum(query_term.idf for query_term in query_terms.words) or 1.0
    credits = evidence.credits if evidence else (0.0,) * len(query_terms.words)
    return [
        ExplainedWord(
            word=query_term.word,
            weight=query_term.idf / total,
            credit=credit,
            alternatives=query_term.alternatives,
            is_name=query_term in query_terms.names,
            is_focus=query_term in query_terms.focus,
        )
        for query_term, credit in zip(query_terms.words, credits, strict=True)
    ]


def _decisive(model: LinearModel, passages: Sequence[Ranked]) -> tuple[Contribution, ...]:
    """Returns what put the first passage before the second."""
    if not passages:
        return ()
    values = passages[0].evidence.ranking_features
    added = model.parts(values)
    second = model.parts(passages[1].evidence.ranking_features) if len(passages) > 1 else None
    contributions = [
        Contribution(name, value, part, part - second[number] if second else None)
        for number, (name, value, part) in enumerate(zip(model.names, values, added, strict=True))
    ]
    return tuple(
        sorted(
            contributions,
            key=lambda contribution: (-abs(contribution.ahead or 0.0), -abs(contribution.added)),
        )
    )


def _weightiest(model: LinearModel, passages: Sequence[Ranked]) -> tuple[Contribution, ...]:
    """Returns what makes the confidence in the first passage."""
    if not passages:
        return ()
    values = passages[0].confidence_features
    contributions = [
        Contribution(name, value, part)
        for name, value, part in zip(model.names, values, model.parts(values), strict=True)
    ]
    contributions.append(Contribution("intercept", 1.0, model.intercept))
    return tuple(sorted(contributions, key=lambda contribution: -abs(contribution.added)))
