"""The command line: build | ask | evaluate | status | verify | rollback."""

import argparse
import os
import sys
from collections import deque
from collections.abc import Iterable, Sequence
from pathlib import Path

from index import (
    DamagedIndex,
    IndexSettings,
    NothingToIndex,
    Turn,
    WenChuError,
    build,
    open_library,
    rollback,
)
from index.analysis.reader import TextReader
from index.cli.json_output import explanation_fields, report_fields, status_fields, turn_fields
from index.cli.printing import (
    _print,
    _print_explanation,
    _print_json,
    _print_notes,
    _print_skipped,
    _print_turn,
    _printed_warnings,
    _with_progress,
)
from index.evaluation import evaluate, load_data_set, measure
from index.lexicon.synonyms import read_synonyms
from index.lexicon.user_dictionary import read_user_dictionary
from index.settings import unknown_settings
from index.storage.repositories import temporary_repository

TURNS_KEPT = 6
"""Turns of a conversation that a follow-up may lean on."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command; returns the exit code."""
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
    settings = IndexSettings.load().model_copy(
        update={name: value for name, value in given.items() if value is not None}
    )
    settings.require_apart()
    return settings


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
            explained = {"explanation": explanation_fields(explanation)} if explanation else {}
            _print_json({**turn_fields(turn), **explained})
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


def _evaluate(parsed: argparse.Namespace, settings: IndexSettings) -> int:
    data = load_data_set(parsed.folder, parsed.limit)
    dictionary, bad_words = read_user_dictionary(settings.words_to_read, TextReader())
    reader = TextReader(dictionary.words)
    synonyms, bad_groups = read_synonyms(settings.synonyms_to_read, reader)
    _print_notes(bad_words + bad_groups)
    with temporary_repository(settings) as repository:
        evaluation = _with_progress(evaluate(data, repository, reader, settings.sure, synonyms))
    measures = measure(evaluation, settings.confidence, max(settings.sure, settings.confidence))
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


if __name__ == "__main__":
    sys.exit(main())
