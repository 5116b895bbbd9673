"""Where the running bot is watched, if the settings say so."""

from contextlib import suppress
from typing import TYPE_CHECKING

from bot.composition import Parts
from bot.errors import StoreError
from bot.state.database import STATE
from bot.telegram.delivery.polls import Polls
from index import IndexUnavailable

if TYPE_CHECKING:
    from bot.web.monitoring import Vitals
    from bot.web.server import Site


def site_of(parts: Parts, polls: Polls) -> "Site | None":
    """Returns what serves `/healthz` and `/metrics`; None where that is not wanted."""
    address, metrics = parts.settings.metrics_address, parts.metrics
    if address is None or metrics is None:
        return None
    from bot.web.monitoring import application
    from bot.web.server import Site

    return Site(application(metrics, lambda: examine(parts, polls)), *address, frozenset())


def examine(parts: Parts, polls: Polls) -> "Vitals":
    """Returns the state of the running bot."""
    from bot.web.monitoring import Vitals

    generation, passages, queue = None, 0, 0
    with suppress(IndexUnavailable):
        live = parts.library.status()
        generation, passages = live.generation, live.passages
    with suppress(StoreError):
        queue = parts.inbox.count()
    return Vitals(
        generation,
        passages,
        parts.admin_desk.is_building,
        queue,
        None if parts.settings.webhook_url else polls.age(),
        sum(file.stat().st_size for file in parts.index_settings.data.glob(f"{STATE}*")),
    )
