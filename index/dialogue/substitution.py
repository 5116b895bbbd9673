"""Substitution in a question: what of it something else may replace, and how well.

「那城东区呢」 after 「城西区投资了多少」: 城东区 is most like 城西区, and takes its place.
"""

import re
from collections.abc import Sequence

from index.analysis.reader import Term
from index.analysis.simplified import without
from index.dialogue.utterance import LEVIED, MEASURE, Utterance, UtteranceReader, is_person, is_role
from index.model import Span
from index.query.answer_type import AnswerCategory
from index.query.entities import PROPER, Entity, Kind

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

PROPERTY = re.compile(
    "(?:..?)?(?:电话|地址|号码|时间|日期|期限|全长|面积|人口|成绩|标准|门票|名额|年龄|原因|投入|投资|收入|利润|[费价金款额率量数度积长宽高深重产温期]|票价)"
)
"""What is asked of something else: 「学费多少」."""
_NUMERAL = "[〇零一二三四五六七八九十百两]+"
_ANY_NUMBER = rf"(?:[0-9.]+|{_NUMERAL}几?)"
_NUMBERED = re.compile(rf"(?:[不未年]?满|超?过)?(第?)({_ANY_NUMBER})([^0-9\s]{{1,2}})")
_EACH_PERSON = re.compile("(?:一个?|每个?)人")
_PARTY = re.compile("(?:个人|单位|公司|企业|商[户家铺]|店[家铺]|业主|物业|学校|机构)$")
"""Who may have done something, by law."""

_ENDS_SITE = frozenset("点站号线村班馆店厂校院社楼层街路口期级类款型")
"""What the names of several places or sorts end with: 文化礼堂点."""
_LOCALITY = re.compile("[省市区县镇乡村州国城街园苑庄屯坊弄寨]$")
"""The end of what is a place, though it has no name: 县城."""


