"""Reads what pytest wrote as JUnit XML: which tests did not pass, and which took longest."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

LAST_LINES = 12
"""Lines of a failure that are shown."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a test.

    Attributes:
        name: `file::test[parameters]`, as pytest takes it.
        seconds: wall-clock time with set-up and tear-down.
        failure: the report of the failure or error; None where the test passed or was skipped.
    """

    name: str
    seconds: float
    failure: str | None


def read_outcomes(report: Path) -> list[Outcome]:
    """Returns the outcomes of one run; none where it ended before it wrote its report."""
    if not report.exists():
        return []
    cases = ElementTree.parse(report).iter("testcase")  # noqa: S314 - written by our own run
    return [_outcome(case) for case in cases]


def _outcome(case: ElementTree.Element) -> Outcome:
    failures = [
        child.text or child.get("message") or ""
        for child in case
        if child.tag in ("failure", "error")
    ]
    module, name = case.get("classname", ""), case.get("name", "")
    return Outcome(
        # What could not be collected has no module beside its name.
        name=f"{module.replace('.', '/')}.py::{name}" if module else name,
        seconds=float(case.get("time", 0)),
        failure="\n".join(failures) if failures else None,
    )


def failed(outcomes: Iterable[Outcome]) -> list[Outcome]:
    return [outcome for outcome in outcomes if outcome.failure is not None]


def slowest(outcomes: Iterable[Outcome], count: int) -> list[Outcome]:
    return sorted(outcomes, key=lambda outcome: outcome.seconds, reverse=True)[:count]


def last_lines(failure: str) -> str:
    return "\n".join(failure.rstrip().splitlines()[-LAST_LINES:])
