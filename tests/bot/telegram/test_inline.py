"""Chats that the bot is no part of: inline results to choose from, and answers as a guest."""

import pytest
from bot_api_emulator.contract import ApiError, JsonObject
from bot_api_emulator.server import TelegramServer, User
from desk_fakes import DATA, EXAMPLE, SENTENCE, FakeLibrary, a_citation
from running_bot import (
    EN,
    ZH,
    answered,
    buttons_of,
    covered,
    parts_for,
    pressed,
    running,
    three_passages,
)

from bot.texts.catalogue import Texts
from bot.texts.keys import Key
from index import Certainty, NoIndex, RefusalReason


async def asked(server: TelegramServer, user: User, text: str) -> JsonObject:
    """Types an inline query; returns the bot's answer."""
    query = await server.inline_query(user, text)
    await server.dealt_with(query)
    return server.answers[query]


async def test_an_inline_query_offers_passages_that_are_sent_with_their_citation(
    server: TelegramServer, stranger: User
) -> None:
    group = server.group("群")
    async with running(parts_for(server, three_passages()), server):
        query = await server.inline_query(stranger, "投资")
        await server.dealt_with(query)
        results = server.answers[query]["results"]
        message = await server.choose(query, results[1]["id"], group)
    assert [result["title"] for result in results] == ["永不停步"] * 3
    assert [result["description"] for result in results] == [f"第{n}段原文<&>。" for n in range(3)]
    assert covered(message, "bold") == ["第1段原文<&>。"]
    for part in ("永不停步", "张海霞", "青海新闻网", "2017-11-27"):
        assert part in message["text"]
    assert server.violations == []


@pytest.mark.parametrize(("language", "texts"), [("zh-hans", ZH), ("en", EN)])
async def test_each_inline_result_of_a_possible_answer_says_that_it_has_to_be_checked(
    language: str, texts: Texts, server: TelegramServer
) -> None:
    visitor, group = server.user(50, "客", language), server.group("群")
    library = three_passages()
    library.certainty, library.missing = Certainty.POSSIBLE, ("地铁",)
    async with running(parts_for(server, library), server):
        query = await server.inline_query(visitor, "投资")
        await server.dealt_with(query)
        results = server.answers[query]["results"]
        message = await server.choose(query, results[1]["id"], group)
    assert [result["description"] for result in results] == [
        texts.say(Key.INLINE_POSSIBLE, sentence=f"第{n}段原文<&>。") for n in range(3)
    ]
    lines = message["text"].splitlines()
    assert lines[:2] == [texts.say(Key.CERTAINTY_POSSIBLE), "第1段原文<&>。"]
    assert lines[-1] == texts.say(Key.CERTAINTY_LACKS, words="地铁")
    assert server.violations == []


async def test_as_a_guest_the_bot_gives_a_possible_answer_as_an_overview(
    server: TelegramServer, stranger: User
) -> None:
    library = three_passages()
    library.certainty = Certainty.POSSIBLE
    async with running(parts_for(server, library), server):
        question = await server.summon(
            server.foreign_group("群"), "@wenchu_test_bot 投资", stranger
        )
        answer = await server.answer_to(question)
        link = buttons_of(answer)[ZH.say(Key.BUTTON_GO_ON)]
        overview = await answered(stranger, f"/start {link.partition('=')[2]}")
    assert answer["text"] == overview
    assert overview.startswith(ZH.say(Key.CERTAINTY_POSSIBLE))
    assert server.violations == []


async def test_a_passage_that_is_sent_inline_into_the_private_chat_is_no_question(
    server: TelegramServer, stranger: User
) -> None:
    library = three_passages()
    chat = server.private_chat(stranger)
    async with running(parts_for(server, library), server):
        query = await server.inline_query(stranger, "投资")
        await server.dealt_with(query)
        await answered(stranger, "/help")
        chosen = await server.choose(query, server.answers[query]["results"][0]["id"], chat)
        await server.dealt_with(chosen)
    assert library.asked == ["投资"]
    assert len(server.messages(chat)) == 1


async def test_what_one_person_is_found_inline_is_not_shown_to_another(
    server: TelegramServer, stranger: User
) -> None:
    async with running(parts_for(server), server):
        assert (await asked(server, stranger, "投资"))["is_personal"] is True


async def test_an_empty_query_shows_how_to_ask_and_leads_to_the_explanation(
    server: TelegramServer, stranger: User
) -> None:
    async with running(parts_for(server), server):
        answer = await asked(server, stranger, "  ")
        parameter = answer["button"]["start_parameter"]
        assert await answered(stranger, f"/start {parameter}") == ZH.say(
            Key.START_WELCOME, example=EXAMPLE
        )
    assert answer["button"]["text"] == ZH.say(Key.INLINE_HOW, example=EXAMPLE)
    assert answer["results"] == []
    assert server.violations == []