class Substitution:
    """Puts one thing into the place of another. Make one and share it."""

    def __init__(self, reader: UtteranceReader) -> None:
        self._reader = reader

    def filled(self, new: Utterance, last: Utterance, elided: bool = False) -> list[str]:
        """Returns the last question with `new` for something of its kind, likeliest first.

        Args:
            elided: a noun is left out behind `new`: 「水产的呢」.
        """
        place = aligned(new.text, last.text)
        each = _EACH_PERSON.search(last.text)
        if place is None and each is not None and is_person(new.text):
            place = Span(*each.span())  # 「一个人能贷多少」: 夫妻呢
        if place is None and elided and new.text[-1] in _ENDS_SITE:
            # 「荻泾小学点暑托班电话」: 文化礼堂点的呢
            named = re.match(f"[\u4e00-\u9fff]{{1,7}}?{new.text[-1]}", last.text)
            place = Span(*named.span()) if named else None
        if place:
            return [stripped(last.text[: place.start] + new.text + last.text[place.end :])]
        kinds = {piece.kind for piece in last.pieces}
        parts = (*new.pieces, *new.actions)
        if elided and not new.names:
            # 直播带货 of 「直播带货的呢」
            parts = (Entity(new.text, parts[0].kind, 0, len(new.text)),)
        several = len(parts) > 1 and ("的" in new.text or all(part.kind in kinds for part in parts))
        if several and len({part.kind for part in parts}) > 1:
            return self._with_several(new, last)
        whole = Entity(new.text, parts[-1].kind, 0, len(new.text))
        first = self._with_modifier(whole, last, elided) if whole.kind is Kind.THING else []
        about = self.about(new.text, last) if first else ""
        focus = last.focus.of(last.text) if last.focus else ""
        kept = focus if first and PROPERTY.fullmatch(focus) else ""
        others = (other for other in self._with_one(whole, last) if other != about)
        return list(dict.fromkeys((*first, *(other for other in others if kept in other))))

    def _with_modifier(self, new: Entity, last: Utterance, elided: bool) -> list[str]:
        """Returns the last question with `new` for what tells one of several: 水产摊, 肉类摊."""
        asked = last.asking[0].start if last.asking else len(last.text)
        focus = last.focus.of(last.text) if last.focus else ""
        behind = not elided and last.focus is not None and last.focus.start >= asked
        behind = behind and last.kind is not AnswerCategory.DATE
        if PROPERTY.fullmatch(new.text) or is_role(new.text) or is_role(focus) or behind:
            return []
        if last.leads_with_name():
            return []
        focus = "" if last.kind is AnswerCategory.DATE else focus
        alike = (_likeness(new, target) for target in self._targets(new, last))
        if not elided and max(alike, default=0) > VAGUELY_ALIKE:
            return []
        words = [
            word for word in self._reader.words(last.text[:asked]) if not _is_inside(word, last)
        ]
        while len(words) > 1 and (
            PROPERTY.fullmatch(words[-1].text)
            or (self._reader.is_verb(words[-1].text) and len(words[-1].text) > 1)
            or LEVIED.fullmatch(words[-1].text)
        ):
            words.pop()
        while len(words) > 1 and words[-2].end != words[-1].start:
            words = words[:-1]
        verbs = (n for n in range(1, len(words) - 1) if self._reader.is_verb(words[n].text))
        verb = next(verbs, None)
        words = words[:verb]  # 个人 of 「个人占道经营罚多少」
        single = focus and not PROPERTY.fullmatch(focus) and verb is None
        if not words or (single and not elided):
            return []
        if len(words) > 1 and len(new.text) >= words[-1].end - words[0].start:
            return [stripped(last.text[: words[0].start] + new.text + last.text[words[-1].end :])]
        start, end = words[0].start, words[-1].start
        if len(words) == 1 and self._reader.is_loose(words[0].text):
            end = words[0].end - 1
        elif len(words) == 1:
            shorter = len(new.text) < len(words[0].text)
            end = start if elided and shorter else words[0].end
        elif not elided and new.text[-1] == words[-1].text[-1]:
            end = words[-1].end
        return [stripped(last.text[:start] + new.text + last.text[end:])]

    def about(self, thing: str, last: Utterance) -> str:
        """Returns another thing of the same topic: 「城西区的宣传部长是谁」."""
        about = last.focused_on(thing)
        return f"{about}是谁" if is_role(thing) else about

    def _with_one(self, new: Entity, last: Utterance) -> list[str]:
        """Returns the last question with `new` in the place of what is most like it, or added."""
        targets = self._targets(new, last)
        if new.kind is Kind.THING and last.kind is AnswerCategory.PERSON and not is_role(new.text):
            # 「谁」 is not asked of a thing, so it is no new role.
            targets = [target for target in targets if not _is_asked(target, last)]
        if is_person(new.text) or is_role(new.text):
            targets = [
                target
                for target in targets
                if is_person(target.text) or is_role(target.text) or _is_asked(target, last)
            ]
        named = new.kind in PROPER or self._reader.holds_name(new.text)
        ranked = sorted(
            ((_fit(new, target, last), target) for target in targets),
            key=lambda entity: (
                -entity[0],
                not named and not _is_asked(entity[1], last),
                (entity[1].start - entity[1].end) * (-1 if is_role(new.text) else 1),
            ),
        )
        best = ranked[0][0] if ranked else 0
        if new.text in {target.text for target in targets}:
            return [last.text]  # 「这个区呢」 after a question on it
        if PROPERTY.fullmatch(new.text) and last.kind is AnswerCategory.DATE:
            return [self.about(new.text, last)]  # 「电话呢」 after 「几点关门」
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
        """Returns the last question with each piece of X in its place: 「那城东区的志愿者呢」."""
        text = last
        for piece in new.pieces:
            targets = [
                target
                for target in text.pieces
                if target.kind is piece.kind and piece.kind is not Kind.THING
            ]
            if targets:
                text = self._reader.read(self._put(piece, targets[0], text))
        if new.text in text.text or _says_the_same(new.things, last.actions):
            return [text.text]  # 广元站: the rest stands there already
        if text is last and new.names and new.things:
            return [new.text]  # it has a topic of its own, and nothing gives way to that
        things = [piece.text for piece in new.things]
        if text.focus is not None and len(things) == 1:
            start, end = text.focus.start, text.focus.end
            return [text.text[:start] + things[0] + text.text[end:], new.text]
        return [new.text if things or text is last else text.text]

    def _targets(self, new: Entity, last: Utterance) -> list[Entity]:
        """Returns what may give way: the last question's pieces, and the words of its things."""
        if not last.pieces:
            return list(last.actions)
        words = [
            _of(last.text, Span(word.start, word.end))
            for word in self._reader.words(last.text)
            if any(thing.start <= word.start and word.end <= thing.end for thing in last.things)
        ]
        phrases = [
            phrase
            for phrase in last.phrases()
            if not _is_asked(phrase, last)
            or shared(phrase.text[::-1], new.text[::-1]) > (new.kind is Kind.THING)
        ]
        asked = [_of(last.text, last.focus)] if last.focus else []
        return list(dict.fromkeys((*phrases, *asked, *last.pieces, *last.unfocused(), *words)))

    def _put(self, new: Entity, target: Entity, last: Utterance) -> str:
        """Returns the last question with `new` in the place of `target`."""
        if last.kind is AnswerCategory.QUANTITY and is_role(new.text) and _is_asked(target, last):
            return self.about(new.text, last)  # 「多少」 does not go with one person
        after = _without_overlap(new.text, last.text[target.end :])
        unlike = _likeness(new, target) <= VAGUELY_ALIKE
        if last.kind is AnswerCategory.QUANTITY and _is_asked(target, last) and unlike:
            asked = next((span for span in last.asking if span.start >= target.end), None)
            # 几天 and 多大 are not asked of everything that is counted.
            money = "钱" if after.endswith("多少钱") else ""
            after = f"{last.text[target.end : asked.start]}多少{money}" if asked else after
        return stripped(last.text[: target.start] + new.text + after)


