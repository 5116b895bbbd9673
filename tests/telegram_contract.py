"""What a Bot API request may hold: methods, parameters, keyboards, commands, inline results.

Everything here only looks at the request; what depends on chats and messages is in
`telegram_server`. A request that breaks a rule raises `ApiError` with Telegram's answer.
"""

import importlib.resources
import itertools
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from aiohttp import web
from telegram_html import Formatted, TextError, from_html, from_plain, utf16_length

JsonObject = dict[str, Any]

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024
PHOTO_BYTES = 10 * 2**20
DOCUMENT_BYTES = 50 * 2**20

# Every method of the Bot API by name, to tell "not emulated" from "does not exist". The
# parameters in this data set are incomplete, so those of the emulated methods are listed below.
METHOD_NAMES = frozenset(
    json.loads(
        importlib.resources.files("lo_bot_api_emulator").joinpath("contract.json").read_text()
    )["methods"]
)

_SEND = (
    "business_connection_id:str chat_id!:chat message_thread_id:int direct_messages_topic_id:int "
    "disable_notification:bool protect_content:bool allow_paid_broadcast:bool "
    "message_effect_id:str suggested_post_parameters:object reply_parameters:object "
    "reply_markup:object "
)
_EDIT = (
    "business_connection_id:str chat_id:chat message_id:int inline_message_id:str "
    "reply_markup:object "
)
_CAPTION = "caption:str parse_mode:str caption_entities:array "
_COMMAND_SCOPE = "scope:object language_code:str "

# "name:type" for each parameter, with "!" after the names of required ones.
_EMULATED = {
    "answerCallbackQuery": "callback_query_id!:str text:str show_alert:bool url:str cache_time:int",
    "answerInlineQuery": (
        "inline_query_id!:str results!:array cache_time:int is_personal:bool next_offset:str "
        "button:object"
    ),
    "deleteMessage": "chat_id!:chat message_id!:int",
    "deleteMyCommands": _COMMAND_SCOPE,
    "deleteWebhook": "drop_pending_updates:bool",
    "editMessageReplyMarkup": _EDIT,
    "editMessageText": _EDIT
    + "text!:str parse_mode:str entities:array link_preview_options:object",
    "getChat": "chat_id!:chat",
    "getChatMember": "chat_id!:chat user_id!:int",
    "getFile": "file_id!:str",
    "getMe": "",
    "getMyCommands": _COMMAND_SCOPE,
    "getMyDescription": "language_code:str",
    "getMyName": "language_code:str",
    "getMyShortDescription": "language_code:str",
    "getUpdates": "offset:int limit:int timeout:int allowed_updates:array",
    "getWebhookInfo": "",
    "leaveChat": "chat_id!:chat",
    "sendChatAction": (
        "business_connection_id:str chat_id!:chat message_thread_id:int action!:str"
    ),
    "sendDocument": _SEND
    + _CAPTION
    + "document!:file thumbnail:file disable_content_type_detection:bool",
    "sendMessage": _SEND
    + "text!:str parse_mode:str entities:array link_preview_options:object",
    "sendPhoto": _SEND + _CAPTION + "photo!:file show_caption_above_media:bool has_spoiler:bool",
    "setMessageReaction": "chat_id!:chat message_id!:int reaction:array is_big:bool",
    "setMyCommands": _COMMAND_SCOPE + "commands!:array",
    "setMyDescription": "description:str language_code:str",
    "setMyName": "name:str language_code:str",
    "setMyShortDescription": "short_description:str language_code:str",
    "setWebhook": (
        "url!:str certificate:file ip_address:str max_connections:int allowed_updates:array "
        "drop_pending_updates:bool secret_token:str"
    ),
}  # fmt: skip


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
SCOPES: dict[str, set[str]] = {
    "default": set(),
    "all_private_chats": set(),
    "all_group_chats": set(),
    "all_chat_administrators": set(),
    "chat": {"chat_id"},
    "chat_administrators": {"chat_id"},
    "chat_member": {"chat_id", "user_id"},
}


