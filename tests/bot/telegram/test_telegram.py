"""The Telegram channel over a real wire: the real application against the emulated Bot API."""

import asyncio
import itertools
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from bot_api_emulator.contract import ApiError
from bot_api_emulator.server import TelegramServer, User
from desk_fakes import DATA, EXAMPLE, SENTENCE, STEPS, FakeBuild, FakeLibrary
from httpx import ReadTimeout
from pydantic import SecretStr
from running_bot import (
    ADMIN_ID,
    ARTICLE,
    EN,
    LONG,
    ZH,
    answered,
    buttons_of,
    covered,
    parts_for,
    running,
)
from telegram import Message
from telegram.error import InvalidToken, TimedOut

from bot.core.desk import Nothing
from bot.running.channels import prepare
from bot.telegram import app
from bot.telegram.delivery.retrying import RetryingLimiter
from bot.texts.keys import Key
from index import (
    DamagedIndex,
    IndexSettings,
    LineFault,
    NoAnswer,
    NoIndex,
    NothingToIndex,
    Progress,
    SkipReason,
    Stage,
    open_library,
)


async def test_a_question_is_answered_by_a_quote_with_its_sentence_in_bold_and_its_source(
    server: TelegramServer, stranger: User, shelf: IndexSettings
) -> None:
    async with running(parts_for(server, index_settings=shelf), server):
        reply = await server.answer_to(await stranger.send("城西区投资了多少"))
    quote = "".join(covered(reply, "blockquote") + covered(reply, "expandable_blockquote"))
    assert "2000万元" in quote
    assert quote in ARTICLE.read_text(encoding="utf-8")
    [bold] = covered(reply, "bold")
    assert "2000万元" in bold
    assert bold in quote
    below = reply["text"].partition(quote)[2]
    for part in ("张海霞", "青海新闻网", "2017-11-27"):
        assert part in below
    assert server.violations == []


async def test_a_follow_up_says_how_it_was_understood_and_more_shows_the_next_passage(
    server: TelegramServer, stranger: User, shelf: IndexSettings
) -> None:
    async with running(parts_for(server, index_settings=shelf), server):
        await answered(stranger, "城西区投资了多少")
        reply = await answered(stranger, "那宣传部长是谁")
        assert reply.startswith("按“城西区的宣传部长是谁”来查\uff1a\n")
        assert "张海霞" in reply
        assert "第2处" in await answered(stranger, "还有吗")
        assert "第3处" in await answered(stranger, "下一个")
        await answered(stranger, "火星移民计划")
        assert await answered(stranger, "还有吗") == ZH.say(Nothing.NO_MORE)
        assert not (await answered(stranger, "熊猫<吃>什么")).startswith("按")
    assert server.violations == []


async def test_two_hundred_questions_at_once_are_all_answered(
    server: TelegramServer, shelf: IndexSettings
) -> None:
    questions = (
        "城西区投资了多少",
        "装了多少声控灯",
        "明天会下雨吗",
        "<b>西区</b>有几名志愿者",
        "😀",
    )
    library = open_library(shelf)
    people = [server.user(100 + number, f"读者{number}") for number in range(20)]
    sent = []
    async with running(parts_for(server, index_settings=shelf), server):
        for number in range(200):
            # Each person always asks the same.
            sent.append(await people[number % 20].send(questions[number % 20 % 5]))
        await server.dealt_with(*sent)
    for number, person in enumerate(people):
        result = library.ask(questions[number % 5])
        if isinstance(result, NoAnswer):
            due = ZH.say(result.reason)
        else:
            first = result.citations[0]
            due = first.sentence.of(first.passage.text)
        replies = [message["text"] for message in server.messages(server.private_chat(person))]
        assert [due in reply for reply in replies] == [True] * 10
    assert server.violations == []


async def test_start_and_help_speak_the_persons_language(
    server: TelegramServer, stranger: User
) -> None:
    foreigner = server.user(3, "Reader", language_code="de")
    async with running(parts_for(server), server):
        assert await answered(stranger, "/start") == ZH.say(Key.START_WELCOME, example=EXAMPLE)
        assert await answered(stranger, "/help") == ZH.say(Key.HELP_PRIVATE)
        assert await answered(foreigner, "/help") == EN.say(Key.HELP_PRIVATE)
    assert server.violations == []


