"""Holds a passage in normalised form: its sentences and the lines above it.

It is made once, when a passage is indexed, so that a question need not normalise passages.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from index.analysis.normalisation import NormalisedText
from index.analysis.reader import TextReader
from index.analysis.sentence_roles import Role, RoledSentence
from index.model import Span

SEPARATOR = "\n"
"""Separates the sentences of `NormalPassage.text`; no sentence contains it."""

_NO_GOVERNOR = -1


@dataclass(frozen=True, slots=True)
class NormalPassage:
    """A normalised passage.

    Attributes:
        passage_id: the passage's number in its generation.
        article: the number of its article.
        opening: whether it opens its article.
        context: the lines above it (see `index.analysis.index_terms.context_of`).
        text: its sentences, with a `SEPARATOR` between two.
        outline: the role and the range of each sentence (see `outline_of`); parsed only for the few
            passages whose sentences are compared.
    """

    passage_id: int
    article: int
    opening: bool
    context: str
    text: str
    outline: str

    @property
    def roled_sentences(self) -> tuple[RoledSentence, ...]:
        """The sentences with their ranges in the quoted passage.

        Raises:
            ValueError, TypeError: the outline does not hold one range for each sentence, in
                order, with a known role.
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

    It is a flat JSON array of four numbers a sentence: start, end, role, governor (-1 for none).
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
