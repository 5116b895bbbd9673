"""The queue of updates: what the bot asked for, and how it fetches them or has them brought."""

import asyncio
import itertools
import re
import time
from collections import defaultdict
from dataclasses import dataclass
from urllib.parse import urlsplit

from bot_api_emulator.checks import UPDATE_TYPES, UPDATE_TYPES_ON_REQUEST, check_update_types
from bot_api_emulator.contract import ApiError, Handler, JsonObject

WEBHOOK_PORTS = frozenset({None, 80, 88, 443, 8443})


@dataclass(frozen=True, slots=True)
class WebhookError:
    """Why the last delivery failed, and when in Unix seconds."""

    message: str
    date: int


class UpdateQueue:
    """The updates that the bot has not confirmed yet.

    Attributes:
        updates: in the order they came.
        webhook: the parameters of setWebhook; empty where the bot asks for updates itself.
        last_error: of the webhook.
        changed: notified whenever there is something new.
    """

    def __init__(self, changed: asyncio.Condition) -> None:
        self.updates: list[JsonObject] = []
        self.webhook: JsonObject = {}
        self.last_error: WebhookError | None = None
        self.changed = changed
        self._allowed = UPDATE_TYPES - UPDATE_TYPES_ON_REQUEST
        self._ids = itertools.count(800_000_001)
        self._poll: object | None = None
        # All updates there ever were, by their very content (which stays alive here), and the ids
        # of those about a message.
        self._put: defaultdict[int, list[tuple[JsonObject, JsonObject]]] = defaultdict(list)
        self._about: defaultdict[object, list[int]] = defaultdict(list)
        self._dealt_with: set[int] = set()

    def methods(self) -> dict[str, Handler]:
        return {
            "deleteWebhook": self._delete_webhook,
            "getUpdates": self._get_updates,
            "getWebhookInfo": self._get_webhook_info,
            "setWebhook": self._set_webhook,
        }

    async def put(self, kind: str, content: JsonObject) -> None:
        """Adds an update, if the bot asked for updates of this kind."""
        if kind in self._allowed:
            number = next(self._ids)
            update = {"update_id": number, kind: content}
            self.updates.append(update)
            self._put[id(content)].append((update, content))
            self._about[_place(content)].append(number)
        await self.notify()

    def numbers_of(self, content: JsonObject) -> list[int]:
        """Returns the ids of the updates with this very content."""
        return [update["update_id"] for update, _ in self._put.get(id(content), ())]

    def numbers_about(self, message: JsonObject) -> list[int]:
        """Returns the ids of the updates about a message, as it was and as it was edited."""
        return list(self._about.get(_place(message), ()))

    async def repeat(self, content: JsonObject) -> None:
        """Has the bot get the updates with this very content once more."""
        self.updates.extend(update for update, _ in self._put.get(id(content), ()))
        await self.notify()

    def is_dealt_with(self, number: int) -> bool:
        """Whether the bot has done all that it does with an update."""
        return number in self._dealt_with

    @property
    def all_dealt_with(self) -> bool:
        """Whether the bot has done all that it does with every update there ever was."""
        numbers = (number for about in self._about.values() for number in about)
        return self._dealt_with.issuperset(numbers)

    async def deal_with(self, number: int) -> None:
        """Notes that the bot has done all that it does with an update."""
        self._dealt_with.add(number)
        await self.notify()

    @property
    def waits_for_updates(self) -> bool:
        """Whether a poll of the bot is open."""
        return self._poll is not None

    async def notify(self) -> None:
        """Wakes whoever waits for something new."""
        async with self.changed:
            self.changed.notify_all()

    async def _get_updates(self, parameters: JsonObject) -> list[JsonObject]:
        if self.webhook:
            raise ApiError(
                "Conflict: can't use getUpdates method while webhook is active; "
                "use deleteWebhook to delete the webhook first",
                409,
            )
        self._allow(parameters)
        self._confirm(parameters.get("offset", 0))
        limit = parameters.get("limit", 100)
        if not 1 <= limit <= 100 or parameters.get("timeout", 0) < 0:
            raise ApiError("limit must be between 1 and 100, and timeout not negative")
        await self._wait(parameters.get("timeout", 0))
        return self.updates[:limit]

    def _allow(self, parameters: JsonObject) -> None:
        names = parameters.get("allowed_updates")
        if names is not None:
            check_update_types(names)
            self._allowed = frozenset(names) if names else UPDATE_TYPES - UPDATE_TYPES_ON_REQUEST

    def _confirm(self, offset: int) -> None:
        if offset < 0:
            self.updates = self.updates[offset:]
        else:
            self.updates = [update for update in self.updates if update["update_id"] >= offset]

    async def _wait(self, seconds: float) -> None:
        """Waits as a long poll; a second poll, or setting a webhook, ends the first one."""
        this_poll = self._poll = object()
        await self.notify()
        try:
            async with asyncio.timeout(seconds), self.changed:
                await self.changed.wait_for(lambda: self.updates or self._poll is not this_poll)
        except TimeoutError:
            pass
        except asyncio.CancelledError:
            self._end(this_poll)
            await self.notify()
            raise
        if self._poll is not this_poll:
            other = "setWebhook" if self.webhook else "other getUpdates"
            raise ApiError(
                f"Conflict: terminated by {other} request; "
                "make sure that only one bot instance is running",
                409,
            )
        self._end(this_poll)

    def _end(self, poll: object) -> None:
        if self._poll is poll:
            self._poll = None

    def _set_webhook(self, parameters: JsonObject) -> bool:
        if parameters["url"] == "":
            return self._delete_webhook(parameters)
        _check_webhook(parameters)
        self._allow(parameters)
        self._drop(parameters)
        self.webhook = parameters
        self.last_error = None
        self._poll = None
        return True

    def _delete_webhook(self, parameters: JsonObject) -> bool:
        self._drop(parameters)
        self.webhook = {}
        return True

    def _drop(self, parameters: JsonObject) -> None:
        if parameters.get("drop_pending_updates"):
            self.updates = []

    def _get_webhook_info(self, _: JsonObject) -> JsonObject:
        info: JsonObject = {
            "url": self.webhook.get("url", ""),
            "has_custom_certificate": "certificate" in self.webhook,
            "pending_update_count": len(self.updates),
        }
        if self.webhook:
            info["max_connections"] = self.webhook.get("max_connections", 40)
        if self.webhook and self._allowed != UPDATE_TYPES - UPDATE_TYPES_ON_REQUEST:
            info["allowed_updates"] = sorted(self._allowed)
        if self.webhook and self.last_error:
            info["last_error_date"] = self.last_error.date
            info["last_error_message"] = self.last_error.message
        return info

    def failed(self, message: str) -> None:
        """Notes why a delivery to the webhook failed."""
        self.last_error = WebhookError(message, int(time.time()))


def _place(content: JsonObject) -> object:
    """Returns where the message is that an update holds; what is no message is nowhere else."""
    if "message_id" in content and "chat" in content:
        return content["chat"]["id"], content["message_id"]
    return id(content)


def _check_webhook(parameters: JsonObject) -> None:
    try:
        address = urlsplit(parameters["url"])
        host, port = address.hostname, address.port
    except ValueError:
        raise ApiError("bad webhook: invalid webhook URL specified") from None
    if address.scheme != "https" or not host:
        raise ApiError("bad webhook: An HTTPS URL must be provided for webhook")
    if port not in WEBHOOK_PORTS:
        raise ApiError("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
    if not re.fullmatch(r"[A-Za-z0-9_-]{0,256}", parameters.get("secret_token", "")):
        raise ApiError("secret token contains unallowed characters or is too long")
    if not 1 <= parameters.get("max_connections", 40) <= 100:
        raise ApiError("max_connections must be between 1 and 100")
