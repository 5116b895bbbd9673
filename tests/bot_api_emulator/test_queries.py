"""Emulated buttons, inline queries and guest queries: what comes, and which answers pass."""

from typing import Any

import pytest
from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineQueryResultArticle,
    InlineQueryResultsButton,
    InputTextMessageContent,
    Update,
)
from telegram.constants import ParseMode

from bot_api_emulator.refusals import keyboard, refused
from bot_api_emulator.server import Chat, TelegramServer, User

AGAIN = keyboard(InlineKeyboardButton("再来", callback_data="again"))


async def latest(bot: Bot) -> Update:
    return (await bot.get_updates())[-1]


def article(identifier: str, text: str = "答", **more: Any) -> InlineQueryResultArticle:
    return InlineQueryResultArticle(
        identifier, "题", InputTextMessageContent(text, parse_mode=ParseMode.HTML), **more
    )


# -- buttons -------------------------------------------------------------------------------


async def test_a_press_can_be_forged_replayed_and_made_by_somebody_else(
    server: TelegramServer, bot: Bot, chat: Chat
) -> None:
    await bot.send_message(chat.id, "x", reply_markup=AGAIN)
    [message] = server.messages(chat)
    stranger = server.user(666, "Eve")
    first = await server.press(message, "again", stranger)
    second = await server.replay_press(first)
    forged = await server.forge_press(message, "x" * 200, stranger)
    assert len({first, second, forged}) == 3
    *_, pressed, two, three = await bot.get_updates()
    assert pressed.callback_query is not None
    assert two.callback_query is not None
    assert three.callback_query is not None
    assert pressed.callback_query.from_user.id == 666
    assert (pressed.callback_query.data, two.callback_query.data) == ("again", "again")
    assert three.callback_query.data == "x" * 200
    await bot.answer_callback_query(first)
    assert server.queries.unanswered() == [second, forged]


async def test_a_press_on_a_deleted_message_comes_with_an_inaccessible_one(
    server: TelegramServer, bot: Bot, chat: Chat
) -> None:
    await bot.send_message(chat.id, "x", reply_markup=AGAIN)
    [message] = server.messages(chat)
    chat.delete(message)
    with pytest.raises(ValueError, match="no button"):
        await server.press(message, "again")
    await server.forge_press(message, "again")
    query = (await latest(bot)).callback_query
    assert query is not None
    assert query.message is not None
    assert not query.message.is_accessible


async def test_an_answer_that_comes_late_is_refused(
    server: TelegramServer, bot: Bot, chat: Chat, alice: User
) -> None:
    await bot.send_message(chat.id, "x", reply_markup=AGAIN)
    pressed = await server.press(server.messages(chat)[0], "again")
    asked = await server.inline_query(alice, "问")
    server.clock.advance(server.queries.seconds + 1)
    await refused(server, bot.answer_callback_query(pressed), "query is too old")
    await refused(server, bot.answer_inline_query(asked, [article("1")]), "query is too old")


async def test_a_query_is_answered_by_the_method_of_its_kind(
    server: TelegramServer, bot: Bot, alice: User
) -> None:
    asked = await server.inline_query(alice, "问")
    await refused(server, bot.answer_callback_query(asked), "query ID is invalid")


# -- inline queries ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"next_offset": "x" * 65}, "NEXT_OFFSET_INVALID"),
        ({"cache_time": -1}, "cache time"),
        ({"button": InlineQueryResultsButton("开始", start_parameter="你好")}, "START_PARAM"),
        ({"button": InlineQueryResultsButton("开始", start_parameter="x" * 65)}, "START_PARAM"),
        ({"button": InlineQueryResultsButton("开始")}, "exactly one thing"),
        ({"button": InlineQueryResultsButton(" ", start_parameter="x")}, "must be non-empty"),
        ({"results": [article("1", "<b>")]}, "can't parse entities"),
        ({"results": [article("1", "x" * 4097)]}, "too long"),
        ({"results": [article("1", reply_markup=keyboard(InlineKeyboardButton("x")))]}, "button"),
        ({"results": [article("1", api_kwargs={"colour": "red"})]}, "no field colour"),
    ],
)
async def test_an_inline_answer_telegram_refuses_is_a_violation(
    answer: dict[str, Any], reason: str, server: TelegramServer, bot: Bot, alice: User
) -> None:
    query = await server.inline_query(alice, "问")
    call = bot.answer_inline_query(query, **{"results": [article("1")], **answer})
    await refused(server, call, reason)


async def test_what_stands_in_the_cache_is_shown_to_everybody_unless_it_is_personal(
    server: TelegramServer, bot: Bot, alice: User
) -> None:
    bob = server.user(1002, "Bob")
    shared = await server.inline_query(alice, "共")
    await bot.answer_inline_query(shared, [article("1")], is_personal=False)
    own = await server.inline_query(alice, "私")
    await bot.answer_inline_query(own, [article("1")], is_personal=True)
    none = await server.inline_query(alice, "无")
    await bot.answer_inline_query(none, [article("1")], cache_time=0)
    assert [
        [server.queries.cached(person, text, "") is not None for text in ("共", "私", "无")]
        for person in (alice, bob)
    ] == [[True, True, False], [True, False, False]]
    assert server.queries.cached(alice, "共", "50") is None


