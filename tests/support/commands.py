"""The program's commands, called within the test's process: a new one takes seconds to start.

What only a process can show (its exit, signals, a terminal) is tested with processes.py.
"""

import io
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from processes import plain_environment

from bot import __main__ as bot_program
from index import __main__ as index_program

Main = Callable[[Sequence[str] | None], int]


def run_index(
    *arguments: str, folder: Path, typed: bytes = b"", **settings: str
) -> "subprocess.CompletedProcess[bytes]":
    """Runs `python -m index` in `folder` with `typed` on its standard input and `settings` set."""
    return _call(index_program.main, arguments, folder, typed, settings)


def run_bot(
    *arguments: str, folder: Path, typed: bytes = b"", **settings: str
) -> "subprocess.CompletedProcess[bytes]":
    """Runs `python -m bot` in `folder` with `typed` on its standard input and `settings` set."""
    return _call(bot_program.main, arguments, folder, typed, settings)


def _call(
    main: Main, arguments: Sequence[str], folder: Path, typed: bytes, settings: dict[str, str]
) -> "subprocess.CompletedProcess[bytes]":
    source, out, err = (
        io.TextIOWrapper(io.BytesIO(content), "utf-8") for content in (typed, b"", b"")
    )
    environment = plain_environment() | settings
    with pytest.MonkeyPatch.context() as patched, kept_logging():
        patched.chdir(folder)
        for name in set(os.environ) - set(environment):
            patched.delenv(name)
        for name, value in settings.items():
            patched.setenv(name, value)
        patched.setattr(sys, "stdin", source)
        patched.setattr(sys, "stdout", out)
        patched.setattr(sys, "stderr", err)
        try:
            code = main(arguments)
        except SystemExit as ended:  # as argparse ends a call that makes no sense
            code = int(ended.code or 0)
    written = []
    for stream in (out, err):
        stream.flush()
        assert isinstance(stream.buffer, io.BytesIO)
        written.append(stream.buffer.getvalue())
    return subprocess.CompletedProcess(list(arguments), code, *written)


@contextmanager
def kept_logging() -> Iterator[None]:
    """Restores the handlers and levels of all loggers, whatever the program sets up for its own."""
    root = logging.getLogger()
    loggers = [root, *(item for item in _known_loggers() if item is not root)]
    levels = [logger.level for logger in loggers]
    handlers = root.handlers[:]
    root.handlers.clear()  # the program closes those that it finds
    try:
        yield
    finally:
        root.handlers[:] = handlers
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def _known_loggers() -> list[logging.Logger]:
    entries = logging.Logger.manager.loggerDict.values()
    return [entry for entry in entries if isinstance(entry, logging.Logger)]
