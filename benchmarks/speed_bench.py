"""Measure engines step by step, each step in a process of its own."""

import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter
from rich.console import Console
from speed_corpus import Corpus, change
from speed_engines import ENGINES
from speed_figures import (
    Answered,
    AnsweredMeanwhile,
    AskingThreads,
    Built,
    BuiltAndServed,
    Cut,
    Rebuilt,
    Served,
)
from speed_run import EngineRun, LibraryRun, Run

_WORKER = Path(__file__).with_name("speed_steps.py")

Figures = TypeVar("Figures")


@dataclass(frozen=True, slots=True)
class Bench:
    """Measures engines over one corpus.

    Attributes:
        reindexes: during so many threads ask.
    """

    corpus: Corpus
    reindexes: int
    console: Console

    def measure(self, engines: Sequence[str], left_out: dict[str, str]) -> Run:
        """Measure these engines one after the other."""
        over_terms = any(ENGINES[name].over_terms for name in engines)
        cutting = self._step("cut", "memory", Cut)[0].cutting_seconds if over_terms else 0.0
        runs = {name: self._engine(name, cutting) for name in engines}
        library = self._library() if "memory" in runs else None
        if library:
            runs["memory"] = of_whole_library(runs["memory"], library.answers)
        return Run(self.corpus.size(), runs, left_out, library)

    def _engine(self, name: str, cutting: float) -> EngineRun:
        kind = ENGINES[name]
        if kind.on_disk:
            built, seconds = self._step("build", name, Built)
            served, _ = self._step("serve", name, Served)
        else:
            whole, _ = self._step("build_and_serve", name, BuiltAndServed)
            built, served, seconds = whole.built, whole.served, None
        if kind.over_terms:
            built = with_cutting(built, cutting)
        return EngineRun(kind.note, built, served, seconds)

    def _library(self) -> LibraryRun:
        """Measure the whole library after its engine was built."""
        answers, _ = self._step("answer", "memory", Answered)
        unchanged, unchanged_process = self._step("rebuild", "memory", Rebuilt)
        change(self.corpus.article(self.corpus.size().articles // 2), "这一段是后来添上的。")
        one, one_process = self._step("rebuild", "memory", Rebuilt)
        if (unchanged.changed, one.changed) != (0, 1):
            raise RuntimeError(f"builds again found {unchanged.changed}, {one.changed} changed")
        meanwhile, _ = self._step("meanwhile", "memory", AnsweredMeanwhile)
        threads = self._step("threads", "memory", AskingThreads)[0] if self.reindexes else None
        return LibraryRun(
            answers,
            replace(unchanged, process_seconds=unchanged_process),
            replace(one, process_seconds=one_process),
            meanwhile,
            threads,
        )

    def _step(self, step: str, engine: str, kind: type[Figures]) -> tuple[Figures, float]:
        """Measure a step in a process of its own; also the seconds of that process.

        Raises:
            subprocess.CalledProcessError: it failed.
        """
        command = [sys.executable, str(_WORKER), step, engine, str(self.corpus.folder)]
        command.append(str(self.reindexes))
        with self.console.status(f"{engine}: {step}"):
            started = time.perf_counter()
            ran = subprocess.run(command, stdout=subprocess.PIPE, check=True)  # noqa: S603 - our own code
            seconds = round(time.perf_counter() - started, 3)
        self.console.print(f"{engine}: {step} done in {seconds:.1f} s")
        return TypeAdapter(kind).validate_json(ran.stdout), seconds


def of_whole_library(engine: EngineRun, answers: Answered) -> EngineRun:
    """The run of this project's engine, which does not serve without the rest of the library."""
    served = replace(
        engine.served,
        open_ms=answers.open_ms,
        rss_mb=answers.rss_mb,
        rss_unmapped_mb=answers.rss_unmapped_mb,
    )
    return replace(engine, served=served)


def with_cutting(built: Built, cutting: float) -> Built:
    """The build of an engine that was given terms, together with what cutting them took."""
    stages = {"cutting": cutting, **built.build_stages}
    return replace(built, build_stages=stages, build_seconds=round(sum(stages.values()), 3))
