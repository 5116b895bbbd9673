"""What a text speaks of: people, places, bodies, works, codes and times, by name, and things."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from index.analysis.dictionary import WordKind
from index.analysis.reader import Term, TextReader
from index.model import Span
from index.query.answer_type import NAME_ALONE
from index.query.word_lists import word_list

LONGEST_BODY = 14
"""Characters of the name of a company, a school and the like."""

LONGEST_PERSON = 4
"""Characters of a Chinese person's name."""


class Kind(Enum):
    """What is spoken of."""

    PERSON = auto()
    PLACE = auto()
    BODY = auto()
    WORK = auto()
    CODE = auto()
    TIME = auto()
    THING = auto()


PROPER = frozenset((Kind.PERSON, Kind.PLACE, Kind.BODY, Kind.WORK, Kind.CODE))
"""Kinds of names that say by themselves what a question is about."""


@dataclass(frozen=True, slots=True)
class Entity:
    """A name or a thing in a text.

    Attributes:
        text: as it stands there.
        kind: what it is.
        start, end: where it stands, in characters.
    """

    text: str
    kind: Kind
    start: int
    end: int


_NUMERAL = "0-9〇零一二三四五六七八九十百"
_TIME = re.compile(
    rf"(?:\d{{2}}|[{_NUMERAL}]{{4}})\s*年(?:度|初|底|末|[{_NUMERAL}]{{1,3}}月份?(?:[{_NUMERAL}]{{1,3}}[日号])?)?"
    r"(?![级纪龄])"
    rf"|[{_NUMERAL}]{{1,3}}月份?(?:[{_NUMERAL}]{{1,3}}[日号])?"
    rf"|(?:[今去前明后本当]年|[上下]半年|第?[{_NUMERAL}]季度|[本上下]个?(?:月|周|季度|学期)"
    rf"|[昨今明前后]天|(?:周|星期|礼拜)[{_NUMERAL}日末天]|(?<!\d)(?:19|20)\d\d(?!\d))"
    r"(?:[上下]半年|第?[一二三四1-4]季度|[上下]午|早上|晚上)?"
)
_ALONE = re.compile(NAME_ALONE)
_WORK = re.compile("《[^《》\n]{1,40}》")
_FOREIGN = re.compile("[\u4e00-\u9fff]{1,6}(?:[·・•][\u4e00-\u9fff]{1,8})+")
_CODE = re.compile(r"[a-z0-9]+(?:[-.+][a-z0-9]+)*", re.IGNORECASE)
DISTRICT = frozenset("省市区县镇乡村州旗岛")
"""What the full name of a place ends with."""
_AGE = re.compile("[青少中老童成幼]年")
"""Ages of people: the dictionary takes them for times."""
SITE = re.compile("[湖山河江海岛湾桥园馆寺庙塔城楼站港店厂校院街路村场]$")
"""What a thing ends with where one can be."""
_HOUSE = frozenset("馆厂号")
"""What the name of a body or a ship may end with, behind a word of its own: 青铜馆, 白帆号."""
_BODY = re.compile(
    "(?:公司|集团|大学|学院|[中小]学|学校|幼儿园|医院|卫生院|卫生所|诊所|银行|[书图]?[图书博物美术体育展览档案文化科技]{1,3}馆"
    "|研究[院所]|出版社|报社|酒店|饭店|餐厅|工厂|协会|学会|联合会|委员会|基金会|俱乐部|工作室|事务所|法院"
    "|检察院|派出所|车站|火车站|机场|公园|动物园|植物园|合作社|商场|超市|剧院|社区|小区|街道|队|[^布市]局)$"
)
_OFFICE = re.compile("[省市区县镇乡村](?:委|长|政府|人大|政协)")
"""A word that takes the end of a place's name for its beginning: 城西|区委."""
_BEFORE_OFFICE = re.compile("任$|^(?:中共|各级|全体|本届)")
"""What stands before an office and is no place: 「现任市长」."""
_NO_NAME = frozenset(
    "对由被把从给让使几一二三四五六七八九十两的了是在有和与谁什么哪不吗呢吧多少各每某这那我你他她它们"
)
_ENDS_TITLE = frozenset("长员师")
"""What a title ends with that the dictionary does not know: 指令长."""
_UNSURE = frozenset("高白方金石马牛田江于万曾任常文龙成包古时费关安车花华童景商党简单米")
"""Family names that are words as well: another sign of a name must be there."""


