"""The emulated Bot API: what it accepts, what it refuses, and that the real library works on it."""

import asyncio
import html
import inspect
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import aiohttp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeChat,
    CopyTextButton,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InlineQueryResultArticle,
    InputTextMessageContent,
    LinkPreviewOptions,
    ReplyParameters,
    Update,
)
from telegram.constants import ParseMode
from telegram.error import (
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TimedOut,
)
from telegram.ext import (
    Application,
    ApplicationBuilder,
    CallbackQueryHandler,
    ContextTypes,
    InlineQueryHandler,
    MessageHandler,
    filters,
)

from bot_api_emulator import contract
from bot_api_emulator.contract import ApiError
from bot_api_emulator.html import (
    INVISIBLE,
    TextError,
    from_html,
    from_plain,
    slice_utf16,
    utf16_length,
    with_typed_entities,
)
from bot_api_emulator.refusals import keyboard, png, refused
from bot_api_emulator.server import (
    Chat,
    Fault,
    TelegramServer,
    User,
    too_many_requests,
)

LONG = 60

# -- text ----------------------------------------------------------------------------------

NORMAL_TEXT = st.text(
    st.characters(exclude_categories=("Cc", "Cs", "Cf", "Zl", "Zp", "Mn"))
    | st.sampled_from("\n &<>\"'"),
    max_size=60,
)


@settings(deadline=None)
@given(before=NORMAL_TEXT, inside=NORMAL_TEXT, after=NORMAL_TEXT)
@pytest.mark.parametrize(
    ("tag", "kind"),
    [("<b>{}</b>", "bold"), ("<blockquote expandable>{}</blockquote>", "expandable_blockquote")],
)
def test_escaped_text_in_a_tag_parses_back_with_its_utf16_range(
    tag: str, kind: str, before: str, inside: str, after: str
) -> None:
    """Whatever text html.escape makes safe comes out unchanged, and the entity covers it."""
    markup = html.escape(before) + tag.format(html.escape(inside)) + html.escape(after)
    formatted = from_html(markup)

    whole = (before + inside + after).strip(" \n")
    assert formatted.text == ("" if INVISIBLE.issuperset(whole) else whole)
    covered = inside.lstrip(" \n")
    if not after.strip(" \n"):
        covered = covered.rstrip(" \n")
    if formatted.text and covered:
        [entity] = formatted.entities
        assert entity["type"] == kind
        assert entity["length"] == utf16_length(covered)
        assert slice_utf16(formatted.text, entity["offset"], entity["length"]) == covered
    else:
        assert formatted.entities == ()


@pytest.mark.parametrize(
    ("markup", "text", "entities"),
    [
        ("<b>粗</b>", "粗", [("bold", 0, 1)]),
        ("😀<i>斜</i>", "😀斜", [("italic", 2, 1)]),
        ("<b>a</b><strong>b</strong>", "ab", [("bold", 0, 2)]),
        ("<b><i>x</i></b>", "x", [("bold", 0, 1), ("italic", 0, 1)]),
        ('<span class="tg-spoiler">x</span>', "x", [("spoiler", 0, 1)]),
        ("<code>a &lt; b</code>", "a < b", [("code", 0, 5)]),
        ("<code><b>x</b></code>", "x", [("code", 0, 1)]),
        ("<blockquote>引</blockquote>", "引", [("blockquote", 0, 1)]),
        ("<B>x</B >", "x", [("bold", 0, 1)]),
        ("<b>x</>", "x", [("bold", 0, 1)]),
        ("<b>  x </b> ", "x", [("bold", 0, 1)]),
        ("<b> </b>x<i></i>", "x", []),
        (
            "<blockquote>引<b>粗</b></blockquote>尾",
            "引粗尾",
            [("blockquote", 0, 2), ("bold", 1, 1)],
        ),
        (
            '<b>前<a href="https://a.example">链</a>后</b>',
            "前链后",
            [("bold", 0, 1), ("text_link", 1, 1), ("bold", 1, 1), ("bold", 2, 1)],
        ),
        ('<a href="x">y</a>', "y", []),
        ("a\tb\r\nc\u2028", "a b\nc", []),
        ("&lt&gt;&quot;&amp;amp;", '<>"&amp;', []),
        ("&#00000065;", "&#00000065;", []),
        ("&nbsp;&#39;&#x27;&#0;&unknown", "&nbsp;''&#0;&unknown", []),
        ("1 > 0", "1 > 0", []),
    ],
)
def test_html_becomes_the_entities_telegram_makes_of_it(
    markup: str, text: str, entities: list[tuple[str, int, int]]
) -> None:
    formatted = from_html(markup)
    assert formatted.text == text
    assert [(e["type"], e["offset"], e["length"]) for e in formatted.entities] == entities


