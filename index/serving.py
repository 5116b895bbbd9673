"""Which generation answers: the pointer's or, where that is damaged, an earlier one."""

import logging
import time
from collections.abc import Callable, Hashable
from contextlib import suppress
from dataclasses import dataclass
from threading import Lock, Thread

from index.analysis.reader import TextReader
from index.dialogue.conversation import Conversation
from index.errors import DamagedIndex, IndexUnavailable, NoIndex, WenChuError, WordListError
from index.lexicon.synonyms import read_synonyms
from index.query.question import QuestionReader
from index.ranking.answering import Answerer
from index.ranking.judge import Judge
from index.ranking.weights import Weights
from index.settings import IndexSettings
from index.storage.manifest import Manifest
from index.storage.repositories import open_repository
from index.storage.repository import answers_instead, fault_sentences, newest_sound
from index.storage.snapshot import Snapshot
from index.storage.withdrawals import Withdrawals

CHECKING = "checking generation"
"""How the names of threads begin that check a generation while it answers."""

_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 300.0
"""Seconds."""


@dataclass(frozen=True, slots=True)
class Live:
    """What answers a question from start to end.

    Attributes:
        snapshot: the generation.
        reader: segments text as the generation's was, with its own user dictionary.
        conversation: asks it, with the synonyms as their file was at the last refresh.
    """

    snapshot: Snapshot
    reader: TextReader
    conversation: Conversation


@dataclass(frozen=True, slots=True)
class _Condemned:
    """A generation that proved damaged while it answered; it is not opened again."""

    manifest: Manifest
    faults: tuple[str, ...]


class Retry:
    """Allows another try a second after a failure, then after twice as long each time."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Args:
        clock: tells the time in seconds.
        """
        self._clock = clock
        self._pause = _FIRST_PAUSE
        self._next: float | None = None

    @property
    def is_due(self) -> bool:
        """Whether something has failed and should be tried again by now."""
        return self._next is not None and self._clock() >= self._next

    def failed(self) -> None:
        """Notes a failure."""
        self._next = self._clock() + self._pause
        self._pause = min(2 * self._pause, _LONGEST_PAUSE)

    def settled(self) -> None:
        """Notes a success, or that there is something else to try."""
        self._pause, self._next = _FIRST_PAUSE, None


