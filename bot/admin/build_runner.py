"""One build at a time, off the event loop, reporting as it goes."""

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import closing
from pathlib import Path

from bot.errors import BuildStopped
from index import BuildReport, BuildRunning, Progress

BuildSteps = Generator[Progress, None, BuildReport]


class Builder:
    """Runs builds in a thread of their own, one at a time."""

    def __init__(self, build: Callable[[], BuildSteps], data: Path) -> None:
        """
        Args:
            build: starts a build; closing what it returns cancels it.
            data: the folder that is built into.
        """
        self._build = build
        self._data = data
        self._run: _Run | None = None

    async def run(self) -> AsyncGenerator[Progress | BuildReport, None]:
        """Runs a build; yields each step and last the report. Leaving the loop early cancels it.

        Raises:
            BuildError: as `index.indexing.build` does; also where a build is running here.
            BuildStopped: `stop` was called.
        """
        if self._run is not None:
            raise BuildRunning(self._data)
        run = self._run = _Run(self._build)
        try:
            while (step := await run.step()) is not None:
                yield step
            yield await run.report()
        finally:
            try:
                await run.stop()
            finally:
                self._run = None

    def for_another_loop(self) -> "Builder":
        """Returns a builder of the same index for another event loop; of both, one builds at a
        time."""
        return Builder(self._build, self._data)

    @property
    def running(self) -> bool:
        """Whether a build is running here."""
        return self._run is not None

    async def stop(self) -> bool:
        """Cancels the running build, if any, and waits until its thread has left it.

        Returns:
            Whether a build was cancelled: one may end by itself before it notices.
        """
        return self._run is not None and await self._run.stop()


class _Run:
    """A build in its thread. All of it runs in one thread: file locks belong to threads."""

    def __init__(self, build: Callable[[], BuildSteps]) -> None:
        self._loop = asyncio.get_running_loop()
        self._steps: asyncio.Queue[Progress | None] = asyncio.Queue()
        self._stopped = threading.Event()
        self._thread = asyncio.ensure_future(asyncio.to_thread(self._pump, build))

    def _pump(self, build: Callable[[], BuildSteps]) -> BuildReport:
        try:
            with closing(build()) as generator:
                while not self._stopped.is_set():
                    self._tell(next(generator))
                raise BuildStopped
        except StopIteration as end:
            report: BuildReport = end.value
            return report
        finally:
            self._tell(None)

    def _tell(self, step: Progress | None) -> None:
        self._loop.call_soon_threadsafe(self._steps.put_nowait, step)

    async def step(self) -> Progress | None:
        return await self._steps.get()

    async def report(self) -> BuildReport:
        return await self._thread

    async def stop(self) -> bool:
        self._stopped.set()
        await asyncio.wait({self._thread})
        return not self._thread.cancelled() and isinstance(self._thread.exception(), BuildStopped)
