"""The values that travel through the index: what an article is, what a passage, what an answer.

All spans count characters (Unicode code points) and are half-open: `text[start:end]`.
"""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from index.errors import BadLine, SkippedFile


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open range of characters."""

    start: int
    end: int

    def of(self, text: str) -> str:
        """The part of `text` that the span covers."""
        return text[self.start : self.end]

    def shifted(self, by: int) -> "Span":
        """The same span counted from a point `by` characters earlier."""
        return Span(self.start + by, self.end + by)


class BlockKind(StrEnum):
    """What a line or a paragraph is to its article."""

    TITLE = "title"
    METADATA = "metadata"
    HEADING = "heading"
    BYLINE = "byline"
    PARAGRAPH = "paragraph"
    ITEM = "item"
    """A line of a list that the file marks as one."""
    COLUMNS = "columns"
    """The names of the columns of a table."""


@dataclass(frozen=True, slots=True)
class Block:
    """A range of an article's text with one role.

    Attributes:
        kind: the role.
        level: depth of a heading or of an item, 1 for the outermost; 0 for everything else.
        start, end: the range in the article's text, without surrounding white space.
    """

    kind: BlockKind
    level: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Article:
    """One source document.

    Attributes:
        id: stable name of the article in its library: the file's path below the seeds folder,
            with forward slashes.
        title: the headline, or the file's name where there is none; a year that only the file's
            name tells stands behind it in brackets.
        source: who published it, e.g. 青海新闻网; empty if unknown.
        published: the day of publication, if known.
        url: where it can be read on the web; empty if unknown.
        digest: SHA-256 of the file's bytes in hexadecimal, of plain text and Markdown as they would
            be in UTF-8; where a sidecar describes it, followed by + and that of the sidecar's.
        text: what was read, with line ends as \\n and without a byte order mark; otherwise
            untouched.
        blocks: ranges of `text`, in order, without overlap.
        pages: where in `text` each page begins, the first at 0, ascending; a blank page begins
            where the next one does. Empty for formats without pages.
    """

    id: str
    title: str
    source: str
    published: date | None
    url: str
    digest: str
    text: str
    blocks: tuple[Block, ...]
    pages: tuple[int, ...] = ()

    def page_at(self, offset: int) -> int:
        """The number of the page, from 1, that holds the character at `offset` of `text`.

        0 where there are no pages.
        """
        return bisect_right(self.pages, offset)


@dataclass(frozen=True, slots=True)
class Passage:
    """A few whole sentences of an article: the unit that is found and quoted.

    `article.text[start:end] == text` always holds.

    Attributes:
        id: number of the passage in its generation, from 0.
        article_id: the article's id.
        ordinal: number of the passage in its article, from 0.
        start, end: the range in the article's text.
        text: the quoted text, verbatim.
        headings: the headings above it, outermost first, without the article's title.
        byline: who speaks or wrote, as printed under the heading; empty if unknown.
        credit: who reported, as printed at the end of the piece without its brackets; empty if
            unknown.
        paragraph: number of its first paragraph under its heading, from 1.
        breaks: where in `text` its further paragraphs begin.
        page: number of the page where it begins, from 1; 0 where its article has no pages.
        page_breaks: where in `text` its further pages begin.
        stem: the lead-in or the question before it, verbatim, without which its first sentence
            says little; empty where it stands in the passage or there is none.
    """

    id: int
    article_id: str
    ordinal: int
    start: int
    end: int
    text: str
    headings: tuple[str, ...]
    byline: str
    credit: str
    paragraph: int
    breaks: tuple[int, ...] = ()
    page: int = 0
    page_breaks: tuple[int, ...] = ()
    stem: str = ""

    def paragraph_at(self, offset: int) -> int:
        """The number of the paragraph that holds the character at `offset` of `text`."""
        return self.paragraph + sum(start <= offset for start in self.breaks)

    def page_at(self, offset: int) -> int | None:
        """The number of the page that holds the character at `offset` of `text`.

        None where the article has no pages.
        """
        return self.page + sum(start <= offset for start in self.page_breaks) or None


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that an engine found.

    Attributes:
        passage_id: the passage's number in the generation.
        score: the engine's score; comparable only within one search.
    """

    passage_id: int
    score: float


@dataclass(frozen=True, slots=True)
class Citation:
    """A passage with all that a reader needs to check it.

    Attributes:
        passage: the quoted passage.
        title, source, published, url: of its article, as in `Article`.
        sentence: the range of the answering sentence or sentences in `passage.text`.
        paragraph: number of the sentence's paragraph under its heading, from 1.
        highlights: ranges of the matched words in `passage.text`, in order, without overlap.
        matched_terms: the question's words that the passage or its headings hold.
        score: the evidence for this passage; comparable only within one answer.
        page: number of the sentence's page, from 1; None where the article has no pages.
    """

    passage: Passage
    title: str
    source: str
    published: date | None
    url: str
    sentence: Span
    paragraph: int
    highlights: tuple[Span, ...]
    matched_terms: tuple[str, ...]
    score: float
    page: int | None = None


