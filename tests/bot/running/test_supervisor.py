"""Background tasks begin again when they fail."""

import pytest

from bot.admin.health import BackgroundTask, Health
from bot.running.supervisor import LONGEST_PAUSE_SECONDS, supervise


async def test_a_task_that_fails_begins_again_after_growing_pauses_and_is_noted(
    caplog: pytest.LogCaptureFixture,
) -> None:
    health = Health()
    pauses: list[float] = []
    outcomes = iter([ValueError("odd name")] * 12 + [ExceptionGroup("", [OSError("gone")]), None])

    async def run() -> None:
        if error := next(outcomes):
            raise error

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    await supervise(BackgroundTask.WATCHING, run, health, sleep)
    assert pauses[:4] == [1, 2, 4, 8]
    assert pauses[-1] == LONGEST_PAUSE_SECONDS == max(pauses)
    [failures] = health.failures
    assert (failures.task, failures.count) == (BackgroundTask.WATCHING, 13)
    assert next(outcomes, "ended") == "ended"
    assert caplog.text.count("watching failed") == 13
    assert "odd name" in caplog.text
