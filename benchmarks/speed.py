"""Speed, memory and size beside peers: the same passages, the same questions, one run, one table.

    .venv/bin/python benchmarks/speed.py --articles FILE --passages N [N ...] [--json OUT]
    .venv/bin/python benchmarks/speed.py --from OUT [OUT ...] --curve PNG

FILE holds articles as JSON lines `{id, title, text}`, plain or zipped. Where they give fewer than N
passages, others are made of halves of them. Each engine is built in one process and asked in
another, so that the memory of each is its own.
"""

import argparse
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from pydantic import TypeAdapter
from rich.console import Console
from speed_articles import prepare
from speed_corpus import Corpus, change
from speed_engines import ENGINES
from speed_figures import (
    Answered,
    AnsweredMeanwhile,
    AskingThreads,
    Built,
    BuiltAndServed,
    Cut,
    EngineRun,
    LibraryRun,
    Point,
    Rebuilt,
    Run,
    Served,
    points_of,
    read_points,
    write_runs,
)
from speed_report import notes_of, table_of

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


def with_cutting(built: Built, cutting: float) -> Built:
    """The build of an engine that was given terms, together with what cutting them took."""
    stages = {"cutting": cutting, **built.build_stages}
    return replace(built, build_stages=stages, build_seconds=round(sum(stages.values()), 3))


def engines_for(passages: int, named: Sequence[str] | None) -> tuple[list[str], dict[str, str]]:
    """The engines to measure, and why others are left out: none of those that are named."""
    if named:
        return list(named), {}
    left_out = {
        name: f"above {kind.most_passages:,.0f} passages it needs more memory and time than most "
        "machines have to spare; --engines asks for it"
        for name, kind in ENGINES.items()
        if passages > kind.most_passages
    }
    return [name for name in ENGINES if name not in left_out], left_out


def run(parsed: argparse.Namespace, passages: int, console: Console) -> Run:
    """Make a corpus of so many passages and measure over it."""
    with TemporaryDirectory() as folder:
        corpus = Corpus(Path(folder))
        with console.status(f"writing articles of {passages:,} passages"):
            prepare(corpus, parsed.articles, passages, parsed.questions, parsed.queries)
        engines, left_out = engines_for(passages, parsed.engines)
        return Bench(corpus, parsed.reindexes, console).measure(engines, left_out)


def saved_points(paths: Sequence[Path]) -> Iterator[Point]:
    """The search times that earlier runs wrote. Raises SystemExit: a file holds none."""
    for path in paths:
        try:
            yield from read_points(path)
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise SystemExit(f"{path} is not what this benchmark writes: {error!r}") from None


def measure_all(parsed: argparse.Namespace) -> list[Point]:
    """Measure at each size, print the tables, write the JSON; returns the search times."""
    console = Console(stderr=True)
    runs: list[Run] = []
    for passages in parsed.passages:
        runs.append(run(parsed, passages, console))
        Console().print(table_of(runs[-1]), *notes_of(runs[-1]), sep="\n")
        if parsed.json:  # after each size: a later one that fails takes nothing away
            write_runs(parsed.json, runs)
    return [point for one in runs for point in points_of(one.as_json())]


def arguments() -> argparse.ArgumentParser:
    """What can be asked for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--articles", type=Path, metavar="FILE")
    parser.add_argument("--passages", type=_count, nargs="+", metavar="N")
    parser.add_argument("--questions", type=_count, default=500, metavar="N")
    parser.add_argument(
        "--queries", type=Path, nargs="+", default=[], metavar="DIR", help="take half from here"
    )
    parser.add_argument("--engines", nargs="+", choices=ENGINES)
    parser.add_argument(
        "--reindexes", type=int, default=3, metavar="N", help="while 16 threads ask (3; 0: none)"
    )
    parser.add_argument("--json", type=Path, metavar="OUT")
    parser.add_argument("--curve", type=Path, metavar="PNG", help="draw the search times")
    parser.add_argument(
        "--from",
        dest="saved",
        type=Path,
        nargs="+",
        default=[],
        metavar="OUT",
        help="draw what earlier runs wrote as well",
    )
    return parser


def _count(typed: str) -> int:
    count = int(typed)
    if count < 1:
        raise ValueError
    return count


def main() -> None:
    """Measure, print the table, write the JSON, draw the curve."""
    parser = arguments()
    parsed = parser.parse_args()
    measuring = bool(parsed.articles and parsed.passages)
    if not measuring and not (parsed.saved and parsed.curve):
        parser.error("give --articles and --passages, or --from and --curve")
    points = list(saved_points(parsed.saved))
    try:
        points += measure_all(parsed) if measuring else []
    except KeyboardInterrupt:
        raise SystemExit("Stopped.") from None
    except OSError as error:
        raise SystemExit(f"A file cannot be used: {error}") from None
    except subprocess.CalledProcessError as error:
        raise SystemExit(f"A step failed: {' '.join(error.cmd)}") from None
    if parsed.curve:
        # Imported here: who draws nothing needs no library for it.
        from speed_curve import draw_curve

        draw_curve(points, parsed.curve)


if __name__ == "__main__":
    main()