class EntityReader:
    """Finds the names in texts. Make one and share it."""

    def __init__(self, reader: TextReader) -> None:
        self._reader = reader
        self._surnames = word_list("surnames.txt")

    def names(self, text: str) -> list[Entity]:
        """Returns the names in `text`, in order, without overlap."""
        entities: list[Entity] = []
        for pattern, kind in ((_WORK, Kind.WORK), (_FOREIGN, Kind.PERSON), (_TIME, Kind.TIME)):
            entities += _matches(pattern, kind, text, entities)
        # A number alone names nothing: a code has letters.
        codes = _matches(_CODE, Kind.CODE, text, entities)
        entities += [code for code in codes if not code.text.isdecimal() and code.text.isascii()]
        taken = [Span(name.start, name.end) for name in entities]
        for run in _free_runs(self._words(text), taken):
            entities += self._names_of_run(run, text)
        return sorted(entities, key=lambda name: name.start)

    def persons(self, text: str) -> list[Span]:
        """Returns where `text` names a person."""
        persons = [Span(n.start, n.end) for n in self.names(text) if n.kind is Kind.PERSON]
        return [*persons, *(Span(*match.span()) for match in _ALONE.finditer(text))]

    def _words(self, text: str) -> list[Term]:
        """Returns the words of `text`; a guess stands for the characters that it joins."""
        guesses = [word for word in self._reader.guessed_words(text) if self._is_sound(word)]
        kept = [
            part
            for word in self._reader.words(text)
            if not _within(word, guesses)
            for part in self._split(word)
        ]
        return sorted((*kept, *guesses), key=lambda word: word.start)

    def _split(self, word: Term) -> list[Term]:
        """Returns a word that runs from the name of a body into the next, in two: 小学|校长."""
        for at in range(2, len(word.text) - 1):
            head, rest = word.text[:at], word.text[at:]
            known = self._reader.knows(head) and self._reader.knows(rest)
            if known and _BODY.search(head) and word.end - word.start == len(word.text):
                middle = word.start + at
                return [
                    Term(head, word.kind, word.start, middle),
                    Term(rest, word.kind, middle, word.end),
                ]
        return [word]

    def _is_sound(self, guess: Term) -> bool:
        """Whether a guess may be a name: a district's mark ends one and does not begin one."""
        return (
            not self._reader.knows(guess.text)
            and not guess.text.isascii()
            and len(guess.text) <= 2 + max(1, self._surname(guess.text))
            and not _NO_NAME & set(guess.text)
            and guess.text[0] not in DISTRICT
        )

    def _names_of_run(self, run: Sequence[Term], text: str) -> list[Entity]:
        """Returns the names in words that stand without a gap.

        A name takes the words before it: 「青禾科技」 stands before 「有限公司」.
        """
        entities: list[Entity] = []
        at = 0
        loose = 0  # where the words begin that the name of a body may take
        while at < len(run):
            kind, length = self._kind_at(run, at)
            last = run[at + length - 1]
            if kind is Kind.BODY:
                first = self._first_of_body(run, loose, at)
                if first < at or length > 1 or self._reader.kind_of(run[at].text) is WordKind.BODY:
                    while entities and entities[-1].start >= run[first].start:
                        entities.pop()  # 临江 is a part of 临江中学
                    entities.append(_entity(text, kind, run[first], last))
                loose = at + length
            elif kind is not None:
                if kind is Kind.PLACE and at + length < len(run):
                    last = _with_district(last, run[at + length])
                if kind is Kind.PLACE and entities and _opens(entities[-1], run[at]):
                    first = entities.pop().start  # 安平 is a part of 安平古城
                    entities.append(Entity(text[first : last.end], kind, first, last.end))
                else:
                    entities.append(_entity(text, kind, run[at], last))
                # 云岭市 is a name to its end, but 云岭 may begin a longer one.
                loose = at if kind is Kind.PLACE and last.text[-1] not in DISTRICT else at + length
            elif not self._may_name(run[at]):
                loose = at + 1
            at += length
        return entities

    def _kind_at(self, run: Sequence[Term], at: int) -> tuple[Kind | None, int]:
        """Returns the kind of the name that begins at a word, and of how many words it is."""
        word = run[at].text
        word_kind = self._reader.kind_of(word)
        if _BODY.search(word) or word_kind is WordKind.BODY:
            return Kind.BODY, 1
        district = at + 1 < len(run) and run[at + 1].text in DISTRICT
        if district and self._may_name(run[at]) and len(word) < 4:
            return Kind.PLACE, 2
        house = at + 1 < len(run) and run[at + 1].text in _HOUSE
        if house and self._may_name(run[at]) and len(word) < 4:
            return Kind.BODY, 2
        if word_kind is WordKind.PLACE and len(word) > 1:
            return Kind.PLACE, 1
        office = at + 1 < len(run) and _OFFICE.match(run[at + 1].text)
        if (
            office
            and self._may_name(run[at])
            and 1 < len(word) < 4
            and not _BEFORE_OFFICE.search(word)
        ):
            return Kind.PLACE, 1
        if word_kind is WordKind.TIME and len(word) > 1 and not _AGE.match(word):
            return Kind.TIME, 1
        if word[-1] in DISTRICT and 1 < len(word) < 5 and not self._reader.knows(word):
            return Kind.PLACE, 1
        length = self._person(run, at)
        after = run[at + length].text if at + length < len(run) else ""
        placed = run[at + length - 1].text[-1:] if length else ""
        if length and not _BODY.search(after) and not {after, placed} & (DISTRICT | _HOUSE):
            return Kind.PERSON, length
        return None, 1

    def _first_of_body(self, run: Sequence[Term], loose: int, at: int) -> int:
        first = at
        while (
            first > loose
            and self._may_name(run[first - 1])
            and run[at].end - run[first - 1].start <= LONGEST_BODY
        ):
            first -= 1
        # A measure word is no name: 「家公司」.
        return first if run[at].start - run[first].start > 1 else at

    def _may_name(self, word: Term) -> bool:
        """Whether a word may be a part of a name."""
        if word.text.startswith("第"):
            return "几" not in word.text  # 第三小学
        if _NO_NAME & set(word.text) or word.text[0].isascii():
            return False
        kind = self._reader.kind_of(word.text)
        return kind is not None or not self._reader.is_verb(word.text)

    def _person(self, run: Sequence[Term], at: int) -> int:
        """Returns of how many words the name of a person is that begins at a word; 0 for none."""
        word = run[at].text
        if self._reader.kind_of(word) is WordKind.TRANSLITERATED:
            return 1
        if self._reader.kind_of(word) is WordKind.PERSON and len(word) > 1:
            # The dictionary takes 宿舍楼 for a person.
            return int(0 < self._surname(word) < len(word) <= LONGEST_PERSON)
        surname = self._surname(word)
        if not surname or _NO_NAME & set(word) or self._runs_on(run, at):
            return 0
        if not self._reader.knows(word) and surname < len(word) <= surname + 2:
            longer = len(word) == surname + 1 and self._given(run, at + 1, 1)
            return 2 if longer and self._is_rare_name(run[at + 1]) else 1
        if len(word) > surname:
            return 0
        if self._given(run, at + 1, 1) and self._given(run, at + 2, 1):
            # 「卓玛央金」, where nothing follows
            four = len(run) == at + 4 and self._reader.kind_of(run[-1].text) is WordKind.PERSON
            return 4 if four and len(run[-1].text) == 1 else 3
        if not self._given(run, at + 1, 2):
            return 0
        return 2 if word not in _UNSURE or self._is_rare_name(run[at + 1]) else 0

    def _runs_on(self, run: Sequence[Term], at: int) -> bool:
        """Whether a single character before belongs to a word with the next: 越王剑."""
        before = run[at - 1] if at else None
        if before is None or len(before.text) > 1 or before.text in _ENDS_TITLE:
            return False
        return self._may_name(before)

    def _surname(self, word: str) -> int:
        """Returns how many characters of a word are a family name."""
        return next((size for size in (2, 1) if word[:size] in self._surnames), 0)

    def _given(self, run: Sequence[Term], at: int, longest: int) -> bool:
        """Whether a word may be the rest of a person's name."""
        return at < len(run) and len(run[at].text) <= longest and self._may_name(run[at])

    def _is_rare_name(self, word: Term) -> bool:
        kind = self._reader.kind_of(word.text)
        return kind in (WordKind.PERSON, WordKind.PLACE) or not self._reader.knows(word.text)


