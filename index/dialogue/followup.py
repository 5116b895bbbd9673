"""「那城东区呢」: what a question may mean that leans on the turns before it.

`FORMS` says which forms of a text lean, and how. This module only proposes readings;
`index.dialogue.conversation` decides by the evidence.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter

from index.analysis.simplified import simple, without
from index.dialogue.anaphora import Antecedents, find_anaphor, put_in
from index.dialogue.substitution import (
    MARKS,
    PROPERTY,
    Substitution,
    aligned,
    is_parallel,
    stripped,
)
from index.dialogue.utterance import MEASURE, Utterance, UtteranceReader, is_role
from index.model import MISSES, NoAnswer, RefusalReason, Span, Turn
from index.query.answer_type import AnswerCategory
from index.query.entities import DISTRICT, PROPER, Entity, Kind
from index.query.question import LONGEST_QUESTION

LONGEST_FOLLOW_UP = 60
"""Characters. Who writes more says what is meant."""
READINGS = 3
"""Readings that are proposed at most."""
LONGEST_DEED = 3
"""Characters of a verb that says of what 怎么 asks."""
TURNS_BACK = 3
"""Turns that are looked through for what a word such as 他 stands for."""

_MORE = re.compile(
    rf"{MARKS}(?:(?:那么?|请问|嗯|好的?|ok){MARKS})?"
    "(?:还有(?:没有|什么|哪些|别的|其他的?|更多的?|一些)*|有没有(?:别的|其他的?|更多的?)|更多的?|多一点|多来(?:点|几条)"
    "|再来(?:一?[个条处段]|点|一些)|下一?[个条处段篇页]|继续(?:说|讲|看)?|接着(?:说|讲|看)?|然后|后来"
    "|别的|其他的?|其余的?|除此之外|此外|more|next|go on|continue)"
    rf"(?:内容|结果|原文|信息|段落)?[吗呢么吧啊呀]*{MARKS}",
    re.IGNORECASE,
)
_LEAD_IN = re.compile(
    rf"^{MARKS}(?:(?:那么|那(?![个些里儿边位年天时种座家所条项款部场次届件支栋幢名间])|请问|好的?(?=[,\uff0c])|嗯|哦|行|谢谢|明白了?|知道了|对了|另外|还有|顺便问一?下|再问一?下|我?想问一?下)(?!$){MARKS})+"
)
_INSTEAD = re.compile(r"^(?:换成|换做|换|改成|改为|如果是|要是|假如是|再看看?|再查查?)")
_AS_FOR = re.compile(
    rf"(?:的话|的情况|那边|方面)?(?:呢|怎么?样|如何|又是多少|又怎么?样|又如何)[呢啊呀]?{MARKS}$"
)
_ELIDED = re.compile(rf"([^的]+)的[是有]?(?:谁|多少|几个|什么|哪个){MARKS}$")
"""A noun is left out that was said before: 「城北区的是谁」."""
_DEFINES = re.compile("^(?:什么|啥)[是叫]|^何[为谓]|(?:什么意思|指什么)$")
"""What a word means is asked of the word alone."""
_LINK = re.compile("(?:[是有在为又的]|一共|总共|大概)*")
"""What may stand between a name and an asking word without telling anything."""
_BARE_TAIL = re.compile(
    r"(?:的时候|的事情?|的事儿|回事|发生的?|开始的?|结束的?|举行的?|时候|时间|地方|人|钱|个|次|块|元|[的了呢吗啊呀吧])*+$"
)
_LIGHT = (
    "可不可以|能不能|可以|需要|一共|总共|大概|具体|最[多少快]|准备|提交|开始|结束|截止|咨询|联系|办理|领取|办[好完]|拿到|上班|下班|营业|开门|关门"
    "|免费|收费|要钱|材料|证件|手续|东西|电话|号码|窗口|地方|时间|时候|没有"
    "|[要得能会是在去到从有又都还也的了过给由用花收交带办领拿取退报送好完开关弄做干修走坐找打问钱人]"
)
"""Words that name nothing to look for."""
_ONLY_LIGHT = re.compile(f"(?:{_LIGHT}|{MARKS[:-1]}|[证天日年月次号点吗呢么啊呀吧])*+")
_LIGHT_WORD = re.compile(f"(?:{_LIGHT}|[罚赔补扣多]|投资|投入|花费)+")
_LIGHT_HEAD = re.compile(f"^(?:{_LIGHT}|[罚赔补扣])+")
_OF_MATTER = re.compile("的?(?:事情?|事儿|回事)$")
_ASKS_AT_END = re.compile(rf"(?:[吗么不没]|[?\uff1f]){MARKS}$")
_ADDRESSED = re.compile("[你您我咱]")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text may mean.

    Attributes:
        question: a question that stands alone.
        inherited: what was taken from earlier turns.
        own: the text without what stands for something else.
        sure: the form of the text says that it leans; else only the evidence can.
    """

    question: str
    inherited: str
    own: str
    sure: bool = True


