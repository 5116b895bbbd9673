"""Waiting for what another thread or process does."""

import time
from collections.abc import Callable

import pytest

PATIENCE = 60.0


def wait_until(holds: Callable[[], bool]) -> None:
    """Waits for what happens elsewhere; a test that waits in vain fails."""
    end = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > end:
            pytest.fail("it did not come about")
        time.sleep(0.01)
