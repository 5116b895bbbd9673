"""A prompt for a person who types, and lines that are shown meanwhile without disturbing it."""

import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from threading import Lock

from rich.console import Console
from rich.control import Control
from rich.segment import ControlType

with suppress(ImportError):  # Windows has none
    import readline

    # In the locale C it would take each byte of a Chinese character for a key of its own.
    for mode in ("input-meta on", "output-meta on", "convert-meta off"):
        readline.parse_and_bind(f"set {mode}")

_LINE_START = Control(ControlType.CARRIAGE_RETURN, (ControlType.ERASE_IN_LINE, 2))


class Prompt:
    """Reads lines from the terminal, and shows lines that come from other threads.

    One that comes while nothing is typed is shown above the prompt at once; any other waits for the
    next prompt, so that neither a half-typed line nor an answer is torn.
    """

    def __init__(self, text: str, screen: Console, show: Callable[[str], None]) -> None:
        """
        Args:
            text: stands where one types.
            screen: where `show` shows a line.
        """
        self._text = text
        self._screen = screen
        self._show = show
        self._lock = Lock()
        self._open = False
        self._lines_before = 0
        self._waiting: list[str] = []

    def lines(self) -> Iterator[str]:
        """Yields lines that a person types, with the arrow keys working where they can.

        Raises:
            EOFError: there will be no more.
        """
        while True:
            self._stand(True)
            try:
                line = input(self._text)
            finally:
                self._stand(False)
            yield line

    def tell(self, line: str) -> None:
        """Shows a line as soon as possible."""
        with self._lock:
            self._waiting.append(line)
            if self._open and _nothing_typed() and _lines_typed() == self._lines_before:
                self._screen.control(_LINE_START)
                self._show_waiting()
                print(self._text, end="", flush=True)

    def _stand(self, open: bool) -> None:
        with self._lock:
            if open:
                self._show_waiting()
            self._open = open
            self._lines_before = _lines_typed()

    def _show_waiting(self) -> None:
        while self._waiting:
            self._show(self._waiting.pop(0))


def _lines_typed() -> int:
    """Returns how many lines have been typed. Readline counts one as soon as it is complete, when
    nothing stands behind the prompt any more and Python has not got the line yet."""
    return readline.get_current_history_length() if "readline" in sys.modules else 0


def _nothing_typed() -> bool:
    """Returns whether nothing is typed behind the prompt; False if that cannot be known."""
    # Where the output is no terminal, Python reads lines without readline.
    known = "readline" in sys.modules and sys.stdout.isatty()
    return known and not readline.get_line_buffer()
