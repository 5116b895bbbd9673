"""From a folder of articles to a new live generation, at the cost of what has changed."""

import sqlite3
import time
from collections.abc import Collection, Generator, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field

from index.analysis.index_terms import TERM_RECIPE
from index.analysis.passages import PASSAGE_RECIPE
from index.analysis.reader import TextReader
from index.corpus.seed_files import SeedFile, list_seeds
from index.errors import (
    BadLine,
    BuildError,
    ClusterUnavailable,
    IndexUnavailable,
    NoSeedsFolder,
    NothingToIndex,
    SkippedFile,
    SkipReason,
)
from index.indexing.file_cache import Seen, SeenFiles
from index.indexing.journal import Journal
from index.indexing.plan import Duplicate, Plan, plan_build
from index.indexing.worker import IndexingOptions, KnownContent
from index.lexicon.synonyms import read_synonyms
from index.lexicon.user_dictionary import read_user_dictionary
from index.model import BuildReport, Progress, Stage
from index.settings import IndexSettings
from index.storage.article_record import ArticleRecord, content_digest
from index.storage.base_generation import BaseGeneration
from index.storage.manifest import FORMAT, Manifest
from index.storage.repositories import open_repository
from index.storage.repository import Draft, GenerationWriter, Repository, newest_sound
from index.storage.withdrawals import Withdrawals, settle

_RECIPE = f"generation {FORMAT}; {PASSAGE_RECIPE}; {TERM_RECIPE}"

_REPORT_EVERY_SECONDS = 0.1

_OF_THE_CONTENT = frozenset(
    {
        SkipReason.EMPTY,
        SkipReason.BINARY,
        SkipReason.UNDECODABLE,
        SkipReason.NO_TEXT,
        SkipReason.ENCRYPTED,
        SkipReason.BROKEN,
        SkipReason.TOO_HARD,
        SkipReason.TOO_LONG,
        SkipReason.BROKEN_SIDECAR,
    }
)
"""Reasons to skip a file that hold as long as it does not change. Others may pass."""


def build(settings: IndexSettings, full: bool = False) -> Generator[Progress, None, BuildReport]:
    """Build a generation from `settings.seeds` and make it live.

    Only files that may have changed are read, and only articles that have changed are cut; all
    others are taken from the generation before. Where nothing has changed, that one stays.

    A generator: it yields how far it has come, and returns the report. Closing it early cancels
    the build and leaves the live generation as it was; what was cut by then is kept for the next
    build.

    Args:
        full: read and cut every article, and build a new generation in any case.

    Raises:
        BuildRunning: another build holds the data folder.
        NothingToIndex: there is no article to index, or no folder (NoSeedsFolder).
        WordListError: the user dictionary or the synonyms cannot be read.
        BuildError: the new generation could not be written.
    """
    try:
        repository = open_repository(settings)
        withdrawals = Withdrawals(settings.data)
        with repository.drafting() as draft:
            noted = _noted(withdrawals)
            report, indexed = yield from _build(settings, full, repository, draft)
            settle(repository, withdrawals, noted, indexed)
            return report
    except (OSError, sqlite3.Error, ClusterUnavailable) as error:
        raise BuildError(f"The index could not be written: {error}") from error


