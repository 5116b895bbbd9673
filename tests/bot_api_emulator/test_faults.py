"""Emulated faults and limits: what fails, what is repeated, and who waits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram import Bot
from telegram.error import BadRequest, NetworkError, RetryAfter, TelegramError

from bot_api_emulator.contract import ApiError
from bot_api_emulator.faults import RateLimiter
from bot_api_emulator.server import (
    Chat,
    Fault,
    RandomFaults,
    RateLimits,
    TelegramServer,
    too_many_requests,
)

# The library warns that the type of RetryAfter.retry_after will change.
pytestmark = pytest.mark.filterwarnings("ignore:Deprecated since version v22.2")


async def test_a_repeated_call_is_known_and_a_message_that_was_sent_twice(
    server: TelegramServer, bot: Bot, chat: Chat
) -> None:
    server.fail_next("sendMessage", Fault("bad_gateway"))
    server.fail_next("sendMessage", Fault("reset", after_effect=True))
    for text in ("一", "二", "一", "二", "三"):
        try:
            await bot.send_message(chat.id, text)
        except NetworkError:
            continue
    shown = [message["text"] for message in server.messages(chat)]
    assert shown == ["二", "一", "二", "三"]
    assert [(bool(sent.retry_of), sent.doubled) for sent in server.sent] == [
        (False, False),
        (True, False),
        (True, True),
        (False, False),
    ]


async def test_a_chain_of_retries_is_followed_to_its_beginning(
    server: TelegramServer, bot: Bot, chat: Chat
) -> None:
    server.fail_next("sendMessage", Fault("reset", after_effect=True))
    server.fail_next("sendMessage", Fault("bad_gateway"))
    for _ in range(2):
        with pytest.raises(NetworkError):
            await bot.send_message(chat.id, "一")
    await bot.send_message(chat.id, "一")
    assert [sent.doubled for sent in server.sent] == [False, True]


@pytest.mark.parametrize("arrived", [True, False])
async def test_a_repetition_that_is_refused_for_what_it_repeats_is_no_violation(
    arrived: bool, server: TelegramServer, bot: Bot, chat: Chat
) -> None:
    sent = await bot.send_message(chat.id, "一")
    server.fail_next("editMessageText", Fault("reset", after_effect=arrived))
    with pytest.raises(NetworkError):
        await sent.edit_text("二")
    if arrived:
        with pytest.raises(BadRequest, match="not modified"):
            await sent.edit_text("二")
    else:
        await sent.edit_text("二")
    assert server.violations == []
    with pytest.raises(BadRequest, match="not modified"):
        await sent.edit_text("二")
    assert len(server.take_violations()) == 1


@pytest.mark.parametrize(
    ("failure", "is_unknown"),
    [
        (Fault("reset"), True),
        (Fault("bad_gateway", after_effect=True), True),
        (too_many_requests(1), False),
        (ApiError("chat not found"), False),
    ],
)
async def test_only_a_fault_leaves_the_outcome_of_a_call_unknown(
    failure: Fault | ApiError, is_unknown: bool, server: TelegramServer, bot: Bot, chat: Chat
) -> None:
    server.fail_next("sendMessage", failure)
    with pytest.raises(TelegramError):
        await bot.send_message(chat.id, "一")
    [call] = server.calls_of("sendMessage")
    assert call.outcome_unknown == is_unknown


async def test_a_bot_that_does_not_wait_as_long_as_told_is_noticed(
    server: TelegramServer, bot: Bot, chat: Chat
) -> None:
    other = server.group("群")
    server.fail_next("sendMessage", too_many_requests(1))
    with pytest.raises(RetryAfter):
        await bot.send_message(chat.id, "一")
    await bot.send_message(other.id, "别的聊天不用等")
    assert server.violations == []
    server.clock.advance(0.5)
    await bot.send_message(chat.id, "一")
    [violation] = server.take_violations()
    assert "before it was told" in violation
    server.clock.advance(0.6)
    await bot.send_message(chat.id, "二")
    assert server.violations == []


async def test_who_waits_for_its_own_429_is_not_blamed_for_that_of_another_call(
    server: TelegramServer, bot: Bot, chat: Chat
) -> None:
    for text, seconds in (("一", 1), ("二", 3)):
        server.fail_next("sendMessage", too_many_requests(seconds))
        with pytest.raises(RetryAfter):
            await bot.send_message(chat.id, text)
    assert server.violations == []
    server.clock.advance(1.0)
    await bot.send_message(chat.id, "一")
    assert server.violations == []
    await bot.send_message(chat.id, "二")
    assert len(server.take_violations()) == 1


async def test_limits_are_answered_by_429_and_who_waits_gets_through() -> None:
    limits = RateLimits(all_per_second=3, chat_per_second=2, group_per_minute=2, minute=1.5)
    async with (
        TelegramServer(limits=limits) as server,
        Bot(server.token, base_url=f"{server.url}/bot") as bot,
    ):
        groups = [server.group(str(number)) for number in range(3)]
        for _ in range(2):
            await bot.send_message(groups[0].id, "x")
        with pytest.raises(RetryAfter) as raised:
            await bot.send_message(groups[0].id, "x")
        await bot.send_message(groups[1].id, "x")
        with pytest.raises(RetryAfter):
            await bot.send_message(groups[2].id, "x")
        assert raised.value.retry_after == 2
        server.clock.advance(2.0)
        await bot.send_message(groups[0].id, "x")
        await bot.send_message(groups[2].id, "x")
        assert server.violations == []
        assert [bool(sent.retry_of) for sent in server.sent] == [False] * 3 + [True] * 2


@given(
    steps=st.lists(
        st.tuples(st.integers(0, 3), st.floats(0, 0.7)),
        min_size=1,
        max_size=120,
    )
)
def test_whatever_is_let_through_keeps_the_limits(steps: list[tuple[int, float]]) -> None:
    """Chats 1 to 3 are groups; no window of any length holds more than its limit."""
    limits = RateLimits(all_per_second=3, chat_per_second=1, group_per_minute=4, minute=6.0)
    limiter, now = RateLimiter(limits), 0.0
    through: list[tuple[int, float]] = []
    for chat, pause in steps:
        now += pause
        if limiter.wait(-chat, now) == 0:
            through.append((chat, now))
    assert through
    for _, start in through:
        second = [chat for chat, at in through if start <= at < start + 0.999]
        minute = [chat for chat, at in through if start <= at < start + 5.999]
        assert len(second) <= 3
        assert all(second.count(chat) <= 1 for chat in range(4))
        assert all(minute.count(chat) <= 4 for chat in (1, 2, 3))


async def outcomes(seed: int) -> list[str]:
    """Returns what becomes of forty calls."""
    faults = RandomFaults(
        seed, 0.4, failures=(Fault("bad_gateway"), Fault("reset", after_effect=True))
    )
    async with (
        TelegramServer(faults=faults) as server,
        Bot(server.token, base_url=f"{server.url}/bot") as bot,
    ):
        group, ended = server.group("群"), []
        for number in range(40):
            try:
                await bot.send_message(group.id, str(number))
                ended.append("sent")
            except TelegramError as error:
                ended.append(type(error).__name__ + str(error))
        assert server.violations == []
        return ended


async def test_the_same_seed_lets_the_same_calls_fail_and_another_seed_others() -> None:
    first = await outcomes(1)
    assert await outcomes(1) == first
    assert await outcomes(2) != first
    assert 8 <= first.count("sent") <= 36


async def test_a_refusal_is_no_fault_and_its_repetition_no_retry(
    server: TelegramServer, bot: Bot, chat: Chat
) -> None:
    server.fail_next("sendMessage", ApiError("message to be replied not found"))
    with pytest.raises(TelegramError):
        await bot.send_message(chat.id, "一")
    await bot.send_message(chat.id, "一")
    [sent] = server.sent
    assert sent.retry_of is None
