"""The command line: build | ask | evaluate | status | verify | rollback."""

import argparse
import json
import logging
import os
import sys
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
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
    DamagedIndex,
    Explanation,
    IndexSettings,
    NoAnswer,
    NothingToIndex,
    Progress,
    SkippedFile,
    Turn,
    WenChuError,
    build,
    open_library,
    rollback,
)
from index.evaluation import Asked, evaluate, load_data_set, measure
from index.json_output import explanation_fields, report_fields, status_fields, turn_fields
from index.repositories import temporary_repository
from index.settings import unknown_settings
from index.synonyms import read_synonyms
from index.terminal import harmless
from index.text import TextReader
from index.user_dictionary import read_user_dictionary

TURNS_KEPT = 6
"""Turns of a conversation that a follow-up may lean on."""

Result = TypeVar("Result")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; gives the exit code."""
    parsed = _parser().parse_args(arguments)
    try:
        settings = _settings(parsed)
        for unknown in unknown_settings(IndexSettings):
            _print(str(unknown), sys.stderr)
        with _printed_warnings():
            code: int = parsed.command(parsed, settings)
    except WenChuError as error:
        if isinstance(error, NothingToIndex):
            _print_skipped(error.skipped)
        _print(str(error), sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(
            "Stopped. What was live is still live; what is cut need not be cut again.",
            file=sys.stderr,
        )
        return 130
    except BrokenPipeError:
        # Whoever read has left. What is still to be written goes nowhere: Python writes it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return code


class _Printer(logging.Handler):
    """Prints what the index warns of: damage that it could work around."""

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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m index", description=__doc__)
    commands = parser.add_subparsers(required=True)
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--data", type=Path, help="folder of the index (INDEX_DATA)")
    common.add_argument("--json", action="store_true", help="print JSON")

    building = commands.add_parser("build", parents=[common], help="index the articles")
    building.add_argument("--seeds", type=Path, help="folder of the articles (INDEX_SEEDS)")
    building.add_argument("--full", action="store_true", help="build even if nothing has changed")
    building.set_defaults(command=_build)

    asking = commands.add_parser("ask", parents=[common], help="ask one question, or one a line")
    asking.add_argument("question", nargs="?", help="without it: one a line from standard input")
    asking.add_argument("--limit", type=_positive, default=5, help="passages of an answer")
    asking.add_argument(
        "--chat",
        action="store_true",
        help="the lines are the turns of a conversation; an empty line starts a new one",
    )
    asking.add_argument(
        "--explain", action="store_true", help="say what the words tell and what decided"
    )
    asking.set_defaults(command=_ask)

    evaluating = commands.add_parser("evaluate", parents=[common], help="measure a data set")
    evaluating.add_argument("folder", type=Path, help="with docs.jsonl[.gz], queries.jsonl[.gz]")
    evaluating.add_argument("--limit", type=_positive, help="ask the first queries only")
    evaluating.set_defaults(command=_evaluate)

    for name, command, help_text in (
        ("status", _status, "say what is live"),
        ("verify", _verify, "check files and passages of the live generation"),
        ("rollback", _rollback, "go back to the generation before the live one"),
    ):
        commands.add_parser(name, parents=[common], help=help_text).set_defaults(command=command)
    return parser


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return value


def _settings(parsed: argparse.Namespace) -> IndexSettings:
    given = {"data": parsed.data, "seeds": getattr(parsed, "seeds", None)}
    return IndexSettings.load().model_copy(
        update={name: value for name, value in given.items() if value is not None}
    )


def _build(parsed: argparse.Namespace, settings: IndexSettings) -> int:
    report = _with_progress(build(settings, parsed.full))
    _print_skipped(report.skipped)
    _print_notes(report.notes)
    if parsed.json:
        _print_json(report_fields(report))
    else:
        print(
            f"Generation {report.generation} is live: {report.articles} articles, "
            f"{report.passages} passages ({report.added} added, {report.changed} changed, "
            f"{report.removed} removed, {report.unchanged} unchanged, "
            f"{len(report.skipped)} skipped) in {report.seconds:.1f} s"
        )
    return 0


def _with_progress(steps: Generator[Progress | Asked, None, Result]) -> Result:
    """Run to the end, with a progress bar on standard error."""
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
    """How much is done a second."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:,.0f}/s" if task.speed else "")


def _print_skipped(skipped: Iterable[SkippedFile]) -> None:
    for file in skipped:
        _print(f"skipped {file.path}: {file.detail}", sys.stderr)


def _print_notes(notes: Iterable[BadLine]) -> None:
    for note in notes:
        _print(f"left out {note.path}, line {note.line}: {note.detail}", sys.stderr)


def _print(text: str, stream: TextIO) -> None:
    """Print a line; what an article or a file name holds must not steer a terminal."""
    print(harmless(text) if stream.isatty() else text, file=stream)


