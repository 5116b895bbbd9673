"""Broken networks, killed processes and limits: nothing is lost, nothing is said twice."""

import json

import pytest
from desk_fakes import SENTENCE
from running_bot import (
    ZH,
    answered,
    parts_for,
    pressed,
    running,
    shows,
    three_passages,
)
from telegram_contract import ApiError
from telegram_server import Fault, RateLimits, TelegramServer, User, too_many_requests

from bot.keys import Key
from bot.patience import PatientLimiter
from bot.store import Database


@pytest.mark.parametrize(
    ("fault", "arrived"),
    [
        (Fault("bad_gateway"), True),
        (too_many_requests(1), True),
        (Fault("reset"), False),
        (Fault("reset", after_effect=True), False),
    ],
)
async def test_after_a_fault_the_answer_arrives_once_or_is_offered_again_if_that_is_unknown(
    fault: Fault | ApiError, arrived: bool, server: TelegramServer, stranger: User
) -> None:
    chat = server.private_chat(stranger)
    async with running(parts_for(server, three_passages()), server):
        server.fail_next("sendMessage", fault)
        await stranger.send("投资")
        after_effect = isinstance(fault, Fault) and fault.after_effect
        await server.wait_for_replies(chat, 1 + after_effect)
        if not arrived:
            assert server.messages(chat)[-1]["text"] == ZH.say(Key.PRESS_DOUBT)
            await pressed(server, chat, Key.BUTTON_RESEND)
        await shows(server, chat, "第0段原文")
        await answered(stranger, "/help")
    assert len(server.messages(chat)) == 2 + after_effect
    assert server.violations == []


async def test_an_edit_that_arrived_though_its_answer_did_not_is_no_failure(
    server: TelegramServer, stranger: User, log: list[str]
) -> None:
    chat = server.private_chat(stranger)
    async with running(parts_for(server, three_passages()), server):
        await answered(stranger, "投资")
        server.fail_next("editMessageText", Fault("reset", after_effect=True))
        await pressed(server, chat, Key.BUTTON_NEXT)
        await shows(server, chat, "第1段原文")
        await answered(stranger, "/help")
    assert not [line for line in log if "Traceback" in line]


async def test_an_update_that_telegram_sends_twice_is_answered_once(
    server: TelegramServer, stranger: User
) -> None:
    chat = server.private_chat(stranger)
    parts = parts_for(server)
    async with running(parts, server):
        await answered(stranger, "投资")
        server._queue.updates.append({"update_id": 800_000_001, "message": chat.messages[1]})
        await answered(stranger, "/help")
    assert len(server.messages(chat)) == 2


async def test_what_was_received_before_a_crash_is_answered_after_it(
    server: TelegramServer, stranger: User
) -> None:
    chat = server.private_chat(stranger)
    message = await stranger.send("投资了多少")
    server._queue.updates.clear()
    parts = parts_for(server)
    update = {"update_id": 7, "message": message}
    assert parts.inbox.receive(7, json.dumps(update))
    async with running(parts, server):
        [reply] = await server.wait_for_replies(chat)
        await answered(stranger, "/help")
    assert SENTENCE in reply["text"]
    assert parts.inbox.pending() == []


async def test_telegrams_limits_are_kept_so_that_it_need_not_refuse() -> None:
    """One message a second in a chat, however fast people ask."""
    limits = RateLimits()
    async with TelegramServer(limits=limits) as server:
        people = [server.user(100 + number, f"读者{number}") for number in range(4)]
        async with running(parts_for(server), server, limiter=PatientLimiter()):
            for number in range(3):
                for person in people:
                    await person.send(f"投资{number}")
            for person in people:
                await server.wait_for_replies(server.private_chat(person), 3, 30)
        assert not [call for call in server.calls if isinstance(call.result_or_error, ApiError)]
        assert server.violations == []


async def test_a_state_that_cannot_be_written_costs_the_buttons_but_not_the_answer(
    server: TelegramServer, stranger: User, log: list[str]
) -> None:
    database = Database()
    chat = server.private_chat(stranger)
    async with running(parts_for(server, three_passages(), database=database), server):
        await answered(stranger, "/help")
        database.close()
        assert "第0段原文" in await answered(stranger, "投资")
        query = await pressed(server, chat, Key.BUTTON_NEXT)
        assert server.answers[query]["text"] == ZH.say(Key.ERROR_UNEXPECTED)
    assert len(server.messages(chat)) == 2
    assert [line for line in log if "state" in line and "ERROR" in line]
    assert server.violations == []
