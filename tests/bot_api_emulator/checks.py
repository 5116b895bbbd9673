"""What the parameters of a Bot API request may hold: texts, keyboards, commands, results.

Everything here only looks at the request; what depends on chats and messages is elsewhere. A
request that breaks a rule raises `ApiError` with Telegram's answer.
"""

import itertools
import json
import re
from typing import Any
from urllib.parse import urlsplit

from bot_api_emulator.contract import ApiError, JsonObject
from bot_api_emulator.html import Formatted, TextError, from_html, from_plain, utf16_length

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024
QUOTE_LIMIT = 1024
RESULTS_LIMIT = 50
START_PARAMETER = re.compile(r"[A-Za-z0-9_-]{1,64}")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


UPDATE_TYPES = _words(
    """message edited_message channel_post edited_channel_post business_connection
    business_message edited_business_message deleted_business_messages guest_message
    message_reaction message_reaction_count inline_query chosen_inline_result callback_query
    shipping_query pre_checkout_query purchased_paid_media poll poll_answer my_chat_member
    chat_member chat_join_request chat_boost removed_chat_boost managed_bot"""
)
# Telegram sends these only to bots which name them in allowed_updates.
UPDATE_TYPES_ON_REQUEST = frozenset({"chat_member", "message_reaction", "message_reaction_count"})

CHAT_ACTIONS = _words(
    """typing upload_photo record_video upload_video record_voice upload_voice upload_document
    choose_sticker find_location record_video_note upload_video_note"""
)
REACTIONS = _words(
    """❤ 👍 👎 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴 😍 🐳 ❤\u200d🔥 🌚 🌭 💯
    🤣 ⚡ 🍌 🏆 💔 🤨 😐 🍓 🍾 💋 🖕 😈 😴 😭 🤓 👻 👨\u200d💻 👀 🎃 🙈 😇 😨 🤝 ✍ 🤗 🫡 🎅 🎄
    ☃ 💅 🤪 🗿 🆒 💘 🙉 🦄 😘 💊 🙊 😎 👾 🤷\u200d♂ 🤷 🤷\u200d♀ 😡"""
)
BUTTON_ACTIONS = _words(
    """url callback_data web_app login_url switch_inline_query switch_inline_query_current_chat
    switch_inline_query_chosen_chat copy_text callback_game pay"""
)
BUTTON_LOOKS = frozenset({"text", "icon_custom_emoji_id", "style"})
ARTICLE_FIELDS = _words(
    """type id title input_message_content reply_markup url description thumbnail_url
    thumbnail_width thumbnail_height"""
)
TEXT_CONTENT_FIELDS = _words("message_text parse_mode entities link_preview_options")
RESULTS_BUTTON_FIELDS = _words("text web_app start_parameter")
LINK_PREVIEW_FIELDS = _words(
    "is_disabled url prefer_small_media prefer_large_media show_above_text"
)
REPLY_FIELDS = _words(
    """message_id chat_id allow_sending_without_reply quote quote_parse_mode quote_entities
    quote_position checklist_task_id poll_option_id"""
)
SCOPES: dict[str, set[str]] = {
    "default": set(),
    "all_private_chats": set(),
    "all_group_chats": set(),
    "all_chat_administrators": set(),
    "chat": {"chat_id"},
    "chat_administrators": {"chat_id"},
    "chat_member": {"chat_id", "user_id"},
}


def formatted_text(
    parameters: JsonObject, name: str = "text", limit: int = TEXT_LIMIT
) -> Formatted:
    """Returns the text or caption of a request with its entities, checked as Telegram does."""
    text: str = parameters.get(name, "")
    mode = parameters.get("parse_mode", "")
    if parameters.get("entities") or parameters.get("caption_entities"):
        raise ApiError("explicit entities are not used by this project")
    if mode.lower() not in ("", "html"):
        raise ApiError(f"parse_mode {mode} is not used by this project")
    try:
        formatted = from_html(text) if mode else from_plain(text)
    except TextError as error:
        raise ApiError(str(error)) from None
    if formatted.length > limit:
        raise ApiError(f"message {'caption ' if name == 'caption' else ''}is too long")
    return formatted


def required_text(parameters: JsonObject, name: str = "text") -> Formatted:
    """Does the same as `formatted_text`, but refuses a text with nothing visible."""
    formatted = formatted_text(parameters, name)
    if formatted.text == "":
        raise ApiError("message text is empty")
    return formatted


