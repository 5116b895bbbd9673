"""Says at the end of all checks which tests failed, with their last lines, and which were slowest.

    python tests/support/summarise.py REPORT.xml ...

Exits with 1 where a test failed.
"""

import sys
from pathlib import Path

from run_reports import failed, last_lines, read_outcomes, slowest

SLOWEST = 10


def main(reports: list[str]) -> int:
    outcomes = [outcome for report in reports for outcome in read_outcomes(Path(report))]
    failures = failed(outcomes)
    print(f"\nThe {SLOWEST} slowest of {len(outcomes)} tests:")
    for outcome in slowest(outcomes, SLOWEST):
        print(f"  {outcome.seconds:6.1f} s  {outcome.name}")
    for outcome in failures:
        print(f"\nFAILED {outcome.name}\n{last_lines(outcome.failure or '')}")
    print(f"\n{len(outcomes) - len(failures)} passed, {len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
