"""Runs an operation again and again, each time with another write that fails.

As a program, `python fault_campaign.py OPERATION FAULTS FOLDER`: prints as JSON how many faults
there were and what they have harmed. Runs in a process that was started with the faulty disk.
"""

import contextlib
import itertools
import json
import logging
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Protocol

from desk_fakes import a_citation
from faulty_disk import DiskFault, FaultKind, FaultyDisk
from small_libraries import (
    BRIDGE,
    finish,
    generations,
    names_in,
    settings_in,
    sum_in,
    town_of,
    write_seeds,
)

from bot.errors import BackupError, StoreError
from bot.settings import BotSettings
from bot.state.backup import back_up
from bot.state.database import STATE, Database
from bot.state.exchanges import Exchanges
from bot.state.restore import restore
from bot.state.update_inbox import Inbox
from bot.visitors import Visitor
from index import (
    Answer,
    BuildError,
    FrontMatter,
    IntakeError,
    Turn,
    build,
    discard_article,
    keep_article,
    open_library,
    rollback,
)

OLD, NEW = "一百万", "二百万"
UPLOADED = BRIDGE.replace("石桥", "铁桥")
VISITOR = Visitor(2, 2)
OF_THE_INDEX = {
    *("CURRENT", "LOCK", "generations", "file_cache.db", "withdrawn.db"),
    *(STATE, f"{STATE}.lock"),
}
EXPECTED_ERRORS = BuildError, IntakeError, StoreError, BackupError


class Operation(Protocol):
    """What is done while the disk fails, in a folder of its own.

    Attributes:
        acknowledged: what was reported as done.
    """

    acknowledged: list[str]

    def run(self) -> None:
        """Does it. Raises errors of the project where the disk fails."""

    def harm(self) -> Iterator[str]:
        """Yields what is not as promised, once the disk works again."""


class _OfIndex:
    """What the operations on the index share: the former content answers before."""

    def __init__(self, folder: Path) -> None:
        self.acknowledged: list[str] = []
        self.settings = settings_in(folder)
        self.library = open_library(self.settings)
        assert OLD in sum_in(self.library)

    def build_and_note(self) -> None:
        finish(build(self.settings))
        self.acknowledged.append("built")

    def harm_to_answers(self) -> Iterator[str]:
        for library in (self.library, open_library(self.settings)):
            amount = sum_in(library)
            if NEW not in amount and ("built" in self.acknowledged or OLD not in amount):
                yield f"answers {amount}"
            if faults := (*library.status().faults, *library.faults()):
                yield f"damaged: {faults}"

    def harm_to_next_build(self) -> Iterator[str]:
        finish(build(self.settings))
        if NEW not in sum_in(open_library(self.settings)):
            yield "the next build does not answer"
        names = generations(self.settings)
        if len(names) > 3 or not all(name.isdigit() for name in names):
            yield f"generations {names}"
        if strays := set(names_in(self.settings.data)) - OF_THE_INDEX:
            yield f"strays {strays}"