def _build(
    settings: IndexSettings, full: bool, repository: Repository, draft: Draft
) -> Generator[Progress, None, tuple[BuildReport, Collection[str]]]:
    """Build; returns the report, and the ids of the articles."""
    started = time.monotonic()
    reader = TextReader()
    dictionary, bad_words = read_user_dictionary(settings.words_to_read, reader)
    # The index does without synonyms; whoever edits them hears here which lines cannot be used.
    _, bad_groups = read_synonyms(settings.synonyms_to_read, reader)
    options = IndexingOptions(
        settings.engine,
        int(settings.largest_file_mb * 1e6),
        settings.largest_article,
        dictionary,
    )
    fingerprint = _fingerprint(options, repository.recipe)
    before = _before(repository, fingerprint)
    base = None if full else before.base
    taken = _Taken(settings.most_articles)
    with Journal(settings.data, fingerprint) as journal:
        if full:
            journal.discard()
        seen = SeenFiles(settings.data, fingerprint)
        listed_ns = time.time_ns()
        files = list_seeds(settings.seeds)
        yield Progress(Stage.READING, len(files), len(files), time.monotonic() - started)
        known = None if full else seen
        plan = plan_build(files, known, base, journal, options, settings.most_articles)
        taken.remember(plan.sidecars)
        try:
            if base and before.is_live and plan.changes_nothing(base):
                taken.digests, taken.skipped = base.digests, plan.skipped
                live = _Live(base.name, base.manifest)
            else:
                job = _Job(settings, fingerprint, draft, base, before, plan, options)
                live = yield from _write(job, journal, taken)
        finally:
            seen.remember(files, taken.became, listed_ns)
        journal.discard()
    report = _report(live, before.digests, taken, bad_words + bad_groups, started)
    return report, taken.digests.keys()


def _noted(withdrawals: Withdrawals) -> dict[str, int]:
    """What is withdrawn; nothing where that cannot be read, which `settle` deals with."""
    try:
        return withdrawals.noted()
    except sqlite3.Error:
        return {}


def _fingerprint(options: IndexingOptions, recipe: str) -> str:
    """Names what shapes a generation besides its articles. Another one has to be built anew."""
    words = options.dictionary.digest
    longest = f"articles of {options.largest_article} characters at most"
    parts = _RECIPE, longest, options.engine, recipe, f"words {words}" if words else ""
    return "; ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class _Job:
    """What a new generation is written from.

    Attributes:
        fingerprint: of the new generation.
        draft: where it is written.
        base: the generation whose articles may be kept.
        before: the generation that has answered until now.
    """

    settings: IndexSettings
    fingerprint: str
    draft: Draft
    base: BaseGeneration | None
    before: "_Before"
    plan: Plan
    options: IndexingOptions


@dataclass(slots=True)
class _Taken:
    """What has become of the files.

    Attributes:
        most: articles that there may be.
        digests: of the articles, by their ids.
        firsts: the article that holds a content, by the content's digest.
        skipped: the files that are no articles.
        became: those that were read, for the next build.
    """

    most: int
    digests: dict[str, str] = field(default_factory=dict)
    firsts: dict[str, str] = field(default_factory=dict)
    skipped: list[SkippedFile] = field(default_factory=list)
    became: dict[str, Seen] = field(default_factory=dict)

    @property
    def is_full(self) -> bool:
        """Whether there are as many articles as may be."""
        return len(self.digests) >= self.most

    def add(self, article_id: str, digest: str) -> bool:
        """Take an article, unless another one before it holds the same; tells whether it is."""
        first = self.firsts.setdefault(content_digest(digest), article_id)
        if first != article_id:
            self.skipped.append(Duplicate(article_id, digest, first).as_skipped())
            return False
        self.digests[article_id] = digest
        return True

    def remember(self, became: Mapping[str, Seen]) -> None:
        """Keep for the next build what will be true then, too."""
        for file_id, seen in became.items():
            if not seen.reason or seen.reason in _OF_THE_CONTENT:
                self.became[file_id] = seen


@dataclass(frozen=True, slots=True)
class _Live:
    """The generation that is live when the build ends."""

    name: str
    manifest: Manifest


