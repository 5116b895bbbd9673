"""The bot at work: on Telegram, in a terminal, or only watching the folder of articles."""

import asyncio
import contextlib
import errno
import functools
import logging
import signal
import socket
import sys
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from io import TextIOWrapper
from typing import TextIO

from rich.console import Console
from telegram.error import BadRequest, InvalidToken, NetworkError

from bot import logs
from bot.admin import folder_watch
from bot.admin.build_queue import AGAIN_SECONDS
from bot.admin.health import BackgroundTask
from bot.admin.skips import Skips
from bot.composition import Parts
from bot.errors import PageUnavailable
from bot.running import monitoring, service_manager
from bot.running.following import Following, Teller
from bot.running.supervisor import supervise
from bot.settings import UNUSABLE_SETTING
from bot.state import retention
from bot.telegram import app
from bot.telegram.handlers import admin_notices
from bot.telegram.handlers.context import App, Services
from bot.terminal import console
from bot.terminal.prompt import Prompt
from bot.terminal.screen import Screen
from bot.texts.catalogue import Texts
from bot.texts.keys import Key
from index import (
    IndexUnavailable,
    NothingToIndex,
    Progress,
    WenChuError,
)
from index.settings import without_credentials

log = logging.getLogger("bot")

SWITCH_SECONDS = 0.0005
"""After which a thread that works lets another one work. An answer in a chat passes through several
threads, and would wait for the page's as often: 10 times as long by Python's default."""


def report_no_page(error: PageUnavailable, texts: Texts) -> int:
    sentence = texts.say(Key.LAUNCH_NO_PAGE, listen=error.listen, detail=error.detail)
    print(sentence, file=sys.stderr)
    return 1


def run_watch(parts: Parts) -> int:
    """Keeps the index up to date with the folder of articles until the process is told to stop.

    Returns:
        The exit code.
    """
    logs.start(logging.WARNING)
    print(parts.catalogue.default.say(Key.LAUNCH_WATCHING, seeds=parts.index_settings.seeds))
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_watch_only(parts))
    return 0


async def _watch_only(parts: Parts) -> None:
    teller = Teller(
        functools.partial(print, flush=True),
        functools.partial(print, file=sys.stderr, flush=True),
    )
    seeds, texts = parts.index_settings.seeds, parts.catalogue.default
    await Following(seeds, parts.admin_desk, texts, teller, Skips()).until(_stopping())


def run_console(parts: Parts, source: TextIO, out: Console, err: Console) -> int:
    """Chats at the terminal, or with the lines of a pipe.

    Returns:
        The exit code.
    """
    for stream in (source, out.file, err.file):
        if isinstance(stream, TextIOWrapper):
            # A terminal of another encoding, or half a character pasted, is no reason to fail.
            stream.reconfigure(errors="replace")
    texts = parts.catalogue.default
    if not source.isatty():
        screen = Screen(out, err, texts)
        return _chat(parts, screen, interactive=False).run(console.piped_lines(source.buffer))
    screen, skips = Screen(out, err, texts, parts.links), Skips()
    prompt = Prompt(texts.say(Key.CONSOLE_PROMPT), err, screen.note)
    following = _following(parts, prompt, skips) if parts.settings.watch else None
    return _chat(parts, screen, True, skips, following).run(prompt.lines())


def _chat(
    parts: Parts,
    screen: Screen,
    interactive: bool,
    skips: Skips | None = None,
    following: Following | None = None,
) -> console.Chat:
    return console.Chat(
        parts.desk,
        parts.admin_desk,
        screen,
        interactive,
        str(parts.index_settings.seeds),
        skips,
        following.beside() if following else None,
    )


def _following(parts: Parts, prompt: Prompt, skips: Skips) -> Following:
    """Returns what follows the folder of articles beside a chat, whose event loop stands still at
    times."""
    seeds, texts = parts.index_settings.seeds, parts.catalogue.default
    # Missing articles are reported at the start already.
    known = texts.error(NothingToIndex(seeds))
    teller = Teller(prompt.tell, prompt.tell)
    admin_desk = parts.admin_desk.for_another_loop()
    return Following(seeds, admin_desk, texts, teller, skips, known)


