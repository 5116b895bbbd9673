"""Articles that administrators bring to the bot, and what becomes of them."""

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from bot_api_emulator.server import Chat, TelegramServer, User
from desk_fakes import FakeBuild
from local_web import PAGE, LocalWeb, local_fetcher, local_web
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
)
from small_libraries import finish, write_seeds

from bot.admin import build_queue
from bot.composition import Parts
from bot.errors import FetchFault
from bot.state.database import Database
from bot.telegram.messages.button_data import ArticleAction, ArticleButton, TextUse, encode
from bot.texts.keys import Key
from index import IndexSettings, NothingToIndex, SkipReason, build

NEWS = """惠民工程开工
青海新闻网 2026-03-02

城西区投资两千万元，对五十个老旧楼院进行整治。工程由区住建局负责，预计今年年底完成。

一、楼道照明
楼道里安装声控灯六百余盏，由街道办事处负责维护。
"""
FACT = "声控灯六百余盏"
QUESTION = "楼道里安装声控灯多少盏"
LONG_TEXT = NEWS + "居民说，晚上回家亮堂多了，心里也踏实多了。" * 20


@pytest.fixture
def place(tmp_path: Path) -> IndexSettings:
    """An index of one small article."""
    settings = write_seeds(tmp_path, {"公园.txt": "人民公园的荷花六月开放，门票免费。"})
    finish(build(settings))
    return settings


@pytest.fixture
async def site() -> AsyncIterator[LocalWeb]:
    async with local_web() as web:
        yield web


@pytest.fixture
def chat(server: TelegramServer, admin: User) -> Chat:
    return server.private_chat(admin)


def parts(server: TelegramServer, place: IndexSettings, **more: Any) -> Parts:
    return parts_for(server, index_settings=place, fetcher=local_fetcher(), **more)


def inbox(place: IndexSettings) -> list[str]:
    folder = place.seeds / "inbox"
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def kept(title: str, texts: Any = ZH) -> str:
    return str(texts.say(Key.INTAKE_KEPT, title=title))


async def brought(
    chat: Chat, reply: str, name: str, content: bytes = NEWS.encode(), **more: Any
) -> dict[str, Any]:
    """Send a document, and wait for the answer that holds a reply; return the answer."""
    document = chat.server.document(name, content, **more)
    return await chat.server.answer_to(await chat.send_content(document), reply)


async def test_a_document_is_saved_indexed_reported_and_can_be_undone(
    server: TelegramServer, admin: User, chat: Chat, place: IndexSettings
) -> None:
    async with running(parts(server, place), server):
        reply = await brought(chat, kept("惠民工程开工"), "报道.txt")
        for part in ("青海新闻网", "2026-03-02", "楼道照明", "inbox/报道.txt"):
            assert part in reply["text"]
        assert FACT in await answered(admin, QUESTION)
        [report, _] = server.messages(chat)
        query = await server.press(report, buttons_of(report)[ZH.say(Key.BUTTON_UNDO)])
        undone = await server.answer_to(query, ZH.say(Key.INTAKE_UNDONE, title="惠民工程开工"))
        assert undone["message_id"] == report["message_id"]
        assert inbox(place) == []
        assert FACT not in await answered(admin, QUESTION)
    assert server.violations == []


