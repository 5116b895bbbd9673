"""「按原话查」: where earlier questions were taken over, a button asks the text as it was typed."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from bot_api_emulator.server import Chat, TelegramServer, User
from desk_fakes import FakeLibrary, a_citation, a_possible_answer, an_exchange
from running_bot import (
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

from bot.core.desk import Nothing
from bot.core.source_links import SourceLinks
from bot.state.database import Database
from bot.state.statistics import Statistics
from bot.telegram.messages import keyboards
from bot.telegram.messages.button_data import ReplyAction, ReplyButton, decode, encode
from bot.texts.keys import Key
from index import Answer, Certainty, IndexSettings, RefusalReason

FIRST, LEANING, AS_TAKEN = "城西区投资了多少", "那城东区呢", "城东区投资了多少"
UNDERSTOOD = ZH.say(Key.ASK_UNDERSTOOD, question=AS_TAKEN)
AS_TYPED = ZH.say(Key.BUTTON_AS_TYPED)
LIBRARIES: dict[str, Callable[[], FakeLibrary]] = {
    "sure": three_passages,
    "possible": lambda: FakeLibrary(a_possible_answer().citations, certainty=Certainty.POSSIBLE),
    "refused": lambda: FakeLibrary(()),
}


async def asked_twice(user: User) -> None:
    """Asks a question, and one that leans on it."""
    await answered(user, FIRST)
    assert UNDERSTOOD in await answered(user, LEANING)


@pytest.mark.parametrize("kind", LIBRARIES)
async def test_the_text_is_asked_alone_and_answered_below_with_the_buttons_of_any_reply(
    kind: str, server: TelegramServer, stranger: User
) -> None:
    chat = server.private_chat(stranger)
    library = LIBRARIES[kind]()
    async with running(parts_for(server, library), server):
        await asked_twice(stranger)
        first, leaning = server.messages(chat)
        query = await pressed(server, chat, Key.BUTTON_AS_TYPED)
    *before, reply = server.messages(chat)
    assert before == [first, leaning]
    assert "text" not in server.answers[query]
    assert library.asked == [FIRST, AS_TAKEN, LEANING]
    assert library.turns == ()
    assert UNDERSTOOD not in reply["text"]
    assert reply["reply_to_message"]["text"] == LEANING
    assert buttons_of(reply).keys() == buttons_of(first).keys()
    assert buttons_of(leaning).keys() == {*buttons_of(first), AS_TYPED}
    assert server.violations == []


async def test_a_real_library_answers_the_text_alone(
    server: TelegramServer, stranger: User, shelf: IndexSettings
) -> None:
    chat = server.private_chat(stranger)
    async with running(parts_for(server, index_settings=shelf), server):
        alone = await answered(stranger, "那城东区呢")
        await answered(stranger, "/forget")
        await answered(stranger, "城西区投资了多少")
        assert "按“城东区投资了多少”来查" in await answered(stranger, "那城东区呢")
        await pressed(server, chat, Key.BUTTON_AS_TYPED)
    assert server.messages(chat)[-1]["text"] == alone
    assert server.violations == []


async def test_the_button_stands_only_where_the_reply_says_that_it_leaned(
    server: TelegramServer, stranger: User
) -> None:
    chat = server.private_chat(stranger)
    async with running(parts_for(server, three_passages()), server):
        await asked_twice(stranger)
        await pressed(server, chat, Key.BUTTON_NEXT)
        second_passage = await shows(server, chat, "第1段原文")
        await pressed(server, chat, Key.BUTTON_PREVIOUS)
        leaning = await shows(server, chat, UNDERSTOOD)
        assert "第1段原文" in await answered(stranger, "还有吗")
        await answered(stranger, "有几盏灯")
    first, more, other = (server.messages(chat)[at] for at in (0, 1, 2))
    assert [AS_TYPED in buttons_of(message) for message in (first, second_passage, other)] == [
        False
    ] * 3
    assert more["message_id"] == leaning["message_id"]
    assert AS_TYPED in buttons_of(leaning)


def test_several_questions_and_what_has_no_message_of_its_own_in_the_chat_have_no_such_button() -> (
    None
):
    exchange = an_exchange(Answer(AS_TAKEN, (a_citation(),), 0.9), LEANING, AS_TAKEN)
    leaning = replace(exchange, turn=replace(exchange.turn, leans=True), question_message=4)
    several = replace(leaning, turn=replace(leaning.turn, parts=(leaning.turn,) * 2))
    elsewhere = replace(leaning, question_message=None)
    for asked, stands in ((leaning, True), (several, False), (elsewhere, False)):
        markup = keyboards.under(asked, ZH, SourceLinks())
        assert markup
        labels = {button.text for row in markup.inline_keyboard for button in row}
        assert (AS_TYPED in labels) is stands


async def test_who_presses_twice_gets_one_answer_and_is_told_so(
    server: TelegramServer, stranger: User
) -> None:
    chat = server.private_chat(stranger)
    library = FakeLibrary()
    async with running(parts_for(server, library), server):
        await asked_twice(stranger)
        leaning = server.messages(chat)[-1]
        data = buttons_of(leaning)[AS_TYPED]
        first, second = [await server.press(leaning, data) for _ in range(2)]
        await server.dealt_with(first, second)
    assert "text" not in server.answers[first]
    assert server.answers[second]["text"] == ZH.say(Nothing.ASKED_AS_TYPED)
    assert library.asked == [FIRST, AS_TAKEN, LEANING]
    assert len(server.messages(chat)) == 3
    assert server.violations == []


async def test_a_follow_up_leans_on_the_text_as_it_was_typed(
    server: TelegramServer, stranger: User
) -> None:
    library = FakeLibrary()
    async with running(parts_for(server, library), server):
        await asked_twice(stranger)
        await pressed(server, server.private_chat(stranger), Key.BUTTON_AS_TYPED)
        await answered(stranger, "那城北区呢")
    assert [turn.understood for turn in library.turns] == [FIRST, AS_TAKEN, LEANING]


async def test_it_counts_as_a_question_and_the_first_answer_stays_as_it_is(
    server: TelegramServer, stranger: User
) -> None:
    database = Database()
    chat = server.private_chat(stranger)
    async with running(parts_for(server, three_passages(), database=database), server):
        await asked_twice(stranger)
        leaning = server.messages(chat)[-1]
        await pressed(server, chat, Key.BUTTON_AS_TYPED)
        assert sum(day.asked for day in Statistics(database).days(2)) == 3
        await server.dealt_with(
            await server.press(leaning, buttons_of(leaning)[ZH.say(Key.BUTTON_NEXT)])
        )
        assert await answered(stranger, "/forget") == ZH.say(Key.FORGET_DONE, count=3)
    turned, as_typed = server.messages(chat)[1:3]
    assert "第1段原文" in turned["text"]
    assert "第0段原文" in as_typed["text"]


async def test_an_edit_of_the_question_changes_the_later_answer(
    server: TelegramServer, stranger: User
) -> None:
    chat = server.private_chat(stranger)
    library = three_passages()
    async with running(parts_for(server, library), server):
        await asked_twice(stranger)
        leaning = server.messages(chat)[-1]
        await pressed(server, chat, Key.BUTTON_AS_TYPED)
        library.citations = ()
        question = leaning["reply_to_message"]
        await server.dealt_with(await server.edit_message(question, "城东区"))
    *before, reply = server.messages(chat)
    assert before[1:] == [leaning]
    assert ZH.say(RefusalReason.NOTHING_FOUND) in reply["text"]
    assert server.violations == []


async def test_the_button_of_another_chat_asks_nothing(
    server: TelegramServer, stranger: User, admin: User
) -> None:
    library = FakeLibrary()
    async with running(parts_for(server, library), server):
        await asked_twice(admin)
        await answered(stranger, "投资")
        theirs = buttons_of(server.messages(server.private_chat(admin))[-1])[AS_TYPED]
        mine = server.messages(server.private_chat(stranger))[-1]
        query = await forged(server, stranger, mine, theirs)
    assert server.answers[query]["text"] == ZH.say(Nothing.GONE)
    assert library.asked == [FIRST, AS_TAKEN, "投资"]


async def test_a_reply_that_leaned_on_nothing_is_not_asked_again_by_a_forged_press(
    server: TelegramServer, stranger: User
) -> None:
    library = FakeLibrary()
    async with running(parts_for(server, library), server):
        await answered(stranger, FIRST)
        [message] = server.messages(server.private_chat(stranger))
        button = decode(buttons_of(message)[ZH.say(Key.BUTTON_GOOD)])
        assert isinstance(button, ReplyButton)
        forgery = encode(replace(button, action=ReplyAction.AS_TYPED))
        query = await forged(server, stranger, message, forgery)
    assert server.answers[query]["text"] == ZH.say(Nothing.GONE)
    assert library.asked == [FIRST]


async def asked_in_topic(group: Chat, asker: User) -> None:
    """Asks a question in a topic, and one that leans on it."""
    for text in (FIRST, LEANING):
        question = await group.send(
            f"/ask {text}", asker, message_thread_id=7, is_topic_message=True
        )
        await group.server.dealt_with(question)


async def test_in_a_group_anybody_may_press_and_the_answer_belongs_to_who_asked(
    server: TelegramServer, stranger: User, admin: User
) -> None:
    group = server.group("群", is_forum=True)
    library = FakeLibrary()
    topic = {"message_thread_id": 7, "is_topic_message": True}
    async with running(parts_for(server, library), server):
        await asked_in_topic(group, stranger)
        await pressed(server, group, Key.BUTTON_AS_TYPED, admin)
        reply = server.messages(group)[-1]
        for person, talk in ((admin, []), (stranger, [FIRST, AS_TAKEN, LEANING])):
            await server.dealt_with(await group.send("/ask 有几盏灯", person, **topic))
            assert [turn.understood for turn in library.turns] == talk
    assert reply["message_thread_id"] == 7
    assert reply["reply_to_message"]["text"] == f"/ask {LEANING}"
    assert server.violations == []


async def test_a_press_counts_for_the_limit_of_who_presses(
    server: TelegramServer, stranger: User
) -> None:
    library = FakeLibrary()
    async with running(parts_for(server, library, questions_per_minute=2), server):
        await asked_twice(stranger)
        query = await pressed(server, server.private_chat(stranger), Key.BUTTON_AS_TYPED)
    assert server.answers[query]["text"] == ZH.say(Key.ERROR_TOO_MANY)
    assert library.asked == [FIRST, AS_TAKEN]


async def test_a_press_in_a_chat_that_is_not_served_any_more_is_refused(
    server: TelegramServer, stranger: User
) -> None:
    database = Database()
    library = FakeLibrary()
    async with running(parts_for(server, library, database=database), server):
        await asked_twice(stranger)
    parts = parts_for(server, library, chats=frozenset({-1}), database=database)
    async with running(parts, server):
        query = await pressed(server, server.private_chat(stranger), Key.BUTTON_AS_TYPED)
    assert server.answers[query]["text"] == ZH.say(Key.ERROR_NOT_INVITED)
    assert library.asked == [FIRST, AS_TAKEN]


async def test_an_outdated_button_says_so_and_asks_nothing(
    server: TelegramServer, stranger: User
) -> None:
    chat = server.private_chat(stranger)
    library = FakeLibrary()
    async with running(parts_for(server, library), server):
        await asked_twice(stranger)
        leaning = server.messages(chat)[-1]
        await answered(stranger, "/forget")
        query = await server.press(leaning, buttons_of(leaning)[AS_TYPED])
        await server.dealt_with(query)
    assert server.answers[query]["text"] == ZH.say(Nothing.GONE)
    assert library.asked == [FIRST, AS_TAKEN]


async def test_under_a_message_of_another_chat_the_button_is_outdated(
    server: TelegramServer, stranger: User
) -> None:
    """Of a message that was sent by way of the bot it is not told where that is."""
    library = FakeLibrary()
    async with running(parts_for(server, library), server):
        await asked_twice(stranger)
        data = buttons_of(server.messages(server.private_chat(stranger))[-1])[AS_TYPED]
        results = await server.inline_query(stranger, "投资")
        await server.dealt_with(results)
        sent = await server.choose(results, "0", server.group("群"))
        query = await forged(server, stranger, sent, data)
    assert server.answers[query]["text"] == ZH.say(Key.REPLY_BUTTON_OUTDATED)
    assert LEANING not in library.asked


async def test_where_the_question_and_the_reply_are_deleted_the_answer_comes_all_the_same(
    server: TelegramServer, stranger: User
) -> None:
    chat = server.private_chat(stranger)
    library = FakeLibrary()
    async with running(parts_for(server, library), server):
        await asked_twice(stranger)
        leaning = server.messages(chat)[-1]
        for deleted in (leaning["reply_to_message"], leaning):
            chat.delete(deleted)
        await forged(server, stranger, leaning, buttons_of(leaning)[AS_TYPED])
    assert library.asked == [FIRST, AS_TAKEN, LEANING]
    assert len(server.messages(chat)) == 2
    assert server.violations == []


async def test_a_link_to_a_reply_that_leaned_shows_it_without_the_button(
    server: TelegramServer, stranger: User, admin: User
) -> None:
    async with running(parts_for(server), server):
        await asked_twice(admin)
        leaning = server.messages(server.private_chat(admin))[-1]
        button = decode(buttons_of(leaning)[AS_TYPED])
        assert isinstance(button, ReplyButton)
        assert UNDERSTOOD in await answered(stranger, f"/start {button.exchange}")
    [shared] = server.messages(server.private_chat(stranger))
    assert buttons_of(leaning).keys() - buttons_of(shared).keys() == {AS_TYPED}
