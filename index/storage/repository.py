"""Where generations are kept, and how the live one is found: the pointer names it."""

from collections.abc import Callable, Hashable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from index.errors import ClusterUnavailable, DamagedIndex, IndexUnavailable, NoIndex, OtherFormat
from index.lexicon.user_dictionary import UserDictionary
from index.storage.article_record import ArticleRecord
from index.storage.base_generation import BaseGeneration
from index.storage.manifest import Manifest
from index.storage.snapshot import Snapshot

Opened = TypeVar("Opened")


class GenerationWriter(AbstractContextManager["GenerationWriter"], Protocol):
    """Takes articles one after the other, in the order that their passages will have.

    Methods raise OSError, sqlite3.Error or ClusterUnavailable where writing fails.
    """

    def add(self, cut: ArticleRecord) -> None:
        """Writes an article and its passages."""
        ...

    def keep(self, article_id: str) -> str:
        """Takes over an article from the earlier generation; returns its digest.

        Raises:
            KeyError: it is not there.
        """
        ...

    def finish(self, dictionary: UserDictionary) -> Iterator[tuple[int, int]]:
        """Writes what is left; yields the parts done and their total.

        Args:
            dictionary: the user dictionary that the passages were segmented with.
        """
        ...

    def complete(self, fingerprint: str, in_place_of: str = "", withdrawn: int = 0) -> Manifest:
        """Completes the generation and returns its manifest. For the arguments see `Manifest`."""
        ...


class Draft(Protocol):
    """A generation that is being written, and is removed unless it is published."""

    def writer(self, base: BaseGeneration | None) -> GenerationWriter:
        """Returns a writer of the generation.

        Args:
            base: a generation of the same recipe; its articles that are not kept are left out.
        """
        ...

    def publish(self, before: str | None) -> str:
        """Makes the completed generation live, removes outdated ones, and returns its name.

        Args:
            before: the generation that was live until now.
        """
        ...


class Repository(Protocol):
    """Keeps generations; their names end in ascending numbers.

    Methods raise ClusterUnavailable where they are kept in a cluster that does not answer.

    Attributes:
        place: where they are kept, for messages.
        engine: the name of the engine of new generations.
        pointer: what names the current generation, for messages.
        recipe: what shapes a generation besides articles, words and program; empty if nothing.
    """

    place: str
    engine: str
    pointer: str
    recipe: str

    def stamp(self) -> Hashable:
        """Returns a value that changes when the pointer does; asked with each question."""
        ...

    def names(self) -> list[str]:
        """Returns the names of the generations, oldest first. Raises DamagedIndex."""
        ...

    def current(self) -> str:
        """Returns the name of the generation that the pointer names.

        Raises:
            NoIndex: there is no pointer.
            DamagedIndex: the pointer names no generation.
        """
        ...

    def manifest(self, name: str) -> Manifest:
        """Returns the manifest of a generation. Raises DamagedIndex."""
        ...

    def open(self, name: str, whole: bool = False, any_format: bool = False) -> Snapshot:
        """Opens a generation.

        Args:
            whole: whether every byte is checked first.
            any_format: whether another version of the program may have written it; then only
                its manifest and `stored` can be used.

        Raises:
            DamagedIndex: it is not sound.
        """
        ...

    def point_at(self, name: str) -> None:
        """Makes a generation current. Raises OSError."""
        ...

    def expunge(self, name: str) -> None:
        """Removes a generation, unless somebody reads it."""
        ...

    def writing(self) -> AbstractContextManager[None]:
        """Holds the lock for writing. Raises BuildRunning, OSError."""
        ...

    def drafting(self) -> AbstractContextManager[Draft]:
        """The same for a new generation. Raises BuildRunning, DiskFull, OSError.

        Turns errors of SQLite that are raised inside into OSError.
        """
        ...


def number(name: str) -> int:
    """Returns the number of a generation; later ones have higher numbers."""
    return int(name.rpartition("-")[2])


@dataclass(frozen=True, slots=True)
class Sound(Generic[Opened]):
    """The newest sound generation.

    Attributes:
        name: the generation's.
        opened: what the opener returned.
        faults: sentences on what had to be skipped; empty if it is the current one.
    """

    name: str
    opened: Opened
    faults: tuple[str, ...]

    @property
    def is_current(self) -> bool:
        """Whether the pointer names it."""
        return not self.faults


def newest_sound(repository: Repository, opener: Callable[[str], Opened]) -> Sound[Opened]:
    """Opens the current generation or, where it is not sound, the newest one that is.

    Args:
        opener: opens the generation with a name; raises DamagedIndex where it is not sound.

    Raises:
        NoIndex: there is no generation at all.
        DamagedIndex: there are some, and none is sound.
        ClusterUnavailable: they are in a cluster that does not answer.
    """
    while True:
        stamp = repository.stamp()
        try:
            sound = _search(repository, opener)
        except ClusterUnavailable:
            raise
        except IndexUnavailable:
            if repository.stamp() == stamp:
                raise
        else:
            # What was current may have been replaced and removed before it could be opened.
            if sound.is_current or repository.stamp() == stamp:
                return sound


def _search(repository: Repository, opener: Callable[[str], Opened]) -> Sound[Opened]:
    errors: list[IndexUnavailable] = []
    names = repository.names()[::-1]
    if not names:
        raise NoIndex(repository.place)
    try:
        current = repository.current()
        names = [current, *(name for name in names if name != current)]
    except (NoIndex, DamagedIndex) as error:
        errors.append(error)
    faults = [fault for error in errors for fault in fault_sentences(repository, "", error)]
    for name in names:
        try:
            opened = opener(name)
        except DamagedIndex as error:
            errors.append(error)
            faults += fault_sentences(repository, name, error)
        else:
            return Sound(name, opened, (*faults, answers_instead(name)) if faults else ())
    of_one_kind = len(errors) == 1 or all(isinstance(error, OtherFormat) for error in errors)
    raise errors[0] if of_one_kind else DamagedIndex(repository.place, *faults)


def fault_sentences(repository: Repository, name: str, error: IndexUnavailable) -> tuple[str, ...]:
    """Returns sentences on why a generation does not answer.

    Args:
        name: the generation's; empty where the pointer names none.
    """
    if isinstance(error, NoIndex):
        return (f"{repository.pointer} is missing.",)
    if not isinstance(error, DamagedIndex):
        return (str(error),)
    place = f"Generation {name}: " if name else ""
    return tuple(f"{place}{fault.rstrip('.')}." for fault in error.faults)


def answers_instead(name: str) -> str:
    """Returns the sentence that closes a list of faults."""
    return f"Generation {name} answers instead."
