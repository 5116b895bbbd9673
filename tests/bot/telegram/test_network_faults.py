"""Broken networks, killed processes and limits: nothing is lost, and said twice only where the
outcome of a call was unknown."""

import asyncio
import json
from dataclasses import replace

import httpx
import pytest
from bot_api_emulator.contract import ApiError
from bot_api_emulator.server import Fault, RateLimits, TelegramServer, User, too_many_requests
from desk_fakes import SENTENCE, FakeLibrary
from running_bot import (
    PATIENCE,
    ZH,
    answered,
    buttons_of,
    forged,
    parts_for,
    pressed,
    running,
    showing_three,
    shows,
    three_passages,
)
from set_clock import SetClock
from telegram import Bot, InlineKeyboardMarkup
from telegram.error import BadRequest, NetworkError, RetryAfter, TimedOut

from bot.state.database import Database
from bot.telegram.delivery import retrying
from bot.telegram.delivery.retrying import PAUSES, SEND_AGAIN_PAUSES, RetryingLimiter
from bot.texts.keys import Key


async def waiting(server: TelegramServer) -> None:
    """Waits until the bot has heard that it has to wait, and does so."""
    async with asyncio.timeout(PATIENCE):
        await server.clock.is_waited_for()


FAULTS = [Fault("bad_gateway"), Fault("reset")]
ARRIVED = [replace(fault, after_effect=True) for fault in FAULTS]


@pytest.mark.parametrize("fault", [*FAULTS, *ARRIVED, too_many_requests(1)])
async def test_an_answer_stands_there_after_a_fault_and_twice_only_where_it_had_arrived(
    fault: Fault | ApiError, server: TelegramServer, stranger: User
) -> None:
    chat = server.private_chat(stranger)
    async with running(parts_for(server, three_passages()), server):
        server.fail_next("sendMessage", fault)
        await server.dealt_with(await stranger.send("投资"))
        answers = server.messages(chat)
        assert len(answers) == 1 + (fault in ARRIVED)
        assert all("第0段原文" in answer["text"] for answer in answers)
        assert len({str(buttons_of(answer)) for answer in answers}) == 1
        await pressed(server, chat, Key.BUTTON_NEXT)
    assert "第1段原文" in server.messages(chat)[-1]["text"]
    assert server.violations == []


async def test_a_message_is_sent_again_once_for_each_attempt_whose_outcome_is_unknown(
    server: TelegramServer, stranger: User
) -> None:
    chat = server.private_chat(stranger)
    times = len(SEND_AGAIN_PAUSES)
    async with running(parts_for(server), server):
        server.fail_next("sendMessage", Fault("reset"), times)
        await server.dealt_with(await stranger.send("投资"))
        assert len(server.calls_of("sendMessage")) == times + 1
        [answer] = server.messages(chat)
    assert SENTENCE in answer["text"]
    assert server.violations == []


async def test_a_message_whose_outcome_stays_unknown_is_given_up_without_another_message(
    server: TelegramServer, stranger: User
) -> None:
    times = len(SEND_AGAIN_PAUSES) + 1
    async with running(parts_for(server), server):
        server.fail_next("sendMessage", Fault("reset", after_effect=True), times)
        await server.dealt_with(await stranger.send("投资"))
        assert len(server.calls_of("sendMessage")) == times
        assert SENTENCE in await answered(stranger, "投资")
    answers = server.messages(server.private_chat(stranger))
    assert all(SENTENCE in answer["text"] for answer in answers)
    assert server.violations == []


async def test_messages_of_others_change_nothing_about_an_answer_that_is_sent_again(
    server: TelegramServer, stranger: User
) -> None:
    group = server.group("读书会")
    server.clock.hold()
    async with running(parts_for(server, three_passages()), server):
        server.fail_next("sendMessage", Fault("reset"))
        question = await group.send("/ask 投资", stranger)
        await waiting(server)
        group.add_message(stranger.json(), {"text": "大家好"})
        server.clock.advance(SEND_AGAIN_PAUSES[0])
        await server.dealt_with(question)
    [message] = server.messages(group)
    assert message["text"].startswith("第0段原文")
    assert server.violations == []


