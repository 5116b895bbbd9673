"""Words that stand for something said earlier (他, 那里, 该公司, 那年), and what they stand for."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from index.analysis.simplified import simple
from index.dialogue.utterance import Utterance, UtteranceReader, is_person, is_role
from index.model import Answer, Citation, Turn
from index.query.answer_type import AnswerCategory
from index.query.entities import PROPER, SITE, Entity, Kind


class Stand(Enum):
    """What a word stands for."""

    PERSON = auto()
    GROUP = auto()
    PLACE = auto()
    TIME = auto()
    ARTICLE = auto()
    EVENT = auto()
    """What the last question told, all of it."""
    MATTER = auto()
    """What the last question was about, whatever it is."""
    NAMED = auto()
    """Something of the kind that stands behind it: 「这家公司」."""


@dataclass(frozen=True, slots=True)
class Anaphor:
    """A word or phrase that stands for something.

    Attributes:
        stand: for what.
        noun: the noun of 「这家公司」; empty without.
        start, end: where it stands, in characters.
    """

    stand: Stand
    noun: str
    start: int
    end: int


_POINTING = "(?:这|那|该|此|本|上述|前述)"
_MEASURE = (
    "(?:一?[个家座所位条项种款部场次届件些支栋幢名间篇则份幅本首台辆艘架只头棵块张道段片"
    "把颗粒扇顶面枚册期轮批笔根])?"
)
_PATTERNS = (
    (Stand.GROUP, re.compile("(?:他们|她们|它们)(?!俩)|这些人|那些人")),
    (
        Stand.PERSON,
        re.compile(f"{_POINTING}(?:个|位|名)?(?:人|先生|女士|同志)(?![们员民口数物才类])"),
    ),
    (Stand.PERSON, re.compile("[他她](?![们人乡日国])")),
    (Stand.PLACE, re.compile("[这那]里|[这那]儿|当地|该地|此地|[这那]边|[这那]个?地方")),
    (Stand.TIME, re.compile("[这那]一?年|当年|同年|该年|当时|[这那]个?时候|那时|那天|当天")),
    (
        Stand.ARTICLE,
        re.compile(
            f"{_POINTING}(?:一)?[篇条则份]?(?:文章|报道|新闻|通知|公告|材料)|文中|文章[里中]"
        ),
    ),
    (Stand.EVENT, re.compile(f"{_POINTING}{_MEASURE}(?:事情|事儿|事件|事|活动|消息|情况)")),
    (Stand.MATTER, re.compile("它(?!们)|其(?![他它实中余次间])")),
    (
        Stand.EVENT,
        re.compile("^(?:这|那)个?(?=是|有|在|要|花|什么|多少|谁|哪|为什么|为何|怎么|几|多)"),
    ),
)
_NAMED = re.compile(f"{_POINTING}{_MEASURE}")
_NO_NOUN = frozenset("外后前间时次中刻类种处")
"""What 此 and 这 stand before without pointing at anything: 此外, 此后."""
_PLACE_NOUN = re.compile("(?:[省市区县镇乡村州国]|地区|城市|国家|街道)$")
_SECTION_TITLES = "《{}》"


def find_anaphor(utterance: Utterance, reader: UtteranceReader) -> Anaphor | None:
    """Returns the first word of a question that stands for something said before the question."""
    text = utterance.text
    edges = reader.boundaries(text)
    anaphors = [
        Anaphor(stand, "", *match.span())
        for stand, pattern in _PATTERNS
        for match in pattern.finditer(simple(text))
        if match.start() in edges and (match.end() in edges or stand is not Stand.PERSON)
    ]
    anaphors += _pointed_at(utterance, edges)
    outer = [anaphor for anaphor in anaphors if not _has_antecedent(anaphor, utterance)]
    return min(outer, key=lambda anaphor: (anaphor.start, -anaphor.end), default=None)


def _pointed_at(utterance: Utterance, edges: set[int]) -> Iterator[Anaphor]:
    """Returns phrases such as 「这家公司」; at the beginning, 那 alone only leads over."""
    text = utterance.text
    for match in _NAMED.finditer(simple(text)):
        leads_over = match.group() == "那" and not text[: match.start()][-1:].isalnum()
        if match.start() not in edges or leads_over:
            continue
        # 「这座古城」 points at something, 「那城东区」 names it.
        bare = match.group() in ("这", "那")
        pieces = (
            utterance.things if bare else [p for p in utterance.pieces if p.kind is not Kind.TIME]
        )
        noun = next((p for p in pieces if p.start <= match.end() < p.end), None)
        if noun is None or text[match.end()] in _NO_NOUN:
            continue
        word = text[match.end() : _end_of_word(match.end(), noun.end, edges)]
        stand = Stand.PERSON if is_person(word) or is_role(word) else Stand.NAMED
        yield Anaphor(stand, word, match.start(), match.end() + len(word))


def _end_of_word(start: int, limit: int, edges: set[int]) -> int:
    return min((edge for edge in edges if start < edge <= limit), default=limit)


def _has_antecedent(anaphor: Anaphor, utterance: Utterance) -> bool:
    """Whether the question itself says what is meant: 「张海霞说她什么时候上任」."""
    before = [piece for piece in utterance.pieces if piece.end <= anaphor.start]
    match anaphor.stand:
        case Stand.PERSON:
            return any(piece.kind is Kind.PERSON for piece in before)
        case Stand.PLACE:
            return any(piece.kind in (Kind.PLACE, Kind.BODY) for piece in before)
        case Stand.TIME:
            return any(piece.kind is Kind.TIME for piece in before)
        case Stand.NAMED:
            return any(anaphor.noun[-1] == piece.text[-1] for piece in before)
        case Stand.ARTICLE:
            return False
    return any(piece.kind is not Kind.TIME for piece in before)


class Antecedents:
    """Finds what an anaphor may stand for."""

    def __init__(self, reader: UtteranceReader) -> None:
        self._reader = reader

    def of(self, anaphor: Anaphor, turns: Sequence[Turn]) -> list[str]:
        """Returns what it may stand for, likeliest first, by the latest turn that named any."""
        of_turns = (
            list(dict.fromkeys(text for text in self._in_turn(anaphor, turn) if text))
            for turn in reversed(turns)
        )
        # The latest is meant, even if only an earlier one is answered.
        named = next(filter(None, of_turns), [])
        if named or anaphor.stand not in (Stand.PERSON, Stand.PLACE):
            return named
        # Nothing of the kind was named: then it is what was spoken of last, if it can be.
        asked = [self._reader.read(turn.understood) for turn in reversed(turns)]
        no_persons = (q for q in asked if all(n.kind is not Kind.PERSON for n in q.names))
        meant = next(no_persons if anaphor.stand is Stand.PLACE else iter(asked), None)
        return meant.topics() if meant else []

    def _in_turn(self, anaphor: Anaphor, turn: Turn) -> Iterator[str]:
        asked = self._reader.read(turn.understood)
        cited = turn.result.citations[0] if isinstance(turn.result, Answer) else None
        match anaphor.stand:
            case Stand.PERSON:
                yield from self._persons(asked, cited, anaphor.noun)
            case Stand.GROUP:
                yield from asked.subjects()[:2]
            case Stand.PLACE:
                yield from self._places(asked, cited)
            case Stand.TIME:
                yield from self._times(asked, cited)
            case Stand.ARTICLE:
                yield from _titles(cited)
            case Stand.EVENT:
                yield from (asked.everything(), *asked.topics())
            case Stand.MATTER:
                yield from asked.topics(timed=False) or asked.subjects()
            case Stand.NAMED:
                yield from self._named(anaphor.noun, asked, cited)

    def _persons(self, asked: Utterance, cited: Citation | None, role: str) -> Iterator[str]:
        named = [name.text for name in asked.names if name.kind is Kind.PERSON]
        introduced = (_persons(names) for names in (self._marked(cited), self._answered(cited)))
        others = ([name for name in names if name not in asked.text] for names in introduced)
        new = next(filter(None, others), [])
        # 「谁」 was answered with a person, and it is that one who is spoken of now.
        # Not so in 「张海霞是谁」.
        only = named and all(piece.kind is Kind.PERSON for piece in asked.pieces)
        answered = role or (asked.kind is AnswerCategory.PERSON and not only)
        yield from (*new, *named) if answered else (*named, *new)

    def _places(self, asked: Utterance, cited: Citation | None) -> Iterator[str]:
        named = [name for name in asked.names if name.kind in (Kind.PLACE, Kind.BODY)]
        named = named or [
            part for part in asked.unfocused() if part.kind is Kind.THING and SITE.search(part.text)
        ]
        sites = [phrase for phrase in asked.phrases() if SITE.search(phrase.text)]
        named = [next((s for s in sites if s.start == name.start), name) for name in named]
        places = [name.text for name in named]
        if asked.kind is not AnswerCategory.PLACE:
            yield from places
        # What the article names elsewhere is no place that was spoken of.
        for name in self._marked(cited):
            if name.kind is Kind.PLACE and name.text not in asked.text:
                yield name.text
        yield from places

    def _times(self, asked: Utterance, cited: Citation | None) -> Iterator[str]:
        yield from (piece.text for piece in asked.pieces if piece.kind is Kind.TIME)
        if asked.kind is AnswerCategory.DATE and cited is not None:
            marked = self._reader.names(cited.sentence.of(cited.passage.text))
            yield from (name.text for name in marked if name.kind is Kind.TIME)

    def _named(self, noun: str, asked: Utterance, cited: Citation | None) -> Iterator[str]:
        """Returns names, else things, that end like the noun: 公司 in 「青禾公司」."""
        answered = self._answered(cited)
        names = [*asked.names, *answered]
        noun = simple(noun)
        place = _PLACE_NOUN.search(noun) is not None
        kinds = {Kind.PLACE} if place else PROPER
        for name in names:
            if name.kind in kinds and simple(name.text) != noun and _ends_alike(name, noun):
                yield name.text
        for thing in asked.things:
            if _ends_alike(thing, noun):
                yield thing.text
        for name in asked.names:
            if name.kind in ({Kind.PLACE} if place else {Kind.CODE, Kind.WORK}):
                yield name.text
        if not place:
            yield from asked.topics()

    def _answered(self, cited: Citation | None) -> list[Entity]:
        """Returns the names in an answer, those of the marked sentence first."""
        if cited is None:
            return []
        return [
            *self._marked(cited),
            *self._reader.names(cited.title),
            *self._reader.names(cited.passage.text),
            *self._reader.names(cited.passage.credit),
        ]

    def _marked(self, cited: Citation | None) -> list[Entity]:
        """Returns the names in the marked sentence and what stands above its passage."""
        if cited is None:
            return []
        passage = cited.passage
        sentence = cited.sentence.of(passage.text)
        return [
            *self._reader.names(sentence),
            *self._reader.names(" ".join((passage.byline, *reversed(passage.headings)))),
        ]


def _persons(names: Sequence[Entity]) -> list[str]:
    return [name.text for name in names if name.kind is Kind.PERSON]


def _ends_alike(name: Entity, noun: str) -> bool:
    return simple(name.text).endswith(noun[-1])


def _titles(cited: Citation | None) -> Iterator[str]:
    """Yields the innermost heading of what was cited, or its article's title."""
    if cited is not None:
        title = cited.passage.headings[-1] if cited.passage.headings else cited.title
        yield _SECTION_TITLES.format(title.strip("《》"))


def put_in(utterance: Utterance, anaphor: Anaphor, antecedent: str) -> str:
    """Returns the question with what is meant in the place of the word that stands for it."""
    text = utterance.text
    noun = any(p.start == anaphor.end and len(p.text) > 1 for p in utterance.things)
    between = "的" if noun and not antecedent.endswith("的") else ""
    return text[: anaphor.start] + antecedent + between + text[anaphor.end :]
