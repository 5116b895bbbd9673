"""Several processes of one bot on one machine: each has a seat, and knows whose others are free.

They share the state file: answers, opinions, and the updates that were received. An update belongs
to the seat that received it, so that no process takes up what another is dealing with; a seat whose
process has ended, however it did, is free, and what it left is taken up by the next that starts.
"""

import os
import weakref
from pathlib import Path

import portalocker
from portalocker import AlreadyLocked, LockException, LockFlags

from bot.errors import StoreError

MOST = 64
"""Maximum number of processes; Telegram accepts 30 messages a second from all of them."""


class Seats:
    """The seats of a data folder, of which this process holds one as long as it lives."""

    def __init__(self, folder: Path) -> None:
        """Takes the first free seat.

        Raises:
            StoreError: none is free, or the folder cannot be written.
        """
        self._folder = folder
        for number in range(MOST):
            descriptor = self._taken(number)
            if descriptor is not None:
                self.own = number
                self._release = weakref.finalize(self, os.close, descriptor)
                return
        raise StoreError(f"{MOST} processes use {folder} already.")

    def is_free(self, number: int) -> bool:
        """Returns whether no process holds a seat; this process holds its own."""
        descriptor = self._taken(number)
        if descriptor is not None:
            os.close(descriptor)
        return descriptor is not None

    def _taken(self, number: int) -> int | None:
        """Locks the file of a seat; None where another one holds it. Closing gives it back."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            path = self._folder / f"bot-{number}.lock"
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise StoreError(f"{self._folder} cannot be used: {error}") from error
        try:
            portalocker.lock(descriptor, LockFlags.EXCLUSIVE | LockFlags.NON_BLOCKING)
        except LockException as error:
            os.close(descriptor)
            if isinstance(error, AlreadyLocked):
                return None
            raise StoreError(f"{self._folder} cannot be used: {error}") from error
        return descriptor

    def leave(self) -> None:
        self._release()
