"""What a build has to do: which files are read, and which hold what is known already."""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

from index.base import Base
from index.cutter import Cutting, KnownContent, Outcome, Task
from index.cutters import cut_files
from index.errors import SkippedFile
from index.journal import Journal
from index.seeds import SeedFile
from index.seen import SeenFiles


@dataclass(frozen=True, slots=True)
class Plan:
    """What is known of the files before any is read.

    Attributes:
        files: all of them.
        kept: the ids of those whose articles stay as they are.
        told: what becomes of others that need not be read, by their ids.
        tasks: the others, in their order.
    """

    files: Sequence[SeedFile]
    kept: Set[str]
    told: Mapping[str, KnownContent | SkippedFile]
    tasks: Sequence[Task]

    @property
    def skipped(self) -> tuple[SkippedFile, ...]:
        """The files that are known to be no articles."""
        return tuple(told for told in self.told.values() if isinstance(told, SkippedFile))

    def changes_nothing(self, base: Base) -> bool:
        """Whether the articles are those of a generation, as far as it is known."""
        return len(self.kept) == len(base.articles) and not (
            self.tasks or any(isinstance(told, KnownContent) for told in self.told.values())
        )

    def outcomes(self, cutting: Cutting) -> Iterator[tuple[SeedFile, Outcome | None]]:
        """What becomes of each file, in their order; None for those that are kept.

        What is not known is read and cut.

        Raises:
            BuildError: see `index.cutters.cut_files`.
        """
        cut = cut_files(cutting, self.tasks)
        for file in self.files:
            kept = file.id in self.kept
            yield file, None if kept else self.told.get(file.id) or next(cut)


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
    kept: set[str] = set()
    told: dict[str, KnownContent | SkippedFile] = {}
    tasks: list[Task] = []
    digests = base.digests if base else {}
    for file in files:
        before, begun = digests.get(file.id), journal.digest(file.id)
        # One that is too large is read again, to say that it is.
        last = seen.of(file) if seen and file.size <= cutting.largest_bytes else None
        if last and last.reason:
            told[file.id] = last.as_skipped(file.id)
        elif last and last.digest == before:
            kept.add(file.id)
        elif last and last.digest == begun:
            told[file.id] = KnownContent(file.id, begun)
        else:
            known = [digest for digest in (before, begun) if digest]
            tasks.append(Task(file.id, file.path, file.size, known))
    return Plan(files, kept, told, tasks)
