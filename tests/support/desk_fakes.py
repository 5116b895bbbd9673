"""Small stand-ins for the library and the build, for tests of what lies in front of them."""

import threading
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path

from bot.admin.admin_desk import AdminDesk, IndexActions
from bot.admin.build_queue import PAUSE_SECONDS
from bot.admin.build_runner import Builder, BuildSteps
from bot.core.desk import Desk
from bot.core.limits import QuestionLimits
from bot.core.rights import Rights
from bot.state.database import Database
from bot.state.exchanges import Exchange, Exchanges, first_shown
from bot.state.statistics import Statistics
from bot.visitors import Visitor
from index import (
    Answer,
    Article,
    Block,
    BlockKind,
    BuildReport,
    Certainty,
    Citation,
    NoAnswer,
    Passage,
    Progress,
    RefusalReason,
    Span,
    Stage,
    Status,
    Turn,
    asks_for_more,
)

TEXT = "创建惠民\n\n  坚持创建惠民。投资2000万元,整治50个老旧楼院。\n\n  群众满意。\n\n  永不停步。"
SENTENCE = "投资2000万元,整治50个老旧楼院。"
DATA = Path("data")
LONG = 60.0
EXAMPLE = "永不停步说了什么"
"""A question that `FakeLibrary` answers."""
REPORT = BuildReport(
    generation="g2",
    articles=3,
    passages=9,
    added=1,
    changed=1,
    removed=1,
    unchanged=1,
    skipped=(),
    seconds=1.25,
)
STEPS = (
    Progress(Stage.READING, 0, 2),
    Progress(Stage.READING, 2, 2),
    Progress(Stage.INDEXING, 9, 9),
    Progress(Stage.WRITING, 1, 1),
)


def an_article(text: str = TEXT) -> Article:
    """Returns an article whose lines are its blocks."""
    blocks = []
    start = 0
    for line in text.split("\n"):
        if line.strip():
            blocks.append(Block(BlockKind.PARAGRAPH, 0, start, start + len(line)))
        start += len(line) + 1
    return Article("创城.txt", "永不停步", "青海新闻网", None, "", "0" * 64, text, tuple(blocks))


def a_citation(
    text: str = "坚持创建惠民。" + SENTENCE,
    sentence: str = SENTENCE,
    matched: Iterable[str] = ("2000万元",),
    url: str = "",
    title: str = "永不停步",
    headings: tuple[str, ...] = ("四个坚持",),
    number: int = 0,
) -> Citation:
    """Returns a citation of `TEXT`, or of another text."""
    start = max(0, TEXT.find(text))
    spans = [Span(text.index(word), text.index(word) + len(word)) for word in matched]
    return Citation(
        passage=Passage(
            number,
            "创城.txt",
            number,
            start,
            start + len(text),
            text,
            headings,
            "宣传部长张海霞",
            "记者 施翔",
            2,
        ),
        title=title,
        source="青海新闻网",
        published=date(2017, 11, 27),
        url=url,
        sentence=Span(text.index(sentence), text.index(sentence) + len(sentence)),
        paragraph=2,
        highlights=tuple(spans),
        matched_terms=tuple(matched),
        score=1.0,
    )


def a_possible_answer(count: int = 3, missing: tuple[str, ...] = ()) -> Answer:
    """Returns an answer that has to be checked, with so many passages."""
    texts = [f"第{number}段原文<&>。" for number in range(count)]
    cited = tuple(a_citation(text, text, (), number=n) for n, text in enumerate(texts))
    return Answer("投资", cited, 0.3, Certainty.POSSIBLE, missing)


def a_refusal(question: str = "?", reason: RefusalReason = RefusalReason.NOTHING_FOUND) -> NoAnswer:
    """Returns a refusal without nearest passages."""
    return NoAnswer(question, reason)


