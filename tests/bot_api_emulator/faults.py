"""What goes wrong between a bot and Telegram: faults by script or by chance, and limits.

Also the record of it: which calls were repeated after a fault, which messages came of a
repetition, and whether the bot waited as long as it was told to.
"""

import json
import math
import random
from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from bot_api_emulator.contract import ApiError, JsonObject

# Which calls count against Telegram's limits on how often a bot may write to a chat.
WRITING_METHODS = frozenset(
    {"sendMessage", "sendPhoto", "sendDocument", "editMessageText", "editMessageReplyMarkup"}
)
# A call that was under way when another was told to wait could not know of it.
UNDER_WAY_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Fault:
    """A failure of the network or of Telegram, before or after the call took effect."""

    kind: Literal["bad_gateway", "reset", "timeout"]
    after_effect: bool = False


def too_many_requests(retry_after: int) -> ApiError:
    """Returns the answer 429; `retry_after` in seconds."""
    return ApiError(
        f"Too Many Requests: retry after {retry_after}", 429, {"retry_after": retry_after}
    )


Failure = Fault | ApiError
EVERY_FAULT: tuple[Failure, ...] = (
    too_many_requests(1),
    *(Fault(kind, late) for kind in ("bad_gateway", "reset", "timeout") for late in (False, True)),
)


@dataclass(frozen=True, slots=True)
class RandomFaults:
    """Faults by chance: the same seed lets the same attempts of the same calls fail.

    Attributes:
        seed: of the chance.
        share: of the calls that fail, 0 to 1.
        methods: that may fail.
        failures: from which each is drawn.
    """

    seed: int
    share: float
    methods: frozenset[str] = WRITING_METHODS
    failures: Sequence[Failure] = EVERY_FAULT

    def draw(self, method: str, parameters: JsonObject, attempt: int) -> Failure | None:
        """Returns how this attempt (0 = the first) of a call fails, if it does."""
        if method not in self.methods:
            return None
        call = json.dumps(parameters, sort_keys=True, default=repr)
        chance = random.Random(f"{self.seed} {method} {call} {attempt}")  # noqa: S311 - no secret
        return chance.choice(self.failures) if chance.random() < self.share else None


@dataclass(frozen=True, slots=True)
class RateLimits:
    """How often a bot may write. A second and a minute may be shortened for a test."""

    all_per_second: int = 30
    chat_per_second: int = 1
    group_per_minute: int = 20
    second: float = 1.0
    minute: float = 60.0


class RateLimiter:
    """Keeps limits over sliding windows; what is refused does not count."""

    def __init__(self, limits: RateLimits) -> None:
        self._limits = limits
        self._all: deque[float] = deque()
        self._chats: defaultdict[int, deque[float]] = defaultdict(deque)

    def wait(self, chat_id: int, now: float) -> int:
        """Returns whole seconds to wait before writing to the chat; 0 = now, and then it is
        counted.
        """
        limits = self._limits
        windows = [
            (self._all, limits.all_per_second, limits.second),
            (self._chats[chat_id], limits.chat_per_second, limits.second),
        ]
        if chat_id < 0:
            windows.append((self._chats[chat_id], limits.group_per_minute, limits.minute))
        seconds = max(_until_free(*window, now) for window in windows)
        if seconds > 0:
            return math.ceil(seconds)
        self._all.append(now)
        self._chats[chat_id].append(now)
        return 0


def _until_free(times: deque[float], limit: int, window: float, now: float) -> float:
    return times[-limit] + window - now if len(times) >= limit else 0.0


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the bot.

    Attributes:
        method, parameters: what it asked.
        result_or_error: what it got; a Fault where it got nothing.
        at: when, in seconds on the server's clock.
        retry_of: the failed call that it repeats, if it does.
    """

    method: str
    parameters: JsonObject
    result_or_error: Any
    at: float
    retry_of: "Call | None" = None

    @property
    def failed(self) -> bool:
        """Whether the bot could not know that its call took effect."""
        return isinstance(self.result_or_error, Fault) or (
            isinstance(self.result_or_error, ApiError) and self.result_or_error.code in (429, 502)
        )

    @property
    def outcome_unknown(self) -> bool:
        """Whether the bot could not know if its call took effect: 429 says that it did not."""
        refused = isinstance(self.result_or_error, ApiError) and self.result_or_error.code == 429
        return self.failed and not refused

    @property
    def took_effect(self) -> bool:
        """Whether Telegram did what was asked."""
        if isinstance(self.result_or_error, Fault):
            return self.result_or_error.after_effect
        return not isinstance(self.result_or_error, ApiError)


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that the bot sent, and the call that made it.

    Attributes:
        chat_id, message_id: which message.
        retry_of: the failed call that was repeated, if the message came of a repetition.
        doubled: whether that call had sent the same message already.
    """

    chat_id: int
    message_id: int
    retry_of: Call | None = None

    @property
    def doubled(self) -> bool:
        return any_took_effect(self.retry_of)