def test_entities_carry_their_arguments() -> None:
    [pre] = from_html('<pre><code class="language-python">x</code></pre>').entities
    [link] = from_html("<a href='http://a.example?q=1&amp;r=2'>x</a>").entities
    [emoji] = from_html('<tg-emoji emoji-id="5368324170671202286">👍</tg-emoji>').entities
    assert (pre["type"], pre["language"]) == ("pre", "python")
    assert link["url"] == "http://a.example/?q=1&r=2"
    assert emoji["custom_emoji_id"] == "5368324170671202286"


@pytest.mark.parametrize(
    ("markup", "reason"),
    [
        ("1 < 2", 'Unsupported start tag "" at byte offset 2'),
        ("1<", "Unclosed start tag"),
        ("引<b", "Unclosed start tag at byte offset 3"),
        ("<p>x</p>", 'Unsupported start tag "p"'),
        ("<br/>", 'Unsupported start tag "br/"'),
        ("<!-- x -->", 'Unsupported start tag "!--"'),
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("x</b>", "Unexpected end tag"),
        ("<b>x</b", "Unclosed end tag"),
        ("<b><i>x</b></i>", 'expected "</i>", found "</b>"'),
        ("<span>x</span>", 'must have class "tg-spoiler"'),
        ("<a href>x</a>", "Expected equal sign"),
        ("<a =x>x</a>", "Empty attribute name"),
        ("<a href=a/b>x</a>", "Unexpected end of name token"),
        ('<a href="x>x</a>', "Unclosed start tag"),
        ("<tg-emoji>x</tg-emoji>", "Invalid custom emoji identifier"),
        ("<blockquote><blockquote expandable>x</blockquote></blockquote>", "can't be nested"),
        ("&#xD83D;", "invalid Unicode"),
        ("\ud83d", "encoded in UTF-8"),
        ("".join(f"<b>{i}</b> " for i in range(101)), "more than 100 entities"),
    ],
)
def test_markup_telegram_cannot_parse_is_refused(markup: str, reason: str) -> None:
    with pytest.raises(TextError) as caught:
        from_html(markup)
    assert reason in str(caught.value)


def test_typed_text_has_its_commands_and_mentions_marked_in_utf16() -> None:
    formatted = with_typed_entities("😀 /start@wenchu_test_bot @someone a@b.example 你/no")
    assert [
        (e["type"], slice_utf16(formatted.text, e["offset"], e["length"]))
        for e in formatted.entities
    ] == [("bot_command", "/start@wenchu_test_bot"), ("mention", "@someone")]


def test_plain_text_is_cleaned_but_not_parsed() -> None:
    assert from_plain("  <b>&amp;\t \n").text == "<b>&amp;"
    assert from_plain(" \u200b\u3000\n").text == ""


# -- messages ------------------------------------------------------------------------------


async def test_a_sent_message_is_stored_with_its_entities_and_keyboard(
    server: TelegramServer, bot: Bot, chat: Chat
) -> None:
    sent = await bot.send_message(
        chat.id,
        "😀<b>粗</b>",
        parse_mode=ParseMode.HTML,
        reply_markup=keyboard(InlineKeyboardButton("按", callback_data="x")),
        link_preview_options=LinkPreviewOptions(is_disabled=True),
        reply_parameters=ReplyParameters(1),
    )
    [message] = server.messages(chat)
    assert message["text"] == sent.text == "😀粗"
    assert message["entities"] == [{"type": "bold", "offset": 2, "length": 1}]
    assert message["reply_markup"]["inline_keyboard"][0][0]["callback_data"] == "x"
    assert sent.reply_to_message is not None
    assert sent.reply_to_message.text == "你好"
    assert server.violations == []


@pytest.mark.parametrize(
    ("text", "mode", "reason"),
    [
        ("", None, "message text is empty"),
        (" \n\u200b", None, "message text is empty"),
        ("<b></b>", ParseMode.HTML, "message text is empty"),
        ("a < b", ParseMode.HTML, "can't parse entities"),
        ("😀" * 2049, None, "message is too long"),
        ("*x*", ParseMode.MARKDOWN_V2, "not used by this project"),
    ],
)
async def test_text_telegram_refuses_is_a_violation(
    server: TelegramServer, bot: Bot, chat: Chat, text: str, mode: str | None, reason: str
) -> None:
    await refused(server, bot.send_message(chat.id, text, parse_mode=mode), reason)
    assert server.messages(chat) == []


async def test_length_is_counted_in_utf16_after_parsing(
    server: TelegramServer, bot: Bot, chat: Chat
) -> None:
    await bot.send_message(chat.id, f"<b>{'😀' * 2048}</b> ", parse_mode=ParseMode.HTML)
    assert server.violations == []


