"""The same desk in a terminal, or at the end of a pipe."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator
from contextlib import AbstractContextManager, aclosing, nullcontext
from typing import BinaryIO

from bot.admin.admin_desk import AdminDesk
from bot.admin.skips import Skips
from bot.core.desk import AskedQuestion, Desk, Nothing
from bot.terminal.screen import Screen
from bot.texts import admin as admin_texts
from bot.texts.keys import Key
from bot.visitors import Visitor
from index import (
    BuildReport,
    DamagedIndex,
    IndexUnavailable,
    NothingToIndex,
    OtherFormat,
    Progress,
    Status,
    WenChuError,
)

log = logging.getLogger(__name__)

PERSON = Visitor(chat=0, person=0)
"""The one at the terminal."""

Command = Callable[[], Coroutine[None, None, None]]


class Chat:
    """A chat at the terminal."""

    def __init__(
        self,
        desk: Desk,
        admin_desk: AdminDesk,
        screen: Screen,
        interactive: bool,
        seeds: str,
        skips: Skips | None = None,
        meanwhile: AbstractContextManager[None] | None = None,
    ) -> None:
        """
        Args:
            interactive: a person types, so there are a greeting and a farewell.
            seeds: where the articles belong, to tell the person.
            skips: learns which skipped files have been told of.
            meanwhile: goes on beside the chat, once there is an index where there can be one.
        """
        self._desk = desk
        self._admin_desk = admin_desk
        self._screen = screen
        self._texts = screen.texts
        self._interactive = interactive
        self._seeds = seeds
        self._skips = skips or Skips()
        self._meanwhile = meanwhile or nullcontext()
        self._unanswerable = False
        self._commands: dict[str, Command] = {
            "/more": self._more,
            "/source": self._source,
            "/reindex": self._reindex,
            "/rollback": self._rollback,
            "/status": self._status,
            "/help": self._help,
            "/start": self._help,
        }

    def run(self, lines: Iterator[str]) -> int:
        """Answers one line after the other until they end, or the person leaves.

        Returns:
            0; 1 if the questions of a pipe could not be asked for want of an index.

        Raises:
            BrokenPipeError: the reader of the answers has left.
        """
        try:
            # One loop run a line: while a line is typed, Ctrl-C reaches the prompt at once.
            with asyncio.Runner() as runner:
                self._do(runner, self._open())
                with self._meanwhile:
                    self._talk(runner, lines)
        except (KeyboardInterrupt, EOFError):
            self._screen.gap()  # the cursor still stands behind the prompt
        if self._interactive:
            self._screen.say(self._texts.say(Key.CONSOLE_GOODBYE))
        return int(self._unanswerable and not self._interactive)

    def _talk(self, runner: asyncio.Runner, lines: Iterator[str]) -> None:
        for line in lines:
            if line.strip() == "/quit":
                return
            self._do(runner, self._turn(line.strip()))

    def _do(self, runner: asyncio.Runner, work: Coroutine[None, None, None]) -> None:
        """Does one turn. A person's Ctrl-C ends the turn, not the chat."""
        try:
            runner.run(work)
        except KeyboardInterrupt:
            if not self._interactive:
                raise

    async def _open(self) -> None:
        """Shows the state of the index, builds one if there is no sound one, and greets."""
        try:
            live = await self._admin_desk.examine()
        except WenChuError as error:
            self._screen.note(f"{self._texts.error(error)} ({error})")
            return
        if isinstance(live, IndexUnavailable):
            self._screen.note(self._lack(live))
            await self._build(self._admin_desk.prepare())
            live = await self._admin_desk.examine()
        else:
            for line in self._texts.faults(live):
                self._screen.note(line)
        if self._interactive:
            self._greet(live)

    def _lack(self, error: IndexUnavailable) -> str:
        if isinstance(error, OtherFormat):
            return self._texts.say(Key.BUILD_RENEW)
        if isinstance(error, DamagedIndex):
            return f"{self._texts.say(Key.BUILD_MEND)} ({error})"
        return self._texts.say(Key.BUILD_FIRST)

    def _greet(self, live: Status | IndexUnavailable) -> None:
        if isinstance(live, IndexUnavailable):
            self._screen.say(self._texts.say(Key.CONSOLE_WELCOME_EMPTY))
        else:
            self._screen.say(self._texts.say(Key.CONSOLE_WELCOME, articles=live.articles))

    async def _turn(self, line: str) -> None:
        try:
            if line.startswith("/"):
                await self._command(line)
            else:
                await self._ask(line)
        except WenChuError as error:
            self._unanswerable |= isinstance(error, IndexUnavailable)
            self._screen.say(self._texts.error(error))
        except BrokenPipeError:
            raise  # there is nobody left to tell
        except Exception as error:
            log.exception("A line could not be answered.")
            self._screen.say(self._texts.error(error))

    async def _command(self, line: str) -> None:
        command, *rest = line.split(maxsplit=1)
        if command == "/ask":
            await self._ask(" ".join(rest))
        elif command in self._commands:
            await self._commands[command]()
        else:
            self._screen.say(self._texts.say(Key.CONSOLE_UNKNOWN_COMMAND, command=command))

    async def _ask(self, question: str) -> None:
        self._screen.reply(await self._desk.ask(PERSON, AskedQuestion(question)))

    async def _more(self) -> None:
        self._screen.reply(await self._desk.more(PERSON))

    async def _source(self) -> None:
        source = await self._desk.source(PERSON)
        if isinstance(source, Nothing):
            self._screen.say(self._texts.say(source))
        else:
            self._screen.source(source)

    async def _help(self) -> None:
        self._screen.say(self._texts.say(Key.CONSOLE_HELP))

    async def _reindex(self) -> None:
        await self._build(self._admin_desk.reindex(PERSON))

    async def _rollback(self) -> None:
        self._screen.say(self._texts.rolled_back(await self._admin_desk.rollback(PERSON)))

    async def _status(self) -> None:
        status = await self._admin_desk.status(PERSON)
        lines = (self._texts.live(status.live), *admin_texts.concerns(self._texts, status))
        self._screen.say("\n".join(lines))

    async def _build(self, steps: AsyncGenerator[Progress | BuildReport, None]) -> None:
        """Shows a build. Shows failures, too, and raises none: the old index goes on answering."""
        try:
            report = await self._watch(steps)
        except NothingToIndex as error:
            reason = self._texts.say(Key.CONSOLE_EMPTY_SEEDS, seeds=self._seeds)
            self._screen.note("\n".join((reason, *self._texts.skipped(error.skipped))))
            self._skips.news(error.skipped)
        except WenChuError as error:
            self._screen.note(f"{self._texts.error(error)} ({error})")
        except asyncio.CancelledError:
            self._screen.note(self._texts.say(Key.ERROR_BUILD_STOPPED))
            raise
        else:
            if report:
                self._screen.note(self._texts.report(report))
                self._skips.news(report.skipped)

    async def _watch(
        self, steps: AsyncGenerator[Progress | BuildReport, None]
    ) -> BuildReport | None:
        report = None
        async with aclosing(steps):
            with self._screen.building() as bar:
                async for step in steps:
                    if isinstance(step, BuildReport):
                        report = step
                    else:
                        bar.move(self._texts.progress(step), step.done, step.total)
        return report


def piped_lines(stream: BinaryIO) -> Iterator[str]:
    """Yields lines of UTF-8 from a pipe or a file; other bytes become U+FFFD."""
    for number, line in enumerate(stream):
        encoding = "utf-8" if number else "utf-8-sig"
        yield line.decode(encoding, "replace").rstrip("\r\n")
