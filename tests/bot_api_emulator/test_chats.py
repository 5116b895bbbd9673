"""The emulated chats: who writes there, and what of it the bot gets to see."""

import pytest
from telegram import Bot, Message, MessageOriginChannel, MessageOriginHiddenUser, ReplyParameters

from bot_api_emulator.refusals import refused
from bot_api_emulator.server import BOT_ID, TelegramServer, User


@pytest.fixture
def alice(server: TelegramServer) -> User:
    return server.user(1001, "Alice")


async def received(bot: Bot) -> list[Message]:
    """Returns the messages among the updates that wait, which are then confirmed."""
    updates = await bot.get_updates()
    if updates:
        await bot.get_updates(offset=updates[-1].update_id + 1)
    return [update.message for update in updates if update.message]


MEANT = (
    "/ask 谁",
    "/ask@wenchu_test_bot 谁",
    "请问 @WenChu_Test_Bot 谁",
    "前面 /ask@wenchu_test_bot",
)
NOT_MEANT = (
    "谁",
    "/ask@other_bot 谁",
    "/reindex@otherbot",
    "前面 /ask",
    "@wenchu_test_bot2",
    "a@wenchu_test_bot",
)


async def test_in_privacy_mode_a_group_shows_the_bot_only_what_is_meant_for_it(
    server: TelegramServer, bot: Bot, alice: User
) -> None:
    group = server.group("群")
    for text in (*MEANT, *NOT_MEANT):
        await group.send(text, alice)
    assert [message.text for message in await received(bot)] == list(MEANT)


@pytest.mark.parametrize("why", ["it reads all", "it is an administrator"])
async def test_without_privacy_mode_and_as_administrator_the_bot_sees_all(
    why: str, server: TelegramServer, bot: Bot, alice: User
) -> None:
    group = server.group("群")
    if why == "it reads all":
        server.bot["can_read_all_group_messages"] = True
    else:
        group.admins.add(BOT_ID)
    for text in NOT_MEANT:
        await group.send(text, alice)
    assert len(await received(bot)) == len(NOT_MEANT)


async def test_a_reply_to_the_bot_reaches_it_and_one_to_somebody_else_does_not(
    server: TelegramServer, bot: Bot, alice: User
) -> None:
    group = server.group("群")
    own = await bot.send_message(group.id, "答案是甲, 不是乙")
    theirs = await group.send("我说", alice)
    await group.reply(theirs, "不对", alice)
    await group.reply(group.messages[own.message_id], "对", alice, quote="不是乙")
    [message] = await received(bot)
    assert message.reply_to_message is not None
    assert message.reply_to_message.text == "答案是甲, 不是乙"
    assert message.quote is not None
    assert (message.quote.text, message.quote.position) == ("不是乙", 6)
    with pytest.raises(ValueError, match="quotes only what is there"):
        await group.reply(theirs, "?", alice, quote="没有")


async def test_the_place_of_a_quote_is_counted_in_utf16_units(
    server: TelegramServer, bot: Bot, alice: User
) -> None:
    chat = server.private_chat(alice)
    asked = await alice.send("😀问")
    sent = await bot.send_message(
        chat.id, "x", reply_parameters=ReplyParameters(asked["message_id"], quote="问")
    )
    assert sent.quote is not None
    assert sent.quote.position == 2


async def test_bots_do_not_see_each_other(server: TelegramServer, bot: Bot) -> None:
    other = server.user(1003, "别的", username="other_bot", is_bot=True)
    await server.group("群").send("/ask 谁", other)
    assert await received(bot) == []


async def test_anonymous_administrators_and_channels_write_in_the_name_of_a_chat(
    server: TelegramServer, bot: Bot
) -> None:
    group, channel = server.group("群"), server.channel("频道")
    await group.send("/ask 一", group.anonymous_admin())
    await group.send("/ask 二", channel.as_sender())
    await group.send("/ask 三", channel.as_linked_channel())
    anonymous, as_channel, linked = await received(bot)
    assert anonymous.from_user is not None
    assert anonymous.from_user.username == "GroupAnonymousBot"
    assert anonymous.sender_chat is not None
    assert anonymous.sender_chat.id == group.id
    assert as_channel.sender_chat is not None
    assert as_channel.sender_chat.id == channel.id
    assert linked.is_automatic_forward


