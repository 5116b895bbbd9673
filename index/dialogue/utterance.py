"""A question taken apart: what it speaks of, what it asks about, and what its topic is."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from index.analysis.dictionary import WordKind
from index.analysis.reader import Term, TextReader
from index.analysis.simplified import simple
from index.model import Span
from index.query.answer_type import AnswerCategory
from index.query.entities import PROPER, SITE, Entity, Kind
from index.query.question import Question, QuestionReader, asking_spans, plain

LOOSE = 100
"""How much commoner than a word its beginning is where the two are put together freely."""
LONG_AS_A_NAME = 5
"""Characters from which a bridge, a lake and the like is hardly told without its name."""
_ADVERBIAL = re.compile("[在到去从往自于对向给跟同比把]$")
"""What makes the name behind it a circumstance rather than the topic."""
_EQUATED = re.compile("(?:是|为|有)(?:多少|几|什么|哪|谁)")
"""What stands behind a noun that is asked about."""
_PEOPLE = re.compile(
    "(?:[人生师员者童民客]|[男女孩弟]子|家长|选手|教授|作家|大夫|夫[妻妇]|两口子?)$"
)
"""A sort of people."""
_COUNTED = re.compile("多少|几")
_CALENDAR = ("天", "年", "月", "日", "周", "号", "次")
"""Measures of time: what follows them is told, not asked for: 「哪天闭馆」."""
_DONE = frozenset("了着过于")
"""What stands behind a verb."""
_NOUN_ENDING = re.compile("[员者站点馆场所室厅处店费率量额数权法证票]$")
"""A single character that makes a noun of the verb before it: 巡护员, 管护站, 绿化率."""
MEASURE = re.compile(
    "[一每](?:个|平)?(?:平方?米?|方?米|学期|季度|小时|分钟|公里|月|年|天|日|周|晚|页|针|次|回|张|本|支|份|斤|亩|人|户|场|盒|趟|吨"
    "|瓶|节|位|度|只|辆|册|件)(?![级号线楼])"
)
"""What a thing is counted by: 「一页多少钱」, 「每人多少」."""
LEVIED = re.compile("[罚报招收交赔补扣打]")
"""A verb of one character before 多少, though the dictionary takes it for a noun."""
_ROLE = re.compile(
    "(?:长|书记|主任|主席|总统|总理|作者|[导主]演|记者|主编|主教练|裁判长|总?经理|总监|创始人|负责人|主持人|发言人|代表人"
    "|冠军|亚军|季军|得主|父亲|母亲|妻子|丈夫)$"
)
"""What one person is, or few are: 「是谁」 is asked of it, and not 「多少」."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """A text, taken apart. All offsets count characters of `text`.

    Attributes:
        text: what was typed, without markup and gaps between Chinese characters.
        pieces: its names and things in order, without overlap; a thing is a run of nouns.
        actions: its verbs, in order.
        focus: the range of the nouns that are asked about; None where there are none.
        asking: where it asks.
        kind: the kind of answer asked for, if it says so.
    """

    text: str
    pieces: tuple[Entity, ...]
    actions: tuple[Entity, ...]
    focus: Span | None
    asking: tuple[Span, ...]
    kind: AnswerCategory | None

    @property
    def names(self) -> tuple[Entity, ...]:
        """Returns the names that say by themselves what is spoken of."""
        return tuple(piece for piece in self.pieces if piece.kind in PROPER)

    @property
    def things(self) -> tuple[Entity, ...]:
        """Returns what is spoken of without a name."""
        return tuple(piece for piece in self.pieces if piece.kind is Kind.THING)

    @property
    def has_content(self) -> bool:
        """Whether there is anything to look for."""
        return bool(self.pieces or self.actions)

    def names_nothing(self) -> bool:
        """Whether it tells what is done, but not with what: 「送一回加多少钱」.

        A verb of two characters may name a matter: 「离婚要什么材料」.
        """
        named = any(len(piece.text) > 1 for piece in self.pieces)
        named = named or any(len(action.text) == 2 for action in self.actions)
        return self.actions != () and not named

    @property
    def asked(self) -> str:
        """Returns the words that ask, as one text."""
        return simple("".join(span.of(self.text) for span in self.asking))

    def is_adverbial(self, piece: Entity) -> bool:
        """Whether a piece tells a circumstance: 「在北京」, 「北京到上海」."""
        from_there = self.text.startswith(("到", "至"), piece.end)
        return from_there or _ADVERBIAL.search(self.text, 0, piece.start) is not None

    def leads_with_name(self) -> bool:
        """Whether a name is the topic: 「张海霞…」, 「谁是张海霞」; not 「在北京住了几年」."""
        named = any(not self.is_adverbial(name) for name in self.names)
        return named or any(_is_like_a_name(thing) for thing in self.things if not thing.start)

    def names_owner(self) -> bool:
        """Whether it says whose the thing is that is asked about: 「创城的目标是什么」."""
        focus = self.focus
        return focus is not None and any(
            self.text[piece.end : focus.start] == "的" and piece.kind is not Kind.TIME
            for piece in (*self.pieces, *self.actions)
        )

    def phrases(self) -> list[Entity]:
        """Returns the runs of touching pieces, each as one: 「云岭市实验中学」."""
        runs: list[Entity] = []
        for piece in self.pieces:
            before = runs[-1] if runs else None
            if before and before.end == piece.start and Kind.TIME not in (before.kind, piece.kind):
                text = self.text[before.start : piece.end]
                runs[-1] = Entity(text, piece.kind, before.start, piece.end)
            else:
                runs.append(piece)
        return runs

    def unfocused(self) -> list[Entity]:
        """Returns the pieces without what is asked about, unless nothing else is the topic."""
        parts = [part for piece in self.pieces if (part := _without(piece, self.focus))]
        if _COUNTED.search(self.asked) or "谁" in self.asked:
            return parts
        if self.kind is AnswerCategory.DATE:
            return list(self.pieces)  # the time is asked for, and told of all the rest
        # 「运动会在哪里举行」, and what is left of 高二年级
        return parts if any(len(part.text) > 1 for part in parts) else list(self.pieces)

    def topics(self, timed: bool = True) -> list[str]:
        """Returns what a question that follows may be about, the most exact first; each once.

        Args:
            timed: with the time that was asked about, if there is one.
        """
        kept = [part for part in self.unfocused() if timed or part.kind is not Kind.TIME]
        whole = "".join(part.text for part in self._with_verbs(kept))
        return _each_once((whole, self._lead(kept), *self._first(kept)))

    def subjects(self, timed: bool = True) -> list[str]:
        """Returns as `topics`, before them with what is asked about: 「城西区的志愿者」."""
        about = self.focused_on(self.focus.of(self.text)) if self.focus else ""
        return _each_once((about, *self.topics(timed)))

    def everything(self) -> str:
        """Returns all that is spoken of, without the words that ask."""
        return "".join(part.text for part in self._in_order((*self.pieces, *self.actions)))

    def focused_on(self, thing: str) -> str:
        """Returns the topic with another thing asked about: 「城西区的宣传部长」."""
        kept = [part for part in self.unfocused() if part.kind is not Kind.TIME]
        lead = self._lead(kept)
        if not lead or lead == thing:
            return thing
        return lead + thing if lead + thing in self.text else f"{lead}的{thing}"

    def _with_verbs(self, kept: Sequence[Entity]) -> list[Entity]:
        """Returns the pieces and what is done with them.

        The last verb belongs to what is asked, but not in 「跳高冠军」, which is asked about.
        """
        last = max((part.end for part in kept), default=0)
        about = self.focus.start if self.focus else None
        verbs = (verb for verb in self.actions if verb.end <= last or verb.end == about)
        return self._in_order((*kept, *verbs))

    def _in_order(self, parts: Sequence[Entity]) -> list[Entity]:
        return sorted(parts, key=lambda part: part.start)

    def _lead(self, kept: Sequence[Entity]) -> str:
        """Returns the noun phrase that the question begins with."""
        main = [part for part in kept if part.kind is not Kind.TIME and not self.is_adverbial(part)]
        if not main:
            return ""
        end = main[0].end
        for previous, following in pairwise(main):
            if self.text[previous.end : following.start] not in ("", "的"):
                break
            end = following.end
        return self.text[main[0].start : end]

    def _first(self, kept: Sequence[Entity]) -> Iterator[str]:
        """Returns the first name that is no circumstance."""
        names = (part.text for part in kept if part.kind in PROPER and not self.is_adverbial(part))
        yield next(names, "")


class UtteranceReader:
    """Takes questions apart. Make one and share it."""

    def __init__(self, reader: TextReader, questions: QuestionReader) -> None:
        self._reader = reader
        self._questions = questions
        self._entities = questions.entities

    def read(self, text: str) -> Utterance:
        """Takes a text apart."""
        shown = plain(text)
        normalised = self._reader.normalise(shown).text
        if len(normalised) != len(shown):
            shown = normalised  # offsets must hold for both
        question = self._questions.read(shown)
        names = self._entities.names(shown)
        asking = asking_spans(normalised)
        measures = [
            Entity(match.group(), Kind.THING, *match.span())
            for match in MEASURE.finditer(normalised)
        ]
        words = [
            word
            for whole in question.words
            if (word := _after_name(_without_at(whole, asking), [*names, *measures]))
        ]
        telling = [word for word in words if not _belongs_to_asking(word, asking, normalised)]
        # 「什么措施」 has nothing else to look for.
        free = telling if telling or names else words
        nouns = [word for word in free if self._is_noun(word, free, normalised)]
        things = [_joined(shown, run) for run in _touching(nouns)]
        return Utterance(
            text=shown,
            pieces=tuple(sorted((*names, *things), key=lambda piece: piece.start)),
            actions=tuple(_joined(shown, [word]) for word in free if word not in nouns),
            focus=self._focus(question, nouns),
            asking=tuple(asking),
            kind=question.answer_type.category if question.answer_type else None,
        )

    def read_as_noun(self, text: str) -> Utterance:
        """Takes apart a text that only names something, be it by verbs: 「楼道粉刷」, 「费用」."""
        shown = plain(text)
        normalised = self._reader.normalise(shown).text
        shown = shown if len(normalised) == len(shown) else normalised
        names = self._entities.names(shown)
        own_words = [word for word in self._reader.words(normalised) if word.text != "的"]
        words = [word for whole in own_words if (word := _after_name(whole, names))]
        things = [_joined(shown, run) for run in _touching(words)]
        pieces = tuple(sorted((*names, *things), key=lambda piece: piece.start))
        focus = Span(things[-1].start, things[-1].end) if things else None
        return Utterance(shown, pieces, (), focus, (), None)

    def names(self, text: str) -> list[Entity]:
        """Returns the names in any text."""
        return self._entities.names(text)

    def words(self, text: str) -> list[Term]:
        """Returns the words of a text that are no mere function words, with their places."""
        return [word for word in self.cut(text) if not self._questions.only_asks(word.text)]

    def cut(self, text: str) -> list[Term]:
        """Returns all words of a text."""
        return self._reader.words(text)

    def is_verb(self, word: str) -> bool:
        """Whether a word is mostly a verb, by the dictionary."""
        return self._reader.is_verb(word)

    def is_clause(self, text: str) -> bool:
        """Whether a text tells what somebody does to something: 「乱扔垃圾」."""
        words = self.cut(text)
        verbs = [self._reader.is_verb(word.text) for word in words]
        return any(verbs[:2]) and not verbs[-1]

    def is_loose(self, word: str) -> bool:
        """Whether a word is put together freely, of another and a character: 水果|摊."""
        part, whole = (self._reader.commonness(text) for text in (word[:-1], word))
        return len(word) == 3 and part > LOOSE * whole and not self._reader.is_verb(word[:-1])

    def holds_name(self, text: str) -> bool:
        """Whether a word of a text is, or may be, a part of a name: 「青禾科技」."""
        return any(self._reader.is_name(word.text) for word in self._reader.words(text))

    def boundaries(self, text: str) -> set[int]:
        """Returns where words begin and end."""
        cut = self._reader.words(text)
        return {0, len(text), *(word.start for word in cut), *(word.end for word in cut)}

    def _is_noun(self, word: Term, words: Sequence[Term], text: str) -> bool:
        """Whether a word names something; a verb may, before a noun or 是: 实验中学, 收入是多少."""
        if text[word.end : word.end + 1] in _DONE:
            return False
        if LEVIED.fullmatch(word.text) and text.startswith(("多少", "几"), word.end):
            return False
        after = [other for other in words if other.start == word.end]
        before = [other for other in words if other.end == word.start]
        if _NOUN_ENDING.match(word.text) and before:
            return True
        if len(word.text) == 1 and len(_singles_from(word, words)) > 2:
            return True  # 观鸟节: the dictionary does not know it
        if not self._reader.is_verb(word.text) or _EQUATED.match(text, word.end):
            return True
        if len(word.text) > 1 and any(_NOUN_ENDING.match(other.text) for other in after):
            return True
        if self._reader.kind_of(word.text) is not WordKind.ACTION:
            return False
        return any(not self._reader.is_verb(other.text) for other in after) and not before

    def _focus(self, question: Question, nouns: Sequence[Term]) -> Span | None:
        """Returns the range of the word that is asked about, where it is a noun."""
        heads = [word for word in nouns if any(_overlap(word, head) for head in question.focus[:1])]
        if not heads:
            return None
        head = heads[0]
        # 员 is no word without the one before it: 巡护员.
        before = next((word for word in nouns if word.end == head.start), head)
        first = before if len(head.text) == 1 else head
        return Span(first.start, head.end)


def _is_like_a_name(thing: Entity) -> bool:
    """Whether a thing is, or begins with, a place as long as a name: 北礁跨海大桥."""
    ends = range(LONG_AS_A_NAME, len(thing.text) + 1)
    return any(SITE.search(thing.text, 0, end) for end in ends)


def is_role(text: str) -> bool:
    """Whether a text names what a person is: 馆长, 负责人."""
    return _ROLE.search(simple(text)) is not None


def is_person(text: str) -> bool:
    """Whether a text names a sort of people: 学生, 成人, 女子."""
    return _PEOPLE.search(simple(text)) is not None


def _without(piece: Entity, focus: Span | None) -> Entity | None:
    """Returns the part of a piece before the focus, or all of it."""
    if focus is None or focus.end <= piece.start or piece.end <= focus.start:
        return piece
    rest = piece.text[: max(0, focus.start - piece.start)]
    return Entity(rest, piece.kind, piece.start, piece.start + len(rest)) if rest else None


def _belongs_to_asking(word: Term, asking: Sequence[Span], text: str) -> bool:
    """Whether a word only says what kind of answer is asked for: 「哪所学校」, 「几栋」."""
    for span in asking:
        asked = span.of(text)
        measure = text[span.end : word.start]
        follows = word.start >= span.end and len(measure) <= 1 and measure not in _CALENDAR
        if asked.startswith(("哪", "什么")) and follows:
            return True
        if asked.endswith(("几", "多少")) and word.start == span.end and len(word.text) == 1:
            return True
    return False


def _after_name(word: Term, names: Sequence[Entity]) -> Term | None:
    """Returns what of a word no name takes, as 校长 of 小学校长; None for nothing."""
    for name in names:
        if name.start < word.end and word.start < name.end:
            rest = word.text[name.end - word.start :] if name.end < word.end else ""
            return Term(rest, word.kind, name.end, word.end) if rest else None
    return word


def _without_at(word: Term, asking: Sequence[Span]) -> Term:
    """Returns a word without the 在 of 「在哪里」: 民政|所 of 「民政所在哪里」."""
    if word.text == "所在" and any(span.start == word.end for span in asking):
        return Term("所", word.kind, word.start, word.end - 1)
    return word


def _singles_from(word: Term, words: Sequence[Term]) -> list[Term]:
    """Returns the words of one character that stand without a gap from `word` on."""
    terms: list[Term] = []
    for term in words:
        if len(term.text) == 1 and term.start == (terms[-1].end if terms else word.start):
            terms.append(term)
    return terms


def _overlap(word: Term, other: Term) -> bool:
    return other.start < word.end and word.start < other.end


def _touching(words: Sequence[Term]) -> Iterator[list[Term]]:
    run: list[Term] = []
    for word in words:
        if run and run[-1].end != word.start:
            yield run
            run = []
        run.append(word)
    if run:
        yield run


def _joined(text: str, words: Sequence[Term]) -> Entity:
    start, end = words[0].start, words[-1].end
    return Entity(text[start:end], Kind.THING, start, end)


def _each_once(texts: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(text for text in texts if text))
