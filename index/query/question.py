"""What a question looks for: its content terms, without the words that only ask."""

import re
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from index.analysis.numerals import CHARACTERS, value_of
from index.analysis.provisions import mentioned_provisions
from index.analysis.reader import Term, TermKind, TextReader, close_han_gaps
from index.lexicon.synonyms import Synonyms
from index.model import Span
from index.query.answer_type import (
    BARE_MANY,
    DIALECT_HOW,
    DIALECT_HOW_MUCH,
    DIALECT_WHEN,
    DIALECT_WHERE,
    DIALECT_WHO,
    DIALECT_WHY,
    HOW,
    MEASURES,
    AnswerType,
    asked_type,
    asks_for_name,
)
from index.query.entities import EntityReader, Kind
from index.query.equivalents import find_equivalents
from index.query.periods import Period, asked_period
from index.query.quantities import Quantity, ages_of_persons
from index.query.word_lists import word_list

LONGEST_QUESTION = 1_000
"""Characters. Longer texts are articles, not questions."""


_MEASURES = frozenset(
    (
        *MEASURES,
        *"名位盏只天人块元斤米里年岁度户钱亿万克点期吨号",
        *("平方米", "平米", "平方公里", "公里", "千米", "公顷", "万元", "亿元", "元钱", "块钱"),
        *("分钟", "小时", "个人", "个月"),
    )
)
"""What is counted with, after 多少, 几 and 哪: no part of what is looked for."""
_ONE_CHARACTER_MEASURES = frozenset(m for m in _MEASURES if len(m) == 1) - frozenset("年号期届度级")
_LONGEST_MEASURE = max(map(len, _MEASURES))
_COUNTING = re.compile(
    rf"几[多个](?=钱)|几多|{BARE_MANY}|"
    r"花(?:了|费)?多少|(?<!没有)(?<!没得)多少[盏辆]?|好多(?=钱|元|块|个|人|岁)|(?<!没)第?几(?!乎|何)|哪[一些]?"
)
_DIALECT = "|".join((DIALECT_HOW_MUCH, DIALECT_WHO, DIALECT_WHY, DIALECT_HOW))
_ADVERB = f"(?P<adverb>{DIALECT_WHEN}|{DIALECT_WHERE}|哪[里儿](?!人))"
"""When and where: what stands behind is no kind of thing that is asked for."""
_END = r"(?=[呢啊呀啦嘞哇哩咧哈]?[^\w]*$)"
_WHETHER = (
    r"有(?:冇|唔有)|系(?:咪|[唔不]系)|使唔使|使不使得|好不好[使用]|管不管用|得(?:唔得|不得行)|可唔可以|要唔(?=要)|要不要得"
    rf"|(?:行不行|成不成|中不中){_END}|(?:好使|使得|管用|搞得|可得|能[行成中]|(?<![完收组构促达形变])成)不{_END}"
    rf"|(?<![砍采讨步杀征])伐{_END}"
)
"""What asks whether, besides 吗 and 不."""
_ASKING = re.compile(
    # Most characters begin nothing that asks.
    r"(?=[这本该由搁哪周星礼什啥甚嘛么乜多几花好第谁怎如为何咋要点边喺在到去上往阿凭干做啷郎有系使管得可行成中能儿伐不没]|[\u4e00-\u9fff]不)(?:"
    r"(?:这|本|该)[篇条则](?:文章|报道|新闻)[里中内]?"
    r"|由(?:哪|什么|几|多少).{0,6}?[组构]成"
    rf"|{_ADVERB}|{_DIALECT}|{_WHETHER}|几点钟?|多长(?:工夫|功夫|辰光)|(?<=[门事活空劲样班点票钱费])儿(?![童子女科歌媳孙])"
    r"|哪(?:一?个)?国(?:家的?)?人?|哪[里儿]人|哪(?:一?个)?(?:朝代|世纪|年代|时期|时代)"
    r"|(?:周|星期|礼拜)几"
    rf"|{HOW}[大长高远重久宽深厚]"
    rf"|{_COUNTING.pattern}"
    r"|(?<=是)[干做](?:什么|啥子?|么子)的?|什么样?|甚么|啥(?:子|样|物事|玩意儿?)?|(?<![什怎那这多要])么[子事](?![件情故业物实])|乜嘢|谁|怎么样|怎么(?:办(?![理\u4e00-\u9fff])|办(?=[啊呀呢吧嘛好才]))?|怎样|如何|为何|为什么"
    r"|何[时地处人种年]|几时|(?<!没有)(?<!没得)好多|好[久高长宽远](?![\u4e00-\u9fff]?[了的])|咋(?:样|[地滴着]|个?(?:办(?![\u4e00-\u9fff])|整(?![理改治修合顿])|[弄搞])|个)?|要得不"
    rf"|(?P<twice>[\u4e00-\u9fff])不(?=(?P=twice))|(?:行|可以|得行|能)不(?:行|可以|能)?{_END}|(?:不|(?<![出淹埋沉湮吞泯隐])没){_END}|[行中成]吗{_END}|可以吗{_END}"
    r")"
)
"""What a question asks with."""
_ASKED_OF_PROVISIONS = frozenset(
    ("规定", "内容", "要求", "条款", "条文", "原文", "全文", "写", "讲", "说", "款", "项")
)
"""What is asked of a provision, which does not call itself so."""
_KIND_AFTER = re.compile("什么|啥子?|么子|乜嘢|哪(?:一?[个种类些家条])?")
"""What asks for the kind of thing that the next word names."""
_WANTS_LIST = re.compile(
    "哪些|哪几|(?:什么|啥子?|么子|乜嘢)(?:条件|材料|要求|资料|手续|证件|东西|内容|流程|规定|优惠)|包括什么|有什么"
)
"""What asks for all of several things."""
_WHO_IS = re.compile(
    rf"^(?:请问)?([\u4e00-\u9fff]{{2,4}}?)[是系]?(?:{DIALECT_WHO}|谁|哪[个位](?![\u4e00-\u9fff])|[什啥何]么?人|[干做][什啥嘛]|什么(?:身份|职务|职位))"
    r"|谁[是叫]([\u4e00-\u9fff]{2,4})[呢啊呀]?[^\w]*$"
)
"""What asks who somebody is: 「何建刚是干什么的」."""
_PLACE_MARK = re.compile("[村镇乡县路街桥](?![上里边口头子])")
"""What ends the name of a place and is mostly a word of its own."""
_NUMERALS = frozenset(CHARACTERS)
_A_PRICE = "5元"
"""What answers a question for a price."""
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,200}>")
"""Markup that was copied along with a question."""
_VEIL = "\u25a1"
"""Stands for a character of a name where a question is searched for what it asks with."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """A synonym, cut.

    Attributes:
        text: normalised.
        words, bigrams: as of a question.
    """

    text: str
    words: tuple[Term, ...]
    bigrams: tuple[Term, ...]

    def terms(self, kind: TermKind) -> tuple[Term, ...]:
        """Returns its words or its bigrams; words where it has no bigram."""
        return self.bigrams or self.words if kind is TermKind.BIGRAM else self.words


@dataclass(frozen=True, slots=True)
class Rewording:
    """A word or a phrase of a question that can be said in other words.

    Attributes:
        terms: the words and bigrams of the question that it is made of.
        alternatives: its synonyms.
    """

    terms: tuple[Term, ...]
    alternatives: tuple[Alternative, ...]

    def share(self, kind: TermKind, idf_of: Callable[[Term], float]) -> float:
        """Returns what part of the IDF of its terms counts, 0 to 1.

        It tells no more than each synonym would in its place: who asks for 西区 where everybody
        writes 城西区 has not said anything rare, nor more with many words than with one.
        """
        own = sum(idf_of(term) for term in self.terms if term.kind is kind)
        others = min(sum(map(idf_of, other.terms(kind))) for other in self.alternatives)
        return min(1.0, others / own) if own else 1.0


@dataclass(frozen=True, slots=True)
class Question:
    """A question, cut.

    Attributes:
        text: as it was asked.
        words: the words to look for, in order, each once.
        bigrams: the bigrams of the words that stand together, in order, each once.
        focus: what is asked about, the nearest word to the asking word first: 部长 in
            「部长是谁」, 志愿者 in 「多少志愿者」; empty where the question does not say.
        answer_type: the type of answer asked for, or None where the question does not say.
        rewordings: its parts that have synonyms.
        provisions: the numbered provisions that it names, in their canonical spelling.
        compounds: parts of names: a word, and the noun or the verb and noun that it stands before
            without a gap: 食品 and 经营许可证.
        wants_list: whether it asks for all of several things: 哪些, 什么条件.
        wants_name: whether it asks what somebody is called.
        period: the time for which it asks a price; None without one.
        quantities: its numbers that count something, 85 of 「85岁」: a text that answers may set
            a limit instead.
        kinds: the words that name the kind of thing asked for: 材料 in 「哪些材料」.
        places: those of its words that name a place as a whole with what follows: 桥头 of
            「桥头村」.
        person: the name of whom it asks who that is; None without. It is held as a whole or not
            at all: its characters may be words, 刚 and 何 of 「何建刚」.
        frame: those of its words that say what kind of answer is wanted, which need not call
            itself so: 城市 in 「在哪个城市」, 地址 in 「服务站地址」.
    """

    text: str
    words: tuple[Term, ...]
    bigrams: tuple[Term, ...]
    focus: tuple[Term, ...]
    answer_type: AnswerType | None
    rewordings: tuple[Rewording, ...] = ()
    provisions: tuple[str, ...] = ()
    compounds: tuple[tuple[str, str], ...] = ()
    wants_list: bool = False
    kinds: frozenset[str] = frozenset()
    frame: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()
    person: Term | None = None
    quantities: tuple[Quantity, ...] = ()
    wants_name: bool = False
    period: Period | None = None

    def quantity_of(self, word: str) -> Quantity | None:
        """Returns what a word counts; None where it is no quantity."""
        return next((quantity for quantity in self.quantities if quantity.word == word), None)

    def rewordings_of(self, term: Term) -> list[Rewording]:
        """Returns the parts with synonyms that `term` belongs to."""
        return [
            rewording
            for rewording in self.rewordings
            if any(_same(own, term) for own in rewording.terms)
        ]


class QuestionReader:
    """Cuts questions. Holds the list of words that only ask; make one and share it."""

    def __init__(self, reader: TextReader, synonyms: Synonyms | None = None) -> None:
        self._reader = reader
        self._synonyms = synonyms or Synonyms()
        # Questions without synonyms must not cost another table of words.
        self._finder = reader.with_words(self._synonyms.phrases) if self._synonyms.groups else None
        self.entities = EntityReader(reader)
        self._asking = word_list("question_words.txt")
        self._frame = word_list("frame_words.txt")

    def only_asks(self, word: str) -> bool:
        """Whether a word asks, holds a sentence together or is polite: nothing to look for."""
        return word in self._asking

    def read(self, text: str) -> Question:
        """Cuts a question into the words and bigrams to look for.

        Words that ask (多少, 谁), hold a sentence together (的, 了) or are polite (请问) are left
        out before bigrams are formed, so that no bigram spans them. Offsets of words count
        characters of the normalised question, those of bigrams of the words that they run over.
        """
        without_markup = _TAG.sub(" ", text)
        typed = self._reader.normalise(without_markup).text
        normalised = self._reader.normalise(close_han_gaps(without_markup)).text
        mentions = list(mentioned_provisions(normalised))
        normalised = _overwritten(normalised, ((m.span.start, m.span.end) for m in mentions), " ")
        veiled = self._without_names(normalised)
        asked = _ASKING.search(veiled)
        kept = _overwritten(normalised, (match.span() for match in _ASKING.finditer(veiled)), " ")
        cut = self._reader.words(kept)
        counted = {match.end() for match in _COUNTING.finditer(veiled)}
        measures = {w.start for w in cut if w.start in counted and w.text in _MEASURES}
        cut = _with_whole_numerals([self._without_asking_ends(word) for word in cut])
        person = self._person(normalised)
        words = [
            word
            for word in cut
            if (word.text not in self._asking and word.start not in measures)
            or (person is not None and word.is_within(person))
        ]
        if mentions:
            words = [w for w in words if w.text not in _ASKED_OF_PROVISIONS]
        answer_type = asked_type(veiled)
        frame = frozenset(self._frame_words(words, asked, answer_type))
        bigrams = [
            bigram
            for start, end in _runs([word for word in words if word.text not in frame])
            for bigram in self._reader.bigrams(kept[start:end])
        ]
        focus = self._focus(_nearest(words, asked))
        quantities = tuple(_quantities(words, kept))
        return Question(
            text,
            _each_once(words),
            _each_once(bigrams),
            focus,
            answer_type,
            tuple(self._reword(kept, words)),
            tuple(dict.fromkeys(mention.provision for mention in mentions)),
            tuple(
                (modifier, head)
                for modifier, head in self._compounds(words, {q.word for q in quantities})
                if modifier + head in typed  # 「图书馆 闭馆」 are two keywords
            ),
            _WANTS_LIST.search(veiled) is not None,
            frozenset(_named_kinds(words, asked)),
            frame,
            frozenset(_placed(words, kept)),
            person,
            quantities,
            asks_for_name(typed),
            asked_period(typed) if answer_type and answer_type.held_by(_A_PRICE) else None,
        )

    def _without_asking_ends(self, word: Term) -> Term:
        """Returns a word that no dictionary holds without what asks at its ends: 啥 of 「啥证」."""
        if word.text.isascii() or self._reader.knows(word.text):
            return word
        start, end = 0, len(word.text)
        while end - start > 1 and word.text[start] in self._asking:
            start += 1
        while end - start > 1 and word.text[end - 1] in self._asking:
            end -= 1
        return replace(
            word, text=word.text[start:end], start=word.start + start, end=word.start + end
        )

    def _compounds(
        self, words: Sequence[Term], counting: Container[str]
    ) -> Iterator[tuple[str, str]]:
        for number, word in enumerate(words):
            if word.text in counting:
                continue
            # 交 in 「交医保」 is no part of a name; the grade 九 in 「九价」 is, and so is 经营 in
            # 「食品经营许可证」.
            if len(word.text) == 1 and word.text not in CHARACTERS:
                continue
            if self._reader.is_verb(word.text) and (
                number == 0 or words[number - 1].end != word.start
            ):
                continue
            head, end = "", word.end
            for following in words[number + 1 : number + 3]:
                if following.start != end or following.text in counting:
                    break
                head, end = head + following.text, following.end
                if not self._reader.is_verb(following.text):
                    yield word.text, head
                    break

    def _frame_words(
        self,
        words: Sequence[Term],
        asked: re.Match[str] | None,
        answer_type: AnswerType | None,
    ) -> Iterator[str]:
        """Yields the words that say what kind of answer is wanted, unless nothing else is asked."""
        named = _named_kinds(words, asked)
        kinds = [
            word.text
            for word in words
            if word.text in self._frame
            or word.text in named
            or (answer_type and answer_type.is_called(word.text))
        ]
        if len(kinds) < len(words):
            yield from kinds

    def _person(self, text: str) -> Term | None:
        """Returns the name that a question asks who bears it."""
        asked = _WHO_IS.search(text)
        if asked is None:
            return None
        span = Span(*(asked.span(1) if asked[1] else asked.span(2)))
        is_name = any(
            name.kind is Kind.PERSON and (name.start, name.end) == (span.start, span.end)
            for name in self.entities.names(text)
        )
        words = self._reader.words(span.of(text))
        titled = any(len(word.text) > 1 and not self._reader.is_name(word.text) for word in words)
        if not is_name or titled:
            return None
        return Term(span.of(text), TermKind.WORD, span.start, span.end)

    def _without_names(self, text: str) -> str:
        """Returns `text` with those of the user's words hidden that only look like asking: 哪吒."""
        names = (
            (word.start, word.end)
            for word in self._reader.users_words(text)
            if _ASKING.search(word.text) and not _ASKING.fullmatch(word.text)
        )
        return _overwritten(text, names, _VEIL)

    def _reword(self, text: str, words: Sequence[Term]) -> Iterator[Rewording]:
        """Yields the phrases of `text` that hold one of the `words`, with their synonyms."""
        by_phrase: dict[str, tuple[Span, dict[str, None]]] = {}
        for phrase, others in self._other_ways(text):
            _, gathered = by_phrase.setdefault(phrase.of(text), (phrase, {}))
            gathered.update(dict.fromkeys(others))
        for written, (phrase, gathered) in by_phrase.items():
            own = [word for word in words if word.is_within(phrase)]
            if own:
                terms = (*own, *self._reader.bigrams(written))
                yield Rewording(terms, tuple(map(self._alternative, gathered)))

    def _other_ways(self, text: str) -> Iterator[tuple[Span, Sequence[str]]]:
        """Yields the phrases of `text` that people here, or everywhere, say otherwise, too."""
        if self._finder is not None:
            for phrase in self._synonyms.find(text, self._finder.words(text)):
                yield phrase, self._synonyms.of(phrase.of(text))
        for equivalent in find_equivalents(text):
            yield equivalent.span, equivalent.others

    def _alternative(self, text: str) -> Alternative:
        words = self._reader.words(text)
        telling = [word for word in words if word.text not in self._asking] or words
        return Alternative(text, _each_once(telling), _each_once(self._reader.bigrams(text)))

    def _focus(self, nearest: Sequence[Term]) -> tuple[Term, ...]:
        """Returns what is asked about: the nearest word, and one that belongs to it: 志愿者队伍."""
        if len(nearest) > 1 and _touch(*nearest[:2]) and not self._reader.is_name(nearest[1].text):
            return tuple(nearest[:2])
        return tuple(nearest[:1])


