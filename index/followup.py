"""「那城东区呢」: what a question may mean that leans on the turns before it.

This module only proposes readings; `index.conversation` decides by the evidence.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from index.answer_kind import AnswerCategory
from index.deictics import Antecedents, find_deictic, put_in
from index.mentions import DISTRICT, PROPER, Kind, Mention
from index.model import NoAnswer, RefusalReason, Span, Turn
from index.question import LONGEST_QUESTION
from index.utterance import Utterance, UtteranceReader, is_person, is_role

LONGEST_FOLLOW_UP = 60
"""Characters. Who writes more says what is meant."""
READINGS = 3
"""Readings that are proposed at most."""
VAGUELY_ALIKE = 4
"""Likeness up to which X may also be another thing that is asked of the same topic."""
TURNS_BACK = 3
"""Turns that are looked through for what a word such as 他 stands for."""

_MARKS = r"[\s,.;:!?~\u3002\uff0c\uff01\uff1f\u2026\u3001]*"
_MORE = re.compile(
    rf"{_MARKS}(?:(?:那么?|请问|嗯|好的?|ok){_MARKS})?"
    "(?:还有(?:没有|什么|哪些|别的|其他的?|更多的?|一些)*|有没有(?:别的|其他的?|更多的?)|更多的?|多一点|多来(?:点|几条)"
    "|再来(?:一?[个条处段]|点|一些)|下一?[个条处段篇页]|继续(?:说|讲|看)?|接着(?:说|讲|看)?|然后|后来"
    "|别的|其他的?|其余的?|除此之外|此外|more|next|go on|continue)"
    rf"(?:内容|结果|原文|信息|段落)?[吗呢么吧啊呀]*{_MARKS}",
    re.IGNORECASE,
)
_LEAD_IN = re.compile(
    rf"^{_MARKS}(?:(?:那么|那(?![个些里儿边位年天时种座家所条项款部场次届件支栋幢名间])|请问|好的?(?=[,\uff0c])|嗯|哦|行|谢谢|明白了?|知道了|对了|另外|还有|顺便问一?下|再问一?下|我?想问一?下)(?!$){_MARKS})+"
)
_TAIL = re.compile(_MARKS.replace("[", "[呢啊呀哦嘛", 1).removesuffix("*") + "+$")
_INSTEAD = re.compile(r"^(?:换成|换做|换|改成|改为|如果是|要是|假如是|再看看?|再查查?)")
_AS_FOR = re.compile(
    rf"(?:的话|的情况|那边|方面)?(?:呢|怎么?样|如何|又是多少|又怎么?样|又如何)[呢啊呀]?{_MARKS}$"
)
_LINK = re.compile("(?:[是有在为又的]|一共|总共|大概)*")
"""What may stand between a name and an asking word without telling anything."""
_BARE = re.compile(
    r"^(?:[这那])?(?:是|在|有|为|从|到|由|都|又|会|要|去|具体|大概|到底|究竟|一共|总共)*+"
)
_BARE_TAIL = re.compile(
    r"(?:的时候|的事情?|的事儿|回事|发生的?|开始的?|结束的?|举行的?|时候|时间|地方|人|钱|个|次|块|元|[的了呢吗啊呀吧])*+$"
)
_KIN = (
    (Kind.PLACE, Kind.BODY),
    (Kind.BODY, Kind.PLACE),
    (Kind.BODY, Kind.THING),
    (Kind.THING, Kind.BODY),
    (Kind.WORK, Kind.THING),
    (Kind.CODE, Kind.THING),
)
"""Kinds of which the first may take the place of the second: 图书馆 that of 实验中学."""
_OF_MATTER = re.compile("的?(?:事情?|事儿|回事)$")
_ADDRESSED = re.compile("[你您我咱]")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text may mean.

    Attributes:
        question: a question that stands alone.
        sure: the form of the text says that it leans; else only the evidence can.
        inherited: what was taken from earlier turns.
        own: the text without what stands for something else.
    """

    question: str
    sure: bool
    inherited: str
    own: str


def asks_for_more(text: str) -> bool:
    """Whether a text asks only for further passages of the last answer: 「还有吗」."""
    return _MORE.fullmatch(text) is not None