async def test_the_log_tells_who_added_what_was_refused_what_and_removed_what(
    server: TelegramServer,
    chat: Chat,
    place: IndexSettings,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A line an event; a refusal is nothing to look after."""
    caplog.set_level(logging.INFO, "bot")
    async with running(parts(server, place), server):
        report = await brought(chat, kept("惠民工程开工"), "a.txt")
        await brought(chat, ZH.say(Key.INTAKE_ALREADY, id="inbox/a.txt"), "b.txt")
        query = await server.press(report, buttons_of(report)[ZH.say(Key.BUTTON_UNDO)])
        await server.answer_to(query, ZH.say(Key.INTAKE_UNDONE, title="惠民工程开工"))
    lines = [f"{record.levelname} {record.getMessage()}" for record in caplog.records]
    for number, part in enumerate(
        (
            f"INFO Chat {ADMIN_ID} added the article inbox/a.txt: ",
            f"INFO Refused to user {ADMIN_ID}: inbox/a.txt holds the very same.",
            f"INFO User {ADMIN_ID} removed the article inbox/a.txt.",
        )
    ):
        assert len([line for line in lines if line.startswith(part)]) == 1, number
    builds = [line for line in lines if line.startswith("INFO Built for changed articles: ")]
    assert len(builds) == 2
    assert not [line for line in lines if line.startswith("ERROR")]


async def test_what_was_undone_does_not_come_back_with_an_earlier_index(
    server: TelegramServer, admin: User, chat: Chat, place: IndexSettings
) -> None:
    async with running(parts(server, place), server):
        sent = await chat.send_content(server.document("报道.txt", NEWS.encode()))
        report = await server.answer_to(sent, kept("惠民工程开工"))
        assert FACT in await answered(admin, QUESTION)
        query = await server.press(report, buttons_of(report)[ZH.say(Key.BUTTON_UNDO)])
        await server.answer_to(query, ZH.say(Key.INTAKE_UNDONE, title="惠民工程开工"))
        reply = await answered(admin, "/rollback")
        assert ZH.say(Key.ADMIN_STILL_WITHDRAWN, count=1) in reply
        assert FACT not in await answered(admin, QUESTION)
        assert "六月" in await answered(admin, "荷花几月开放")
    assert server.violations == []


async def test_undo_survives_a_restart_and_is_refused_to_others_and_done_once(
    server: TelegramServer,
    admin: User,
    stranger: User,
    chat: Chat,
    place: IndexSettings,
    tmp_path: Path,
) -> None:
    database = tmp_path / "bot.sqlite3"
    async with running(parts(server, place, database=Database(database)), server):
        report = await brought(chat, kept("惠民工程开工"), "a.txt")
    undo = buttons_of(report)[ZH.say(Key.BUTTON_UNDO)]
    async with running(parts(server, place, database=Database(database)), server):
        await answered(stranger, "荷花")
        [message] = server.messages(server.private_chat(stranger))
        query = await forged(server, stranger, message, undo)
        assert server.answers[query]["text"] == ZH.say(Key.ERROR_ADMINS_ONLY)
        assert inbox(place) == ["a.txt"]
        await server.answer_to(
            await server.press(report, undo), ZH.say(Key.INTAKE_UNDONE, title="惠民工程开工")
        )
        query = await forged(server, admin, server.messages(chat)[-1], undo)
        assert server.answers[query]["text"] == ZH.say(Key.INTAKE_GONE)
    assert server.violations == []


async def test_a_stale_undo_does_not_take_out_what_came_later_under_the_same_name(
    server: TelegramServer, admin: User, chat: Chat, place: IndexSettings
) -> None:
    async with running(parts(server, place), server):
        first = await brought(chat, kept("惠民工程开工"), "a.txt")
        undo = buttons_of(first)[ZH.say(Key.BUTTON_UNDO)]
        await server.answer_to(
            await server.press(first, undo), ZH.say(Key.INTAKE_UNDONE, title="惠民工程开工")
        )
        await brought(chat, kept("惠民工程开工"), "a.txt")
        await forged(server, admin, first, undo)
        assert inbox(place) == ["a.txt"]


async def test_documents_of_an_album_are_each_reported_after_one_build(
    server: TelegramServer, chat: Chat, place: IndexSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pause before the build lasts until all of them have come in."""
    monkeypatch.setattr(build_queue, "time", SimpleNamespace(monotonic=server.clock))
    monkeypatch.setattr(build_queue, "AGAIN_SECONDS", 0.01)
    async with running(parts(server, place, build_pause=1.0), server):
        sent = []
        for number in range(4):
            content = f"第{number}篇\n\n{number}号楼院的整治已经完工，居民都很满意。".encode()
            document = server.document(f"{number}.txt", content)
            sent.append(await chat.send_content(document, media_group_id="album"))
        await server.dealt_with(*sent)
        assert "已收录" not in str(server.messages(chat))
        server.clock.advance(2.0)
        for message in sent:
            await server.answer_to(message, "已收录")
        assert [answer["text"].count("已收录") for answer in server.messages(chat)] == [1] * 4
        assert sorted(path.name for path in (place.data / "generations").iterdir()) == [
            "000001",
            "000002",
        ]
    assert server.violations == []


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.exe", b"MZ" + bytes(100), SkipReason.UNSUPPORTED),
        ("a.txt", bytes(100), SkipReason.BINARY),
        ("a.txt", b" ", SkipReason.EMPTY),
    ],
    ids=["program", "zeros", "blank"],
)
async def test_a_document_that_is_no_article_is_refused_with_the_reason_and_not_kept(
    name: str, content: bytes, reason: SkipReason, server: TelegramServer, chat: Chat,
    place: IndexSettings,
) -> None:  # fmt: skip
    async with running(parts(server, place), server):
        reply = await brought(
            chat, ZH.say(Key.INTAKE_UNREADABLE, reason=ZH.say(reason)), name, content
        )
    assert not buttons_of(reply)
    assert inbox(place) == []
    assert server.violations == []


async def test_a_file_of_2_gb_is_refused_before_it_is_asked_for(
    server: TelegramServer, chat: Chat, place: IndexSettings
) -> None:
    async with running(parts(server, place), server):
        await brought(chat, ZH.say(FetchFault.TOO_LARGE), "a.txt", b"x", size=2_000_000_000)
    assert not server.calls_of("getFile")