def check_markup(markup: JsonObject | None, *, inline_only: bool = False) -> None:
    """Checks a reply_markup; messages may only be edited to have inline keyboards."""
    if not markup:
        return
    if "inline_keyboard" in markup:
        _check_inline_keyboard(markup["inline_keyboard"])
    elif inline_only:
        raise ApiError("inline keyboard expected")
    elif "keyboard" in markup:
        for button in itertools.chain.from_iterable(_rows(markup["keyboard"])):
            if not (button if isinstance(button, str) else button.get("text")):
                raise ApiError("keyboard button text must be non-empty")
    elif not (markup.get("remove_keyboard") or markup.get("force_reply")):
        raise ApiError("object expected as reply markup")


def _rows(rows: Any) -> list[list[Any]]:
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise ApiError("can't parse reply keyboard markup JSON object")
    return rows


def _check_inline_keyboard(keyboard: object) -> None:
    rows = _rows(keyboard)
    if sum(map(len, rows)) > 100 or any(len(row) > 8 for row in rows):
        raise ApiError("reply markup is too long: at most 8 buttons a row and 100 in all")
    for row in rows:
        for button in row:
            _check_inline_button(button)


def _check_inline_button(button: JsonObject) -> None:
    if unknown := sorted(button.keys() - BUTTON_ACTIONS - BUTTON_LOOKS):
        raise ApiError(f"inline keyboard button has no field {', '.join(unknown)}")
    if not isinstance(button.get("text"), str) or not button["text"].strip():
        raise ApiError("inline keyboard button text must be non-empty")
    if button.get("style", "primary") not in ("danger", "success", "primary"):
        raise ApiError("invalid button style specified")
    actions = button.keys() & BUTTON_ACTIONS
    if not actions:
        raise ApiError("text buttons are unallowed in the inline keyboard")
    if len(actions) > 1:
        raise ApiError(
            f"inline keyboard button must do one thing, not {', '.join(sorted(actions))}"
        )
    _check_button_action(button)


def _check_button_action(button: JsonObject) -> None:
    if "callback_data" in button and not 1 <= len(button["callback_data"].encode()) <= 64:
        raise ApiError("BUTTON_DATA_INVALID")
    if "url" in button and not _is_web_link(button["url"]):
        raise ApiError(f"inline keyboard button URL '{button['url']}' is invalid: Wrong HTTP URL")
    if "copy_text" in button and not 1 <= utf16_length(button["copy_text"].get("text", "")) <= 256:
        raise ApiError("BUTTON_COPY_TEXT_INVALID")


