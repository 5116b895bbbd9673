"""Bringing updates to the bot's webhook by real HTTP requests, again until it takes them."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from http.client import responses
from urllib.parse import urlsplit, urlunsplit

import aiohttp

from bot_api_emulator.contract import JsonObject
from bot_api_emulator.updates import UpdateQueue

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the name of a header
SLOWEST_RETRY = 8.0
ANSWER_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Delivery:
    """One attempt to bring an update; `status` is 0 where nobody answered."""

    update_id: int
    status: int


class WebhookDelivery:
    """Brings what is in the queue while a webhook is set.

    Updates of one chat come one after the other, those of several at once up to
    `max_connections`. Whatever is not answered by 2xx is brought again, later each time.

    Attributes:
        proxy: what stands before the bot and speaks HTTPS for it, as `http://host:port`;
            without it the address that the bot gave is used as it is.
        retry_seconds: before the second attempt; twice as long before each further one.
        deliveries: all attempts in the order they ended.
    """

    def __init__(self, queue: UpdateQueue, complain: Callable[[str], None]) -> None:
        self.proxy = ""
        self.retry_seconds = 0.05
        self.deliveries: list[Delivery] = []
        self._queue = queue
        self._complain = complain
        self._under_way: dict[int, int] = {}

    async def run(self) -> None:
        """Brings updates until cancelled."""
        timeout = aiohttp.ClientTimeout(total=ANSWER_SECONDS)
        async with aiohttp.ClientSession(timeout=timeout) as session, asyncio.TaskGroup() as tasks:
            while True:
                async with self._queue.changed:
                    await self._queue.changed.wait_for(self._due)
                for update in self._due():
                    self._under_way[chat_of(update)] = update["update_id"]
                    tasks.create_task(self._bring(session, update))

    def _due(self) -> list[JsonObject]:
        """Returns the next update of each chat that has none under way."""
        if not self._queue.webhook:
            return []
        places = self._queue.webhook.get("max_connections", 40) - len(self._under_way)
        first: dict[int, JsonObject] = {}
        for update in self._queue.updates:
            first.setdefault(chat_of(update), update)
        due = [update for chat, update in first.items() if chat not in self._under_way]
        return due[: max(0, places)]

    async def _bring(self, session: aiohttp.ClientSession, update: JsonObject) -> None:
        """Brings one update until it is taken, or until the webhook is another one."""
        webhook, pause = self._queue.webhook, self.retry_seconds
        try:
            while update in self._queue.updates and self._queue.webhook is webhook:
                if await self._taken(session, update, webhook):
                    self._queue.updates = [u for u in self._queue.updates if u is not update]
                else:
                    await self._queue.notify()
                    await asyncio.sleep(pause)
                    pause = min(2 * pause, SLOWEST_RETRY)
        finally:
            del self._under_way[chat_of(update)]
        await self._queue.notify()

    async def _taken(
        self, session: aiohttp.ClientSession, update: JsonObject, webhook: JsonObject
    ) -> bool:
        secret = webhook.get("secret_token")
        headers = {SECRET_HEADER: secret} if secret else {}
        try:
            async with session.post(
                self._address(webhook["url"]), json=update, headers=headers
            ) as response:
                status, body = response.status, await response.text()
        except (aiohttp.ClientError, TimeoutError) as error:
            timed_out = isinstance(error, TimeoutError)
            self._queue.failed("Read timeout expired" if timed_out else "Connection failed")
            self.deliveries.append(Delivery(update["update_id"], 0))
            return False
        self.deliveries.append(Delivery(update["update_id"], status))
        if not 200 <= status < 300:
            reason = responses.get(status, "")
            self._queue.failed(f"Wrong response from the webhook: {status} {reason}")
            return False
        if _names_a_method(body):
            self._complain("a method in the answer of a webhook is not emulated")
        return True

    def _address(self, url: str) -> str:
        if not self.proxy:
            return url
        scheme, host, *_ = urlsplit(self.proxy)
        return urlunsplit(urlsplit(url)._replace(scheme=scheme, netloc=host))


def chat_of(update: JsonObject) -> int:
    """Returns the chat of an update, or else the person it comes from."""
    [content] = [value for name, value in update.items() if name != "update_id"]
    place = content.get("chat") or content.get("message", {}).get("chat") or content["from"]
    identifier: int = place["id"]
    return identifier


def _names_a_method(body: str) -> bool:
    try:
        answer = json.loads(body) if body else {}
    except ValueError:
        return False
    return isinstance(answer, dict) and "method" in answer
