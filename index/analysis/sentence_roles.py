"""Gives each sentence of an article its role among its neighbours: heading, question, item, …"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import IntEnum

from index.analysis.headline import is_document_number
from index.analysis.line_roles import fold_width
from index.analysis.provisions import opening_provision
from index.analysis.sentences import sentences
from index.analysis.table_rows import named_row
from index.model import Article, Block, BlockKind, Span

LONGEST_LABEL = 12
"""Maximum number of characters of a label: 「咨询电话：」."""
_LONGEST_QUESTION_LINE = 60
"""Maximum number of characters of a line that is a question without a mark."""
_LONGEST_BARE_ITEM = 40
"""Maximum number of characters of an item without a mark before it or punctuation after it."""


class Role(IntEnum):
    """The role of a sentence among its neighbours. Values are stored and never change."""

    TEXT = 0
    TITLE = 1
    HEADING = 2
    BYLINE = 3
    QUESTION = 4
    LEAD_IN = 5
    ITEM = 6
    PROVISION = 7
    LABEL = 8
    ROW = 9
    COLUMNS = 10

    @property
    def heads(self) -> bool:
        """Whether it only says what the sentences below are about, and answers nothing itself.

        A byline does answer: it names who speaks.
        """
        return self in (Role.TITLE, Role.HEADING, Role.QUESTION, Role.COLUMNS)


@dataclass(frozen=True, slots=True)
class RoledSentence:
    """A sentence with its role.

    Attributes:
        span: its range in the article's text.
        role: its role.
        governor: the number in the article of the sentence that says what it is about: the lead-in
            of an item, the question of an answer, the provision of its further paragraphs, the
            heading above; None if there is none.
        provision: the canonical number of the provision that it opens; empty if none.
        reading: the text to search instead of the written one: a row with the names of its columns;
            else empty.
    """

    span: Span
    role: Role
    governor: int | None
    provision: str = ""
    reading: str = ""


_ENUMERATED = (
    re.compile(r"\([一二三四五六七八九十]{1,3}\)"),
    re.compile(r"\(\d{1,3}\)"),
    re.compile(r"[一二三四五六七八九十]{1,3}、"),
    re.compile(r"\d{1,3}\s*[.、)](?!\d)"),
    re.compile("[\u2460-\u2473]"),
    re.compile("[-*+\u2022\u00b7\u25cf\u25aa\u25c6\u25a0\u25a1\uf06c\uf0b7]\\s*"),
    re.compile(r"[a-zA-Z][.、)]"),
    re.compile(r"第[一二三四五六七八九十]{1,3}[、,]|其[一二三四五六七八九十]"),
)
"""The marks before items; each is a style."""
_BARE = -1
_ASKS = re.compile(r"(?:问|提问|q(?:uestion)?)\s*\d{0,3}\s*[:.、]", re.IGNORECASE)
_ANSWERS = re.compile(r"(?:答|回答|回复|a(?:nswer)?)\s*\d{0,3}\s*[:.、]", re.IGNORECASE)
_EMPHASIS = "*_#> \t\u3000"
_LABEL = re.compile(
    rf"[【\[]?(?P<label>[^\W\d][^\n:|。,;!?\t]{{0,{LONGEST_LABEL - 1}}}?)"
    r"(?:[】\]]\s*:?|\s*(?<!\d):|:(?!\d\d)|\t)\s*(?=\S)"
)
"""Matches a label; 「每日7:30开门」 opens with none."""
_SPECIAL = re.compile(
    rf"[^:]{{0,{LONGEST_LABEL + 2}}}[:】\t]|\W*(?:第|[\d(*-]|附|问|[一二三四五六七八九十]{{1,3}}、)"
)
"""Matches the beginning of a line that may be more than prose."""
_GOES_ON = re.compile(r"[;,、]\s*(?:以及|和|或者?|及)?$")
_CLOSED = re.compile(r"[。!?…][”’」』》)\]]*$")


def label_of(sentence: str) -> str:
    """Returns the label that opens a normalised sentence: 时间 in 「时间:周五」; empty if none."""
    match = _LABEL.match(sentence)
    return match["label"].strip() if match else ""


def sentence_roles(article: Article) -> list[RoledSentence]:
    """Returns the sentences of an article in order, without metadata."""
    assigner = _Assigner(article.text)
    folded = fold_width(article.text)
    blocks = [block for block in article.blocks if block.kind is not BlockKind.METADATA]
    lines = [line for block in blocks for line in _lines(block, folded)]
    for number, line in enumerate(lines):
        assigner.add(line, lines[number + 1] if number + 1 < len(lines) else None)
    return assigner.sentences


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of a block.

    Attributes:
        span: its range in the article's text.
        raw: its text, with the width folded.
        before: the text on the same line before its block.
    """

    span: Span
    kind: BlockKind
    level: int
    raw: str
    before: str

    @property
    def is_plain(self) -> bool:
        """Whether it is prose, unless a list or a question goes on with it."""
        return not (
            self.before
            or _SPECIAL.match(self.raw)
            or self.raw.rstrip(_EMPHASIS)[-1:] in (":", "?")
            or self.is_row
            or self.is_marked_item
        )

    @property
    def is_marked_item(self) -> bool:
        """Whether the file marks it as an item of a list."""
        return self.kind is BlockKind.ITEM

    @property
    def text(self) -> str:
        """The text without marks of emphasis around it."""
        return self.raw.strip(_EMPHASIS)

    @property
    def style(self) -> int:
        """The style of the mark at its beginning or before it; `_BARE` if there is none."""
        return _style(self.before + self.raw)

    @property
    def leads_in(self) -> bool:
        """Whether it announces what follows."""
        return self.text.endswith(":")

    @property
    def asks(self) -> bool:
        """Whether it opens with a question that the lines below answer."""
        return bool(_ASKS.match(self.text)) or (self.is_question and self.style != _BARE)

    @property
    def is_question(self) -> bool:
        """Whether it is a question as a whole."""
        return self.text.endswith("?") and len(self.text) <= _LONGEST_QUESTION_LINE

    @property
    def is_row(self) -> bool:
        """Whether it is a row of a table."""
        return " | " in self.raw

    @property
    def is_label(self) -> bool:
        """Whether it is a label with a value."""
        return bool(_LABEL.match(self.text)) and not _ANSWERS.match(self.text)

    @property
    def item_depth(self) -> int:
        """The depth of an item that the file marks; 0 for any other line."""
        return self.level if self.is_marked_item else 0

    @property
    def role(self) -> Role:
        """The role of a line that no lead-in governs."""
        if self.is_row:
            return Role.ROW
        if self.is_label:
            return Role.LABEL
        return Role.ITEM if self.is_marked_item else Role.TEXT

    def is_answered_by(self, following: "_Line | None") -> bool:
        """Whether it is a question in a list, and the next line of the list answers it."""
        return (
            self.is_marked_item
            and self.is_question
            and following is not None
            and following.is_marked_item
            and not following.is_question
        )


