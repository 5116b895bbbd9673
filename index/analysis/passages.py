"""Breaks an article into passages, each with its headings and byline."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from index.analysis.line_roles import fold_width
from index.analysis.metadata_lines import read_dateline
from index.analysis.sentence_roles import Role, RoledSentence, sentence_roles
from index.model import Article, Block, BlockKind, Passage, Span

TARGET_LENGTH = 200
"""Number of characters of a passage that reads well as one quote; 120 to 320 is usual."""
LONGEST_PASSAGE = 320

LONGEST_UNIT = 640
"""Maximum number of characters of sentences that stay in one passage because they say little alone:
a list with its lead-in, a provision, a question with its answer. One message still shows them."""

LONGEST_LEAD = 200
"""Maximum number of characters of headings and byline that open a passage; longer ones are passages
of their own."""

_LONGEST_DATELINE = 120
"""Number of characters at the beginning of a paragraph that may name place and reporters."""

PASSAGE_RECIPE = "whole sentences of 120 to 320 characters, lists and provisions whole/7"
"""Names how articles become blocks and passages; a generation of another recipe is rebuilt."""

# Costs of ending a passage, in the unit of `_length_costs`, chosen by reading how articles break:
# a new paragraph is the natural place, then a sentence that opens the next point of a list.
_END_OF_PARAGRAPH = 0.0
_BEFORE_ENUMERATION = 0.15
_BETWEEN_SENTENCES = 0.5
_ENUMERATION = re.compile(
    r"[一二三四五六七八九十]{1,3}[是、]|其[一二三四五六七八九十]|第[一二三四五六七八九十]"
    r"|[(\uff08][一二三四五六七八九十\d]{1,3}[)\uff09]|首先|其次|再次|再者|最后|此外|另外|同时"
)


_STEMS = (Role.LEAD_IN, Role.QUESTION, Role.COLUMNS)
"""Roles of sentences without which those that they govern say little."""
_KEEPS_TOGETHER = (*_STEMS, Role.PROVISION)


@dataclass(frozen=True, slots=True)
class RoledPassage:
    """A passage with its sentences.

    Attributes:
        sentences: with ranges and governors counted in the passage; the governor is None where it
            stands in another passage or in none.
    """

    passage: Passage
    sentences: tuple[RoledSentence, ...]


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A sentence with its place in the section.

    Attributes:
        number: its number in the article.
        paragraph: number of its paragraph in the section, from 1.
        cost_before: the cost of beginning a passage with it.
    """

    number: int
    span: Span
    paragraph: int
    cost_before: float


@dataclass(frozen=True, slots=True)
class _Unit:
    """Sentences that stay in one passage."""

    sentences: tuple[_Sentence, ...]

    @property
    def span(self) -> Span:
        return Span(self.sentences[0].span.start, self.sentences[-1].span.end)


@dataclass(slots=True)
class _Section:
    """The blocks under one heading, while they are collected.

    Attributes:
        bylines: includes those above a line of metadata, which are in no passage.
        is_closed: whether metadata has ended the piece.
    """

    headings: tuple[str, ...]
    bylines: list[Block] = field(default_factory=list)
    lead: list[Block] = field(default_factory=list)
    paragraphs: list[Block] = field(default_factory=list)
    credit: Block | None = None
    is_closed: bool = False


def split_article(article: Article, first_id: int) -> list[Passage]:
    """Breaks an article into passages; see `split_with_roles`.

    Args:
        first_id: the id of the first passage.
    """
    return [roled.passage for roled in split_with_roles(article, first_id)]