def said_something(turn: Turn) -> bool:
    """Whether a turn asked something that a later one may lean on: 「谢谢」, 「你真棒」 did not."""
    if not isinstance(turn.result, NoAnswer):
        return True
    idle = (RefusalReason.NOTHING_ASKED, RefusalReason.TOO_LONG)
    return turn.result.reason not in idle and not _ADDRESSED.search(turn.understood)


class FollowUps:
    """Proposes readings. Make one and share it."""

    def __init__(self, reader: UtteranceReader) -> None:
        self._reader = reader
        self._antecedents = Antecedents(reader)

    def readings(self, turns: Sequence[Turn], text: str) -> tuple[Reading, ...]:
        """What `text` may mean after `turns`, likeliest first; empty if it stands alone.

        Args:
            turns: the earlier turns that asked something, in order.
        """
        if not turns or len(text) > LONGEST_FOLLOW_UP or text.lstrip().startswith("/"):
            return ()
        said = self._reader.read(text)
        last = self._read(turns[-1])
        if not last.has_content:
            return ()
        proposed = self._replaced(said, last, turns) or self._leaning(said, last)
        lost = _failed(turns[-1]) or not last.topics()
        if not any(reading.sure for reading in proposed) and len(turns) > 1 and lost:
            # What was asked in between led nowhere: the talk may go on where it was before.
            proposed = [*proposed[:1], *self._without_topic(said, self._read(turns[-2]))]
        elif proposed and proposed[0].sure and len(turns) > 1:
            proposed = [*proposed[: READINGS - 1], *self._another_thing(said, last, turns[-2])]
        once = {reading.question: reading for reading in reversed(proposed)}
        return tuple(
            reading
            for reading in reversed(once.values())
            if reading.question != said.text and len(reading.question) <= LONGEST_QUESTION
        )[:READINGS]

    def _replaced(self, said: Utterance, last: Utterance, turns: Sequence[Turn]) -> list[Reading]:
        """Readings with what is meant in the place of a word that stands for it."""
        deictic = find_deictic(said, self._reader)
        if deictic is None:
            return []
        found = []
        for antecedent in self._antecedents.of(deictic, turns[-TURNS_BACK:])[:READINGS]:
            meant = self._reader.read(put_in(said, deictic, antecedent))
            slot = self._as_for(meant, last)
            core = _core(meant.text)
            found += slot or [Reading(core, True, antecedent, _core(said.text))]
        return found

    def _leaning(self, said: Utterance, last: Utterance) -> list[Reading]:
        """Readings of a text without a word that stands for something."""
        return self._as_for(said, last) or self._bare(said, last) or self._without_topic(said, last)

    # 「那城东区呢」

    def _as_for(self, said: Utterance, last: Utterance) -> list[Reading]:
        """Readings of 「那X呢」: X takes the place of something of its kind."""
        new = self._other(said, last)
        if new is None:
            return []
        aligned = _aligned(new.text, last.text)
        if aligned:
            question = last.text[: aligned.start] + new.text + last.text[aligned.end :]
            return [Reading(_stripped(question), True, "", new.text)]
        kinds = {piece.kind for piece in last.pieces}
        parts = (*new.pieces, *new.actions)
        several = len(parts) > 1 and ("的" in new.text or all(part.kind in kinds for part in parts))
        if several and len({part.kind for part in parts}) > 1:
            questions = self._with_several(new, last)
        else:
            kind = parts[-1].kind
            questions = self._with_one(Mention(new.text, kind, 0, len(new.text)), last)
        return [Reading(question, True, "", new.text) for question in questions]

    def _other(self, said: Utterance, last: Utterance) -> Utterance | None:
        """The X of 「那X呢」, 「换成X」, and of 「X有多少」 where the same was asked before."""
        core = _LEAD_IN.sub("", said.text)
        tail = _AS_FOR.search(core)
        head = _INSTEAD.match(core)
        if head or (tail and ("呢" in tail.group() or core != said.text)):
            new = self._reader.read(
                core[head.end() if head else 0 : tail.start() if tail else None].strip()
            )
            new = self._reader.read(_TAIL.sub("", new.text).removesuffix("的"))
        else:
            new = self._asked_the_same(said, last)
        if not new.has_content or new.asking or _ADDRESSED.search(new.text):
            return None
        clause = new.actions and len((*new.pieces, *new.actions)) > 1
        return None if clause and not _aligned(new.text, last.text) else new

    def _asked_the_same(self, said: Utterance, last: Utterance) -> Utterance:
        """The name of 「城东区有多少」 after 「城西区有多少志愿者」; else an empty utterance."""
        core = _core(said.text)
        alone = len(said.pieces) == 1 and not said.actions
        same = said.asked == last.asked and said.kind is last.kind and said.asked
        if alone and same and core.startswith(said.pieces[0].text):
            name = said.pieces[0]
            rest = core[name.end :].removesuffix(said.asked)
            # 「张海霞是谁」 and 「石桥在哪里」 ask all there is to ask.
            whole = name.kind is Kind.PERSON or last.kind is AnswerCategory.PLACE
            if (
                not whole
                and _LINK.fullmatch(rest)
                and any(_is_parallel(name, piece) for piece in last.unfocused())
            ):
                return self._reader.read(name.text)
        return self._reader.read("")

    def _with_one(self, new: Mention, last: Utterance) -> list[str]:
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
        ranked = sorted(
            ((_fit(new, target, last), target) for target in targets),
            key=lambda one: (-one[0], one[1].start - one[1].end),
        )
        best = ranked[0][0] if ranked else 0
        if new.text in {target.text for target in targets}:
            return [last.text]  # 「这个区呢」 after a question on it
        found = [
            self._put(new, target, last)
            for likeness, target in ranked
            if likeness >= max(best - 1, 1)
        ][:2]
        if best <= VAGUELY_ALIKE and new.kind not in (Kind.TIME, Kind.PLACE):
            about = self._about(new.text, last)
            # 「谁」 is not asked of a thing; 「跳高呢」 tells another thing that is done.
            first = last.kind is AnswerCategory.PERSON and not is_role(new.text)
            noun = not self._reader.read(new.text).actions
            found = [about, *found] if first and noun else [*found, about]
        return found or [f"{new.text}{_stripped(last.text)}"]

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
        things = [piece.text for piece in new.things]
        if things and text.focus is not None and len(things) == 1:
            start, end = text.focus.start, text.focus.end
            return [text.text[:start] + things[0] + text.text[end:], new.text]
        if things or text is last:
            whole = Mention(new.text, Kind.THING, 0, len(new.text))
            return [*(self._put(whole, target, last) for target in last.things[:1]), new.text]
        return [text.text]

    def _targets(self, new: Mention, last: Utterance) -> list[Mention]:
        """What may give way: the pieces of the last question, and the words of its things."""
        if not last.pieces:
            return list(last.actions)
        words = [
            Mention(word.text, Kind.THING, word.start, word.end)
            for word in self._reader.words(last.text)
            if any(thing.start <= word.start and word.end <= thing.end for thing in last.things)
        ]
        shown = [Mention(last.text[w.start : w.end], w.kind, w.start, w.end) for w in words]
        phrases = [
            phrase
            for phrase in last.phrases()
            if phrase in last.pieces
            or not _is_asked(phrase, last)
            or phrase.text[-1] == new.text[-1]
        ]
        return list(dict.fromkeys((*phrases, *last.pieces, *last.unfocused(), *shown)))

    def _put(self, new: Mention, target: Mention, last: Utterance) -> str:
        """The last question with `new` in the place of `target`."""
        if last.kind is AnswerCategory.QUANTITY and is_role(new.text) and _is_asked(target, last):
            return self._about(new.text, last)  # 「多少」 does not go with one person
        return _stripped(last.text[: target.start] + new.text + last.text[target.end :])

    def _about(self, thing: str, last: Utterance) -> str:
        """Another thing of the same topic: 「城西区的宣传部长是谁」."""
        about = last.focused_on(thing)
        return f"{about}是谁" if is_role(thing) else about

    def _another_thing(self, said: Utterance, last: Utterance, before: Turn) -> list[Reading]:
        """「食堂呢」 after a question on the headmaster may be asked of the school before."""
        new = self._other(said, last)
        if new is None or new.names or not new.things:
            return []
        return [Reading(self._about(new.text, self._read(before)), True, "", new.text)]

    def _read(self, turn: Turn) -> Utterance:
        return self._reader.read(turn.understood)

    # 「为什么」

    def _bare(self, said: Utterance, last: Utterance) -> list[Reading]:
        """Readings of a text that only asks: it asks so of what was asked before."""
        core = _core(said.text)
        if said.names or not said.asking or _ADDRESSED.search(core):
            return []
        asked = _BARE_TAIL.sub("", _BARE.sub("", core))
        known = said.kind is not None or re.fullmatch("为什么|为何|怎么|怎样|如何", said.asked)
        if not known or (asked and self._reader.read(asked).has_content):
            return []
        core = _OF_MATTER.sub("", re.sub("^[这那]", "", core))
        reason = re.match("为什么|为何", said.asked)
        wholes = [last.everything(), *last.topics()]
        return [
            Reading(f"{core}{whole}" if reason else f"{whole}{core}", True, whole, "")
            for whole in dict.fromkeys(wholes)
        ]

    # 「宣传部长是谁」

    def _without_topic(self, said: Utterance, last: Utterance) -> list[Reading]:
        """Readings of a text that has no topic of its own: it may be about the last one."""
        core = _core(said.text)
        own = self._reader.read(core)
        if not own.has_content or own.leads_with_name() or _ADDRESSED.search(core):
            return []
        topic = [piece for piece in last.unfocused() if piece.kind is Kind.THING]
        if any(_stands_for(thing, piece) for thing in own.things for piece in topic):
            return []  # it says again what it is about, or another of its kind
        role = own.focus is not None and is_role(own.focus.of(own.text))
        topics = last.topics() if own.things else last.subjects()
        if role:
            # Who holds an office is asked of a place, not of what was done there.
            topics = last.topics(timed=False)
            topics.sort(key=lambda topic: topic[-1] not in DISTRICT)
        return [
            Reading(_joined(topic, own), False, topic, core)
            for topic in topics
            if topic not in core
        ][:2]


