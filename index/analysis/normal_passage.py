"""A passage as evidence reads it: its sentences and what stands above it, normalised.

Made once, when a passage is indexed, so that a question need not normalise what it weighs.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from index.analysis.normalisation import NormalisedText
from index.analysis.reader import TextReader
from index.analysis.sentences import sentences
from index.model import Span

SEPARATOR = "\n"
"""Stands between two sentences of `NormalPassage.text`; no sentence holds one."""


@dataclass(frozen=True, slots=True)
class NormalPassage:
    """A normalised passage.

    Attributes:
        passage_id: the passage's number in its generation.
        article: the number of its article.
        opening: whether it opens its article.
        context: what stands above it (see `index.analysis.index_terms.context_of`).
        text: its sentences, with a `SEPARATOR` between two.
        edges: where each sentence begins and ends in the passage as it is quoted, as JSON: it is
            read for the few passages only whose sentences are looked at.
    """

    passage_id: int
    article: int
    opening: bool
    context: str
    text: str
    edges: str

    @property
    def spans(self) -> tuple[Span, ...]:
        """The sentences' ranges in the passage as it is quoted.

        Raises:
            ValueError, TypeError: they are no ranges in order, one for each sentence.
        """
        edges = json.loads(self.edges)
        if edges != sorted(edges) or len(edges) != 2 * len(self.sentences):
            raise ValueError(f"passage {self.passage_id} has sentences out of order")
        return tuple(map(Span, edges[::2], edges[1::2]))

    @property
    def sentences(self) -> list[str]:
        """The normalised sentences."""
        return self.text.split(SEPARATOR)


def edges_of(spans: Sequence[Span]) -> str:
    """Ranges as `NormalPassage.edges` holds them."""
    return json.dumps([edge for span in spans for edge in (span.start, span.end)])


def normalised_sentences(
    text: str, normalised: NormalisedText, reader: TextReader
) -> tuple[str, tuple[Span, ...]]:
    """The sentences of a passage as `NormalPassage` holds them: as one text, and their ranges.

    Args:
        text: the passage.
        normalised: the same, normalised.
    """
    spans = tuple(sentences(text))
    if normalised.origins is None:
        parts = (span.of(normalised.text) for span in spans)
    else:
        parts = (reader.normalise(span.of(text)).text for span in spans)
    return SEPARATOR.join(part.replace(SEPARATOR, " ") for part in parts), spans