async def test_help_tells_administrators_of_their_commands(
    server: TelegramServer, admin: User
) -> None:
    async with running(parts_for(server), server):
        sentence = await answered(admin, "/help")
    assert sentence == f"{ZH.say(Key.HELP_PRIVATE)}\n\n{ZH.say(Key.HELP_ADMIN)}"


async def test_commands_are_offered_by_scope_and_language_and_to_an_admin_once_they_write(
    server: TelegramServer, admin: User
) -> None:
    async with running(parts_for(server), server):
        await answered(admin, "/start")
        await answered(admin, "/help")
        await server.wait_until(lambda: len(server.calls_of("setMyCommands")) == 9)
    offered = {
        (call.parameters["scope"]["type"], call.parameters.get("language_code", "")): [
            command["command"] for command in call.parameters["commands"]
        ]
        for call in server.calls_of("setMyCommands")
    }
    for language in ("", "zh", "en"):
        assert offered["all_private_chats", language] == [
            "ask",
            "source",
            "help",
            "forget",
            "start",
        ]
        assert offered["all_group_chats", language] == ["ask", "source", "help"]
        assert offered["chat", language] == [
            *("ask", "source", "help", "forget", "start", "add", "remove", "reindex", "cancel"),
            *("rollback", "status", "articles", "misses", "feedback", "stats", "word", "synonym"),
        ]
    assert server.violations == []


async def test_what_telegram_tells_of_the_bot_is_set_once_in_each_language(
    server: TelegramServer, admin: User
) -> None:
    setters = ("setMyCommands", "setMyDescription", "setMyShortDescription")
    for languages_asked_for in (3, 6):
        async with running(parts_for(server), server):
            await answered(admin, "/help")
            await server.wait_until(
                lambda: (
                    len(server.calls_of("getMyShortDescription")) == languages_asked_for  # noqa: B023
                    and len(server.calls_of("setMyShortDescription")) >= 2
                )
            )
    assert [len(server.calls_of(setter)) for setter in setters] == [9, 2, 2]
    sentence = {call.parameters["description"] for call in server.calls_of("setMyDescription")}
    assert sentence == {ZH.say(Key.PROFILE_DESCRIPTION), EN.say(Key.PROFILE_DESCRIPTION)}
    assert server.violations == []


async def test_ask_passes_on_the_question_as_written_and_asks_for_one_if_there_is_none(
    server: TelegramServer, stranger: User
) -> None:
    library = FakeLibrary()
    async with running(parts_for(server, library), server):
        await answered(stranger, "/ask 投资\n了  多少")
        assert await answered(stranger, "/ask") == ZH.say(Key.ASK_HOW, example=EXAMPLE)
    assert library.asked == ["投资\n了  多少", EXAMPLE]


async def test_an_edited_question_is_answered_anew_in_the_same_message(
    server: TelegramServer, stranger: User, shelf: IndexSettings
) -> None:
    chat = server.private_chat(stranger)
    async with running(parts_for(server, index_settings=shelf), server):
        message = await stranger.send("城西区投资了多少")
        await server.dealt_with(message)
        changed = await server.edit_message(message, "装了多少声控灯")
        reply = await server.answer_to(message, "声控灯600余盏")
        await server.dealt_with(await server.edit_message(changed, "装了多少声控灯?"))
    assert len(server.messages(chat)) == 1
    assert buttons_of(reply)
    assert all("not modified" in violation for violation in server.take_violations())


async def test_edits_of_what_was_not_answered_are_left_alone(
    server: TelegramServer, stranger: User
) -> None:
    chat, group = server.private_chat(stranger), server.group("群")
    server.bot["can_read_all_group_messages"] = True
    async with running(parts_for(server), server):
        command = await stranger.send("/help")
        greeting = await group.send("你好", stranger)
        await server.dealt_with(command, greeting)
        for message in (command, greeting):
            await server.dealt_with(await server.edit_message(message, "投资了多少"))
    assert [message["text"] for message in server.messages(chat)] == [ZH.say(Key.HELP_PRIVATE)]
    assert server.messages(group) == []


