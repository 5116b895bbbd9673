"""What a bot tells of itself: its commands by scope and language, its name and descriptions."""

from bot_api_emulator.chats import Chats
from bot_api_emulator.checks import check_commands, command_list_key, language_code
from bot_api_emulator.contract import ApiError, Handler, JsonObject
from bot_api_emulator.html import utf16_length

PROFILE_LIMITS = {"name": 64, "description": 512, "short_description": 120}


class Profile:
    """The bot's own profile."""

    def __init__(self, bot: JsonObject, chats: Chats) -> None:
        self._bot = bot
        self._chats = chats
        self._commands: dict[tuple[str, str], list[JsonObject]] = {}
        self._texts: dict[tuple[str, str], str] = {}

    def methods(self) -> dict[str, Handler]:
        return {
            "deleteMyCommands": self._delete_commands,
            "getMe": lambda _: self._bot,
            "getMyCommands": self._get_commands,
            "getMyDescription": lambda asked: self._get("description", asked),
            "getMyName": lambda asked: self._get("name", asked, self._bot["first_name"]),
            "getMyShortDescription": lambda asked: self._get("short_description", asked),
            "setMyCommands": self._set_commands,
            "setMyDescription": lambda given: self._set("description", given),
            "setMyName": lambda given: self._set("name", given),
            "setMyShortDescription": lambda given: self._set("short_description", given),
        }

    def _set_commands(self, parameters: JsonObject) -> bool:
        check_commands(parameters["commands"])
        self._commands[self._list_key(parameters)] = parameters["commands"]
        return True

    def _get_commands(self, parameters: JsonObject) -> list[JsonObject]:
        return self._commands.get(self._list_key(parameters), [])

    def _delete_commands(self, parameters: JsonObject) -> bool:
        self._commands.pop(self._list_key(parameters), None)
        return True

    def _list_key(self, parameters: JsonObject) -> tuple[str, str]:
        key = command_list_key(parameters)
        if "chat_id" in parameters.get("scope", {}):
            self._chats.of(parameters["scope"])
        return key

    def _set(self, item: str, parameters: JsonObject) -> bool:
        value = parameters.get(item, "")
        if utf16_length(value) > PROFILE_LIMITS[item]:
            raise ApiError(f"{item} is too long")
        self._texts[item, language_code(parameters)] = value
        return True

    def _get(self, item: str, parameters: JsonObject, default: str = "") -> JsonObject:
        """Returns the value for the language, or else the one for all languages."""
        values = (self._texts.get((item, code)) for code in (language_code(parameters), ""))
        return {item: next(filter(None, values), default)}