async def test_an_edit_replaces_text_and_keyboard(
    server: TelegramServer, bot: Bot, chat: Chat
) -> None:
    markup = keyboard(InlineKeyboardButton("按", callback_data="x"))
    sent = await bot.send_message(chat.id, "一", reply_markup=markup)
    await bot.edit_message_text("二", chat.id, sent.message_id, reply_markup=markup)
    assert "reply_markup" in server.messages(chat)[0]
    await bot.edit_message_text("三", chat.id, sent.message_id)
    [message] = server.messages(chat)
    assert message["text"] == "三"
    assert message["edit_date"] >= message["date"]
    assert "reply_markup" not in message, "an edit without a keyboard takes it away"
    await bot.edit_message_reply_markup(chat.id, sent.message_id, reply_markup=markup)
    assert "reply_markup" in server.messages(chat)[0]
    assert server.violations == []


async def test_an_edit_which_changes_nothing_is_refused(
    server: TelegramServer, bot: Bot, chat: Chat
) -> None:
    sent = await bot.send_message(chat.id, "<b>一</b>", parse_mode=ParseMode.HTML)
    await bot.edit_message_text("一", chat.id, sent.message_id)
    assert server.violations == [], "losing the bold is a change"
    same = bot.edit_message_text(" 一 ", chat.id, sent.message_id)
    await refused(server, same, "message is not modified")


async def test_only_the_bots_own_existing_messages_can_be_edited(
    server: TelegramServer, bot: Bot, chat: Chat
) -> None:
    await refused(server, bot.edit_message_text("x", chat.id, 99), "message to edit not found")
    await refused(server, bot.edit_message_text("x", chat.id, 1), "message can't be edited")
    await refused(server, bot.edit_message_text("x"), "message identifier is not specified")


async def test_a_deleted_message_is_gone(server: TelegramServer, bot: Bot, chat: Chat) -> None:
    sent = await bot.send_message(chat.id, "x")
    await bot.delete_message(chat.id, sent.message_id)
    assert server.messages(chat) == []
    again = bot.delete_message(chat.id, sent.message_id)
    await refused(server, again, "message to delete not found")


async def test_in_a_group_the_bot_cannot_delete_what_others_wrote(
    server: TelegramServer, bot: Bot, alice: User
) -> None:
    group = server.group("测试群")
    message = await group.send("大家好", alice)
    call = bot.delete_message(group.id, message["message_id"])
    await refused(server, call, "message can't be deleted")


async def test_a_reply_needs_its_target_unless_it_may_go_without(
    server: TelegramServer, bot: Bot, chat: Chat
) -> None:
    missing = bot.send_message(chat.id, "x", reply_parameters=ReplyParameters(99))
    await refused(server, missing, "message to be replied not found")
    free = ReplyParameters(99, allow_sending_without_reply=True)
    assert (await bot.send_message(chat.id, "x", reply_parameters=free)).reply_to_message is None
    quoting = ReplyParameters(1, quote="好")
    assert (await bot.send_message(chat.id, "x", reply_parameters=quoting)).quote
    misquoting = bot.send_message(chat.id, "x", reply_parameters=ReplyParameters(1, quote="坏"))
    await refused(server, misquoting, "QUOTE_TEXT_INVALID")


async def test_a_topic_must_exist(server: TelegramServer, bot: Bot, alice: User) -> None:
    forum = server.group("论坛", is_forum=True)
    await forum.send("在话题里", alice, message_thread_id=7)
    assert (await bot.send_message(forum.id, "x", message_thread_id=7)).is_topic_message
    wrong = bot.send_message(forum.id, "x", message_thread_id=8)
    await refused(server, wrong, "message thread not found")


async def test_the_bot_cannot_write_where_telegram_does_not_let_it(
    server: TelegramServer, bot: Bot, alice: User, chat: Chat
) -> None:
    server.user(1002, "Bob")
    await refused(server, bot.send_message(1002, "x"), "can't initiate conversation")
    await refused(server, bot.send_message(1003, "x"), "chat not found")
    await refused(server, bot.send_message("@nobody", "x"), "chat not found")
    await alice.block_bot()
    await refused(server, bot.send_message(chat.id, "x"), "bot was blocked by the user")
    await alice.unblock_bot()
    await bot.send_message(chat.id, "x")
    group = server.group("测试群")
    await bot.send_message(group.id, "x")
    await group.remove_bot(alice)
    await refused(server, bot.send_message(group.id, "x"), "bot was kicked")
    left = server.group("另一群")
    await bot.leave_chat(left.id)
    await refused(server, bot.send_message(left.id, "x"), "bot is not a member")
    await refused(server, bot.leave_chat(chat.id), "can't be changed in private chats")


