"""Which terms a passage is indexed under, and which terms with what weight a question asks for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from index.question import Question
from index.text import NormalisedText, Term, TermKind, TextReader

BIGRAM_WEIGHT = 0.5
"""A bigram against a word. Bigrams find what is cut differently in question and text."""

CONTEXT_WEIGHT = 0.3
"""A term of the title, the headings or the byline against the same term in the passage."""

SYNONYM_WEIGHT = 0.8
"""A synonym against the asker's own word: a passage that says both must not come first for that."""

_BIGRAM_MARK = "\u00b7"
_CONTEXT_MARK = "@"
"""End the keys of bigrams, and of what stands above a passage; no word holds either."""

TERM_RECIPE = "words+bigrams, context apart/1"
"""Names how text becomes terms. A generation that was built by another recipe is built anew."""


@dataclass(frozen=True, slots=True)
class WeightedTerm:
    """A term to look for.

    Attributes:
        key: its name in the index.
        weight: what its score is multiplied by.
    """

    key: str
    weight: float


def context_of(title: str, headings: Sequence[str], byline: str) -> str:
    """What stands above a passage, as one text."""
    return " ".join((title, *headings, byline))


def passage_terms(text: str, context: str, reader: TextReader) -> list[str]:
    """The keys under which a passage is indexed, repeated as often as they occur, in any order.

    What stands above the passage is indexed with it, under keys of its own.

    Args:
        text: the passage.
        context: see `context_of`.
    """
    own, above = reader.normalise(text), reader.normalise(context)
    return body_keys(own, reader) + context_keys(above, reader)


def body_keys(text: NormalisedText, reader: TextReader) -> list[str]:
    """The keys of what stands in a passage itself."""
    words, bigrams = reader.spellings(text)
    return words + [bigram + _BIGRAM_MARK for bigram in bigrams]


def context_keys(context: NormalisedText, reader: TextReader) -> list[str]:
    """The keys of what stands above a passage."""
    return [key + _CONTEXT_MARK for key in body_keys(context, reader)]


def question_terms(question: Question) -> list[WeightedTerm]:
    """What a question asks an engine for; each key once."""
    weighted = [(word, 1.0) for word in question.words]
    weighted += [(bigram, BIGRAM_WEIGHT) for bigram in question.bigrams]
    # The heaviest first: of several synonyms that hold the same term, one counts.
    weighted += sorted(_synonym_terms(question), key=lambda one: -one[1])
    weights: dict[str, float] = {}
    for term, weight in weighted:
        weights.setdefault(body_key(term), weight)
        weights.setdefault(context_key(term), weight * CONTEXT_WEIGHT)
    return [WeightedTerm(key, weight) for key, weight in weights.items()]


def _synonym_terms(question: Question) -> Iterator[tuple[Term, float]]:
    """The terms of synonyms. All of one together weigh no more than what it stands for."""
    for rewording in question.rewordings:
        own = sum(term.kind is TermKind.WORD for term in rewording.terms)
        for alternative in rewording.alternatives:
            weight = SYNONYM_WEIGHT * min(1.0, own / max(1, len(alternative.words)))
            yield from ((word, weight) for word in alternative.words)
            yield from ((bigram, weight * BIGRAM_WEIGHT) for bigram in alternative.bigrams)


def body_key(term: Term) -> str:
    """The key of a term that stands in a passage itself.

    Words and bigrams of the same spelling are different terms.
    """
    return term.text if term.kind is TermKind.WORD else term.text + _BIGRAM_MARK


def context_key(term: Term) -> str:
    """The key of a term that stands above a passage."""
    return body_key(term) + _CONTEXT_MARK