def _write(job: _Job, journal: Journal, taken: _Taken) -> Generator[Progress, None, _Live]:
    """Write a new generation and make it live, unless it would equal the one before."""
    with job.draft.writer(job.base) as writer:
        yield from _fill(writer, job, journal, taken)
        if not taken.digests:
            if not job.settings.seeds.is_dir():
                raise NoSeedsFolder(job.settings.seeds)
            raise NothingToIndex(job.settings.seeds, tuple(taken.skipped))
        if job.base and job.before.is_live and job.base.digests == taken.digests:
            return _Live(job.base.name, job.base.manifest)
        started = time.monotonic()
        for done, total in writer.finish(job.options.dictionary):
            yield Progress(Stage.WRITING, done, total, time.monotonic() - started)
    manifest = writer.complete(job.fingerprint)
    return _Live(job.draft.publish(job.before.name), manifest)


def _fill(
    writer: GenerationWriter, job: _Job, journal: Journal, taken: _Taken
) -> Iterator[Progress]:
    """Take over what has not changed, and cut what has."""
    plan = job.plan
    started = told = time.monotonic()
    done = 0
    for file, outcome in plan.outcomes(job.options, lambda: taken.is_full):
        if isinstance(outcome, SkippedFile):
            taken.skipped.append(outcome)
            taken.remember({file.id: Seen.skipped(file, outcome)})
        else:
            _take(writer, job, journal, taken, file, outcome)
        if outcome is None:
            continue
        done += file.id not in plan.told
        now = time.monotonic()
        if now - told > _REPORT_EVERY_SECONDS:
            told = now
            yield Progress(Stage.INDEXING, done, len(plan.tasks), now - started)
    yield Progress(Stage.INDEXING, done, len(plan.tasks), time.monotonic() - started)


def _take(
    writer: GenerationWriter,
    job: _Job,
    journal: Journal,
    taken: _Taken,
    file: SeedFile,
    outcome: ArticleRecord | KnownContent | Duplicate | None,
) -> None:
    """Write an article, as it was cut or as it was kept somewhere; none twice."""
    before = job.base.digest(file.id) if job.base else None
    digest = outcome.digest if outcome else before
    assert digest is not None  # noqa: S101 - only articles of the base are kept
    if outcome:
        taken.remember({file.id: Seen.read(file, digest)})
    if not taken.add(file.id, digest):
        return
    if isinstance(outcome, ArticleRecord):
        journal.add(outcome)
        writer.add(outcome)
    elif digest == before:
        writer.keep(file.id)
    else:
        writer.add(journal.get(file.id))


def _report(
    live: _Live,
    before: Mapping[str, str],
    taken: _Taken,
    notes: tuple[BadLine, ...],
    started: float,
) -> BuildReport:
    kept = taken.digests.keys() & before.keys()
    changed = sum(taken.digests[article] != before[article] for article in kept)
    return BuildReport(
        generation=live.name,
        articles=live.manifest.articles,
        passages=live.manifest.passages,
        added=len(taken.digests) - len(kept),
        changed=changed,
        removed=len(before) - len(kept),
        unchanged=len(kept) - changed,
        skipped=tuple(taken.skipped),
        seconds=time.monotonic() - started,
        notes=notes,
    )


@dataclass(frozen=True, slots=True)
class _Before:
    """The newest sound generation when the build began.

    Attributes:
        name: its name; None where there is none.
        digests: of its articles by their ids.
        base: the same where a build would shape its passages and terms the same way today.
        is_live: whether it is what the pointer names.
    """

    name: str | None
    digests: Mapping[str, str]
    base: BaseGeneration | None
    is_live: bool


def _before(repository: Repository, fingerprint: str) -> _Before:
    try:
        sound = newest_sound(repository, lambda name: repository.open(name, any_format=True))
        with closing(sound.opened) as snapshot:
            base = BaseGeneration(sound.name, snapshot.manifest, snapshot.stored())
    except ClusterUnavailable:
        raise
    except IndexUnavailable:
        # Nothing built yet, or nothing sound: everything is new.
        return _Before(None, {}, None, is_live=False)
    same_recipe = base.manifest.fingerprint == fingerprint
    return _Before(sound.name, base.digests, base if same_recipe else None, sound.is_current)
