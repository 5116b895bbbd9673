"""Many questions on a bad day: none is lost, and answered twice only where the outcome of a call
was unknown."""

import asyncio
import shutil
import sqlite3
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest
from bot_api_emulator.clock import RealClock
from bot_api_emulator.server import Chat, RandomFaults, TelegramServer, User
from running_bot import ARTICLE, ZH, buttons_of, pace, parts_for, running
from small_libraries import plain_environment

from bot.state.database import Database
from bot.telegram.delivery.retrying import ALL_PER_SECOND, CHAT_SECONDS
from bot.texts.keys import Key
from index import IndexSettings, build

CHATS, QUESTIONS = 50, 40
PATIENCE = 400.0
EXPECTED = "2000万元"


async def chats_of_all_kinds(
    server: TelegramServer, people: list[User]
) -> list[tuple[Chat, list[int]]]:
    """Returns as many chats as people: private ones, groups, and groups with two topics each."""
    chats: list[tuple[Chat, list[int]]] = []
    for number, person in enumerate(people):
        if number % 3 == 0:
            chats.append((server.private_chat(person), []))
            continue
        group = server.group(f"群{number}", is_forum=number % 3 == 2)
        names = ("甲", "乙") if group.is_forum else ()
        chats.append((group, [await group.add_topic(name, person) for name in names]))
    return chats


def replies_to(server: TelegramServer, chat: Chat) -> Counter[int]:
    """Returns how many messages of the bot reply to each question of a chat."""
    return Counter(
        message["reply_to_message"]["message_id"]
        for message in server.messages(chat)
        if "reply_to_message" in message
    )


def answered_in(server: TelegramServer, chat: Chat) -> set[int]:
    """Returns the questions of a chat whose answers stand there."""
    return {
        message["reply_to_message"]["message_id"]
        for message in server.messages(chat)
        if EXPECTED in message["text"]
    }


@pytest.mark.slow
async def test_of_2000_questions_with_faults_none_is_lost_and_none_doubled_without_a_reason(
    shelf: IndexSettings, tmp_path: Path
) -> None:
    """In private chats, groups and topics, with the pace and the limits that people get."""
    faults = RandomFaults(seed=7, share=0.05)
    asked: dict[int, list[int]] = {}
    async with TelegramServer(faults=faults, clock=RealClock()) as server:
        people = [server.user(100 + number, f"读者{number}") for number in range(CHATS)]
        chats = await chats_of_all_kinds(server, people)
        # Who asks in private as well would ask more than a person may within a minute.
        members = [person for number, person in enumerate(people) if number % 3]
        parts = parts_for(server, index_settings=shelf, database=Database(tmp_path / "bot.sqlite3"))
        async with running(parts, server, limiter=pace(server, CHAT_SECONDS, ALL_PER_SECOND)):
            for number in range(QUESTIONS):
                for place, (chat, topics) in enumerate(chats):
                    person = None if chat.owner else members[(place + number) % len(members)]
                    topic = {"message_thread_id": topics[number % 2]} if topics else {}
                    text = f"/ask 城西区投资了多少{'?' * number}"
                    message = await chat.send(text, person, **topic)
                    asked.setdefault(chat.id, []).append(message["message_id"])
            await server.wait_until(
                lambda: all(len(answered_in(server, chat)) == QUESTIONS for chat, _ in chats),
                PATIENCE,
            )
        for chat, _ in chats:
            counts = replies_to(server, chat)
            assert set(counts) == answered_in(server, chat) == set(asked[chat.id])
            unknown = unknown_outcomes(server, chat)
            assert all(count <= 1 + unknown[question] for question, count in counts.items())
            assert all(EXPECTED in message["text"] for message in server.messages(chat))
    assert server.violations == []
    assert parts.inbox.pending() == []


def unknown_outcomes(server: TelegramServer, chat: Chat) -> Counter[int]:
    """Returns how many calls of unknown outcome each question of a chat had."""
    return Counter(
        call.parameters["reply_parameters"]["message_id"]
        for call in server.calls_of("sendMessage")
        if call.parameters["chat_id"] == chat.id and call.outcome_unknown
    )


async def started(server: TelegramServer, place: Path) -> asyncio.subprocess.Process:
    """Returns the whole program, answering."""
    before = len(server.calls_of("getUpdates"))
    settings = {"BOT_TOKEN": server.token, "BOT_API_URL": server.url, "BOT_LOCALE": "zh"}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot"),
        cwd=place,
        env=plain_environment() | settings,
        stderr=asyncio.subprocess.DEVNULL,
    )
    await server.wait_until(lambda: len(server.calls_of("getUpdates")) > before, PATIENCE)
    return process


@pytest.mark.slow
async def test_killed_under_load_the_bot_answers_what_was_pending_and_old_buttons_work(
    tmp_path: Path,
) -> None:
    """Killed again and again; its state stays sound. At most what was under way is said twice."""
    (tmp_path / "seeds").mkdir()
    shutil.copy(ARTICLE, tmp_path / "seeds")
    for _ in build(IndexSettings(seeds=tmp_path / "seeds", data=tmp_path / "data")):
        pass
    kills, people_count, rounds = 3, 10, 4
    async with TelegramServer() as server:
        people = [server.user(100 + number, f"读者{number}") for number in range(people_count)]
        for _ in range(kills):
            process = await started(server, tmp_path)
            answered = len(server.sent)
            for number in range(rounds):
                for person in people:
                    await person.send(f"城西区投资了多少{'?' * number}")
            await server.wait_until(lambda: len(server.sent) >= answered + 7, PATIENCE)  # noqa: B023
            process.kill()
            await process.wait()
        process = await started(server, tmp_path)
        chats = [server.private_chat(person) for person in people]
        due = kills * rounds
        await server.wait_until(
            lambda: all(len(replies_to(server, chat)) == due for chat in chats), PATIENCE
        )
        oldest = server.messages(chats[0])[0]
        query = await server.press(oldest, buttons_of(oldest)[ZH.say(Key.BUTTON_CONTEXT)])
        await server.wait_until(lambda: query in server.answers, PATIENCE)
        await server.wait_until(lambda: server.calls_of("editMessageText"), PATIENCE)
        process.terminate()
        assert await asyncio.wait_for(process.wait(), 60) == 0
    doubled = sum(sum(replies_to(server, chat).values()) - due for chat in chats)
    assert doubled <= kills * people_count
    assert server.violations == []
    with closing(sqlite3.connect(tmp_path / "data" / "bot.sqlite3")) as state:
        assert state.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert state.execute("SELECT * FROM inbox WHERE body IS NOT NULL").fetchall() == []
