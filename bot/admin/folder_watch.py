"""The index follows the folder of articles as it changes."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

from watchfiles import Change, DefaultFilter, awatch

log = logging.getLogger(__name__)

SETTLING_MS = 400
"""Changes that follow one another this fast are told as one."""
AGAIN_SECONDS = 5.0
"""After which it is looked again whether the folder is there."""
_TEMPORARY = (".tmp", ".part", ".crdownload", ".swp", "~")


class Articles(DefaultFilter):
    """Changes of files that may be articles: hidden and temporary ones are none."""

    def __init__(self, seeds: Path) -> None:
        super().__init__()
        self._seeds = seeds

    def __call__(self, change: Change, path: str) -> bool:  # noqa: ARG002 - watchfiles gives both
        """Whether a change counts."""
        try:
            parts = Path(path).relative_to(self._seeds).parts
        except ValueError:
            parts = Path(path).parts[-1:]
        hidden = any(part.startswith((".", "~$")) for part in parts)
        return not hidden and not path.endswith(_TEMPORARY)


async def watch(seeds: Path, changed: Callable[[], object]) -> None:
    """Call `changed` whenever something in the folder has changed, until this is cancelled.

    It is called at first, too: what changed while nobody watched is not known.
    """
    changed()
    while True:
        try:
            if await asyncio.to_thread(seeds.is_dir):
                await _watch(seeds, changed)
        except (OSError, RuntimeError) as error:
            # What watchfiles raises where the system allows no further watching.
            log.warning("%s cannot be watched: %s", seeds, error)
        await asyncio.sleep(AGAIN_SECONDS)


async def _watch(seeds: Path, changed: Callable[[], object]) -> None:
    """Watch a folder until it is gone."""
    place = await asyncio.to_thread(seeds.resolve)
    articles = Articles(place)
    async for _ in awatch(place, watch_filter=articles, debounce=SETTLING_MS):
        changed()
        if not await asyncio.to_thread(place.is_dir):
            return
