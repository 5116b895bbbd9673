"""A clock that a test sets."""

from dataclasses import dataclass


@dataclass
class SetClock:
    """Tells the time in seconds that a test has set.

    Attributes:
        now: that time.
    """

    now: float = 1_000_000_000.0

    def __call__(self) -> float:
        """Returns the time."""
        return self.now
