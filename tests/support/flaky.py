"""Runs the fast tests several times, in random order beside a busy machine, and lists the unsteady.

    python tests/support/flaky.py [RUNS] [PYTEST ARGUMENT ...]

Exits with 1 where a test did not pass every time.
"""

import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from run_reports import failed, last_lines, read_outcomes

RUNS = 5
_BUSY = "while True: pass"


@contextmanager
def busy_machine() -> Iterator[None]:
    """Keeps every core busy with a process that computes for nothing."""
    processes = [
        subprocess.Popen([sys.executable, "-c", _BUSY])  # noqa: S603 - our own loop
        for _ in range(os.cpu_count() or 1)
    ]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


def run_once(report: Path, arguments: list[str]) -> int:
    command = [sys.executable, "-m", "pytest", "-p", "randomly", f"--junitxml={report}", *arguments]
    return subprocess.run(command, check=False).returncode  # noqa: S603 - our own arguments


def main(arguments: list[str]) -> int:
    runs = int(arguments.pop(0)) if arguments and arguments[0].isdigit() else RUNS
    failures: Counter[str] = Counter()
    last: dict[str, str] = {}
    broken = 0
    with tempfile.TemporaryDirectory() as folder, busy_machine():
        for number in range(1, runs + 1):
            print(f"Run {number} of {runs}", flush=True)
            report = Path(folder) / f"{number}.xml"
            code = run_once(report, arguments)
            unsteady = failed(read_outcomes(report))
            broken += bool(code and not unsteady)
            failures.update(outcome.name for outcome in unsteady)
            last |= {outcome.name: last_lines(outcome.failure or "") for outcome in unsteady}
    for name, times in failures.most_common():
        print(f"\n{name}: failed in {times} of {runs} runs\n{last[name]}")
    print(f"\n{len(failures)} tests did not pass every time; {broken} runs ended early.")
    return 1 if failures or broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
