"""The buttons under replies: what they show, to whom, and for how long."""

from dataclasses import replace
from pathlib import Path

import pytest
from bot_api_emulator.checks import check_markup
from bot_api_emulator.contract import ApiError
from bot_api_emulator.server import TelegramServer, User
from desk_fakes import SENTENCE, FakeLibrary, a_citation, a_possible_answer, an_exchange
from hypothesis import given
from hypothesis import strategies as st
from running_bot import (
    ADMIN_ID,
    EN,
    ZH,
    answered,
    buttons_of,
    covered,
    forged,
    parts_for,
    pressed,
    running,
    showing_three,
    shows,
    three_passages,
)

from bot.core.desk import Nothing
from bot.core.source_links import SourceLinks
from bot.state.database import Database
from bot.telegram.messages import keyboards
from bot.texts.catalogue import Texts
from bot.texts.keys import Key
from index import Answer, Certainty


async def test_pages_are_turned_in_the_message_with_buttons_only_where_there_is_a_page(
    server: TelegramServer, stranger: User
) -> None:
    chat = server.private_chat(stranger)
    previous, following = ZH.say(Key.BUTTON_PREVIOUS), ZH.say(Key.BUTTON_NEXT)
    async with showing_three(server, stranger) as first:
        await pressed(server, chat, Key.BUTTON_NEXT)
        second = await shows(server, chat, "第1段原文<&>")
        await pressed(server, chat, Key.BUTTON_NEXT)
        third = await shows(server, chat, "第2段原文<&>")
        await pressed(server, chat, Key.BUTTON_PREVIOUS)
        await shows(server, chat, "第1段原文<&>")
    assert [previous in buttons_of(page) for page in (first, second, third)] == [False, True, True]
    assert [following in buttons_of(page) for page in (first, second, third)] == [True, True, False]
    assert len(server.messages(chat)) == 1
    assert server.violations == []


async def test_a_page_that_is_asked_for_thrice_at_once_is_turned_once_and_each_press_answered(
    server: TelegramServer, stranger: User
) -> None:
    async with showing_three(server, stranger) as message:
        data = buttons_of(message)[ZH.say(Key.BUTTON_NEXT)]
        queries = [await server.press(message, data) for _ in range(3)]
        await server.dealt_with(*queries)
    assert all("text" not in server.answers[query] for query in queries)
    edits = [call.result_or_error for call in server.calls_of("editMessageText")]
    assert [isinstance(result, ApiError) for result in edits].count(False) == 1
    assert all("not modified" in violation for violation in server.take_violations())
    assert "第1段原文" in server.messages(server.private_chat(stranger))[-1]["text"]
    assert len(server.messages(server.private_chat(stranger))) == 1


async def test_the_context_is_shown_in_place_of_the_passage_and_leads_back(
    server: TelegramServer, stranger: User
) -> None:
    chat = server.private_chat(stranger)
    async with running(parts_for(server), server):
        asked = await answered(stranger, "投资")
        await pressed(server, chat, Key.BUTTON_CONTEXT)
        context = await shows(server, chat, "永不停步。")
        assert "".join(covered(context, "bold")) == "坚持创建惠民。" + SENTENCE
        await pressed(server, chat, Key.BUTTON_BACK)
        assert server.messages(chat)[-1]["text"] == asked
    assert server.violations == []


async def test_an_answer_can_be_copied_opened_and_judged(
    server: TelegramServer, stranger: User
) -> None:
    chat = server.private_chat(stranger)
    async with showing_three(server, stranger) as message:
        for key in (Key.BUTTON_GOOD, Key.BUTTON_BAD):
            query = await pressed(server, chat, key)
            assert server.answers[query]["text"] == ZH.say(Key.REPLY_BUTTON_THANKS)
    held = buttons_of(message)
    opened = held[ZH.say(Key.BUTTON_LINK)]
    assert opened.startswith("https://example.com/a?b=1&c=2#:~:text=")
    for part in ("永不停步", "张海霞", "青海新闻网", "2017-11-27"):
        assert part in held[ZH.say(Key.BUTTON_COPY)]
    assert server.violations == []


@pytest.mark.parametrize("url", ["https://localhost/a", "http://a b.c", "ftp://a.b", "https://["])
async def test_an_address_that_telegram_refuses_gets_no_button(
    url: str, server: TelegramServer, stranger: User
) -> None:
    async with running(parts_for(server, FakeLibrary((a_citation(url=url),))), server):
        await answered(stranger, "投资")
    [message] = server.messages(server.private_chat(stranger))
    assert ZH.say(Key.BUTTON_LINK) not in buttons_of(message)
    assert server.violations == []