def _lines(block: Block, folded: str) -> Iterator[_Line]:
    position = block.start
    for part in folded[block.start : block.end].split("\n"):
        stripped = part.strip()
        if stripped:
            start = position + part.index(stripped)
            span = Span(start, start + len(stripped))
            yield _Line(span, block.kind, block.level, stripped, _mark_before(folded, start))
        position += len(part) + 1


def _mark_before(folded: str, start: int) -> str:
    """Returns the text on a line before its block: the marks of lists in Markdown."""
    return folded[folded.rfind("\n", 0, start) + 1 : start]


def _style(line: str) -> int:
    line = line.lstrip("> \t")
    if line.startswith(("**", "__")):
        line = line[2:]
    return next((n for n, mark in enumerate(_ENUMERATED) if mark.match(line)), _BARE)


@dataclass(slots=True)
class _List:
    """A list whose items are being read.

    Attributes:
        lead_in: the number of the sentence that governs its items.
        depth: the depth of the lead-in if the file marks it as an item of another list; else 0.
        style: the style of its items; None before the first.
        last: its last line; None before the first.
    """

    lead_in: int
    depth: int
    style: int | None = None
    last: _Line | None = None

    def takes(self, line: _Line) -> bool:
        """Whether `line` is its next item."""
        if line.is_marked_item:
            return line.level > self.depth and (self.last is None or self.last.is_marked_item)
        if self.last is not None and self.last.is_marked_item:
            return False
        if self.last is None or self.style is None:
            # 「公告如下：」 may also announce a whole text; only items are governed by it.
            return line.style != _BARE or _may_be_bare(line) or line.is_label or line.is_row
        if self.style != _BARE:
            return line.style == self.style
        if self.last.is_label or self.last.is_row:
            return line.is_label == self.last.is_label and line.is_row == self.last.is_row
        if line.style != _BARE or _CLOSED.search(self.last.text):
            return False
        # A sentence below items without any mark is the text after the list.
        is_text = _CLOSED.search(line.text) and not _GOES_ON.search(self.last.text)
        return not is_text and _may_be_bare(line)


def _may_be_bare(line: _Line) -> bool:
    return bool(
        len(line.text) <= _LONGEST_BARE_ITEM
        or _GOES_ON.search(line.text)
        or not _CLOSED.search(line.text)
    )