def aligned(new: str, last: str) -> Span | None:
    """Returns what of a question is but another of `new`, as 能自理 of 不能自理."""
    if numbered := _NUMBERED.fullmatch(new):
        other = re.search(f"{numbered[1]}{_ANY_NUMBER}{numbered[3]}", last)
        return Span(*other.span()) if other and other[0] != new else None
    if opposite := re.search(f"[不半非未]{re.escape(new)}", last):
        return Span(*opposite.span())
    if len(new) < 3 or new in last:
        return None
    if (start := last.find(new[1:])) >= 0:
        negates = new[0] in "不半非未" or not start
        return Span(start if negates else start - 1, start + len(new) - 1)
    if len(new) > 3 and (start := last.find(new[:-1])) >= 0:
        return Span(start, start + len(new))
    start = last.find(new[:2])
    end = last.find(new[-1], start + 2, start + len(new) + 1) + 1
    return Span(start, end) if start >= 0 and end > 0 else None


def _without_overlap(new: str, after: str) -> str:
    """Returns what follows without what `new` ends with already: 「白天下」 before 「下的雪」."""
    repeated = (n for n in range(len(new), 0, -1) if after.startswith(new[-n:]))
    return after[next(repeated, 0) :]


def is_parallel(new: Entity, piece: Entity) -> bool:
    """Whether two pieces are surely of a kind: two names of places, 内科 and 外科."""
    if new.kind is not piece.kind:
        return False
    return new.kind is not Kind.THING or new.text[-1] == piece.text[-1]


def _is_inside(word: Term, question: Utterance) -> bool:
    """Whether a word only counts."""
    return any(
        m.start() < word.end and word.start < m.end() for m in MEASURE.finditer(question.text)
    )


def _is_asked(target: Entity, last: Utterance) -> bool:
    """Whether a piece of the last question holds what it asked about."""
    focus = last.focus
    return focus is not None and target.start < focus.end and focus.start < target.end


def _fit(new: Entity, target: Entity, last: Utterance) -> int:
    """Returns likeness, and a little more for what was asked about."""
    likeness = _likeness(new, target)
    return likeness + _is_asked(target, last) if likeness else 0


def _likeness(new: Entity, target: Entity) -> int:
    """Returns how well one piece may take the place of another; 0 if it may not."""
    same = new.kind is target.kind
    if new.kind is Kind.TIME or target.kind is Kind.TIME:
        return 4 * same
    ending = shared(new.text[::-1], target.text[::-1])
    beginning = shared(new.text, target.text)
    alike = 2 * min(ending, 2) + min(beginning, 2) + (len(new.text) == len(target.text))
    alike += 2 * (is_person(new.text) and is_person(target.text))
    alike += 4 * all(map(_PARTY.search, (new.text, target.text)))
    alike += 3 * (is_role(new.text) and is_role(target.text))
    if new.kind is Kind.PLACE and _LOCALITY.search(target.text):
        return 6 + alike
    if same:
        return (6 if new.kind in PROPER else 2) + alike
    return alike + 1 if (new.kind, target.kind) in _KIN else alike * (ending > 0)


def shared(text: str, other: str) -> int:
    """Returns how many characters two texts begin with together."""
    return next(
        (at for at, (a, b) in enumerate(zip(text, other, strict=False)) if a != b),
        min(len(text), len(other)),
    )


def _of(text: str, span: Span) -> Entity:
    return Entity(span.of(text), Kind.THING, span.start, span.end)


def _says_the_same(things: Sequence[Entity], actions: Sequence[Entity]) -> bool:
    """Whether what is named is what was done, in other words: 投入 for 投资."""
    return any(
        thing.text[-2:][:1] == action.text[:1] and len(action.text) > 1
        for thing in things
        for action in actions
    )


def stripped(text: str) -> str:
    """Returns a text without particles and marks at its end."""
    return without(_TAIL, text)
