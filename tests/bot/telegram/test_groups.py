"""Groups and topics: the bot speaks when it is asked to, and keeps talks apart."""

import threading

import pytest
from bot_api_emulator.server import TelegramServer, User
from desk_fakes import EXAMPLE, SENTENCE, FakeLibrary
from running_bot import (
    LONG,
    ZH,
    answered,
    parts_for,
    pressed,
    running,
    shows,
    three_passages,
)

from bot.texts.keys import Key
from index import Answer, NoAnswer, RefusalReason


async def test_in_a_group_a_question_is_answered_only_by_ask_as_a_reply_in_the_same_topic(
    server: TelegramServer, stranger: User
) -> None:
    group = server.group("群", is_forum=True)
    topic = {"message_thread_id": 7, "is_topic_message": True}
    server.bot["can_read_all_group_messages"] = True
    async with running(parts_for(server), server):
        others = [
            await group.send(text, stranger, **topic)
            for text in ("投资了多少", "/reindex", "/weather")
        ]
        question = await group.send("/ask@wenchu_test_bot 投资了多少", stranger, **topic)
        await server.dealt_with(*others, question)
    [reply] = server.messages(group)
    assert SENTENCE in reply["text"]
    assert reply["reply_to_message"]["message_id"] == question["message_id"]
    assert reply["message_thread_id"] == 7
    assert server.violations == []


@pytest.mark.parametrize(
    ("caption", "kind"),
    [
        ("@wenchu_test_bot 投资了多少", "mention"),
        ("/ask@wenchu_test_bot 投资了多少", "bot_command"),
    ],
)
async def test_what_is_asked_below_a_picture_is_answered(
    caption: str, kind: str, server: TelegramServer, stranger: User
) -> None:
    group = server.group("群")
    library = FakeLibrary()
    addressed = {"type": kind, "offset": 0, "length": len(caption.split()[0])}
    picture = {"photo": [{"file_id": "a", "file_unique_id": "b", "width": 1, "height": 1}]}
    server.bot["can_read_all_group_messages"] = True
    async with running(parts_for(server, library), server):
        unasked = await group.send_content({**picture, "caption": "投资了多少"}, stranger)
        content = {"caption": caption, "caption_entities": [addressed]}
        asked = await group.send_content({**picture, **content}, stranger)
        await server.dealt_with(unasked, asked)
    [reply] = server.messages(group)
    assert SENTENCE in reply["text"]
    assert library.asked == ["投资了多少"]
    assert server.violations == []


@pytest.mark.parametrize("command", ["/help", "/start", "/help@wenchu_test_bot"])
async def test_help_in_a_group_tells_how_to_ask_there(
    command: str, server: TelegramServer, stranger: User
) -> None:
    group = server.group("群")
    async with running(parts_for(server), server):
        reply = await server.answer_to(await group.send(command, stranger))
    assert reply["text"] == ZH.say(Key.HELP_GROUP, example=EXAMPLE)
    assert server.violations == []


@pytest.mark.parametrize(
    "text", ["@wenchu_test_bot 城西区投资了多少", "城西区投资了多少 @WenChu_test_bot", "re"]
)
async def test_in_a_group_a_mention_or_a_reply_asks_the_bot(
    text: str, server: TelegramServer, stranger: User, admin: User
) -> None:
    group = server.group("群", is_forum=True)
    library = FakeLibrary()
    topic = {"message_thread_id": 7, "is_topic_message": True}
    server.bot["can_read_all_group_messages"] = True
    async with running(parts_for(server, library), server):
        first = await server.answer_to(await group.send("/ask 有几盏灯", admin, **topic))
        ignored = [
            await group.send(other, stranger, **topic)
            for other in ("@somebody_else 投资", "投资了多少", "a@wenchu_test_bot.example")
        ]
        if text == "re":
            asked = await group.send("城西区投资了多少", stranger, reply_to_message=first, **topic)
        else:
            asked = await group.send(text, stranger, **topic)
        await server.dealt_with(*ignored, asked)
    reply = server.messages(group)[-1]
    assert library.asked == ["有几盏灯", "城西区投资了多少"]
    assert reply["reply_to_message"]["message_id"] == asked["message_id"]
    assert reply["message_thread_id"] == 7
    assert server.violations == []


