"""`python -m bot`: the bot on Telegram where there is a token, else a chat in the terminal.

`python -m bot watch` keeps the index up to date with the folder of articles.
"""

import argparse
import asyncio
import contextlib
import functools
import logging
import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from io import TextIOWrapper
from typing import TYPE_CHECKING, TextIO

from rich.console import Console
from telegram.error import InvalidToken, NetworkError

from bot import app, console, housekeeping, logs, watching
from bot.builds import Builder, BuildSteps
from bot.context import App, Services
from bot.contributions import Contributions, Intake
from bot.desk import AnsweringLibrary, Desk
from bot.downloads import Downloads
from bot.drafts import Drafts
from bot.errors import PageUnavailable, StoreError
from bot.exchanges import Exchanges
from bot.fetching import Bounds, Fetcher
from bot.figures import Figures
from bot.following import Following, Teller
from bot.handlers import announce
from bot.handles import Handles
from bot.inbox import Inbox
from bot.keys import Key
from bot.limits import Limits
from bot.links import SourceLinks
from bot.office import Office, Tools
from bot.prompt import Prompt
from bot.reindexing import AGAIN_SECONDS, PAUSE_SECONDS
from bot.rights import Rights
from bot.screen import Screen
from bot.seats import Seats
from bot.settings import BotSettings
from bot.skips import Skips
from bot.store import Database
from bot.texts import Catalogue, Texts
from index import (
    BuildReport,
    IndexSettings,
    IndexUnavailable,
    NothingToIndex,
    SettingsError,
    WenChuError,
    add_synonyms,
    add_word,
    build,
    discard_article,
    keep_article,
    open_library,
    put_article,
    rollback,
)
from index.settings import unknown_settings

if TYPE_CHECKING:
    from bot.web.server import Site

log = logging.getLogger("bot")

STATE = "bot.sqlite3"
"""The file of the bot's state, in the folder of the index."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What the channels are made of.

    Attributes:
        settings, index_settings: as loaded.
        catalogue: the sentences.
        desk: answers.
        office: looks after the index.
        exchanges: keeps questions and answers.
        inbox: keeps what was received on Telegram.
        contributions: takes articles in and out.
        fetcher: fetches what links lead to.
        links: lead from citations to their articles.
        site: the built-in page, where there is to be one.
    """

    settings: BotSettings
    index_settings: IndexSettings
    catalogue: Catalogue
    desk: Desk
    office: Office
    exchanges: Exchanges
    inbox: Inbox
    contributions: Contributions
    fetcher: Fetcher
    links: SourceLinks
    site: "Site | None"

    def services(self, edit_seconds: float) -> Services:
        """What the handlers on Telegram share.

        Args:
            edit_seconds: a progress message is edited at most once in this time.
        """
        return Services(
            self.desk,
            self.office,
            self.contributions,
            self.fetcher,
            Downloads(self.fetcher.largest, self.settings.proxy),
            self.catalogue,
            edit_seconds,
            self.settings.log_questions,
            self.links,
        )


def compose(
    settings: BotSettings,
    index_settings: IndexSettings,
    library: AnsweringLibrary | None = None,
    build_index: Callable[[], BuildSteps] | None = None,
    roll_back: Callable[[], str] | None = None,
    database: Database | None = None,
    fetcher: Fetcher | None = None,
    build_pause: float = PAUSE_SECONDS,
) -> Parts:
    """Put the bot together, of its real parts unless others are given.

    Raises:
        StoreError: the bot's state cannot be used.
    """
    on_telegram = bool(settings.token.get_secret_value())
    # Whoever sits at the terminal could as well run `python -m index build`.
    at_terminal = Rights(admins=frozenset({console.PERSON.person}))
    rights = Rights(settings.admins, settings.chats) if on_telegram else at_terminal
    library = library or open_library(index_settings)
    database = database or Database(index_settings.data / STATE if on_telegram else None)
    # Other processes of the same bot may use the same folder.
    seats = Seats(database.folder) if on_telegram and database.folder else None
    exchanges = Exchanges(database)
    office = Office(
        library,
        Builder(build_index or functools.partial(build, index_settings), index_settings.data),
        rights,
        Tools(
            roll_back or functools.partial(rollback, index_settings),
            functools.partial(add_word, index_settings),
            functools.partial(add_synonyms, index_settings),
        ),
        Figures(database),
        build_pause,
    )
    limits = Limits(settings.questions_per_minute if on_telegram else None)
    desk = Desk(library, exchanges, rights, limits)
    catalogue = Catalogue.load(settings.locale)
    # On the page nobody is known, and nobody administers; a flood there holds up no chat.
    reading = Desk(
        library, exchanges, Rights(chats=settings.chats), Limits(settings.questions_per_minute)
    )
    intake = Intake(
        functools.partial(keep_article, index_settings),
        functools.partial(put_article, index_settings),
        functools.partial(discard_article, index_settings),
        functools.partial(discard_article, index_settings, is_replaced=True),
    )
    contributions = Contributions(
        intake, Handles(database), Drafts(database), rights, library, office
    )
    fetcher = fetcher or Fetcher(Bounds(bytes=int(index_settings.largest_file_mb * 1e6)))
    return Parts(
        settings,
        index_settings,
        catalogue,
        desk,
        office,
        exchanges,
        Inbox(database, seats=seats),
        contributions,
        fetcher,
        *_page(settings, reading, catalogue, database),
    )


