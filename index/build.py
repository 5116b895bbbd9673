"""From a folder of articles to a new live generation."""

import sqlite3
import time
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from index.errors import BuildError, IndexUnavailable, NothingToIndex, SkippedFile
from index.generation import building, newest_sound, prune, publish
from index.model import BuildReport, Progress, Stage
from index.passages import PASSAGE_RECIPE
from index.seeds import list_seeds, read_seeds
from index.settings import IndexSettings
from index.snapshot import Snapshot
from index.synonyms import read_synonyms
from index.terms import TERM_RECIPE
from index.text import TextReader
from index.user_dictionary import UserDictionary, read_user_dictionary
from index.writer import GenerationWriter

_RECIPE = f"generation 3; {PASSAGE_RECIPE}; {TERM_RECIPE}"

_REPORT_EVERY = 100
"""Passages between two reports of progress."""


def build(settings: IndexSettings, full: bool = False) -> Generator[Progress, None, BuildReport]:
    """Build a generation from `settings.seeds` and make it live.

    A generator: it yields how far it has come, and returns the report. Closing it early cancels
    the build and leaves the live generation as it was. Where nothing has changed since the live
    generation was built, that one stays.

    Args:
        full: build a new generation even where nothing has changed.

    Raises:
        BuildRunning: another build holds the data folder.
        NothingToIndex: there is no article to index.
        WordListError: the user dictionary or the synonyms cannot be read.
        BuildError: the new generation could not be written.
    """
    try:
        with building(settings.data) as folder:
            return (yield from _build(settings, full, folder))
    except (OSError, sqlite3.Error) as error:
        raise BuildError(f"The index could not be written: {error}") from error


def _build(
    settings: IndexSettings, full: bool, folder: Path
) -> Generator[Progress, None, BuildReport]:
    started = time.monotonic()
    reader = TextReader()
    dictionary, bad_words = read_user_dictionary(settings.user_dict, reader)
    # The index does without synonyms; whoever edits them hears here which lines cannot be used.
    _, bad_groups = read_synonyms(settings.synonyms, reader)
    fingerprint = _fingerprint(dictionary)
    before = _live(settings.data, fingerprint)
    digests: dict[str, str] = {}
    skipped: list[SkippedFile] = []
    with GenerationWriter(folder, settings.engine) as writer:
        paths = list_seeds(settings.seeds)
        largest_bytes = int(settings.largest_file_mb * 1e6)
        for done, read in enumerate(read_seeds(paths, settings.seeds, largest_bytes), 1):
            if isinstance(read, SkippedFile):
                skipped.append(read)
            else:
                writer.add(read)
                digests[read.id] = read.digest
            yield Progress(Stage.READING, done, len(paths))
        if not digests:
            raise NothingToIndex(settings.seeds, tuple(skipped))
        if before.current and before.digests == digests and not full:
            live = before.folder
        else:
            writer.keep(dictionary)
            yield from _cut(writer, TextReader(dictionary.words))
            yield Progress(Stage.WRITING, 0, 1)
            writer.seal(fingerprint)
            live = publish(settings.data, folder)
            prune(settings.data, live)
            yield Progress(Stage.WRITING, 1, 1)
        kept = digests.keys() & before.digests.keys()
        changed = sum(digests[article] != before.digests[article] for article in kept)
        return BuildReport(
            generation=live.name,
            articles=writer.articles,
            passages=writer.passages,
            added=len(digests) - len(kept),
            changed=changed,
            removed=len(before.digests) - len(kept),
            unchanged=len(kept) - changed,
            skipped=tuple(skipped),
            seconds=time.monotonic() - started,
            notes=bad_words + bad_groups,
        )


def _fingerprint(dictionary: UserDictionary) -> str:
    """Names what shapes a generation besides its articles. Another one has to be built anew."""
    return f"{_RECIPE}; words {dictionary.digest}" if dictionary.words else _RECIPE


def _cut(writer: GenerationWriter, reader: TextReader) -> Iterator[Progress]:
    for done in writer.cut(reader):
        if done % _REPORT_EVERY == 0 or done == writer.passages:
            yield Progress(Stage.CUTTING, done, writer.passages)


@dataclass(frozen=True, slots=True)
class _Before:
    """The newest sound generation when the build began.

    Attributes:
        folder: where it is.
        digests: of its articles by their ids.
        current: whether it is live, and a build would shape its passages and terms the same way
            today.
    """

    folder: Path
    digests: dict[str, str]
    current: bool


def _live(data: Path, fingerprint: str) -> _Before:
    try:
        sound = newest_sound(data, Snapshot.checked_whole)
        with closing(sound.opened) as snapshot:
            current = sound.is_current and snapshot.manifest.fingerprint == fingerprint
            return _Before(sound.folder, snapshot.digests(), current)
    except IndexUnavailable:
        # Nothing built yet, or nothing sound: everything is new.
        return _Before(data, {}, current=False)