@dataclass
class FakeLibrary:
    """Answers every question with the same citations.

    Attributes:
        failure: raised instead, if there is one.
    """

    citations: tuple[Citation, ...] = field(default_factory=lambda: (a_citation(),))
    text: str | None = TEXT
    failure: Exception | None = None
    certainty: Certainty = Certainty.SURE
    missing: tuple[str, ...] = ()
    asked: list[str] = field(default_factory=list)
    refreshed: int = 0
    turns: tuple[Turn, ...] = ()
    faults: tuple[str, ...] = ()

    def ask(self, question: str, limit: int = 5) -> Answer | NoAnswer:
        """Always returns the same answer, or a refusal where there are no citations."""
        self._fail()
        self.asked.append(question)
        if not self.citations:
            return a_refusal(question)
        return Answer(question, self.citations[:limit], 0.9, self.certainty, self.missing)

    def follow(self, turns: Sequence[Turn], text: str, limit: int = 5) -> Turn:
        """Understands everything as it was typed, but for 「那X呢」 and 「还有吗」."""
        self.turns = tuple(turns)
        if turns and asks_for_more(text):
            return self._more(turns[-1], text, limit)
        alone = not turns or not (text.startswith("那") and text.endswith("呢"))
        understood = text if alone else f"{text[1:-1]}投资了多少"
        result = self.ask(understood, limit)
        given = len(result.citations) if isinstance(result, Answer) else 0
        return Turn(text, understood, result, given, leans=not alone)

    def _more(self, last: Turn, text: str, limit: int) -> Turn:
        further = self.citations[last.given : last.given + limit]
        refusal = a_refusal(last.understood, RefusalReason.NO_MORE)
        result = Answer(last.understood, further, 0.9) if further else refusal
        return Turn(text, last.understood, result, last.given + len(further))

    def article(self, article_id: str, *_: object) -> Article | None:
        """Returns the article with all its blocks, unless there is no text."""
        self._fail()
        return replace(an_article(self.text), id=article_id) if self.text is not None else None

    def article_ids(self) -> list[str]:
        """Returns enough names for three pages."""
        self._fail()
        return [f"{number:02}.txt" for number in range(25)]

    def newest_titles(self, limit: int) -> list[str]:
        """Returns the title of the article."""
        self._fail()
        return ["永不停步"][:limit]

    def status(self) -> Status:
        """Returns the status of a small library."""
        self._fail()
        return Status("g1", datetime(2026, 1, 1, tzinfo=UTC), 3, 9, "memory", self.faults)

    def refresh(self) -> bool:
        """Counts the call; a missing index exists from now on."""
        self.refreshed += 1
        self.failure = None
        return True

    def _fail(self) -> None:
        if self.failure is not None:
            raise self.failure


@dataclass
class FakeBuild:
    """A build that goes on only when it is let.

    Attributes:
        failure: raised at its end instead of a report.
        gate: while it is cleared, the build waits before its second step.
        started: the build has begun.
        closed: the build was ended, by itself or from outside.
    """

    steps: Iterable[Progress] = STEPS
    report: BuildReport = REPORT
    failure: Exception | None = None
    gate: threading.Event = field(default_factory=threading.Event)
    started: threading.Event = field(default_factory=threading.Event)
    closed: threading.Event = field(default_factory=threading.Event)
    threads: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.gate.set()

    def __call__(self) -> BuildSteps:
        return self._run()

    def _run(self) -> Generator[Progress, None, BuildReport]:
        try:
            for step in self.steps:
                self.threads.add(threading.get_ident())
                self.started.set()
                yield step
                assert self.gate.wait(LONG), "nobody let the build go on"
            if self.failure is not None:
                raise self.failure
            return self.report
        finally:
            self.threads.add(threading.get_ident())
            self.closed.set()


def a_desk(
    library: FakeLibrary | None = None,
    rights: Rights | None = None,
    exchanges: Exchanges | None = None,
) -> Desk:
    """Returns a desk over fakes that keeps its state in memory; everybody may ask."""
    return Desk(
        library or FakeLibrary(),
        exchanges or Exchanges(Database()),
        rights or Rights(admins=frozenset({1})),
        QuestionLimits(None),
    )


def an_admin_desk(
    library: FakeLibrary | None = None,
    build: FakeBuild | None = None,
    rights: Rights | None = None,
    rollback: Callable[[], str] | None = None,
    database: Database | None = None,
    pause: float = PAUSE_SECONDS,
) -> AdminDesk:
    """Returns an admin desk over fakes; person 1 administers."""
    added: list[str] = []
    return AdminDesk(
        library or FakeLibrary(),
        Builder(build or FakeBuild(), DATA),
        rights or Rights(admins=frozenset({1})),
        IndexActions(
            rollback or (lambda: "g0"),
            lambda line: added.append(line),
            lambda line: added.append(line),
        ),
        Statistics(database or Database()),
        pause,
    )


def an_exchange(
    result: Answer | NoAnswer, question: str = "投资了多少", understood: str = ""
) -> Exchange:
    """Returns an exchange that nobody keeps."""
    turn = Turn(question, understood or question, result)
    return Exchange("A" * 12, Visitor(2, 2), turn, first_shown(turn))