def run_telegram(parts: Parts) -> int:
    """Answers on Telegram until the process is told to stop.

    Returns:
        The exit code.
    """
    settings = parts.settings
    addresses = (settings.api_url, settings.proxy, settings.webhook_url)
    logs.start(logging.INFO, settings.token.get_secret_value(), *addresses)
    texts = parts.catalogue.default
    if parts.site:
        sys.setswitchinterval(SWITCH_SECONDS)
    try:
        asyncio.run(_telegram(parts))
    except InvalidToken:
        # The library's message holds the token.
        print(texts.say(Key.LAUNCH_WRONG_TOKEN), file=sys.stderr)
        return UNUSABLE_SETTING
    except BadRequest as error:
        # All that is asked of Telegram before the first message follows from the settings.
        print(texts.say(Key.LAUNCH_REFUSED_SETTINGS, detail=error), file=sys.stderr)
        return UNUSABLE_SETTING
    except NetworkError as error:
        log.info("%s", error)
        address = without_credentials(parts.settings.api_url)
        print(texts.say(Key.LAUNCH_NO_NETWORK, address=address), file=sys.stderr)
        return 1
    except PageUnavailable as error:
        return report_no_page(error, texts)
    except OSError as error:
        listen = parts.settings.webhook_listen
        print(texts.say(Key.LAUNCH_NO_PORT, listen=listen, detail=error), file=sys.stderr)
        return UNUSABLE_SETTING if _is_not_ours(error) else 1
    except Exception:
        # Python's own report of an uncaught error would not leave out the token.
        log.exception("The bot stopped.")
        print(texts.say(Key.LAUNCH_FAILED), file=sys.stderr)
        return 1
    return 0


def _is_not_ours(error: OSError) -> bool:
    """Returns whether an address to listen on is not this machine's; a taken port may get free."""
    return isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL


async def _telegram(parts: Parts) -> None:
    stop = _stopping()
    services = parts.services(app.EDIT_SECONDS)
    async with contextlib.AsyncExitStack() as serving:
        for site in (parts.site, monitoring.site_of(parts, services.polls)):
            if site:
                await serving.enter_async_context(site.serving())
        alive = asyncio.create_task(service_manager.report_alive())
        try:
            await _answer(parts, services, stop)
        finally:
            alive.cancel()


async def _answer(parts: Parts, services: Services, stop: asyncio.Event) -> None:
    """Answers until `stop` is set; meanwhile builds a first index, follows the folder of articles
    and deletes what is old."""
    telegram = app.application(parts.settings, services, parts.inbox)

    def begin(task: BackgroundTask, run: Callable[[], Awaitable[None]]) -> asyncio.Task[None]:
        return asyncio.create_task(supervise(task, run, parts.admin_desk.health))

    first_build = begin(BackgroundTask.FIRST_BUILD, lambda: prepare(parts))
    tidying = begin(
        BackgroundTask.TIDYING,
        lambda: retention.tidy(
            parts.exchanges,
            parts.inbox,
            parts.contributions,
            parts.pruning_clock,
            parts.settings.keep_days,
        ),
    )
    following = begin(BackgroundTask.WATCHING, lambda: _follow_folder(parts, telegram, services))
    try:
        await app.serve(telegram, parts.settings, stop, first_build)
    finally:
        tidying.cancel()
        following.cancel()
        await parts.admin_desk.close()
        first_build.cancel()
        await asyncio.wait({first_build, following})


def _stopping() -> asyncio.Event:
    """Returns an event that is set when the process is told to stop."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # on Windows, Ctrl-C raises instead
            loop.add_signal_handler(name, stop.set)
    return stop


async def _follow_folder(parts: Parts, telegram: App, services: Services) -> None:
    """Requests a build whenever the folder of articles has changed, if the settings say so."""
    if not parts.settings.watch:
        return
    while not telegram.running:  # noqa: ASYNC110 - the library has no event for it
        # Nobody could be informed yet of what the first build skips.
        await asyncio.sleep(AGAIN_SECONDS)

    async with asyncio.TaskGroup() as builds:

        def changed() -> None:
            build = admin_notices.build_unattended(
                telegram.bot, services, parts.admin_desk.request_build()
            )
            builds.create_task(build)

        await folder_watch.watch(parts.index_settings.seeds, changed, parts.own_changes)


async def prepare(parts: Parts) -> None:
    """Builds an index if there is no sound one, and loads it; logs what it found and how it
    goes."""
    try:
        live = await parts.admin_desk.examine()
        for sentence in (str(live),) if isinstance(live, IndexUnavailable) else live.faults:
            log.warning("%s", sentence)
        async with aclosing(parts.admin_desk.prepare()) as steps:
            stage = None
            async for step in steps:
                if isinstance(step, Progress) and step.stage is not stage:
                    stage = step.stage
                    log.info("Building the index: %s", stage)
        await parts.desk.warm()
    except NothingToIndex as error:
        log.error("%s Then send /reindex to the bot.", error)
    except WenChuError as error:
        log.error("%s", error)