@pytest.mark.parametrize(
    "content",
    [
        {"sticker": {"file_id": "f", "file_unique_id": "u", "type": "regular", "width": 1,
                     "height": 1, "is_animated": False, "is_video": False}},
        {"voice": {"file_id": "f", "file_unique_id": "u", "duration": 1}},
        {"location": {"latitude": 1.0, "longitude": 1.0}},
    ],
)  # fmt: skip
async def test_what_is_not_text_gets_a_friendly_hint(
    content: dict[str, Any], server: TelegramServer, stranger: User
) -> None:
    chat = server.private_chat(stranger)
    async with running(parts_for(server), server):
        reply = await server.answer_to(await chat.send_content(content))
    assert reply["text"] == ZH.say(Key.ASK_ONLY_TEXT)


async def test_an_unknown_command_is_no_question(server: TelegramServer, stranger: User) -> None:
    library = FakeLibrary()
    async with running(parts_for(server, library), server):
        assert await answered(stranger, "/weather") == ZH.say(Key.ASK_UNKNOWN_COMMAND)
    assert library.asked == []


@pytest.mark.parametrize("question", ["?!", "😀", "<b>&lt;</b><blockquote>", "一" * 4096, "**_[`"])
async def test_odd_questions_get_one_clear_answer(
    question: str, server: TelegramServer, stranger: User, shelf: IndexSettings
) -> None:
    async with running(parts_for(server, index_settings=shelf), server):
        assert await answered(stranger, question)
    assert server.violations == []


async def test_a_stranger_cannot_reindex(server: TelegramServer, stranger: User) -> None:
    fake = FakeBuild()
    async with running(parts_for(server, fake_build=fake), server):
        assert await answered(stranger, "/reindex") == ZH.say(Key.ERROR_ADMINS_ONLY)
    assert not fake.started.is_set()


async def test_an_admin_sees_the_progress_of_a_reindex_in_one_message_and_then_its_report(
    server: TelegramServer, admin: User, tmp_path: Path
) -> None:
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    for number in range(30):
        (seeds / f"{number}.txt").write_text(f"第{number}篇。城东区有{number}个公园。" * 5, "utf-8")
    (seeds / "empty.txt").touch()
    (seeds / "<b>.bin").write_bytes(b"\x00\x01")
    shelf = IndexSettings(seeds=seeds, data=tmp_path / "data")
    chat = server.private_chat(admin)
    async with running(parts_for(server, index_settings=shelf), server):
        assert await answered(admin, "城东区有几个公园") == ZH.say(Key.ERROR_NO_INDEX)
        report = (await server.answer_to(await admin.send("/reindex"), "索引已更新"))["text"]
        assert "公园" in await answered(admin, "城东区有7个公园吗")
    assert "新增 30 篇" in report
    assert "empty.txt" in report
    assert ZH.say(SkipReason.EMPTY) in report
    assert len(server.messages(chat)) == 3
    edits = [call.parameters["text"] for call in server.calls_of("editMessageText")]
    assert len(edits) == len(set(edits))
    assert server.violations == []