class ApiError(Exception):
    """An answer of Telegram other than success."""

    def __init__(
        self, description: str, code: int = 400, parameters: Mapping[str, int] | None = None
    ) -> None:
        super().__init__(description)
        self.description = f"Bad Request: {description}" if code == 400 else description
        self.code = code
        self.parameters = parameters

    def body(self) -> JsonObject:
        """The JSON body of the answer."""
        body: JsonObject = {"ok": False, "error_code": self.code, "description": self.description}
        if self.parameters:
            body["parameters"] = dict(self.parameters)
        return body


@dataclass(frozen=True, slots=True)
class Upload:
    """A file inside a multipart request."""

    file_name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a method."""

    name: str
    kind: str
    required: bool


def _parameters(specification: str) -> dict[str, Parameter]:
    result = {}
    for item in specification.split():
        label, kind = item.split(":")
        name = label.rstrip("!")
        result[name] = Parameter(name, kind, required=label.endswith("!"))
    return result


METHODS = {method: _parameters(specification) for method, specification in _EMULATED.items()}


async def read_parameters(request: web.Request) -> JsonObject:
    """Take the parameters from wherever the Bot API allows them to be in a request."""
    parameters: JsonObject = dict(request.query)
    try:
        if request.content_type == "application/json":
            parameters |= _from_json(await request.text(), dict)
        elif request.content_type == "multipart/form-data":
            parameters |= _multipart_values((await request.post()).items())
        else:
            body = (await request.read()).decode()
            parameters |= parse_qsl(body, keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        raise ApiError("strings must be encoded in UTF-8") from None
    except (ValueError, TypeError) as error:
        raise ApiError(f"can't parse the request: {error}") from None
    return parameters


def _multipart_values(items: Iterable[tuple[str, Any]]) -> JsonObject:
    """Text and files of a form; a value "attach://x" stands for the file named x."""
    values: JsonObject = {
        name: Upload(value.filename, value.file.read())
        if isinstance(value, web.FileField)
        else value
        for name, value in items
    }
    for name, value in list(values.items()):
        if isinstance(value, str) and value.startswith("attach://"):
            attached = value.removeprefix("attach://")
            if attached not in values:
                raise ApiError(f"file {attached} is not attached")
            values[name] = values.pop(attached)
    return values


def check_parameters(method: str, raw: Mapping[str, object]) -> JsonObject:
    """Turn the raw values of a request (strings, JSON values, uploads) into typed parameters."""
    if method not in METHOD_NAMES:
        raise ApiError("Not Found: method not found", 404)
    if method not in METHODS:
        raise ApiError(f"{method} is not emulated")
    known = METHODS[method]
    if unknown := sorted(raw.keys() - known.keys()):
        raise ApiError(f"{method} has no parameter {', '.join(unknown)}, or it is not emulated")
    for parameter in known.values():
        # An empty text is not a missing one: its own check words the refusal.
        if parameter.required and parameter.name not in raw:
            raise ApiError(f'parameter "{parameter.name}" is required')
    return {name: _typed(known[name], value) for name, value in raw.items()}


def _typed(parameter: Parameter, value: object) -> Any:
    convert = _CONVERTERS[parameter.kind]
    try:
        typed = convert(value)
        json.dumps(typed, ensure_ascii=False, default=str).encode()
    except UnicodeEncodeError:
        raise ApiError("strings must be encoded in UTF-8") from None
    except (ValueError, TypeError):
        raise ApiError(
            f'parameter "{parameter.name}" must be of type {parameter.kind}: {value!r:.80}'
        ) from None
    return typed


def _to_int(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise TypeError
    return int(value)


def _to_string(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _to_bool(value: object) -> bool:
    if isinstance(value, bool):
        return value
    if (word := str(value).lower()) not in ("true", "false", "1", "0"):
        raise ValueError
    return word in ("true", "1")


def _to_chat(value: object) -> int | str:
    if isinstance(value, str) and re.fullmatch(r"@[a-zA-Z]\w{3,31}", value):
        return value
    return _to_int(value)


def _from_json(value: object, kind: type) -> Any:
    decoded = json.loads(value) if isinstance(value, str) else value
    if not isinstance(decoded, kind):
        raise TypeError
    return decoded


def _to_file(value: object) -> Upload | str:
    return value if isinstance(value, Upload) else _to_string(value)


_CONVERTERS: dict[str, Callable[[object], Any]] = {
    "int": _to_int,
    "str": _to_string,
    "bool": _to_bool,
    "chat": _to_chat,
    "object": lambda value: _from_json(value, dict),
    "array": lambda value: _from_json(value, list),
    "file": _to_file,
}


def formatted_text(
    parameters: JsonObject, name: str = "text", limit: int = TEXT_LIMIT
) -> Formatted:
    """The text (or caption) of a request with its entities, checked as Telegram checks it."""
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
    """As `formatted_text`, but refuse a text in which there is nothing to see."""
    formatted = formatted_text(parameters, name)
    if formatted.text == "":
        raise ApiError("message text is empty")
    return formatted


def check_markup(markup: JsonObject | None, *, inline_only: bool = False) -> None:
    """Check a reply_markup; messages may only be edited to have inline keyboards."""
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
        host = parts.hostname or ""
    except ValueError:
        return False
    if any(character.isspace() for character in url):
        return False
    return (
        bool(host)
        if parts.scheme == "tg"
        else (parts.scheme in ("http", "https") and "." in host.strip("."))
    )


def check_commands(commands: list[JsonObject]) -> None:
    """Check the list of setMyCommands."""
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
    """For which users and which language a command list is meant, as a dictionary key."""
    scope = parameters.get("scope", {"type": "default"})
    kind = scope.get("type")
    if kind not in SCOPES or scope.keys() - {"type"} != SCOPES[kind]:
        raise ApiError(f"can't parse BotCommandScope: {scope}")
    return json.dumps(scope, sort_keys=True), language_code(parameters)


def language_code(parameters: JsonObject) -> str:
    """The two-letter language of a request, or "" for all languages."""
    code: str = parameters.get("language_code", "")
    if not re.fullmatch(r"(?:[a-z]{2})?", code):
        raise ApiError("invalid language code specified")
    return code


def check_update_types(names: list[object]) -> None:
    """Check allowed_updates; Telegram would silently ignore a misspelt name."""
    if unknown := sorted(str(name) for name in names if name not in UPDATE_TYPES):
        raise ApiError(f"allowed_updates names unknown types: {', '.join(unknown)}")


def check_reaction(reactions: list[JsonObject]) -> None:
    """Check the reaction of setMessageReaction: bots have at most one, of a fixed set."""
    if len(reactions) > 1:
        raise ApiError("REACTIONS_TOO_MANY")
    for reaction in reactions:
        if reaction.get("type") != "emoji" or reaction.get("emoji") not in REACTIONS:
            raise ApiError("REACTION_INVALID")


def check_inline_results(results: list[JsonObject]) -> None:
    """Check the results of answerInlineQuery."""
    if len(results) > 50:
        raise ApiError("RESULTS_TOO_MUCH")
    identifiers = [result.get("id") for result in results]
    if not all(isinstance(i, str) and 1 <= len(i.encode()) <= 64 for i in identifiers):
        raise ApiError("RESULT_ID_INVALID")
    if len(set(identifiers)) < len(identifiers):
        raise ApiError("RESULT_ID_DUPLICATE")
    for result in results:
        _check_inline_result(result)


def _check_inline_result(result: JsonObject) -> None:
    if result.get("type") != "article":
        raise ApiError(f"inline query results of type {result.get('type')} are not emulated")
    if not result.get("title"):
        raise ApiError("ARTICLE_TITLE_EMPTY")
    content = result.get("input_message_content", {})
    required_text(content, "message_text")
    check_markup(result.get("reply_markup"), inline_only=True)