async def test_a_call_that_never_left_is_tried_again_with_growing_pauses() -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    limiter = RetryingLimiter(sleep=sleep)
    failures = [httpx.ConnectError(""), httpx.ConnectTimeout(""), httpx.PoolTimeout("")]

    async def call() -> bool:
        if failures:
            raise NetworkError("") from failures.pop()
        return True

    assert await limiter.process_request(call, (), {}, "sendMessage", {}, None)
    assert slept == sorted(set(slept))
    assert len(slept) == 3


@pytest.mark.parametrize(
    ("endpoint", "pauses"),
    [
        ("sendMessage", SEND_AGAIN_PAUSES),
        ("sendPhoto", SEND_AGAIN_PAUSES),
        ("answerCallbackQuery", SEND_AGAIN_PAUSES[:1]),
        ("editMessageText", PAUSES),
        ("getMe", PAUSES),
    ],
)
async def test_a_call_whose_outcome_stays_unknown_is_given_up_after_its_pauses(
    endpoint: str, pauses: tuple[float, ...]
) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    async def call() -> bool:
        raise TimedOut from httpx.ReadTimeout("")

    with pytest.raises(TimedOut):
        await RetryingLimiter(sleep=sleep).process_request(call, (), {}, endpoint, {}, None)
    assert slept == [*pauses]


async def test_only_a_refusal_to_change_nothing_is_a_success() -> None:
    async def edit(refusal: str) -> object:
        async def call() -> bool:
            raise BadRequest(refusal)

        return await RetryingLimiter().process_request(call, (), {}, "editMessageText", {}, None)

    assert await edit("Message is not modified: the content is the same")
    with pytest.raises(BadRequest, match="not found"):
        await edit("Message to edit not found")


async def test_a_call_that_is_told_to_wait_again_and_again_is_given_up() -> None:
    clock, calls = SetClock(0.0), 0

    async def sleep(seconds: float) -> None:
        clock.now += seconds

    async def call() -> bool:
        nonlocal calls
        calls += 1
        raise RetryAfter(1)

    limiter = RetryingLimiter(clock=clock, sleep=sleep)
    with pytest.raises(RetryAfter):
        await limiter.process_request(call, (), {}, "sendMessage", {"chat_id": 1}, 3)
    assert calls == 4


async def test_a_shorter_wait_does_not_cut_a_longer_one_short() -> None:
    """Two calls to a chat are under way when the first is told to wait longer than the second."""
    clock = SetClock(0.0)
    waits, slept, called_at = [30, 2], list[float](), list[float]()
    both_are_sent, second_has_ended = asyncio.Barrier(2), asyncio.Event()

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 1:
            await second_has_ended.wait()
        clock.now += seconds

    async def call() -> bool:
        if waits:
            await both_are_sent.wait()
            raise RetryAfter(waits.pop(0))
        called_at.append(clock.now)
        second_has_ended.set()
        return True

    limiter = RetryingLimiter(all_per_second=0, clock=clock, sleep=sleep)
    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as calls:
        for _ in range(2):
            sending = limiter.process_request(call, (), {}, "sendMessage", {"chat_id": 1}, None)
            calls.create_task(sending)
    assert called_at[0] >= 30


async def test_a_start_without_a_network_is_not_tried_again() -> None:
    async def call() -> bool:
        raise NetworkError("") from httpx.ConnectError("")

    async def sleep(_: float) -> None:
        pytest.fail("it waits to try again")

    with pytest.raises(NetworkError):
        await RetryingLimiter(sleep=sleep).process_request(call, (), {}, "getMe", {}, None)


