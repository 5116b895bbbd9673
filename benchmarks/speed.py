"""Speed, memory and size beside peers: the same passages, the same questions, one run, one table.

    .venv/bin/python benchmarks/speed.py --articles FILE --passages N [--json OUT]

FILE holds articles as JSON lines `{id, title, text}`, plain or zipped. Where they give fewer than N
passages, others are made of halves of them. Each engine is built in one process and asked in
another, so that the memory of each is its own.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console
from rich.table import Table
from speed_corpus import Corpus, Size, prepare
from speed_engines import ENGINES, OVER_TERMS, Figures

_WORKER = Path(__file__).with_name("speed_engines.py")

_ROWS = {
    "build s": "build_seconds",
    "disk MB": "disk_mb",
    "build peak MB": "build_peak_mb",
    "serving MB": "rss_mb",
    "unmapped MB": "rss_unmapped_mb",
    "open ms": "open_ms",
    "search ms p50": "search_ms_p50",
    "search ms p95": "search_ms_p95",
    "search ms p99": "search_ms_p99",
    "questions": "searches",
}
_OF_THE_ENGINE = ("open_ms", "rss_mb", "rss_unmapped_mb")
"""Of what is measured with whole answers: an engine does not serve without the rest."""


@dataclass(frozen=True, slots=True)
class Step:
    """A thing to measure in a process of its own."""

    name: str
    engine: str


def steps_for(engines: Sequence[str]) -> Iterator[Step]:
    """All that is measured, in its order."""
    if any(engine in OVER_TERMS for engine in engines):
        yield Step("cut", "memory")
    for engine in engines:
        if ENGINES[engine].on_disk:
            yield Step("build", engine)
        yield Step("serve", engine)
        if engine == "memory":
            yield Step("answer", engine)
            yield Step("reindex", engine)


def run(step: Step, corpus: Corpus) -> Figures:
    """Measure one step. Raises subprocess.CalledProcessError."""
    command = [sys.executable, str(_WORKER), step.name, step.engine, str(corpus.folder)]
    ran = subprocess.run(command, stdout=subprocess.PIPE, check=True)  # noqa: S603 - our own code
    figures: Figures = json.loads(ran.stdout)
    return figures


def measure(corpus: Corpus, engines: Sequence[str], size: Size, console: Console) -> Figures:
    """Measure all engines; returns what the benchmark writes as JSON."""
    measured: dict[str, Figures] = {engine: {} for engine in engines}
    cutting = 0.0
    whole: Figures = {}
    for step in steps_for(engines):
        with console.status(f"{step.engine}: {step.name}"):
            figures = run(step, corpus)
        if step.name == "cut":
            cutting = figures["cutting_seconds"]
            continue
        if step.name in ("answer", "reindex"):
            measured["memory"] |= {n: figures.pop(n) for n in _OF_THE_ENGINE if n in figures}
            whole |= figures
        else:
            measured[step.engine] |= figures
        console.print(f"{step.engine}: {step.name} done")
    for engine in set(OVER_TERMS) & set(engines):
        measured[engine]["build_stages"]["cutting"] = cutting
        measured[engine]["build_seconds"] = round(measured[engine]["build_seconds"] + cutting, 3)
    result = {**asdict(size), "engines": measured, **whole}
    return result | {"rank_bm25_search_against_answer": _ratio(result)}


def _ratio(result: Figures) -> float | None:
    """How many whole answers of this project take the time of one search by rank-bm25 + jieba."""
    peer = result["engines"].get("rank_bm25", {}).get("search_ms_p50")
    own = result.get("answer_ms_p50")
    return round(peer / own, 2) if peer and own else None


def table_of(result: Figures) -> Table:
    """The engines side by side."""
    engines = result["engines"]
    table = Table("", *engines, title=f"{result['passages']:,} passages")
    for heading, name in _ROWS.items():
        table.add_row(heading, *(_shown(figures.get(name)) for figures in engines.values()))
    return table


def _shown(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:,.2f}" if isinstance(value, float) and value < 100 else f"{value:,.0f}"


def notes_of(result: Figures) -> Iterator[str]:
    """What belongs to the table."""
    for engine, figures in result["engines"].items():
        yield f"{engine}: {figures['note']}."
    if "answer_ms_p50" in result:
        yield (
            f"Whole answer: p50 {result['answer_ms_p50']:.2f} ms, "
            f"p99 {result['answer_ms_p99']:.2f} ms; {result['answered']} of {result['asked']} "
            "questions answered."
        )
        yield (
            f"Re-index after one changed article: {result['reindex_one_seconds']:.1f} s; meanwhile "
            f"{result['answered_during_reindex']} questions answered, "
            f"p99 {result['answer_ms_p99_during_reindex']:.2f} ms."
        )
    if ratio := result["rank_bm25_search_against_answer"]:
        yield (
            f"A search by rank-bm25 + jieba takes {ratio} times as long as a whole answer "
            "of this project (medians)."
        )


def main() -> None:
    """Measure, print the table, write the JSON."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--articles", type=Path, required=True, metavar="FILE")
    parser.add_argument("--passages", type=int, required=True, metavar="N")
    parser.add_argument("--questions", type=int, default=500, metavar="N")
    parser.add_argument("--queries", type=Path, metavar="DIR", help="take half of them from here")
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=list(ENGINES))
    parser.add_argument("--json", type=Path, metavar="OUT")
    parsed = parser.parse_args()
    console = Console(stderr=True)
    try:
        with TemporaryDirectory() as folder:
            corpus = Corpus(Path(folder))
            with console.status("writing the articles"):
                size = prepare(
                    corpus, parsed.articles, parsed.passages, parsed.questions, parsed.queries
                )
            result = measure(corpus, parsed.engines, size, console)
    except KeyboardInterrupt:
        raise SystemExit("Stopped.") from None
    Console().print(table_of(result), *notes_of(result), sep="\n")
    if parsed.json:
        parsed.json.write_text(json.dumps(result, indent=1, ensure_ascii=False), "utf-8")


if __name__ == "__main__":
    main()
