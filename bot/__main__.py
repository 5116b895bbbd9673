"""`python -m bot`: the bot on Telegram where there is a token, else a chat in the terminal.

`python -m bot watch` keeps the index up to date with the folder of articles.
"""

import argparse
import contextlib
import logging
import os
import sys
from collections.abc import Sequence

from rich.console import Console

from bot import logs
from bot.composition import compose
from bot.errors import PageUnavailable, StoreError
from bot.running.channels import report_no_page, run_console, run_telegram, run_watch
from bot.settings import UNUSABLE_SETTING, BotSettings
from bot.state.database import Database
from bot.texts.catalogue import Catalogue
from index import (
    IndexSettings,
    SettingsError,
)
from index.settings import unknown_settings


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the bot, or watches the folder of articles.

    Args:
        arguments: those of the command line without them.

    Returns:
        The exit code: 0 after a farewell, 1 if it could not start or nobody reads its answers any
        more, UNUSABLE_SETTING if a setting cannot be used.
    """
    watching_only = _parser().parse_args(arguments).command == "watch"
    try:
        settings, index_settings = BotSettings.load(), IndexSettings.load()
    except SettingsError as error:
        # In one language, that of the values that are expected: no other is known yet.
        print(error, file=sys.stderr)
        return UNUSABLE_SETTING
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
        return report_no_page(error, parts.catalogue.default)
    except BrokenPipeError:
        # Whoever read has left. What is still to be written goes nowhere: Python writes it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="wenchu", description="Answer questions with quotes.")
    commands = parser.add_subparsers(dest="command", metavar="command")
    commands.add_parser("watch", help="keep the index up to date with the folder of articles")
    return parser


if __name__ == "__main__":
    sys.exit(main())
