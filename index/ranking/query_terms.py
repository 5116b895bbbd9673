"""The terms of a question, word by word, and how far a text holds each word."""

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from index.analysis.index_terms import (
    BIGRAM_WEIGHT,
    CONTEXT_WEIGHT,
    body_key,
    context_key,
    provision_key,
)
from index.analysis.numerals import CHARACTERS, is_number, other_spellings
from index.analysis.provisions import openings
from index.analysis.reader import Term, TermKind, TextReader
from index.engines import Engine
from index.model import Span
from index.query.answer_type import AnswerType
from index.query.periods import Period
from index.query.quantities import Quantity
from index.query.question import Question
from index.query.search_terms import PROVISION_WEIGHT

LONG_WORD_PART = 0.8
"""Credit for the found part of a word of three or more characters, by its bigrams."""
CHARACTER_PART = 0.6
"""Credit for the found characters of a word, by how rare they are."""
FRAME_CREDIT = 0.6
"""Least credit for a word that says what kind of answer is wanted: 颜色 in 「什么颜色」."""
SINGLE_CHARACTER = 0.5
"""IDF of a word of one Chinese character against that of a longer one."""
VERB = 0.7
"""IDF of a verb against that of a noun: what is done is told in many words."""
PRIOR_PASSAGES = 50
"""Passages of ordinary Chinese that a word's rarity is judged by besides those of the library."""
UNSEEN_HOLDERS = 0.5
"""Passages that a bigram is counted in besides those that hold it."""
WORDS_IN_PASSAGE = 120
"""Running words of a passage of usual length."""

_RUNS_ON_BEFORE = re.compile(r"[0-9a-z]$|\d\.$")
_RUNS_ON_AFTER = re.compile(r"[0-9a-z]|\.\d|\+(?![0-9a-z])")
"""What makes a number or a Latin word part of a longer one. Letters and digits are told apart by
the tokenizer, but 「A4」 means neither A nor 4."""
_OF_ANOTHER = re.compile("[\u4e00-\u9fff](?<![的了和与及或等为是在有由对向从以将被把其该本各每、])")
"""What stands before the last word of a longer name."""
_NUMERAL = frozenset(CHARACTERS + "0123456789")
_DIGITS = frozenset("〇零二两三四五六七八九十")
"""What a number that must stand alone begins and ends with; many other words begin or end with 一,
百, 千, 万 and 亿: 万元, 百货."""
_FIRST_DIGITS = _DIGITS | frozenset("0123456789")
"""What a word begins with that must not be found behind a digit: 4路 is not 14路."""
_COUNTERS = frozenset("二两三四五六七八九十")
"""What a word begins with that no part of it stands for: 九价 is not 二价."""
_ONE_OF_SEVERAL = re.compile(
    f"第?[{CHARACTERS}]+(?:[级号类等档期届楼线路价册]|年级|号线)|[明后去前]年|次年|[上下](?:个?月|周|年|届|期|学期)"
)
"""What tells one from its like, so that no other word can stand for it: 三级, 明年."""
_MULTIPLIERS = "万亿"
_LESSER = "副"
"""What makes another title of a title: 副县长 is not 县长."""
_NUMBERED = frozenset("月日号时点分届路线栋幢楼层班室组级档期类册")
"""What makes a date, an ordinal or a name of the digits before it: 5日 is not 5, nor 五 in 五星级,
and 4路 is no four of anything."""