async def test_of_a_file_whose_size_nobody_tells_no_more_is_downloaded_than_may_be(
    server: TelegramServer, chat: Chat, place: IndexSettings
) -> None:
    endless = server.document("a.txt", "荷花".encode() * 10_000_000, tells_size=False)
    async with running(parts(server, place), server):
        told = await server.answer_to(
            await chat.send_content(endless), ZH.say(FetchFault.TOO_LARGE)
        )
        assert not buttons_of(told)
    assert server.downloaded < 30_000_000
    assert inbox(place) == []
    assert server.violations == []


async def test_a_small_file_whose_size_nobody_tells_is_taken_in(
    server: TelegramServer, chat: Chat, place: IndexSettings
) -> None:
    async with running(parts(server, place), server):
        await brought(chat, kept("惠民工程开工"), "a.txt", tells_size=False)
    assert (place.seeds / "inbox" / "a.txt").read_bytes() == NEWS.encode()


@pytest.mark.parametrize(
    ("size", "reply"), [(10, kept("惠民工程开工")), (2_000_000, ZH.say(FetchFault.TOO_LARGE))]
)
async def test_a_server_of_ones_own_may_put_a_file_on_this_machine(
    size: int, reply: str, server: TelegramServer, chat: Chat, place: IndexSettings, tmp_path: Path
) -> None:
    here = tmp_path / "document"
    here.write_bytes(NEWS.encode() + b"\n" * size)

    def with_its_place(parameters: dict[str, Any]) -> dict[str, Any]:
        id = parameters["file_id"]
        return {"file_id": id, "file_unique_id": f"u{id}", "file_path": str(here)}

    server.handlers["getFile"] = with_its_place
    async with running(parts(server, place), server):
        await brought(chat, reply, "a.txt", b"", tells_size=False)
    assert server.downloaded == 0
    assert inbox(place) == (["a.txt"] if size == 10 else [])