class Building(_OfIndex):
    """A build of what has changed."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        write_seeds(folder, town_of(NEW))

    def run(self) -> None:
        self.build_and_note()

    def harm(self) -> Iterator[str]:
        yield from self.harm_to_answers()
        yield from self.harm_to_next_build()


class Uploading(Building):
    """An upload with its publication."""

    def run(self) -> None:
        about = FrontMatter("铁桥修好了", "河口日报")
        self.kept = keep_article(self.settings, "铁桥.txt", UPLOADED.encode(), about).article.id
        self.acknowledged.append("kept")
        self.build_and_note()

    def harm(self) -> Iterator[str]:
        yield from self.harm_to_answers()
        inbox = self.settings.seeds / "inbox"
        visible = {path.name for path in inbox.glob("[!.]*.txt")}
        is_kept = "kept" in self.acknowledged
        if visible and not is_kept:
            yield f"told as not kept, but there: {visible}"
        yield from self.harm_to_next_build()
        library = open_library(self.settings)
        article = library.article(self.kept) if is_kept else None
        if is_kept and (article is None or "铁桥" not in article.text):
            yield "lost"


class Removing(Building):
    """A removal with its publication."""

    def run(self) -> None:
        discard_article(self.settings, "bridge.txt")
        self.acknowledged.append("removed")
        self.build_and_note()

    def harm(self) -> Iterator[str]:
        yield from self.harm_to_answers()
        yield from self.harm_to_next_build()
        if "removed" in self.acknowledged:
            with contextlib.suppress(Exception):
                rollback(self.settings)
            if "bridge.txt" in open_library(self.settings).article_ids():
                yield "back again"


class Noting:
    """The bookkeeping of a question: received, answered, sent, rated, done."""

    def __init__(self, folder: Path) -> None:
        self.acknowledged: list[str] = []
        self._path = folder / "data" / STATE
        self._database: Database | None = None
        self._exchange = ""

    def run(self) -> None:
        database = self._database = Database(self._path)
        inbox, exchanges = Inbox(database), Exchanges(database)
        for number in (1, 2):
            assert inbox.receive(number, f"update {number}")
            self.acknowledged.append(f"received {number}")
        inbox.add_doubt(1, 2)
        turn = Turn("问" * 3_000, "问", Answer("问", (a_citation(),), 0.9))
        self._exchange = exchanges.add(VISITOR, turn, 0.1).id
        self.acknowledged.append("exchange")
        exchanges.sent(self._exchange, 7)
        self.acknowledged.append("sent")
        exchanges.rate(self._exchange, 2, good=True)
        inbox.done(1)
        self.acknowledged.append("done 1")
        exchanges.forget(3)

    def harm(self) -> Iterator[str]:
        with closing(Database(self._path)) as database:
            yield from self._harm_in(database)
        if self._database:
            if not Inbox(self._database).receive(3, "another"):
                yield "takes nothing more"
            with closing(self._database):
                yield from self._harm_in(self._database)
        with closing(sqlite3.connect(self._path)) as state:
            if (found := state.execute("PRAGMA integrity_check").fetchall()) != [("ok",)]:
                yield f"damaged: {found}"

    def _harm_in(self, database: Database) -> Iterator[str]:
        pending = {update.number for update in Inbox(database).pending()}
        for number in (1, 2):
            is_due = f"received {number}" in self.acknowledged
            # Its end may have been written though that was reported as failed.
            may_be_done = number == 1 and "sent" in self.acknowledged
            if is_due and not may_be_done and number not in pending:
                yield f"update {number} is lost"
        if "done 1" in self.acknowledged and 1 in pending:
            yield "update 1 is done again"
        exchange = Exchanges(database).get(self._exchange)
        if "exchange" in self.acknowledged and exchange is None:
            yield "the exchange is lost"
        if "sent" in self.acknowledged and exchange and exchange.reply_message != 7:
            yield "the message is lost"


class BackingUp:
    """A backup in place of an older one."""

    def __init__(self, folder: Path) -> None:
        self.acknowledged: list[str] = []
        self._settings = settings_in(folder)
        self._archive = folder / "backup.tar.gz"
        back_up(BotSettings(), self._settings, self._archive)
        self._before = self._archive.read_bytes()
        write_seeds(folder, town_of(NEW))

    def run(self) -> None:
        back_up(BotSettings(), self._settings, self._archive)
        self.acknowledged.append("backed up")

    def harm(self) -> Iterator[str]:
        folder = self._archive.parent
        is_new = self._archive.read_bytes() != self._before
        if not is_new and self.acknowledged:
            yield "not written"
        elsewhere = settings_in(folder / "elsewhere")
        restore(elsewhere, self._archive)
        lamps = (elsewhere.seeds / "lamps.txt").read_text("utf-8")
        if (NEW if is_new else OLD) not in lamps:
            yield "restored to something else"
        if strays := set(names_in(folder)) - {"backup.tar.gz", "seeds", "data", "elsewhere"}:
            yield f"strays {strays}"


class Restoring:
    """A restoration over something else."""

    def __init__(self, folder: Path) -> None:
        self.acknowledged: list[str] = []
        self._folder = folder
        self._settings = settings_in(folder)
        self._archive = folder / "backup.tar.gz"
        back_up(BotSettings(), self._settings, self._archive)
        write_seeds(folder, {**town_of(NEW), "new.txt": UPLOADED})
        self._before = self._articles()

    def run(self) -> None:
        restore(self._settings, self._archive, force=True)
        self.acknowledged.append("restored")

    def harm(self) -> Iterator[str]:
        articles = self._articles()
        is_restored = OLD in articles.get("lamps.txt", "") and "new.txt" not in articles
        if not is_restored and (self.acknowledged or articles != self._before):
            yield f"half restored: {sorted(articles)}"
        yield from self._strays()
        restore(self._settings, self._archive, force=True)
        if any(self._strays()):
            yield "not all is cleared away by the next restoration"
        finish(build(self._settings))
        if OLD not in sum_in(open_library(self._settings)):
            yield "the restored index does not answer"

    def _strays(self) -> Iterator[str]:
        for folder in (self._settings.seeds, self._settings.data):
            if strays := [name for name in names_in(folder) if name[0] == "."]:
                yield f"strays {strays}"

    def _articles(self) -> dict[str, str]:
        return {
            path.name: path.read_text("utf-8")
            for path in self._settings.seeds.iterdir()
            if path.is_file()
        }


OPERATIONS: dict[str, Callable[[Path], Operation]] = {
    "build": Building,
    "upload": Uploading,
    "removal": Removing,
    "bookkeeping": Noting,
    "backup": BackingUp,
    "restoration": Restoring,
}


class Campaign:
    """An operation under faults.

    Attributes:
        writes: how many the operation makes where nothing fails.
        faults: how many runs had a write fail.
        harm: what they have harmed, a sentence each.
    """

    def __init__(self, name: str, folder: Path) -> None:
        self._make = OPERATIONS[name]
        self._model = folder / "model"
        self._folder = folder / "run"
        self._disk = FaultyDisk(self._folder)
        self.faults = 0
        self.harm: list[str] = []
        finish(build(write_seeds(self._model, town_of(OLD))))
        with closing(Database(self._model / "data" / STATE)):
            pass
        self._run(DiskFault())
        assert not self.harm, self.harm
        self.writes = self._disk.writes

    def run(self, faults: int) -> None:
        """Fails each write in turn, in another way in each round; as many times as asked for."""
        numbers = range(1, self.writes + 1)
        ways = list(itertools.product(FaultKind, (False, True)))
        if faults < len(numbers):  # each write once
            faults = len(numbers)
        rounds = (
            DiskFault(number, *ways[(number + turn) % len(ways)])
            for turn in itertools.count()
            for number in numbers
        )
        for fault in itertools.islice(rounds, faults):
            self._run(fault)

    def _run(self, fault: DiskFault) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
        shutil.copytree(self._model, self._folder)
        operation = self._make(self._folder)
        try:
            with self._disk.failing(fault):
                operation.run()
        except EXPECTED_ERRORS:
            pass
        except Exception as error:
            self._note(fault, f"raises {error!r}")
        self.faults += bool(self._disk.failures)
        try:
            for sentence in operation.harm():
                if not self._is_excused(sentence, fault):
                    self._note(fault, sentence)
        except Exception as error:
            self._note(fault, f"afterwards raises {error!r}")

    def _is_excused(self, sentence: str, fault: DiskFault) -> bool:
        """Whether no program could have done better: what could not be removed is still there, and
        what could not be moved back is left to the next restoration."""
        if sentence.startswith(("half restored", "told as not kept")):
            return fault.lasts
        return sentence.startswith("strays") and (self._disk.has_left_over or fault.lasts)

    def _note(self, fault: DiskFault, sentence: str) -> None:
        kept = "for good" if fault.lasts else "once"
        self.harm.append(f"write {fault.number}, {fault.kind.name} {kept}: {sentence}")


def main(name: str, faults: str, folder: str) -> None:
    logging.disable()
    campaign = Campaign(name, Path(folder))
    campaign.run(int(faults))
    print(json.dumps([campaign.writes, campaign.faults, campaign.harm], ensure_ascii=False))


if __name__ == "__main__":
    main(*sys.argv[1:])
