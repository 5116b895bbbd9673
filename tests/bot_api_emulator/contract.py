"""How a Bot API request is made: its methods, and their parameters by name and type.

A request that breaks a rule raises `ApiError` with Telegram's answer. What stands inside the
parameters is looked at by `checks`.
"""

import importlib.resources
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

JsonObject = dict[str, Any]
Handler = Callable[[JsonObject], Any]
"""Does what a method asks with typed parameters; gives its result, or a coroutine for it."""

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
    "answerGuestQuery": "guest_query_id!:str result!:object",
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
    "getChatAdministrators": "chat_id!:chat return_bots:bool",
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
    """Takes the parameters from wherever the Bot API allows them to be in a request."""
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
    """Returns text and files of a form; a value "attach://x" stands for the file named x."""
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
    """Turns the raw values of a request (strings, JSON values, uploads) into typed parameters."""
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
