"""What administrators ask for on Telegram, and nobody else gets."""

from pathlib import Path

import pytest
from bot_api_emulator.server import TelegramServer, User
from desk_fakes import FakeLibrary
from running_bot import (
    ADMIN_ID,
    EN,
    ZH,
    answered,
    buttons_of,
    forged,
    parts_for,
    pressed,
    running,
    shows,
    three_passages,
)

from bot.admin.lists import Listing, ListPage
from bot.state.database import Database
from bot.telegram.messages.button_data import encode
from bot.texts import admin as admin_texts
from bot.texts.catalogue import Texts
from bot.texts.keys import Key
from index import Certainty, IndexSettings, LineFault, RefusalReason, build

COMMANDS = ("articles", "misses", "feedback", "stats", "word 创城办", "synonym 西区=城西区", "word")


@pytest.mark.parametrize("command", COMMANDS)
async def test_a_stranger_is_told_nothing_and_changes_nothing(
    command: str, server: TelegramServer, stranger: User
) -> None:
    async with running(parts_for(server), server):
        assert await answered(stranger, f"/{command}") == ZH.say(Key.ERROR_ADMINS_ONLY)
    assert server.violations == []


@pytest.mark.parametrize("command", ["reindex", "rollback", "status", "forget", "word 创城办"])
async def test_an_order_that_an_administrator_only_forwards_is_not_obeyed(
    command: str, server: TelegramServer, admin: User, stranger: User
) -> None:
    """Whoever gets an administrator to forward a text must not give orders by it."""
    chat = server.private_chat(admin)
    async with running(parts_for(server), server):
        await answered(stranger, f"/{command}")
        [written, *_] = server.private_chat(stranger).messages.values()
        reply = await server.answer_to(await chat.forward(written, admin))
    assert reply["text"] == ZH.say(Key.ASK_UNKNOWN_COMMAND)
    assert server.violations == []


@pytest.mark.parametrize("listing", Listing)
async def test_a_forged_press_on_a_list_tells_a_stranger_nothing(
    listing: Listing, server: TelegramServer, stranger: User
) -> None:
    async with running(parts_for(server), server):
        await answered(stranger, "投资")
        [message] = server.messages(server.private_chat(stranger))
        query = await forged(server, stranger, message, encode(ListPage(listing, 0)))
        assert server.answers[query]["text"] == ZH.say(Key.ERROR_ADMINS_ONLY)
    assert not server.calls_of("editMessageText")


async def test_the_articles_are_listed_page_by_page(server: TelegramServer, admin: User) -> None:
    chat = server.private_chat(admin)
    async with running(parts_for(server), server):
        assert (await answered(admin, "/articles")).count("永不停步") == 10
        await pressed(server, chat, Key.BUTTON_NEXT_PAGE)
        await shows(server, chat, "第 11 到 20 条")
        await pressed(server, chat, Key.BUTTON_NEXT_PAGE)
        last = await shows(server, chat, "24.txt")
        await pressed(server, chat, Key.BUTTON_PREVIOUS_PAGE)
        await shows(server, chat, "第 11 到 20 条")
    assert list(buttons_of(last)) == [ZH.say(Key.BUTTON_PREVIOUS_PAGE)]
    assert server.violations == []


async def test_misses_are_grouped_with_those_first_that_were_reported(
    server: TelegramServer, admin: User, stranger: User
) -> None:
    library = FakeLibrary(())
    async with running(parts_for(server, library), server):
        assert await answered(admin, "/misses") == ZH.say(Key.ADMIN_LIST_EMPTY)
        for question in ("天气", "天气", "<b>地铁"):
            await answered(stranger, question)
        await pressed(server, server.private_chat(stranger), Key.BUTTON_REPORT)
        text = await answered(admin, "/misses")
    lines = text.splitlines()
    assert lines[1] == ZH.say(Key.ADMIN_MISS_REPORTED, number=1, question="<b>地铁", times=1)
    assert lines[2] == ZH.say(Key.ADMIN_MISS, number=2, question="天气", times=2)
    assert server.violations == []


async def test_feedback_is_counted_by_question_and_a_person_has_one_opinion(
    server: TelegramServer, admin: User, stranger: User
) -> None:
    chat = server.private_chat(stranger)
    async with running(parts_for(server, three_passages()), server):
        await answered(stranger, "投资")
        await pressed(server, chat, Key.BUTTON_GOOD)
        await pressed(server, chat, Key.BUTTON_BAD)
        text = await answered(admin, "/feedback")
    expected = ZH.say(Key.ADMIN_OPINION, number=1, good=0, bad=1, question="投资")
    assert text.splitlines()[1] == expected


async def test_status_tells_how_the_day_goes(
    server: TelegramServer, admin: User, stranger: User
) -> None:
    library = FakeLibrary()
    async with running(parts_for(server, library), server):
        await answered(stranger, "投资")
        library.citations = ()
        await answered(stranger, "天气")
        text = await answered(admin, "/status")
    assert "今天 2 个问题，答了 50%" in text
    assert "MB" in text


async def test_stats_are_a_picture_with_what_it_shows(
    server: TelegramServer, admin: User, stranger: User
) -> None:
    async with running(parts_for(server), server):
        await answered(stranger, "投资")
        message = await server.answer_to(await admin.send("/stats"))
    assert "共 1 个问题，答了 100%" in message["caption"]
    [file] = server.files.values()
    assert file.content.startswith(b"\x89PNG")
    assert server.violations == []


