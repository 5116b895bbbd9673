"""What watches the bot asks: whether it is well (`/healthz`), and figures (`/metrics`).

No figure holds anything that a person has written.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from bot.web.security_headers import Hardened
from index import Answer, NoAnswer

LONGEST_POLL_AGE = 90.0
"""Seconds since the last answer of Telegram after which the bot is not well. It asks each ten."""
_UNCACHED = {"Cache-Control": "no-store"}


@dataclass(frozen=True, slots=True)
class Vitals:
    """The state of the running bot.

    Attributes:
        generation: name of the live generation; None where nothing can be answered from.
        passages: of the live generation.
        is_building: whether a build is running.
        queue: number of received updates that are not done.
        poll_age: seconds since Telegram last answered a poll; None where it calls a webhook.
        state_bytes: size of the bot's state on disk.
    """

    generation: str | None
    passages: int
    is_building: bool
    queue: int
    poll_age: float | None
    state_bytes: int

    @property
    def is_well(self) -> bool:
        """Whether questions are received, and can be answered."""
        return self.generation is not None and (self.poll_age or 0.0) <= LONGEST_POLL_AGE


class Metrics:
    """Counts questions and answers. Safe to use from several threads."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        self._questions = Counter("wenchu_questions", "Questions dealt with.", registry=registry)
        self._answers = Counter(
            "wenchu_answers", "Replies to questions, by kind.", ["kind"], registry=registry
        )
        self._certainties = Counter(
            "wenchu_certainty",
            "Replies to questions, by certainty.",
            ["certainty"],
            registry=registry,
        )
        self._refusals = Counter(
            "wenchu_refusals",
            "Questions without an answer, by reason.",
            ["reason"],
            registry=registry,
        )
        self._seconds = Histogram(
            "wenchu_answer_seconds", "Time to find an answer.", registry=registry
        )
        self._building = Gauge("wenchu_build_running", "Whether a build runs.", registry=registry)
        self._passages = Gauge("wenchu_passages", "Passages of the index.", registry=registry)
        self._queue = Gauge("wenchu_queue", "Updates that wait or are handled.", registry=registry)
        self._poll_age = Gauge(
            "wenchu_poll_age_seconds", "Time since the last answered poll.", registry=registry
        )
        self._state = Gauge("wenchu_state_bytes", "Size of the bot's state.", registry=registry)

    def answered(self, result: Answer | NoAnswer, seconds: float) -> None:
        """Counts the reply to a question.

        Args:
            seconds: how long it took to find.
        """
        self._questions.inc()
        self._certainties.labels(result.certainty.value).inc()
        self._seconds.observe(seconds)
        if isinstance(result, NoAnswer):
            self._answers.labels("refusal").inc()
            self._refusals.labels(result.reason.value).inc()
        else:
            self._answers.labels("quote").inc()

    def exposed(self, vitals: Vitals) -> bytes:
        """Returns all figures as Prometheus reads them."""
        self._building.set(vitals.is_building)
        self._passages.set(vitals.passages)
        self._queue.set(vitals.queue)
        self._poll_age.set(vitals.poll_age or 0.0)
        self._state.set(vitals.state_bytes)
        return generate_latest(self._registry)


def application(metrics: Metrics, examine: Callable[[], Vitals]) -> ASGIApp:
    """Returns what serves `/healthz` and `/metrics`.

    Args:
        examine: looks at the bot; may block.
    """

    async def healthz(_: Request) -> Response:
        vitals = await asyncio.to_thread(examine)
        age = None if vitals.poll_age is None else round(vitals.poll_age, 1)
        status = HTTPStatus.OK if vitals.is_well else HTTPStatus.SERVICE_UNAVAILABLE
        content = {"generation": vitals.generation, "poll_age_seconds": age}
        return JSONResponse(content, status, _UNCACHED)

    async def figures(_: Request) -> Response:
        content = metrics.exposed(await asyncio.to_thread(examine))
        return Response(content, headers={**_UNCACHED, "Content-Type": CONTENT_TYPE_LATEST})

    app = Starlette(routes=[Route("/healthz", healthz), Route("/metrics", figures)])
    app.router.redirect_slashes = False
    return Hardened(app)
