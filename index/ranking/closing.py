"""「那么梨锈病怎么治疗呢？」: the question that a passage ends with, and does not answer."""

import re
from collections.abc import Sequence

from index.query.question import asking_spans

_ASKS = re.compile("(?:[?]|[吗呢][。.!]?)[”’」』》)】\"']*$")
_ANNOUNCES = re.compile("下面|接下来|一起来?(?:看|了解)|来看看|解答|慢慢道来")
"""Announces an answer that another passage gives, if any does."""
_LONGEST_ANNOUNCEMENT = 40
"""Characters."""
_CLAUSE_END = re.compile("[,:;。]")


def closing_question(sentences: Sequence[str]) -> str:
    """Returns the clauses that a passage ends with and that ask; empty where it ends otherwise.

    What only announces an answer may follow them.

    Args:
        sentences: of the passage, normalised.
    """
    end = len(sentences)
    while end and _only_announces(sentences[end - 1]):
        end -= 1
    start = end
    while start and _ASKS.search(sentences[start - 1].rstrip()):
        start -= 1
    return "\n".join(clause for text in sentences[start:end] for clause in _asking(text))


def _only_announces(sentence: str) -> bool:
    is_short = len(sentence) <= _LONGEST_ANNOUNCEMENT
    return is_short and not _ASKS.search(sentence) and _ANNOUNCES.search(sentence) is not None


def _asking(sentence: str) -> list[str]:
    """Returns the clauses at the end of a sentence that ask."""
    clauses = [clause for clause in _CLAUSE_END.split(sentence) if clause.strip()]
    start = len(clauses) - 1
    while start > 0 and asking_spans(clauses[start - 1]):
        start -= 1
    return clauses[max(start, 0) :]