async def test_an_upgraded_group_says_where_it_went(
    server: TelegramServer, bot: Bot, alice: User
) -> None:
    group = server.group("小群", kind="group")
    supergroup = await group.upgrade(alice)
    with pytest.raises(ChatMigrated) as caught:
        await bot.send_message(group.id, "x")
    assert caught.value.new_chat_id == supergroup.id
    assert len(server.take_violations()) == 1
    await bot.send_message(supergroup.id, "x")


@pytest.mark.parametrize(
    ("button", "reason"),
    [
        (InlineKeyboardButton("x", callback_data="你" * 21 + "xx"), "BUTTON_DATA_INVALID"),
        (InlineKeyboardButton("x", callback_data=""), "BUTTON_DATA_INVALID"),
        (InlineKeyboardButton(" ", callback_data="x"), "text must be non-empty"),
        (InlineKeyboardButton("x", url="file:///etc"), "Wrong HTTP URL"),
        (InlineKeyboardButton("x", url="https://nodot/"), "Wrong HTTP URL"),
        (InlineKeyboardButton("x", url="https://a.example:0/"), "Wrong HTTP URL"),
        (InlineKeyboardButton("x", url="https://a.example:99999/"), "Wrong HTTP URL"),
        (InlineKeyboardButton("x", url="https://a.exa|mple/"), "Wrong HTTP URL"),
        (InlineKeyboardButton("x"), "text buttons are unallowed"),
        (
            InlineKeyboardButton("x", url="https://a.example", callback_data="x"),
            "must do one thing",
        ),
        (InlineKeyboardButton("x", copy_text=CopyTextButton("y" * 257)), "COPY_TEXT_INVALID"),
    ],
)
async def test_a_button_telegram_refuses_is_a_violation(
    server: TelegramServer, bot: Bot, chat: Chat, button: InlineKeyboardButton, reason: str
) -> None:
    call = bot.send_message(chat.id, "x", reply_markup=keyboard(button))
    await refused(server, call, reason)


async def test_good_buttons_pass_but_not_too_many(
    server: TelegramServer, bot: Bot, chat: Chat
) -> None:
    good = keyboard(
        InlineKeyboardButton("a", callback_data="x" * 64),
        InlineKeyboardButton("b", url="https://a.example/文"),
        InlineKeyboardButton("c", url="tg://resolve?domain=x"),
        InlineKeyboardButton("d", copy_text=CopyTextButton("y" * 256)),
        InlineKeyboardButton("e", switch_inline_query=""),
    )
    await bot.send_message(chat.id, "x", reply_markup=good)
    button = InlineKeyboardButton("x", callback_data="x")
    wide = bot.send_message(chat.id, "x", reply_markup=keyboard(*[button] * 9))
    await refused(server, wide, "reply markup is too long")
    tall = InlineKeyboardMarkup([[button]] * 101)
    await refused(server, bot.send_message(chat.id, "x", reply_markup=tall), "too long")


async def test_files_are_sent_with_captions_and_can_be_fetched(
    server: TelegramServer, bot: Bot, chat: Chat
) -> None:
    photo = await bot.send_photo(
        chat.id, png(90, 60), caption="<b>图</b>", parse_mode=ParseMode.HTML
    )
    assert [e.type for e in photo.caption_entities] == ["bold"]
    again = await bot.send_photo(chat.id, photo.photo[0].file_id)
    assert again.photo[0].file_id == photo.photo[0].file_id
    document = await bot.send_document(chat.id, b"D", filename="笔记.md", thumbnail=b"T")
    assert document.document is not None
    assert document.document.file_name == "笔记.md"
    file = await bot.get_file(document.document.file_id)
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{server.url}/file/bot{server.token}/{document.document.file_id}") as response,
    ):
        assert (file.file_size, await response.read()) == (1, b"D")
    assert server.violations == []
    long = bot.send_photo(chat.id, png(90, 60), caption="x" * 1025)
    await refused(server, long, "message caption is too long")
    await refused(server, bot.send_photo(chat.id, "nothing"), "wrong file identifier")
    await refused(server, bot.send_document(chat.id, b""), "file must be non-empty")
    edit = bot.edit_message_text("x", chat.id, photo.message_id)
    await refused(server, edit, "there is no text in the message to edit")


async def test_reactions_and_chat_actions_are_checked(
    server: TelegramServer, bot: Bot, chat: Chat
) -> None:
    await bot.set_message_reaction(chat.id, 1, "👀")
    await bot.send_chat_action(chat.id, "typing")
    assert server.violations == []
    await refused(server, bot.set_message_reaction(chat.id, 1, "🈚"), "REACTION_INVALID")
    await refused(server, bot.set_message_reaction(chat.id, 9, "👀"), "message to react not found")
    await refused(server, bot.send_chat_action(chat.id, "dancing"), "wrong parameter action")