def _aligned(new: str, last: str) -> Span | None:
    """What of a question begins and ends as `new` does: 「远行十号」 for 「远行十一号」."""
    start = last.find(new[:2]) if len(new) > 2 else -1
    end = last.find(new[-1], start + 2, start + len(new) + 1) + 1
    found = start >= 0 and end > 0 and last[start:end] != new
    return Span(start, end) if found and new not in last else None


def _is_parallel(new: Mention, piece: Mention) -> bool:
    """Whether two pieces are surely of a kind: two names of places, 内科 and 外科."""
    if new.kind is not piece.kind:
        return False
    return new.kind is not Kind.THING or new.text[-1] == piece.text[-1]


def _is_asked(target: Mention, last: Utterance) -> bool:
    """Whether a piece of the last question holds what it asked about."""
    focus = last.focus
    return focus is not None and target.start < focus.end and focus.start < target.end


def _stands_for(new: Mention, piece: Mention) -> bool:
    """Whether a thing is another's like, 一号线 of 二号线, or the same."""
    ending = _shared(new.text[::-1], piece.text[::-1])
    return ending >= 1 and len(new.text) == len(piece.text)


def _is_person(target: Mention, last: Utterance) -> bool:
    """Whether a piece may give way to a sort of people: another, or what was counted."""
    named = target.kind is Kind.PERSON or is_person(target.text) or is_role(target.text)
    return named or _is_asked(target, last)


