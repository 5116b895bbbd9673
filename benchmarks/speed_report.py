"""What the speed benchmark prints: the engines side by side, and what belongs to the table."""

from collections.abc import Callable, Iterator

from rich.table import Table
from speed_figures import AskingThreads, Rebuilt
from speed_run import EngineRun, LibraryRun, Run

Row = Callable[[EngineRun], float | None]

_ROWS: dict[str, Row] = {
    "build s": lambda run: run.built.build_seconds,
    "build process s": lambda run: run.build_process_seconds,
    "build peak MB": lambda run: run.built.build_peak_mb,
    "disk MB": lambda run: run.built.disk_mb,
    "open ms": lambda run: run.served.open_ms,
    "serving MB": lambda run: run.served.rss_mb,
    "unmapped MB": lambda run: run.served.rss_unmapped_mb,
    "search ms p50": lambda run: run.served.search_ms_p50,
    "search ms p95": lambda run: run.served.search_ms_p95,
    "search ms p99": lambda run: run.served.search_ms_p99,
    "questions": lambda run: run.served.searches,
}


def table_of(run: Run) -> Table:
    """The engines side by side, with each stage of their builds."""
    table = Table("", *run.engines, title=f"{run.size.passages:,} passages")
    engines = run.engines.values()
    for heading, row in _ROWS.items():
        table.add_row(heading, *(_shown(row(engine)) for engine in engines))
        if heading == "build s":
            for stage in dict.fromkeys(s for engine in engines for s in engine.built.build_stages):
                seconds = (engine.built.build_stages.get(stage) for engine in engines)
                table.add_row(f"  {stage}", *map(_shown, seconds))
    return table


def _shown(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.2f}" if isinstance(value, float) and value < 100 else f"{value:,.0f}"


def notes_of(run: Run) -> Iterator[str]:
    """What belongs to the table."""
    yield from (f"{name}: {engine.note}." for name, engine in run.engines.items())
    yield from (f"{name}: left out: {reason}." for name, reason in run.left_out.items())
    if run.library:
        yield from _notes_of_library(run, run.library)
    yield from (f"{name.replace('_', ' ')}: {ratio:.2f}" for name, ratio in run.ratios().items())


def _notes_of_library(run: Run, library: LibraryRun) -> Iterator[str]:
    answers, meanwhile = library.answers, library.meanwhile
    yield (
        f"Whole answer: p50 {answers.answer_ms_p50:.2f} ms, p99 {answers.answer_ms_p99:.2f} ms; "
        f"{answers.answered} of {answers.asked} questions answered."
    )
    yield _note_of("Nothing changed", library.unchanged, run.unchanged_share())
    yield _note_of("One article changed", library.one_changed, run.reindex_one_share())
    yield (
        f"During a re-index in another process: {meanwhile.answered_during_reindex:,} questions, "
        f"p50 {meanwhile.answer_ms_p50_during_reindex:.2f} ms, "
        f"p99 {meanwhile.answer_ms_p99_during_reindex:.2f} ms."
    )
    if library.threads:
        yield from _notes_of_threads(library.threads)


def _notes_of_threads(threads: AskingThreads) -> Iterator[str]:
    yield (
        f"{threads.threads} threads: p50 {threads.idle_ms_p50:.1f} ms, "
        f"p99 {threads.idle_ms_p99:.1f} ms ({threads.asked_idle:,} questions); during "
        f"{threads.reindexes} re-indexes in their process p50 {threads.busy_ms_p50:.1f} ms, "
        f"p99 {threads.busy_ms_p99:.1f} ms ({threads.asked_busy:,} questions); "
        f"{threads.quotes_checked:,} quotes checked, {threads.errors} errors."
    )
    yield from (f"Error: {fault}" for fault in threads.faults)


def _note_of(what: str, rebuilt: Rebuilt, share: float) -> str:
    return (
        f"{what}: built in {rebuilt.seconds:.2f} s, {share:.1%} of the full build "
        f"(the whole process {rebuilt.process_seconds:.2f} s, peak {rebuilt.peak_mb:,.0f} MB)."
    )