async def test_chats_and_members_can_be_looked_up(
    server: TelegramServer, bot: Bot, alice: User
) -> None:
    group = server.group("测试群")
    assert (await bot.get_chat(group.id)).title == "测试群"
    assert (await bot.get_chat_member(group.id, alice.id)).status == "left"
    await group.send("在", alice)
    assert (await bot.get_chat_member(group.id, alice.id)).status == "member"
    assert (await bot.get_chat_member(group.id, bot.id)).status == "member"
    await refused(server, bot.get_chat_member(group.id, 99), "user not found")


# -- queries and the profile ---------------------------------------------------------------


async def test_a_callback_query_can_be_answered_once_and_in_time(
    server: TelegramServer, bot: Bot, chat: Chat
) -> None:
    markup = keyboard(InlineKeyboardButton("按", callback_data="x"))
    await bot.send_message(chat.id, "x", reply_markup=markup)
    [message] = server.messages(chat)
    query = await server.press(message, "x")
    too_long = bot.answer_callback_query(query, text="x" * 201)
    await refused(server, too_long, "MESSAGE_TOO_LONG")
    elsewhere = bot.answer_callback_query(query, url="https://a.example")
    await refused(server, elsewhere, "URL_INVALID")
    await bot.answer_callback_query(query, text="好")
    assert server.answers[query]["text"] == "好"
    await refused(server, bot.answer_callback_query(query), "query is too old")
    expired = await server.press(message, "x")
    server.expire_query(expired)
    await refused(server, bot.answer_callback_query(expired), "query is too old")
    with pytest.raises(ValueError, match="no button"):
        await server.press(message, "y")


def article(identifier: str, text: str = "x") -> InlineQueryResultArticle:
    return InlineQueryResultArticle(identifier, "题", InputTextMessageContent(text))


@pytest.mark.parametrize(
    ("results", "reason"),
    [
        ([article(str(i)) for i in range(51)], "RESULTS_TOO_MUCH"),
        ([article("1"), article("1")], "RESULT_ID_DUPLICATE"),
        ([article("你" * 22)], "RESULT_ID_INVALID"),
        ([article("1", " ")], "message text is empty"),
    ],
)
async def test_inline_results_telegram_refuses_are_violations(
    server: TelegramServer,
    bot: Bot,
    alice: User,
    results: list[InlineQueryResultArticle],
    reason: str,
) -> None:
    query = await server.inline_query(alice, "问")
    await refused(server, bot.answer_inline_query(query, results), reason)


async def test_commands_are_kept_by_scope_and_language(
    server: TelegramServer, bot: Bot, chat: Chat
) -> None:
    scope = BotCommandScopeChat(chat.id)
    await bot.set_my_commands([BotCommand("start", "开始")])
    await bot.set_my_commands([BotCommand("help", "Help")], scope=scope, language_code="en")
    assert [c.command for c in await bot.get_my_commands()] == ["start"]
    assert [c.command for c in await bot.get_my_commands(scope, "en")] == ["help"]
    await bot.delete_my_commands()
    assert await bot.get_my_commands() == ()
    assert server.violations == []


@pytest.mark.parametrize(
    ("command", "language", "reason"),
    [
        (("Start", "x"), "", "BOT_COMMAND_INVALID"),
        (("开始", "x"), "", "BOT_COMMAND_INVALID"),
        (("start", " "), "", "BOT_COMMAND_DESCRIPTION_INVALID"),
        (("start", "x" * 257), "", "BOT_COMMAND_DESCRIPTION_INVALID"),
        (("start", "x"), "zh-hans", "invalid language code"),
    ],
)
async def test_commands_telegram_refuses_are_violations(
    server: TelegramServer, bot: Bot, command: tuple[str, str], language: str, reason: str
) -> None:
    await refused(server, bot.set_my_commands([command], language_code=language), reason)


async def test_more_than_100_commands_or_a_scope_of_an_unknown_chat_are_refused(
    server: TelegramServer, bot: Bot
) -> None:
    many = [BotCommand(f"c{i}", "x") for i in range(101)]
    await refused(server, bot.set_my_commands(many), "BOT_COMMANDS_TOO_MUCH")
    unknown = bot.get_my_commands(BotCommandScopeChat(99))
    await refused(server, unknown, "chat not found")


async def test_the_profile_is_kept_by_language(server: TelegramServer, bot: Bot) -> None:
    assert (await bot.get_my_name()).name == "问出处"
    await bot.set_my_name("WenChu", language_code="en")
    assert (await bot.get_my_name("en")).name == "WenChu"
    await bot.set_my_description("说明")
    assert (await bot.get_my_description("en")).description == "说明"
    await bot.set_my_short_description("短")
    assert (await bot.get_my_short_description()).short_description == "短"
    await refused(server, bot.set_my_short_description("x" * 121), "too long")


