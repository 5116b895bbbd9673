"""What happens when a handler fails: first the log, then the person."""

import logging

from telegram import Update
from telegram.error import Forbidden, TelegramError

from bot import replies
from bot.context import Context, reply
from bot.errors import DeskError
from index import WenChuError

log = logging.getLogger(__name__)


async def failed(update: object, context: Context) -> None:
    """Log the failure, and tell the person who asked."""
    error = context.error
    _log(error)
    # Somebody who blocked the bot or threw it out cannot be told.
    if error is None or isinstance(error, Forbidden):
        return
    if not isinstance(update, Update) or update.effective_message is None:
        return
    try:
        await reply(update, replies.plain(context.texts.error(error)))
    except TelegramError as failure:
        log.warning("The person could not be told: %s", failure)


def _log(error: Exception | None) -> None:
    if isinstance(error, (DeskError, Forbidden)):
        log.info("%s", error)
    elif isinstance(error, WenChuError):
        log.error("%s", error)
    else:
        log.error("A handler failed.", exc_info=error)
