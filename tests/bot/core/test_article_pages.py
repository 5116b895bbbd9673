"""Articles read in a chat: the pages are the article, and open where the passage stands."""

from dataclasses import replace
from pathlib import Path

import pytest
from bot_api_emulator.checks import check_markup
from bot_api_emulator.html import from_html, utf16_length
from bot_api_emulator.server import Chat, TelegramServer, User
from desk_fakes import FakeLibrary, a_citation, an_article
from hypothesis import given
from hypothesis import strategies as st
from running_bot import (
    ZH,
    answered,
    buttons_of,
    covered,
    forged,
    parts_for,
    pressed,
    running,
    shows,
)

from bot.core.article_pages import PAGE_LENGTH, ArticlePage, ArticlePageId, cut, turn_to
from bot.core.desk import Nothing
from bot.core.passage_context import locate
from bot.core.source_links import SourceLinks
from bot.state.database import Database
from bot.telegram.messages import keyboards, replies
from bot.telegram.messages.marked_text import LIMIT
from bot.texts.keys import Key
from index import Span

SAID = "路灯在十月全部点亮。"
LINES = [f"  第{number}段讲了别的事情" + "\uff0c一句接着一句" * 20 + "。" for number in range(60)]
LONG = "\n\n".join([*LINES[:30], f"  {SAID}居民放心多了。", *LINES[30:]])
LINKS = SourceLinks()
TEXTS = st.text(st.sampled_from("城。!\n \u3000😀a"), max_size=300)


def long_library() -> FakeLibrary:
    cited = a_citation(f"{SAID}居民放心多了。", SAID, ())
    start = LONG.index(SAID)
    passage = replace(cited.passage, start=start, end=start + len(cited.passage.text))
    return FakeLibrary((replace(cited, passage=passage),), LONG)


@given(TEXTS, st.integers(2, 40))
def test_the_pages_of_a_text_are_the_text_and_none_is_too_long(text: str, length: int) -> None:
    pages = cut(text, length)
    assert "".join(page.of(text) for page in pages) == text
    assert all(len(page.of(text)) <= length for page in pages)


def test_a_page_ends_between_paragraphs_where_it_can() -> None:
    pages = cut(LONG)
    assert len(pages) > 5
    assert all(page.of(LONG).endswith("\n  ") for page in pages[:-1])


def page_of(text: str, passage: str, number: int | None) -> ArticlePage:
    article = an_article(text)
    cited = a_citation(passage, passage, ())
    start = text.index(passage)
    moved = replace(cited.passage, start=start, end=start + len(passage))
    source = locate(replace(cited, passage=moved), article)
    assert source
    return turn_to(ArticlePageId("A" * 12, 0, number), source)


@given(TEXTS, TEXTS, st.none() | st.integers(0, 30))
def test_whatever_an_article_holds_each_page_is_one_message_with_buttons_that_telegram_takes(
    before: str, after: str, number: int | None
) -> None:
    shown = page_of(before * 9 + SAID + after * 9, SAID, number)
    message = from_html(replies.article_page(shown, ZH, LINKS))
    assert 0 < utf16_length(message.text) <= LIMIT
    check_markup(keyboards.under_article_page(shown, ZH, LINKS).to_dict(), inline_only=True)


def test_the_first_page_that_is_shown_holds_the_beginning_of_the_sentence() -> None:
    for before in range(PAGE_LENGTH - 30, PAGE_LENGTH + 30):
        shown = page_of("前" * before + SAID + "后" * PAGE_LENGTH, SAID, None)
        assert shown.shown.start <= before < shown.shown.end


def test_a_page_of_letters_that_count_twice_is_one_message() -> None:
    text = "😀" * 9_000
    message = from_html(replies.article_page(page_of(text, text[:9], 2), ZH, LINKS))
    assert text[:PAGE_LENGTH] in message.text


def test_a_page_beyond_the_last_is_the_last() -> None:
    shown = page_of(LONG, SAID, 999)
    assert shown.number == shown.total - 1
    assert shown.shown.end == len(LONG)


def test_a_sheet_of_a_changed_article_that_still_holds_the_passage_finds_it() -> None:
    article = an_article("新的开头。" + LONG)
    source = locate(long_library().citations[0], article)
    assert source
    shown = turn_to(ArticlePageId("A" * 12, 0), source)
    assert SAID in shown.shown.of(article.text)
    assert source.sentence.of(article.text) == SAID


@pytest.mark.parametrize("span", [Span(0, 0), Span(0, 5)])
def test_an_empty_or_short_text_is_one_page(span: Span) -> None:
    assert cut("x" * span.end) == [span]