def _page(
    settings: BotSettings, desk: Desk, catalogue: Catalogue, database: Database
) -> tuple[SourceLinks, "Site | None"]:
    """The built-in page and the links to it, where it is wanted."""
    if settings.web_address is None:
        return SourceLinks(), None
    # Its libraries cost nothing where nobody wants it.
    from bot.web.addresses import Addresses
    from bot.web.application import application
    from bot.web.grants import Grants, kept_key
    from bot.web.server import Site

    grants = Grants(kept_key(database))
    addresses = Addresses(settings.web_url, grants)
    page = application(desk, catalogue, addresses, grants)
    return SourceLinks(addresses.of), Site(page, *settings.web_address, settings.web_proxies)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the bot, or watch the folder of articles.

    Args:
        arguments: those of the command line without them.

    Returns:
        The exit code: 0 after a farewell, 1 if it could not start or
        nobody reads its answers any more, 2 if a setting is wrong.
    """
    watching_only = _parser().parse_args(arguments).command == "watch"
    try:
        settings, index_settings = BotSettings.load(), IndexSettings.load()
    except SettingsError as error:
        texts = Catalogue.load("zh").default
        print(texts.say(Key.LAUNCH_BAD_SETTINGS, detail=error), file=sys.stderr)
        return 2
    texts = Catalogue.load(settings.locale).default
    for unknown in unknown_settings(BotSettings, IndexSettings):
        print(texts.unknown_setting(unknown), file=sys.stderr)
    if watching_only:
        return run_watch(compose(settings, index_settings, database=Database()))
    try:
        parts = compose(settings, index_settings)
    except StoreError as error:
        print(error, file=sys.stderr)
        return 1
    if settings.token.get_secret_value():
        return run_telegram(parts)
    logs.start("", logging.WARNING)
    # At the end of a pipe the page would be gone before anybody could open it.
    site = parts.site if sys.stdin.isatty() else None
    try:
        with site.serving_beside() if site else contextlib.nullcontext():
            return run_console(parts, sys.stdin, Console(), Console(stderr=True))
    except PageUnavailable as error:
        return _without_page(error, parts.catalogue.default)
    except BrokenPipeError:
        # Whoever read has left. What is still to be written goes nowhere: Python writes it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _without_page(error: PageUnavailable, texts: Texts) -> int:
    told = texts.say(Key.LAUNCH_NO_PAGE, listen=error.listen, detail=error.detail)
    print(told, file=sys.stderr)
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="wenchu", description="Answer questions with quotes.")
    commands = parser.add_subparsers(dest="command", metavar="command")
    commands.add_parser("watch", help="keep the index up to date with the folder of articles")
    return parser


def run_watch(parts: Parts) -> int:
    """Keep the index up to date with the folder of articles until the process is told to stop.

    Returns:
        The exit code.
    """
    logs.start("", logging.WARNING)
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
    await Following(seeds, parts.office, texts, teller, Skips()).until(_stopping())


def run_console(parts: Parts, source: TextIO, out: Console, err: Console) -> int:
    """Chat at the terminal, or with the lines of a pipe.

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
        parts.office,
        screen,
        interactive,
        str(parts.index_settings.seeds),
        skips,
        following.beside() if following else None,
    )


