"""Waiting for what another thread or process does."""

import time
from collections.abc import Callable

import pytest


def wait_until(holds: Callable[[], bool]) -> None:
    """Wait for what happens elsewhere; a test that waits in vain fails."""
    for _ in range(6_000):
        if holds():
            return
        time.sleep(0.01)
    pytest.fail("it did not come about")
