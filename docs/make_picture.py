"""Draw the picture of the README: a real chat in the terminal over `seeds/`, as docs/chat.svg.

Run it with `make picture`.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

from bot.composition import compose
from bot.settings import BotSettings
from bot.terminal.console import Chat
from bot.terminal.screen import Screen
from bot.texts.catalogue import Catalogue
from bot.texts.keys import Key
from index import IndexSettings

QUESTIONS = ("装了多少声控灯", "老旧楼院改造花了多少钱", "城西区的地铁什么时候开通")
PICTURE = Path(__file__).parent / "chat.svg"


def main() -> None:
    """Ask the questions and draw what the terminal shows."""
    # Chinese characters are twice as wide as Latin ones: 76 columns hold 38 of them.
    console = Console(record=True, force_terminal=True, color_system="truecolor", width=76)
    texts = Catalogue.load("zh").default
    with tempfile.TemporaryDirectory() as data:
        settings = IndexSettings(data=Path(data))
        parts = compose(BotSettings(), settings)
        screen = Screen(console, Console(stderr=True, quiet=True), texts)
        Chat(parts.desk, parts.admin_desk, screen, interactive=False, seeds="seeds").run(
            _typed(console, texts.say(Key.CONSOLE_PROMPT))
        )
    console.save_svg(str(PICTURE), title="make chat", theme=MONOKAI)


def _typed(console: Console, prompt: str) -> Iterator[str]:
    for question in QUESTIONS:
        console.print(Text.assemble((prompt, "bold green"), question))
        yield question


if __name__ == "__main__":
    main()
