"""How updates come in: asked for, or brought to a webhook."""

import asyncio
import hashlib
import hmac
import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from urllib.parse import urlsplit

from telegram.constants import UpdateType
from telegram.error import InvalidToken, TelegramError
from telegram.ext import Updater

from bot.core.open_files import connections_within, open_files_limit
from bot.settings import BotSettings
from bot.telegram.delivery import webhook_connections
from bot.telegram.delivery.polls import Polls

log = logging.getLogger(__name__)

POLL = timedelta(seconds=10)
CHECK_SECONDS = 5.0
"""Time between two looks at whether polls are answered."""
LONGEST_SILENCE = 60.0
"""Seconds without an answered poll after which polling begins anew."""
STOP_SECONDS = 20.0
"""How long the end of polling that hangs is waited for."""
# What no handler is for is not asked for.
UPDATES = [
    UpdateType.MESSAGE,
    UpdateType.EDITED_MESSAGE,
    UpdateType.CALLBACK_QUERY,
    UpdateType.INLINE_QUERY,
    UpdateType.GUEST_MESSAGE,
]
_OF_CHANNELS = [UpdateType.CHANNEL_POST, UpdateType.EDITED_CHANNEL_POST]


def wanted_updates(settings: BotSettings) -> list[UpdateType]:
    """What Telegram is asked for; posts only where channels are listed."""
    return [*UPDATES, *(_OF_CHANNELS if settings.channels else ())]


async def receive(updater: Updater, settings: BotSettings) -> None:
    """Begin to receive updates, as the settings say.

    Raises:
        telegram.error.TelegramError: Telegram does not take the webhook.
        OSError: the webhook's port cannot be opened.
    """
    if settings.webhook_url:
        await _listen(updater, settings)
    else:
        await _poll(updater, settings, settings.drop_pending)


async def _poll(
    updater: Updater, settings: BotSettings, drop_pending: bool, retries: int = 0
) -> None:
    await updater.start_polling(
        timeout=POLL,
        bootstrap_retries=retries,
        allowed_updates=wanted_updates(settings),
        drop_pending_updates=drop_pending,
        error_callback=_polling_failed,
    )


async def keep_polling(
    updater: Updater, settings: BotSettings, polls: Polls, note_failure: Callable[[], None]
) -> None:
    """Begins to poll anew whenever Telegram has answered no poll for long, until it is cancelled.

    Args:
        note_failure: is called each time.

    Raises:
        telegram.error.InvalidToken: Telegram does not accept the token any more.
    """
    polls.begin()
    while True:
        await asyncio.sleep(CHECK_SECONDS)
        if polls.is_refused:
            raise InvalidToken
        silence = polls.silence()
        if silence <= LONGEST_SILENCE:
            continue
        log.warning("No poll has been answered for %.0f s: polling begins anew.", silence)
        note_failure()
        with suppress(TimeoutError):
            async with asyncio.timeout(STOP_SECONDS):
                await updater.stop()
        await _poll(updater, settings, drop_pending=False, retries=-1)
        polls.begin()


async def _listen(updater: Updater, settings: BotSettings) -> None:
    host, port = settings.webhook_address
    await updater.start_webhook(
        listen=host,
        port=port,
        url_path=urlsplit(settings.webhook_url).path.lstrip("/"),
        webhook_url=settings.webhook_url,
        secret_token=webhook_secret(settings),
        allowed_updates=wanted_updates(settings),
        drop_pending_updates=settings.drop_pending,
    )
    most = connections_within(open_files_limit(), webhook_connections.MOST_CONNECTIONS)
    webhook_connections.bound(updater._httpd._http_server, most)  # type: ignore[union-attr]
    log.info("Listening on %s:%d for %s", host, port, settings.webhook_url)


def webhook_secret(settings: BotSettings) -> str:
    """What Telegram has to show with each update; where none is set, one that follows from the
    token: a webhook without a secret would take anybody's word."""
    if chosen := settings.webhook_secret.get_secret_value():
        return chosen
    token = settings.token.get_secret_value().encode()
    return hmac.new(token, b"webhook", hashlib.sha256).hexdigest()


def _polling_failed(error: TelegramError) -> None:
    # The library tries again by itself; a traceback for each attempt would bury the log.
    log.warning("Telegram could not be asked for messages: %s", error)
