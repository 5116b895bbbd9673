"""Updates on their way to the handlers: kept until they are dealt with, and bounded in number."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from bot_api_emulator.server import TelegramServer
from bot_api_emulator.server import User as BotUser
from running_bot import PATIENCE, ZH, answered, parts_for, running
from telegram import Bot, CallbackQuery, Chat, Message, Update, User

from bot.errors import StoreError
from bot.state.database import Database
from bot.state.update_inbox import MOST_DOUBT, Inbox
from bot.telegram.delivery.backlog import Backlog
from bot.telegram.delivery.update_queue import InOrder, UpdateQueue, talk_of
from bot.telegram.messages.button_data import Button, ReplyAction, ReplyButton, TextUse, encode
from bot.texts.keys import Key


def a_message(number: int, person: int = 2) -> Update:
    """Returns an update with a question in a private chat."""
    message = Message(
        number,
        datetime(2026, 1, 1, tzinfo=UTC),
        Chat(person, "private"),
        User(person, "读者", False),
        text="路灯",
    )
    return Update(number, message=message)


def ids_of(inbox: Inbox) -> list[int]:
    """Returns the ids of the updates that the next start of the bot takes again."""
    return [update.number for update in inbox.pending()]


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
    assert [update.doubt for update in inbox.pending()] == [0]  # the process has survived it


@pytest.mark.parametrize("error", [StoreError("no space"), RuntimeError("anything else")])
async def test_an_update_that_cannot_be_kept_is_handled_all_the_same(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def refuse(*_: object) -> bool:
        raise error

    monkeypatch.setattr(inbox, "receive", refuse)
    queue, _ = processing(inbox)
    update = a_message(7)
    await queue.put(update)
    assert queue.get_nowait() is update


def test_a_button_waits_for_no_question_but_what_a_text_becomes_waits_for_its_edits() -> None:
    question = a_message(1)

    def pressed(button: Button) -> Update:
        query = CallbackQuery(
            "1", User(2, "读者", False), "1", message=question.message, data=encode(button)
        )
        return Update(2, callback_query=query)

    page = pressed(ReplyButton(ReplyAction.PAGE, "a" * 12, 1))
    assert talk_of(page) != talk_of(question)
    assert talk_of(pressed(TextUse.ARTICLE)) == talk_of(question)
    assert talk_of(a_message(3, person=3)) != talk_of(question)


class Killed:
    """A bot that takes updates until it is killed, in whatever its handlers are doing.

    Attributes:
        begun: the ids of the updates whose handlers have begun.
        set_aside: what was set aside at its start.
    """

    def __init__(self, inbox: Inbox) -> None:
        self.begun: list[int] = []
        self.set_aside: Sequence[Update | None] = ()
        self.queue, self._processor = processing(inbox)
        self._ends = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self, bot: Bot) -> None:
        self.set_aside = await self.queue.restore(bot)
        await self.take()

    async def take(self) -> None:
        """Begins to handle all that has come."""
        while not self.queue.empty():
            update = await self.queue.get()
            assert isinstance(update, Update)
            handled = self._processor.process_update(update, self._handle(update.update_id))
            self._tasks.append(asyncio.create_task(handled))

    async def has_begun(self, count: int) -> None:
        async with asyncio.timeout(PATIENCE):
            while len(self.begun) < count:  # noqa: ASYNC110 - another task begins them
                await asyncio.sleep(0.001)

    async def go_on(self) -> None:
        """Lets all handlers end."""
        self._ends.set()
        async with asyncio.timeout(PATIENCE):
            await asyncio.gather(*self._tasks)

    async def _handle(self, number: int) -> None:
        self.begun.append(number)
        await self._ends.wait()


async def test_an_update_that_was_not_survived_twice_is_set_aside_and_kept(
    inbox: Inbox, bot: Bot
) -> None:
    bots = [Killed(inbox) for _ in range(3)]
    await bots[0].queue.put(a_message(7))
    for killed in bots[:2]:
        await killed.start(bot)
        await killed.has_begun(1)
        assert killed.set_aside == []
    await bots[2].queue.put(a_message(8, person=3))
    await bots[2].start(bot)
    await bots[2].has_begun(1)
    assert [update and update.update_id for update in bots[2].set_aside] == [7]
    assert bots[2].begun == [8]
    assert inbox.set_aside_count() == 1
    assert ids_of(inbox) == [8]
    for killed in bots:
        await killed.go_on()


async def test_what_was_handled_beside_it_is_told_from_what_ends_the_bot(
    inbox: Inbox, bot: Bot
) -> None:
    """What was under way when the bot ended is taken again one by one."""
    first, second = Killed(inbox), Killed(inbox)
    for number in (7, 8, 9):
        await first.queue.put(a_message(number, person=number))
    await first.take()
    await first.has_begun(3)
    await second.start(bot)
    await second.has_begun(1)
    assert second.begun == [7]  # and the others wait
    third = Killed(inbox)
    await third.start(bot)
    assert [update and update.update_id for update in third.set_aside] == [7]
    await third.has_begun(1)
    assert third.begun == [8]
    await third.go_on()
    assert third.begun == [8, 9]
    assert ids_of(inbox) == []
    for killed in (first, second):
        await killed.go_on()


async def test_a_kept_update_that_cannot_be_read_is_set_aside(inbox: Inbox, bot: Bot) -> None:
    for number, body in enumerate(("{", "[]", '{"message": 1}', '"text"')):
        inbox.receive(number, body)
    await processing(inbox)[0].put(a_message(7))
    queue, _ = processing(inbox)
    assert await queue.restore(bot) == [None] * 4
    assert queue.qsize() == 1
    assert inbox.set_aside_count() == 4
    assert await processing(inbox)[0].restore(bot) == []


async def test_the_sender_and_the_administrators_learn_of_what_is_set_aside_once(
    server: TelegramServer, admin: BotUser, stranger: BotUser
) -> None:
    database = Database()
    async with running(parts_for(server, database=database), server):
        await answered(admin, "投资")
        await answered(stranger, "投资")
    inbox = Inbox(database)
    body = a_message(7, person=stranger.id).to_json()
    inbox.receive(7, body)
    inbox.add_doubt(7, MOST_DOUBT)
    inbox.receive(8, "{")
    for _ in range(2):
        async with running(parts_for(server, database=database), server):
            status = await answered(admin, "/status")
    assert ZH.say(Key.ADMIN_SET_ASIDE, count=2) in status
    told = [message["text"] for message in server.messages(server.private_chat(stranger))]
    assert told.count(ZH.say(Key.ASK_SET_ASIDE)) == 1
    heard = [message["text"] for message in server.messages(server.private_chat(admin))]
    assert heard.count(ZH.say(Key.ADMIN_SET_ASIDE_NOW, count=2)) == 1


async def test_what_was_set_aside_goes_when_its_sender_wants_to_be_forgotten(
    server: TelegramServer, admin: BotUser, stranger: BotUser
) -> None:
    database = Database()
    inbox = Inbox(database)
    for number, person in ((7, stranger.id), (8, admin.id)):
        inbox.receive(number, a_message(number, person=person).to_json())
        inbox.add_doubt(number, MOST_DOUBT)
    async with running(parts_for(server, database=database), server):
        await answered(stranger, "/forget")
    kept = database.read("SELECT number FROM inbox WHERE set_aside AND body IS NOT NULL")
    assert kept == [(8,)]


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
