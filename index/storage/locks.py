"""Who may write to a data folder, and who reads a generation of it.

The system releases these locks when a process ends, however it ends.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import portalocker
from portalocker import AlreadyLocked, LockException, LockFlags

from index.errors import BuildRunning

_LOCK = "LOCK"


@contextmanager
def writing(data: Path) -> Iterator[None]:
    """Locks a data folder for writing.

    Raises:
        BuildRunning: another process or task is writing.
        OSError: the folder cannot be written.
    """
    with (data / _LOCK).open("ab") as held:
        try:
            portalocker.lock(held, LockFlags.EXCLUSIVE | LockFlags.NON_BLOCKING)
        except AlreadyLocked:
            raise BuildRunning(data) from None
        except LockException as error:
            raise OSError(f"{data / _LOCK} cannot be locked: {error}") from error
        try:
            yield
        finally:
            portalocker.unlock(held)


@contextmanager
def reading(file: Path) -> Iterator[None]:
    """Marks what `file` stands for as being read; `unread` sees it, in any process.

    The file is opened for reading only, so that a read-only data folder will do.

    Raises:
        OSError: there is no such file, or it has been removed meanwhile.
    """
    with file.open("rb") as held:
        try:
            portalocker.lock(held, LockFlags.SHARED | LockFlags.NON_BLOCKING)
        except AlreadyLocked:
            raise FileNotFoundError(errno.ENOENT, "it is being removed", str(file)) from None
        except LockException:
            pass  # a file system without locks: whoever removes the file leaves it to its readers
        # Between opening and locking, the file may have gone and another one come.
        if not os.path.samestat(os.fstat(held.fileno()), file.stat()):
            raise FileNotFoundError(errno.ENOENT, "it was removed", str(file))
        yield


@contextmanager
def unread(file: Path) -> Iterator[bool]:
    """Whether nobody reads what `file` stands for; nobody begins to before this ends.

    Where the file is missing, nobody can.
    """
    try:
        held = file.open("r+b")  # some network file systems lock what is open for writing only
    except OSError as error:
        yield isinstance(error, FileNotFoundError)
        return
    with held:
        yield _is_free(held.fileno())


def _is_free(descriptor: int) -> bool:
    try:
        portalocker.lock(descriptor, LockFlags.EXCLUSIVE | LockFlags.NON_BLOCKING)
    except AlreadyLocked:
        return False
    except LockException:
        return True  # a file system without locks: readers keep what they have open
    return True