def split_with_roles(article: Article, first_id: int) -> list[RoledPassage]:
    """Breaks an article into passages of whole sentences that never cross a heading.

    The headings and the byline that open a section stand at the start of its first passage, so
    that they can be quoted too; beyond `LONGEST_LEAD` characters they are passages
    of their own.

    Args:
        first_id: the id of the first passage.
    """
    passages: list[RoledPassage] = []
    roled = sentence_roles(article)
    starts = [sentence.span.start for sentence in roled]
    for section in _sections(article):
        byline, credit = _byline(section, article.text), _credit(section, article.text)
        for sentences_of_passage in _section_passages(section, article.text, roled, starts):
            first, span = sentences_of_passage[0], _range(sentences_of_passage)
            begin, end = bisect_left(starts, span.start), bisect_left(starts, span.end)
            passage = Passage(
                id=first_id + len(passages),
                article_id=article.id,
                ordinal=len(passages),
                start=span.start,
                end=span.end,
                text=span.of(article.text),
                headings=section.headings,
                byline=byline,
                credit=credit,
                paragraph=first.paragraph,
                breaks=tuple(
                    after.span.start - span.start
                    for before, after in pairwise(sentences_of_passage)
                    if after.paragraph != before.paragraph
                ),
                page=article.page_at(span.start),
                page_breaks=_page_breaks(article, span),
                stem=_stem(roled, first.number, begin, article.text),
            )
            passages.append(RoledPassage(passage, tuple(_within(roled, begin, end, span.start))))
    return passages


def _stem(roled: Sequence[RoledSentence], number: int, begin: int, text: str) -> str:
    """Returns the lead-in, question or columns above a passage that govern its first sentence."""
    governor = roled[number].governor
    if governor is None or governor >= begin:
        return ""
    stem = roled[governor]
    return stem.span.of(text) if stem.role in _STEMS else ""


def _within(
    roled: Sequence[RoledSentence], begin: int, end: int, start: int
) -> Iterator[RoledSentence]:
    """Yields the sentences of a range, with places counted in the passage from `start`."""
    for sentence in roled[begin:end]:
        governor = sentence.governor
        yield RoledSentence(
            sentence.span.shifted(-start),
            sentence.role,
            governor - begin if governor is not None and governor >= begin else None,
            sentence.provision,
            sentence.reading,
        )


def _page_breaks(article: Article, span: Span) -> tuple[int, ...]:
    """Returns where pages begin within a range of the article's text, counted from its start."""
    first, end = article.page_at(span.start), bisect_left(article.pages, span.end)
    return tuple(page - span.start for page in article.pages[first:end])


def _sections(article: Article) -> Iterator[_Section]:
    """Yields the runs of blocks that share their headings and byline."""
    trail: list[tuple[int, str]] = []
    section = _Section(())
    for block in article.blocks:
        ends = section.paragraphs or section.credit
        if block.kind is BlockKind.METADATA:
            if ends:
                section.is_closed = True
            elif any(line.kind is BlockKind.HEADING for line in section.lead):
                yield section
                section = _Section(section.headings, section.bylines)
            else:
                section.lead.clear()
        elif block.kind is BlockKind.TITLE:
            if ends:
                yield section
                section = _Section(())
            section.lead.append(block)
        elif block.kind is BlockKind.HEADING:
            # A heading followed by one of the same level heads nothing, but can be quoted.
            if ends or (trail and section.lead and trail[-1][0] >= block.level):
                yield section
                section = _Section(())
            trail = [(level, text) for level, text in trail if level < block.level]
            trail.append((block.level, article.text[block.start : block.end]))
            section.headings = tuple(text for _, text in trail)
            section.lead.append(block)
        elif block.kind is BlockKind.BYLINE and not section.paragraphs:
            section.bylines.append(block)
            section.lead.append(block)
        elif block.kind is BlockKind.BYLINE:
            section.credit = block
        else:
            if section.credit or section.is_closed:
                yield section
                section = _Section(section.headings)
            section.paragraphs.append(block)
    yield section


def _byline(section: _Section, text: str) -> str:
    return " ".join(text[block.start : block.end] for block in section.bylines)


def _credit(section: _Section, text: str) -> str:
    """Returns the reporters that the closing brackets name, or else the opening dateline."""
    if section.credit:
        return text[section.credit.start : section.credit.end].strip("()\uff08\uff09")
    if not section.paragraphs:
        return ""
    return _reporters(section.paragraphs[0], text)


def _reporters(opening: Block, text: str) -> str:
    start = text[opening.start : min(opening.end, opening.start + _LONGEST_DATELINE)]
    reporters = read_dateline(fold_width(start)).reporters
    return reporters.of(start) if reporters else ""


