"""What the speed benchmark measures, and how a run of it is written as JSON and read again."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from speed_corpus import Size


@dataclass(frozen=True, slots=True)
class Cut:
    """All passages were cut into terms."""

    cutting_seconds: float


@dataclass(frozen=True, slots=True)
class Built:
    """An engine was built.

    Attributes:
        build_seconds: from the texts to what can be opened, synced where it is on disk.
        build_stages: the seconds of each stage.
        build_peak_mb: the most memory that the process and its children held together.
        disk_mb: what lies on disk afterwards.
    """

    build_seconds: float
    build_stages: dict[str, float]
    build_peak_mb: float
    disk_mb: float


@dataclass(frozen=True, slots=True)
class Served:
    """An engine was opened and searched.

    Attributes:
        searches: how many questions it was asked.
        found: how many passages it gave for all of them.
        rss_mb: resident memory afterwards, of that process.
        rss_unmapped_mb: what of it is no mapped file; None where the system does not tell.
    """

    open_ms: float
    search_ms_p50: float
    search_ms_p95: float
    search_ms_p99: float
    searches: int
    found: int
    rss_mb: float
    rss_unmapped_mb: float | None


@dataclass(frozen=True, slots=True)
class BuiltAndServed:
    """Both, in one process."""

    built: Built
    served: Served


@dataclass(frozen=True, slots=True)
class Answered:
    """Whole answers were given: found, weighed, judged and quoted.

    Attributes:
        first_answer_ms: the first one also reads the dictionary.
        asked, answered: questions, and those that were not refused.
    """

    open_ms: float
    first_answer_ms: float
    answer_ms_p50: float
    answer_ms_p95: float
    answer_ms_p99: float
    asked: int
    answered: int
    rss_mb: float
    rss_unmapped_mb: float | None


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """The library was built again.

    Attributes:
        seconds: what the build says of itself.
        process_seconds: of the whole process, from its start to its end.
        changed: articles that were found to be changed.
        peak_mb: as in `Built`.
    """

    seconds: float
    changed: int
    peak_mb: float
    process_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class AnsweredMeanwhile:
    """Questions were asked one by one while another process built the library again."""

    answered_during_reindex: int
    answer_ms_p50_during_reindex: float
    answer_ms_p95_during_reindex: float
    answer_ms_p99_during_reindex: float


@dataclass(frozen=True, slots=True)
class AskingThreads:
    """Threads asked for whole answers, first quietly, then during re-indexes in their process.

    Attributes:
        errors: answers that failed or quoted what their article does not say.
        faults: the first of them.
    """

    threads: int
    idle_ms_p50: float
    idle_ms_p99: float
    busy_ms_p50: float
    busy_ms_p99: float
    asked_idle: int
    asked_busy: int
    reindexes: int
    errors: int
    quotes_checked: int
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class EngineRun:
    """All that was measured of one engine.

    Attributes:
        note: what a reader of its figures should know.
    """

    note: str
    built: Built
    served: Served
    build_process_seconds: float | None


@dataclass(frozen=True, slots=True)
class LibraryRun:
    """What was measured of the whole library, besides its engine.

    Attributes:
        threads: None where no re-indexes were asked for.
    """

    answers: Answered
    unchanged: Rebuilt
    one_changed: Rebuilt
    meanwhile: AnsweredMeanwhile
    threads: AskingThreads | None


@dataclass(frozen=True, slots=True)
class Run:
    """All engines over one corpus.

    Attributes:
        left_out: why an engine was not measured.
        library: None where the project's own engine is not among them.
    """

    size: Size
    engines: dict[str, EngineRun]
    left_out: dict[str, str]
    library: LibraryRun | None

    def ratios(self) -> dict[str, float]:
        """How this project stands to its peers: its own figure divided by theirs.

        The last is theirs divided by its own: how many whole answers take the time of one search.
        """
        return dict(self._ratios())

    def _ratios(self) -> Iterator[tuple[str, float]]:
        own, plain = self.engines.get("memory"), self.engines.get("rank_bm25")
        if own and plain:
            yield (
                "build_against_rank_bm25",
                _ratio(own.built.build_seconds, plain.built.build_seconds),
            )
            yield (
                "build_peak_against_rank_bm25",
                _ratio(own.built.build_peak_mb, plain.built.build_peak_mb),
            )
        for name in ("tantivy", "bm25s"):
            peer = self.engines.get(name)
            if own and peer:
                yield (
                    f"search_p50_against_{name}",
                    _ratio(own.served.search_ms_p50, peer.served.search_ms_p50),
                )
                yield (
                    f"search_p99_against_{name}",
                    _ratio(own.served.search_ms_p99, peer.served.search_ms_p99),
                )
        if plain and self.library:
            yield (
                "rank_bm25_search_against_answer",
                _ratio(plain.served.search_ms_p50, self.library.answers.answer_ms_p50),
            )

    def reindex_one_share(self) -> float:
        """What a re-index of one article takes of a full build."""
        return self._share(self.library.one_changed) if self.library else 0.0

    def unchanged_share(self) -> float:
        """What a build takes of a full one where nothing has changed."""
        return self._share(self.library.unchanged) if self.library else 0.0

    def _share(self, rebuilt: Rebuilt) -> float:
        return _ratio(rebuilt.seconds, self.engines["memory"].built.build_seconds)

    def as_json(self) -> dict[str, Any]:
        """What the benchmark writes: the figures by their names, those of the library on top."""
        written = {
            **asdict(self.size),
            "engines": {name: _engine_json(engine) for name, engine in self.engines.items()},
            "left_out": self.left_out,
            "ratios": self.ratios(),
        }
        if self.library:
            # An engine does not serve without the rest: these are of the whole library.
            whole = asdict(self.library.answers)
            for name in ("open_ms", "rss_mb", "rss_unmapped_mb"):
                written["engines"]["memory"][name] = whole.pop(name)
            written |= {**whole, **asdict(self.library.meanwhile), **self._rebuilds()}
            if self.library.threads:
                written["asking_threads"] = asdict(self.library.threads)
        return written

    def _rebuilds(self) -> dict[str, float]:
        if not self.library:
            return {}
        one, unchanged = self.library.one_changed, self.library.unchanged
        return {
            "reindex_one_seconds": one.seconds,
            "reindex_one_process_seconds": one.process_seconds,
            "reindex_one_peak_mb": one.peak_mb,
            "reindex_one_share": self.reindex_one_share(),
            "unchanged_seconds": unchanged.seconds,
            "unchanged_process_seconds": unchanged.process_seconds,
            "unchanged_share": self.unchanged_share(),
        }


def _engine_json(engine: EngineRun) -> dict[str, Any]:
    return {
        "note": engine.note,
        "build_process_seconds": engine.build_process_seconds,
        **asdict(engine.built),
        **asdict(engine.served),
    }


def _ratio(one: float, other: float) -> float:
    return round(one / other, 4) if other else 0.0


@dataclass(frozen=True, slots=True)
class Point:
    """One engine's search time at one size, in milliseconds.

    Attributes:
        name: of the engine, or `answer` for the whole answer.
    """

    name: str
    passages: int
    p50: float
    p99: float


def write_runs(path: Path, runs: list[Run]) -> None:
    """Write one run as an object, several as `{"runs": [...]}`."""
    written = [run.as_json() for run in runs]
    content = written[0] if len(written) == 1 else {"runs": written}
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", "utf-8")


def read_points(path: Path) -> Iterator[Point]:
    """The search times in a file that `write_runs` wrote.

    Raises:
        ValueError, LookupError, TypeError, OSError: it did not.
    """
    content = json.loads(path.read_text("utf-8"))
    if not isinstance(content, dict):
        raise ValueError("no run, nor several")
    for run in content.get("runs", [content]):
        yield from points_of(run)


def points_of(run: dict[str, Any]) -> Iterator[Point]:
    """The search times of one run, from its JSON."""
    passages = run["passages"]
    for name, engine in run["engines"].items():
        yield Point(name, passages, engine["search_ms_p50"], engine["search_ms_p99"])
    if "answer_ms_p50" in run:
        yield Point("answer", passages, run["answer_ms_p50"], run["answer_ms_p99"])