async def test_a_wait_in_one_group_is_kept_by_all_who_ask_there_and_by_nobody_else(
    server: TelegramServer,
) -> None:
    """What somebody else is told, or how other calls end, does not cut the wait short."""
    groups = [server.group("甲"), server.group("乙")]
    people = [server.user(100 + number, f"读者{number}") for number in range(4)]
    server.clock.hold()
    async with running(parts_for(server), server):
        server.fail_next("sendMessage", too_many_requests(2))
        told_to_wait = [await groups[0].send("/ask 投资", people[0])]
        await waiting(server)
        elsewhere = []
        for person in people[1:]:
            told_to_wait.append(await groups[0].send("/ask 投资", person))
            elsewhere.append(await groups[1].send("/ask 投资", person))
        await server.dealt_with(*elsewhere)
        server.clock.advance(1.9)
        await server.dealt_with(await groups[1].send("/ask 投资", people[0]))
        assert len(server.messages(groups[1])) == 4
        assert server.messages(groups[0]) == []
        server.clock.advance(0.3)
        await server.dealt_with(*told_to_wait)
    assert len(server.messages(groups[0])) == 4
    assert server.violations == []


async def test_a_press_does_not_wait_for_the_questions_of_who_pressed(
    server: TelegramServer, stranger: User
) -> None:
    chat = server.private_chat(stranger)
    server.clock.hold()
    async with showing_three(server, stranger):
        server.fail_next("sendMessage", too_many_requests(3))
        question = await stranger.send("投资")
        await waiting(server)
        await pressed(server, chat, Key.BUTTON_GOOD)
        assert len(server.messages(chat)) == 1
        server.clock.advance(3.2)
        await server.answer_to(question, "第0段原文")
    assert server.violations == []


async def test_the_bot_starts_and_answers_presses_through_a_broken_gateway(
    server: TelegramServer, stranger: User
) -> None:
    chat = server.private_chat(stranger)
    for method in ("getMe", "deleteWebhook", "getMyCommands", "answerCallbackQuery"):
        server.fail_next(method, Fault("bad_gateway"))
    async with showing_three(server, stranger):
        query = await pressed(server, chat, Key.BUTTON_GOOD)
        assert server.answers[query]["text"] == ZH.say(Key.REPLY_BUTTON_THANKS)
    assert server.violations == []


async def test_an_edit_that_arrived_though_its_answer_did_not_is_no_failure(
    server: TelegramServer, stranger: User, log: list[str]
) -> None:
    chat = server.private_chat(stranger)
    async with showing_three(server, stranger):
        server.fail_next("editMessageText", Fault("reset", after_effect=True))
        await pressed(server, chat, Key.BUTTON_NEXT)
    assert "第1段原文" in server.messages(chat)[-1]["text"]
    assert [call.outcome_unknown for call in server.calls_of("editMessageText")] == [True, False]
    assert not [line for line in log if "Traceback" in line]


async def test_an_update_that_telegram_sends_twice_is_answered_once(
    server: TelegramServer, stranger: User
) -> None:
    chat = server.private_chat(stranger)
    parts = parts_for(server)
    async with running(parts, server):
        question = await stranger.send("投资")
        await server.dealt_with(question)
        await server.repeat_update(question)
        await answered(stranger, "/help")
    assert len(server.messages(chat)) == 2


async def test_what_was_received_before_a_crash_is_answered_after_it(
    server: TelegramServer, stranger: User
) -> None:
    chat = server.private_chat(stranger)
    message = await stranger.send("投资了多少")
    [update] = server.take_updates()
    parts = parts_for(server)
    assert parts.inbox.receive(update["update_id"], json.dumps(update))
    async with running(parts, server):
        await server.dealt_with(message)
    [reply] = server.messages(chat)
    assert SENTENCE in reply["text"]
    assert parts.inbox.pending() == []


async def test_telegrams_limits_are_obeyed_however_fast_people_ask() -> None:
    """A burst is tried; where Telegram does not take it, everybody waits as long as told."""
    async with TelegramServer(limits=RateLimits()) as server:
        people = [server.user(100 + number, f"读者{number}") for number in range(4)]
        async with running(parts_for(server), server):
            questions = [
                await person.send(f"投资{number}") for number in range(3) for person in people
            ]
            await server.dealt_with(*questions)
        assert all(len(server.messages(server.private_chat(person))) == 3 for person in people)
        assert any(call.failed for call in server.calls_of("sendMessage"))
        assert server.violations == []


