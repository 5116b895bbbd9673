"""Where generations are kept, and which of them answers: the pointer names it."""

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

    Methods raise OSError, sqlite3.Error or ClusterUnavailable where what is written is not taken.
    """

    def add(self, cut: ArticleRecord) -> None:
        """Write an article and its passages."""
        ...

    def keep(self, article_id: str) -> str:
        """Take an article as it is in the earlier generation; gives its digest.

        Raises:
            KeyError: it is not there.
        """
        ...

    def finish(self, dictionary: UserDictionary) -> Iterator[tuple[int, int]]:
        """Write what has not been written yet. Yields how much is done, of how much.

        Args:
            dictionary: the words that the passages were cut with, for those who ask.
        """
        ...

    def complete(self, fingerprint: str, in_place_of: str = "", withdrawn: int = 0) -> Manifest:
        """What is finished; the generation is complete. For the arguments see `Manifest`."""
        ...


class Draft(Protocol):
    """A generation that is being written, and is thrown away unless it is published."""

    def writer(self, base: BaseGeneration | None) -> GenerationWriter:
        """Begin to write.

        Args:
            base: a generation of the same recipe; all of its articles that are not kept are left
                out.
        """
        ...

    def publish(self, before: str | None) -> str:
        """Make what was completed live, remove what nobody goes back to, and give its name.

        Args:
            before: the generation that was live until now.
        """
        ...


class Repository(Protocol):
    """Keeps generations, which have names that end in ascending numbers.

    Methods raise ClusterUnavailable where they are kept in a cluster that does not answer.

    Attributes:
        place: where that is, for messages.
        engine: the name of the engine of new generations.
        pointer: what names the generation that is current, for messages.
        recipe: what shapes a generation besides articles, words and program; empty if nothing.
    """

    place: str
    engine: str
    pointer: str
    recipe: str

    def stamp(self) -> Hashable:
        """Tells one pointer from the next; asked with each question."""
        ...

    def names(self) -> list[str]:
        """The names of the generations, oldest first. Raises DamagedIndex."""
        ...

    def current(self) -> str:
        """The generation that the pointer names.

        Raises:
            NoIndex: there is no pointer.
            DamagedIndex: the pointer names no generation.
        """
        ...

    def manifest(self, name: str) -> Manifest:
        """What a generation is. Raises DamagedIndex."""
        ...

    def open(self, name: str, whole: bool = False, any_format: bool = False) -> Snapshot:
        """Open a generation.

        Args:
            whole: whether every byte of it is checked first.
            any_format: whether it may have been written by another version of the program; it
                can be asked for its manifest and `stored` only then.

        Raises:
            DamagedIndex: it is not sound.
        """
        ...

    def point_at(self, name: str) -> None:
        """Make a generation current. Raises OSError."""
        ...

    def expunge(self, name: str) -> None:
        """Remove a generation, unless somebody reads it."""
        ...

    def writing(self) -> AbstractContextManager[None]:
        """Be the only one who writes. Raises BuildRunning, OSError."""
        ...

    def drafting(self) -> AbstractContextManager[Draft]:
        """The same for a new generation. Raises BuildRunning, DiskFull, OSError.

        Turns errors of SQLite that are raised inside into OSError.
        """
        ...


def number(name: str) -> int:
    """The number of a generation; later ones have higher ones."""
    return int(name.rpartition("-")[2])


@dataclass(frozen=True, slots=True)
class Sound(Generic[Opened]):
    """The newest generation that is sound.

    Attributes:
        name: the generation's.
        opened: what the opener gave for it.
        faults: sentences on what had to be passed over; none if it is the one that is current.
    """

    name: str
    opened: Opened
    faults: tuple[str, ...]

    @property
    def is_current(self) -> bool:
        """Whether the pointer names it."""
        return not self.faults


def newest_sound(repository: Repository, opener: Callable[[str], Opened]) -> Sound[Opened]:
    """Open the generation that is current; where it is not sound, the newest one that is.

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
    faults = [fault for error in errors for fault in told(repository, "", error)]
    for name in names:
        try:
            opened = opener(name)
        except DamagedIndex as error:
            errors.append(error)
            faults += told(repository, name, error)
        else:
            return Sound(name, opened, (*faults, answers_instead(name)) if faults else ())
    of_one_kind = len(errors) == 1 or all(isinstance(error, OtherFormat) for error in errors)
    raise errors[0] if of_one_kind else DamagedIndex(repository.place, *faults)


def told(repository: Repository, name: str, error: IndexUnavailable) -> tuple[str, ...]:
    """Sentences on why a generation does not answer.

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
    """The sentence that closes a list of faults."""
    return f"Generation {name} answers instead."