class _Assigner:
    """Gives the lines of an article their roles, one by one."""

    def __init__(self, text: str) -> None:
        self.sentences: list[RoledSentence] = []
        self._text = text
        self._title: int | None = None
        self._headings: list[tuple[int, int]] = []
        self._question: int | None = None
        self._answer_lines: int | None = None
        self._is_asked_in_list = False
        self._provision: int | None = None
        self._lists: list[_List] = []
        self._columns: int | None = None

    def add(self, line: _Line, following: _Line | None) -> None:
        """Adds the sentences of the next line."""
        if "|" not in line.raw:
            self._columns = None
        if self._is_asked_in_list and not line.is_marked_item:
            self._question, self._is_asked_in_list = None, False
        if line.kind is BlockKind.TITLE:
            self._title = self._put(line, Role.TITLE, None)
        elif line.kind is BlockKind.BYLINE:
            self._put(line, Role.BYLINE, None)
        elif line.kind is BlockKind.HEADING and not self._is_item(line):
            self._add_heading(line)
        elif line.kind is BlockKind.COLUMNS:
            above = self._lists[-1].lead_in if self._lists else self._above()
            self._lists.clear()
            self._columns = len(self.sentences)
            self.sentences.append(RoledSentence(line.span, Role.COLUMNS, above))
        elif self._columns is not None and "|" in line.raw:
            self._add_row(line, self._columns)
        elif is_document_number(line.text):
            self._put(line, Role.HEADING, self._above())
        elif line.is_plain and not self._lists:
            self._put(line, Role.TEXT, self._above())
            self._count_answer()
        else:
            self._add_paragraph(line, following)

    def _add_row(self, line: _Line, columns: int) -> None:
        header = self.sentences[columns].span.of(self._text)
        reading = named_row(line.span.of(self._text), header)
        self.sentences.append(RoledSentence(line.span, Role.ROW, columns, reading=reading))

    def _is_item(self, line: _Line) -> bool:
        """Whether a line that looks like a heading goes on with a list."""
        return bool(self._lists) and self._lists[-1].last is not None and self._takes(line)

    def _add_heading(self, line: _Line) -> None:
        self._headings = [(level, at) for level, at in self._headings if level < line.level]
        self._question, self._provision = None, None
        self._lists.clear()
        asks = line.text.endswith("?")
        role = Role.QUESTION if asks else Role.HEADING
        number = self._put(line, role, self._above(), opening_provision(line.text))
        self._headings.append((line.level, number))

    def _add_paragraph(self, line: _Line, following: _Line | None) -> None:
        provision = opening_provision(line.text)
        if provision.endswith(("条", "章", "节")) or "条之" in provision or "." in provision:
            self._lists.clear()
            self._question = None
            self._provision = None
            above = self._above()
            self._provision = len(self.sentences)
            self._add_line(line, following, Role.PROVISION, above, provision)
        elif line.is_answered_by(following):
            self._add_question(line, is_marked=True)
            self._is_asked_in_list = True
        elif line.asks or (line.is_question and self._question is None and not self._lists):
            self._add_question(line, line.asks)
        elif self._takes(line):
            self._add_item(line, following, provision)
        else:
            self._lists.clear()
            self._add_line(line, following, line.role, self._above(), provision)
            self._count_answer()

    def _takes(self, line: _Line) -> bool:
        while self._lists and not self._lists[-1].takes(line):
            self._lists.pop()
        return bool(self._lists)

    def _add_item(self, line: _Line, following: _Line | None, provision: str) -> None:
        current = self._lists[-1]
        current.style = line.style if current.style is None else current.style
        current.last = line
        role = Role.ROW if line.is_row else Role.ITEM
        self._add_line(line, following, role, current.lead_in, provision)

    def _add_question(self, line: _Line, is_marked: bool) -> None:
        self._lists.clear()
        self._question = None
        number, governor = len(self.sentences), self._above()
        spans = [span.shifted(line.span.start) for span in sentences(line.span.of(self._text))]
        ends = next(
            (
                at
                for at, span in enumerate(spans)
                if span.of(self._text).rstrip("*_ ")[-1:] in "?？"
            ),
            0,
        )
        for at, span in enumerate(spans):
            asks = at <= ends
            self.sentences.append(
                RoledSentence(
                    span, Role.QUESTION if asks else Role.TEXT, governor if at == 0 else number
                )
            )
        self._question = number
        self._answer_lines = None if is_marked else 1

    def _add_line(
        self,
        line: _Line,
        following: _Line | None,
        role: Role,
        governor: int | None,
        provision: str,
    ) -> None:
        self._put(line, role, governor, provision)
        if line.leads_in and following is not None and following.kind is not BlockKind.TITLE:
            self.sentences[-1] = replace(self.sentences[-1], role=Role.LEAD_IN)
            self._lists.append(_List(len(self.sentences) - 1, line.item_depth))

    def _count_answer(self) -> None:
        if self._question is not None and self._answer_lines is not None:
            self._answer_lines -= 1
            if self._answer_lines <= 0:
                self._question = self._answer_lines = None

    def _above(self) -> int | None:
        """Returns the number of the sentence that governs a line outside of lists."""
        if self._question is not None:
            return self._question
        if self._provision is not None:
            return self._provision
        return self._headings[-1][1] if self._headings else self._title

    def _put(self, line: _Line, role: Role, governor: int | None, provision: str = "") -> int:
        """Adds the sentences of a line; the first sentence of a provision governs the others."""
        first = len(self.sentences)
        for span in sentences(line.span.of(self._text)):
            is_first = len(self.sentences) == first
            inner = role is Role.PROVISION and not is_first
            self.sentences.append(
                RoledSentence(
                    span.shifted(line.span.start),
                    Role.TEXT if inner else role,
                    first if inner else governor,
                    provision if is_first else "",
                )
            )
        return first
