"""A message that is edited while work goes on."""

import logging
import time
from collections.abc import Callable

from telegram import InlineKeyboardMarkup, Message
from telegram.error import TelegramError

from bot.telegram.messages import replies

log = logging.getLogger(__name__)


class Notice:
    """A reply that is edited as work goes on: not too often, never without a change."""

    def __init__(
        self,
        asked: Message,
        seconds: float,
        clock: Callable[[], float] = time.monotonic,
        sent: Message | None = None,
    ) -> None:
        """
        Args:
            asked: the message replied to.
            seconds: the shortest time between two edits.
            clock: tells the time in seconds.
            sent: a message of the bot that becomes the notice.
        """
        self._asked = asked
        self._seconds = seconds
        self._clock = clock
        self._sent = sent
        self._text = ""
        self._when = 0.0

    async def show(self, text: str) -> None:
        """Shows a state, unless another was shown a moment ago. Only logs a failure."""
        due = self._sent is None or self._clock() - self._when >= self._seconds
        if not due or text == self._text:
            return
        try:
            await self._put(text)
        except TelegramError as error:
            log.warning("A progress message could not be shown: %s", error)
        self._when = self._clock()

    async def finish(self, text: str, buttons: InlineKeyboardMarkup | None = None) -> None:
        """Shows the last state, with buttons; in a new message where editing fails."""
        first, *rest = replies.plain(text)
        if self._text != text or buttons:
            try:
                await self._put(text, buttons)
            except TelegramError as error:
                log.warning("A last state could not be shown: %s", error)
                await self._say(first, buttons)
        for piece in rest:
            await self._say(piece)

    async def _say(self, html: str, buttons: InlineKeyboardMarkup | None = None) -> Message:
        return await self._asked.reply_html(html, reply_markup=buttons)

    async def _put(self, text: str, buttons: InlineKeyboardMarkup | None = None) -> None:
        first = replies.plain(text)[0]
        # Whatever comes of the call, Telegram may have shown it: it is not tried again.
        self._text = text
        if self._sent is None:
            self._sent = await self._say(first, buttons)
        else:
            await self._sent.edit_text(first, parse_mode="HTML", reply_markup=buttons)
