"""What a build has to do: which files to read, and which have known content."""

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path

from index.corpus.seed_files import SeedFile, SeedKind
from index.corpus.sidecar import check_sidecar
from index.errors import SkippedFile, SkipReason, UnreadableFile
from index.indexing.file_cache import CachedFile, FileCache
from index.indexing.worker import IndexingOptions, KnownContent, Outcome, Task
from index.indexing.worker_pool import index_files
from index.storage.article_record import content_digest
from index.storage.base_generation import BaseGeneration

_NEVER_READ = {
    SeedKind.OUTSIDE: (
        SkipReason.OUTSIDE,
        "This is a link to something outside the folder of articles.",
    ),
    SeedKind.UNLISTED: (SkipReason.UNREADABLE, "This is a folder that cannot be listed."),
}


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A file with the same content as another whose name comes before.

    Attributes:
        digest: of its content and of its sidecar's.
        first: the id of an article with the same content.
    """

    id: str
    digest: str
    first: str

    def as_skipped(self) -> SkippedFile:
        """Returns why it is no article."""
        detail = f"It holds the very same as {self.first}."
        return SkippedFile(self.id, SkipReason.DUPLICATE, detail, self.first)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is known of the files before any is read.

    Attributes:
        files: all of them.
        kept: the ids of those whose articles stay as they are.
        known: the outcomes of other files that need not be read, by their ids, in their order.
        tasks: the files left that may become articles, in their order.
        most_articles: the limit; files beyond it are left out.
    """

    files: Sequence[SeedFile]
    kept: Set[str]
    known: Mapping[str, KnownContent | Duplicate | SkippedFile]
    tasks: Sequence[Task]
    most_articles: int

    @property
    def skipped(self) -> list[SkippedFile]:
        """Returns the files that are known to be no articles."""
        skipped = (
            outcome.as_skipped() if isinstance(outcome, Duplicate) else outcome
            for outcome in self.known.values()
        )
        return [outcome for outcome in skipped if isinstance(outcome, SkippedFile)]

    def changes_nothing(self, base: BaseGeneration) -> bool:
        """Whether the articles are those of a generation, as far as it is known."""
        return len(self.kept) == len(base.articles) and not (
            self.tasks or any(isinstance(outcome, KnownContent) for outcome in self.known.values())
        )

    def outcomes(
        self, options: IndexingOptions, is_full: Callable[[], bool]
    ) -> Iterator[tuple[SeedFile, Outcome | Duplicate | None]]:
        """Yields the outcome of each file, in their order; None for those that are kept.

        Reads and indexes what is not known. Of sidecars, yields only the broken ones.

        Args:
            is_full: whether the limit of articles is reached; then no more is read.

        Raises:
            BuildError: see `index.indexing.worker_pool.index_files`.
        """
        indexed = index_files(options, self.tasks)
        for file in self.files:
            outcome = self.known.get(file.id)
            if file.kind is SeedKind.ARTICLE and is_full():
                yield file, _too_many(file, self.most_articles)
            elif file.kind is SeedKind.ARTICLE:
                yield file, None if file.id in self.kept else outcome or next(indexed)
            elif outcome and (file.kind is not SeedKind.SIDECAR or not is_full()):
                yield file, outcome


@dataclass(slots=True)
class _Draft:
    """A plan in the making."""

    kept: set[str] = field(default_factory=set)
    known: dict[str, KnownContent | Duplicate | SkippedFile] = field(default_factory=dict)
    tasks: list[Task] = field(default_factory=list)