async def test_a_chosen_result_is_sent_by_the_person_and_its_button_has_no_message(
    server: TelegramServer, bot: Bot, alice: User
) -> None:
    group = server.group("群")
    query = await server.inline_query(alice, "问", chat_type="supergroup")
    await bot.answer_inline_query(query, [article("1", "<b>答</b>", reply_markup=AGAIN)])
    message = await server.choose(query, "1", group)
    *_, shown, chosen = await bot.get_updates()
    assert shown.message is not None
    assert shown.message.via_bot is not None
    assert shown.message.via_bot.id == bot.id
    assert chosen.chosen_inline_result is not None
    identifier = chosen.chosen_inline_result.inline_message_id
    assert identifier is not None
    await server.press(message, "again", alice)
    pressed = (await latest(bot)).callback_query
    assert pressed is not None
    assert (pressed.message, pressed.inline_message_id) == (None, identifier)
    assert await bot.edit_message_text("改", inline_message_id=identifier) is True
    assert group.messages[message["message_id"]]["text"] == "改"
    same = bot.edit_message_text("改", inline_message_id=identifier)
    await refused(server, same, "message is not modified")
    wrong = bot.edit_message_text("改", inline_message_id="inline9999")
    await refused(server, wrong, "MESSAGE_ID_INVALID")


# -- guests --------------------------------------------------------------------------------


async def test_a_guest_is_summoned_by_a_mention_and_answers_once_with_one_message(
    server: TelegramServer, bot: Bot, alice: User
) -> None:
    group = server.foreign_group("别人的群")
    question = await group.send("路灯是谁装的", alice)
    await server.summon(group, "@wenchu_test_bot 查查", alice, reply_to=question)
    update = await latest(bot)
    guest = update.guest_message
    assert guest is not None
    assert guest.reply_to_message is not None
    assert guest.reply_to_message.text == "路灯是谁装的"
    assert guest.guest_query_id is not None
    await refused(server, bot.send_message(group.id, "x"), "bot is not a member")
    sent = await bot.answer_guest_query(guest.guest_query_id, article("1", "<b>答</b>"))
    [answer] = server.messages(group)
    assert (answer["text"], answer["guest_bot_caller_user"]["id"]) == ("答", alice.id)
    assert await bot.edit_message_text("改", inline_message_id=sent.inline_message_id) is True
    assert server.messages(group)[0]["text"] == "改"
    again = bot.answer_guest_query(guest.guest_query_id, article("1"))
    await refused(server, again, "query is too old")


async def test_a_guest_in_a_private_chat_of_two_people_must_not_trust_the_id_of_the_chat(
    server: TelegramServer, bot: Bot, alice: User
) -> None:
    bob = server.user(1002, "Bob")
    await bob.send("你好")
    theirs = server.foreign_private_chat(bob)
    shown = await server.summon(theirs, "@wenchu_test_bot 谁", alice)
    assert shown["chat"]["id"] == bob.id
    await bot.send_message(bob.id, "这到了鲍勃的私聊")
    assert server.messages(theirs) == []
    await bot.answer_guest_query(shown["guest_query_id"], article("1", reply_markup=AGAIN))
    [answer] = server.messages(theirs)
    await server.press(answer, "again", bob)
    pressed = (await latest(bot)).callback_query
    assert pressed is not None
    assert pressed.inline_message_id is not None


async def test_a_press_in_the_chat_of_two_people_is_told_from_one_in_the_bots_own(
    server: TelegramServer, bot: Bot, alice: User
) -> None:
    bob = server.user(1002, "Bob")
    await bob.send("你好")
    own = await bot.send_message(bob.id, "x", reply_markup=AGAIN)
    theirs = server.foreign_private_chat(bob)
    shown = await server.summon(theirs, "@wenchu_test_bot 谁", alice)
    await bot.answer_guest_query(shown["guest_query_id"], article("1", reply_markup=AGAIN))
    assert server.messages(theirs)[0]["message_id"] == own.message_id
    await server.press(server.messages(server.private_chat(bob))[0], "again")
    pressed = (await latest(bot)).callback_query
    assert pressed is not None
    assert pressed.inline_message_id is None


async def test_only_a_mention_where_the_bot_is_no_member_summons_it(
    server: TelegramServer, alice: User
) -> None:
    with pytest.raises(ValueError, match="only a mention"):
        await server.summon(server.foreign_group("群"), "查查", alice)
    with pytest.raises(ValueError, match="where it has not joined"):
        await server.summon(server.group("群"), "@wenchu_test_bot", alice)


async def test_a_guest_answer_is_checked_as_an_inline_result(
    server: TelegramServer, bot: Bot, alice: User
) -> None:
    shown = await server.summon(server.foreign_group("群"), "@wenchu_test_bot 谁", alice)
    call = bot.answer_guest_query(shown["guest_query_id"], article("1", "<b>"))
    await refused(server, call, "can't parse entities")