class Certainty(StrEnum):
    """How far a reader may trust a reply."""

    SURE = "sure"
    """The first passage answers."""
    POSSIBLE = "possible"
    """One of the passages may answer; the reader has to check."""
    NONE = "none"
    """Nothing answers."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The passages that answer a question, best first.

    Attributes:
        question: as it was asked.
        citations: at least one; of a possible answer at most `MOST_POSSIBLE`.
        confidence: how likely the first passage answers, 0 to 1.
        certainty: SURE or POSSIBLE.
        missing: words of the question that the first passage, of a possible answer none of the
            passages, holds, nor what stands above it.
    """

    question: str
    citations: tuple[Citation, ...]
    confidence: float
    certainty: Certainty = Certainty.SURE
    missing: tuple[str, ...] = ()


MOST_POSSIBLE = 3
"""Passages of a possible answer."""


class RefusalReason(StrEnum):
    """Why a question has no answer."""

    NOTHING_ASKED = "nothing_asked"
    """The question holds no word that could be looked for."""
    TOO_LONG = "too_long"
    """The question is longer than `index.query.question.LONGEST_QUESTION` characters."""
    NOTHING_FOUND = "nothing_found"
    """No passage holds any of the question's words."""
    WEAK_EVIDENCE = "weak_evidence"
    """Passages hold a part of the question only."""
    NOT_TOGETHER = "not_together"
    """Each word of the question stands somewhere, but no passage holds them together."""
    OTHER_KIND = "other_kind"
    """A passage is about it, but does not tell the kind of thing that is asked: no sum, no day."""
    NO_MORE = "no_more"
    """All passages that answer the last question have been given."""
    OTHER_LANGUAGE = "other_language"
    """No passage answers, and the question is not in the language of the articles."""
    EMERGENCY = "emergency"
    """No passage answers, and the question speaks of fire, or calls for help."""
    CONTENTS = "contents"
    """What there is was asked for."""
    GREETING = "greeting"
    THANKS = "thanks"
    FAREWELL = "farewell"
    IDENTITY = "identity"
    """Who answers was asked for."""
    INSULT = "insult"


MISSES = (
    RefusalReason.NOTHING_FOUND,
    RefusalReason.WEAK_EVIDENCE,
    RefusalReason.NOT_TOGETHER,
    RefusalReason.OTHER_KIND,
)
"""Why a question that could be looked for has no answer."""


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """A refusal: the library does not say.

    Attributes:
        question: as it was asked.
        reason: why it is refused.
        confidence: what the best passage would have had, 0 to 1; 0 without any.
        missing: words of the question, in its order, that occur nowhere in the library, nor what
            means the same; with NOT_TOGETHER, those that the nearest passage does not hold.
        nearest: the passages that come nearest, best first; they are no answers.
        titles: of the newest articles, where what there is was asked for.
    """

    question: str
    reason: RefusalReason
    confidence: float = 0.0
    missing: tuple[str, ...] = ()
    nearest: tuple[Citation, ...] = ()
    titles: tuple[str, ...] = ()

    @property
    def certainty(self) -> Certainty:
        """NONE, so that replies of both kinds can be told apart by one attribute."""
        return Certainty.NONE


@dataclass(frozen=True, slots=True)
class Turn:
    """A question in a conversation, and what was replied.

    Attributes:
        question: as it was typed.
        understood: what the index was asked: the same where the question stood alone, else with
            what it took from earlier turns.
        result: the reply; its `question` is `understood`.
        given: how many passages that answer `understood` have been given by the end of the turn.
        parts: where several questions were typed at once, a turn for each; `understood`, `result`
            and `given` are those of the first that is answered, or of the first. Else empty.
        leans: whether `understood` took something from earlier turns; not where it is only spelt
            otherwise, or asks for more.
    """

    question: str
    understood: str
    result: Answer | NoAnswer
    given: int = 0
    parts: "tuple[Turn, ...]" = ()
    leans: bool = False


class Stage(StrEnum):
    """The stages of a build, in their order."""

    READING = "reading"
    INDEXING = "indexing"
    WRITING = "writing"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a build has come.

    Attributes:
        stage: what is being done.
        done, total: files when reading, articles when cutting, parts of the index when writing.
        seconds: how long the stage has taken so far.
    """

    stage: Stage
    done: int
    total: int
    seconds: float = 0.0

    @property
    def rate(self) -> float | None:
        """What was done a second; None where it cannot be told yet."""
        return self.done / self.seconds if self.done and self.seconds > 0 else None

    @property
    def remaining(self) -> float | None:
        """Seconds that the stage will still take at this rate; None where it cannot be told yet."""
        return (self.total - self.done) / self.rate if self.rate else None


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did.

    Attributes:
        generation: name of the generation that is live now.
        articles, passages: how many it holds.
        added, changed, removed, unchanged: articles compared with the generation before.
        skipped: files that could not be read.
        seconds: how long it took.
        notes: lines of the user dictionary and of the synonyms that were left out.
    """

    generation: str
    articles: int
    passages: int
    added: int
    changed: int
    removed: int
    unchanged: int
    skipped: tuple[SkippedFile, ...]
    seconds: float
    notes: tuple[BadLine, ...] = ()
