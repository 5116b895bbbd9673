"""The place of a citation in its article, in a link that outlives changes of the article."""

import hashlib
import re
from dataclasses import dataclass
from itertools import islice

from index import Citation, Span

LONGEST_SEARCHED = 1_000_000
"""In characters. In a longer article that has changed, the sentence is not searched for."""
LONGEST_SENTENCE = 2_000
"""In characters. A longer one is not searched for: each place would have to be hashed."""
MOST_BEGINNINGS = 200_000
"""An article with more places where a sentence may begin is not searched."""
MOST_HASHED = 10_000_000
"""In characters. Where the search would have to hash more, the sentence is not searched for."""
_HASH_COST = 50
"""In characters: what a hash costs besides those that it reads."""

_DIGEST_LENGTH = 12
_FORM = re.compile(rf"(?:([0-9]{{1,9}})-){{4}}[0-9a-f]{{{2 * _DIGEST_LENGTH}}}", re.ASCII)
# A sentence begins behind one of these, as every block does.
_BEGINNINGS = re.compile(
    r"[\s\u3002!?;:,.\uff01\uff1f\uff1b\uff1a\u2026\u201c\u201d\u2018\u2019\u300c\u300d\u300e\u300f()\uff08\uff09]"
)


@dataclass(frozen=True, slots=True)
class Place:
    """A citation's place in its article.

    Attributes:
        passage, sentence: ranges of the article's text, the sentence within the passage.
        passage_digest, sentence_digest: digests of what they held when it was cited.
    """

    passage: Span
    sentence: Span
    passage_digest: str
    sentence_digest: str


@dataclass(frozen=True, slots=True)
class CurrentPlace:
    """Where a citation stands in the article as it is now.

    Attributes:
        passage, sentence: ranges of the article's text.
        changed: whether it stood elsewhere, or between other sentences, when it was cited.
    """

    passage: Span
    sentence: Span
    changed: bool


def place_of(citation: Citation) -> Place:
    """Returns the place of a citation."""
    passage = citation.passage
    return Place(
        Span(passage.start, passage.end),
        citation.sentence.shifted(passage.start),
        _digest(passage.text),
        _digest(citation.sentence.of(passage.text)),
    )


def encode(place: Place) -> str:
    """Returns a place as it is written in a link: digits, letters and hyphens."""
    spans = place.passage, place.sentence
    numbers = [str(number) for span in spans for number in (span.start, span.end)]
    return "-".join((*numbers, place.passage_digest + place.sentence_digest))


def decode(written: str) -> Place | None:
    """Returns the place that a link names; None if it names none."""
    if not _FORM.fullmatch(written):
        return None
    *numbers, digests = written.split("-")
    first, last, start, end = (int(number) for number in numbers)
    if not first <= start <= end <= last:
        return None
    return Place(
        Span(first, last), Span(start, end), digests[:_DIGEST_LENGTH], digests[_DIGEST_LENGTH:]
    )


def find(place: Place, text: str) -> CurrentPlace | None:
    """Returns where the cited sentence is now; None if it is gone, or occurs twice."""
    if _holds(text, place.passage, place.passage_digest):
        return CurrentPlace(place.passage, place.sentence, changed=False)
    length = place.sentence.end - place.sentence.start
    if not 0 < length <= LONGEST_SENTENCE:
        return None
    if _holds(text, place.sentence, place.sentence_digest):
        return CurrentPlace(place.sentence, place.sentence, changed=True)
    if len(text) > LONGEST_SEARCHED:
        return None
    starts = _beginnings(text)
    if len(starts) > MOST_BEGINNINGS or len(starts) * (length + _HASH_COST) > MOST_HASHED:
        return None
    spans = (Span(start, start + length) for start in starts)
    places = [span for span in spans if _holds(text, span, place.sentence_digest)]
    return _moved(place, places[0], text) if len(places) == 1 else None


def _moved(place: Place, sentence: Span, text: str) -> CurrentPlace:
    """Returns the new place of a sentence, with the passage around it if that has moved along."""
    by = sentence.start - place.sentence.start
    passage = place.passage.shifted(by)
    whole = passage.start >= 0 and _holds(text, passage, place.passage_digest)
    return CurrentPlace(passage if whole else sentence, sentence, changed=True)


def _beginnings(text: str) -> set[int]:
    """Returns where sentences may begin; where these are too many, not all of them."""
    marks = islice(_BEGINNINGS.finditer(text), MOST_BEGINNINGS + 1)
    return {0, *(match.end() for match in marks)}


def _holds(text: str, span: Span, digest: str) -> bool:
    return span.end <= len(text) and _digest(span.of(text)) == digest


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST_LENGTH]