def any_took_effect(call: Call | None) -> bool:
    """Returns whether a failed call took effect, or one that it repeats."""
    return any(before.took_effect for before in _history(call))


def _history(call: Call | None) -> Iterator[Call]:
    while call is not None:
        yield call
        call = call.retry_of


@dataclass(slots=True)
class Record:
    """Every call in the order they ended, and every message that was sent."""

    calls: list[Call] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)
    _unrepeated: list[Call] = field(default_factory=list)

    def repeated(self, method: str, parameters: JsonObject) -> Call | None:
        """Returns the failed call that such a call repeats; each is repeated once."""
        for call in self._unrepeated:
            if (call.method, call.parameters) == (method, parameters):
                self._unrepeated.remove(call)
                return call
        return None

    def add(self, call: Call, message: object) -> None:
        """Notes a call, and the message that came of it, if one did."""
        self.calls.append(call)
        if call.failed and call.method != "getUpdates":
            self._unrepeated.append(call)
        if call.method.startswith("send") and isinstance(message, dict):
            self.sent.append(Sent(message["chat"]["id"], message["message_id"], call.retry_of))


@dataclass(slots=True)
class Troubles:
    """Decides which call fails, and how.

    Attributes:
        by_chance: faults of any call.
        limiter: answers 429 to who writes too often.
    """

    by_chance: RandomFaults | None = None
    limiter: RateLimiter | None = None
    _scripted: defaultdict[str, deque[Failure]] = field(default_factory=lambda: defaultdict(deque))
    _waits: dict[object, tuple[float, float]] = field(default_factory=dict)

    def script(self, method: str, failure: Failure, times: int) -> None:
        """Lets the next calls of the method fail this way."""
        self._scripted[method].extend([failure] * times)

    def of(
        self, method: str, parameters: JsonObject, repeated: Call | None, now: float
    ) -> Failure | None:
        """Returns how this call fails, if it does."""
        if self._scripted[method]:
            failure: Failure | None = self._scripted[method].popleft()
        else:
            failure = self._limited(method, parameters, now)
        if failure is None and self.by_chance:
            attempt = sum(1 for _ in _history(repeated))
            failure = self.by_chance.draw(method, parameters, attempt)
        if isinstance(failure, ApiError) and failure.code == 429:
            self._waits[_place(method, parameters)] = (now, now + _retry_after(failure))
        return failure

    def impatience(
        self, method: str, parameters: JsonObject, repeated: Call | None, now: float
    ) -> str:
        """Returns what is wrong if the bot was told to wait longer; "" if nothing is.

        A repeated call waits for what it was told itself, any other for what was told last
        about its chat.
        """
        waiting_since, until = self._waits.get(_place(method, parameters), (now, now))
        if repeated is not None:
            waiting_since, until = repeated.at, repeated.at + _retry_after(repeated.result_or_error)
        elif now < waiting_since + UNDER_WAY_SECONDS:
            return ""
        return f"{until - now:.1f} seconds before it was told to ask again" if now < until else ""

    def _limited(self, method: str, parameters: JsonObject, now: float) -> Failure | None:
        chat_id = parameters.get("chat_id")
        if self.limiter and method in WRITING_METHODS and isinstance(chat_id, int):
            seconds = self.limiter.wait(chat_id, now)
            return too_many_requests(seconds) if seconds else None
        return None


def _retry_after(outcome: object) -> int:
    """Returns how many seconds an answer tells to wait."""
    waiting_since = outcome.parameters if isinstance(outcome, ApiError) else None
    return (waiting_since or {}).get("retry_after", 0)


def _place(method: str, parameters: JsonObject) -> object:
    """Returns what a 429 is about: writing to a chat, or else the method."""
    return parameters.get("chat_id") if method in WRITING_METHODS else method
