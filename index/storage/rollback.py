"""Rolls back to an earlier generation, without what was withdrawn since."""

from collections.abc import Collection, Mapping
from contextlib import closing
from dataclasses import dataclass

from index.errors import BuildError, ClusterUnavailable, DamagedIndex, NoEarlierGeneration, NoIndex
from index.settings import IndexSettings
from index.storage.base_generation import BaseGeneration
from index.storage.repositories import open_repository
from index.storage.repository import Draft, Repository, newest_sound, number
from index.storage.withdrawals import Withdrawals, withdrawn_by_generation


@dataclass(frozen=True, slots=True)
class _Earlier:
    """A generation to roll back to.

    Attributes:
        name: its name.
        before: the one before it, if there is any.
        withdrawn: those of its articles that were withdrawn since.
    """

    name: str
    before: str | None
    withdrawn: Collection[str]


def rollback(settings: IndexSettings) -> str:
    """Makes the newest sound generation older than the live one live; returns the new name.

    Where it holds articles that were withdrawn since, a copy without them is made live.
    Libraries that are open, in any process, answer from it from their next question on.

    Raises:
        NoIndex: nothing has been built.
        BuildRunning: a build holds the data folder.
        NoEarlierGeneration: no older generation is sound.
        BuildError: the data folder cannot be written.
    """
    repository = open_repository(settings)
    if not repository.names():
        raise NoIndex(repository.place)
    withdrawals = Withdrawals(settings.data)
    try:
        with repository.writing():
            earlier = _earlier(repository, withdrawals)
            if not earlier.withdrawn:
                repository.point_at(earlier.name)
                return earlier.name
        with repository.drafting() as draft:
            # Another process may have written in between.
            earlier = _earlier(repository, withdrawals)
            return _made_anew(repository, draft, earlier)
    except (OSError, ClusterUnavailable) as error:
        raise BuildError(f"The index could not be rolled back: {error}") from error


def _made_anew(repository: Repository, draft: Draft, earlier: _Earlier) -> str:
    """Makes a copy of an earlier generation, without what was withdrawn, live."""
    with closing(repository.open(earlier.name)) as snapshot:
        base = BaseGeneration(earlier.name, snapshot.manifest, snapshot.stored())
        dictionary = snapshot.dictionary
    # As their passages follow each other; one without passages belongs before the next that has.
    order = sorted(
        base.articles, key=lambda id: (base.articles[id].first_passage, base.articles[id].passages)
    )
    with draft.writer(base) as writer:
        for article_id in order:
            if article_id not in earlier.withdrawn:
                writer.keep(article_id)
        for _ in writer.finish(dictionary):
            pass
    writer.complete(
        base.manifest.fingerprint,
        in_place_of=base.manifest.in_place_of or base.name,
        withdrawn=base.manifest.withdrawn + len(earlier.withdrawn),
    )
    return draft.publish(earlier.before)


def _earlier(repository: Repository, withdrawals: Withdrawals) -> _Earlier:
    origin = number(_origin(repository, _live(repository)))
    noted = withdrawals.noted()
    withdrawn: Mapping[str, Collection[str]] = (
        withdrawn_by_generation(repository, noted) if noted else {}
    )
    older = [name for name in repository.names() if number(name) < origin]
    while older:
        name = older.pop()
        if _is_sound(repository, name):
            left_out = withdrawn.get(name, ())
            if len(left_out) < repository.manifest(name).articles:
                return _Earlier(name, older[-1] if older else None, left_out)
    raise NoEarlierGeneration(repository.place)


def _live(repository: Repository) -> str:
    """Returns what the pointer names, sound or not; if nothing, what serves in its place."""
    try:
        return repository.current()
    except (NoIndex, DamagedIndex):
        sound = newest_sound(repository, lambda name: repository.open(name, whole=True))
        sound.opened.close()
        return sound.name


def _origin(repository: Repository, name: str) -> str:
    """Returns the generation that this one was copied from in a rollback; else the same."""
    try:
        return repository.manifest(name).in_place_of or name
    except DamagedIndex:
        return name


def _is_sound(repository: Repository, name: str) -> bool:
    try:
        with closing(repository.open(name, whole=True)):
            return True
    except DamagedIndex:
        return False
