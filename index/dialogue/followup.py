"""「那城东区呢」: what a question may mean that leans on the turns before it.

This module only proposes readings; `index.dialogue.conversation` decides by the evidence.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from index.analysis.simplified import simple, without
from index.dialogue.anaphora import Antecedents, find_anaphor, put_in
from index.dialogue.entities import DISTRICT, PROPER, Entity, Kind
from index.dialogue.substitution import (
    MARKS,
    PROPERTY,
    Substitution,
    aligned,
    is_parallel,
    shared,
    stands_for,
    stripped,
)
from index.dialogue.utterance import MEASURE, Utterance, UtteranceReader, is_role
from index.model import MISSES, NoAnswer, RefusalReason, Span, Turn
from index.query.answer_type import AnswerCategory
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
_TELLS = re.compile("[了着过在把被给是有]")
"""What stands in a text that tells what somebody does, and hardly in the name of something."""
_LINK = re.compile("(?:[是有在为又的]|一共|总共|大概)*")
"""What may stand between a name and an asking word without telling anything."""
_BARE = re.compile(
    r"^(?:[这那])?(?:是|在|有|为|从|到|由|都|又|会|要|去|具体|大概|到底|究竟|一共|总共)*+"
)
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
_MODAL = re.compile("(?:能|可以|可不可以|能不能|可否)")
_LIGHT_WORD = re.compile(f"(?:{_LIGHT}|[罚赔补扣多]|投资|投入|花费)+")
_DONE = re.compile("[了过]")
_REACHES = re.compile("[到于在]?")
_LIGHT_HEAD = re.compile(f"^(?:{_LIGHT}|[罚赔补扣])+")
_OF_MATTER = re.compile("的?(?:事情?|事儿|回事)$")
_THIS = re.compile("^[这那]")
_ASKS_AT_END = re.compile(rf"(?:[吗么不没]|[?\uff1f]){MARKS}$")
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
    return _MORE.fullmatch(simple(text)) is not None


def said_something(turn: Turn) -> bool:
    """Whether a turn asked something that a later one may lean on: 「谢谢」, 「你真棒」 did not."""
    if not isinstance(turn.result, NoAnswer):
        return True
    missed = (*MISSES, RefusalReason.NO_MORE)
    return turn.result.reason in missed and not _ADDRESSED.search(turn.understood)


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
        last = self._read(turns[-1])
        if not last.has_content:
            return ()
        last = self._last_alike(utterance, last, turns)
        proposed = self._replaced(utterance, last, turns) or self._leaning(
            utterance, last, self._leaned(turns[-1])
        )
        lost = _failed(turns[-1]) or not last.topics()
        if not any(reading.sure for reading in proposed) and len(turns) > 1 and lost:
            # What was asked in between led nowhere: the talk may go on where it was before.
            proposed = [*proposed[:1], *self._without_topic(utterance, self._read(turns[-2]))]
        elif proposed and proposed[0].sure and len(turns) > 1:
            proposed = [*proposed[: READINGS - 1], *self._another_thing(utterance, last, turns[-2])]
        once = {reading.question: reading for reading in reversed(proposed)}
        return tuple(
            reading
            for reading in reversed(once.values())
            if reading.question != utterance.text and len(reading.question) <= LONGEST_QUESTION
        )[:READINGS]

    def _replaced(
        self, utterance: Utterance, last: Utterance, turns: Sequence[Turn]
    ) -> list[Reading]:
        """Returns readings with what is meant in the place of a word that stands for it."""
        anaphor = find_anaphor(utterance, self._reader)
        if anaphor is None:
            return []
        readings = []
        for antecedent in self._antecedents.of(anaphor, turns[-TURNS_BACK:])[:READINGS]:
            meant = self._reader.read(put_in(utterance, anaphor, antecedent))
            topic_readings = self._as_for(meant, last)
            core = _core(meant.text)
            readings += topic_readings or [Reading(core, True, antecedent, _core(utterance.text))]
        return readings

    def _leaned(self, turn: Turn) -> bool:
        """Whether a turn asked something of a topic that it took over: 「周一开不开」."""
        leaned = turn.understood != turn.question
        return leaned and bool(self._reader.read(turn.question).asking)

    def _leaning(self, utterance: Utterance, last: Utterance, leaned: bool) -> list[Reading]:
        """Returns readings of a text without a word that stands for something."""
        return (
            self._as_for(utterance, last)
            or self._bare(utterance, last)
            or self._light(utterance, last)
            or self._without_topic(utterance, last, leaned)
        )

    # 「那城东区呢」

    def _as_for(self, utterance: Utterance, last: Utterance) -> list[Reading]:
        """Returns readings of 「那X呢」: X takes the place of something of its kind."""
        new = self._other(utterance, last)
        if new is None:
            return self._clause(utterance, last)
        elided = utterance.text[utterance.text.rfind(new.text) + len(new.text) :].startswith("的")
        questions = self._substitution.filled(new, last, elided)
        return [Reading(question, True, "", new.text) for question in questions]

    def _clause(self, utterance: Utterance, last: Utterance) -> list[Reading]:
        """Returns readings of 「乱倒污水呢」, where X tells what somebody does."""
        core = without(_LEAD_IN, utterance.text)
        tail = re.search(f"的?呢{MARKS}$", core)
        new = self._reader.read(core[: tail.start()] if tail else "")
        if not new.actions or new.names or new.asking or not last.asking:
            return []
        if _ADDRESSED.search(new.text) or last.kind is not AnswerCategory.QUANTITY:
            return []
        before = last.text[: last.asking[0].start]
        stretch = self._stretch(last)
        begins = self._reader.is_clause(stretch)
        topic = "" if begins else stretch
        rest = last.text[len(stretch) :] if before.startswith(stretch) else last.text
        rest = without(MEASURE, rest)  # 「一针」 is not all of it
        return [Reading(stripped(f"{topic}{new.text}{rest}"), True, "", new.text)]

    def _last_alike(
        self, utterance: Utterance, last: Utterance, turns: Sequence[Turn]
    ) -> Utterance:
        """Returns the question that 「那城东区呢」 leans on: mostly the last one.

        After one on nobody but a person, it is the last that spoke of such a thing: a person has
        no like among places, and no 「亚军」.
        """
        new = self._other(utterance, last)
        persons = last.names and all(name.kind is Kind.PERSON for name in last.names)
        if new is None or not persons or len(new.pieces) != 1 or new.actions:
            return last
        piece = new.pieces[0]
        place = piece.kind in PROPER and piece.kind is not Kind.PERSON
        if not place and not is_role(piece.text):
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
            new = self._reader.read(
                core[head.end() if head else 0 : tail.start() if tail else None].strip()
            )
            new = self._reader.read(stripped(new.text).removesuffix("的"))
            new = self._as_noun(new)
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
        tells = alone or begins or _TELLS.search(new.text) or any(len(v.text) == 1 for v in verbs)
        if new.asking or not new.text or (new.has_content and (not verbs or tells)):
            return new
        return self._reader.read_as_noun(new.text)

    def _asked_the_same(self, utterance: Utterance, last: Utterance) -> Utterance:
        """Returns the name of 「城东区有多少」 where the same was asked; else nothing."""
        core = _core(utterance.text)
        alone = len(utterance.pieces) == 1 and not utterance.actions
        same = utterance.asked == last.asked and utterance.kind is last.kind and utterance.asked
        if alone and same and core.startswith(utterance.pieces[0].text):
            name = utterance.pieces[0]
            rest = core[name.end :].removesuffix(utterance.asked)
            # 「张海霞是谁」 and 「石桥在哪里」 ask all there is to ask.
            whole = name.kind is Kind.PERSON or last.kind is AnswerCategory.PLACE
            if (
                not whole
                and _LINK.fullmatch(rest)
                and any(is_parallel(name, piece) for piece in last.unfocused())
            ):
                return self._reader.read(name.text)
        return self._reader.read("")

    def _another_thing(self, utterance: Utterance, last: Utterance, before: Turn) -> list[Reading]:
        """Takes 「食堂呢」 after a question on the headmaster for one on the school before."""
        new = self._other(utterance, last)
        if new is None or new.names or not new.things:
            return []
        if any(stands_for(thing, piece) for thing in new.things for piece in last.unfocused()):
            return []  # 二号线 after 一号线 is asked what that was asked
        return [Reading(self._substitution.about(new.text, self._read(before)), True, "", new.text)]

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

    def _bare(self, utterance: Utterance, last: Utterance) -> list[Reading]:
        """Returns readings of a text that only asks: it asks so of what was asked before."""
        core = _core(utterance.text)
        if utterance.names or not utterance.asking or _ADDRESSED.search(core):
            return []
        asked = _BARE_TAIL.sub("", _BARE.sub("", simple(core)))
        known = utterance.kind is not None or re.fullmatch(
            "为什么|为何|怎么|怎样|如何", utterance.asked
        )
        if not known or (asked and self._reader.read(asked).has_content):
            return []
        core = without(_OF_MATTER, without(_THIS, core))
        reason = re.match("为什么|为何", utterance.asked)
        lasts = utterance.asked == "多久" and not _is_of_role(last)
        wholes = [self._stretch(last) if lasts else last.everything(), *last.topics()]
        return [
            Reading(f"{core}{whole}" if reason else f"{whole}{core}", True, whole, "")
            for whole in dict.fromkeys(wholes)
        ]

    # 「要带什么」

    def _light(self, utterance: Utterance, last: Utterance) -> list[Reading]:
        """Returns readings of a text that names nothing to look for: it asks of the last topic."""
        core = _core(utterance.text)
        own = self._reader.read(core)
        if own.names or not (own.asking or _ASKS_AT_END.search(simple(utterance.text))):
            return []
        times = [piece for piece in own.pieces if piece.kind is Kind.TIME]
        rest = _cut_out(simple(core), (*own.asking, *times))
        light = _ONLY_LIGHT.fullmatch(rest) or _MODAL.match(core)
        if not light or (_LINK.fullmatch(rest.replace(" ", "")) and (times or own.kind is None)):
            return []
        stretch = "" if _is_of_role(last) else self._stretch(last)
        return [
            Reading(f"{topic}{core}", True, topic, core)
            for topic in dict.fromkeys((stretch, *last.topics()))
            if topic
        ]

    # 「宣传部长是谁」

    def _without_topic(
        self, utterance: Utterance, last: Utterance, leaned: bool = False
    ) -> list[Reading]:
        """Returns readings of a text that has no topic of its own: it may be about the last one.

        The time that a question asked about which `leaned` itself is not taken over.
        """
        core = _core(utterance.text)
        own = self._reader.read(core)
        if not own.has_content or own.leads_with_name() or _ADDRESSED.search(core):
            return []
        if own.names_owner():
            return []  # 「创城的目标是什么」 says by itself what it is about
        if _DEFINES.search(simple(core)):
            return []
        role = own.focus is not None and is_role(own.focus.of(own.text))
        if not role and own.kind is not AnswerCategory.PERSON and _is_complete(own, last):
            return []
        if not role and not own.asking and not _ASKS_AT_END.search(simple(utterance.text)):
            return []  # a bare keyword is a new topic
        if not role and any(
            thing.text in new.text or shared(thing.text[::-1], new.text[::-1]) > 1
            for thing in last.things
            for new in own.things
            if len(thing.text) > 1
        ):
            return []  # 首班船 after 末班船, 临时身份证 after 身份证
        topic = [piece for piece in last.unfocused() if piece.kind is Kind.THING]
        named = (*own.things, *own.unfocused())  # 一号线 of 「一号线全长多少」 as well
        if not role and any(
            stands_for(thing, piece) or thing.text in piece.text
            for thing in named
            for piece in topic
        ):
            return []  # it says again what it is about, or another of its kind
        topics = last.topics(not leaned) if own.things else last.subjects(not leaned)
        counted = last.focus and last.asking and last.focus.start > last.asking[0].start
        if own.asking and not own.asking[0].start and not (last.leads_with_name() or counted):
            topics = [self._stretch(last), *topics]
        if role:
            # Who holds an office is asked of a place, not of what was done there.
            topics = last.topics(timed=False)
            bodies = tuple(name.text for name in last.names if name.kind is Kind.BODY)
            topics.sort(
                key=lambda topic: simple(topic)[-1] not in DISTRICT and not topic.endswith(bodies)
            )
        return [
            Reading(_joined(topic, own), False, topic, core)
            for topic in topics
            if topic not in core
            and len(topic) > 1
            and ("的" in topic or topic in last.text or not any(map(last.is_adverbial, last.names)))
        ][:2]


def _speaks_of_such(question: Utterance, piece: Entity) -> bool:
    """Whether a question names something of a piece's kind, or asks for a role as the piece is."""
    if piece.kind is not Kind.THING:
        return any(name.kind is piece.kind for name in question.names)
    focus = question.focus
    return focus is not None and is_role(focus.of(question.text)) and not _of_person(question)


