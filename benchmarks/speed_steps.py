"""One step of the speed benchmark, in a process of its own; run by speed.py.

    python benchmarks/speed_steps.py STEP ENGINE FOLDER [REINDEXES]

prints what was measured as one JSON object. FOLDER holds a corpus (see speed_corpus.py).
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from speed_corpus import Corpus, change
from speed_engine import Engine
from speed_engines import ENGINES, engine_of
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
from speed_process import PeakMemory, megabytes, resident_mb, resident_unmapped_mb

if TYPE_CHECKING:
    # What is imported at run time counts in the memory of each engine.
    from speed_library import Memory

Measured = (
    Answered | AnsweredMeanwhile | AskingThreads | Built | BuiltAndServed | Cut | Rebuilt | Served
)


def measure_cut(corpus: Corpus) -> Cut:
    """Cut all passages into terms in this process."""
    from speed_articles import cut_passages

    started = time.perf_counter()
    cut_passages(corpus)
    return Cut(round(time.perf_counter() - started, 3))


def measure_build(engine: Engine) -> Built:
    """Build an engine in this process, with whatever others it starts."""
    with PeakMemory() as peak:
        stages = engine.build()
    files = (path for path in engine.folder.rglob("*") if path.is_file())
    return Built(
        build_seconds=round(sum(stages.values()), 3),
        build_stages={stage: round(seconds, 3) for stage, seconds in stages.items()},
        build_peak_mb=peak.megabytes,
        disk_mb=megabytes(sum(path.stat().st_size for path in files)),
    )


def measure_serve(engine: Engine, questions: int) -> Served:
    """Open an engine in this process and ask it so many questions."""
    started = time.perf_counter()
    engine.open()
    opened = time.perf_counter() - started
    return _served(engine, questions, opened)


def measure_build_and_serve(engine: Engine, questions: int) -> BuiltAndServed:
    """Build and ask an engine in one process; building is what opens it."""
    started = time.perf_counter()
    built = measure_build(engine)
    engine.open()
    opened = time.perf_counter() - started
    return BuiltAndServed(built, _served(engine, questions, opened))


def _served(engine: Engine, questions: int, opened: float) -> Served:
    searches = engine.searches()[:questions]
    searches[0]()
    seconds, found = _timed(searches)
    p50, p95, p99 = _percentiles(seconds)
    return Served(
        open_ms=_milliseconds(opened),
        search_ms_p50=p50,
        search_ms_p95=p95,
        search_ms_p99=p99,
        searches=len(searches),
        found=found,
        rss_mb=resident_mb(),
        rss_unmapped_mb=resident_unmapped_mb(),
    )


def measure_answers(engine: "Memory", corpus: Corpus) -> Answered:
    """Open the library in this process and ask it for whole answers."""
    from speed_library import answers

    started = time.perf_counter()
    asking = answers(engine.opened_library(), corpus)
    opened = time.perf_counter() - started
    first, _ = _timed(asking[:1])  # reads the dictionary
    seconds, answered = _timed(asking)
    p50, p95, p99 = _percentiles(seconds)
    return Answered(
        open_ms=_milliseconds(opened),
        first_answer_ms=_milliseconds(first[0]),
        answer_ms_p50=p50,
        answer_ms_p95=p95,
        answer_ms_p99=p99,
        asked=len(asking),
        answered=answered,
        rss_mb=resident_mb(),
        rss_unmapped_mb=resident_unmapped_mb(),
    )


def measure_rebuild(engine: "Memory") -> Rebuilt:
    """Build the library again in this process."""
    with PeakMemory() as peak:
        report, _ = engine.reported_build()
    return Rebuilt(round(report.seconds, 3), report.changed, peak.megabytes)


def measure_meanwhile(engine: "Memory", corpus: Corpus) -> AnsweredMeanwhile:
    """Change one article and build again in another process, while this one answers."""
    from speed_library import answers

    asking = answers(engine.opened_library(), corpus)
    _timed(asking[:1])  # reads the dictionary
    change(corpus.article(corpus.size().articles // 3), "这一段也是后来添上的。")
    seconds: list[float] = []
    command = [sys.executable, __file__, "rebuild", "memory", str(corpus.folder)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as building:  # noqa: S603 - our own code
        while building.poll() is None or not seconds:
            took, _ = _timed([asking[len(seconds) % len(asking)]])
            seconds += took
    if building.returncode:
        raise RuntimeError("the build during which questions were asked failed")
    return AnsweredMeanwhile(len(seconds), *_percentiles(seconds))


def _timed(calls: Sequence[Callable[[], int]]) -> tuple[list[float], int]:
    """The seconds that each call took, and the sum of what they returned."""
    seconds, returned = [], 0
    for call in calls:
        started = time.perf_counter()
        returned += call()
        seconds.append(time.perf_counter() - started)
    return seconds, returned


def _percentiles(seconds: Sequence[float]) -> tuple[float, float, float]:
    """The 50th, 95th and 99th, in milliseconds."""
    import numpy as np

    p50, p95, p99 = map(_milliseconds, np.percentile(seconds, (50, 95, 99)).tolist())
    return p50, p95, p99


def _milliseconds(seconds: float) -> float:
    return round(1_000 * seconds, 4)


def measure(step: str, name: str, corpus: Corpus, reindexes: int) -> Measured:
    """Measure one step of one engine."""
    if step == "cut":
        return measure_cut(corpus)
    engine = engine_of(name, corpus)
    questions = ENGINES[name].questions_over(corpus.size().passages)
    if step == "build":
        return measure_build(engine)
    if step == "serve":
        return measure_serve(engine, questions)
    if step == "build_and_serve":
        return measure_build_and_serve(engine, questions)
    return measure_library(step, corpus, reindexes)


def measure_library(step: str, corpus: Corpus, reindexes: int) -> Measured:
    """Measure one step of the whole library."""
    from speed_library import Memory
    from speed_threads import measure_threads

    engine = Memory(corpus, corpus.folder / "memory")
    if step == "answer":
        return measure_answers(engine, corpus)
    if step == "rebuild":
        return measure_rebuild(engine)
    if step == "meanwhile":
        return measure_meanwhile(engine, corpus)
    return measure_threads(engine, corpus, reindexes)


def main() -> None:
    """Measure one step of one engine."""
    step, name, folder, *rest = sys.argv[1:]
    reindexes = int(rest[0]) if rest else 0
    measured = measure(step, name, Corpus(Path(folder)), reindexes)
    print(json.dumps(asdict(measured), ensure_ascii=False))


if __name__ == "__main__":
    main()
