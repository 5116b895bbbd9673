"""Posts of listed channels are articles, as they stand now; nothing is ever said in a channel."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from bot_api_emulator.server import Chat, TelegramServer, User
from running_bot import PATIENCE, ZH, answered, buttons_of, parts_for, pressed, running
from small_libraries import finish, write_seeds

from bot.composition import Parts
from bot.texts.keys import Key
from index import IndexSettings, Library, SkipReason, build

POST = "荷花节公告\n\n人民公园荷花节七月十日开幕，门票二十元，老人免费。"
QUESTION = "荷花节几月几日开幕"


@pytest.fixture
def place(tmp_path: Path) -> IndexSettings:
    """An index of one small article."""
    settings = write_seeds(tmp_path, {"图书馆.txt": "城东图书馆每周一闭馆。"})
    finish(build(settings))
    return settings


@pytest.fixture
def channel(server: TelegramServer) -> Chat:
    return server.channel("西宁发布", "Xining_News")


class WatchedLibrary(Library):
    """A library that notes when it has looked for a new index: nobody is told of these builds.

    Attributes:
        settings: of the index.
        renewed: set whenever it has.
    """

    def __init__(self, settings: IndexSettings) -> None:
        super().__init__(settings)
        self.settings = settings
        self.renewed = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def refresh(self) -> bool:
        """Follows the pointer, in whatever thread."""
        is_another = super().refresh()
        self._loop.call_soon_threadsafe(self.renewed.set)
        return is_another


@pytest.fixture
async def library(place: IndexSettings) -> WatchedLibrary:
    return WatchedLibrary(place)


def listening(server: TelegramServer, library: WatchedLibrary, *channels: str) -> Parts:
    return parts_for(server, library, index_settings=library.settings, channels=frozenset(channels))


def posts(library: WatchedLibrary) -> list[str]:
    folder = library.settings.seeds / "channels"
    return sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
    )


async def asked_until(library: WatchedLibrary, user: User, question: str, part: str) -> str:
    """Asks after each build until the answer holds a part."""
    async with asyncio.timeout(PATIENCE):
        while True:
            library.renewed.clear()
            if part in (answer := await answered(user, question)):
                return answer
            await library.renewed.wait()


async def test_a_post_is_an_article_that_links_to_it_and_follows_its_edits(
    server: TelegramServer, stranger: User, library: WatchedLibrary, channel: Chat
) -> None:
    async with running(listening(server, library, "xining_news"), server):
        post = await channel.post(POST)
        await asked_until(library, stranger, QUESTION, "七月十日")
        reply = server.messages(server.private_chat(stranger))[-1]
        link = f"https://t.me/Xining_News/{post['message_id']}"
        assert buttons_of(reply)[ZH.say(Key.BUTTON_LINK)] == link
        assert "荷花节公告" in reply["text"]
        assert "西宁发布" in reply["text"]
        await server.edit_message(post, POST.replace("七月十日", "七月二十日"))
        await asked_until(library, stranger, QUESTION, "七月二十日")
    assert posts(library) == [f"Xining_News/{post['message_id']}.md"]
    assert server.messages(channel) == []
    assert not [call for call in server.calls if call.parameters.get("chat_id") == channel.id]
    assert server.violations == []


async def test_a_private_channel_is_listed_by_its_id(
    server: TelegramServer, stranger: User, library: WatchedLibrary
) -> None:
    private = server.channel("内部通知")
    async with running(listening(server, library, str(private.id)), server):
        post = await private.post(POST)
        await asked_until(library, stranger, QUESTION, "七月十日")
        reply = server.messages(server.private_chat(stranger))[-1]
        number = str(private.id).removeprefix("-100")
        link = f"https://t.me/c/{number}/{post['message_id']}"
        assert buttons_of(reply)[ZH.say(Key.BUTTON_LINK)] == link


async def test_channels_that_are_not_listed_are_left_alone(
    server: TelegramServer, stranger: User, library: WatchedLibrary, channel: Chat
) -> None:
    other = server.channel("别的频道", "other_news")
    async with running(listening(server, library, "xining_news"), server):
        await server.dealt_with(await other.post(POST.replace("七月", "八月")))
        await channel.post(POST)
        await asked_until(library, stranger, QUESTION, "七月十日")
    assert [name.partition("/")[0] for name in posts(library)] == ["Xining_News"]


async def test_captions_and_documents_count_and_bare_pictures_do_not(
    server: TelegramServer, stranger: User, library: WatchedLibrary, channel: Chat
) -> None:
    photo: dict[str, Any] = {
        "photo": [{"file_id": "p", "file_unique_id": "u", "width": 9, "height": 9}]
    }
    async with running(listening(server, library, "xining_news"), server):
        picture = await channel.post(**photo)
        await channel.post(**photo, caption="荷花节的灯会每晚八点开始。")
        await channel.post(**server.document("节目单.txt", POST.encode()))
        film = server.document("影片.mp4", b"x", "video/mp4")
        await server.dealt_with(picture, await channel.post(**film, caption="灯会影片。"))
        await asked_until(library, stranger, QUESTION, "七月十日")
    names = posts(library)
    assert names == [
        "Xining_News/2.md",
        "Xining_News/3/节目单.txt",
        "Xining_News/3/节目单.txt.yaml",
        "Xining_News/4.md",
    ]
    assert server.messages(channel) == []


async def test_a_post_is_removed_by_command(
    server: TelegramServer, admin: User, library: WatchedLibrary, channel: Chat
) -> None:
    chat = server.private_chat(admin)
    async with running(listening(server, library, "xining_news"), server):
        post = await channel.post(POST)
        await asked_until(library, admin, QUESTION, "七月十日")
        link = f"https://t.me/Xining_News/{post['message_id']}"
        assert "荷花节公告" in await answered(admin, f"/remove {link}")
        query = await pressed(server, chat, Key.BUTTON_REMOVE)
        await server.answer_to(query, ZH.say(Key.INTAKE_REMOVED, title="荷花节公告"))
    assert posts(library) == []


async def test_an_edit_of_a_post_does_not_bring_back_what_an_administrator_removed(
    server: TelegramServer, admin: User, library: WatchedLibrary, channel: Chat
) -> None:
    chat = server.private_chat(admin)
    async with running(listening(server, library, "xining_news"), server):
        for content in ({"text": POST}, server.document("节目单.txt", POST.encode())):
            post = await channel.post(**content)
            await asked_until(library, admin, QUESTION, "七月十日")
            await answered(admin, f"/remove https://t.me/Xining_News/{post['message_id']}")
            query = await pressed(server, chat, Key.BUTTON_REMOVE)
            await server.answer_to(query, "已移除")
            edited = await server.edit_message(post, POST.replace("十日", "二十日"))
            await server.dealt_with(edited)
            assert posts(library) == []
        # Another post of the same channel is an article as before.
        await channel.post(POST)
        await asked_until(library, admin, QUESTION, "七月十日")
    assert server.violations == []


async def test_where_a_post_cannot_be_kept_the_administrators_are_told_once(
    server: TelegramServer, admin: User, place: IndexSettings, channel: Chat
) -> None:
    full = place.model_copy(update={"most_articles": 1})
    chat = server.private_chat(admin)
    async with running(listening(server, WatchedLibrary(full), "xining_news"), server):
        await answered(admin, "图书馆周几闭馆")
        for _ in range(3):
            await server.dealt_with(await channel.post(POST))
    texts = [message["text"] for message in server.messages(chat)]
    assert texts.count(ZH.say(Key.INTAKE_FULL)) == 1
    assert server.messages(channel) == []


async def test_an_edit_that_changes_the_kind_or_name_of_a_post_leaves_no_former_article(
    server: TelegramServer, stranger: User, library: WatchedLibrary, channel: Chat
) -> None:
    async with running(listening(server, library, "xining_news"), server):
        post = await channel.post(POST)
        await asked_until(library, stranger, QUESTION, "七月十日")
        changed = POST.replace("七月十日", "七月二十日").encode()
        await server.edit_message(post, **server.document("节目单.txt", changed))
        await asked_until(library, stranger, QUESTION, "七月二十日")
        number = post["message_id"]
        names = [f"Xining_News/{number}/节目单.txt", f"Xining_News/{number}/节目单.txt.yaml"]
        assert posts(library) == names
        again = POST.replace("七月十日", "七月三十日").encode()
        await server.edit_message(post, **server.document("新节目单.md", again))
        await asked_until(library, stranger, QUESTION, "七月三十日")
    assert [name for name in posts(library) if "/新" not in name] == []


async def test_an_edit_that_cannot_be_read_keeps_the_former_and_tells_the_administrators(
    server: TelegramServer, admin: User, library: WatchedLibrary, channel: Chat
) -> None:
    async with running(listening(server, library, "xining_news"), server):
        post = await channel.post(POST)
        await asked_until(library, admin, QUESTION, "七月十日")
        edited = await server.edit_message(post, **server.document("节目单.txt", bytes(100)))
        reason = ZH.say(SkipReason.BINARY)
        await server.answer_to(edited, ZH.say(Key.INTAKE_UNREADABLE, reason=reason))
    assert posts(library) == [f"Xining_News/{post['message_id']}.md"]
    assert server.messages(channel) == []


async def test_a_document_with_an_odd_suffix_is_taken_by_its_type(
    server: TelegramServer, stranger: User, library: WatchedLibrary, channel: Chat
) -> None:
    async with running(listening(server, library, "xining_news"), server):
        await channel.post(**server.document("节目单.2026", POST.encode(), "text/plain"))
        await asked_until(library, stranger, QUESTION, "七月十日")
    assert "节目单.2026.txt" in posts(library)[0]