async def test_a_channel_post_has_no_author(server: TelegramServer, bot: Bot) -> None:
    channel = server.channel("频道")
    post = await channel.post("/ask 一")
    await server.edit_message(post, "/ask 二")
    updates = await bot.get_updates()
    assert updates[0].channel_post is not None
    assert updates[0].channel_post.from_user is None
    assert updates[1].edited_channel_post is not None
    group = server.group("群")
    with pytest.raises(ValueError, match="only channels"):
        await group.post("x")


async def test_a_forwarded_message_tells_where_it_comes_from(
    server: TelegramServer, bot: Bot, alice: User
) -> None:
    chat, bob = server.private_chat(alice), server.user(1002, "Bob")
    post = await server.channel("频道").post("/reindex 公告")
    message = await server.group("群").send("/ask 谁", bob)
    await chat.forward(post)
    await chat.forward(message)
    await chat.forward(message, hidden=True)
    _, from_channel, from_user, hidden = await received(bot)
    assert isinstance(from_channel.forward_origin, MessageOriginChannel)
    assert from_channel.entities[0].type == "bot_command"
    assert from_user.forward_origin is not None
    assert from_user.forward_origin.type == "user"
    assert isinstance(hidden.forward_origin, MessageOriginHiddenUser)


async def test_a_reply_of_the_bot_stays_in_the_topic_of_its_question(
    server: TelegramServer, bot: Bot, alice: User
) -> None:
    forum = server.group("论坛", is_forum=True)
    topic = await forum.add_topic("路灯", alice)
    asked = await forum.send("/ask 谁", alice, message_thread_id=topic)
    assert asked["reply_to_message"]["forum_topic_created"]["name"] == "路灯"
    reply = ReplyParameters(asked["message_id"])
    sent = await bot.send_message(forum.id, "答", reply_parameters=reply)
    assert (sent.message_thread_id, sent.is_topic_message) == (topic, True)
    forum.closed_topics.add(topic)
    await refused(server, bot.send_message(forum.id, "答", message_thread_id=topic), "TOPIC_CLOSED")


async def test_a_deleted_message_cannot_be_replied_to(
    server: TelegramServer, bot: Bot, alice: User
) -> None:
    group = server.group("群")
    asked = await group.send("/ask 谁", alice)
    group.delete(asked)
    call = bot.send_message(group.id, "x", reply_parameters=ReplyParameters(asked["message_id"]))
    await refused(server, call, "message to be replied not found")


async def test_the_bot_is_told_when_it_is_taken_into_a_group(
    server: TelegramServer, bot: Bot, alice: User
) -> None:
    group = server.foreign_group("群")
    await group.send("/ask 谁", alice)
    await refused(server, bot.send_message(group.id, "x"), "bot is not a member")
    await group.add_bot(alice)
    joined, announced = await bot.get_updates()
    assert joined.my_chat_member is not None
    assert announced.message is not None
    assert announced.message.new_chat_members[0].id == bot.id
    await bot.send_message(group.id, "你们好")


async def test_administrators_of_a_group_are_known(
    server: TelegramServer, bot: Bot, alice: User
) -> None:
    group = server.group("群")
    group.admins |= {alice.id}
    [admin] = await bot.get_chat_administrators(group.id)
    assert admin.user.id == alice.id
    assert (await bot.get_chat_member(group.id, alice.id)).status == "administrator"
    await alice.send("x")
    await refused(server, bot.get_chat_administrators(alice.id), "no administrators")


async def test_entities_are_found_in_utf16_units_whoever_writes(
    server: TelegramServer, bot: Bot
) -> None:
    long = server.user(7, "名" * 64, username="a_b", last_name="姓" * 64)
    await server.group("群").send("😀 @wenchu_test_bot 😀", long)
    [message] = await received(bot)
    assert message.parse_entities() == {message.entities[0]: "@wenchu_test_bot"}
    assert message.from_user is not None
    assert message.from_user.last_name == "姓" * 64
