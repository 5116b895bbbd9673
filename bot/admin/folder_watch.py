"""The index follows the folder of articles as it changes."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from pathlib import Path

from watchfiles import Change, DefaultFilter, awatch
from watchfiles.main import FileChange

log = logging.getLogger(__name__)

SETTLING_MS = 400
"""Milliseconds within which changes count as one."""
AGAIN_SECONDS = 5.0
"""Seconds between checks whether the folder is there."""
SIDECAR = ".yaml"
"""What the name of a file beside an article adds to the article's."""

_State = tuple[int, int, int] | None
_TEMPORARY = (".tmp", ".part", ".crdownload", ".swp", "~")


class Articles(DefaultFilter):
    """Accepts changes of files that may be articles; rejects hidden and temporary files."""

    def __init__(self, seeds: Path) -> None:
        super().__init__()
        self._seeds = seeds

    def __call__(self, change: Change, path: str) -> bool:  # noqa: ARG002 - watchfiles gives both
        """Returns whether a change counts."""
        try:
            parts = Path(path).relative_to(self._seeds).parts
        except ValueError:
            parts = Path(path).parts[-1:]
        hidden = any(part.startswith((".", "~$")) for part in parts)
        return not hidden and not path.endswith(_TEMPORARY)


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

    It is called at first, too: what changed while nobody watched is not known.

    Args:
        own_changes: is not called for these.
    """
    own_changes = own_changes or OwnChanges(seeds)
    changed()
    while True:
        try:
            if await asyncio.to_thread(seeds.is_dir):
                await _watch(seeds, changed, own_changes)
        except (OSError, RuntimeError) as error:
            # What watchfiles raises where the system allows no further watching.
            log.warning("%s cannot be watched: %s", seeds, error)
        await asyncio.sleep(AGAIN_SECONDS)


async def _watch(seeds: Path, changed: Callable[[], object], own_changes: OwnChanges) -> None:
    """Watches a folder until it is gone."""
    place = await asyncio.to_thread(seeds.resolve)
    articles = Articles(place)
    async for changes in awatch(place, watch_filter=articles, debounce=SETTLING_MS):
        if not own_changes.cover(changes):
            changed()
        if not await asyncio.to_thread(place.is_dir):
            return
