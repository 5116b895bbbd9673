"""Makes a folder of articles a new live generation, at the cost of what has changed."""

import time
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

from index.analysis.index_terms import TERM_RECIPE
from index.analysis.passages import PASSAGE_RECIPE
from index.analysis.reader import TextReader
from index.corpus.seed_files import SeedFile, SeedKind, list_seeds
from index.errors import (
    BadLine,
    BuildError,
    ClusterUnavailable,
    FolderUnreadable,
    IndexUnavailable,
    NothingToIndex,
    SkippedFile,
)
from index.indexing.file_cache import CachedFile, FileCache
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


def build(settings: IndexSettings, full: bool = False) -> Generator[Progress, None, BuildReport]:
    """Builds a generation from `settings.seeds` and makes it live.

    Reads only files that may have changed, and indexes only articles that have changed; the others
    are copied from the generation before. Where nothing has changed, that one stays.

    A generator: it yields its progress and returns the report. Closing it early cancels the build
    and leaves the live generation as it was; what was indexed by then is kept for the next build.

    Args:
        full: read and index every article, and build a new generation in any case.

    Raises:
        BuildRunning: another build holds the data folder.
        NothingToIndex: there is no article to index, or no folder.
        FolderUnreadable: a folder whose articles are live cannot be listed.
        WordListError: the user dictionary or the synonyms cannot be read.
        BuildError: the new generation could not be written.
    """
    try:
        repository = open_repository(settings)
        withdrawals = Withdrawals(settings.data)
        with repository.drafting() as draft:
            noted = _noted(withdrawals)
            done = yield from _build(settings, full, repository, draft)
            settle(repository, withdrawals, noted, done.digests.keys())
            return done.report()
    except (OSError, ClusterUnavailable) as error:
        raise BuildError(f"The index could not be written: {error}") from error


def _build(
    settings: IndexSettings, full: bool, repository: Repository, draft: Draft
) -> Generator[Progress, None, "_Build"]:
    """Runs the steps of a build; returns the finished build."""
    started = time.monotonic()
    options, notes = _read_options(settings)
    fingerprint = _fingerprint(options, repository.recipe)
    before = _newest_generation(repository, fingerprint)
    with FileCache(settings.data, fingerprint) as cache:
        if full:
            cache.forget()
            before = replace(before, base=None)
        files = _list_files(settings.seeds, cache)
        _require_listed(files, before.digests)
        yield Progress(Stage.READING, len(files), len(files), time.monotonic() - started)
        plan = plan_build(files, cache, before.base, options, settings.most_articles)
        state = _Build(settings, options, fingerprint, before, plan, cache, notes, started)
        if before.is_live and before.base and plan.changes_nothing(before.base):
            state.keep_all(before.base)
        else:
            yield from _write_generation(state, draft)
        cache.forget_records()
    return state


def _read_options(settings: IndexSettings) -> tuple[IndexingOptions, tuple[BadLine, ...]]:
    """Reads the word lists; returns the options of indexing and the lines that cannot be used."""
    reader = TextReader()
    dictionary, bad_words = read_user_dictionary(settings.words_to_read, reader)
    # The index needs no synonyms; the build only reports which lines cannot be used.
    _, bad_groups = read_synonyms(settings.synonyms_to_read, reader)
    largest_bytes = int(settings.largest_file_mb * 1e6)
    options = IndexingOptions(settings.engine, largest_bytes, settings.largest_article, dictionary)
    return options, bad_words + bad_groups


def _fingerprint(options: IndexingOptions, recipe: str) -> str:
    """Returns a name of all that shapes a generation besides its articles."""
    words = options.dictionary.digest
    longest = f"articles of {options.largest_article} characters at most"
    parts = _RECIPE, longest, options.engine, recipe, f"words {words}" if words else ""
    return "; ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class _Before:
    """The newest sound generation when the build began.

    Attributes:
        name: its name; None where there is none.
        digests: of its articles by their ids.
        base: the same, if its passages and terms are what a build would make today.
        is_live: whether the pointer names it.
    """

    name: str | None
    digests: Mapping[str, str]
    base: BaseGeneration | None
    is_live: bool


def _newest_generation(repository: Repository, fingerprint: str) -> _Before:
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


def _list_files(seeds: Path, cache: FileCache) -> list[SeedFile]:
    listed_ns = time.time_ns()
    files = list_seeds(seeds)
    cache.keep_only(files, listed_ns)
    return files


def _require_listed(files: Iterable[SeedFile], articles: Iterable[str]) -> None:
    """Refuses to take articles out because their folder cannot be listed for the moment.

    Raises:
        FolderUnreadable: some would be.
    """
    for folder in (file for file in files if file.kind is SeedKind.UNLISTED):
        below = f"{folder.id}/" if folder.id else ""
        if not folder.id or any(article.startswith(below) for article in articles):
            raise FolderUnreadable(folder.path)


