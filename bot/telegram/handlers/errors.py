"""What happens when a handler fails: the log comes first, then the person."""

import logging

from telegram import Update
from telegram.error import Forbidden, TelegramError

from bot.errors import BuildStopped, DeskError, FetchError, StoreError
from bot.state.database import log_failure
from bot.telegram.delivery.retrying import outcome_unknown
from bot.telegram.handlers.context import Context, reply
from bot.telegram.handlers.deliver import answer
from bot.telegram.messages import replies
from index import (
    AlreadyKept,
    BuildError,
    BuildRunning,
    LibraryFull,
    NoEarlierGeneration,
    NoSuchArticle,
    UnreadableFile,
    WenChuError,
)

log = logging.getLogger(__name__)


async def failed(update: object, context: Context) -> None:
    """Logs the failure, and informs the person who asked."""
    error = context.error
    user = update.effective_user if isinstance(update, Update) else None
    write(error, user.id if user else None)
    # Somebody who blocked the bot or threw it out cannot be told; and what timed out may have
    # been sent, so that an apology could follow an answer.
    if error is None or isinstance(error, Forbidden) or outcome_unknown(error):
        return
    if not isinstance(update, Update):
        return
    if update.callback_query:
        await answer(update.callback_query, context.texts.error(error))
        return
    if update.effective_message is None or update.guest_message:
        return  # what is said as a guest is told by its own handler
    try:
        await reply(update, replies.plain(context.texts.error(error)), quoting=True)
    except TelegramError as failure:
        log.warning("The person could not be told: %s", failure)


_ORDINARY = (
    AlreadyKept,
    BuildRunning,
    BuildStopped,
    DeskError,
    FetchError,
    Forbidden,
    LibraryFull,
    NoEarlierGeneration,
    NoSuchArticle,
    UnreadableFile,
)
"""What people are refused day by day: nobody has to look after it."""


def write(error: Exception | None, person: int | None = None) -> None:
    """Logs a failure: an expected one in one line, any other with its traceback.

    Args:
        person: whom it was refused; None where nobody asked.
    """
    if isinstance(error, _ORDINARY):
        log.info("%s", error if person is None else f"Refused to user {person}: {error}")
    elif isinstance(error, StoreError):
        log_failure(log, error)
    elif isinstance(error, WenChuError):
        # A build that failed for no reason of its own was stopped by something below it.
        log.error("%s", error, exc_info=error if type(error) is BuildError else None)
    else:
        log.error("A handler failed.", exc_info=error)
