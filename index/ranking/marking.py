"""Which sentences of a passage may answer, and which are marked with the likeliest of them."""

from collections.abc import Sequence

from index.analysis.sentence_roles import Role, RoledSentence
from index.model import Span

SURE_SENTENCE = 0.8
"""A sentence that is less likely than this to be the answering one is marked with a neighbour."""
STANDS_OUT = 2.0
"""How many times as likely as the next a part of a list or of an answer is, to be marked alone."""
LONGEST_MARKED_ANSWER = 200
"""Characters of an answer to a printed question that is marked as a whole."""


def answering_sentences(
    outline: Sequence[RoledSentence], kinds: Sequence[float], asks_kind: bool
) -> list[int]:
    """Returns the numbers of the sentences that may answer.

    No heading and no question may where there is something below it, but for a headline that
    alone holds the kind of answer asked for.

    Args:
        kinds: for each sentence, whether it holds that kind.
        asks_kind: whether the question asks for a kind.
    """
    below = [number for number, sentence in enumerate(outline) if not sentence.role.heads]
    if not below:
        return list(range(len(outline)))
    if asks_kind and not any(kinds[n] for n in below if outline[n].role is not Role.BYLINE):
        headlines = (Role.TITLE, Role.HEADING)
        below += [n for n, s in enumerate(outline) if s.role in headlines and kinds[n]]
    return sorted(below)


def marked_span(
    outline: Sequence[RoledSentence], chances: Sequence[float], best: int, wants_list: bool
) -> Span:
    """Returns the range of the likeliest sentence, with those without which it says little.

    These are the list or the answer that it belongs to, where none of its parts stands out or all
    are asked for, and the whole row of a table; else, where it is not sure, the likelier of its
    neighbours.

    Args:
        chances: how likely each sentence answers.
    """
    members = _members(outline, best)
    others = [chances[number] for number in members if number != best]
    if others and (wants_list or chances[best] < STANDS_OUT * max(others)):
        return whole(outline, members)
    own = outline[best]
    neighbours = [
        number
        for number in (best - 1, best + 1)
        if 0 <= number < len(outline)
        and _adjoin(outline[number].span, own.span)
        and not outline[number].role.heads
    ]
    if (chances[best] >= SURE_SENTENCE and own.role is not Role.ROW) or not neighbours:
        return own.span
    other = max(neighbours, key=lambda number: chances[number])
    return whole(outline, sorted((best, other)))


def whole(outline: Sequence[RoledSentence], numbers: Sequence[int]) -> Span:
    """Returns the range from the first of some sentences to the last."""
    return Span(outline[numbers[0]].span.start, outline[numbers[-1]].span.end)


def governed(outline: Sequence[RoledSentence], root: int) -> list[int]:
    """Returns the numbers of a sentence and of those after it that it governs, at any depth.

    A heading or a question is left out where it governs anything.
    """
    members = [root]
    for number in range(root + 1, len(outline)):
        if outline[number].governor not in members:
            break
        members.append(number)
    return members[1:] if outline[root].role.heads and len(members) > 1 else members


def _members(outline: Sequence[RoledSentence], best: int) -> list[int]:
    """Returns the numbers of the list or the answer that a sentence belongs to, maybe it alone."""
    own = outline[best]
    root = best
    if own.role is not Role.LEAD_IN and own.governor is not None:
        root = own.governor
    role = outline[root].role
    if role is Role.LEAD_IN:
        return governed(outline, root)
    if role is Role.QUESTION:
        answer = governed(outline, root)
        span = whole(outline, answer)
        if span.end - span.start <= LONGEST_MARKED_ANSWER:
            return answer
    return [best]


def _adjoin(span: Span, other: Span) -> bool:
    """Whether two sentences stand in one paragraph: a line's end would lie between them."""
    return span.end == other.start or other.end == span.start
