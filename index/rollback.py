"""Go back to an earlier generation."""

from contextlib import closing

from index.errors import BuildError, ClusterUnavailable, DamagedIndex, NoEarlierGeneration, NoIndex
from index.repositories import open_repository
from index.repository import Repository, newest_sound, number
from index.settings import IndexSettings


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
    repository = open_repository(settings)
    if not repository.names():
        raise NoIndex(repository.place)
    try:
        with repository.writing():
            earlier = _earlier(repository)
            repository.point_at(earlier)
    except (OSError, ClusterUnavailable) as error:
        raise BuildError(f"The index could not be rolled back: {error}") from error
    return earlier


def _earlier(repository: Repository) -> str:
    live = number(_live(repository))
    for name in reversed(repository.names()):
        if number(name) < live and _is_sound(repository, name):
            return name
    raise NoEarlierGeneration(repository.place)


def _live(repository: Repository) -> str:
    """What the pointer names, sound or not; what serves in its place if it names nothing."""
    try:
        return repository.current()
    except (NoIndex, DamagedIndex):
        sound = newest_sound(repository, lambda name: repository.open(name, whole=True))
        sound.opened.close()
        return sound.name


def _is_sound(repository: Repository, name: str) -> bool:
    try:
        with closing(repository.open(name, whole=True)):
            return True
    except DamagedIndex:
        return False
