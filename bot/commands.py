"""Which commands Telegram offers to whom, in which language."""

import logging
from collections.abc import Iterable

from telegram import (
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
)
from telegram.error import TelegramError
from telegram.ext import ExtBot

from bot.texts import Catalogue, Key, Texts

log = logging.getLogger(__name__)

# A key is "command." and the command itself.
FOR_GROUPS = (Key.COMMAND_ASK, Key.COMMAND_HELP)
FOR_ALL = (Key.COMMAND_ASK, Key.COMMAND_HELP, Key.COMMAND_FORGET, Key.COMMAND_START)
FOR_ADMINS = (
    *FOR_ALL,
    Key.COMMAND_REINDEX,
    Key.COMMAND_CANCEL,
    Key.COMMAND_ROLLBACK,
    Key.COMMAND_STATUS,
    Key.COMMAND_ARTICLES,
    Key.COMMAND_MISSES,
    Key.COMMAND_FEEDBACK,
    Key.COMMAND_STATS,
    Key.COMMAND_WORD,
    Key.COMMAND_SYNONYM,
)


async def publish(bot: ExtBot[int], catalogue: Catalogue) -> None:
    """Tell Telegram which commands everybody is offered. A failure is only logged."""
    await _publish(bot, BotCommandScopeAllPrivateChats(), FOR_ALL, catalogue)
    await _publish(bot, BotCommandScopeAllGroupChats(), FOR_GROUPS, catalogue)


async def publish_to_admin(bot: ExtBot[int], catalogue: Catalogue, admin: int) -> None:
    """Tell Telegram which commands an administrator is offered. A failure is only logged.

    Telegram refuses this for a person who has never written to the bot.
    """
    await _publish(bot, BotCommandScopeChat(admin), FOR_ADMINS, catalogue)


async def _publish(
    bot: ExtBot[int], scope: BotCommandScope, commands: Iterable[Key], catalogue: Catalogue
) -> None:
    languages: list[tuple[Texts, str | None]] = [(catalogue.default, None)]
    languages += [(texts, texts.locale) for texts in catalogue.all()]
    try:
        for texts, language in languages:
            offered = [BotCommand(key.partition(".")[2], texts.say(key)) for key in commands]
            await bot.set_my_commands(offered, scope=scope, language_code=language)
    except TelegramError as error:
        log.warning("Commands for %s could not be published: %s", scope.type, error)
