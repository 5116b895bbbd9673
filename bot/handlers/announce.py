"""What administrators are told on the bot's own account."""

from contextlib import suppress

from telegram.error import TelegramError
from telegram.ext import ExtBot

from bot import replies
from bot.context import Services
from bot.errors import BuildStopped
from bot.handlers import errors
from bot.reindexing import Waiting


async def tell_admins(bot: ExtBot[int], services: Services, text: str) -> None:
    """Send every administrator who can be written to a text."""
    for admin in await services.office.reachable_admins():
        # An administrator who has blocked the bot keeps nobody else from being told.
        # RuntimeError: the bot has not reached Telegram yet.
        with suppress(TelegramError, RuntimeError):
            await bot.send_message(admin, replies.plain(text)[0], parse_mode="HTML")


async def warn(bot: ExtBot[int], services: Services, error: Exception, told: str) -> None:
    """Log a failure that nobody waits for, and tell the administrators; only once, until all goes
    well again."""
    errors.write(error)
    if told not in services.announced:
        services.announced.add(told)
        await tell_admins(bot, services, told)


async def build_unattended(bot: ExtBot[int], services: Services, build: Waiting) -> None:
    """See to a build that nobody waits for."""
    try:
        async for _ in build.steps():
            pass
    except BuildStopped as error:
        errors.write(error)  # whoever called it off knows
    except Exception as error:
        await warn(bot, services, error, services.catalogue.default.error(error))
    else:
        services.announced.clear()
