"""What administrators can do, in any channel."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass

import psutil

from bot.admin.build_queue import PAUSE_SECONDS, Reindexing, Waiting
from bot.admin.build_runner import Builder
from bot.admin.health import Health, TaskFailures
from bot.admin.lists import Listing, ListPage, ListView, bounds
from bot.core.desk import AnsweringLibrary
from bot.core.rights import Rights
from bot.state.statistics import Day, Statistics, Today
from bot.visitors import Visitor
from index import (
    BuildReport,
    ClusterUnavailable,
    IndexUnavailable,
    LineFault,
    NothingToIndex,
    Progress,
    SkippedFile,
    Status,
)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class IndexActions:
    """Changes of the index or its word lists, except a build.

    Attributes:
        rollback: makes the generation before the live one current, and returns its name.
        add_word, add_synonyms: as in `index`.
    """

    rollback: Callable[[], str]
    add_word: Callable[[str], LineFault | None]
    add_synonyms: Callable[[str], LineFault | None]


@dataclass(frozen=True, slots=True)
class BotStatus:
    """The state of the bot.

    Attributes:
        live: what is live.
        today: the questions of the day.
        memory: resident memory of the process in bytes.
        skipped: the files that the last build skipped.
        failures: background tasks that have failed since the start.
        set_aside: how many messages are kept for inspection rather than handled.
    """

    live: Status
    today: Today
    memory: int
    skipped: Sequence[SkippedFile] = ()
    failures: Sequence[TaskFailures] = ()
    set_aside: int = 0


class AdminDesk:
    """Manages the index. Belongs to one event loop; blocking work runs in threads.

    Attributes:
        health: what went wrong since the start.
    """

    def __init__(
        self,
        library: AnsweringLibrary,
        builder: Builder,
        rights: Rights,
        actions: IndexActions,
        statistics: Statistics,
        pause: float = PAUSE_SECONDS,
        health: Health | None = None,
        set_aside_count: Callable[[], int] = lambda: 0,
    ) -> None:
        """
        Args:
            statistics: of the questions asked.
            pause: seconds without a further request before a requested build starts.
            health: what went wrong before.
            set_aside_count: returns how many messages are kept for inspection.
        """
        self._set_aside_count = set_aside_count
        self.health = health or Health()
        self._library = library
        self._builder = builder
        self._rights = rights
        self._actions = actions
        self._statistics = statistics
        self._pause = pause
        self._reindexing = Reindexing(self._build, pause)

    def for_another_loop(self) -> "AdminDesk":
        """Returns an admin desk for the same index in another event loop."""
        builder, state = self._builder.for_another_loop(), (self._statistics, self._pause)
        return AdminDesk(self._library, builder, self._rights, self._actions, *state, self.health)

    async def status(self, visitor: Visitor) -> BotStatus:
        """Returns what is live, and the questions of the day.

        Raises:
            NotInvited, AdminsOnly: the visitor may not know.
            IndexUnavailable: nothing is built, or it is damaged.
        """
        self._rights.require_admin(visitor)
        live = await asyncio.to_thread(self._library.status)
        today = await asyncio.to_thread(self._statistics.today)
        memory = psutil.Process().memory_info().rss
        set_aside = await asyncio.to_thread(self._set_aside_count)
        health = self.health
        return BotStatus(live, today, memory, health.skipped, health.failures, set_aside)

    async def days(self, visitor: Visitor, count: int) -> list[Day]:
        """Returns the questions of the last days, the latest day last.

        Raises:
            NotInvited, AdminsOnly: the visitor may not know.
        """
        self._rights.require_admin(visitor)
        return await asyncio.to_thread(self._statistics.days, count)

    async def list_view(self, visitor: Visitor, page: ListPage) -> ListView:
        """Returns a page of a list; the last one if the list has become shorter.

        Raises:
            NotInvited, AdminsOnly: the visitor may not know.
            IndexUnavailable: articles are asked for, and there is no index.
        """
        self._rights.require_admin(visitor)
        return await asyncio.to_thread(self._list_view, page)

    def _list_view(self, page: ListPage) -> ListView:
        if page.listing is Listing.ARTICLES:
            ids = self._library.article_ids()
            shown, part = bounds(page, ids)
            articles = (self._library.article(id) for id in ids[part])
            return ListView(shown, tuple(filter(None, articles)), len(ids))
        misses = page.listing is Listing.MISSES
        items = self._statistics.misses() if misses else self._statistics.opinions()
        shown, part = bounds(page, items)
        return ListView(shown, tuple(items[part]), len(items))

    async def add_word(self, visitor: Visitor, line: str) -> LineFault | None:
        """Adds a line to the user dictionary; it counts from the next build on.

        Returns:
            Why it cannot be used; None once it is added.

        Raises:
            NotInvited, AdminsOnly: the visitor may not.
            WordListError: the user dictionary cannot be written.
        """
        self._rights.require_admin(visitor)
        fault = await asyncio.to_thread(self._actions.add_word, line)
        if fault is None:
            log.info("User %d added a word to the user dictionary.", visitor.person)
        return fault

    async def add_synonyms(self, visitor: Visitor, line: str) -> LineFault | None:
        """Adds a line to the synonyms, which counts at once.

        Returns:
            Why it cannot be used; None once it is added.

        Raises:
            NotInvited, AdminsOnly: the visitor may not.
            WordListError: the synonyms cannot be written.
        """
        self._rights.require_admin(visitor)
        fault = await asyncio.to_thread(self._actions.add_synonyms, line)
        if fault is None:
            log.info("User %d added synonyms.", visitor.person)
            await asyncio.to_thread(self._library.refresh)
        return fault

    async def examine(self) -> Status | IndexUnavailable:
        """Returns what is live, or why nothing is: for the start, before anybody has asked.

        Raises:
            ClusterUnavailable: what is live is in a cluster that does not answer.
        """
        try:
            return await asyncio.to_thread(self._library.status)
        except ClusterUnavailable:
            raise
        except IndexUnavailable as error:
            return error

    async def prepare(self) -> AsyncGenerator[Progress | BuildReport, None]:
        """Builds an index, as `reindex` does, if there is no sound one; else does nothing.

        Raises:
            ClusterUnavailable: whether there is one cannot be told.
            BuildError: the build failed.
            BuildStopped: it was cancelled.
        """
        if isinstance(await self.examine(), IndexUnavailable):
            async with aclosing(self._build("the start")) as steps:
                async for step in steps:
                    yield step

    async def reindex(self, visitor: Visitor) -> AsyncGenerator[Progress | BuildReport, None]:
        """Builds a new index from the articles and answers from it; the last item is the report.

        Questions are answered from the old index meanwhile. Leaving the loop early cancels.

        Raises:
            NotInvited, AdminsOnly: the visitor may not.
            BuildError: another build is running, or this one failed.
            BuildStopped: it was cancelled.
        """
        self._rights.require_admin(visitor)
        async with aclosing(self._build(f"user {visitor.person}")) as steps:
            async for step in steps:
                yield step

    @property
    def is_building(self) -> bool:
        """Whether a build is running."""
        return self._builder.running

    def request_build(self) -> Waiting:
        """Requests a build, which starts a moment after the last request, once for all of them.

        The caller checks who may change something.
        """
        return self._reindexing.request()

    async def _build(
        self, cause: str = "changed articles"
    ) -> AsyncGenerator[Progress | BuildReport, None]:
        try:
            async with aclosing(self._builder.run()) as steps:
                async for step in steps:
                    if isinstance(step, BuildReport):
                        self.health.skipped = step.skipped
                        log.info("Built for %s: %s", cause, _summary(step))
                        await asyncio.to_thread(self._library.refresh)
                    yield step
        except NothingToIndex as error:
            self.health.skipped = error.skipped
            raise

    async def cancel(self, visitor: Visitor) -> bool:
        """Cancels the running build; the old index is not touched.

        Returns:
            Whether one was cancelled; those who wait for it get BuildStopped.

        Raises:
            NotInvited, AdminsOnly: the visitor may not.
        """
        self._rights.require_admin(visitor)
        is_cancelled = await self._builder.stop()
        if is_cancelled:
            log.info("User %d cancelled a build.", visitor.person)
        return is_cancelled

    async def rollback(self, visitor: Visitor) -> Status:
        """Goes back to the generation before the live one; returns what is live now.

        Raises:
            NotInvited, AdminsOnly: the visitor may not.
            NoEarlierGeneration: there is none.
            BuildRunning: a build is running.
        """
        self._rights.require_admin(visitor)
        generation = await asyncio.to_thread(self._actions.rollback)
        log.info("User %d went back to generation %s.", visitor.person, generation)
        await asyncio.to_thread(self._library.refresh)
        return await asyncio.to_thread(self._library.status)

    async def reachable_admins(self) -> list[int]:
        """Returns the administrators who have asked something in private: others cannot be written
        to."""
        people = await asyncio.to_thread(self._statistics.people_in_private)
        return sorted(people & self._rights.admins)

    async def close(self) -> None:
        """Cancels a running build, and starts no other. The old index is not touched."""
        closing = asyncio.create_task(self._reindexing.close())
        await self._builder.stop()
        await closing


def _summary(report: BuildReport) -> str:
    return (
        f"generation {report.generation}, {report.added} added, {report.changed} changed, "
        f"{report.removed} removed, {report.unchanged} unchanged, {len(report.skipped)} skipped, "
        f"in {report.seconds:.1f} s."
    )