async def test_after_a_burst_a_chat_is_written_to_once_in_a_while(
    server: TelegramServer, stranger: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The burst's room is filled again while it is used, but no faster than that."""
    burst, seconds = 3, 0.15
    monkeypatch.setattr(retrying, "CHAT_BURST", burst)
    times: list[float] = []
    loop = asyncio.get_running_loop()
    library = FakeLibrary()
    async with running(
        parts_for(server, library), server, limiter=RetryingLimiter(chat_seconds=seconds)
    ):
        start = loop.time()
        questions = [await stranger.send(f"投资{number}") for number in range(burst + 3)]
        for question in questions:
            await server.answer_to(question)
            times.append(loop.time() - start)
    for count, after in enumerate(times, 1):
        assert count <= burst + after / seconds
    assert server.violations == []


async def test_what_a_flood_leaves_unanswered_is_told_once_with_its_number(
    server: TelegramServer, stranger: User, admin: User
) -> None:
    library = FakeLibrary()
    chat = server.private_chat(stranger)
    server.clock.hold()
    async with running(parts_for(server, library, questions_per_minute=3), server):
        server.fail_next("sendMessage", too_many_requests(1))
        questions = [await stranger.send(f"投资{number}") for number in range(10)]
        assert SENTENCE in await answered(admin, "投资")
        await waiting(server)
        assert server.messages(chat) == []
        server.clock.advance(1.2)
        await server.dealt_with(*questions)
    replies = server.messages(chat)
    assert [SENTENCE in reply["text"] for reply in replies] == [True] * 3 + [False]
    assert replies[-1]["text"] == ZH.say(Key.ASK_LEFT_OUT, count=7)
    assert server.violations == []


@pytest.mark.parametrize("text", ["/help", "还有吗", "/nothing"])
async def test_a_short_reply_is_said_again_where_it_may_not_have_arrived(
    text: str, server: TelegramServer, stranger: User
) -> None:
    async with running(parts_for(server), server):
        server.fail_next("sendMessage", Fault("reset"))
        assert await answered(stranger, text)
    assert len(server.messages(server.private_chat(stranger))) == 1
    assert server.violations == []


async def test_a_press_under_a_message_that_telegram_shows_no_more_is_answered(
    server: TelegramServer, stranger: User
) -> None:
    """Such a message has the date 0, which the library reads but does not write."""
    async with running(parts_for(server, three_passages()), server):
        await answered(stranger, "投资")
        [message] = server.messages(server.private_chat(stranger))
        gone = {"chat": message["chat"], "message_id": message["message_id"], "date": 0}
        await forged(server, stranger, gone, "1pAAAAAAAAAAAA0")
        assert await answered(stranger, "投资")
    assert server.violations == []


async def test_a_press_that_comes_again_after_a_restart_edits_nothing(
    server: TelegramServer, stranger: User
) -> None:
    chat = server.private_chat(stranger)
    parts = parts_for(server, three_passages())
    async with running(parts, server):
        await answered(stranger, "投资")
        [first] = server.messages(chat)
        data = buttons_of(first)[ZH.say(Key.BUTTON_NEXT)]
        await pressed(server, chat, Key.BUTTON_NEXT)
        turned = await shows(server, chat, "第1段原文")
    edits = len(server.calls_of("editMessageText"))
    async with running(parts, server):
        await forged(server, stranger, turned, data)
    assert len(server.calls_of("editMessageText")) == edits
    assert server.violations == []


async def test_a_page_that_another_process_turned_back_can_be_turned_again(
    server: TelegramServer, stranger: User, bot: Bot
) -> None:
    chat = server.private_chat(stranger)
    async with showing_three(server, stranger) as first:
        await pressed(server, chat, Key.BUTTON_NEXT)
        await shows(server, chat, "第1段原文")
        [sent] = server.calls_of("sendMessage")
        await bot.edit_message_text(
            sent.parameters["text"],
            chat.id,
            first["message_id"],
            parse_mode="HTML",
            reply_markup=InlineKeyboardMarkup.de_json(first["reply_markup"], bot),
        )
        await pressed(server, chat, Key.BUTTON_NEXT)
        assert "第1段原文" in server.messages(chat)[-1]["text"]
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
