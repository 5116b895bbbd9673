"""Threads that ask one library, first quietly, then while it is re-indexed in the same process.

Each answer is held against the articles: all that it quotes must stand, at the very place that it
names, in the articles as they were in one generation that was live while it was given.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from random import Random
from threading import Event

import numpy as np
from speed_articles import load
from speed_corpus import Corpus, change
from speed_figures import AskingThreads
from speed_library import Memory

from index import Answer, Library

THREADS = 16
_ROUNDS = 4
"""How often each question is asked in the quiet phase."""
_FAULTS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Quote:
    """What an answer says that an article says."""

    article_id: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Given:
    """What one answer quotes, and the first and the last generation that it may be from."""

    quotes: tuple[Quote, ...]
    first: int
    last: int


@dataclass(slots=True)
class Live:
    """Which generation can be live: at least `finished`, at most `begun`. One thread counts."""

    begun: int = 0
    finished: int = 0


@dataclass(frozen=True, slots=True)
class Phase:
    """What came of asking; equal answers are kept once."""

    seconds: list[float] = field(default_factory=list)
    given: set[Given] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)

    def percentile(self, share: int) -> float:
        """Of the times, in milliseconds."""
        return round(1_000 * float(np.percentile(self.seconds, share)), 4)


class Versions:
    """The articles as they are in each generation."""

    def __init__(self, seeds: Path) -> None:
        self._seeds = seeds
        self._texts: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)

    def change(self, article_id: str, generation: int) -> None:
        """Change the file of an article, which the generation of this number will be built from."""
        self.text(article_id, generation)  # as it was before
        change(self._seeds / article_id, f"这一段是第{generation}次添上的。")
        self._texts[article_id].append((generation, self._read(article_id)))

    def text(self, article_id: str, generation: int) -> str:
        """The text of an article in a generation."""
        versions = self._texts[article_id]
        if not versions:
            versions.append((0, self._read(article_id)))
        return next(text for first, text in reversed(versions) if first <= generation)

    def hold(self, given: Given) -> bool:
        """Whether all that an answer quotes stands in one generation that it may be from."""
        return any(
            all(
                self.text(quote.article_id, generation)[quote.start : quote.end] == quote.text
                for quote in given.quotes
            )
            for generation in range(given.first, given.last + 1)
        )

    def _read(self, article_id: str) -> str:
        path = self._seeds / article_id
        return load(path.read_bytes(), path.stem).text


def measure_threads(engine: Memory, corpus: Corpus, reindexes: int) -> AskingThreads:
    """Ask from threads, first quietly, then during so many re-indexes of one changed article."""
    library = engine.opened_library()
    questions = [asked.text for asked in corpus.asked()]
    live, versions = Live(), Versions(corpus.seeds)
    each = max(1, len(questions) // THREADS)
    ask(library, questions, live, lambda asked: asked >= each)  # reads the dictionary, and pages
    idle = ask(library, questions, live, lambda asked: asked >= _ROUNDS * each)
    ended = Event()
    with ThreadPoolExecutor(1) as asker:
        asking = asker.submit(ask, library, questions, live, lambda _: ended.is_set())
        try:
            failed = list(_reindex(engine, library, live, versions, _chosen(idle, reindexes)))
        finally:
            ended.set()
        busy = asking.result()
    given = idle.given | busy.given
    torn = [f"no generation says this: {one}" for one in given if not versions.hold(one)]
    faults = [*failed, *idle.faults, *busy.faults, *torn]
    return AskingThreads(
        threads=THREADS,
        idle_ms_p50=idle.percentile(50),
        idle_ms_p99=idle.percentile(99),
        busy_ms_p50=busy.percentile(50),
        busy_ms_p99=busy.percentile(99),
        asked_idle=len(idle.seconds),
        asked_busy=len(busy.seconds),
        reindexes=reindexes,
        errors=len(faults),
        quotes_checked=sum(len(one.quotes) for one in given),
        faults=faults[:_FAULTS_SHOWN],
    )


def ask(
    library: Library, questions: Sequence[str], live: Live, done: Callable[[int], bool]
) -> Phase:
    """Ask from all threads until each is done, which is told how many it has asked."""
    with ThreadPoolExecutor(THREADS) as pool:
        begins = [number * len(questions) // THREADS for number in range(THREADS)]
        asking = [
            pool.submit(_ask, library, [*questions[begin:], *questions[:begin]], live, done)
            for begin in begins
        ]
        phases = [one.result() for one in asking]
    return Phase(
        list(chain.from_iterable(phase.seconds for phase in phases)),
        set().union(*(phase.given for phase in phases)),
        list(chain.from_iterable(phase.faults for phase in phases)),
    )


def _ask(
    library: Library, questions: Sequence[str], live: Live, done: Callable[[int], bool]
) -> Phase:
    phase = Phase()
    while not phase.seconds or not done(len(phase.seconds)):
        question = questions[len(phase.seconds) % len(questions)]
        first = live.finished
        started = time.perf_counter()
        try:
            result = library.ask(question)
        except Exception as error:  # whatever a question may fail with is to be told
            phase.faults.append(f"{question}: {error!r}")
            continue
        finally:
            phase.seconds.append(time.perf_counter() - started)
        cited = result.citations if isinstance(result, Answer) else result.nearest
        passages = [citation.passage for citation in cited]
        quotes = tuple(Quote(one.article_id, one.start, one.end, one.text) for one in passages)
        phase.given.add(Given(quotes, first, live.begun))
    return phase


def _chosen(idle: Phase, reindexes: int) -> list[str]:
    """Articles to change: such as are quoted in answers."""
    quoted = sorted({quote.article_id for one in idle.given for quote in one.quotes})
    if not quoted:
        raise SystemExit("No question finds anything: these questions cannot show a torn answer.")
    return Random(2017).choices(quoted, k=reindexes)  # noqa: S311 - the same each time


def _reindex(
    engine: Memory, library: Library, live: Live, versions: Versions, articles: Sequence[str]
) -> Iterator[str]:
    """Change one article after the other, each time building and refreshing; tells what failed."""
    for number, article_id in enumerate(articles, 1):
        live.begun = number
        versions.change(article_id, number)
        report, _ = engine.reported_build()
        if report.changed != 1:
            yield f"re-index {number} found {report.changed} changed articles, not one"
        if not library.refresh():
            yield f"re-index {number} gave no new generation"
        live.finished = number