def asks_for_more(text: str) -> bool:
    """Whether a text asks only for further passages of the last answer: 「还有吗」."""
    return _MORE.fullmatch(simple(text)) is not None


def said_something(turn: Turn) -> bool:
    """Whether a turn asked something that a later one may lean on: 「谢谢」, 「你真棒」 did not."""
    if not isinstance(turn.result, NoAnswer):
        return True
    missed = (*MISSES, RefusalReason.NO_MORE)
    return turn.result.reason in missed and not _ADDRESSED.search(turn.understood)


@dataclass(frozen=True, slots=True)
class Talk:
    """The turns before a text that asked something, and the question among them it may lean on."""

    turns: Sequence[Turn]
    last: Utterance


class FollowUps:
    """Proposes readings. Make one and share it."""

    def __init__(self, reader: UtteranceReader) -> None:
        self._reader = reader
        self._antecedents = Antecedents(reader)
        self._substitution = Substitution(reader)

    def readings(self, turns: Sequence[Turn], text: str) -> tuple[Reading, ...]:
        """Returns what `text` may mean after `turns`, likeliest first; empty if it stands alone.

        Args:
            turns: the earlier turns that asked something, in order.
        """
        if not turns or len(text) > LONGEST_FOLLOW_UP or text.lstrip().startswith("/"):
            return ()
        utterance = self._reader.read(text)
        last = self._last_alike(utterance, self._read(turns[-1]), turns)
        talk = Talk(turns, last)
        by_form = ((form, list(form.readings(self, utterance, talk))) for form in FORMS)
        form, proposed = next(filter(itemgetter(1), by_form), (FORMS[-1], []))
        if form.sure and len(turns) > 1:
            proposed = [*proposed[: READINGS - 1], *self._another_thing(utterance, last, turns[-2])]
        elif len(turns) > 1 and (isinstance(turns[-1].result, NoAnswer) or not last.topics()):
            # What was asked in between led nowhere: the talk may go on where it was before.
            before = self._without_topic(utterance, self._read(turns[-2]))
            proposed = [*proposed[:1], *before]
        once = {reading.question: replace(reading, sure=form.sure) for reading in proposed[::-1]}
        return tuple(
            reading
            for reading in reversed(once.values())
            if reading.question != utterance.text and len(reading.question) <= LONGEST_QUESTION
        )[:READINGS]

    def pointing(self, utterance: Utterance, talk: Talk) -> Iterator[Reading]:
        """Yields readings with what is meant in the place of a word that stands for it."""
        anaphor = find_anaphor(utterance, self._reader)
        if anaphor is None:
            return
        for antecedent in self._antecedents.of(anaphor, talk.turns[-TURNS_BACK:])[:READINGS]:
            meant = self._reader.read(put_in(utterance, anaphor, antecedent))
            plain_reading = Reading(_core(meant.text), antecedent, _core(utterance.text))
            yield from list(self.as_for(meant, talk)) or [plain_reading]

    # 「那城东区呢」

    def as_for(self, utterance: Utterance, talk: Talk) -> Iterator[Reading]:
        """Yields readings of 「那X呢」: X takes the place of something of its kind."""
        last = talk.last
        if new := self._other(utterance, last):
            elided = utterance.text.startswith("的", utterance.text.rfind(new.text) + len(new.text))
            for question in self._substitution.filled(new, last, elided):
                yield Reading(question, "", new.text)

    def clause(self, utterance: Utterance, talk: Talk) -> Iterator[Reading]:
        """Yields readings of 「乱倒污水呢」, where X tells what somebody does."""
        last = talk.last
        core = without(_LEAD_IN, utterance.text)
        tail = re.search(f"的?呢{MARKS}$", core)
        new = self._reader.read(core[: tail.start()] if tail else "")
        if not new.actions or new.names or new.asking or not last.asking:
            return
        if _ADDRESSED.search(new.text) or last.kind is not AnswerCategory.QUANTITY:
            return
        stretch = self._stretch(last)
        topic = "" if self._reader.is_clause(stretch) else stretch
        begins = last.text[: last.asking[0].start].startswith(stretch)
        rest = last.text[len(stretch) :] if begins else last.text
        # 「一针」 is not all of it
        yield Reading(stripped(f"{topic}{new.text}{without(MEASURE, rest)}"), "", new.text)

    def _last_alike(
        self, utterance: Utterance, last: Utterance, turns: Sequence[Turn]
    ) -> Utterance:
        """Returns the question that 「那城东区呢」 leans on: mostly the last one.

        After one on nobody but a person, it is the last that spoke of such a thing: a person has
        no like among places, and no 「亚军」.
        """
        new = self._other(utterance, last)
        if new is None or len(new.pieces) != 1 or new.actions or not _only_persons(last):
            return last
        piece = new.pieces[0]
        if (piece.kind not in PROPER or piece.kind is Kind.PERSON) and not is_role(piece.text):
            return last
        earlier = (self._read(turn) for turn in reversed(turns[-TURNS_BACK:]))
        alike = (asked for asked in earlier if _speaks_of_such(asked, piece))
        return next(alike, last)

    def _other(self, utterance: Utterance, last: Utterance) -> Utterance | None:
        """Returns the X of 「那X呢」, 「换成X」, and of 「X有多少」 where that was asked."""
        core = without(_LEAD_IN, utterance.text)
        tail = _AS_FOR.search(simple(core))
        head = _INSTEAD.match(simple(core))
        elided = _ELIDED.match(simple(core))
        if head or (tail and ("呢" in tail.group() or core != utterance.text)):
            named = core[head.end() if head else 0 : tail.start() if tail else None].strip()
            named = stripped(named)
            noun = named.removesuffix("的")
            is_noun = noun != named  # 直播带货 of 「直播带货的呢」
            new = (
                self._reader.read_as_noun(noun)
                if is_noun
                else self._as_noun(self._reader.read(noun))
            )
        elif "那" in utterance.text.removesuffix(core) and utterance.names and not utterance.asking:
            new = self._reader.read(stripped(core))  # 「那么城东区」
        elif elided:
            new = self._reader.read(core[: elided.end(1)])
        else:
            new = self._asked_the_same(utterance, last)
        if not new.has_content or new.asking or _ADDRESSED.search(new.text):
            return None
        clause = new.actions and len((*new.pieces, *new.actions)) > 1
        return None if clause and not aligned(new.text, last.text) else new

    def _as_noun(self, new: Utterance) -> Utterance:
        """Returns X as the name of something, unless it tells what somebody does.

        A verb behind a noun names what is done with it: 「楼道粉刷」, 「城东区的投入」. 「费用」
        alone says nothing to look for, but here it says what is asked.
        """
        verbs = new.actions
        alone = len(verbs) == 1 and not new.pieces
        begins = new.pieces and verbs and verbs[0].start == 0
        tells = alone or begins or any(len(v.text) == 1 for v in verbs)
        if new.asking or not new.text or (new.has_content and (not verbs or tells)):
            return new
        return self._reader.read_as_noun(new.text)

    def _asked_the_same(self, utterance: Utterance, last: Utterance) -> Utterance:
        """Returns the name of 「城东区有多少」 where the same was asked; else nothing."""
        core = _core(utterance.text)
        name = utterance.pieces[0] if len(utterance.pieces) == 1 and not utterance.actions else None
        same = utterance.asked == last.asked and utterance.kind is last.kind and utterance.asked
        is_same = (
            name
            and same
            and core.startswith(name.text)
            # 「张海霞是谁」 and 「石桥在哪里」 ask all there is to ask.
            and not (name.kind is Kind.PERSON or last.kind is AnswerCategory.PLACE)
            and _LINK.fullmatch(core[name.end :].removesuffix(utterance.asked))
            and any(is_parallel(name, piece) for piece in last.unfocused())
        )
        return self._reader.read(name.text if name and is_same else "")

    def _another_thing(self, utterance: Utterance, last: Utterance, before: Turn) -> list[Reading]:
        """Takes 「食堂呢」 after a question on the headmaster for one on the school before."""
        new = self._other(utterance, last)
        if new is None or new.names or not new.things or aligned(new.text, last.text):
            return []
        return [Reading(self._substitution.about(new.text, self._read(before)), "", new.text)]

    def _stretch(self, question: Utterance) -> str:
        """Returns what a question speaks of: 补办身份证 of 「补办身份证要多少钱」."""
        text = question.text
        if not question.asking:
            return self._without_light_tail(stripped(text).rstrip("吗么呢"))
        first, last = question.asking[0], question.asking[-1]
        before = MEASURE.sub("", text[: first.start])
        before = self._without_light_tail(before.removesuffix("在"))
        after = stripped(text[last.end :])
        if question.kind is AnswerCategory.METHOD and before and len(after) <= LONGEST_DEED:
            return before + after  # 「低保怎么申请」
        return before or without(_LIGHT_HEAD, after)

    def _without_light_tail(self, text: str) -> str:
        """Returns a text without the words at its end that name nothing to look for."""
        ends = [
            word.end
            for word in self._reader.cut(text)
            if not _LIGHT_WORD.fullmatch(simple(word.text))
        ]
        return text[: ends[-1]] if ends else ""

    def _read(self, turn: Turn) -> Utterance:
        return self._reader.read(turn.understood)

    # 「为什么」

    def bare(self, utterance: Utterance, talk: Talk) -> Iterator[Reading]:
        """Yields readings of a text that only asks: it asks so of what was asked before."""
        last = talk.last
        core = _core(utterance.text)
        if utterance.names or not utterance.asking or _ADDRESSED.search(core):
            return
        asked = _BARE_TAIL.sub("", simple(core))
        if utterance.kind is None or (asked and self._reader.read(asked).has_content):
            return
        core = without(_OF_MATTER, core)
        reason = utterance.asked.startswith(("为什么", "为何"))
        for topic in dict.fromkeys((last.everything(), *last.topics())):
            yield Reading(f"{core}{topic}" if reason else f"{topic}{core}", topic, "")

    # 「要带什么」

    def light(self, utterance: Utterance, talk: Talk) -> Iterator[Reading]:
        """Yields readings of a text that names nothing to look for: it asks of the last topic."""
        core = _core(utterance.text)
        own = self._reader.read(core)
        times = [Span(piece.start, piece.end) for piece in own.pieces if piece.kind is Kind.TIME]
        rest = simple(core)
        for span in (*own.asking, *times):
            rest = rest[: span.start] + " " * (span.end - span.start) + rest[span.end :]
        told = _LINK.fullmatch(rest.replace(" ", "")) and (times or own.kind is None)
        if _ONLY_LIGHT.fullmatch(rest) and not told:
            yield from self._of_topic(own, talk.last)

    def thingless(self, utterance: Utterance, talk: Talk) -> Iterator[Reading]:
        """Yields readings of a text that only says what is done: perhaps with the last topic."""
        own = self._reader.read(_core(utterance.text))
        if own.names_nothing():
            yield from self._of_topic(own, talk.last)

    def _of_topic(self, own: Utterance, last: Utterance) -> Iterator[Reading]:
        if own.names or not (own.asking or _ASKS_AT_END.search(simple(own.text))):
            return
        stretch = "" if _asks_for_role(last) else self._stretch(last)
        for topic in filter(None, dict.fromkeys((stretch, *last.topics()))):
            yield Reading(f"{topic}{own.text}", topic, own.text)

    # 「宣传部长是谁」

    def topicless(self, utterance: Utterance, talk: Talk) -> Iterator[Reading]:
        """Yields readings of a text that has no topic of its own: it may be about the last one.

        The time that a question asked about which leaned itself (「周一开不开」) is not taken over.
        """
        before = talk.turns[-1]
        timed = (
            before.understood == before.question or not self._reader.read(before.question).asking
        )
        yield from self._without_topic(utterance, talk.last, timed)

    def _without_topic(
        self, utterance: Utterance, last: Utterance, timed: bool = True
    ) -> list[Reading]:
        core = _core(utterance.text)
        own = self._reader.read(core)
        role = _asks_for_role(own)
        if not own.has_content or own.leads_with_name() or _ADDRESSED.search(core):
            return []
        # 「创城的目标是什么」 says by itself what it is about
        if own.names_owner() or _DEFINES.search(simple(core)):
            return []
        if not role and own.kind is not AnswerCategory.PERSON and _is_complete(own, last):
            return []
        if not role and not own.asking and not _ASKS_AT_END.search(simple(utterance.text)):
            return []  # a bare keyword is a new topic
        topics = last.topics(timed) if own.things else last.subjects(timed)
        counted = last.focus and last.asking and last.focus.start > last.asking[0].start
        if own.asking and not own.asking[0].start and not (last.leads_with_name() or counted):
            topics = [self._stretch(last), *topics]
        if role:
            # Who holds an office is asked of a place, not of what was done there.
            bodies = tuple(name.text for name in last.names if name.kind is Kind.BODY)
            topics = sorted(
                last.topics(timed=False),
                key=lambda topic: simple(topic)[-1] not in DISTRICT and not topic.endswith(bodies),
            )
        return [
            Reading(_joined(topic, own), topic, core)
            for topic in topics
            if topic not in core
            and len(topic) > 1
            and ("的" in topic or topic in last.text or not any(map(last.is_adverbial, last.names)))
        ][:2]