async def test_inline_nothing_is_offered_where_nothing_answers(
    server: TelegramServer, stranger: User
) -> None:
    async with running(parts_for(server, FakeLibrary(())), server):
        answer = await asked(server, stranger, "天气")
    assert (answer["results"], answer["button"]["text"]) == ([], ZH.say(Key.INLINE_NOTHING))


async def test_a_stranger_is_offered_nothing_inline_where_access_is_limited(
    server: TelegramServer, stranger: User, admin: User
) -> None:
    library = FakeLibrary()
    async with running(parts_for(server, library, chats=frozenset({-5})), server):
        refused = await asked(server, stranger, "投资")
        assert library.asked == []
        served = await asked(server, admin, "投资")
    assert refused["results"] == []
    assert refused["button"]["text"] == ZH.say(Key.INLINE_NOT_INVITED)
    assert len(served["results"]) == 1


async def test_without_an_index_an_inline_query_is_not_left_open(
    server: TelegramServer, stranger: User
) -> None:
    async with running(parts_for(server, FakeLibrary(failure=NoIndex(DATA))), server):
        assert (await asked(server, stranger, "投资"))["results"] == []
    assert server.violations == []


async def test_an_inline_query_that_is_too_old_is_an_ordinary_event(
    server: TelegramServer, stranger: User, log: list[str]
) -> None:
    async with running(parts_for(server), server):
        query = await server.inline_query(stranger, "投资")
        server.expire_query(query)
        await server.dealt_with(query)
    assert not [line for line in log if "Traceback" in line]


@pytest.mark.parametrize(("language", "texts"), [("zh-hans", ZH), ("en", EN)])
async def test_as_a_guest_the_bot_gives_one_cited_answer_and_a_link_to_go_on_with_it(
    language: str, texts: Texts, server: TelegramServer
) -> None:
    visitor = server.user(50, "客", language)
    foreign = server.foreign_group("别人的群")
    library = FakeLibrary((a_citation(), a_citation(number=1)))
    async with running(parts_for(server, library), server):
        question = await server.summon(foreign, "@wenchu_test_bot 城西区投资了多少", visitor)
        answer = await server.answer_to(question)
        link = buttons_of(answer)[texts.say(Key.BUTTON_GO_ON)]
        assert link.startswith("https://t.me/wenchu_test_bot?start=")
        assert SENTENCE in await answered(visitor, f"/start {link.partition('=')[2]}")
        await pressed(server, server.private_chat(visitor), Key.BUTTON_NEXT, texts=texts)
    assert covered(answer, "bold") == [SENTENCE]
    assert "青海新闻网" in answer["text"]
    assert library.asked == ["城西区投资了多少"]
    assert server.violations == []


async def test_as_a_guest_the_bot_says_what_it_does_not_know_how_to_ask_and_whom_it_serves(
    server: TelegramServer, stranger: User
) -> None:
    foreign = server.foreign_group("别人的群")
    async with running(parts_for(server, FakeLibrary(())), server):
        for text in ("@wenchu_test_bot 天气", "@wenchu_test_bot"):
            await server.dealt_with(await server.summon(foreign, text, stranger))
    library = FakeLibrary()
    async with running(parts_for(server, library, chats=frozenset({foreign.id})), server):
        await server.dealt_with(await server.summon(foreign, "@wenchu_test_bot 投资", stranger))
    unknown, how, refused = (message["text"] for message in server.messages(foreign))
    assert unknown == ZH.say(RefusalReason.NOTHING_FOUND)
    assert how == ZH.with_example(Key.ASK_HOW_TO_GUEST, None)
    assert refused == ZH.say(Key.ERROR_NOT_INVITED)
    assert library.asked == []
    assert server.violations == []


async def test_where_telegram_refuses_a_link_the_passages_are_offered_without_links(
    server: TelegramServer, stranger: User
) -> None:
    group = server.group("群")
    async with running(parts_for(server, three_passages()), server):
        server.fail_next("answerInlineQuery", ApiError("BUTTON_URL_INVALID"))
        query = await server.inline_query(stranger, "投资")
        await server.dealt_with(query)
        results = server.answers[query]["results"]
        message = await server.choose(query, results[1]["id"], group)
    assert [result["description"] for result in results] == [f"第{n}段原文<&>。" for n in range(3)]
    assert buttons_of(message) == {}
    assert "第1段原文" in message["text"]
    assert server.violations == []
