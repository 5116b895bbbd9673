"""Makes the terms that a passage is indexed under, and the weighted terms of a question."""

from collections.abc import Sequence
from dataclasses import dataclass

from index.analysis.normalisation import NormalisedText
from index.analysis.reader import Term, TermKind, TextReader

BIGRAM_WEIGHT = 0.5
"""Weight of a bigram relative to a word. Bigrams find what is cut differently in the question."""

CONTEXT_WEIGHT = 0.3
"""Weight of a term above the passage (title, headings, byline) relative to one in it."""


_BIGRAM_MARK = "\u00b7"
_CONTEXT_MARK = "@"
_PROVISION_MARK = "\u00a7"
"""Suffixes of the keys of bigrams, of terms above a passage, and of provisions that open in it. No
word contains any of them."""
LINE_BREAK = "\n"
"""Separates the lines above a passage."""

TERM_RECIPE = "words+bigrams+provisions, context apart/2"
"""Names how text becomes terms. A generation built by another recipe is rebuilt."""


@dataclass(frozen=True, slots=True)
class WeightedTerm:
    """A term to look for.

    Attributes:
        key: its name in the index.
        weight: what its score is multiplied by.
    """

    key: str
    weight: float


def context_of(title: str, headings: Sequence[str], byline: str, stem: str = "") -> str:
    """Returns what stands above a passage, as one text: a line each, the title first."""
    return LINE_BREAK.join(filter(None, (title, *headings, byline, stem)))


def passage_terms(text: str, context: str, reader: TextReader) -> list[str]:
    """Returns the keys of a passage, repeated as often as they occur, in any order.

    The lines above the passage are indexed with it, under keys of their own.

    Args:
        text: the passage.
        context: see `context_of`.
    """
    own, above = reader.normalise(text), reader.normalise(context)
    return body_keys(own, reader) + context_keys(above, reader)


def body_keys(text: NormalisedText, reader: TextReader) -> list[str]:
    """Returns the keys of the terms in a passage itself."""
    words, bigrams = reader.spellings(text)
    return words + [bigram + _BIGRAM_MARK for bigram in bigrams]


def context_keys(context: NormalisedText, reader: TextReader) -> list[str]:
    """Returns the keys of the terms above a passage."""
    return [key + _CONTEXT_MARK for key in body_keys(context, reader)]


def body_key(term: Term) -> str:
    """Returns the key of a term in a passage itself.

    Words and bigrams of the same spelling are different terms.
    """
    return term.text if term.kind is TermKind.WORD else term.text + _BIGRAM_MARK


def context_key(term: Term) -> str:
    """Returns the key of a term above a passage."""
    return body_key(term) + _CONTEXT_MARK


def provision_key(provision: str) -> str:
    """Returns the key of a provision that opens in a passage, by its canonical number."""
    return provision + _PROVISION_MARK
