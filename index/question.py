"""What a question looks for: its content terms, without the words that only ask."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from itertools import zip_longest

from index.answer_kind import AnswerKind, asked_kind
from index.model import Span
from index.text import Term, TextReader, close_han_gaps

LONGEST_QUESTION = 1_000
"""Characters. Longer texts are articles, not questions."""


_MEASURES = frozenset(
    (
        *"个名位支条座所间项种次盏只家篇本部辆台件天人块元斤米里年岁度户册钱亿万",
        *("平方米", "平米", "平方公里", "公里", "千米", "公顷", "万元", "亿元", "元钱", "块钱"),
        *("分钟", "小时"),
    )
)
"""What is counted with, after 多少, 几 and 哪: no part of what is looked for."""
_LONGEST_MEASURE = max(map(len, _MEASURES))
_COUNTING = re.compile(r"花(?:了|费)?多少|多少[盏辆]?|第?几(?!乎|何)|哪[一些]?")
_ASKING = re.compile(
    r"(?:这|本|该)[篇条则](?:文章|报道|新闻)[里中内]?"
    r"|由(?:哪|什么|几|多少).{0,6}?[组构]成"
    rf"|{_COUNTING.pattern}"
    r"|什么样?|甚么|啥样?|谁|多[大长高远重久宽深]|怎么[样办]?|怎样|如何|为何|为什么|何[时地处人种年]|几时"
)
"""What a question asks with."""
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,200}>")
"""Markup that was copied along with a question."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question, cut.

    Attributes:
        text: as it was asked.
        words: the words to look for, in order, each once.
        bigrams: the bigrams of the words that stand together, in order, each once.
        focus: what is asked about, the nearest word to the asking word first: 部长 in
            「部长是谁」, 志愿者 in 「多少志愿者」; empty where the question does not say.
        kind: the kind of answer asked for, or None where the question does not say.
    """

    text: str
    words: tuple[Term, ...]
    bigrams: tuple[Term, ...]
    focus: tuple[Term, ...]
    kind: AnswerKind | None


class QuestionReader:
    """Cuts questions. Holds the list of words that only ask; make one and share it."""

    def __init__(self, reader: TextReader) -> None:
        self._reader = reader
        listed = resources.files("index").joinpath("question_words.txt").read_text("utf-8")
        self._asking = frozenset(
            word for line in listed.splitlines() for word in line.partition("#")[0].split()
        )

    def only_asks(self, word: str) -> bool:
        """Whether a word asks, holds a sentence together or is polite: nothing to look for."""
        return word in self._asking

    def read(self, text: str) -> Question:
        """Cut a question into the words and bigrams to look for.

        Words that ask (多少, 谁), hold a sentence together (的, 了) or are polite (请问) are left
        out before bigrams are formed, so that no bigram spans them. Offsets of words count
        characters of the normalised question, those of bigrams of the words that they run over.
        """
        normalised = self._reader.normalise(close_han_gaps(_TAG.sub(" ", text))).text
        asked = _ASKING.search(normalised)
        kept = _ASKING.sub(lambda match: " " * len(match.group()), normalised)
        cut = self._reader.words(kept)
        counted = {match.end() for match in _COUNTING.finditer(normalised)}
        measures = {w.start for w in cut if w.start in counted and w.text in _MEASURES}
        words = [w for w in cut if w.text not in self._asking and w.start not in measures]
        bigrams = [
            bigram
            for start, end in _runs(words)
            for bigram in self._reader.bigrams(kept[start:end])
        ]
        focus = self._focus(_nearest(words, asked))
        return Question(text, _each_once(words), _each_once(bigrams), focus, asked_kind(normalised))

    def _focus(self, nearest: Sequence[Term]) -> tuple[Term, ...]:
        """What is asked about: the nearest word, and another that belongs to it: 志愿者队伍."""
        if len(nearest) > 1 and _touch(*nearest[:2]) and not self._reader.is_name(nearest[1].text):
            return tuple(nearest[:2])
        return tuple(nearest[:1])


def plain(text: str) -> str:
    """`text` without what `QuestionReader.read` does not look at: markup, gaps in Chinese."""
    return close_han_gaps(_TAG.sub(" ", text)).strip()


def asking_spans(normalised: str) -> list[Span]:
    """Where a normalised question asks: 多少, 谁, 什么时候."""
    return [Span(*match.span()) for match in _ASKING.finditer(normalised)]


def _nearest(words: Sequence[Term], asked: re.Match[str] | None) -> Sequence[Term]:
    """The words that may be asked about, the likeliest first.

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
    elif after and after[0].start == asked.end():
        return []
    return before or after[::-1]


def _touch(one: Term, other: Term) -> bool:
    return one.end == other.start or other.end == one.start


def _runs(words: Sequence[Term]) -> Iterator[tuple[int, int]]:
    """Ranges of words that touch each other."""
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
