"""Notices to administrators that nobody asked for."""

import logging
from collections.abc import Sequence
from contextlib import suppress

from telegram import Update
from telegram.error import TelegramError
from telegram.ext import ExtBot

from bot.admin.build_queue import Waiting
from bot.errors import BuildStopped, StoreError
from bot.telegram.handlers import errors
from bot.telegram.handlers.context import Services
from bot.telegram.messages import replies
from bot.texts.keys import Key
from index import BuildReport, NothingToIndex, SkippedFile

log = logging.getLogger(__name__)


async def tell_admins(bot: ExtBot[int], services: Services, text: str) -> bool:
    """Sends a text to every administrator who can be reached.

    Returns:
        Whether it reached any of them.
    """
    reached = False
    try:
        admins = await services.admin_desk.reachable_admins()
    except StoreError as error:
        errors.write(error)
        return False
    for admin in admins:
        # One administrator may have blocked the bot; the others are still informed.
        # RuntimeError: the bot has not reached Telegram yet.
        with suppress(TelegramError, RuntimeError):
            await bot.send_message(admin, replies.plain(text)[0], parse_mode="HTML")
            reached = True
    return reached


async def warn(bot: ExtBot[int], services: Services, error: Exception, text: str) -> None:
    """Logs a failure that nobody waits for, and informs the administrators.

    Does so only once, until all goes well again.
    """
    errors.write(error)
    if text not in services.announced:
        services.announced.add(text)
        await tell_admins(bot, services, text)


async def report_set_aside(
    bot: ExtBot[int], services: Services, updates: Sequence[Update | None]
) -> None:
    """Informs administrators and senders of updates that are not handled."""
    if not updates:
        return
    text = services.catalogue.default.say(Key.ADMIN_SET_ASIDE_NOW, count=len(updates))
    await tell_admins(bot, services, text)
    for update in updates:
        message = update.message if update else None
        if message:
            user = message.from_user
            texts = services.catalogue.of(user.language_code if user else None)
            with suppress(TelegramError):
                await message.reply_html(replies.plain(texts.say(Key.ASK_SET_ASIDE))[0])


async def build_unattended(bot: ExtBot[int], services: Services, build: Waiting) -> None:
    """Runs a build that nobody waits for; reports each file that it skips, once."""
    report = None
    try:
        async for step in build.steps():
            report = step
    except BuildStopped as error:
        errors.write(error)  # who cancelled it knows
    except Exception as error:
        await warn(bot, services, error, services.catalogue.default.error(error))
        if isinstance(error, NothingToIndex):
            services.skips.news(error.skipped)  # the sentence has named them
    else:
        services.announced.clear()
        if isinstance(report, BuildReport):
            await _tell_skipped(bot, services, report.skipped)


async def _tell_skipped(bot: ExtBot[int], services: Services, files: Sequence[SkippedFile]) -> None:
    """Informs the administrators of newly skipped files; the log has all skipped files."""
    news = services.skips.news(files)
    for file in news.skipped:
        log.warning("%s is skipped: %s", file.path, file.detail)
    lines = services.catalogue.default.skipped(news.skipped)
    if lines and not await tell_admins(bot, services, "\n".join(lines)):
        services.skips.forget(news.skipped)
