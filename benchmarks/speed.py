"""Speed, memory and size beside peers: the same passages, the same questions, one run, one table.

    .venv/bin/python benchmarks/speed.py --articles FILE --passages N [N ...] [--json OUT]
    .venv/bin/python benchmarks/speed.py --from OUT [OUT ...] --curve PNG

FILE holds articles as JSON lines `{id, title, text}`, plain or zipped. Where they give fewer than N
passages, others are made of halves of them. Each engine is built in one process and asked in
another, so that the memory of each is its own.
"""

import argparse
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from speed_articles import prepare
from speed_bench import Bench
from speed_corpus import Corpus
from speed_engines import ENGINES
from speed_report import notes_of, table_of
from speed_run import Point, Run, points_of, read_points, write_runs


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
