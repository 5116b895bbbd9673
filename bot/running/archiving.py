"""Backups from the command line."""

import sys
from pathlib import Path

from bot.errors import BackupError, StoreError
from bot.settings import BotSettings
from bot.state.backup import back_up
from bot.state.restore import RESTORED_SETTINGS, restore
from bot.texts.catalogue import Texts
from bot.texts.keys import Key
from index import IndexSettings


def run_backup(
    settings: BotSettings, index_settings: IndexSettings, texts: Texts, file: Path
) -> int:
    """Writes a backup. Returns the exit code."""
    try:
        report = back_up(settings, index_settings, file)
    except BackupError as error:
        return _failed(error, texts)
    megabytes = f"{report.bytes / 1e6:.1f}"
    print(texts.say(Key.BACKUP_WRITTEN, path=file, articles=report.articles, megabytes=megabytes))
    return 0


def run_restore(settings: IndexSettings, texts: Texts, file: Path, force: bool) -> int:
    """Restores a backup. Returns the exit code."""
    try:
        report = restore(settings, file, force)
    except BackupError as error:
        return _failed(error, texts)
    except StoreError as error:
        print(texts.unusable_state(error), file=sys.stderr)
        return 1
    place = settings.data / RESTORED_SETTINGS
    print(texts.say(Key.BACKUP_RESTORED, articles=report.articles, settings=place))
    return 0


def _failed(error: BackupError, texts: Texts) -> int:
    print(texts.say(error.fault, detail=error.detail), file=sys.stderr)
    return 1