def _following(parts: Parts, prompt: Prompt, skips: Skips) -> Following:
    """What follows the folder of articles beside a chat, whose event loop stands still at times."""
    seeds, texts = parts.index_settings.seeds, parts.catalogue.default
    # That there are no articles is told at the start already.
    known = texts.error(NothingToIndex(seeds))
    teller = Teller(prompt.tell, prompt.tell)
    office = parts.office.for_another_loop()
    return Following(seeds, office, texts, teller, skips, known)


def run_telegram(parts: Parts) -> int:
    """Answer on Telegram until the process is told to stop.

    Returns:
        The exit code.
    """
    logs.start(parts.settings.token.get_secret_value(), logging.INFO)
    texts = parts.catalogue.default
    try:
        asyncio.run(_telegram(parts))
    except InvalidToken:
        # The library's message holds the token.
        print(texts.say(Key.LAUNCH_WRONG_TOKEN), file=sys.stderr)
        return 1
    except NetworkError as error:
        log.info("%s", error)
        address = parts.settings.api_url
        print(texts.say(Key.LAUNCH_NO_NETWORK, address=address), file=sys.stderr)
        return 1
    except PageUnavailable as error:
        return _without_page(error, texts)
    except OSError as error:
        listen = parts.settings.webhook_listen
        print(texts.say(Key.LAUNCH_NO_PORT, listen=listen, detail=error), file=sys.stderr)
        return 1
    except Exception:
        # Python's own report of an uncaught error would not leave out the token.
        log.exception("The bot stopped.")
        print(texts.say(Key.LAUNCH_FAILED), file=sys.stderr)
        return 1
    return 0


async def _telegram(parts: Parts) -> None:
    stop = _stopping()
    async with parts.site.serving() if parts.site else contextlib.nullcontext():
        await _answer(parts, stop)


async def _answer(parts: Parts, stop: asyncio.Event) -> None:
    """Answer until `stop` is set; build a first index, follow the folder of articles and delete
    what is old meanwhile."""
    services = parts.services(app.EDIT_SECONDS)
    first_build = asyncio.create_task(prepare(parts))
    tidying = asyncio.create_task(
        housekeeping.tidy(
            parts.exchanges, parts.inbox, parts.contributions, parts.settings.keep_days
        )
    )
    telegram = app.application(parts.settings, services, parts.inbox)
    following = asyncio.create_task(_follow_folder(parts, telegram, services))
    try:
        await app.serve(telegram, parts.settings, stop, first_build)
    finally:
        tidying.cancel()
        following.cancel()
        await parts.office.close()
        await first_build
        await asyncio.wait({following})


def _stopping() -> asyncio.Event:
    """An event that is set when the process is told to stop."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # on Windows, Ctrl-C raises instead
            loop.add_signal_handler(name, stop.set)
    return stop


async def _follow_folder(parts: Parts, telegram: App, services: Services) -> None:
    """Build whenever the folder of articles has changed, where the settings say so."""
    if not parts.settings.watch:
        return
    while not telegram.running:  # noqa: ASYNC110 - the library has no event for it
        # What the first build skips could be told to nobody yet.
        await asyncio.sleep(AGAIN_SECONDS)

    async with asyncio.TaskGroup() as builds:

        def changed() -> None:
            build = announce.build_unattended(telegram.bot, services, parts.office.request_build())
            builds.create_task(build)

        await watching.watch(parts.index_settings.seeds, changed)


async def prepare(parts: Parts) -> None:
    """Build an index if there is no sound one, and have it at hand; the log tells what was found
    and how it goes."""
    try:
        found = await parts.office.examine()
        for sentence in (str(found),) if isinstance(found, IndexUnavailable) else found.faults:
            log.warning("%s", sentence)
        async with aclosing(parts.office.prepare()) as steps:
            stage = None
            async for step in steps:
                if isinstance(step, BuildReport):
                    log.info("The index is built: %s", step)
                elif step.stage is not stage:
                    stage = step.stage
                    log.info("Building the index: %s", stage)
        await parts.desk.warm()
    except NothingToIndex as error:
        log.error("%s Then send /reindex to the bot.", error)
    except WenChuError as error:
        log.error("%s", error)


if __name__ == "__main__":
    sys.exit(main())