def _is_web_link(url: str) -> bool:
    """Whether Telegram takes the URL for a button: http(s) with a dotted host, or tg://."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    if any(character.isspace() for character in url):
        return False
    host, colon, port = parts.netloc.rpartition("@")[2].partition(":")
    if parts.scheme == "tg":
        return bool(host)
    return (
        parts.scheme in ("http", "https")
        and "." in host.strip(".")
        and all(c.isalnum() or c in "%.-_!$,~*'();&+=" or c >= "\x80" for c in host)
        and (not colon or (port.isdecimal() and 0 < int(port[:9]) < 65_536))
    )


def check_commands(commands: list[JsonObject]) -> None:
    if len(commands) > 100:
        raise ApiError("BOT_COMMANDS_TOO_MUCH")
    for command in commands:
        if command.keys() != {"command", "description"}:
            raise ApiError("can't parse BotCommand: expected command and description")
        if not re.fullmatch(r"[a-z0-9_]{1,32}", command["command"]):
            raise ApiError("BOT_COMMAND_INVALID")
        if not 1 <= utf16_length(command["description"].strip()) <= 256:
            raise ApiError("BOT_COMMAND_DESCRIPTION_INVALID")


def command_list_key(parameters: JsonObject) -> tuple[str, str]:
    """Returns the users and the language of a command list as a dictionary key."""
    scope = parameters.get("scope", {"type": "default"})
    kind = scope.get("type")
    if kind not in SCOPES or scope.keys() - {"type"} != SCOPES[kind]:
        raise ApiError(f"can't parse BotCommandScope: {scope}")
    return json.dumps(scope, sort_keys=True), language_code(parameters)


def language_code(parameters: JsonObject) -> str:
    """Returns the two-letter language of a request, or "" for all languages."""
    code: str = parameters.get("language_code", "")
    if not re.fullmatch(r"(?:[a-z]{2})?", code):
        raise ApiError("invalid language code specified")
    return code


def check_update_types(names: list[object]) -> None:
    """Checks allowed_updates; Telegram would silently ignore a misspelt name."""
    if unknown := sorted(str(name) for name in names if name not in UPDATE_TYPES):
        raise ApiError(f"allowed_updates names unknown types: {', '.join(unknown)}")


def check_reaction(reactions: list[JsonObject]) -> None:
    """Checks the reaction of setMessageReaction: bots have at most one, of a fixed set."""
    if len(reactions) > 1:
        raise ApiError("REACTIONS_TOO_MANY")
    for reaction in reactions:
        if reaction.get("type") != "emoji" or reaction.get("emoji") not in REACTIONS:
            raise ApiError("REACTION_INVALID")


def check_inline_answer(parameters: JsonObject) -> None:
    results = parameters["results"]
    if len(results) > RESULTS_LIMIT:
        raise ApiError("RESULTS_TOO_MUCH")
    for result in results:
        check_inline_result(result)
    if len({result["id"] for result in results}) < len(results):
        raise ApiError("RESULT_ID_DUPLICATE")
    if len(parameters.get("next_offset", "").encode()) > 64:
        raise ApiError("NEXT_OFFSET_INVALID")
    if parameters.get("cache_time", 0) < 0:
        raise ApiError("cache time must not be negative")
    if "button" in parameters:
        _check_results_button(parameters["button"])


def check_inline_result(result: JsonObject) -> Formatted:
    """Checks one result; returns the text that the person would send with it."""
    identifier = result.get("id")
    if not isinstance(identifier, str) or not 1 <= len(identifier.encode()) <= 64:
        raise ApiError("RESULT_ID_INVALID")
    if result.get("type") != "article":
        raise ApiError(f"inline query results of type {result.get('type')} are not emulated")
    check_fields("InlineQueryResultArticle", result, ARTICLE_FIELDS)
    if not isinstance(result.get("title"), str) or not result["title"].strip():
        raise ApiError("ARTICLE_TITLE_EMPTY")
    content = result.get("input_message_content")
    if not isinstance(content, dict) or "message_text" not in content:
        raise ApiError("message content must be a text: other kinds are not emulated")
    check_fields("InputTextMessageContent", content, TEXT_CONTENT_FIELDS)
    check_link_preview(content.get("link_preview_options"))
    check_markup(result.get("reply_markup"), inline_only=True)
    return required_text(content, "message_text")


def _check_results_button(button: JsonObject) -> None:
    """Checks the button above inline results, which opens the private chat or a web app."""
    check_fields("InlineQueryResultsButton", button, RESULTS_BUTTON_FIELDS)
    if not isinstance(button.get("text"), str) or not button["text"].strip():
        raise ApiError("inline query results button text must be non-empty")
    if ("web_app" in button) == ("start_parameter" in button):
        raise ApiError("inline query results button must do exactly one thing")
    if "start_parameter" in button and not START_PARAMETER.fullmatch(button["start_parameter"]):
        raise ApiError("START_PARAM_INVALID")


def check_link_preview(options: JsonObject | None) -> None:
    check_fields("LinkPreviewOptions", options or {}, LINK_PREVIEW_FIELDS)


def quote_of(reply: JsonObject) -> str | None:
    """Returns the quote that reply_parameters ask for, if any, after checking them."""
    check_fields("ReplyParameters", reply, REPLY_FIELDS)
    if "quote" not in reply:
        return None
    if reply.get("quote_entities"):
        raise ApiError("explicit entities are not used by this project")
    content = {"text": reply["quote"], "parse_mode": reply.get("quote_parse_mode", "")}
    return formatted_text(content, "text", QUOTE_LIMIT).text


def check_fields(kind: str, value: JsonObject, known: frozenset[str]) -> None:
    """Refuses fields that an object of this kind has not; Telegram would silently ignore them."""
    if unknown := sorted(value.keys() - known):
        raise ApiError(f"{kind} has no field {', '.join(unknown)}")
