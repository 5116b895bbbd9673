"""A cache of what was fetched last."""

from collections import OrderedDict
from threading import Lock
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class Recent(Generic[Key, Value]):
    """Caches the values that were kept or asked for last. Safe to use from several threads."""

    def __init__(self, most: int) -> None:
        """Args:
        most: how many are kept.
        """
        self._most = most
        self._values: OrderedDict[Key, Value] = OrderedDict()
        self._lock = Lock()

    def keep(self, key: Key, value: Value) -> None:
        """Keeps a value; the least recently used one may be dropped."""
        with self._lock:
            self._values[key] = value
            self._values.move_to_end(key)
            if len(self._values) > self._most:
                self._values.popitem(last=False)

    def get(self, key: Key) -> Value | None:
        """Returns the value of a key; None where it is not kept."""
        with self._lock:
            if key not in self._values:
                return None
            self._values.move_to_end(key)
            return self._values[key]
