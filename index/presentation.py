"""How a quoted passage looks: rows of tables with names, below what governs them."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field, replace

from index.analysis.table_rows import BETWEEN_CELLS, cells, is_separator, named_cells
from index.model import Citation, Span

_LEFT_OUT = "\n\u2026\n"


def readable(citation: Citation) -> Citation:
    """Returns a citation whose passage reads well by itself; nothing in it is new.

    The rows of a Markdown table have the names of their columns, and a list that goes on from an
    earlier passage stands below its lead-in. Its ranges count in the text that is shown.
    """
    passage = citation.passage
    if not passage.stem and "|" not in passage.text:
        return citation
    shown = _Shown()
    columns: list[str] = []
    if "|" in passage.stem:
        columns = [span.of(passage.stem) for span in cells(passage.stem)]
    elif passage.stem:
        shown.add(passage.stem + _LEFT_OUT, -1)
    lines = passage.text.split("\n")
    position = 0
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        if "|" in line and is_separator(following):
            columns = [span.of(line) for span in cells(line)]
        elif "|" not in line or not is_separator(line):
            columns = columns if "|" in line else []
            _add_row(shown, line, columns, position)
            shown.add("\n", position + len(line))
        position += len(line) + 1
    return replace(
        citation,
        passage=replace(passage, text="".join(shown.characters).rstrip("\n")),
        sentence=shown.place(citation.sentence),
        highlights=tuple(filter(_holds_text, map(shown.place_in_cell, citation.highlights))),
    )


@dataclass(slots=True)
class _Shown:
    """A text as it is shown.

    Attributes:
        characters: of it.
        origins: for each the offset in the passage that it stands for, ascending; -1 for what
            stands before the passage.
    """

    characters: list[str] = field(default_factory=list)
    origins: list[int] = field(default_factory=list)

    def copy(self, text: str, start: int) -> None:
        """Add a part of the passage."""
        self.characters += text
        self.origins += range(start, start + len(text))

    def add(self, text: str, origin: int) -> None:
        """Add what stands before the character at `origin`."""
        self.characters += text
        self.origins += [origin] * len(text)

    def place(self, span: Span) -> Span:
        """The range that a range of the passage has, with what stands before it."""
        start, end = bisect_left(self.origins, span.start), bisect_left(self.origins, span.end)
        while start < end and self.characters[end - 1].isspace():
            end -= 1
        return Span(start, end)

    def place_in_cell(self, span: Span) -> Span:
        """The range that a range of the passage has, by itself."""
        place = self.place(span)
        if place.start == place.end:
            return place
        return Span(bisect_right(self.origins, self.origins[place.start]) - 1, place.end)


def _holds_text(span: Span) -> bool:
    return span.start < span.end


def _add_row(shown: _Shown, line: str, columns: list[str], start: int) -> None:
    if not columns:
        shown.copy(line, start)
        return
    for number, (name, cell) in enumerate(named_cells(line, columns)):
        shown.add((BETWEEN_CELLS if number else "") + name, start + cell.start)
        shown.copy(cell.of(line), start + cell.start)
