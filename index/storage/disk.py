"""Waits for the disk, and reports when it is full."""

import errno
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from index.errors import DiskFull, WenChuError

_NEARLY_NOTHING = 1_000_000
"""Bytes that are left at most when a write has failed for want of space."""


def flush(path: Path) -> None:
    """Waits until a file or a folder has reached the disk. Raises OSError."""
    if os.name == "nt" and path.is_dir():
        return  # Windows cannot open folders, and keeps their entries by itself
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def translating_disk_errors(data: Path) -> Iterator[None]:
    """Turns what fails for want of space into DiskFull, and errors of SQLite into OSError.

    Libraries report it in many ways, not all with the system's code, so the free space decides.

    Raises:
        DiskFull: there is no space left where `data` is.
        OSError: SQLite does not take what is written.
    """
    try:
        yield
    except WenChuError:
        raise
    except Exception as error:
        if is_full(data, error):
            raise DiskFull(data) from error
        if isinstance(error, sqlite3.Error):
            raise OSError(str(error)) from error
        raise


def is_full(data: Path, error: Exception) -> bool:
    """Whether an error is for want of space where `data` is."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return True
    if "disk is full" in str(error):  # SQLite's words
        return True
    try:
        return shutil.disk_usage(data).free < _NEARLY_NOTHING
    except OSError:
        return False