# -- requests ------------------------------------------------------------------------------


async def ask(url: str, **options: Any) -> tuple[int, Any]:
    """Sends one request without the library; returns the status and the JSON answer."""
    method = options.pop("http", "POST")
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, url, **options) as response,
    ):
        return response.status, await response.json()


@pytest.mark.parametrize(
    "request_options",
    [
        {"data": {"chat_id": "1001", "text": "你好"}},
        {"json": {"chat_id": 1001, "text": "你好"}},
        {"http": "GET", "params": {"chat_id": "1001", "text": "你好"}},
        {"data": aiohttp.FormData({"chat_id": "1001", "text": "你好"}, default_to_multipart=True)},
    ],
    ids=["form", "json", "query", "multipart"],
)
@pytest.mark.usefixtures("alice")
async def test_parameters_may_come_in_every_form_the_bot_api_takes(
    server: TelegramServer, request_options: dict[str, Any]
) -> None:
    status, answer = await ask(f"{server.url}/bot{server.token}/sendMessage", **request_options)
    assert (status, answer["result"]["text"]) == (200, "你好")
    assert server.violations == []


@pytest.mark.parametrize(
    ("method", "request_options", "reason"),
    [
        ("sendMessage", {"json": {"chat_id": 1001}}, '"text" is required'),
        ("sendMessage", {"json": {"chat_id": 1001, "text": 1}}, "must be of type str"),
        ("sendMessage", {"data": {"chat_id": "x", "text": "x"}}, "must be of type chat"),
        ("sendMessage", {"json": {"chat_id": 1001, "text": "x", "tone": "x"}}, "no parameter tone"),
        ("sendMessage", {"json": {"chat_id": 1001, "text": "\ud83d"}}, "encoded in UTF-8"),
        ("sendMessage", {"data": b"chat_id=1001&text=%ff"}, "encoded in UTF-8"),
        ("sendMessage", {"json": []}, "can't parse the request"),
        (
            "sendMessage",
            {"data": {"chat_id": "1001", "text": "x", "disable_notification": "maybe"}},
            "must be of type bool",
        ),
        (
            "sendMessage",
            {"data": {"chat_id": "1001", "text": "x", "reply_markup": "{"}},
            "must be of type object",
        ),
        (
            "sendMessage",
            {"json": {"chat_id": 1001, "text": "x", "reply_parameters": {"quote": "x"}}},
            "can't parse the parameters",
        ),
        ("sendDice", {"json": {"chat_id": 1001}}, "not emulated"),
        ("sendNothing", {"json": {}}, "method not found"),
    ],
)
@pytest.mark.usefixtures("alice")
async def test_a_malformed_request_is_a_violation(
    server: TelegramServer, method: str, request_options: dict[str, Any], reason: str
) -> None:
    if "data" in request_options and isinstance(request_options["data"], bytes):
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        request_options = {**request_options, "headers": form}
    status, answer = await ask(f"{server.url}/bot{server.token}/{method}", **request_options)
    assert status == answer["error_code"] == (404 if reason == "method not found" else 400)
    assert reason in answer["description"]
    assert len(server.violations) == 1


async def test_a_wrong_token_is_unauthorized_and_a_malformed_one_not_found(
    server: TelegramServer,
) -> None:
    wrong = await ask(f"{server.url}/bot1:{'B' * 35}/getMe")
    assert wrong == (401, {"ok": False, "error_code": 401, "description": "Unauthorized"})
    malformed = await ask(f"{server.url}/botx/getMe")
    assert malformed == (404, {"ok": False, "error_code": 404, "description": "Not Found"})
    with pytest.raises(InvalidToken):
        async with Bot(f"1:{'B' * 35}", base_url=f"{server.url}/bot"):
            pass


def test_every_emulated_method_is_a_method_of_the_bot_api_and_of_the_library() -> None:
    """The hand-written table agrees with two other descriptions of the Bot API."""
    assert contract.METHODS.keys() <= contract.METHOD_NAMES
    # What the library renames, uses itself, or still takes though Telegram dropped it.
    of_the_library = {
        "allow_sending_without_reply",
        "api_kwargs",
        "auto_pagination",
        "current_offset",
        "disable_web_page_preview",
        "filename",
        "reply_to_message_id",
        "self",
    }
    for method, parameters in contract.METHODS.items():
        accepted = inspect.signature(getattr(Bot, method)).parameters
        named = {name for name in accepted if not name.endswith("_timeout")} - of_the_library
        assert named == parameters.keys(), method


async def test_every_emulated_method_has_a_handler(server: TelegramServer) -> None:
    assert server.handlers.keys() == contract.METHODS.keys()