class Serving:
    """Keeps the generation that answers. Safe to use from several threads.

    One thread at a time opens a generation. The others continue with the one that is open; they
    wait only where there is none.
    """

    def __init__(self, settings: IndexSettings, weights: Weights) -> None:
        self._settings = settings
        self._repository = open_repository(settings)
        self._weights = weights
        self._switching = Lock()
        self._live: Live | None = None
        self._stamp: Hashable = None
        self._retry = Retry()
        self._condemned: tuple[_Condemned, ...] = ()
        self._faults: tuple[str, ...] = ()

    @property
    def faults(self) -> tuple[str, ...]:
        """Sentences on what is wrong on the disk and why another generation answers, if so."""
        return self._faults

    def live(self) -> Live:
        """Returns what answers now: the current generation, even if another process made it
        current.

        Raises:
            IndexUnavailable: there is no sound generation.
            WordListError: the synonyms cannot be read at the first opening.
        """
        if self._live is None:
            with self._switching:
                return self._live or self._open()
        live = self._live
        wanted = self._repository.stamp() != self._stamp or self._retry.is_due
        if wanted and self._switching.acquire(blocking=False):
            try:
                self._follow()
            except WordListError as error:
                self._retry.failed()
                self._tell((f"{error}", answers_instead(live.snapshot.name)))
            finally:
                self._switching.release()
        return self._live or live

    def refresh(self) -> bool:
        """Follows the pointer and reads the synonyms anew; returns whether the generation changed.

        Raises:
            IndexUnavailable: there is no sound generation.
            WordListError: the synonyms cannot be read. What was live stays live.
        """
        with self._switching:
            before = self._live
            if before is None:
                self._open()
                return True
            if self._follow():
                return True
            self._live = self._assembled(before.snapshot, before.reader)
            return False

    def step_back(self, snapshot: Snapshot, *faults: str) -> Live:
        """Returns what answers in place of a generation that has proved damaged.

        Args:
            faults: what is wrong with it, a line each.

        Raises:
            IndexUnavailable: no other generation is sound.
        """
        with self._switching:
            if self._live and self._live.snapshot is snapshot:
                self._condemned += (_Condemned(snapshot.manifest, faults),)
                self._live = None
            return self._live or self._open()

    def _open(self) -> Live:
        """Opens the newest sound generation."""
        stamp = self._repository.stamp()
        sound = newest_sound(self._repository, self._snapshot)
        # The faults are set first: who sees the generation also sees why it serves.
        self._tell(sound.faults)
        live = self._serve(sound.opened)
        self._stamp = stamp
        self._retry.settled()
        if sound.faults:
            self._retry.failed()
        return live

    def _follow(self) -> bool:
        """Switches to what the pointer names; if that cannot be used, stays and reports it once.

        It is retried later: there may have been too many open files, or a disk was unmounted.
        """
        live, before = self._live, self._stamp
        self._stamp = self._repository.stamp()
        if self._stamp != before:
            self._retry.settled()
        if live is None:
            return False
        name = ""
        try:
            name = self._repository.current()
            # A generation's name may come back after the data folder was emptied.
            is_other = self._repository.manifest(name) != live.snapshot.manifest
            snapshot = self._snapshot(name) if is_other else None
        except IndexUnavailable as error:
            self._retry.failed()
            faults = fault_sentences(self._repository, name, error)
            self._tell((*faults, answers_instead(live.snapshot.name)))
            return False
        if snapshot:
            self._serve(snapshot)
        self._retry.settled()
        self._tell(())
        return is_other

    def _snapshot(self, name: str) -> Snapshot:
        if self._condemned:
            manifest = self._repository.manifest(name)
            for condemned in self._condemned:
                if condemned.manifest == manifest:
                    raise DamagedIndex(name, *condemned.faults)
        snapshot = self._repository.open(name)
        if self._holds_withdrawn(snapshot):
            snapshot.close()
            raise DamagedIndex(name, "it holds articles that were withdrawn")
        return snapshot

    def _holds_withdrawn(self, snapshot: Snapshot) -> bool:
        """Whether a generation that is not current would bring back what was withdrawn."""
        with suppress(NoIndex, DamagedIndex):
            if self._repository.current() == snapshot.name:
                return False  # what was just withdrawn leaves with the build that runs for it
        try:
            withdrawn = Withdrawals(self._settings.data).noted()
        except OSError:
            return True
        return bool(withdrawn and withdrawn.keys() & snapshot.stored().keys())

    def _serve(self, snapshot: Snapshot) -> Live:
        live = self._assembled(snapshot, TextReader(snapshot.dictionary.words))
        self._live = live
        if snapshot.unchecked:
            name = f"{CHECKING} {snapshot.name}"
            Thread(target=self._check_rest, args=(snapshot,), name=name, daemon=True).start()
        return live

    def _assembled(self, snapshot: Snapshot, reader: TextReader) -> Live:
        synonyms, _ = read_synonyms(self._settings.synonyms_to_read, reader)
        judge = Judge(
            reader, self._weights.confidence, self._settings.confidence, self._settings.sure
        )
        questions = QuestionReader(reader, synonyms)
        conversation = Conversation(Answerer(snapshot, reader, questions, self._weights, judge))
        return Live(snapshot, reader, conversation)

    def _check_rest(self, snapshot: Snapshot) -> None:
        """Checks what opening has left unchecked, while questions are answered."""
        for name, checksum in snapshot.unchecked.items():
            faults = snapshot.altered({name: checksum})
            live = self._live
            if live is None or live.snapshot is not snapshot:
                return
            if faults:
                self._leave(snapshot, faults)
                return

    def _leave(self, snapshot: Snapshot, faults: list[str]) -> None:
        try:
            self.step_back(snapshot, *faults)
        except (IndexUnavailable, WordListError) as error:
            self._tell((str(error),))

    def _tell(self, faults: tuple[str, ...]) -> None:
        """Keeps the faults, and logs those that have not been logged yet."""
        for fault in faults:
            if fault not in self._faults:
                logging.getLogger("index").warning("%s", fault)
        self._faults = faults


def damage_behind(error: Exception, snapshot: Snapshot) -> tuple[str, ...]:
    """Returns what of a generation is damaged, where that caused an error; empty if nothing is.

    Damaged arrays and rows may raise anything, so the checksums decide.
    """
    if isinstance(error, DamagedIndex):
        return error.faults
    if isinstance(error, WenChuError):
        return ()
    return tuple(snapshot.altered(snapshot.manifest.files))