@dataclass(slots=True)
class _Build:
    """The state of a build.

    Attributes:
        fingerprint: of the new generation.
        before: the generation that has answered until now.
        notes: lines of the word lists that cannot be used.
        started: when, in seconds of the monotonic clock.
        digests: of the articles, by their ids.
        firsts: the first article with a content, by the content's digest.
        skipped: the files that are no articles.
        live: the name of the generation that is live when the build ends.
        manifest: of that generation.
    """

    settings: IndexSettings
    options: IndexingOptions
    fingerprint: str
    before: _Before
    plan: Plan
    cache: FileCache
    notes: tuple[BadLine, ...]
    started: float
    digests: dict[str, str] = field(default_factory=dict)
    firsts: dict[str, str] = field(default_factory=dict)
    skipped: list[SkippedFile] = field(default_factory=list)
    live: str = ""
    manifest: Manifest | None = None

    @property
    def is_full(self) -> bool:
        """Whether there are as many articles as may be."""
        return len(self.digests) >= self.settings.most_articles

    def keep_all(self, base: BaseGeneration) -> None:
        """Leaves the generation before live, as nothing has changed."""
        self.digests, self.skipped = base.digests, self.plan.skipped
        self.live, self.manifest = base.name, base.manifest

    def accept(self, article_id: str, digest: str) -> bool:
        """Returns whether this is an article: no other one before it holds the same."""
        first = self.firsts.setdefault(content_digest(digest), article_id)
        if first != article_id:
            self.skipped.append(Duplicate(article_id, digest, first).as_skipped())
            return False
        self.digests[article_id] = digest
        return True

    def report(self) -> BuildReport:
        """Returns what has changed."""
        assert self.manifest  # noqa: S101 - called when the build is done
        before = self.before.digests
        kept = self.digests.keys() & before.keys()
        changed = sum(self.digests[article] != before[article] for article in kept)
        return BuildReport(
            generation=self.live,
            articles=self.manifest.articles,
            passages=self.manifest.passages,
            added=len(self.digests) - len(kept),
            changed=changed,
            removed=len(before) - len(kept),
            unchanged=len(kept) - changed,
            skipped=tuple(self.skipped),
            seconds=time.monotonic() - self.started,
            notes=self.notes,
        )


def _write_generation(state: _Build, draft: Draft) -> Generator[Progress, None, None]:
    """Writes a new generation and makes it live, unless it would equal the one before."""
    base = state.before.base
    with draft.writer(base) as writer:
        yield from _add_articles(state, writer)
        if not state.digests:
            raise NothingToIndex(state.settings.seeds, tuple(state.skipped))
        if base and state.before.is_live and base.digests == state.digests:
            state.live, state.manifest = base.name, base.manifest
            return
        started = time.monotonic()
        for done, total in writer.finish(state.options.dictionary):
            yield Progress(Stage.WRITING, done, total, time.monotonic() - started)
    state.manifest = writer.complete(state.fingerprint)
    state.live = draft.publish(state.before.name)


def _add_articles(state: _Build, writer: GenerationWriter) -> Iterator[Progress]:
    """Copies what has not changed, and indexes what has."""
    plan = state.plan
    started = reported = time.monotonic()
    done = 0
    for file, outcome in plan.outcomes(state.options, lambda: state.is_full):
        if isinstance(outcome, SkippedFile):
            state.skipped.append(outcome)
            state.cache.note(file, CachedFile.skipped(file, outcome))
        else:
            _add_article(state, writer, file, outcome)
        if outcome is None:
            continue
        done += file.id not in plan.known
        now = time.monotonic()
        if now - reported > _REPORT_EVERY_SECONDS:
            reported = now
            yield Progress(Stage.INDEXING, done, len(plan.tasks), now - started)
    yield Progress(Stage.INDEXING, done, len(plan.tasks), time.monotonic() - started)


def _add_article(
    state: _Build,
    writer: GenerationWriter,
    file: SeedFile,
    outcome: ArticleRecord | KnownContent | Duplicate | None,
) -> None:
    """Writes an article that was indexed now or before; none twice."""
    base = state.before.base
    before = base.digest(file.id) if base else None
    digest = outcome.digest if outcome else before
    assert digest is not None  # noqa: S101 - only articles of the base are kept
    if outcome:
        state.cache.note(file, CachedFile.read(file, digest))
    if not state.accept(file.id, digest):
        return
    if isinstance(outcome, ArticleRecord):
        state.cache.add(outcome)
        writer.add(outcome)
    elif digest == before:
        writer.keep(file.id)
    else:
        writer.add(state.cache.record(file.id))


def _noted(withdrawals: Withdrawals) -> dict[str, int]:
    """Returns what is withdrawn; nothing where that cannot be read, which `settle` deals with."""
    try:
        return withdrawals.noted()
    except OSError:
        return {}
