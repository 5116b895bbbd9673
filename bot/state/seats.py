"""Several processes of one bot on one machine: each has a seat, and knows whose others are free.

They share the state file: answers, opinions, and the updates that were received. An update belongs
to the seat that received it, so that no process takes up what another is dealing with; a seat whose
process has ended, however it did, is free, and what it left is taken up by the next that starts.
"""

from pathlib import Path

from filelock import FileLock, Timeout

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
            lock = self._taken(number)
            if lock:
                self.own, self._lock = number, lock
                return
        raise StoreError(f"{MOST} processes use {folder} already.")

    def is_free(self, number: int) -> bool:
        """Returns whether no process holds a seat; this process holds its own."""
        lock = self._taken(number)
        if lock:
            lock.release()
        return lock is not None

    def _taken(self, number: int) -> FileLock | None:
        lock = FileLock(self._folder / f"bot-{number}.lock", timeout=0, thread_local=False)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            lock.acquire()
        except Timeout:
            return None
        except OSError as error:
            raise StoreError(f"{self._folder} cannot be used: {error}") from error
        return lock

    def leave(self) -> None:
        """Releases the seat before the process ends."""
        self._lock.release()
