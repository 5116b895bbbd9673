"""Reads plain text: recognises the structure of an article by its lines."""

from collections.abc import Iterator
from dataclasses import dataclass

from index.analysis.encoding import decode_article
from index.analysis.headline import settled_levels, title_lines
from index.analysis.line_roles import fold_width, heading_level
from index.loaders.draft import LoadedArticle
from index.loaders.metadata import enrich, signed_at_end
from index.loaders.pieces import one_line
from index.model import Block, BlockKind


@dataclass(frozen=True, slots=True)
class _Line:
    """A line that is not blank, with its range without white space and its heading level."""

    start: int
    end: int
    level: int


def load_plain(content: bytes) -> LoadedArticle:
    """Reads a plain text file: headline, date and source lines, headings, bylines, paragraphs.

    Raises:
        UnreadableFile: the bytes are not text.
    """
    return structure(decode_article(content))


def structure(text: str) -> LoadedArticle:
    """Recognises the structure of `text` by its lines."""
    wide = fold_width(text)
    lines = list(_lines(wide))
    folded = [wide[line.start : line.end] for line in lines]
    titled = title_lines(folded)
    title = ""
    levels = [line.level for line in lines]
    if titled:
        start, end = lines[titled.start].start, lines[titled.stop - 1].end
        title = one_line(text[start:end])
        levels[: titled.stop] = [0] * titled.stop
    levels[titled.stop :] = settled_levels(folded[titled.stop :], levels[titled.stop :])
    blocks: list[Block] = []
    for number, (line, level) in enumerate(zip(lines, levels, strict=True)):
        if number == titled.start and title:
            blocks.append(Block(BlockKind.TITLE, 0, start, end))
        elif number not in titled:
            kind = BlockKind.HEADING if level else BlockKind.PARAGRAPH
            blocks.append(Block(kind, level, line.start, line.end))
    return signed_at_end(enrich(LoadedArticle(text, tuple(blocks), title)))


def _lines(folded: str) -> Iterator[_Line]:
    position = 0
    for line in folded.split("\n"):
        stripped = line.strip()
        if stripped:
            indent = len(line) - len(line.lstrip())
            level = heading_level(stripped, indented=indent > 0)
            yield _Line(position + indent, position + indent + len(stripped), level)
        position += len(line) + 1