_QUANTITY = re.compile(
    rf"([〇零一二两三四五六七八九十百千万半几]+)[多来]?"
    rf"([{''.join(sorted(_ONE_CHARACTER_MEASURES))}])"
)
_MEASURE_BEHIND = re.compile(rf"[多来]?([{''.join(sorted(_ONE_CHARACTER_MEASURES))}])")


def _quantities(words: Sequence[Term], text: str) -> Iterator[Quantity]:
    """Yields those of some words of `text` that count something: 「两条」, the 85 of 「85岁」."""
    ages = dict(ages_of_persons(text))
    for word in words:
        if match := _QUANTITY.fullmatch(word.text):
            yield Quantity(word.text, value_of(match[1]), match[2])
        elif word.text.isdecimal() and (behind := _MEASURE_BEHIND.match(text, word.end)):
            yield Quantity(word.text, value_of(word.text), behind[1])
        elif age := ages.get(word.start):
            yield replace(age, word=word.text)


def _placed(words: Sequence[Term], text: str) -> Iterator[str]:
    """Yields the words of `text` that a mark of a place follows."""
    for word in words:
        if len(word.text) > 1 and _PLACE_MARK.match(text, word.end):
            yield word.text


def _with_whole_numerals(words: Iterable[Term]) -> list[Term]:
    """Returns words with the parts of a Chinese number as one: 九十 and 二."""
    whole: list[Term] = []
    for word in words:
        before = whole[-1] if whole else None
        if (
            before is not None
            and before.end == word.start
            and _NUMERALS.issuperset(before.text + word.text)
        ):
            whole[-1] = replace(before, text=before.text + word.text, end=word.end)
        else:
            whole.append(word)
    return whole