# -- faults --------------------------------------------------------------------------------


# The library warns that the type of RetryAfter.retry_after will change.
@pytest.mark.filterwarnings("ignore:Deprecated since version v22.2")
async def test_injected_errors_reach_the_bot_and_are_no_violations(
    server: TelegramServer, bot: Bot, chat: Chat
) -> None:
    server.fail_next("sendMessage", too_many_requests(3))
    with pytest.raises(RetryAfter):
        await bot.send_message(server.group("别处").id, "x")
    server.fail_next("sendMessage", Fault("bad_gateway"))
    with pytest.raises(NetworkError, match="Bad Gateway"):
        await bot.send_message(chat.id, "x")
    server.fail_next("sendMessage", ApiError("Forbidden: user is deactivated", 403))
    with pytest.raises(Forbidden):
        await bot.send_message(chat.id, "x")
    assert server.messages(chat) == []
    assert server.violations == []


@pytest.mark.parametrize(("kind", "error"), [("reset", NetworkError), ("timeout", TimedOut)])
@pytest.mark.parametrize("after_effect", [False, True])
async def test_a_lost_answer_may_or_may_not_have_taken_effect(
    server: TelegramServer,
    bot: Bot,
    chat: Chat,
    kind: Any,
    error: type[Exception],
    after_effect: bool,
) -> None:
    server.fail_next("sendMessage", Fault(kind, after_effect))
    timeout = 0.1
    # Where the machine is slow, the bot may give up before the server has read the call.
    while not server.calls_of("sendMessage"):
        with pytest.raises(error):
            await bot.send_message(chat.id, "x", read_timeout=timeout)
        timeout *= 4
    assert len(server.messages(chat)) == after_effect
    assert server.violations == []


# -- updates -------------------------------------------------------------------------------


async def test_updates_are_repeated_until_a_higher_offset_confirms_them(
    bot: Bot, alice: User
) -> None:
    await alice.send("二")
    first, second = await bot.get_updates()
    assert [u.update_id for u in await bot.get_updates()] == [first.update_id, second.update_id]
    [left] = await bot.get_updates(offset=second.update_id)
    assert left.message is not None
    assert left.message.text == "二"
    assert await bot.get_updates(offset=second.update_id + 1) == ()


async def test_a_poll_takes_at_most_as_many_updates_as_its_limit(
    server: TelegramServer, bot: Bot, alice: User
) -> None:
    await alice.send("二")
    assert len(await bot.get_updates(limit=1)) == 1
    await refused(server, bot.get_updates(limit=101), "limit must be between 1 and 100")


async def test_the_bot_is_told_when_its_own_membership_changes(
    server: TelegramServer, bot: Bot, alice: User
) -> None:
    await bot.get_updates(offset=-1)
    await alice.block_bot()
    await alice.unblock_bot()
    await server.group("测试群").remove_bot(alice)
    changes = [update.my_chat_member for update in await bot.get_updates()][1:]
    assert [change.new_chat_member.status for change in changes if change] == [
        "kicked",
        "member",
        "kicked",
    ]
    await alice.block_bot()
    with pytest.raises(ValueError, match="does not see this chat"):
        await alice.send("x")


async def test_a_negative_offset_forgets_all_but_the_last_updates(bot: Bot, alice: User) -> None:
    await alice.send("二")
    assert len(await bot.get_updates(offset=-1)) == 1
    assert len(await bot.get_updates()) == 1


async def test_a_long_poll_ends_as_soon_as_there_is_an_update(
    server: TelegramServer, bot: Bot
) -> None:
    assert await bot.get_updates(timeout=0) == ()
    poll = asyncio.create_task(bot.get_updates(timeout=LONG))
    await server.wait_for_poll()
    await server.user(1, "Bob").send("x")
    assert len(await asyncio.wait_for(poll, LONG / 2)) == 1


async def test_a_second_poll_and_a_webhook_end_the_first_poll(
    server: TelegramServer, bot: Bot
) -> None:
    async with Bot(server.token, base_url=f"{server.url}/bot") as twin:
        poll = asyncio.create_task(bot.get_updates(timeout=LONG))
        await server.wait_for_poll()
        assert await twin.get_updates(timeout=0) == ()
        ended = asyncio.wait_for(poll, LONG / 2)
        await refused(server, ended, "terminated by other getUpdates request")
        poll = asyncio.create_task(bot.get_updates(timeout=LONG))
        await server.wait_for_poll()
        await twin.set_webhook("https://a.example/hook", max_connections=1)
        ended = asyncio.wait_for(poll, LONG / 2)
        await refused(server, ended, "terminated by setWebhook request")
        await refused(server, bot.get_updates(), "can't use getUpdates method while webhook")
        assert (await bot.get_webhook_info()).url == "https://a.example/hook"
        await bot.delete_webhook(drop_pending_updates=True)
        assert (await bot.get_webhook_info()).pending_update_count == 0
        await refused(server, bot.set_webhook("http://a.example"), "HTTPS")


