"""Keeps the index up to date with the folder of articles, and reports builds that nobody asked for.

A line for each build that changed something, and one for each file that is skipped from then on.
"""

import asyncio
import functools
import logging
import threading
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.admin import folder_watch
from bot.admin.admin_desk import AdminDesk
from bot.admin.build_queue import Step
from bot.admin.health import BackgroundTask
from bot.admin.skips import Skips
from bot.errors import BuildStopped
from bot.running.supervisor import supervise
from bot.texts.catalogue import Texts
from bot.texts.keys import Key
from index import BuildReport, NothingToIndex, SkippedFile, WenChuError

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Teller:
    """Where reports go.

    Attributes:
        tell: takes a line on what was done.
        warn: takes a line on what failed.
    """

    tell: Callable[[str], None]
    warn: Callable[[str], None]


class Following:
    """Builds whenever the folder of articles has changed."""

    def __init__(
        self,
        seeds: Path,
        admin_desk: AdminDesk,
        texts: Texts,
        teller: Teller,
        skips: Skips,
        known: str = "",
    ) -> None:
        """
        Args:
            admin_desk: builds; no other event loop uses it.
            skips: what has been told of already.
            known: a failure that has been told of already.
        """
        self._seeds = seeds
        self._admin_desk = admin_desk
        self._texts = texts
        self._teller = teller
        self._skips = skips
        self._failure = known
        self._last_report: BuildReport | None = None

    async def until(self, stop: asyncio.Event) -> None:
        """Follows the folder until `stop` is set; then cancels a running build."""
        builds: set[asyncio.Task[None]] = set()

        def changed() -> None:
            build = asyncio.create_task(
                self._report_outcome(self._admin_desk.request_build().steps())
            )
            builds.add(build)
            build.add_done_callback(builds.discard)

        following = asyncio.create_task(
            supervise(
                BackgroundTask.WATCHING,
                lambda: folder_watch.watch(self._seeds, changed),
                self._admin_desk.health,
            )
        )
        try:
            await stop.wait()
        finally:
            following.cancel()
            await self._admin_desk.close()
            await asyncio.gather(*builds)
            await asyncio.wait({following})

    @contextmanager
    def beside(self) -> Iterator[None]:
        """Follows the folder in a thread of its own until the end of the block."""
        begun: Future[Callable[[], object]] = Future()

        async def follow() -> None:
            stop = asyncio.Event()
            begun.set_result(
                functools.partial(asyncio.get_running_loop().call_soon_threadsafe, stop.set)
            )
            await self.until(stop)

        work = threading.Thread(target=lambda: asyncio.run(follow()), daemon=True)
        work.start()
        try:
            yield
        finally:
            begun.result()()
            work.join()

    async def _report_outcome(self, steps: AsyncGenerator[Step, None]) -> None:
        """Waits for the end of a build, and reports its outcome."""
        try:
            async for step in steps:
                if isinstance(step, BuildReport):
                    self._tell(step)
        except BuildStopped:
            pass  # the caller has left
        except WenChuError as error:
            self._failed(error)
        except Exception as error:
            log.exception("A build failed.")
            self._warn(error)

    def _tell(self, report: BuildReport) -> None:
        if report is self._last_report:
            return  # several changes waited for this build
        self._last_report = report
        self._failure = ""
        if report.added or report.changed or report.removed:
            for line in (self._texts.followed(report), *self._texts.notes(report.notes)):
                self._teller.tell(line)
        self._tell_skipped(report.skipped)

    def _failed(self, error: WenChuError) -> None:
        if isinstance(error, NothingToIndex):
            self._tell_skipped(error.skipped)
            error = NothingToIndex(self._seeds)
        self._warn(error)

    def _warn(self, error: Exception) -> None:
        """Reports a failure, once until a build succeeds."""
        before, self._failure = self._failure, self._texts.error(error)
        if before != self._failure:
            self._teller.warn(self._failure)

    def _tell_skipped(self, files: Sequence[SkippedFile]) -> None:
        news = self._skips.news(files)
        for file in news.skipped:
            reason = self._texts.skip(file.reason, file.other)
            self._teller.tell(self._texts.say(Key.BUILD_LEFT_OUT, path=file.path, reason=reason))
        for path in news.mended:
            self._teller.tell(self._texts.say(Key.BUILD_TAKEN_AGAIN, path=path))
