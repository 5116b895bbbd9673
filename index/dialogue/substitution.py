"""Substitution in a question: what of it something else may replace, and how well.

「那城东区呢」 after 「城西区投资了多少」: 城东区 is most like 城西区, and takes its place.
"""

import re
from collections.abc import Sequence
from itertools import pairwise

from index.analysis.simplified import without
from index.dialogue.entities import PROPER, Entity, Kind
from index.dialogue.utterance import Utterance, UtteranceReader, is_person, is_role
from index.model import Span
from index.query.answer_type import AnswerCategory

MARKS = r"[\s,.;:!?~\u3002\uff0c\uff01\uff1f\u2026\u3001]*"
"""Punctuation and gaps, in a pattern."""
_TAIL = re.compile(MARKS.replace("[", "[呢啊呀哦嘛", 1).removesuffix("*") + "+$")
VAGUELY_ALIKE = 4
"""Likeness up to which X may also be another thing that is asked of the same topic."""
_KIN = (
    (Kind.PLACE, Kind.BODY),
    (Kind.BODY, Kind.PLACE),
    (Kind.BODY, Kind.THING),
    (Kind.THING, Kind.BODY),
    (Kind.WORK, Kind.THING),
    (Kind.CODE, Kind.THING),
)
"""Kinds of which the first may take the place of the second: 图书馆 that of 实验中学."""

_LOCALITY = re.compile("[省市区县镇乡村州国城街]$")
"""The end of what is a place, though it has no name: 县城."""


class Substitution:
    """Puts one thing into the place of another. Make one and share it."""

    def __init__(self, reader: UtteranceReader) -> None:
        self._reader = reader

    def filled(self, new: Utterance, last: Utterance) -> list[str]:
        """The last question with `new` in the place of something of its kind, likeliest first."""
        place = aligned(new.text, last.text)
        if place:
            return [stripped(last.text[: place.start] + new.text + last.text[place.end :])]
        kinds = {piece.kind for piece in last.pieces}
        parts = (*new.pieces, *new.actions)
        several = len(parts) > 1 and ("的" in new.text or all(part.kind in kinds for part in parts))
        if several and len({part.kind for part in parts}) > 1:
            return self._with_several(new, last)
        kind = parts[-1].kind
        return self._with_one(Entity(new.text, kind, 0, len(new.text)), last)

    def about(self, thing: str, last: Utterance) -> str:
        """Another thing of the same topic: 「城西区的宣传部长是谁」."""
        about = last.focused_on(thing)
        return f"{about}是谁" if is_role(thing) else about

    def _with_one(self, new: Entity, last: Utterance) -> list[str]:
        """The last question with `new` in the place of what is most like it, or added."""
        targets = self._targets(new, last)
        if new.kind is Kind.THING and last.kind is AnswerCategory.PERSON and not is_role(new.text):
            # 「谁」 is not asked of a thing, so it is no new role.
            targets = [
                target
                for target in targets
                if not _is_asked(target, last) or _likeness(new, target) > VAGUELY_ALIKE
            ]
        if is_person(new.text) or is_role(new.text):
            targets = [target for target in targets if _is_person(target, last)]
        named = new.kind in PROPER or self._reader.holds_name(new.text)
        ranked = sorted(
            ((_fit(new, target, last), target) for target in targets),
            key=lambda entity: (
                -entity[0],
                not named and not _is_asked(entity[1], last),
                entity[1].start - entity[1].end,
            ),
        )
        best = ranked[0][0] if ranked else 0
        if new.text in {target.text for target in targets}:
            return [last.text]  # 「这个区呢」 after a question on it
        questions = [
            self._put(new, target, last)
            for likeness, target in ranked
            if likeness >= max(best - 1, 1)
        ][:2]
        if best <= VAGUELY_ALIKE and new.kind not in (Kind.TIME, Kind.PLACE):
            about = self.about(new.text, last)
            # 「谁」 is not asked of a thing; 「跳高呢」 tells another thing that is done.
            first = last.kind is AnswerCategory.PERSON and not is_role(new.text)
            noun = not self._reader.read(new.text).actions
            questions = [about, *questions] if first and noun else [*questions, about]
        return questions or [f"{new.text}{stripped(last.text)}"]

    def _with_several(self, new: Utterance, last: Utterance) -> list[str]:
        """The last question with each piece of X in its place: 「那城东区的志愿者呢」."""
        text = last
        for piece in new.pieces:
            targets = [
                target
                for target in text.pieces
                if target.kind is piece.kind and piece.kind is not Kind.THING
            ]
            if targets:
                text = self._reader.read(self._put(piece, targets[0], text))
        if new.text in text.text:
            return [text.text]  # 广元站: the rest stands there already
        if text is last and new.names and new.things:
            return [new.text]  # it has a topic of its own, and nothing gives way to that
        if text is not last and _says_the_same(new.things, last.actions):
            return [text.text]
        things = [piece.text for piece in new.things]
        if things and text.focus is not None and len(things) == 1:
            start, end = text.focus.start, text.focus.end
            return [text.text[:start] + things[0] + text.text[end:], new.text]
        if things or text is last:
            whole = Entity(new.text, Kind.THING, 0, len(new.text))
            return [*(self._put(whole, target, last) for target in last.things[:1]), new.text]
        return [text.text]

    def _targets(self, new: Entity, last: Utterance) -> list[Entity]:
        """What may give way: the pieces of the last question, and the words of its things."""
        if not last.pieces:
            return list(last.actions)
        words = [
            Entity(word.text, Kind.THING, word.start, word.end)
            for word in self._reader.words(last.text)
            if any(thing.start <= word.start and word.end <= thing.end for thing in last.things)
        ]
        shown = [Entity(last.text[w.start : w.end], w.kind, w.start, w.end) for w in words]
        phrases = [
            phrase
            for phrase in last.phrases()
            if phrase in last.pieces
            or not _is_asked(phrase, last)
            or _shared(phrase.text[::-1], new.text[::-1]) > (new.kind is Kind.THING)
        ]
        parts = (*phrases, *_tails(last), *last.pieces, *last.unfocused(), *shown, *_doings(last))
        return list(dict.fromkeys(parts))

    def _put(self, new: Entity, target: Entity, last: Utterance) -> str:
        """The last question with `new` in the place of `target`."""
        if last.kind is AnswerCategory.QUANTITY and is_role(new.text) and _is_asked(target, last):
            return self.about(new.text, last)  # 「多少」 does not go with one person
        after = last.text[target.end :]
        unlike = _likeness(new, target) <= VAGUELY_ALIKE
        if last.kind is AnswerCategory.QUANTITY and _is_asked(target, last) and unlike:
            asked = next((span for span in last.asking if span.start >= target.end), None)
            # 几天 and 多大 are not asked of everything that is counted.
            after = f"{last.text[target.end : asked.start]}多少" if asked else after
        return stripped(last.text[: target.start] + new.text + after)


