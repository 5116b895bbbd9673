"""A passage as evidence reads it: its sentences and what stands above it, normalised.

Made once, when a passage is indexed, so that a question need not normalise what it weighs.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from index.analysis.normalisation import NormalisedText
from index.analysis.reader import TextReader
from index.analysis.sentence_roles import Role, RoledSentence
from index.model import Span

SEPARATOR = "\n"
"""Stands between two sentences of `NormalPassage.text`; no sentence holds one."""

_NO_GOVERNOR = -1


@dataclass(frozen=True, slots=True)
class NormalPassage:
    """A normalised passage.

    Attributes:
        passage_id: the passage's number in its generation.
        article: the number of its article.
        opening: whether it opens its article.
        context: what stands above it (see `index.analysis.index_terms.context_of`).
        text: its sentences, with a `SEPARATOR` between two.
        outline: what each sentence is and where it stands (see `outline_of`): read for the few
            passages only whose sentences are looked at.
    """

    passage_id: int
    article: int
    opening: bool
    context: str
    text: str
    outline: str

    @property
    def roled_sentences(self) -> tuple[RoledSentence, ...]:
        """The sentences with their ranges in the passage as it is quoted.

        Raises:
            ValueError, TypeError: they are no ranges in order, one for each sentence, or their
                roles are none.
        """
        fields = json.loads(self.outline)
        starts, ends, roles, governors = (fields[at::4] for at in range(4))
        edges = [edge for both in zip(starts, ends, strict=True) for edge in both]
        if edges != sorted(edges) or len(starts) != self.text.count(SEPARATOR) + 1:
            raise ValueError(f"passage {self.passage_id} has sentences out of order")
        if any(not _NO_GOVERNOR <= governor < n for n, governor in enumerate(governors)):
            raise ValueError(f"passage {self.passage_id} has a sentence governed by a later one")
        return tuple(
            RoledSentence(
                Span(start, end), Role(role), None if governor == _NO_GOVERNOR else governor
            )
            for start, end, role, governor in zip(starts, ends, roles, governors, strict=True)
        )

    @property
    def sentences(self) -> list[str]:
        """The normalised sentences."""
        return self.text.split(SEPARATOR)


def outline_of(sentences: Sequence[RoledSentence]) -> str:
    """Returns sentences as `NormalPassage.outline` holds them.

    A flat JSON array of four numbers a sentence: start, end, role, governor (-1 for none).
    """
    return json.dumps(
        [
            value
            for sentence in sentences
            for value in (
                sentence.span.start,
                sentence.span.end,
                sentence.role,
                _NO_GOVERNOR if sentence.governor is None else sentence.governor,
            )
        ],
        separators=(",", ":"),
    )


def normalised_sentences(
    text: str,
    sentences: Sequence[RoledSentence],
    normalised: NormalisedText,
    reader: TextReader,
) -> str:
    """Returns the sentences of a passage as `NormalPassage.text` holds them.

    Args:
        text: the passage.
        sentences: of the passage.
        normalised: the passage, normalised.
    """
    in_place = normalised.origins is None
    parts = (
        sentence.span.of(normalised.text)
        if in_place and not sentence.reading
        else reader.normalise(sentence.reading or sentence.span.of(text)).text
        for sentence in sentences
    )
    return SEPARATOR.join(part.replace(SEPARATOR, " ") for part in parts)