def _section_passages(
    section: _Section, text: str, roled: Sequence[RoledSentence], starts: Sequence[int]
) -> list[list[_Sentence]]:
    """Returns the passages of a section, each as its sentences."""
    own_sentences = list(_sentences(section.paragraphs, text, roled, starts))
    if section.lead:
        lead = Span(section.lead[0].start, section.lead[-1].end)
        if (
            own_sentences
            and lead.end - lead.start <= LONGEST_LEAD >= own_sentences[0].span.start - lead.end
        ):
            own_sentences[0] = replace(
                own_sentences[0], span=Span(lead.start, own_sentences[0].span.end)
            )
        else:
            own_sentences[:0] = [
                _Sentence(number, roled[number].span, 1, _END_OF_PARAGRAPH)
                for block in section.lead
                for number in _numbers(block, starts)
            ]
    if section.credit and own_sentences:
        own_sentences[-1] = replace(
            own_sentences[-1], span=Span(own_sentences[-1].span.start, section.credit.end)
        )
    units = _units(own_sentences, roled)
    return [
        [sentence for unit in units[begin:end] for sentence in unit.sentences]
        for begin, end in _group(units)
    ]


def _range(passage: Sequence[_Sentence]) -> Span:
    return Span(passage[0].span.start, passage[-1].span.end)


def _numbers(block: Block, starts: Sequence[int]) -> range:
    """Returns the numbers of the sentences of a block."""
    return range(bisect_left(starts, block.start), bisect_left(starts, block.end))


def _sentences(
    paragraphs: Sequence[Block],
    text: str,
    roled: Sequence[RoledSentence],
    starts: Sequence[int],
) -> Iterator[_Sentence]:
    for paragraph, block in enumerate(paragraphs, 1):
        for position, number in enumerate(_numbers(block, starts)):
            span = roled[number].span
            cost = _BETWEEN_SENTENCES
            if position == 0:
                cost = _END_OF_PARAGRAPH
            elif _ENUMERATION.match(text, span.start):
                cost = _BEFORE_ENUMERATION
            yield _Sentence(number, span, paragraph, cost)


def _units(own: Sequence[_Sentence], roled: Sequence[RoledSentence]) -> list[_Unit]:
    """Returns the sentences of a section in units, with those that say little alone together."""
    first = own[0].number if own else 0
    extents = _extents([roled[sentence.number] for sentence in own], first)
    units: list[_Unit] = []
    begin = 0
    while begin < len(own):
        end = begin + 1
        # The widest extent that fits is taken; if none fits, a sentence is a unit alone.
        for last in extents[begin]:
            if own[last].span.end - own[begin].span.start <= LONGEST_UNIT:
                end = last + 1
                break
        units.append(_Unit(tuple(own[begin:end])))
        begin = end
    return units


def _extents(own: Sequence[RoledSentence], first: int) -> list[list[int]]:
    """Returns for each sentence where a unit that it opens may end, widest first."""
    last: dict[int, int] = {}
    for place in range(len(own) - 1, -1, -1):
        governor = own[place].governor
        if governor is None or not 0 <= governor - first < place:
            continue
        reaches = max(last.get(place, place), last.get(governor - first, 0))
        last[governor - first] = reaches
    return [
        [last[place], place + 1] if place in last and own[place].role in _KEEPS_TOGETHER else []
        for place in range(len(own))
    ]


def _group(sentences: Sequence[_Unit]) -> list[tuple[int, int]]:
    """Groups neighbouring units into passages at the least total cost.

    This is dynamic programming over the ends of passages: `cheapest` is the least cost of breaking
    the units up to an end, `begins` is where the last passage then begins. All beginnings within
    reach of an end are tried at once: among very short sentences there are hundreds.
    """
    starts = np.array([sentence.span.start for sentence in sentences], np.int64)
    costs = np.array([unit.sentences[0].cost_before for unit in sentences])
    begins: list[int] = []
    nearest, cheapest = 0, 0.0
    for end, sentence in enumerate(sentences):
        costs[end] += cheapest
        while nearest < end and sentence.span.end - starts[nearest] > LONGEST_PASSAGE:
            nearest += 1
        lengths = sentence.span.end - starts[nearest : end + 1]
        options = costs[nearest : end + 1] + _length_costs(lengths)
        best = int(options.argmin())
        begins.append(nearest + best)
        cheapest = options[best]
    groups = []
    end = len(sentences)
    while end:
        begin = begins[end - 1]
        groups.append((begin, end))
        end = begin
    return groups[::-1]


def _length_costs(lengths: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.square((lengths - TARGET_LENGTH) / TARGET_LENGTH)