@dataclass(frozen=True, slots=True)
class Form:
    """A form of text that leans on the question before.

    Attributes:
        example: such a text.
        takes: what it takes over from that question.
        replaces: what of that question it takes the place of, if anything.
        sure: the form alone says that the text leans; else only the evidence can.
        readings: what a text may mean, if it has this form.
    """

    example: str
    takes: str
    replaces: str
    sure: bool
    readings: Callable[[FollowUps, Utterance, Talk], Iterator[Reading]]


FORMS = (
    Form("它什么时候建成", "what the word stands for", "", True, FollowUps.pointing),
    Form("那城东区呢", "the question", "what is most like it", True, FollowUps.as_for),
    Form("乱倒污水呢", "what is asked", "what was done", True, FollowUps.clause),
    Form("为什么", "all that was told", "what was asked", True, FollowUps.bare),
    Form("要带什么", "the topic", "", True, FollowUps.light),
    Form("宣传部长是谁", "the topic", "", False, FollowUps.topicless),
    Form("送一回加多少钱", "the topic", "", False, FollowUps.thingless),
)
"""The forms of texts that lean; the first that has a reading counts."""


def _speaks_of_such(question: Utterance, piece: Entity) -> bool:
    """Whether a question names something of a piece's kind, or no person where that is a role."""
    kinds = {name.kind for name in question.names}
    return Kind.PERSON not in kinds if is_role(piece.text) else piece.kind in kinds


