"""What a question asks an engine for: terms with their weights."""

from collections.abc import Iterator

from index.analysis.index_terms import (
    BIGRAM_WEIGHT,
    CONTEXT_WEIGHT,
    WeightedTerm,
    body_key,
    context_key,
    provision_key,
)
from index.analysis.reader import Term, TermKind
from index.query.question import Question

SYNONYM_WEIGHT = 0.8
"""A synonym against the asker's own word: a passage that says both must not come first for that."""


PROVISION_WEIGHT = 5.0
"""A provision that the question names against a word: where it opens outweighs all else."""


def question_terms(question: Question) -> list[WeightedTerm]:
    """Returns what a question asks an engine for; each key once."""
    weighted = [(word, 1.0) for word in question.words]
    weighted += [(bigram, BIGRAM_WEIGHT) for bigram in question.bigrams]
    # The heaviest first: of several synonyms that hold the same term, one counts.
    weighted += sorted(_synonym_terms(question), key=lambda weighted_term: -weighted_term[1])
    # A provision is asked for by the name of its text, which stands above it.
    above = 1.0 if question.provisions else CONTEXT_WEIGHT
    weights: dict[str, float] = {}
    for term, weight in weighted:
        weights.setdefault(body_key(term), weight)
        weights.setdefault(context_key(term), weight * above)
    for provision in question.provisions:
        weights[provision_key(provision)] = PROVISION_WEIGHT
    return [WeightedTerm(key, weight) for key, weight in weights.items()]


def _synonym_terms(question: Question) -> Iterator[tuple[Term, float]]:
    """Returns the terms of synonyms. All of one together weigh no more than what it stands for."""
    for rewording in question.rewordings:
        own = sum(term.kind is TermKind.WORD for term in rewording.terms)
        for alternative in rewording.alternatives:
            weight = SYNONYM_WEIGHT * min(1.0, own / max(1, len(alternative.words)))
            yield from ((word, weight) for word in alternative.words)
            yield from ((bigram, weight * BIGRAM_WEIGHT) for bigram in alternative.bigrams)
