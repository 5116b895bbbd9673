"""What administrators may have done, whatever the channel."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from bot.builds import Builder
from bot.desk import AnsweringLibrary
from bot.exchanges import Exchanges
from bot.rights import Rights, Visitor
from index import BuildReport, IndexUnavailable, Progress, Status


class Office:
    """Looks after the index. Belongs to one event loop; blocking work runs in threads."""

    def __init__(
        self,
        library: AnsweringLibrary,
        builder: Builder,
        rights: Rights,
        rollback: Callable[[], str],
        exchanges: Exchanges,
    ) -> None:
        """
        Args:
            exchanges: what has been asked.
            rollback: makes the generation before the live one current, and returns its name.
        """
        self._library = library
        self._builder = builder
        self._rights = rights
        self._rollback = rollback
        self._exchanges = exchanges

    async def status(self, visitor: Visitor) -> Status:
        """What is live.

        Raises:
            NotInvited, AdminsOnly: the visitor may not know.
            IndexUnavailable: nothing is built, or it is damaged.
        """
        self._rights.require_admin(visitor)
        return await asyncio.to_thread(self._library.status)

    async def examine(self) -> Status | IndexUnavailable:
        """What is live, or why nothing is: for the start, before anybody has asked."""
        try:
            return await asyncio.to_thread(self._library.status)
        except IndexUnavailable as error:
            return error

    async def prepare(self) -> AsyncGenerator[Progress | BuildReport, None]:
        """Build an index, as `reindex` does, where there is no sound one; else do nothing.

        Raises:
            BuildError: the build failed.
            BuildStopped: it was called off.
        """
        if isinstance(await self.examine(), IndexUnavailable):
            async with aclosing(self._build()) as steps:
                async for step in steps:
                    yield step

    async def reindex(self, visitor: Visitor) -> AsyncGenerator[Progress | BuildReport, None]:
        """Build a new index from the articles and answer from it; the last item is the report.

        Questions are answered from the old index meanwhile. Leaving the loop early cancels.

        Raises:
            NotInvited, AdminsOnly: the visitor may not.
            BuildError: another build is running, or this one failed.
            BuildStopped: `close` was called.
        """
        self._rights.require_admin(visitor)
        async with aclosing(self._build()) as steps:
            async for step in steps:
                yield step

    async def _build(self) -> AsyncGenerator[Progress | BuildReport, None]:
        async with aclosing(self._builder.run()) as steps:
            async for step in steps:
                if isinstance(step, BuildReport):
                    await asyncio.to_thread(self._library.refresh)
                yield step

    async def cancel(self, visitor: Visitor) -> bool:
        """Call off the running build; the old index is not touched.

        Returns:
            Whether one was called off; whoever waits for it gets BuildStopped.

        Raises:
            NotInvited, AdminsOnly: the visitor may not.
        """
        self._rights.require_admin(visitor)
        return await self._builder.stop()

    async def rollback(self, visitor: Visitor) -> Status:
        """Answer from the generation before the live one; return what is live now.

        Raises:
            NotInvited, AdminsOnly: the visitor may not.
            NoEarlierGeneration: there is none.
            BuildRunning: a build is running.
        """
        self._rights.require_admin(visitor)
        await asyncio.to_thread(self._rollback)
        await asyncio.to_thread(self._library.refresh)
        return await asyncio.to_thread(self._library.status)

    async def reachable_admins(self) -> list[int]:
        """The administrators who have asked something in private: others cannot be written to."""
        people = await asyncio.to_thread(self._exchanges.people_in_private)
        return sorted(people & self._rights.admins)

    async def close(self) -> None:
        """Call off a running build. The old index is not touched."""
        await self._builder.stop()