async def test_a_poll_whose_client_has_gone_is_no_conflict(
    server: TelegramServer, bot: Bot
) -> None:
    poll = asyncio.create_task(bot.get_updates(timeout=LONG))
    await server.wait_for_poll()
    poll.cancel()
    with suppress(asyncio.CancelledError):
        await poll
    await server.wait_for_no_poll()
    await bot.get_updates()
    assert server.violations == []


async def test_only_the_kinds_of_updates_the_bot_asked_for_are_queued(
    server: TelegramServer, bot: Bot, alice: User
) -> None:
    await bot.get_updates(offset=-1, allowed_updates=["edited_message"])
    sent = await alice.send("不要")
    await server.edit_message(sent, "/要")
    assert [bool(u.edited_message) for u in await bot.get_updates()] == [False, True]
    misspelt = bot.get_updates(allowed_updates=["messages"])
    await refused(server, misspelt, "unknown types: messages")


# -- the real library ----------------------------------------------------------------------

AnyApplication = Application[Any, Any, Any, Any, Any, Any]


async def echo(update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
    assert update.message is not None
    text = html.escape(update.message.text or "")
    button = keyboard(InlineKeyboardButton("按", callback_data="again"))
    await update.message.reply_html(f"<b>{text}</b>", reply_markup=button, do_quote=True)


async def press_again(update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
    assert update.callback_query is not None
    await update.callback_query.answer()
    await update.callback_query.edit_message_text("按过了")


async def inline(update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
    assert update.inline_query is not None
    await update.inline_query.answer([article("1", update.inline_query.query)])


@asynccontextmanager
async def polling(server: TelegramServer) -> AsyncIterator[AnyApplication]:
    """Yields the library's Application with the echo handlers, polling the server."""
    application = ApplicationBuilder().token(server.token).base_url(f"{server.url}/bot").build()
    application.add_handler(MessageHandler(filters.TEXT, echo))
    application.add_handler(CallbackQueryHandler(press_again))
    application.add_handler(InlineQueryHandler(inline))
    async with application:
        assert application.updater is not None
        await application.updater.start_polling()
        await application.start()
        yield application
        await application.updater.stop()
        await application.stop()


async def test_an_application_of_the_library_runs_on_the_server(server: TelegramServer) -> None:
    """Messages, edits, buttons and inline queries go round, and nothing is refused."""
    async with polling(server):
        alice, bob = server.user(1, "Alice"), server.user(2, "Bob", language_code="en")
        group = server.group("测试群")
        start = await alice.send("/start <你好> 😀")
        question = await group.send("@wenchu_test_bot 在吗", bob)
        reply = await server.answer_to(start)
        assert reply["text"] == "/start <你好> 😀"
        assert reply["entities"] == [{"type": "bold", "offset": 0, "length": 14}]
        group_reply = await server.answer_to(question)
        assert group_reply["reply_to_message"]["from"]["id"] == bob.id

        pressed = await server.press(group_reply, "again", bob)
        await server.answer_to(question, "按过了")
        assert pressed in server.answers
        asked = await server.inline_query(alice, "问题")
        await server.wait_until(lambda: asked in server.answers)
    assert server.violations == []
    assert {call.method for call in server.calls} >= {"getMe", "deleteWebhook", "getUpdates"}


async def test_stopping_the_application_confirms_the_last_update(server: TelegramServer) -> None:
    async with polling(server):
        await server.user(1, "Alice").send("x")
        await server.wait_until(lambda: server.calls_of("sendMessage"))
    async with Bot(server.token, base_url=f"{server.url}/bot") as bot:
        assert await bot.get_updates() == ()


async def test_waiting_in_vain_fails_with_the_last_calls(
    server: TelegramServer, bot: Bot, chat: Chat
) -> None:
    await bot.send_chat_action(chat.id, "typing")
    with pytest.raises(AssertionError, match="sendChatAction"):
        await server.wait_until(lambda: False, timeout=0.05)


async def test_the_rate_of_writing_to_a_chat_is_measured(
    server: TelegramServer, bot: Bot, chat: Chat
) -> None:
    assert server.fastest_rate(chat) == 0
    for number in range(3):
        await bot.send_message(chat.id, f"{number}")
    server.clock.advance(0.2)
    await bot.send_message(server.group("别处").id, "x")
    await bot.edit_message_text("x", chat.id, server.messages(chat)[0]["message_id"])
    assert server.fastest_rate(chat, seconds=0.15) == 3
    assert server.fastest_rate(chat, seconds=10) == 4