@given(title=st.text(min_size=1, max_size=600), url=st.text(max_size=40))
def test_whatever_a_citation_holds_its_buttons_are_taken_by_telegram(title: str, url: str) -> None:
    cited = a_citation(title=title, url=f"https://{url}")
    exchange = an_exchange(Answer("?", (cited,) * 3, 0.9)).turned_to(1)
    markup = keyboards.under(exchange, ZH, SourceLinks())
    assert markup
    check_markup(markup.to_dict(), inline_only=True)


def test_answers_to_several_questions_are_not_turned_but_rated_and_copied() -> None:
    exchange = an_exchange(Answer("?", (a_citation(),) * 3, 0.9))
    several = replace(exchange, turn=replace(exchange.turn, parts=(exchange.turn,) * 2))
    labels = [
        {button.text for row in markup.inline_keyboard for button in row}
        for asked in (exchange, several)
        if (markup := keyboards.under(asked, ZH, SourceLinks()))
    ]
    assert labels[0] - labels[1] == {ZH.say(Key.BUTTON_NEXT)}
    assert labels[1] < labels[0]


def possibly_answering() -> FakeLibrary:
    """Returns a library that has three passages to be checked."""
    return FakeLibrary(a_possible_answer().citations, certainty=Certainty.POSSIBLE)


@pytest.mark.parametrize(("language", "texts"), [("zh-hans", ZH), ("en", EN)])
async def test_a_possible_answer_is_an_overview_whose_passages_open_and_lead_back(
    language: str, texts: Texts, server: TelegramServer
) -> None:
    reader = server.user(50, "读者", language)
    chat = server.private_chat(reader)
    opinions = {texts.say(Key.BUTTON_GOOD), texts.say(Key.BUTTON_BAD)}
    async with running(parts_for(server, possibly_answering()), server):
        overview = await answered(reader, "投资")
        message = server.messages(chat)[-1]
        assert buttons_of(message).keys() == {"1", "2", "3"} | opinions
        await server.dealt_with(await server.press(message, buttons_of(message)["2"]))
        opened = await shows(
            server, chat, texts.say(Key.CERTAINTY_POSSIBLE_PLACE, number=2, total=3)
        )
        assert covered(opened, "bold") == ["第1段原文<&>。"]
        turning = (Key.BUTTON_PREVIOUS, Key.BUTTON_OVERVIEW, Key.BUTTON_NEXT, Key.BUTTON_CONTEXT)
        assert {texts.say(key) for key in turning} | opinions <= buttons_of(opened).keys()
        await pressed(server, chat, Key.BUTTON_PREVIOUS, texts=texts)
        first = await shows(server, chat, "第0段原文<&>。")
        assert texts.say(Key.BUTTON_PREVIOUS) not in buttons_of(first)
        await pressed(server, chat, Key.BUTTON_OVERVIEW, texts=texts)
        await shows(server, chat, overview)
        query = await pressed(server, chat, Key.BUTTON_GOOD, texts=texts)
        assert server.answers[query]["text"] == texts.say(Key.REPLY_BUTTON_THANKS)
    assert buttons_of(server.messages(chat)[-1]).keys() == {"1", "2", "3"} | opinions
    assert len(server.messages(chat)) == 1
    assert server.violations == []


async def test_what_follows_an_overview_means_its_first_passage_until_another_is_opened(
    server: TelegramServer, stranger: User
) -> None:
    chat = server.private_chat(stranger)
    library = FakeLibrary((a_citation(), *a_possible_answer().citations[:2]))
    library.certainty = Certainty.POSSIBLE
    async with running(parts_for(server, library), server):
        await answered(stranger, "投资")
        await answered(stranger, "/source")
        assert "".join(covered(server.messages(chat)[-1], "underline")) == SENTENCE
        assert "第0段原文" in await answered(stranger, "还有吗")
        assert "第1段原文" in await answered(stranger, "还有吗")
    assert server.violations == []


async def test_an_edited_question_that_is_possibly_answered_becomes_an_overview(
    server: TelegramServer, stranger: User
) -> None:
    library = three_passages()
    async with running(parts_for(server, library), server):
        question = await stranger.send("投资")
        await server.dealt_with(question)
        library.certainty = Certainty.POSSIBLE
        await server.edit_message(question, "花费")
        message = await shows(server, server.private_chat(stranger), ZH.say(Key.CERTAINTY_POSSIBLE))
    assert {"1", "2", "3"} <= buttons_of(message).keys()
    assert server.violations == []