def plain(text: str) -> str:
    """Returns `text` without what `QuestionReader.read` ignores: markup, gaps in Chinese."""
    return close_han_gaps(_TAG.sub(" ", text)).strip()


def asking_spans(normalised: str) -> list[Span]:
    """Returns where a normalised question asks: 多少, 谁, 什么时候."""
    return [Span(*match.span()) for match in _ASKING.finditer(normalised)]


def _nearest(words: Sequence[Term], asked: re.Match[str] | None) -> Sequence[Term]:
    """Returns the words that may be asked about, the likeliest first.

    That is what a quantity is asked of, or else what stands before the asking word. What touches
    什么 or 哪 names the kind of answer, 「什么称号」, and need not stand in the text. A name ends
    with its head: 「谁是青海省省长」 and the keywords 「城西区地铁」 are about their last word.
    """
    if asked is None:
        return words[::-1]
    before = [word for word in reversed(words) if word.end <= asked.start()]
    after = [word for word in words if word.start >= asked.end()]
    if after and re.search("多少|几", asked.group()):
        # A measure word may stand between: 「几所学校」.
        if after[0].start - asked.end() <= _LONGEST_MEASURE:
            return after
    elif after and after[0].start == asked.end() and not asked["adverb"]:
        return []
    return before or after[::-1]


def _named_kinds(words: Sequence[Term], asked: re.Match[str] | None) -> list[str]:
    """Returns what 什么 or 哪些 stands before: 材料 in 「什么材料」."""
    if asked is None or not _KIND_AFTER.fullmatch(asked.group()):
        return []
    return [word.text for word in words if word.start == asked.end()]


def _overwritten(text: str, places: Iterable[tuple[int, int]], by: str) -> str:
    """Returns `text` with one character in place of each of those in `places`."""
    for start, end in places:
        text = text[:start] + by * (end - start) + text[end:]
    return text


def _same(term: Term, other: Term) -> bool:
    return term.text == other.text and term.kind is other.kind


def _touch(term: Term, other: Term) -> bool:
    return term.end == other.start or other.end == term.start


def _runs(words: Sequence[Term]) -> Iterator[tuple[int, int]]:
    """Returns ranges of words that touch each other."""
    start = None
    for word, following in zip_longest(words, words[1:]):
        start = word.start if start is None else start
        if following is None or following.start != word.end:
            yield start, word.end
            start = None


def _each_once(terms: Sequence[Term]) -> tuple[Term, ...]:
    first: dict[str, Term] = {}
    for term in terms:
        first.setdefault(term.text, term)
    return tuple(first.values())