def _only_persons(question: Utterance) -> bool:
    return {name.kind for name in question.names} == {Kind.PERSON}


def _asks_for_role(question: Utterance) -> bool:
    focus = question.focus
    return focus is not None and is_role(focus.of(question.text))


def _is_complete(own: Utterance, last: Utterance) -> bool:
    """Whether a question says of what it asks: 「志愿者哪天包饺子」.

    After a topic without a name, only what begins with a verb or asks for a single property
    leans: 「停了多久」, 「株高多少」.
    """
    first = min((*own.pieces, *own.actions), key=lambda part: part.start)
    asked = own.asking[0].start if own.asking else len(own.text)
    if first.start or not asked:
        return False
    if first in own.pieces and any(action.start > asked for action in own.actions):
        return True
    if last.leads_with_name() or first in own.actions:
        return False
    between = own.text[first.end : asked]
    return not PROPERTY.fullmatch(simple(first.text)) and (own.asked != "几" or between != "")


def _core(text: str) -> str:
    """Returns a text without what leads over to it, and without particles at its end."""
    return stripped(without(_LEAD_IN, text))


def _joined(topic: str, own: Utterance) -> str:
    """Returns the topic before a question; 的 keeps the two from being read as one word."""
    begins = next(iter(own.pieces), None)
    noun = begins is not None and begins.start == 0 and begins.kind is Kind.THING
    return f"{topic}的{own.text}" if noun and not topic.endswith("的") else f"{topic}{own.text}"