async def test_an_overview_is_shown_to_its_own_chat_only_and_only_where_there_is_one(
    server: TelegramServer, stranger: User, admin: User
) -> None:
    library = possibly_answering()
    async with running(parts_for(server, library), server):
        await answered(admin, "秘密")
        theirs = buttons_of(server.messages(server.private_chat(admin))[0])["1"]
        library.certainty = Certainty.SURE
        await answered(stranger, "投资")
        mine = server.messages(server.private_chat(stranger))[0]
        own = buttons_of(mine)[ZH.say(Key.BUTTON_NEXT)]
        for data in (theirs, theirs.replace("1p", "1o", 1), own.replace("1p", "1o", 1)):
            query = await forged(server, stranger, mine, data)
            assert server.answers[query]["text"] == ZH.say(Nothing.GONE)
    assert server.calls_of("editMessageText") == []


async def test_a_link_to_a_possible_answer_shows_the_overview_in_the_other_chat(
    server: TelegramServer, stranger: User, admin: User
) -> None:
    async with running(parts_for(server, possibly_answering()), server):
        overview = await answered(admin, "投资")
        id = buttons_of(server.messages(server.private_chat(admin))[-1])["1"][2:-1]
        assert await answered(stranger, f"/start {id}") == overview


async def test_a_question_without_an_answer_offers_to_tell_the_administrators(
    server: TelegramServer, stranger: User, admin: User
) -> None:
    library = FakeLibrary()
    chat, admin_chat = server.private_chat(stranger), server.private_chat(admin)
    parts = parts_for(server, library, admins=frozenset({ADMIN_ID, 99}))
    async with running(parts, server):
        await answered(admin, "投资")
        library.citations = ()
        await answered(stranger, "<b>天气")
        query = await pressed(server, chat, Key.BUTTON_REPORT)
        assert server.answers[query]["text"] == ZH.say(Key.REPLY_BUTTON_REPORTED)
        await server.answer_to(query, ZH.say(Key.ADMIN_MISSED, question="<b>天气"))
        query = await pressed(server, chat, Key.BUTTON_REPORT)
        assert server.answers[query]["text"] == ZH.say(Key.REPLY_BUTTON_REPORTED_ALREADY)
    assert server.messages(admin_chat)[-1]["text"] == ZH.say(Key.ADMIN_MISSED, question="<b>天气")
    assert len(server.messages(admin_chat)) == 2
    assert server.violations == []


async def test_many_reports_within_a_moment_are_one_message_to_the_administrators(
    server: TelegramServer, stranger: User, admin: User
) -> None:
    library = FakeLibrary()
    chat, admin_chat = server.private_chat(stranger), server.private_chat(admin)
    async with running(parts_for(server, library), server):
        await answered(admin, "投资")
        library.citations = ()
        for number in range(15):
            await answered(stranger, f"天气{number}")
            query = await pressed(server, chat, Key.BUTTON_REPORT)
            assert server.answers[query]["text"] == ZH.say(Key.REPLY_BUTTON_REPORTED)
    first = ZH.say(Key.ADMIN_MISSED, question="天气0")
    assert [message["text"] for message in server.messages(admin_chat)[1:]] == [first]
    assert server.violations == []


@pytest.mark.parametrize(
    "data", ["", "x", "1pAAAAAAAAAAAA0", "1p0", "2pAAAAAAAAAAAA0", "1z" + "A" * 13]
)
async def test_a_forged_or_outdated_press_is_answered_politely_and_changes_nothing(
    data: str, server: TelegramServer, stranger: User
) -> None:
    async with running(parts_for(server), server):
        await answered(stranger, "投资")
        query = await forged(
            server, stranger, server.messages(server.private_chat(stranger))[0], data
        )
        assert server.answers[query]["text"]
    assert server.calls_of("editMessageText") == []
    assert server.violations == []


async def test_the_button_of_another_chat_shows_nothing_of_its_answer(
    server: TelegramServer, stranger: User, admin: User
) -> None:
    async with running(parts_for(server, three_passages()), server):
        await answered(admin, "秘密")
        await answered(stranger, "投资")
        theirs = buttons_of(server.messages(server.private_chat(admin))[0])
        mine = server.messages(server.private_chat(stranger))[0]
        for key in (Key.BUTTON_NEXT, Key.BUTTON_CONTEXT, Key.BUTTON_GOOD):
            query = await forged(server, stranger, mine, theirs[ZH.say(key)])
            assert server.answers[query]["text"]
    assert server.calls_of("editMessageText") == []


async def test_a_press_in_a_chat_that_is_not_served_any_more_is_refused(
    server: TelegramServer, stranger: User
) -> None:
    database = Database()
    chat = server.private_chat(stranger)
    async with running(parts_for(server, three_passages(), database=database), server):
        await answered(stranger, "投资")
    parts = parts_for(server, three_passages(), chats=frozenset({-1}), database=database)
    async with running(parts, server):
        query = await pressed(server, chat, Key.BUTTON_NEXT)
        assert server.answers[query]["text"] == ZH.say(Key.ERROR_NOT_INVITED)


