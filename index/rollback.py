"""Go back to an earlier generation."""

from contextlib import closing
from pathlib import Path

from index.errors import BuildError, DamagedIndex, IndexUnavailable, NoEarlierGeneration, NoIndex
from index.generation import (
    current_generation,
    generations,
    newest_sound,
    number,
    point_at,
)
from index.locks import writing
from index.settings import IndexSettings
from index.snapshot import Snapshot


def rollback(settings: IndexSettings) -> str:
    """Make the newest sound generation that is older than the live one live.

    Libraries that are open, in any process, answer from it from their next question on.

    Returns:
        The name of that generation.

    Raises:
        NoIndex: nothing has been built.
        BuildRunning: a build holds the data folder.
        NoEarlierGeneration: no older generation is sound.
        BuildError: the data folder cannot be written.
    """
    data = settings.data
    if not generations(data):
        raise NoIndex(data)
    try:
        with writing(data):
            earlier = _earlier(data)
            point_at(data, earlier)
    except OSError as error:
        raise BuildError(f"The index could not be rolled back: {error}") from error
    return earlier.name


def _earlier(data: Path) -> Path:
    live = number(_live(data))
    for folder in reversed(generations(data)):
        if number(folder) < live and _is_sound(folder):
            return folder
    raise NoEarlierGeneration(data)


def _live(data: Path) -> Path:
    """What the pointer names, sound or not; what serves in its place if it names nothing."""
    try:
        return current_generation(data)
    except IndexUnavailable:
        sound = newest_sound(data, Snapshot.checked_whole)
        sound.opened.close()
        return sound.folder


def _is_sound(folder: Path) -> bool:
    try:
        with closing(Snapshot.checked_whole(folder)):
            return True
    except DamagedIndex:
        return False