def _ask(parsed: argparse.Namespace, settings: IndexSettings) -> int:
    library = open_library(settings)
    turns: deque[Turn] = deque(maxlen=TURNS_KEPT)
    for question in _questions(parsed.question):
        if parsed.chat and not question.strip():
            turns.clear()
            continue
        if parsed.chat:
            turn = library.follow(turns, question, parsed.limit)
            turns.append(turn)
        else:
            turn = Turn(question, question, library.ask(question, parsed.limit))
        explanation = library.explain(turn.understood) if parsed.explain else None
        if parsed.json:
            told = {"explanation": explanation_fields(explanation)} if explanation else {}
            _print_json({**turn_fields(turn), **told})
        else:
            _print_turn(turn)
            if explanation:
                _print_explanation(explanation)
    return 0


def _questions(given: str | None) -> Iterable[str]:
    if given is not None:
        # What the terminal sent may not be UTF-8.
        return [given.encode("utf-8", "replace").decode("utf-8")]
    return (line.decode("utf-8", "replace").rstrip("\r\n") for line in sys.stdin.buffer)


def _print_turn(turn: Turn) -> None:
    if turn.understood != turn.question:
        _print(f"understood as: {turn.understood}", sys.stdout)
    _print_answer(turn.result)


def _print_answer(result: Answer | NoAnswer) -> None:
    if isinstance(result, NoAnswer):
        missing = f": nothing on {', '.join(result.missing)}" if result.missing else ""
        _print(f"not found ({result.reason}){missing}\n", sys.stdout)
        return
    for number, citation in enumerate(result.citations, 1):
        passage = citation.passage
        place = " > ".join((citation.title, *passage.headings))
        signed = (passage.byline, passage.credit, citation.source, str(citation.published or ""))
        _print(f"{number}. {place} ({', '.join(part for part in signed if part)})", sys.stdout)
        page = f"page {citation.page}, " if citation.page else ""
        characters = f"characters {passage.start} to {passage.end}"
        _print(f"   {passage.article_id}, {page}{characters}", sys.stdout)
        _print(f"   >> {citation.sentence.of(passage.text)}", sys.stdout)
        _print(f"{passage.text}\n", sys.stdout)


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
    for one in explanation.ranking:
        ahead = "" if one.ahead is None else f"{one.ahead:+.2f}"
        ranking.add_row(one.feature, f"{one.value:.2f}", f"{one.added:.2f}", ahead)
    sure = Table("feature", "value", "adds", title="what makes it sure")
    for one in explanation.confidence:
        sure.add_row(one.feature, f"{one.value:.2f}", f"{one.added:+.2f}")
    out.print(ranking, sure)
    if explanation.confidence:
        out.print(f"confidence {explanation.sure:.2f}; answered from {explanation.threshold:.2f}\n")


def _evaluate(parsed: argparse.Namespace, settings: IndexSettings) -> int:
    data = load_data_set(parsed.folder, parsed.limit)
    dictionary, bad_words = read_user_dictionary(settings.words_to_read, TextReader())
    reader = TextReader(dictionary.words)
    synonyms, bad_groups = read_synonyms(settings.synonyms_to_read, reader)
    _print_notes(bad_words + bad_groups)
    with temporary_repository(settings) as repository:
        evaluation = _with_progress(evaluate(data, repository, reader, synonyms))
    measures = measure(evaluation, settings.confidence)
    if parsed.json:
        _print_json(measures)
    else:
        for name, value in measures.items():
            print(f"{name:22}{value:10.4g}")
    return 0


def _status(parsed: argparse.Namespace, settings: IndexSettings) -> int:
    status = open_library(settings).status()
    if parsed.json:
        _print_json(status_fields(status))
    else:
        print(
            f"Generation {status.generation}, built {status.built:%Y-%m-%d %H:%M} UTC: "
            f"{status.articles} articles, {status.passages} passages, engine {status.engine}"
        )
    return 0


def _verify(parsed: argparse.Namespace, settings: IndexSettings) -> int:
    library = open_library(settings)
    try:
        status = library.status()
    except DamagedIndex as error:
        if parsed.json:
            _print_json({"generation": None, "faults": error.faults})
        else:
            _print("\n".join(error.faults), sys.stdout)
        raise
    faults = list(library.faults())
    if parsed.json:
        _print_json({"generation": status.generation, "faults": [*status.faults, *faults]})
    else:
        _print("\n".join(faults) or f"Generation {status.generation} is sound.", sys.stdout)
    return 1 if status.faults or faults else 0


def _rollback(parsed: argparse.Namespace, settings: IndexSettings) -> int:
    generation = rollback(settings)
    withdrawn = open_library(settings).status().withdrawn
    if parsed.json:
        _print_json({"generation": generation} | ({"withdrawn": withdrawn} if withdrawn else {}))
    else:
        print(f"Generation {generation} is live again.")
        if withdrawn:
            print(f"Withdrawn articles that stay out: {withdrawn}.")
    return 0


def _print_json(fields: dict[str, Any]) -> None:
    print(json.dumps(fields, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    sys.exit(main())