@dataclass(frozen=True, slots=True)
class QueryTerm:
    """A word of the question.

    Attributes:
        word: normalised.
        idf: how much it tells: the logarithm of how rare passages are that hold it.
        alternatives: synonyms and other spellings, normalised; a text that holds one of them
            whole holds the word.
        shares: what part of the word each of its characters tells, adding up to 1; empty where
            no part of it counts.
        floor: the least credit: of what says what kind of answer is wanted.
        shape: what holds it as well: a telephone number 电话.
        quantity: what it counts, which a limit that this keeps holds as well.
        opens: whether it numbers a provision, which only the line holds that opens with it.
    """

    word: str
    idf: float
    alternatives: tuple[str, ...] = ()
    shares: tuple[float, ...] = ()
    opens: bool = False
    floor: float = 0.0
    shape: re.Pattern[str] | None = None
    quantity: Quantity | None = None
    _spellings: tuple[tuple[str, bool], ...] = field(init=False, repr=False, compare=False)
    _plain: bool = field(init=False, repr=False, compare=False)
    _pairs: tuple[str, ...] = field(init=False, repr=False, compare=False)
    _characters: tuple[tuple[str, float], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        spellings = tuple((text, _may_run_on(text)) for text in (self.word, *self.alternatives))
        object.__setattr__(self, "_spellings", spellings)
        is_plain = not self.opens and spellings == ((self.word, False),)
        object.__setattr__(self, "_plain", is_plain)
        longer = len(self.word) > 2 and self.shares
        object.__setattr__(self, "_pairs", _pairs(self.word) if longer else ())
        characters = tuple(zip(self.word, self.shares, strict=True)) if self.shares else ()
        object.__setattr__(self, "_characters", characters)

    def places(self, text: str) -> list[Span]:
        """Returns where `text` holds the word. Numbers and Latin words must stand alone."""
        if self.opens:
            return list(openings(text, self.word))
        return [
            Span(start, start + len(spelling))
            for spelling, may_run_on in self._spellings
            for start in _starts(spelling, text)
            if (not may_run_on or _stands_alone(spelling, text, start))
            and text[max(0, start - 1) : start] != _LESSER
        ]

    def is_in(self, text: str) -> bool:
        """Whether `text` holds the whole word."""
        if self.opens:
            return bool(self.places(text))
        if self._plain and self.word not in text:
            return False
        return bool(self.places(text)) if not self._plain or _LESSER in text else True

    def credit(self, text: str) -> float:
        """Returns how far `text` holds the word: 1 whole, less in parts, 0 not at all."""
        if (self.word in text or not self._plain) and self.is_in(text):
            return 1.0
        if self.shape is not None and self.shape.search(text):
            return 1.0
        if self.quantity is not None and self.quantity.meets_limit_in(text):
            return 1.0
        held_share = 0.0
        # Asked for each word in each sentence: a loop is twice as fast as a generator here.
        for character, share in self._characters:
            if character in text:
                held_share += share
        if not held_share:
            return self.floor
        credit = max(self.floor, CHARACTER_PART * held_share)
        if not self._pairs:
            return credit
        share_of_pairs = sum([pair in text for pair in self._pairs]) / len(self._pairs)
        return max(credit, LONG_WORD_PART * share_of_pairs)


def _pairs(word: str) -> tuple[str, ...]:
    return tuple(word[i : i + 2] for i in range(len(word) - 1))


def _may_run_on(spelling: str) -> bool:
    """Whether it may be found within a longer number or word that means something else."""
    return spelling.isascii() or spelling[0] in _FIRST_DIGITS or spelling[-1] in _DIGITS


def _starts(spelling: str, text: str) -> Iterator[int]:
    start = text.find(spelling)
    while start >= 0:
        yield start
        start = text.find(spelling, start + len(spelling))


def _stands_alone(spelling: str, text: str, start: int) -> bool:
    """Whether the number or Latin word at `start` is no part of a longer one."""
    end = start + len(spelling)
    if spelling.isascii():
        before = text[max(0, start - 2) : start]
        return not (_RUNS_ON_BEFORE.search(before) or _RUNS_ON_AFTER.match(text, end))
    before, after = text[max(0, start - 1) : start], text[end : end + 1]
    runs_on_before = spelling[0] in _FIRST_DIGITS and before in _NUMERAL
    # Thousands follow upon a number without making another of it: 三 and 三万, as 3 and 3万.
    runs_on_after = spelling[-1] in _DIGITS and after in _NUMERAL and after not in _MULTIPLIERS
    return not ((before and runs_on_before) or (after and runs_on_after))


@dataclass(frozen=True, slots=True)
class Compound:
    """Two words that make one name.

    Attributes:
        modifier, head: 食品 and 许可证.
        is_unheard_of: whether no passage holds the modifier, an ordinary word.
    """

    modifier: QueryTerm
    head: str
    is_unheard_of: bool

    @property
    def name(self) -> str:
        """The name as it is asked for."""
        return self.modifier.word + self.head

    def is_another_in(self, text: str) -> bool:
        """Whether `text` holds the head only in names of other things: 危险废物许可证.

        It does not where it speaks of the modifier elsewhere, unless that is a number or a grade.
        """
        if self.head not in text or self.name in text:
            return False
        if self.modifier.is_in(text) and self.modifier.word[0] not in _NUMERAL:
            return False
        places = _starts(self.head, text)
        return all(_OF_ANOTHER.search(text[max(0, place - 1) : place]) for place in places)


@dataclass(frozen=True, slots=True)
class QueryTerms:
    """The terms of a question, which a passage should hold.

    Attributes:
        words: its content words, in order.
        pairs: its bigrams, and its numbers and Latin words, which have none; they tell what
            stands together.
        focus: what is asked about, where it is a name of something; else empty.
        names: its names and numbers, which no other word can stand for.
        answer_type: the type of answer it asks for.
        total_idf: of its own terms, each with its weight in a search.
        highest_idf: of a word that a single passage of the library holds.
        unheard: the words that occur nowhere in the library, nor what means the same; without
            those that only say what kind of answer is wanted.
        compounds: neighbouring words that make one name: 食品 and 经营许可证.
        kinds: those of its words that name the kind of thing asked for: 材料 in 「哪些材料」.
        wants_list: whether all of several things are asked for.
        period: the time for which it asks a price; None without one.
        characters: those of the question, normalised, and of the synonyms of its words.
    """

    words: tuple[QueryTerm, ...]
    pairs: tuple[QueryTerm, ...]
    focus: tuple[QueryTerm, ...]
    names: tuple[QueryTerm, ...]
    answer_type: AnswerType | None
    total_idf: float
    highest_idf: float
    unheard: tuple[str, ...] = ()
    compounds: tuple[Compound, ...] = ()
    kinds: tuple[QueryTerm, ...] = ()
    wants_list: bool = False
    period: Period | None = None
    characters: frozenset[str] = frozenset()

    def is_named_by(self, label: str) -> bool:
        """Whether a label or a heading (normalised) announces what is asked for."""
        if self.answer_type is not None and self.answer_type.is_named_by(label):
            return True
        return any(kind.is_in(label) for kind in self.kinds)

    @property
    def provisions(self) -> tuple[QueryTerm, ...]:
        """The provisions that the question names."""
        return tuple(query_term for query_term in self.words if query_term.opens)


def query_terms_of(question: Question, engine: Engine, reader: TextReader) -> QueryTerms:
    """Returns the terms of `question`, weighed by how rare its words are."""
    # By each word of the question: the parts of 「MP18」 are one query term.
    words = {
        part.text: query_term
        for parts in _wholes(question)
        for query_term in [_word_query_term(parts, question, engine, reader)]
        for part in parts
    }
    provisions = [
        QueryTerm(provision, _provision_idf(provision, engine), opens=True)
        for provision in question.provisions
    ]
    once = (*dict.fromkeys(words.values()), *provisions)
    pairs = [
        _with_synonyms(pair, question, reader, lambda term: _pair_idf(term, engine))
        for pair in question.bigrams
    ]
    alone = [query_term for query_term in once if query_term.word.isascii() or query_term.opens]
    unheard = [
        query_term.word
        for query_term in once
        if is_whole_word(query_term.word)
        and not query_term.floor
        and not _occurs(query_term, engine, reader)
    ]
    return QueryTerms(
        words=once,
        pairs=(*pairs, *alone) or once,
        focus=tuple(dict.fromkeys(words[word.text] for word in question.focus))
        if question.focus and _is_noun(question.focus[0], reader)
        else (),
        names=tuple(
            query_term
            for query_term in once
            if query_term.quantity is None
            and (
                reader.is_name(query_term.word)
                or query_term.opens
                or is_number(query_term.word)
                or query_term.word[0].isdecimal()
                or query_term.word in question.places
                or _ONE_OF_SEVERAL.fullmatch(query_term.word)
            )
        ),
        answer_type=question.answer_type,
        total_idf=_total_idf(question, engine),
        highest_idf=math.log(engine.passages + PRIOR_PASSAGES),
        unheard=tuple(unheard),
        compounds=tuple(
            Compound(words[modifier], head, _is_unheard_of(modifier, question, engine, reader))
            for modifier, head in question.compounds
            if words[modifier] is not words.get(head)
        ),
        kinds=tuple(term for term in once if term.word in question.kinds),
        wants_list=question.wants_list,
        period=question.period,
        characters=frozenset(reader.normalise(question.text).text).union(
            *(alternative for term in once for alternative in term.alternatives)
        ),
    )


def is_whole_word(word: str) -> bool:
    """Whether people take it for a word: no single character, no bare number."""
    return len(word) > 1 and not word.isdecimal()


def _occurs(query_term: QueryTerm, engine: Engine, reader: TextReader) -> bool:
    """Whether the library may hold a word, or what means the same.

    By their bigrams, which no text can hold the word without, however that is segmented.
    """
    if query_term.opens:
        return engine.holders(provision_key(query_term.word)) > 0
    word = Term(query_term.word, TermKind.WORD, 0, 0)
    if query_term.shape is not None or engine.holders(body_key(word)):
        return True
    return any(
        all(
            engine.holders(body_key(term)) or engine.holders(context_key(term))
            for term in reader.terms(spelling)
            if term.kind is TermKind.BIGRAM or term.text.isascii()
        )
        for spelling in (query_term.word, *query_term.alternatives)
    )


def _is_unheard_of(word: str, question: Question, engine: Engine, reader: TextReader) -> bool:
    terms = [term for term in question.words if term.text == word]
    keys = [key for term in terms for key in (body_key(term), context_key(term))]
    is_ordinary = reader.knows(word) and word not in question.frame
    return is_ordinary and not any(map(engine.holders, keys))


def _provision_idf(provision: str, engine: Engine) -> float:
    holders = engine.holders(provision_key(provision)) + UNSEEN_HOLDERS
    return math.log((engine.passages + PRIOR_PASSAGES) / holders)


def _wholes(question: Question) -> list[list[Term]]:
    """Returns the words, each alone, but what is one together.

    So is a code or a date, MP and 18, 5 and 日, and the name of a person: 何, 建 and 刚.
    """
    wholes: list[list[Term]] = []
    for word in question.words:
        before = wholes[-1][-1] if wholes else None
        touches = before is not None and before.end == word.start
        is_code = before is not None and before.text.isascii()
        goes_on = word.text.isascii() or word.text in _NUMBERED
        if touches and ((is_code and goes_on) or _person_of(word, question)):
            wholes[-1].append(word)
        else:
            wholes.append([word])
    return wholes


def _person_of(word: Term, question: Question) -> Term | None:
    """Returns the name that a word is a part of."""
    person = question.person
    return person if person is not None and word.is_within(person) else None


def _word_query_term(
    parts: Sequence[Term], question: Question, engine: Engine, reader: TextReader
) -> QueryTerm:
    """Returns the query term of a word, or of a code with the IDF of its rarest part."""
    if len(parts) > 1:
        person = _person_of(parts[0], question)
        # Of 芳芳, each word is there but once.
        text = person.text if person else "".join(part.text for part in parts)
        idf = max(_word_idf(part, engine, reader) for part in parts)
        others = [other for part in parts for other in _synonyms(part, question)]
        return QueryTerm(text, idf, tuple(dict.fromkeys((*_date_spellings(parts), *others))))
    return _with_synonyms(parts[0], question, reader, lambda term: _word_idf(term, engine, reader))


def _date_spellings(parts: Sequence[Term]) -> tuple[str, ...]:
    """Returns 「5日」 and 「4路」 in Chinese characters."""
    if len(parts) != 2 or parts[1].text not in _NUMBERED:
        return ()
    return tuple(other + parts[1].text for other in other_spellings(parts[0].text))


def _total_idf(question: Question, engine: Engine) -> float:
    def idf_of(term: Term) -> float:
        above = CONTEXT_WEIGHT * engine.idf_of(context_key(term))
        return engine.idf_of(body_key(term)) + above

    words = sum(idf_of(word) * _share(word, question, idf_of) for word in question.words)
    pairs = sum(idf_of(pair) * _share(pair, question, idf_of) for pair in question.bigrams)
    provisions = sum(engine.idf_of(provision_key(p)) for p in question.provisions)
    return words + BIGRAM_WEIGHT * pairs + PROVISION_WEIGHT * provisions


def _share(own: Term, question: Question, idf_of: Callable[[Term], float]) -> float:
    """Returns what part of its IDF a term with synonyms keeps."""
    shares = (rewording.share(own.kind, idf_of) for rewording in question.rewordings_of(own))
    return min(shares, default=1.0)


def _synonyms(own: Term, question: Question) -> list[str]:
    rewordings = question.rewordings_of(own)
    return [other.text for rewording in rewordings for other in rewording.alternatives]


def _with_synonyms(
    own: Term, question: Question, reader: TextReader, idf_of: Callable[[Term], float]
) -> QueryTerm:
    """Returns a query term with its synonyms."""
    others = _synonyms(own, question)
    if own.kind is TermKind.WORD:
        others += other_spellings(own.text)
    answer_type = question.answer_type
    quantity = question.quantity_of(own.text) if own.kind is TermKind.WORD else None
    is_frame = quantity is not None or (own.kind is TermKind.WORD and own.text in question.frame)
    is_shaped = is_frame and answer_type is not None and answer_type.is_named_by(own.text)
    whole_only = (
        own.text.isascii()
        or own.kind is TermKind.BIGRAM
        or len(own.text) == 1
        or own.text[0] in _COUNTERS
    )
    return QueryTerm(
        own.text,
        idf_of(own) * _share(own, question, idf_of),
        tuple(dict.fromkeys(others)),
        () if whole_only else reader.character_shares(own.text),
        floor=FRAME_CREDIT if is_frame else 0.0,
        shape=answer_type.shape if answer_type and is_shaped and answer_type.shows else None,
        quantity=quantity,
    )


def _is_noun(word: Term, reader: TextReader) -> bool:
    """Whether a word names something; single characters are too vague to tell."""
    return not reader.is_verb(word.text) and (len(word.text) > 1 or word.text.isascii())


def _pair_idf(pair: Term, engine: Engine) -> float:
    """Returns the rarity of a bigram; in a small library, too, one that it lacks tells most."""
    holders = engine.holders(body_key(pair)) + UNSEEN_HOLDERS
    return math.log((engine.passages + PRIOR_PASSAGES) / holders)


def _word_idf(word: Term, engine: Engine, reader: TextReader) -> float:
    """Returns the rarity of a word in the library, with ordinary Chinese as the prior.

    A small library alone would take each everyday word that it does not happen to hold for as
    telling as a name.
    """
    ordinary = 1 - (1 - reader.commonness(word.text)) ** WORDS_IN_PASSAGE
    size = engine.passages
    holders = engine.holders(body_key(word))
    rarity = math.log((size + PRIOR_PASSAGES) / (holders + PRIOR_PASSAGES * ordinary))
    if len(word.text) == 1 and not word.text.isascii():
        rarity *= SINGLE_CHARACTER
    return rarity * VERB if reader.is_verb(word.text) else rarity