def plan_build(
    files: Sequence[SeedFile],
    cache: FileCache,
    base: BaseGeneration | None,
    options: IndexingOptions,
    most_articles: int,
) -> Plan:
    """Decides which files have to be read, and notes the sidecars' digests.

    Args:
        cache: the outcomes of earlier builds, and what an unfinished build has indexed.
        base: an earlier generation whose articles may be kept.
        most_articles: the limit; files beyond it are left out.
    """
    draft = _Draft()
    digests = base.digests if base else {}
    elsewhere: dict[str, str] = {}
    for file in files:
        # Each that is kept has a content of its own, so that there are as many articles at least.
        if file.kind is not SeedKind.ARTICLE or len(draft.kept) >= most_articles:
            _settle(draft, file, cache, most_articles)
            continue
        before, begun = digests.get(file.id), cache.unfinished.get(file.id)
        # One that is too large is read again, to say that it is.
        last = cache.of(file) if file.size <= options.largest_bytes else None
        if last and last.reason:
            draft.known[file.id] = last.as_skipped(file.id)
        elif last and last.digest == before:
            draft.kept.add(file.id)
        elif last and last.digest == begun:
            draft.known[file.id] = KnownContent(file.id, begun)
        else:
            digests_known = [digest for digest in (before, begun) if digest]
            draft.tasks.append(Task(file.id, file.path, file.sidecar, file.size, digests_known))
            if last:
                elsewhere[file.id] = last.digest
    if elsewhere:
        _find_duplicates(draft, files, digests, elsewhere)
    return Plan(files, draft.kept, draft.known, draft.tasks, most_articles)


def _settle(draft: _Draft, file: SeedFile, cache: FileCache, most_articles: int) -> None:
    """Decides the outcome of a file that need not be read, or of a sidecar."""
    if file.kind is SeedKind.ARTICLE:
        draft.known[file.id] = _too_many(file, most_articles)
    elif file.kind is SeedKind.ORPHAN:
        draft.known[file.id] = _orphan(file)
    elif file.kind in _NEVER_READ:
        draft.known[file.id] = SkippedFile(file.id, *_NEVER_READ[file.kind])
    elif len(draft.kept) < most_articles:
        sidecar = cache.of(file)
        if sidecar is None:
            sidecar = _examined(file)
            cache.note(file, sidecar)
        if sidecar.reason:
            draft.known[file.id] = sidecar.as_skipped(file.id)


def _examined(sidecar: SeedFile) -> CachedFile:
    try:
        return CachedFile.read(sidecar, check_sidecar(Path(sidecar.path)))
    except UnreadableFile as fault:
        return CachedFile.skipped(sidecar, SkippedFile(sidecar.id, fault.reason, str(fault)))


def _find_duplicates(
    draft: _Draft,
    files: Sequence[SeedFile],
    digests: Mapping[str, str],
    elsewhere: Mapping[str, str],
) -> None:
    """Decides which files need not be read, as an article before them has the same content.

    Args:
        digests: of the articles that may be kept, by their ids.
        elsewhere: the digests of files that were read before and are in no generation.
    """
    wanted = {content_digest(digest) for digest in elsewhere.values()}
    firsts: dict[str, str] = {}
    for file in files:
        outcome = draft.known.get(file.id)
        if file.id in draft.kept or isinstance(outcome, KnownContent):
            digest = outcome.digest if isinstance(outcome, KnownContent) else digests[file.id]
            content = content_digest(digest)
            if content in wanted:
                firsts.setdefault(content, file.id)
        elif file.id in elsewhere:
            digest = elsewhere[file.id]
            first = firsts.get(content_digest(digest))
            if first is not None:
                draft.known[file.id] = Duplicate(file.id, digest, first)
    draft.tasks = [task for task in draft.tasks if task.id not in draft.known]
    draft.known = {file.id: draft.known[file.id] for file in files if file.id in draft.known}


def _too_many(file: SeedFile, most_articles: int) -> SkippedFile:
    return SkippedFile(
        file.id,
        SkipReason.TOO_MANY,
        f"There are {most_articles} articles before it; INDEX_MOST_ARTICLES allows no more.",
    )


def _orphan(file: SeedFile) -> SkippedFile:
    return SkippedFile(
        file.id,
        SkipReason.ORPHAN_SIDECAR,
        f"It describes {file.described}, which is not there. "
        "Put that file beside it, or take this one away.",
        file.described,
    )