def _is_of_role(question: Utterance) -> bool:
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
    if last.leads_with_name():
        return False
    between = own.text[first.end : asked]
    counts = own.kind is AnswerCategory.QUANTITY and own.asked.startswith(("几", "多少"))
    if first in own.actions:
        reaches = _REACHES.fullmatch(between) or any(between == piece.text for piece in own.pieces)
        return not (_DONE.match(between) or (counts and reaches and not own.text.endswith("钱")))
    if len(own.pieces) > 1:
        return True
    return not PROPERTY.fullmatch(simple(first.text)) and (own.asked != "几" or between != "")


def _cut_out(text: str, spans: Iterable[Span | Entity]) -> str:
    """Returns a text with gaps in the place of some of its ranges."""
    for span in spans:
        text = text[: span.start] + " " * (span.end - span.start) + text[span.end :]
    return text


def _of_person(question: Utterance) -> bool:
    return any(name.kind is Kind.PERSON for name in question.names)


def _failed(turn: Turn) -> bool:
    return isinstance(turn.result, NoAnswer)


def _core(text: str) -> str:
    """Returns a text without what leads over to it, and without particles at its end."""
    return stripped(without(_LEAD_IN, text))


def _joined(topic: str, own: Utterance) -> str:
    """Returns the topic before a question; 的 keeps the two from being read as one word."""
    if topic.endswith(own.text[:2]) and len(topic) > 3:
        topic = topic[:-2]  # 高二年级|年级主任
    begins = next(iter(own.pieces), None)
    noun = begins is not None and begins.start == 0 and begins.kind is Kind.THING
    done = begins is not None and own.text[begins.end : begins.end + 1] in ("了", "过", "着")
    return (
        f"{topic}的{own.text}"
        if noun and not done and not topic.endswith("的")
        else f"{topic}{own.text}"
    )
