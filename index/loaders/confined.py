"""Read files of formats that may be hostile, in a process that may take little.

A small file can be made to take hours or all memory, or to crash what reads it. So such files are
read in another process, with limits to its memory and its time, that cannot write files. It is started for the
first of them, serves for the next ones, and is started anew where a file has ended it.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from threading import Timer
from types import TracebackType
from typing import IO, Self

from index.errors import SkipReason, UnreadableFile
from index.loaders.draft import Draft
from index.model import Block, BlockKind


class Format(StrEnum):
    """The formats that are read in confinement."""

    DOCX = "docx"
    EPUB = "epub"
    HTML = "html"
    PDF = "pdf"
    WEB_ARCHIVE = "web archive"


@dataclass(frozen=True, slots=True)
class Limits:
    """What reading one file may take.

    Attributes:
        seconds: of waiting, as a clock on the wall counts them.
        processor_seconds: of work.
        memory: bytes of address space; with what Python and the libraries take.
        characters: of the text that comes of it.
    """

    seconds: float = 60.0
    processor_seconds: int = 30
    memory: int = 1_500_000_000
    characters: int = 100_000_000


_START = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); import index.loaders.confinement as c"

_LOADED, _REFUSED = "loaded", "refused"


class Confined:
    """A process that reads files, if any has to be read.

    It ends when this does, and when the process that it serves does, in whatever way. Not for
    several threads at once.
    """

    def __init__(self, limits: Limits = Limits()) -> None:
        self._limits = limits
        self._process: _Process | None = None
