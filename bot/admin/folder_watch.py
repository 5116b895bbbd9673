"""The index follows the folder of articles as it changes."""

import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path

from watchfiles import Change, DefaultFilter, awatch
from watchfiles.main import FileChange

from index import is_read

SETTLING_MS = 400
"""Milliseconds within which changes count as one."""
AGAIN_SECONDS = 5.0
"""Seconds between checks whether the folder is there, and still the same."""
SIDECAR = ".yaml"
"""What the name of a file beside an article adds to the article's."""

_State = tuple[int, int, int] | None
_Place = tuple[Path, int, int]
"""Where a folder is, and what tells it from another one in its place: device and inode."""


class Articles(DefaultFilter):
    """Accepts changes of files that a build would list."""

    def __init__(self, seeds: Path) -> None:
        super().__init__()
        self._seeds = seeds

    def __call__(self, change: Change, path: str) -> bool:  # noqa: ARG002 - watchfiles gives both
        """Returns whether a change counts."""
        return is_read(self._seeds, Path(path))


class OwnChanges:
    """The files that the bot itself has changed, and for which it has requested a build."""

    def __init__(self, seeds: Path) -> None:
        self._seeds = seeds
        self._states: dict[str, _State] = {}

    def add(self, article_ids: Iterable[str]) -> None:
        """Records the current state of these articles' files, and of the files beside them."""
        folder = self._seeds.resolve()
        for id in article_ids:
            for path in (str(folder / id), f"{folder / id}{SIDECAR}"):
                self._states[path] = _state(path)

    def cover(self, changes: Iterable[FileChange]) -> bool:
        """Returns whether everything that has changed is as the bot left it."""
        return all(
            path in self._states and self._states[path] == _state(path) for _, path in changes
        )


def _state(path: str) -> _State:
    """Returns what tells a file from another one in its place; None if there is no file."""
    try:
        known = Path(path).stat()
    except OSError:
        return None
    return known.st_ino, known.st_size, known.st_mtime_ns


async def watch(
    seeds: Path, changed: Callable[[], object], own_changes: OwnChanges | None = None
) -> None:
    """Calls `changed` whenever something in the folder has changed, until this is cancelled.

    It is called at first, too, and whenever another folder is in the place of the one that was
    watched: what changed while nobody watched is not known.

    Args:
        own_changes: is not called for these.

    Raises:
        Exception: the system allows no further watching, or reports a change that cannot be
            understood, such as that of a name that is not UTF-8.
    """
    own_changes = own_changes or OwnChanges(seeds)
    while True:
        changed()
        if place := await asyncio.to_thread(_place, seeds):
            await _watch(seeds, place, changed, own_changes)
        while not await asyncio.to_thread(_place, seeds):  # noqa: ASYNC110 - no event
            await asyncio.sleep(AGAIN_SECONDS)


async def _watch(
    seeds: Path, place: _Place, changed: Callable[[], object], own_changes: OwnChanges
) -> None:
    """Watches a folder until it is gone, or another one is in its place."""
    articles = Articles(place[0])
    timeout = int(AGAIN_SECONDS * 1000)
    async for changes in awatch(
        place[0],
        watch_filter=articles,
        debounce=SETTLING_MS,
        rust_timeout=timeout,
        yield_on_timeout=True,
    ):
        if not own_changes.cover(changes):
            changed()
        if await asyncio.to_thread(_place, seeds) != place:
            return


def _place(seeds: Path) -> _Place | None:
    """Returns where a folder is after all links, and which one; None if there is no folder."""
    try:
        status = seeds.stat()
        return (seeds.resolve(), status.st_dev, status.st_ino) if seeds.is_dir() else None
    except OSError:
        return None
