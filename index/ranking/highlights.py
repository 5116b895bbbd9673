"""What a passage is highlighted for: the words that were asked for, and what may be the answer."""

from collections.abc import Iterable

from index.analysis.reader import TextReader
from index.model import Span
from index.ranking.query_terms import QueryTerm, QueryTerms


def find_highlights(
    text: str, sentence: Span, query_terms: QueryTerms, reader: TextReader
) -> tuple[Span, ...]:
    """Returns the ranges of `text` that hold the question's words, or parts of missing ones.

    In the marked sentence, also the numbers or dates that may be the answer. Ranges are in order
    and do not overlap; neighbouring ones are one.

    Args:
        sentence: the range of `text` that is marked.
    """
    normalised = reader.normalise(text)
    wanted = [word for word in query_terms.words if _worth_marking(word)]
    # What is cut differently in the text is found by its bigrams.
    wanted += query_terms.pairs
    asked_for = [
        normalised.original(place.start, place.end)
        for word in wanted
        for place in word.places(normalised.text)
    ]
    if query_terms.answer_type and query_terms.answer_type.is_figure:
        marked = reader.normalise(sentence.of(text))
        asked_for += [
            marked.original(place.start, place.end).shifted(sentence.start)
            for place in query_terms.answer_type.places(marked.text)
        ]
    return _merge(asked_for)


def _worth_marking(query_term: QueryTerm) -> bool:
    """Single Chinese characters stand everywhere; numbers and Latin words stand for themselves."""
    return len(query_term.word) > 1 or query_term.word.isascii()


def _merge(spans: Iterable[Span]) -> tuple[Span, ...]:
    merged: list[Span] = []
    for span in sorted(spans, key=lambda span: span.start):
        if merged and span.start <= merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return tuple(merged)
