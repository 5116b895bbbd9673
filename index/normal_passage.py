"""A passage as evidence reads it: its sentences and what stands above it, normalised.

Made once, when a passage is indexed, so that a question need not normalise what it weighs.
"""

from dataclasses import dataclass

from index.model import Span
from index.text import TextReader, sentences

SEPARATOR = "\n"
"""Stands between two sentences of `NormalPassage.text`; no sentence holds one."""


@dataclass(frozen=True, slots=True)
class NormalPassage:
    """A normalised passage.

    Attributes:
        passage_id: the passage's number in its generation.
        article: the number of its article.
        opening: whether it opens its article.
        context: what stands above it (see `index.terms.context_of`).
        text: its sentences, with a `SEPARATOR` between two.
        spans: the sentences' ranges in the passage as it is quoted.
    """

    passage_id: int
    article: int
    opening: bool
    context: str
    text: str
    spans: tuple[Span, ...]

    @property
    def sentences(self) -> list[str]:
        """The normalised sentences."""
        return self.text.split(SEPARATOR)


def normalised_sentences(text: str, reader: TextReader) -> tuple[str, tuple[Span, ...]]:
    """The sentences of a passage as `NormalPassage` holds them: as one text, and their ranges."""
    spans = tuple(sentences(text))
    normalised = (reader.normalise(span.of(text)).text.replace(SEPARATOR, " ") for span in spans)
    return SEPARATOR.join(normalised), spans
