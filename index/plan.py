"""What a build has to do: which files are read, and which hold what is known already."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from index.base import Base
from index.cutters import Cutting, KnownContent, Outcome, Task, cut_files
from index.errors import SkippedFile
from index.journal import Journal
from index.seeds import SeedFile
from index.seen import SeenFiles


@dataclass(frozen=True, slots=True)
class Plan:
    """What is known of the files before any is read.

    Attributes:
        files: all of them.
        told: what becomes of those that need not be read, by their ids.
        tasks: the others, in their order.
    """

    files: Sequence[SeedFile]
    told: Mapping[str, KnownContent | SkippedFile]
    tasks: Sequence[Task]

    def changes_nothing(self, base: Base) -> bool:
        """Whether the articles are those of a generation, as far as it is known."""
        if self.tasks:
            return False
        digests = {
            told.id: told.digest for told in self.told.values() if isinstance(told, KnownContent)
        }
        return digests == base.digests

    def outcomes(self, cutting: Cutting) -> Iterator[tuple[SeedFile, Outcome]]:
        """What becomes of each file, in their order; what is not known is read and cut.

        Raises:
            BuildError: see `index.cutters.cut_files`.
        """
        cut = cut_files(cutting, self.tasks)
        for file in self.files:
            yield file, self.told.get(file.id) or next(cut)


def plan_build(
    files: Sequence[SeedFile],
    seen: SeenFiles | None,
    base: Base | None,
    journal: Journal,
    cutting: Cutting,
) -> Plan:
    """Tell which files have to be read.

    Args:
        seen: what is known of them; None to read them all.
        base: an earlier generation whose articles may be kept.
        journal: what an unfinished build has cut.
    """
    told: dict[str, KnownContent | SkippedFile] = {}
    tasks = []
    for file in files:
        known = (base.digest(file.id) if base else None, journal.digest(file.id))
        # One that is too large is read again, to say that it is.
        last = seen.of(file) if seen and file.size <= cutting.largest_bytes else None
        if last and last.skipped:
            told[file.id] = last.skipped
        elif last and last.digest in known:
            told[file.id] = KnownContent(file.id, last.digest)
        else:
            tasks.append(Task(file.id, file.path, file.size, tuple(filter(None, known))))
    return Plan(files, told, tasks)