async def test_an_admin_who_edits_the_word_lists_sends_reindex_and_they_are_in_use(
    server: TelegramServer, admin: User, tmp_path: Path
) -> None:
    """What cannot be used of them is named; a list that is gone is told, and nothing else lost."""
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "a.txt").write_text("楼道新装声控灯六百盏。", "utf-8")
    words, synonyms = tmp_path / "words.txt", tmp_path / "synonyms.txt"
    words.write_text("声控灯\n", "utf-8")
    synonyms.write_text("# 还没有\n", "utf-8")
    shelf = IndexSettings(
        seeds=tmp_path / "seeds", data=tmp_path / "data", user_dict=words, synonyms=synonyms
    )

    async def reindexed(sentence: str) -> str:
        return str((await server.answer_to(await admin.send("/reindex"), sentence))["text"])

    async with running(parts_for(server, index_settings=shelf), server):
        await reindexed("索引已更新")
        assert "声控灯" not in await answered(admin, "感应灯装了几盏")
        words.write_text("声控灯\n声控灯 n 5\n", "utf-8")
        synonyms.write_text("感应灯 = 声控灯\n感应灯\n", "utf-8")
        report = await reindexed("索引已更新")
        assert f"words.txt 第2行\uff1a{ZH.say(LineFault.BLANK)}" in report
        assert f"synonyms.txt 第2行\uff1a{ZH.say(LineFault.ONE_WORD)}" in report
        assert "声控灯" in await answered(admin, "感应灯装了几盏")
        synonyms.unlink()
        await reindexed(ZH.say(Key.ERROR_WORD_LIST))
        assert "声控灯" in await answered(admin, "感应灯装了几盏")
    assert server.violations == []


async def test_progress_is_not_edited_more_often_than_allowed(
    server: TelegramServer, admin: User
) -> None:
    fake = FakeBuild(tuple(Progress(Stage.READING, done, 500) for done in range(500)))
    async with running(parts_for(server, fake_build=fake), server, edit_seconds=1000.0):
        await server.answer_to(await admin.send("/reindex"), "索引已更新")
    assert len(server.calls_of("sendMessage", "editMessageText")) == 2


async def test_a_second_reindex_is_refused_while_one_runs_and_questions_are_answered(
    server: TelegramServer, admin: User, stranger: User
) -> None:
    fake = FakeBuild()
    fake.gate.clear()
    async with running(parts_for(server, fake_build=fake), server):
        reindexing = await admin.send("/reindex")
        await server.answer_to(reindexing)
        assert await answered(admin, "/reindex") == ZH.say(Key.ERROR_BUILD_RUNNING)
        assert SENTENCE in await answered(stranger, "投资了多少")
        fake.gate.set()
        await server.answer_to(reindexing, "索引已更新")
    assert server.violations == []


async def test_a_reindex_without_articles_says_what_to_do(
    server: TelegramServer, admin: User
) -> None:
    fake = FakeBuild(steps=(), failure=NothingToIndex(DATA))
    async with running(parts_for(server, fake_build=fake), server):
        assert await answered(admin, "/reindex") == ZH.say(Key.ERROR_NOTHING_TO_INDEX)


def endless_build() -> FakeBuild:
    """Returns a build that waits after its first step, and then goes on until it is called off."""
    last = Progress(Stage.READING, 2, 2)
    build = FakeBuild(itertools.chain(STEPS[:1], itertools.repeat(last)))
    build.gate.clear()
    return build


def letting_go_on(
    fake: FakeBuild, cancel: Callable[..., Awaitable[object]]
) -> Callable[..., Awaitable[object]]:
    """Returns a function that cancels a build and lets it go on, to notice at its next step."""

    async def call_off(*values: object) -> object:
        fake.gate.set()
        return await cancel(*values)

    return call_off


