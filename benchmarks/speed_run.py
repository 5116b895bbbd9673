"""A run of the speed benchmark: what was measured, and how it is written and read again."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from speed_corpus import Size
from speed_figures import Answered, AnsweredMeanwhile, AskingThreads, Built, Rebuilt, Served

_OF_THE_ENGINE = ("open_ms", "rss_mb", "rss_unmapped_mb")
"""Of what is measured with whole answers: written with the engine, beside its peers."""


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
            answers = asdict(self.library.answers)
            for name in _OF_THE_ENGINE:
                del answers[name]
            written |= {**answers, **asdict(self.library.meanwhile), **self._rebuilds()}
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


def write_runs(path: Path, runs: Sequence[Run]) -> None:
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