async def test_buttons_and_talks_outlive_a_restart(
    server: TelegramServer, stranger: User, tmp_path: Path
) -> None:
    chat = server.private_chat(stranger)
    library = three_passages()
    for press in (False, True):
        database = Database(tmp_path / "state" / "bot.sqlite3")
        async with running(parts_for(server, library, database=database), server):
            if press:
                await pressed(server, chat, Key.BUTTON_NEXT)
                await shows(server, chat, "第1段原文")
                assert "第2段原文" in await answered(stranger, "还有吗")
                await answered(stranger, "那城东区呢")
            else:
                await answered(stranger, "城西区投资了多少")
        database.close()
    assert library.asked[-1] == "城东区投资了多少"
    assert server.violations == []


async def test_a_press_that_is_too_old_to_be_answered_still_turns_the_page(
    server: TelegramServer, stranger: User
) -> None:
    chat = server.private_chat(stranger)
    async with showing_three(server, stranger) as message:
        query = await server.press(message, buttons_of(message)[ZH.say(Key.BUTTON_NEXT)])
        server.expire_query(query)
        await shows(server, chat, "第1段原文")


async def test_forget_deletes_what_is_kept_of_a_person_so_that_buttons_are_dead(
    server: TelegramServer, stranger: User
) -> None:
    async with showing_three(server, stranger) as message:
        assert await answered(stranger, "/forget") == ZH.say(Key.FORGET_DONE, count=1)
        query = await server.press(message, buttons_of(message)[ZH.say(Key.BUTTON_NEXT)])
        await server.dealt_with(query)
        assert await answered(stranger, "还有吗") == ZH.say(Nothing.NO_QUESTION)
    assert server.answers[query]["text"] == ZH.say(Nothing.GONE)


async def test_a_link_to_an_answer_shows_it_in_another_chat(
    server: TelegramServer, stranger: User, admin: User
) -> None:
    chat = server.private_chat(admin)
    async with running(parts_for(server, three_passages()), server):
        await answered(admin, "投资")
        id = buttons_of(server.messages(chat)[-1])[ZH.say(Key.BUTTON_NEXT)][2:-1]
        assert "第0段原文" in await answered(stranger, f"/start {id}")
        await pressed(server, server.private_chat(stranger), Key.BUTTON_NEXT)
        await shows(server, server.private_chat(stranger), "第1段原文")
        assert await answered(stranger, "/start AAAAAAAAAAAA") == ZH.say(Nothing.GONE)
    assert "第0段原文" in server.messages(chat)[-1]["text"]


@pytest.mark.parametrize("url", ["http://example.com:99999/a", "http://exa|mple.com/a"])
async def test_an_article_whose_address_is_odd_is_delivered_without_its_link(
    url: str, server: TelegramServer, stranger: User
) -> None:
    async with running(parts_for(server, FakeLibrary((a_citation(url=url),))), server):
        await answered(stranger, "投资")
    held = buttons_of(server.messages(server.private_chat(stranger))[-1])
    assert ZH.say(Key.BUTTON_LINK) not in held
    assert ZH.say(Key.BUTTON_READ) in held
    assert server.violations == []


@pytest.mark.parametrize(
    "refusal", ["BUTTON_URL_INVALID", "inline keyboard button URL 'x' is invalid: Wrong HTTP URL"]
)
async def test_where_telegram_refuses_a_link_the_message_goes_without_it(
    refusal: str, server: TelegramServer, stranger: User
) -> None:
    chat = server.private_chat(stranger)
    async with running(parts_for(server, three_passages()), server):
        server.fail_next("sendMessage", ApiError(refusal))
        await answered(stranger, "投资")
        first = server.messages(chat)[-1]
        server.fail_next("editMessageText", ApiError(refusal))
        await pressed(server, chat, Key.BUTTON_NEXT)
    second = server.messages(chat)[-1]
    for message, passage in ((first, "第0段原文"), (second, "第1段原文")):
        assert passage in message["text"]
        held = buttons_of(message)
        assert ZH.say(Key.BUTTON_LINK) not in held
        assert {ZH.say(Key.BUTTON_CONTEXT), ZH.say(Key.BUTTON_GOOD)} <= held.keys()
    assert server.violations == []


async def test_a_message_that_is_refused_for_anything_else_is_not_sent_again(
    server: TelegramServer, stranger: User
) -> None:
    async with running(parts_for(server, three_passages()), server):
        server.fail_next("sendMessage", ApiError("message is too long"))
        await server.dealt_with(await stranger.send("投资"))
    texts = [call.parameters["text"] for call in server.calls_of("sendMessage")]
    assert sum("第0段原文" in text for text in texts) == 1
