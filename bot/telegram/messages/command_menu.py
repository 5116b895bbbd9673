"""The bot's profile on Telegram: its commands by scope, and its descriptions by language."""

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

from bot.texts.catalogue import Catalogue, Texts
from bot.texts.keys import Key

log = logging.getLogger(__name__)

# A key is "command." and the command itself.
FOR_GROUPS = (Key.COMMAND_ASK, Key.COMMAND_SOURCE, Key.COMMAND_HELP)
FOR_ALL = (
    Key.COMMAND_ASK,
    Key.COMMAND_SOURCE,
    Key.COMMAND_HELP,
    Key.COMMAND_FORGET,
    Key.COMMAND_START,
)
FOR_ADMINS_ONLY = (
    Key.COMMAND_ADD,
    Key.COMMAND_REMOVE,
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


def names(keys: Iterable[Key]) -> list[str]:
    """Returns the names of commands."""
    return [key.partition(".")[2] for key in keys]


async def publish(bot: ExtBot[int], catalogue: Catalogue) -> None:
    """Publishes the bot's descriptions, and the commands for everybody.

    Skips what is up to date. Only logs a failure.
    """
    try:
        await _publish(bot, BotCommandScopeAllPrivateChats(), FOR_ALL, catalogue)
        await _publish(bot, BotCommandScopeAllGroupChats(), FOR_GROUPS, catalogue)
        for texts, language in _languages(catalogue):
            await _describe(bot, texts, language)
    except TelegramError as error:
        log.warning("The bot could not be described to Telegram: %s", error)


async def publish_to_admin(bot: ExtBot[int], catalogue: Catalogue, admin: int) -> None:
    """Publishes an administrator's commands. Only logs a failure.

    Telegram refuses this for a person who has never written to the bot.
    """
    try:
        await _publish(bot, BotCommandScopeChat(admin), FOR_ALL + FOR_ADMINS_ONLY, catalogue)
    except TelegramError as error:
        log.warning("Commands for an administrator could not be published: %s", error)


def _languages(catalogue: Catalogue) -> list[tuple[Texts, str | None]]:
    """Returns the sentences for each language of the profile; None stands for all others."""
    return [(catalogue.default, None), *((texts, texts.locale) for texts in catalogue.all())]


async def _publish(
    bot: ExtBot[int], scope: BotCommandScope, commands: Iterable[Key], catalogue: Catalogue
) -> None:
    for texts, language in _languages(catalogue):
        offered = tuple(BotCommand(key.partition(".")[2], texts.say(key)) for key in commands)
        if offered != await bot.get_my_commands(scope=scope, language_code=language):
            await bot.set_my_commands(offered, scope=scope, language_code=language)


async def _describe(bot: ExtBot[int], texts: Texts, language: str | None) -> None:
    """Publishes the text of an empty chat with the bot, and of its profile."""
    description, about = texts.say(Key.PROFILE_DESCRIPTION), texts.say(Key.PROFILE_ABOUT)
    if description != (await bot.get_my_description(language)).description:
        await bot.set_my_description(description, language)
    if about != (await bot.get_my_short_description(language)).short_description:
        await bot.set_my_short_description(about, language)
