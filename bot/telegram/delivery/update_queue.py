"""Updates on their way to the handlers: bounded in number, kept, and each talk in its order."""

import asyncio
import json
import logging
import sys
from collections.abc import AsyncIterator, Awaitable, Hashable, Sequence
from contextlib import asynccontextmanager, nullcontext
from datetime import datetime
from typing import Any
from weakref import WeakValueDictionary

from telegram import Bot, Update
from telegram.ext import BaseUpdateProcessor

from bot.errors import StoreError
from bot.state.database import log_failure
from bot.state.update_inbox import MOST_DOUBT, Inbox
from bot.telegram.delivery.backlog import Backlog
from bot.telegram.messages.button_data import TextUse, decode

log = logging.getLogger(__name__)

UNBOUNDED = sys.maxsize

DOUBT, DOUBT_AMONG_OTHERS = 2, 1
"""What is added to the doubt in an update before it is handled: less where others are handled at
the same time, as each of them may be the one that ends the bot."""

SetAside = Sequence[Update | None]
"""Updates that were set aside; None for one that cannot be read."""


class UpdateQueue(asyncio.Queue[object]):
    """Received updates. Each is kept before Telegram is told that it was received.

    Where as many as there is room for are being answered, no more are taken: they wait at
    Telegram.
    """

    def __init__(self, inbox: Inbox, room: int) -> None:
        """
        Args:
            inbox: keeps the updates.
            room: for how many there is.
        """
        super().__init__()
        self._inbox = inbox
        self._room = asyncio.Semaphore(room)
        self._suspects: dict[int, asyncio.Lock] = {}

    async def put(self, item: object) -> None:
        """Take an update, unless it was taken before; anything else is passed on."""
        if isinstance(item, Update):
            await self._room.acquire()
            if not await self._is_new(item):
                self._room.release()
                return
        await super().put(item)

    async def _is_new(self, update: Update) -> bool:
        try:
            return await asyncio.to_thread(self._inbox.receive, update.update_id, _written(update))
        except StoreError as error:
            # Better answered and, after a crash, forgotten than not answered.
            log_failure(log, error)
        except Exception:
            # Whatever is raised here would end the library's polling for good.
            log.exception("Update %d could not be kept.", update.update_id)
        return True

    async def restore(self, bot: Bot) -> SetAside:
        """Take the updates again that were not done when the bot ended.

        Returns:
            Those that were set aside, as they have ended the bot before or cannot be understood.
        """
        set_aside: list[Update | None] = []
        try:
            pending = await asyncio.to_thread(self._inbox.pending)
            alone = asyncio.Lock()
            for received in pending:
                update = _understood(received.body, bot)
                if update is None or received.doubt >= MOST_DOUBT:
                    await asyncio.to_thread(self._inbox.set_aside, received.number)
                    log.error("Update %d is set aside: it is not handled.", received.number)
                    set_aside.append(update)
                    continue
                if received.doubt:
                    self._suspects[received.number] = alone
                await self._room.acquire()
                await super().put(update)
        except StoreError as error:
            log_failure(log, error)
        return set_aside

    @asynccontextmanager
    async def handling(self, update: Update, among_others: bool) -> AsyncIterator[None]:
        """Has an update be in doubt while it is handled; what ended the bot before is alone."""
        suspect = self._suspects.pop(update.update_id, None)
        async with suspect or nullcontext():
            doubt = DOUBT_AMONG_OTHERS if among_others and not suspect else DOUBT
            await self._add_doubt(update, doubt)
            try:
                yield
            except asyncio.CancelledError:
                await self._add_doubt(update, -doubt)
                raise

    async def _add_doubt(self, update: Update, doubt: int) -> None:
        try:
            await asyncio.to_thread(self._inbox.add_doubt, update.update_id, doubt)
        except StoreError as error:
            log_failure(log, error)

    async def done(self, update: Update) -> None:
        """Forget an update that has been dealt with."""
        try:
            await asyncio.to_thread(self._inbox.done, update.update_id)
        except StoreError as error:
            log_failure(log, error)

    def leave(self) -> None:
        """Make room for another update."""
        self._room.release()


def _understood(body: str, bot: Bot) -> Update | None:
    """The update that was kept; None if it cannot be read."""
    try:
        return Update.de_json(json.loads(body), bot)
    except Exception:
        # Libraries fail in many ways on what they did not write.
        log.exception("A kept update cannot be read.")
        return None


def _written(update: Update) -> str:
    """An update as JSON. The library's own way fails on messages that Telegram shows no more:
    their date, 0, it does not take back."""
    return json.dumps(update.to_dict(), default=_seconds)


def _seconds(value: object) -> int:
    if isinstance(value, datetime):
        return int(value.timestamp())
    raise TypeError(f"{type(value)} in an update")


class InOrder(BaseUpdateProcessor):
    """Deals with updates at the same time, but with those of a person in a chat in turn: a
    question that follows needs the one before, an edit the answer that it changes."""

    def __init__(self, queue: UpdateQueue, room: int, backlog: Backlog, talk_room: int) -> None:
        """
        Args:
            room: how many updates are dealt with at the same time.
            backlog: counts what waits in each talk.
            talk_room: how many messages of a talk wait; what comes beyond is dropped.
        """
        super().__init__(room)
        self._queue = queue
        self._backlog = backlog
        self._talk_room = talk_room
        self._turns: WeakValueDictionary[Hashable, asyncio.Lock] = WeakValueDictionary()
        self._handled = 0

    async def initialize(self) -> None:
        """Nothing is to be prepared."""

    async def shutdown(self) -> None:
        """Nothing is to be given back."""

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        """Wait for the turn of the update, deal with it, and forget it."""
        if not isinstance(update, Update):
            await coroutine
            return
        try:
            await self._in_turn(update, coroutine)
            await self._queue.done(update)
        finally:
            self._queue.leave()

    async def _in_turn(self, update: Update, coroutine: Awaitable[Any]) -> None:
        talk = talk_of(update)
        # What changes an answer, or was pressed, is never dropped.
        room = self._talk_room if update.message else UNBOUNDED
        if not self._backlog.enter(talk, update.update_id, room):
            if asyncio.iscoroutine(coroutine):
                coroutine.close()  # else Python would tell that nobody has waited for it
            return
        try:
            async with (
                self._turns.setdefault(talk, asyncio.Lock()),
                self._queue.handling(update, among_others=self._handled > 0),
            ):
                self._handled += 1
                try:
                    await coroutine
                finally:
                    self._handled -= 1
        finally:
            self._backlog.leave(talk)


def talk_of(update: Update) -> Hashable:
    """Whose turn it is; an update of nobody waits for none, but a post for those before it."""
    chat = update.effective_chat
    if chat and (update.channel_post or update.edited_channel_post):
        return chat.id
    sender = update.effective_sender
    if sender is None:
        return update.update_id
    # A button is answered at once, however many questions of the person are waiting; but what a
    # text is to become is not decided while an edit of it comes in.
    query = update.callback_query
    pressed = query is not None and not isinstance(decode(query.data or ""), TextUse)
    return chat.id if chat else None, sender.id, pressed