async def test_stopping_calls_off_a_build_and_tells_the_admin(
    server: TelegramServer, admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = endless_build()
    parts = parts_for(server, fake_build=fake)
    monkeypatch.setattr(parts.admin_desk, "close", letting_go_on(fake, parts.admin_desk.close))
    async with running(parts, server):
        await server.answer_to(await admin.send("/reindex"))
    assert fake.closed.is_set()
    assert server.messages(server.private_chat(admin))[0]["text"] == ZH.say(Key.ERROR_BUILD_STOPPED)


async def test_cancel_calls_off_a_build_and_both_administrators_are_told(
    server: TelegramServer, admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = server.user(3, "副馆长")
    fake = endless_build()
    parts = parts_for(server, fake_build=fake, admins=frozenset({ADMIN_ID, other.id}))
    async with running(parts, server):
        assert await answered(other, "/cancel") == ZH.say(Key.ADMIN_NOTHING_TO_CANCEL)
        reindexing = await admin.send("/reindex")
        await server.answer_to(reindexing)
        monkeypatch.setattr(
            parts.admin_desk, "cancel", letting_go_on(fake, parts.admin_desk.cancel)
        )
        assert await answered(other, "/cancel") == ZH.say(Key.ADMIN_CANCELLED)
        await server.answer_to(reindexing, ZH.say(Key.ERROR_BUILD_STOPPED))
    assert fake.closed.is_set()
    assert server.violations == []


async def test_rollback_and_status_tell_what_is_in_use(server: TelegramServer, admin: User) -> None:
    library = FakeLibrary(faults=("Generation <2> is damaged.",))
    async with running(parts_for(server, library), server):
        assert await answered(admin, "/rollback") == ZH.rolled_back(library.status())
        assert (await answered(admin, "/status")).startswith(ZH.live(library.status()))
    assert library.refreshed == 1
    assert server.violations == []


@pytest.mark.parametrize("command", ["/cancel", "/rollback", "/status"])
async def test_a_stranger_is_refused_the_commands_of_administrators(
    command: str, server: TelegramServer, stranger: User
) -> None:
    async with running(parts_for(server), server):
        assert await answered(stranger, command) == ZH.say(Key.ERROR_ADMINS_ONLY)


async def test_a_damaged_index_is_built_anew_at_the_start(
    server: TelegramServer, stranger: User, log: list[str]
) -> None:
    parts = parts_for(server, FakeLibrary(failure=DamagedIndex(DATA, "cut")))
    async with running(parts, server):
        assert await answered(stranger, "投资") == ZH.say(Key.ERROR_DAMAGED_INDEX)
        await prepare(parts)
        assert SENTENCE in await answered(stranger, "投资")
    assert [line for line in log if "is damaged: cut" in line]


async def test_a_lost_edit_does_not_stop_the_build_nor_lose_the_report(
    server: TelegramServer, admin: User
) -> None:
    server.fail_next("editMessageText", ApiError("message to edit not found"), times=10)
    chat = server.private_chat(admin)
    async with running(parts_for(server), server):
        await server.answer_to(await admin.send("/reindex"), "索引已更新")
    assert len(server.messages(chat)) == 2


async def test_a_last_state_whose_edit_stays_of_unknown_outcome_is_told_in_a_message_of_its_own(
    server: TelegramServer, admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def time_out(*_: object, **__: object) -> None:
        raise TimedOut from ReadTimeout("nothing came")

    monkeypatch.setattr(Message, "edit_text", time_out)
    async with running(parts_for(server), server, edit_seconds=1000.0):
        await server.answer_to(await admin.send("/reindex"), "索引已更新")


@pytest.mark.parametrize(
    ("failure", "sentence"),
    [
        (DamagedIndex(DATA, "cut"), Key.ERROR_DAMAGED_INDEX),
        (RuntimeError("unforeseen"), Key.ERROR_UNEXPECTED),
    ],
)
async def test_whatever_ends_a_reindex_is_told_once_in_place_of_the_progress(
    failure: Exception, sentence: Key, server: TelegramServer, admin: User, log: list[str]
) -> None:
    class Broken(FakeLibrary):
        def refresh(self) -> bool:
            raise failure

    chat = server.private_chat(admin)
    async with running(parts_for(server, Broken()), server):
        await server.answer_to(await admin.send("/reindex"), ZH.say(sentence))
    [message] = server.messages(chat)
    assert message["text"] == ZH.say(sentence)
    assert any(str(failure) in line for line in log)


async def test_a_handler_that_fails_tells_the_person_and_logs_a_traceback_without_the_token(
    server: TelegramServer, stranger: User, log: list[str]
) -> None:
    library = FakeLibrary(failure=RuntimeError(f"no route to {server.url}/bot{server.token}/x"))
    async with running(parts_for(server, library), server):
        assert await answered(stranger, "投资了多少") == ZH.say(Key.ERROR_UNEXPECTED)
    [failure] = [line for line in log if "A handler failed" in line]
    assert "Traceback" in failure
    assert "RuntimeError" in failure
    assert "[redacted]" in failure
    assert not [line for line in log if server.token in line or "A" * 35 in line]


async def test_without_an_index_people_are_told_so_and_it_is_built_in_the_background(
    server: TelegramServer, stranger: User
) -> None:
    library = FakeLibrary(failure=NoIndex(DATA))
    parts = parts_for(server, library)
    async with running(parts, server):
        assert await answered(stranger, "投资了多少") == ZH.say(Key.ERROR_NO_INDEX)
        await prepare(parts)
        assert SENTENCE in await answered(stranger, "投资了多少")


async def test_a_chat_that_is_not_listed_gets_one_polite_sentence(
    server: TelegramServer, stranger: User, admin: User
) -> None:
    library = FakeLibrary()
    served_group, other = server.group("一"), server.group("二")
    parts = parts_for(server, library, chats=frozenset({served_group.id}))
    polite = ZH.say(Key.ERROR_NOT_INVITED)
    async with running(parts, server):
        for text in ("投资了多少", "/start", "/help", "/ask", "/weather", "/reindex"):
            assert await answered(stranger, text) == polite
        refusal = await server.answer_to(await other.send("/ask 投资了多少", stranger))
        assert refusal["text"] == polite
        assert library.asked == []
        reply = await server.answer_to(await served_group.send("/ask 投资了多少", stranger))
        assert SENTENCE in reply["text"]
        assert SENTENCE in await answered(admin, "投资了多少")


async def test_a_person_who_blocked_the_bot_is_an_ordinary_event(
    server: TelegramServer, stranger: User, admin: User, log: list[str]
) -> None:
    class Slow(FakeLibrary):
        blocked = threading.Event()

        def ask(self, question: str, limit: int = 5) -> Any:
            assert self.blocked.wait(LONG)
            return super().ask(question, limit)

    library = Slow()
    async with running(parts_for(server, library), server):
        question = await stranger.send("投资了多少")
        await stranger.block_bot()
        library.blocked.set()
        assert SENTENCE in await answered(admin, "投资了多少")
        await server.dealt_with(question)
    assert len(server.calls_of("sendMessage")) == 2
    assert not [line for line in log if "Traceback" in line]


async def test_a_deleted_question_is_still_answered(server: TelegramServer, stranger: User) -> None:
    group = server.group("群")

    class Deleting(FakeLibrary):
        def ask(self, question: str, limit: int = 5) -> Any:
            group.messages.clear()
            return super().ask(question, limit)

    async with running(parts_for(server, Deleting()), server):
        await server.dealt_with(await group.send("/ask 投资了多少", stranger))
    [reply] = server.messages(group)
    assert SENTENCE in reply["text"]
    assert server.violations == []


async def test_a_wrong_token_ends_the_start(server: TelegramServer) -> None:
    parts = parts_for(server, token=SecretStr("1:wrong"))
    services = parts.services(1.0)
    telegram = app.application(parts.settings, services, parts.inbox)
    with pytest.raises(InvalidToken):
        await app.serve(telegram, parts.settings, asyncio.Event())


async def test_questions_wait_for_the_first_build(server: TelegramServer, stranger: User) -> None:
    parts = parts_for(server)
    built, stop = asyncio.Event(), asyncio.Event()

    async def build() -> None:
        await built.wait()

    services = parts.services(0.0)
    telegram = app.application(parts.settings, services, parts.inbox, RetryingLimiter())
    ready = asyncio.create_task(build())
    serving = asyncio.create_task(app.serve(telegram, parts.settings, stop, ready))
    question = await stranger.send("投资")
    await server.wait_until(lambda: server.calls_of("getMe"))
    assert not server.calls_of("getUpdates")
    built.set()
    reply = await server.answer_to(question)
    stop.set()
    await serving
    assert SENTENCE in reply["text"]
    assert server.violations == []


async def test_a_signal_ends_the_wait_for_a_first_build(server: TelegramServer) -> None:
    parts = parts_for(server)
    stop = asyncio.Event()
    stop.set()
    services = parts.services(0.0)
    telegram = app.application(parts.settings, services, parts.inbox, RetryingLimiter())
    endless = asyncio.create_task(asyncio.Event().wait())
    await app.serve(telegram, parts.settings, stop, endless)
    assert not endless.done()
    endless.cancel()