def _with_district(word: Term, following: Term) -> Term:
    """Returns the name of a place with the end that the next word took: 城西|区委."""
    if word.text[-1] in DISTRICT or not _OFFICE.match(following.text):
        return word
    return Term(word.text + following.text[0], word.kind, word.start, following.start + 1)


def _opens(name: Entity, word: Term) -> bool:
    """Whether a name goes on with a word: 「安平」 with 「古城」, but not 「西宁市」."""
    whole = name.text[-1] in DISTRICT or name.kind not in (Kind.PERSON, Kind.PLACE)
    return name.end == word.start and not whole


def _within(word: Term, guesses: Sequence[Term]) -> bool:
    return any(map(word.is_within, guesses))


def _entity(text: str, kind: Kind, first: Term, last: Term) -> Entity:
    return Entity(text[first.start : last.end], kind, first.start, last.end)


def _matches(
    pattern: re.Pattern[str], kind: Kind, text: str, taken: Sequence[Entity]
) -> list[Entity]:
    return [
        Entity(match.group(), kind, *match.span())
        for match in pattern.finditer(text)
        if not any(name.start < match.end() and match.start() < name.end for name in taken)
    ]


def _free_runs(words: Sequence[Term], taken: Sequence[Span]) -> Iterator[list[Term]]:
    """Returns the words outside of what is taken, in runs without a gap."""
    run: list[Term] = []
    for word in words:
        free = not any(span.start < word.end and word.start < span.end for span in taken)
        if run and (not free or word.start != run[-1].end):
            yield run
            run = []
        if free:
            run.append(word)
    if run:
        yield run
