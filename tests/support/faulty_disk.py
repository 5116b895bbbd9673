"""A disk that fails at a chosen write: a library for processes that are started with it."""

import ctypes
import errno
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import pytest

_SOURCE = Path(__file__).with_name("faulty_disk.c")
PRELOAD = "LD_PRELOAD"


def compiled(folder: Path) -> Path:
    """Returns the library, compiled into a folder; skips the test where there is no compiler."""
    compiler = shutil.which("cc")
    if not compiler:
        pytest.skip("not tested here: no C compiler (cc)")
    library = folder / "faulty_disk.so"
    options = ("-O1", "-shared", "-fPIC", "-w", "-o", str(library), str(_SOURCE), "-ldl")
    subprocess.run([compiler, *options], check=True, timeout=300)  # noqa: S603
    return library


class FaultKind(Enum):
    """How a disk fails: with which error, and whether a write takes its first half before."""

    BROKEN = errno.EIO, False
    FULL = errno.ENOSPC, False
    CUT = errno.ENOSPC, True


@dataclass(frozen=True, slots=True)
class DiskFault:
    """A fault of the disk.

    Attributes:
        number: the write that fails, from 1; 0 for none.
        lasts: whether all writes after it fail as well.
    """

    number: int = 0
    kind: FaultKind = FaultKind.BROKEN
    lasts: bool = False


class FaultyDisk:
    """The library in a process that was started with it."""

    def __init__(self, folder: Path) -> None:
        """
        Args:
            folder: only what is written below it is counted and may fail.
        """
        self._folder = os.fsencode(folder)
        self._library = ctypes.CDLL(os.environ[PRELOAD])
        self._library.disk_calls.restype = ctypes.c_long
        self._library.disk_failures.restype = ctypes.c_long

    @contextmanager
    def failing(self, fault: DiskFault) -> Iterator[None]:
        """Lets a write of the block fail."""
        code, is_cut = fault.kind.value
        number = ctypes.c_long(fault.number)
        self._library.disk_arm(self._folder, number, code, int(is_cut), int(fault.lasts))
        try:
            yield
        finally:
            self._library.disk_disarm()

    @property
    def writes(self) -> int:
        """How many writes the last block made."""
        return int(self._library.disk_calls())

    @property
    def failures(self) -> int:
        """How many of them failed."""
        return int(self._library.disk_failures())

    @property
    def has_left_over(self) -> bool:
        """Whether a removal failed, so that something had to stay behind."""
        return bool(self._library.disk_left_over())
