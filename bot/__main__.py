"""`python -m bot`: the bot on Telegram where there is a token, else a chat in the terminal.

`python -m bot watch` keeps the index up to date with the folder of articles;
`python -m bot backup FILE` and `python -m bot restore FILE` write and restore a backup.
"""

import argparse
import contextlib
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from bot import logs
from bot.composition import compose
from bot.errors import PageUnavailable, StoreError
from bot.running.archiving import run_backup, run_restore
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
    """Runs the bot, watches the folder of articles, or writes or restores a backup.

    Args:
        arguments: those of the command line without them.

    Returns:
        The exit code: 0 after a farewell, 1 if it could not start or nobody reads its answers any
        more, UNUSABLE_SETTING if a setting cannot be used.
    """
    parsed = _parser().parse_args(arguments)
    try:
        settings, index_settings = BotSettings.load(), IndexSettings.load()
    except SettingsError as error:
        # In one language, that of the values that are expected: no other is known yet.
        print(error, file=sys.stderr)
        return UNUSABLE_SETTING
    texts = Catalogue.load(settings.locale).default
    for unknown in unknown_settings(BotSettings, IndexSettings):
        print(texts.unknown_setting(unknown), file=sys.stderr)
    if parsed.command == "backup":
        return run_backup(settings, index_settings, texts, parsed.file)
    if parsed.command == "restore":
        return run_restore(index_settings, texts, parsed.file, parsed.force)
    is_watching = parsed.command == "watch"
    try:
        parts = compose(settings, index_settings, database=Database() if is_watching else None)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return UNUSABLE_SETTING
    except StoreError as error:
        print(texts.unusable_state(error), file=sys.stderr)
        return 1
    if is_watching:
        return run_watch(parts)
    if settings.token.get_secret_value():
        return run_telegram(parts)
    logs.start(logging.WARNING)
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
    backing_up = commands.add_parser("backup", help="write articles, words and state to a file")
    backing_up.add_argument("file", type=Path, help="the backup, such as wenchu.tar.gz")
    restoring = commands.add_parser("restore", help="restore what a backup holds")
    restoring.add_argument("file", type=Path, help="the backup")
    restoring.add_argument("--force", action="store_true", help="replace what is there")
    return parser


if __name__ == "__main__":
    sys.exit(main())
