"""Real processes and terminals: each ends with its test, whatever becomes of that, and each wait
for one has a bound."""

import codecs
import contextlib
import os
import pty
import re
import select
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Self

import psutil
from waiting import wait_until

ROOT = Path(__file__).parents[2]
PATIENCE = 120.0
"""Seconds after which what has not come is taken not to come; a busy machine is slow."""

WAITING = """
import sys
print("here", flush=True)
sys.stdin.buffer.read()
"""
"""Ends a program that says that it has come so far and then waits to be killed; it also ends with
the process that has started it."""


def plain_environment() -> dict[str, str]:
    """Returns the environment without the settings of the one who runs the tests."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("INDEX_", "BOT_", "PYTHON", "NO_COLOR"))
    } | {"PYTHONPATH": str(ROOT)}


def run_python(
    *arguments: str | bytes, folder: Path, typed: bytes = b"", **settings: str
) -> "subprocess.CompletedProcess[bytes]":
    """Runs Python in `folder` with `typed` on its standard input and `settings` set."""
    return subprocess.run(  # noqa: S603 - our own code
        [sys.executable, *arguments],
        cwd=folder,
        input=typed,
        env=plain_environment() | settings,
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )


@contextmanager
def started(
    *arguments: str,
    folder: Path,
    settings: Mapping[str, str] | None = None,
    stdin: int | None = subprocess.PIPE,
    stdout: int | IO[Any] | None = subprocess.PIPE,
    stderr: int | IO[Any] | None = None,
) -> "Iterator[subprocess.Popen[bytes]]":
    """Yields a process of Python that runs beside the test; killed at the end of the block."""
    with subprocess.Popen(  # noqa: S603 - our own code
        [sys.executable, *arguments],
        cwd=folder,
        env=plain_environment() | dict(settings or {}),
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        bufsize=0,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def standing_still(program: str, folder: Path) -> "Iterator[subprocess.Popen[bytes]]":
    """Yields a process that has run a program in `folder` and stands still at its end."""
    with started("-c", f"{program}\n{WAITING}", folder=folder) as process:
        assert line_of(process) == b"here\n"
        yield process


def line_of(process: "subprocess.Popen[bytes]") -> bytes:
    """Returns the next line that a process writes; empty where it has ended."""
    assert process.stdout
    ready, _, _ = select.select([process.stdout], [], [], PATIENCE)
    assert ready, "the process has written nothing"
    return process.stdout.readline()


@contextmanager
def free_port() -> Iterator[int]:
    """Yields a port that nobody listens on and that is given to nobody else until the end of the
    block.

    It is bound all the time; who reuses addresses, as servers do, may still listen on it.
    """
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        yield int(held.getsockname()[1])


class Terminal:
    """`python -m bot` at a terminal that a test types into; it ends with the `with` block."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self._ours, theirs = pty.openpty()
        try:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "bot"],
                stdin=theirs,
                stdout=theirs,
                stderr=theirs,
                cwd=folder,
                env=plain_environment() | {"TERM": "xterm-256color"} | settings,
                start_new_session=True,
            )
        except BaseException:
            os.close(self._ours)
            raise
        finally:
            os.close(theirs)
        self.shown = ""
        self._is_closed = False
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        os.close(self._ours)

    def type(self, text: str) -> None:
        os.write(self._ours, text.encode())

    def wait_for(self, pattern: str) -> None:
        """Waits until what was shown matches a pattern; no longer than the process lives."""
        with self._changed:
            self._changed.wait_for(
                lambda: re.search(pattern, self.shown) or self._is_closed, PATIENCE
            )
            assert re.search(pattern, self.shown), f"{pattern} in:\n{self.shown}"

    def wait_for_reading(self) -> None:
        """Waits until the process sleeps at its prompt, as it does once it reads keys.

        Between the prompt and the reading, Python's `input` does not notice a signal.
        """
        self.wait_for("问> $")
        process = psutil.Process(self.process.pid)
        wait_until(lambda: process.status() == psutil.STATUS_SLEEPING)

    def wait_for_end(self) -> int:
        """Waits until the process has ended; returns its exit code."""
        code = self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        return code

    def _read(self) -> None:
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        with contextlib.suppress(OSError):  # the other end is closed
            while read := os.read(self._ours, 4096):
                with self._changed:
                    self.shown += decoder.decode(read)
                    self._changed.notify_all()
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