def aligned(new: str, last: str) -> Span | None:
    """What of a question begins and ends as `new` does: 「远行十号」 for 「远行十一号」."""
    start = last.find(new[:2]) if len(new) > 2 else -1
    end = last.find(new[-1], start + 2, start + len(new) + 1) + 1
    is_within = start >= 0 and end > 0 and last[start:end] != new
    return Span(start, end) if is_within and new not in last else None


def is_parallel(new: Entity, piece: Entity) -> bool:
    """Whether two pieces are surely of a kind: two names of places, 内科 and 外科."""
    if new.kind is not piece.kind:
        return False
    return new.kind is not Kind.THING or new.text[-1] == piece.text[-1]


def _is_asked(target: Entity, last: Utterance) -> bool:
    """Whether a piece of the last question holds what it asked about."""
    focus = last.focus
    return focus is not None and target.start < focus.end and focus.start < target.end


def stands_for(new: Entity, piece: Entity) -> bool:
    """Whether a thing is another's like, 一号线 of 二号线, or the same."""
    ending = _shared(new.text[::-1], piece.text[::-1])
    return ending >= 1 and len(new.text) == len(piece.text)


def _is_person(target: Entity, last: Utterance) -> bool:
    """Whether a piece may give way to a sort of people: another, or what was counted."""
    named = target.kind is Kind.PERSON or is_person(target.text) or is_role(target.text)
    return named or _is_asked(target, last)


def _fit(new: Entity, target: Entity, last: Utterance) -> int:
    """Likeness, and a little more for what was asked about."""
    likeness = _likeness(new, target)
    return likeness + _is_asked(target, last) if likeness else 0


def _likeness(new: Entity, target: Entity) -> int:
    """How well one piece may take the place of another; 0 if it may not."""
    if new.text == target.text:
        return 0
    same = new.kind is target.kind
    if new.kind is Kind.TIME or target.kind is Kind.TIME:
        return 4 * same
    ending = _shared(new.text[::-1], target.text[::-1])
    beginning = _shared(new.text, target.text)
    alike = 2 * min(ending, 2) + min(beginning, 2) + (len(new.text) == len(target.text))
    alike += 2 * (is_person(new.text) and is_person(target.text))
    alike += 3 * (is_role(new.text) and is_role(target.text))
    if new.kind is Kind.PLACE and _LOCALITY.search(target.text):
        return 6 + alike
    if same:
        return (6 if new.kind in PROPER else 2) + alike
    return alike + 1 if (new.kind, target.kind) in _KIN else alike * (ending > 0)


def _shared(text: str, other: str) -> int:
    """How many characters two texts begin with together."""
    return next(
        (at for at, (a, b) in enumerate(zip(text, other, strict=False)) if a != b),
        min(len(text), len(other)),
    )


def _tails(last: Utterance) -> list[Entity]:
    """What of a phrase stands behind the place that it begins with: 城西区|楼道涂白."""
    return [
        Entity(phrase.text[len(piece.text) :], Kind.THING, piece.end, phrase.end)
        for phrase in last.phrases()
        for piece in last.pieces
        if piece.kind is Kind.PLACE and piece.start == phrase.start and piece.end < phrase.end
    ]


def _doings(last: Utterance) -> list[Entity]:
    """What is named by verbs alone: 「城西区照明亮化花了多少钱」."""
    return [
        Entity(action.text + other.text, Kind.THING, action.start, other.end)
        for action, other in pairwise(last.actions)
        if action.end == other.start and len(action.text + other.text) > 2
    ]


def _says_the_same(things: Sequence[Entity], actions: Sequence[Entity]) -> bool:
    """Whether what is named is what was done, in other words: 投入 for 投资."""
    return any(
        thing.text[-2:][:1] == action.text[:1] and len(action.text) > 1
        for thing in things
        for action in actions
    )


def stripped(text: str) -> str:
    """A text without particles and marks at its end."""
    return without(_TAIL, text)