async def test_an_answer_follows_a_group_that_got_another_id_before_it(
    server: TelegramServer, stranger: User
) -> None:
    class Slow(FakeLibrary):
        upgraded = threading.Event()

        def ask(self, question: str, limit: int = 5) -> Answer | NoAnswer:
            assert self.upgraded.wait(LONG)
            return super().ask(question, limit)

    group = server.group("群", kind="group")
    library = Slow(three_passages().citations)
    async with running(parts_for(server, library), server):
        question = await group.send("/ask 投资", stranger)
        upgraded = await group.upgrade(stranger)
        library.upgraded.set()
        await server.dealt_with(question)
        await pressed(server, upgraded, Key.BUTTON_NEXT, stranger)
        await shows(server, upgraded, "第1段原文")
    assert server.messages(group) == []


async def test_an_edited_question_in_a_group_is_answered_anew_in_place(
    server: TelegramServer, stranger: User
) -> None:
    group = server.group("群")
    library = FakeLibrary()
    async with running(parts_for(server, library), server):
        asked = await group.send("/ask 城西区投资了多少", stranger)
        await server.dealt_with(asked)
        library.citations = ()
        await server.dealt_with(await server.edit_message(asked, "/ask 天气"))
        assert ZH.say(RefusalReason.NOTHING_FOUND) in server.messages(group)[-1]["text"]
    assert library.asked == ["城西区投资了多少", "天气"]
    assert len(server.messages(group)) == 1
    assert server.violations == []


async def test_a_mention_without_a_question_says_how_to_ask(
    server: TelegramServer, stranger: User
) -> None:
    group = server.group("群")
    async with running(parts_for(server), server):
        reply = await server.answer_to(await group.send("@wenchu_test_bot", stranger))
    assert reply["text"] == ZH.say(Key.ASK_HOW, example=EXAMPLE)


async def test_a_reply_to_an_older_answer_follows_up_on_that_one(
    server: TelegramServer, stranger: User
) -> None:
    library = FakeLibrary()
    chat = server.private_chat(stranger)
    async with running(parts_for(server, library), server):
        await answered(stranger, "城西区投资了多少")
        await answered(stranger, "有几盏灯")
        first, second = server.messages(chat)
        await server.dealt_with(await stranger.send("那城东区呢", reply_to_message=first))
        assert [turn.question for turn in library.turns] == ["城西区投资了多少"]
        await server.dealt_with(await stranger.send("那城北区呢", reply_to_message=second))
        assert [turn.question for turn in library.turns] == ["有几盏灯"]


async def test_in_a_group_each_person_and_topic_has_a_talk_of_its_own(
    server: TelegramServer, stranger: User, admin: User
) -> None:
    group = server.group("群", is_forum=True)
    library = FakeLibrary()
    async with running(parts_for(server, library), server):
        for person, topic in ((stranger, 7), (admin, 7), (stranger, 8)):
            question = await group.send(
                "/ask 城西区投资了多少", person, message_thread_id=topic, is_topic_message=True
            )
            await server.answer_to(question, SENTENCE)
            assert library.turns == ()


async def test_what_was_said_in_a_group_goes_on_after_it_got_another_id(
    server: TelegramServer, stranger: User
) -> None:
    group = server.group("群", kind="group")
    async with running(parts_for(server, three_passages()), server):
        await server.dealt_with(await group.send("/ask 投资", stranger))
        upgraded = await group.upgrade(stranger)
        reply = await server.answer_to(await upgraded.send("/ask 还有吗", stranger))
    assert "第1段原文" in reply["text"]


async def test_channels_that_write_in_a_group_are_limited_each_by_itself(
    server: TelegramServer, stranger: User
) -> None:
    group = server.group("群")
    first, second = (server.channel(name).as_sender() for name in ("甲", "乙"))
    async with running(parts_for(server, questions_per_minute=1), server):
        for sender in (first, second, stranger):
            question = await group.send("/ask 投资", sender)
            assert SENTENCE in (await server.answer_to(question))["text"]
            await server.dealt_with(question)
        again = await group.send("/ask 投资", first)
        assert (await server.answer_to(again))["text"] == ZH.say(Key.ERROR_TOO_MANY)
    assert server.violations == []