def _fit(new: Mention, target: Mention, last: Utterance) -> int:
    """Likeness, and a little more for what was asked about."""
    likeness = _likeness(new, target)
    return likeness + _is_asked(target, last) if likeness else 0


def _likeness(new: Mention, target: Mention) -> int:
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
    if same:
        return (6 if new.kind in PROPER else 2) + alike
    return alike + 1 if (new.kind, target.kind) in _KIN else alike * (ending > 0)


def _shared(one: str, other: str) -> int:
    """How many characters two texts begin with together."""
    return next(
        (at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b),
        min(len(one), len(other)),
    )


def _failed(turn: Turn) -> bool:
    return isinstance(turn.result, NoAnswer)


def _core(text: str) -> str:
    """A text without what leads over to it, and without particles at its end."""
    return _TAIL.sub("", _LEAD_IN.sub("", text))


def _stripped(text: str) -> str:
    return _TAIL.sub("", text)


def _joined(topic: str, own: Utterance) -> str:
    """The topic before a question; 的 keeps the two from being read as one word."""
    begins = next(iter(own.pieces), None)
    noun = begins is not None and begins.start == 0 and begins.kind is Kind.THING
    done = begins is not None and own.text[begins.end : begins.end + 1] in ("了", "过", "着")
    return (
        f"{topic}的{own.text}"
        if noun and not done and not topic.endswith("的")
        else f"{topic}{own.text}"
    )