@pytest.mark.parametrize(("language", "texts"), [("zh-hans", ZH), ("en", EN)])
async def test_sure_and_possible_answers_and_misses_are_told_apart_to_administrators(
    language: str, texts: Texts, server: TelegramServer, stranger: User
) -> None:
    admin = server.user(ADMIN_ID, "馆长", language)
    chat = server.private_chat(stranger)
    library = three_passages()
    async with running(parts_for(server, library), server):
        await answered(stranger, "投资")
        await pressed(server, chat, Key.BUTTON_BAD)
        library.certainty = Certainty.POSSIBLE
        for question in ("花费", "花费"):
            await answered(stranger, question)
        await pressed(server, chat, Key.BUTTON_BAD)
        library.citations = ()
        await answered(stranger, "天气")
        status = await answered(admin, "/status")
        stats = await server.answer_to(await admin.send("/stats"))
        misses = await answered(admin, "/misses")
        opinions = await answered(admin, "/feedback")
    counts = {"asked": 4, "answered": 1, "possible": 2, "missed": 1}
    assert stats["caption"].splitlines() == [
        texts.say(Key.ADMIN_PICTURE, days=30),
        texts.say(Key.ADMIN_PICTURE_COUNTS, share="25%", **counts),
        texts.say(Key.ADMIN_PICTURE_TODAY, **counts),
    ]
    assert all(share in status for share in ("25%", "50%"))
    assert misses.splitlines()[1:] == [
        texts.say(Key.ADMIN_MISS, number=1, question="天气", times=1),
        texts.say(Key.ADMIN_MISS_POSSIBLE, number=2, question="花费", times=2),
    ]
    assert opinions.splitlines()[1:] == [
        texts.say(Key.ADMIN_OPINION, number=1, good=0, bad=1, question="投资"),
        texts.say(Key.ADMIN_OPINION_POSSIBLE, number=2, good=0, bad=1, question="花费"),
    ]
    assert server.violations == []


async def test_a_word_and_synonyms_that_are_added_stand_in_their_files_and_are_used(
    server: TelegramServer, admin: User, tmp_path: Path
) -> None:
    """Synonyms count at once; a file in another encoding stays readable."""
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "a.txt").write_text("楼道新装声控灯六百盏。", "utf-8")
    words, synonyms = tmp_path / "words.txt", tmp_path / "synonyms.txt"
    words.write_bytes("# 词典\n老旧楼院".encode("gb18030"))
    synonyms.write_text("甲 = 乙\n", "utf-8")
    shelf = IndexSettings(
        seeds=tmp_path / "seeds", data=tmp_path / "data", user_dict=words, synonyms=synonyms
    )
    for _ in build(shelf):
        pass
    async with running(parts_for(server, index_settings=shelf), server):
        refused = ZH.say(RefusalReason.WEAK_EVIDENCE)
        assert (await answered(admin, "感应灯装了几盏")).startswith(refused)
        added = await answered(admin, "/synonym 感应灯=声控灯")
        assert added == ZH.say(Key.ADMIN_SYNONYM_ADDED)
        assert "楼道新装声控灯" in await answered(admin, "感应灯装了几盏")
        assert await answered(admin, "/word 创城办") == ZH.say(Key.ADMIN_WORD_ADDED)
        refused = await answered(admin, "/word 创城办 和 别的")
        assert refused == admin_texts.line_refused(ZH, LineFault.BLANK)
        for command, fault in (("word #", LineFault.NO_WORD), ("synonym 甲", LineFault.ONE_WORD)):
            assert await answered(admin, f"/{command}") == admin_texts.line_refused(ZH, fault)
        assert await answered(admin, "/word") == ZH.say(Key.ADMIN_HOW_WORD)
        assert await answered(admin, "/synonym") == ZH.say(Key.ADMIN_HOW_SYNONYM)
    assert words.read_bytes().decode("gb18030") == "# 词典\n老旧楼院\n创城办\n"
    assert synonyms.read_text("utf-8") == "甲 = 乙\n感应灯=声控灯\n"
    assert server.violations == []


async def test_where_no_word_lists_are_set_they_are_begun_beside_the_index(
    server: TelegramServer, admin: User, tmp_path: Path
) -> None:
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "a.txt").write_text("楼道新装声控灯六百盏。", "utf-8")
    shelf = IndexSettings(seeds=tmp_path / "seeds", data=tmp_path / "data")
    for _ in build(shelf):
        pass
    async with running(parts_for(server, index_settings=shelf, database=Database()), server):
        assert await answered(admin, "/word 创城办") == ZH.say(Key.ADMIN_WORD_ADDED)
        assert await answered(admin, "/synonym 感应灯=声控灯") == ZH.say(Key.ADMIN_SYNONYM_ADDED)
        assert "楼道新装声控灯" in await answered(admin, "感应灯装了几盏")
    assert (shelf.data / "words.txt").read_text("utf-8") == "创城办\n"


async def test_word_lists_that_cannot_be_written_are_told_to_an_administrator(
    server: TelegramServer, admin: User, tmp_path: Path
) -> None:
    shelf = IndexSettings(seeds=tmp_path, data=tmp_path, user_dict=tmp_path, synonyms=tmp_path)
    async with running(parts_for(server, index_settings=shelf, database=Database()), server):
        for command in ("/word 创城办", "/synonym 西区=城西区"):
            assert await answered(admin, command) == ZH.say(Key.ERROR_WORD_LIST)
