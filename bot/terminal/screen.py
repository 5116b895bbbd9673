"""How answers look in a terminal, and how at the end of a pipe, where nothing may be added to a
quote or broken in it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console
from rich.padding import Padding
from rich.progress import BarColumn, Progress, TaskID, TextColumn
from rich.text import Text

from bot.core.desk import Nothing
from bot.core.passage_context import PassageContext
from bot.core.source_links import SourceLinks
from bot.state.exchanges import OVERVIEW, Exchange
from bot.texts.catalogue import Texts
from bot.texts.citations import (
    NEAREST_SHOWN,
    glimpse,
    introduction,
    lacking,
    matched,
    opening,
    places,
    where,
)
from bot.texts.keys import Key
from index import Certainty, Citation, NoAnswer, Span, Turn, harmless, readable

MARKED = "bold yellow"
MATCHED = "underline"
FAINT = "dim"
PLACE = "cyan"
INDENT = 2
CAUTION = "yellow"


@dataclass(frozen=True, slots=True)
class Screen:
    """Where a chat is shown.

    Attributes:
        out: answers.
        err: what builds tell; may be the same as `out`.
        texts: the sentences.
        links: lead from citations to their articles.
    """

    out: Console
    err: Console
    texts: Texts
    links: SourceLinks = SourceLinks()  # noqa: RUF009 - frozen

    def say(self, text: str, style: str = "") -> None:
        """Shows a sentence of the bot, and a gap below."""
        self._show(Text(text, style))
        self.gap()

    def reply(self, reply: Exchange | Nothing) -> None:
        """Shows the reply to a question: a passage of an answer, an overview, or a refusal."""
        if isinstance(reply, Nothing):
            self.say(self.texts.say(reply))
            return
        if reply.turn.parts and not reply.shown:
            for part in reply.turn.parts:
                self._show(Text(part.question, "bold"))
                self._turn(part, 0, opening(part, self.texts))
        else:
            self._turn(reply.turn, reply.shown, introduction(reply, self.texts))

    def source(self, source: PassageContext) -> None:
        """Shows the article around a passage, and where it is kept."""
        text = source.article.text
        before = Span(source.around.start, source.passage.start).of(text)
        after = Span(source.passage.end, source.around.end).of(text)
        passage = source.passage.of(text)
        self._show(Text(f"{source.article.title} ({source.article.id})", FAINT))
        if self._styled:
            parts = (before, FAINT), (passage, MARKED), (after, FAINT)
            self._show(Text.assemble(*parts))
        else:
            for part in (before.strip("\n"), "▼", passage, "▲", after.strip("\n")):
                self._show(Text(part))
        self.gap()

    @contextmanager
    def building(self) -> Iterator["Bar"]:
        """Shows a progress bar while a build runs; nothing at the end of a pipe."""
        # The text changes its width: behind the bar it does not move it.
        columns = (BarColumn(20), TextColumn("{task.description}", markup=False))
        hidden = not self.err.is_terminal
        progress = Progress(*columns, console=self.err, transient=True, disable=hidden)
        try:
            yield Bar(progress)
        finally:
            progress.stop()

    def note(self, text: str) -> None:
        """Shows a message about a build, apart from the answers."""
        _print(self.err, Text(text, FAINT))

    @property
    def _styled(self) -> bool:
        """Returns whether the marked sentence can be told by its colour."""
        return self.out.is_terminal and bool(self.out.color_system) and not self.out.no_color

    def _turn(self, turn: Turn, shown: int, above: str) -> None:
        result, lacks = turn.result, lacking(turn, shown, self.texts)
        possible = result.certainty is Certainty.POSSIBLE
        if above:
            self._show(Text(above, CAUTION if possible else FAINT))
        if isinstance(result, NoAnswer):
            self._refused(result)
        elif shown == OVERVIEW:
            self._overview(result.citations, lacks)
        else:
            self._cited(result.citations[shown], lacks)

    def _overview(self, citations: Sequence[Citation], lacks: str) -> None:
        for number, citation in enumerate(citations, 1):
            self.gap()
            self._origin(citation, f"{number}. ")
            shown = readable(citation)
            self._show(_quote(shown)[shown.sentence.start : shown.sentence.end])
        if lacks:
            self.gap()
            self._show(Text(lacks, FAINT))
        self.gap()

    def _cited(self, citation: Citation, lacks: str) -> None:
        shown = readable(citation)
        self._show(_quote(shown))
        if not self._styled:
            sentence = shown.sentence.of(shown.passage.text)
            self.gap()
            self._show(Text(f"» {sentence}"))
        self._origin(citation)
        if lacks:
            self._show(Text("   " + lacks, FAINT))
        self.gap()

    def _origin(self, citation: Citation, mark: str = "—— ") -> None:
        self._show(Text(mark + " › ".join((citation.title, *places(citation))), PLACE))
        self._show(Text("   " + " · ".join(where(citation, self.texts)), FAINT))
        if address := citation.url or self.links.on_page(citation):
            self._show(Text("   " + address, FAINT))

    def _refused(self, reply: NoAnswer) -> None:
        why, *lines = self.texts.refusal(reply)
        self._show(Text(why, CAUTION))
        for line in lines:
            self._show(Text(line))
        if reply.nearest:
            self._show(Text(self.texts.say(Key.REFUSAL_NEAREST)))
        for citation in reply.nearest[:NEAREST_SHOWN]:
            self.gap()
            self._show(Text(glimpse(citation)))
            self._origin(citation)
        self.gap()

    def _show(self, text: Text) -> None:
        _print(self.out, text)

    def gap(self) -> None:
        """Shows an empty line."""
        self._show(Text())


def _print(console: Console, text: Text) -> None:
    if console.is_terminal and not text:
        console.print()
    elif console.is_terminal:
        text.plain = harmless(text.plain)
        console.print(Padding(text, (0, 0, 0, INDENT), expand=False))
    else:
        # rich would expand tabs and drop control characters: the quote stays word for word.
        print(text.plain, file=console.file, flush=True)


class Bar:
    """A progress bar on a screen. It appears with its first move."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task: TaskID | None = None

    def move(self, text: str, done: int, total: int) -> None:
        """Shows how far the work has come."""
        if self._task is None:
            self._task = self._progress.add_task(text)
            self._progress.start()
        self._progress.update(self._task, description=text, completed=done, total=total)


def _quote(citation: Citation) -> Text:
    text = Text(citation.passage.text)
    text.stylize(MARKED, citation.sentence.start, citation.sentence.end)
    for span in matched(citation):
        text.stylize(MATCHED, span.start, span.end)
    return text