async def test_a_download_that_fails_is_told_kindly_and_the_log_keeps_the_token(
    server: TelegramServer, chat: Chat, place: IndexSettings, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(parts(server, place), server):
        document = server.document("a.txt", NEWS.encode())
        server.handlers["getFile"] = lambda _: {
            "file_id": "lost", "file_unique_id": "lost", "file_path": "lost"
        }  # fmt: skip
        await server.answer_to(await chat.send_content(document), ZH.say(FetchFault.FILE))
    assert inbox(place) == []
    texts = [record.getMessage() for record in caplog.records if record.name.startswith("bot")]
    assert not [line for line in texts if server.token in line]
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_a_file_that_telegram_gives_to_no_bot_is_told_kindly(
    server: TelegramServer, chat: Chat, place: IndexSettings
) -> None:
    large = parts_for(server, index_settings=place, fetcher=local_fetcher(bytes=300_000_000))
    async with running(large, server):
        await brought(chat, ZH.say(FetchFault.FILE_LIMIT), "a.txt", b"x", size=30_000_000)
    [violation] = server.take_violations()
    assert "file is too big" in violation


async def test_the_very_same_is_refused_with_the_name_of_the_first(
    server: TelegramServer, chat: Chat, place: IndexSettings
) -> None:
    async with running(parts(server, place), server):
        await brought(chat, kept("惠民工程开工"), "a.txt")
        await brought(chat, ZH.say(Key.INTAKE_ALREADY, id="inbox/a.txt"), "b.txt")
    assert inbox(place) == ["a.txt"]


@pytest.mark.parametrize(
    "name",
    [
        "../../../etc/passwd.txt",
        "/etc/passwd.txt",
        "\u202epasswd\x07.txt",
        ".." * 150 + "passwd.txt",
    ],
)
async def test_no_name_of_a_document_leads_out_of_the_inbox(
    name: str, server: TelegramServer, chat: Chat, place: IndexSettings
) -> None:
    async with running(parts(server, place), server):
        await brought(chat, kept("惠民工程开工"), name)
    assert inbox(place) == ["passwd.txt"]


async def test_others_who_send_documents_are_asked_for_text(
    server: TelegramServer, stranger: User, place: IndexSettings
) -> None:
    chat = server.private_chat(stranger)
    async with running(parts(server, place), server):
        await brought(chat, ZH.say(Key.ASK_ONLY_TEXT), "a.txt")
        for command in ("/add https://example.com/", "/add", "/remove 1", "/remove"):
            assert await answered(stranger, command) == ZH.say(Key.ERROR_ADMINS_ONLY)
        message = server.messages(chat)[-1]
        query = await forged(
            server, stranger, message, encode(ArticleButton(ArticleAction.REMOVE, "A" * 12))
        )
        assert server.answers[query]["text"] == ZH.say(Key.ERROR_ADMINS_ONLY)
        long = await answered(stranger, LONG_TEXT[:900])
        assert "收录" not in long
    assert inbox(place) == []
    assert not server.calls_of("getFile")


async def test_a_long_text_is_an_article_and_its_edit_changes_it(
    server: TelegramServer, admin: User, place: IndexSettings
) -> None:
    async with running(parts(server, place), server):
        sent = await admin.send(LONG_TEXT)
        reply = await server.answer_to(sent, kept("惠民工程开工"))
        assert "青海新闻网" in reply["text"]
        await server.answer_to(
            await server.edit_message(sent, LONG_TEXT.replace("六百余盏", "九百余盏")),
            ZH.say(Key.INTAKE_CHANGED, title="惠民工程开工"),
        )
        assert "声控灯九百余盏" in await answered(admin, QUESTION)
    assert inbox(place) == ["惠民工程开工.txt"]
    assert server.violations == []


async def test_a_forwarded_post_of_a_channel_keeps_where_it_comes_from(
    server: TelegramServer, admin: User, chat: Chat, place: IndexSettings
) -> None:
    channel = server.channel("西宁发布", "xining_news")
    post = await channel.post(NEWS)
    async with running(parts(server, place), server):
        reply = await server.answer_to(await chat.forward(post, admin), kept("惠民工程开工"))
        assert "西宁发布" in reply["text"]
        link = f"https://t.me/xining_news/{post['message_id']}"
        assert link in reply["text"]
        await answered(admin, QUESTION)
        assert buttons_of(server.messages(chat)[-1])[ZH.say(Key.BUTTON_LINK)] == link


PICTURE: dict[str, Any] = {
    "photo": [{"file_id": "p", "file_unique_id": "u", "width": 9, "height": 9}]
}


async def test_what_stands_below_a_picture_is_an_article_as_a_text_is(
    server: TelegramServer, admin: User, chat: Chat, place: IndexSettings
) -> None:
    channel = server.channel("西宁发布", "xining_news")
    post = await channel.post(**PICTURE, caption=NEWS)
    async with running(parts(server, place), server):
        reply = await server.answer_to(await chat.forward(post, admin), kept("惠民工程开工"))
        assert f"https://t.me/xining_news/{post['message_id']}" in reply["text"]
        sent = await chat.send_content({**PICTURE, "caption": LONG_TEXT})
        await server.answer_to(sent, kept("惠民工程开工"))
        changed = LONG_TEXT.replace("六百余盏", "九百余盏")
        await server.answer_to(
            await server.edit_message(sent, caption=changed),
            ZH.say(Key.INTAKE_CHANGED, title="惠民工程开工"),
        )
        asked = await chat.send_content({**PICTURE, "caption": "荷花几月开放"})
        await server.answer_to(asked, "六月")
        unclear = await chat.send_content({**PICTURE, "caption": UNCLEAR})
        await server.answer_to(unclear, ZH.say(Key.INTAKE_UNCLEAR))
        query = await pressed(server, chat, Key.BUTTON_AS_ARTICLE)
        await server.answer_to(query, kept("通知"))
    assert inbox(place) == ["惠民工程开工.md", "惠民工程开工.txt", "通知.txt"]
    assert "九百余盏" in (place.seeds / "inbox" / "惠民工程开工.txt").read_text("utf-8")
    assert server.violations == []


async def test_a_document_is_what_is_taken_in_whatever_link_stands_below_it(
    server: TelegramServer, chat: Chat, place: IndexSettings, site: LocalWeb
) -> None:
    link = site.page("/other.txt", "另一篇。", "text/plain")
    async with running(parts(server, place), server):
        document = server.document("报道.txt", NEWS.encode())
        sent = await chat.send_content({**document, "caption": link})
        await server.answer_to(sent, kept("惠民工程开工"))
    assert site.asked == []


async def test_a_link_is_followed_where_it_is_shared_with_a_title(
    server: TelegramServer, admin: User, place: IndexSettings, site: LocalWeb
) -> None:
    link = site.page("/news.txt", NEWS, "text/plain")
    async with running(parts(server, place), server):
        sent = await admin.send(f"城西区整治老旧楼院\n{link}")
        reply = await server.answer_to(sent, kept("惠民工程开工"))
        assert link in reply["text"]
    assert inbox(place) == ["news.txt", "news.txt.yaml"]
    assert server.violations == []


UNCLEAR = "通知\n荷花节改在七月举行\n具体日期另行通知"


@pytest.mark.parametrize("choice", [Key.BUTTON_AS_ARTICLE, Key.BUTTON_AS_QUESTION])
async def test_where_it_is_unclear_the_administrator_says_whether_it_is_an_article(
    choice: Key, server: TelegramServer, admin: User, chat: Chat, place: IndexSettings
) -> None:
    async with running(parts(server, place), server):
        assert await answered(admin, UNCLEAR) == ZH.say(Key.INTAKE_UNCLEAR)
        assert inbox(place) == []
        query = await pressed(server, chat, choice)
        if choice is Key.BUTTON_AS_ARTICLE:
            await server.answer_to(query, kept("通知"))
            assert inbox(place) == ["通知.txt"]
        else:
            assert len(server.messages(chat)) == 2
            assert inbox(place) == []
    assert server.violations == []


@pytest.mark.parametrize("choice", [Key.BUTTON_AS_ARTICLE, Key.BUTTON_AS_QUESTION])
async def test_a_choice_counts_for_what_the_message_says_by_then_also_after_a_restart(
    choice: Key, server: TelegramServer, admin: User, chat: Chat, place: IndexSettings,
    tmp_path: Path,
) -> None:  # fmt: skip
    database = tmp_path / "bot.sqlite3"
    async with running(parts(server, place, database=Database(database)), server):
        sent = await admin.send(UNCLEAR)
        await server.answer_to(sent, ZH.say(Key.INTAKE_UNCLEAR))
        for month in ("八月", "九月"):
            await server.dealt_with(await server.edit_message(sent, UNCLEAR.replace("七月", month)))
    async with running(parts(server, place, database=Database(database)), server):
        query = await pressed(server, chat, choice)
        if choice is Key.BUTTON_AS_ARTICLE:
            await server.answer_to(query, kept("通知"))
            assert "九月" in (place.seeds / "inbox" / "通知.txt").read_text("utf-8")
        else:
            assert len(server.messages(chat)) == 2
    if choice is Key.BUTTON_AS_QUESTION:
        rows = Database(database).read("SELECT question FROM exchange")
        assert [("九月" in str(question), "七月" in str(question)) for (question,) in rows] == [
            (True, False)
        ]
    assert server.violations == []


async def test_an_edit_after_the_choice_changes_what_the_text_has_become(
    server: TelegramServer, admin: User, chat: Chat, place: IndexSettings
) -> None:
    async with running(parts(server, place), server):
        sent = await admin.send(UNCLEAR)
        await server.answer_to(sent, ZH.say(Key.INTAKE_UNCLEAR))
        await server.answer_to(await pressed(server, chat, Key.BUTTON_AS_ARTICLE), kept("通知"))
        await server.answer_to(
            await server.edit_message(sent, UNCLEAR.replace("七月", "九月")),
            ZH.say(Key.INTAKE_CHANGED, title="通知"),
        )
    assert "九月" in (place.seeds / "inbox" / "通知.txt").read_text("utf-8")
    assert server.violations == []


@pytest.mark.parametrize("choice", [Key.BUTTON_AS_ARTICLE, Key.BUTTON_AS_QUESTION])
async def test_a_choice_takes_its_buttons_away_and_a_second_press_does_nothing_more(
    choice: Key, server: TelegramServer, admin: User, chat: Chat, place: IndexSettings
) -> None:
    async with running(parts(server, place), server):
        await answered(admin, UNCLEAR)
        [prompt] = server.messages(chat)
        first, second = [
            await server.press(prompt, buttons_of(prompt)[ZH.say(choice)]) for _ in range(2)
        ]
        await server.dealt_with(first, second)
        assert "text" not in server.answers[first]
        assert server.answers[second]["text"] == ZH.say(Key.INTAKE_TAKEN)
        if choice is Key.BUTTON_AS_ARTICLE:
            await server.answer_to(first, kept("通知"))
        left = [set(buttons_of(message)) for message in server.messages(chat)]
        assert not any({ZH.say(choice)} <= labels for labels in left)
        query = await forged(server, admin, server.messages(chat)[0], encode(TextUse.ARTICLE))
        assert server.answers[query]["text"] == ZH.say(Key.INTAKE_TAKEN)
    assert inbox(place) == (["通知.txt"] if choice is Key.BUTTON_AS_ARTICLE else [])
    assert len(server.messages(chat)) == (1 if choice is Key.BUTTON_AS_ARTICLE else 2)
    assert server.violations == []


async def test_forget_leaves_nothing_of_a_text_that_waits(
    server: TelegramServer, admin: User, chat: Chat, place: IndexSettings
) -> None:
    database = Database()
    async with running(parts(server, place, database=database), server):
        await answered(admin, UNCLEAR)
        [prompt] = server.messages(chat)
        await answered(admin, "/forget")
        assert database.read("SELECT * FROM draft") == []
        choice = buttons_of(prompt)[ZH.say(Key.BUTTON_AS_ARTICLE)]
        query = await server.press(prompt, choice)
        await server.dealt_with(query)
        assert server.answers[query]["text"] == ZH.say(Key.INTAKE_TAKEN)
    assert inbox(place) == []


async def test_a_forged_choice_takes_in_nothing_of_a_stranger(
    server: TelegramServer, stranger: User, place: IndexSettings
) -> None:
    async with running(parts(server, place), server):
        reply = await server.answer_to(await stranger.send("荷花什么时候开"))
        query = await forged(server, stranger, reply, encode(TextUse.ARTICLE))
        notice = server.answers[query]["text"]
        assert notice in (ZH.say(Key.ERROR_ADMINS_ONLY), ZH.say(Key.REPLY_BUTTON_OUTDATED))
    assert inbox(place) == []


async def test_a_link_is_fetched_and_fetched_again_it_takes_its_own_place(
    server: TelegramServer, admin: User, chat: Chat, place: IndexSettings, site: LocalWeb
) -> None:
    link = site.page("/news.txt", NEWS, "text/plain")
    async with running(parts(server, place), server):
        reply = await server.answer_to(
            await admin.send(f"/add {site.redirect('/go', '/news.txt')}"), kept("惠民工程开工")
        )
        assert link in reply["text"]
        site.page("/news.txt", NEWS.replace("六百余盏", "九百余盏"), "text/plain")
        await server.answer_to(
            await admin.send(link), ZH.say(Key.INTAKE_CHANGED, title="惠民工程开工")
        )
        assert "声控灯九百余盏" in await answered(admin, QUESTION)
        opened = buttons_of(server.messages(chat)[-1])[ZH.say(Key.BUTTON_LINK)]
        assert opened.startswith(f"{link}#:~:text=")
    assert inbox(place) == ["news.txt", "news.txt.yaml"]


async def test_a_message_with_a_link_that_is_edited_fetches_the_link_again(
    server: TelegramServer, admin: User, place: IndexSettings, site: LocalWeb
) -> None:
    link = site.page("/news.txt", NEWS, "text/plain")
    async with running(parts(server, place), server):
        sent = await admin.send(f"/add {link}")
        await server.answer_to(sent, kept("惠民工程开工"))
        site.page("/news.txt", NEWS.replace("六百余盏", "九百余盏"), "text/plain")
        await server.answer_to(
            await server.edit_message(sent, f"/add {link} "),
            ZH.say(Key.INTAKE_CHANGED, title="惠民工程开工"),
        )
        assert "声控灯九百余盏" in await answered(admin, QUESTION)
    assert inbox(place) == ["news.txt", "news.txt.yaml"]


async def test_of_two_messages_with_a_link_either_can_be_edited_and_the_other_keeps_its_article(
    server: TelegramServer, admin: User, place: IndexSettings, site: LocalWeb
) -> None:
    link = site.page("/news.txt", NEWS, "text/plain")
    other = site.page("/park.txt", "滨河公园\n\n滨河公园开放到晚上十点。", "text/plain")
    async with running(parts(server, place), server):
        first = await admin.send(link)
        await server.answer_to(first, kept("惠民工程开工"))
        second = await admin.send(link)
        await server.answer_to(second, ZH.say(Key.INTAKE_CHANGED, title="惠民工程开工"))
        await server.answer_to(await server.edit_message(second, other), kept("滨河公园"))
        assert inbox(place) == ["news.txt", "news.txt.yaml", "park.txt", "park.txt.yaml"]
        assert FACT in await answered(admin, QUESTION)
        # The first one has brought an article of its own, which goes where its link goes.
        await server.answer_to(
            await server.edit_message(first, other), ZH.say(Key.INTAKE_CHANGED, title="滨河公园")
        )
        await server.answer_to(
            await server.edit_message(second, f"{other}?"),
            ZH.say(Key.INTAKE_ALREADY, id="inbox/park.txt"),
        )
    assert server.violations == []


async def test_a_link_that_is_edited_into_another_takes_its_article_along(
    server: TelegramServer, admin: User, place: IndexSettings, site: LocalWeb
) -> None:
    link = site.page("/news.txt", NEWS, "text/plain")
    other = site.page("/park.txt", "滨河公园\n\n滨河公园开放到晚上十点。", "text/plain")
    async with running(parts(server, place), server):
        sent = await admin.send(link)
        await server.answer_to(sent, kept("惠民工程开工"))
        await server.answer_to(
            await server.edit_message(sent, other), ZH.say(Key.INTAKE_CHANGED, title="滨河公园")
        )
        assert "十点" in await answered(admin, "滨河公园开放到几点")
        assert FACT not in await answered(admin, QUESTION)
        # The former link is not known any more: it brings an article of its own again.
        await server.answer_to(await admin.send(link), kept("惠民工程开工"))
        assert "十点" in await answered(admin, "滨河公园开放到几点")
    assert server.violations == []


async def test_an_edit_of_a_message_whose_article_is_not_known_any_more_is_described_by(
    server: TelegramServer, admin: User, place: IndexSettings
) -> None:
    async with running(parts(server, place), server):
        sent = await admin.send(LONG_TEXT)
        report = await server.answer_to(sent, kept("惠民工程开工"))
        await server.answer_to(
            await server.press(report, buttons_of(report)[ZH.say(Key.BUTTON_UNDO)]),
            ZH.say(Key.INTAKE_UNDONE, title="惠民工程开工"),
        )
        reply = await server.answer_to(
            await server.edit_message(sent, LONG_TEXT.replace("六百", "九百")),
            ZH.say(Key.INTAKE_FORGOTTEN),
        )
        assert reply["reply_to_message"]["message_id"] == sent["message_id"]
    assert inbox(place) == []
    assert server.violations == []


async def test_an_edit_that_concerns_no_article_is_not_told_of_in_groups_or_to_others(
    server: TelegramServer, admin: User, stranger: User, chat: Chat, place: IndexSettings
) -> None:
    group = server.group("编辑部")
    async with running(parts(server, place), server):
        command = await admin.send("/help")
        foreign = await stranger.send("荷花什么时候开")
        addressed = await group.send(f"@{server.bot['username']} 荷花什么时候开", admin)
        await server.dealt_with(command, foreign, addressed)
        for person in (stranger, admin):
            await answered(person, "/forget")
        for message in (command, foreign, addressed):
            await server.dealt_with(await server.edit_message(message, f"{message['text']} 呢"))
    everywhere = (chat, server.private_chat(stranger), group)
    texts = [message["text"] for place in everywhere for message in server.messages(place)]
    assert ZH.say(Key.INTAKE_FORGOTTEN) not in texts


async def test_a_link_that_now_leads_to_nothing_readable_leaves_what_was_there(
    server: TelegramServer, admin: User, place: IndexSettings, site: LocalWeb
) -> None:
    link = site.page("/news", NEWS, "text/plain")
    async with running(parts(server, place), server):
        await server.answer_to(await admin.send(link), kept("惠民工程开工"))
        site.page("/news", "%PDF-1.7 broken", "application/pdf")
        broken = ZH.say(Key.INTAKE_UNREADABLE, reason=ZH.say(SkipReason.BROKEN))
        await server.answer_to(await admin.send(link), broken)
        assert FACT in await answered(admin, QUESTION)
    assert [name for name in inbox(place) if name.endswith(".txt")] != []


async def test_a_stranger_who_forges_a_press_changes_no_message(
    server: TelegramServer, stranger: User, place: IndexSettings
) -> None:
    chat = server.private_chat(stranger)
    async with running(parts(server, place), server):
        reply = await server.answer_to(await stranger.send("荷花什么时候开"))
        before = reply["text"]
        query = await forged(
            server, stranger, reply, encode(ArticleButton(ArticleAction.SPARE, "A" * 12))
        )
        assert server.answers[query]["text"] == ZH.say(Key.ERROR_ADMINS_ONLY)
        assert server.messages(chat)[-1]["text"] == before


async def test_the_very_first_article_can_be_taken_out_before_there_is_an_index(
    server: TelegramServer, chat: Chat, tmp_path: Path
) -> None:
    empty = IndexSettings(seeds=tmp_path / "none", data=tmp_path / "data")
    failing = FakeBuild(failure=NothingToIndex(empty.seeds, ()))
    async with running(parts(server, empty, fake_build=failing), server):
        sent = await chat.send_content(server.document("报道.txt", NEWS.encode()))
        await server.wait_until(lambda: any(map(buttons_of, server.answers_to(sent))))
        [report] = server.answers_to(sent)
        query = await server.press(report, buttons_of(report)[ZH.say(Key.BUTTON_UNDO)])
        await server.dealt_with(query)
        assert inbox(empty) == []


async def test_a_web_page_is_read_for_its_main_text_and_answers_with_its_link(
    server: TelegramServer, admin: User, chat: Chat, place: IndexSettings, site: LocalWeb
) -> None:
    link = site.page("/news/2026", PAGE)
    async with running(parts(server, place), server):
        await server.answer_to(await admin.send(link), kept("惠民工程开工"))
        assert "五十个老旧楼院" in await answered(admin, "城西区整治多少个老旧楼院")
        opened = buttons_of(server.messages(chat)[-1])[ZH.say(Key.BUTTON_LINK)]
        assert opened.startswith(f"{link}#:~:text=")
    assert inbox(place) == ["2026.html", "2026.html.yaml"]


@pytest.mark.parametrize(
    ("target", "reply"),
    [
        ("http://127.0.0.2/", FetchFault.NOT_PUBLIC),
        ("http://localhost.localdomain:1/", FetchFault.UNREACHABLE),
        ("/into-the-house", FetchFault.NOT_PUBLIC),
        ("/endless.txt", FetchFault.TOO_LARGE),
        ("/picture", FetchFault.KIND),
        ("/nowhere", FetchFault.STATUS),
        ("ftp://example.com/a", FetchFault.NO_LINK),
    ],
)
async def test_a_link_that_is_not_fetched_is_told_why_and_leaves_nothing(
    target: str, reply: FetchFault, server: TelegramServer, admin: User, place: IndexSettings,
    site: LocalWeb,
) -> None:  # fmt: skip
    site.redirect("/into-the-house", "http://169.254.169.254/latest")
    site.stream("/endless.txt")
    site.page("/picture", b"\x89PNG", "image/png")
    async with running(parts(server, place), server):
        await server.answer_to(
            await admin.send(f"/add {site.url + target if target.startswith('/') else target}"),
            ZH.say(reply),
        )
    assert inbox(place) == []
    assert server.violations == []


async def test_add_in_reply_takes_in_what_is_replied_to(
    server: TelegramServer, admin: User, chat: Chat, place: IndexSettings
) -> None:
    async with running(parts(server, place), server):
        sent = await admin.send("荷花节七月十日开幕")
        await server.dealt_with(sent)
        await server.answer_to(await chat.reply(sent, "/add"), kept("荷花节七月十日开幕"))
        assert await answered(admin, "/add") == ZH.say(Key.INTAKE_HOW_ADD)
    assert inbox(place) == ["荷花节七月十日开幕.txt"]


@pytest.mark.parametrize("wanted", ["1", "公园.txt", "公园", "人民公园"])
async def test_an_article_is_removed_once_that_is_confirmed(
    wanted: str, server: TelegramServer, admin: User, chat: Chat, place: IndexSettings
) -> None:
    (place.seeds / "图书馆.txt").write_text("人民公园旁的图书馆\n\n周一闭馆。", "utf-8")
    (place.seeds / "公园.txt").write_text("人民公园\n\n荷花六月开放，门票免费。", "utf-8")
    for _ in build(place):
        pass
    async with running(parts(server, place), server):
        question = await server.answer_to(await admin.send(f"/remove {wanted}"))
        assert question["text"] == ZH.say(Key.INTAKE_REMOVE, title="人民公园", id="公园.txt")
        await server.answer_to(
            await pressed(server, chat, Key.BUTTON_SPARE), ZH.say(Key.INTAKE_SPARED)
        )
        assert (place.seeds / "公园.txt").exists()
        await answered(admin, f"/remove {wanted}")
        await server.answer_to(
            await pressed(server, chat, Key.BUTTON_REMOVE),
            ZH.say(Key.INTAKE_REMOVED, title="人民公园"),
        )
        assert not (place.seeds / "公园.txt").exists()
        assert "免费" not in await answered(admin, "荷花几月开放")
    assert server.violations == []


async def test_what_is_not_found_or_not_clear_is_not_removed(
    server: TelegramServer, admin: User, chat: Chat, place: IndexSettings
) -> None:
    (place.seeds / "公园二.txt").write_text("滨河公园开放到晚上十点。", "utf-8")
    for _ in build(place):
        pass
    async with running(parts(server, place), server):
        assert await answered(admin, "/remove 动物园") == ZH.say(Key.INTAKE_NOT_FOUND)
        assert await answered(admin, "/remove 99") == ZH.say(Key.INTAKE_NOT_FOUND)
        assert await answered(admin, "/remove") == ZH.say(Key.INTAKE_HOW_REMOVE)
        assert (await answered(admin, "/remove 公园")).startswith(ZH.say(Key.INTAKE_WHICH))
    assert not any(buttons_of(message) for message in server.messages(chat))


async def test_an_article_that_is_brought_while_a_build_runs_is_in_the_next_one(
    server: TelegramServer, admin: User, chat: Chat, place: IndexSettings
) -> None:
    async with running(parts(server, place), server):
        _, sent, _ = await asyncio.gather(
            admin.send("/reindex"),
            chat.send_content(server.document("a.txt", NEWS.encode())),
            admin.send("/reindex"),
        )
        await server.answer_to(sent, kept("惠民工程开工"))
        assert FACT in await answered(admin, QUESTION)


async def test_people_are_told_in_english_where_theirs_is(
    server: TelegramServer, place: IndexSettings
) -> None:
    editor = server.user(1, "Editor", language_code="en")
    chat = server.private_chat(editor)
    async with running(parts(server, place), server):
        told = await brought(chat, kept("惠民工程开工", EN), "a.txt")
        assert EN.say(Key.BUTTON_UNDO) in buttons_of(told)


async def test_forget_leaves_no_trace_of_who_brought_an_article_and_undo_still_works(
    server: TelegramServer, admin: User, chat: Chat, place: IndexSettings
) -> None:
    database = Database()
    async with running(parts(server, place, database=database), server):
        report = await brought(chat, kept("惠民工程开工"), "a.txt")
        await answered(admin, "/forget")
        assert database.read("SELECT chat, message FROM handle") == [(None, None)]
        query = await server.press(report, buttons_of(report)[ZH.say(Key.BUTTON_UNDO)])
        await server.answer_to(query, ZH.say(Key.INTAKE_UNDONE, title="惠民工程开工"))
    assert inbox(place) == []
    assert server.violations == []
