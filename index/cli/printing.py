"""Prints results for people and for programs."""

import json
import logging
import sys
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TextIO, TypeVar

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as ProgressBar
from rich.table import Table
from rich.text import Text

from index import (
    Answer,
    BadLine,
    Certainty,
    Explanation,
    NoAnswer,
    Progress,
    SkippedFile,
    Turn,
)
from index.evaluation import Asked
from index.presentation import readable
from index.terminal import harmless

Result = TypeVar("Result")


class _Printer(logging.Handler):
    """Prints the index's warnings: damage that it could work around."""

    def emit(self, record: logging.LogRecord) -> None:
        _print(record.getMessage(), sys.stderr)


@contextmanager
def _printed_warnings() -> Iterator[None]:
    logger, printer = logging.getLogger("index"), _Printer(logging.WARNING)
    logger.addHandler(printer)
    try:
        yield
    finally:
        logger.removeHandler(printer)


def _with_progress(steps: Generator[Progress | Asked, None, Result]) -> Result:
    """Runs a generator to its end, with a progress bar on standard error."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _Rate(),
        TimeRemainingColumn(),
    )
    with ProgressBar(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, TaskID] = {}
        while True:
            try:
                progress = next(steps)
            except StopIteration as finished:
                result: Result = finished.value
                return result
            if progress.stage not in tasks:
                tasks[progress.stage] = bar.add_task(progress.stage)
            bar.update(tasks[progress.stage], completed=progress.done, total=progress.total)


class _Rate(ProgressColumn):
    """The column of the progress bar that shows the rate."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:,.0f}/s" if task.speed else "")


def _print_skipped(skipped: Iterable[SkippedFile]) -> None:
    for file in skipped:
        _print(f"skipped {file.path}: {file.detail}", sys.stderr)


def _print_notes(notes: Iterable[BadLine]) -> None:
    for note in notes:
        _print(f"left out {note.path}, line {note.line}: {note.detail}", sys.stderr)


def _print(text: str, stream: TextIO) -> None:
    """Prints a line without what could steer a terminal: articles and file names may hold any."""
    print(harmless(text) if stream.isatty() else text, file=stream)


def _print_turn(turn: Turn) -> None:
    for part in turn.parts:
        _print(f"? {part.question}", sys.stdout)
        _print_turn(part)
    if turn.parts:
        return
    if turn.understood != turn.question:
        _print(f"understood as: {turn.understood}", sys.stdout)
    _print_answer(turn.result)


def _print_answer(result: Answer | NoAnswer) -> None:
    if isinstance(result, NoAnswer):
        missing = f": nothing on {', '.join(result.missing)}" if result.missing else ""
        titles = "".join(f"\n- {title}" for title in result.titles)
        _print(f"not found ({result.reason}){missing}{titles}\n", sys.stdout)
        return
    possible = result.certainty is Certainty.POSSIBLE
    if possible:
        _print("possible; check:", sys.stdout)
    if result.missing:
        where = "" if possible else " in the first passage"
        _print(f"not mentioned{where}: {', '.join(result.missing)}", sys.stdout)
    for number, citation in enumerate(result.citations, 1):
        passage = citation.passage
        place = " > ".join((citation.title, *passage.headings))
        signed = (passage.byline, passage.credit, citation.source, str(citation.published or ""))
        _print(f"{number}. {place} ({', '.join(part for part in signed if part)})", sys.stdout)
        page = f"page {citation.page}, " if citation.page else ""
        characters = f"characters {passage.start} to {passage.end}"
        _print(f"   {passage.article_id}, {page}{characters}", sys.stdout)
        shown = readable(citation)
        _print(f"   >> {shown.sentence.of(shown.passage.text)}", sys.stdout)
        _print(f"{shown.passage.text}\n", sys.stdout)


def _print_explanation(explanation: Explanation) -> None:
    out = Console(highlight=False)
    words = Table("word", "weight", "found", "also", title="what was looked for")
    for word in explanation.words:
        marks = " name" * word.is_name + " focus" * word.is_focus
        also = harmless(", ".join(word.alternatives))
        words.add_row(
            Text(harmless(word.word) + marks),
            f"{word.weight:.0%}",
            f"{word.credit:.0%}",
            Text(also),
        )
    out.print(words)
    out.print(f"kind of answer: {explanation.kind or 'any'}")
    ranking = Table("feature", "value", "adds", "ahead", title="what put the first passage first")
    for contribution in explanation.ranking:
        ahead = "" if contribution.ahead is None else f"{contribution.ahead:+.2f}"
        ranking.add_row(
            contribution.feature, f"{contribution.value:.2f}", f"{contribution.added:.2f}", ahead
        )
    sure = Table("feature", "value", "adds", title="what makes it sure")
    for contribution in explanation.confidence:
        sure.add_row(
            contribution.feature, f"{contribution.value:.2f}", f"{contribution.added:+.2f}"
        )
    out.print(ranking, sure)
    if explanation.confidence:
        out.print(f"confidence {explanation.sure:.2f}; answered from {explanation.threshold:.2f}\n")


def _print_json(fields: dict[str, Any]) -> None:
    print(json.dumps(fields, ensure_ascii=False), flush=True)