async def test_source_opens_the_article_at_the_passage_and_turns_its_pages(
    server: TelegramServer, stranger: User
) -> None:
    chat = server.private_chat(stranger)
    async with running(parts_for(server, long_library()), server):
        assert await answered(stranger, "/source") == ZH.say(Nothing.NO_QUESTION)
        await answered(stranger, "路灯")
        assert SAID in await answered(stranger, "/source")
        opened = server.messages(chat)[-1]
        await pressed(server, chat, Key.BUTTON_NEXT_PAGE)
        await shows(server, chat, "第4页")
        assert SAID not in server.messages(chat)[-1]["text"]
        await pressed(server, chat, Key.BUTTON_PREVIOUS_PAGE)
        await shows(server, chat, SAID)
        await pressed(server, chat, Key.BUTTON_BACK)
        await shows(server, chat, "2017-11-27")
    assert "".join(covered(opened, "underline")) == SAID
    assert "".join(covered(opened, "bold")) == f"{SAID}居民放心多了。"
    assert len(server.messages(chat)) == 3
    assert server.violations == []


async def turned(server: TelegramServer, chat: Chat, key: Key) -> None:
    """Presses a button under the last message, and waits until it shows something else."""
    before = server.messages(chat)[-1]["text"]
    await pressed(server, chat, key)
    await server.wait_until(lambda: server.messages(chat)[-1]["text"] != before)


async def test_the_first_and_the_last_page_have_a_button_to_one_side_only(
    server: TelegramServer, stranger: User
) -> None:
    chat = server.private_chat(stranger)
    previous, following = ZH.say(Key.BUTTON_PREVIOUS_PAGE), ZH.say(Key.BUTTON_NEXT_PAGE)
    page_texts = []
    async with running(parts_for(server, long_library()), server):
        await answered(stranger, "路灯")
        await answered(stranger, "/source")
        while previous in buttons_of(server.messages(chat)[-1]):
            await turned(server, chat, Key.BUTTON_PREVIOUS_PAGE)
        while following in buttons_of(server.messages(chat)[-1]):
            page_texts.append(server.messages(chat)[-1]["text"])
            await turned(server, chat, Key.BUTTON_NEXT_PAGE)
        page_texts.append(server.messages(chat)[-1]["text"])
    assert len(page_texts) == len(cut(LONG))
    assert all(any(line.strip() in text for text in page_texts) for line in LINES)
    assert server.violations == []


async def test_the_button_under_an_answer_opens_the_article_after_a_restart_too(
    server: TelegramServer, stranger: User, tmp_path: Path
) -> None:
    chat = server.private_chat(stranger)
    database = Database(tmp_path / "bot.sqlite3")
    async with running(parts_for(server, long_library(), database=database), server):
        await answered(stranger, "路灯")
    database.close()
    database = Database(tmp_path / "bot.sqlite3")
    async with running(parts_for(server, long_library(), database=database), server):
        await pressed(server, chat, Key.BUTTON_READ)
        await shows(server, chat, LINES[29].strip())
        await pressed(server, chat, Key.BUTTON_BACK)
        await server.wait_until(
            lambda: ZH.say(Key.BUTTON_READ) in buttons_of(server.messages(chat)[-1])
        )
    assert len(server.messages(chat)) == 1
    assert server.violations == []


async def test_the_context_leads_on_to_the_whole_article(
    server: TelegramServer, stranger: User
) -> None:
    chat = server.private_chat(stranger)
    async with running(parts_for(server, long_library()), server):
        await answered(stranger, "路灯")
        await pressed(server, chat, Key.BUTTON_CONTEXT)
        await server.wait_until(lambda: len(buttons_of(server.messages(chat)[-1])) == 2)
        await pressed(server, chat, Key.BUTTON_READ)
        await shows(server, chat, ZH.say(Key.ARTICLE_PAGE_PLACE, number=3, total=len(cut(LONG))))
    assert server.violations == []


async def test_an_article_that_was_changed_or_removed_is_said_to_be(
    server: TelegramServer, stranger: User
) -> None:
    library = long_library()
    chat = server.private_chat(stranger)
    async with running(parts_for(server, library), server):
        await answered(stranger, "路灯")
        for text in ("别的内容。", None):
            library.text = text
            assert await answered(stranger, "/source") == ZH.say(Nothing.ARTICLE_GONE)
            first = server.messages(chat)[0]
            query = await forged(server, stranger, first, buttons_of(first)["看全文"])
            assert server.answers[query]["text"] == ZH.say(Nothing.ARTICLE_GONE)
    assert server.violations == []


async def test_the_page_of_another_chat_is_not_shown(
    server: TelegramServer, stranger: User, admin: User
) -> None:
    async with running(parts_for(server, long_library()), server):
        await answered(admin, "秘密")
        await answered(stranger, "路灯")
        theirs = buttons_of(server.messages(server.private_chat(admin))[0])
        mine = server.messages(server.private_chat(stranger))[0]
        query = await forged(server, stranger, mine, theirs[ZH.say(Key.BUTTON_READ)])
        assert server.answers[query]["text"] == ZH.say(Nothing.GONE)
    assert server.calls_of("editMessageText") == []


async def test_in_a_group_the_article_is_read_there_too(
    server: TelegramServer, stranger: User
) -> None:
    group = server.group("读书会")
    async with running(parts_for(server, long_library()), server):
        await server.dealt_with(await group.send("/ask 路灯", stranger))
        await server.answer_to(await group.send("/source", stranger), SAID)
        await pressed(server, group, Key.BUTTON_NEXT_PAGE, stranger)
        await shows(server, group, "第4页")
    assert server.violations == []
