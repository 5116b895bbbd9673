"""Updates on their way to the handlers: kept until they are dealt with, and bounded in number."""

import asyncio
import json
from datetime import UTC, datetime

import pytest
from running_bot import PATIENCE
from telegram import Chat, Message, Update, User

from bot.state.database import Database
from bot.state.update_inbox import Inbox
from bot.telegram.delivery.backlog import Backlog
from bot.telegram.delivery.update_queue import InOrder, UpdateQueue


def a_message(number: int) -> Update:
    """Returns an update with a question in a private chat."""
    message = Message(
        number,
        datetime(2026, 1, 1, tzinfo=UTC),
        Chat(2, "private"),
        User(2, "读者", False),
        text="路灯",
    )
    return Update(number, message=message)


def ids_of(inbox: Inbox) -> list[int]:
    """Returns the ids of the updates that the next start of the bot takes again."""
    return [json.loads(body)["update_id"] for body in inbox.pending()]


@pytest.fixture
def inbox() -> Inbox:
    return Inbox(Database())


def processing(inbox: Inbox, room: int = 4) -> tuple[UpdateQueue, InOrder]:
    """Returns a queue that keeps updates in an inbox, and what deals with them."""
    queue = UpdateQueue(inbox, room)
    return queue, InOrder(queue, room, Backlog(), talk_room=room)


async def test_an_update_is_kept_until_its_handler_has_ended(inbox: Inbox) -> None:
    queue, processor = processing(inbox)
    kept_meanwhile: list[int] = []

    async def handle() -> None:
        kept_meanwhile.extend(ids_of(inbox))

    await queue.put(a_message(7))
    await processor.process_update(await queue.get(), handle())
    assert kept_meanwhile == [7]
    assert ids_of(inbox) == []


async def test_a_handler_that_is_interrupted_leaves_its_update_to_the_next_start(
    inbox: Inbox,
) -> None:
    queue, processor = processing(inbox)
    begun = asyncio.Event()

    async def handle() -> None:
        begun.set()
        await asyncio.Event().wait()

    await queue.put(a_message(7))
    handling = asyncio.create_task(processor.process_update(await queue.get(), handle()))
    async with asyncio.timeout(PATIENCE):
        await begun.wait()
        handling.cancel()
        with pytest.raises(asyncio.CancelledError):
            await handling
    assert ids_of(inbox) == [7]


async def test_an_update_that_comes_twice_takes_no_room_the_second_time(inbox: Inbox) -> None:
    queue, processor = processing(inbox, room=1)

    async def handle() -> None:
        pass

    async with asyncio.timeout(PATIENCE):
        await queue.put(a_message(7))
        await processor.process_update(await queue.get(), handle())
        await queue.put(a_message(7))
        await queue.put(a_message(8))
    taken = await queue.get()
    assert isinstance(taken, Update)
    assert taken.update_id == 8
    assert queue.empty()
