"""Plain text: the structure of an article told from its lines."""

from collections.abc import Iterator
from dataclasses import dataclass

from index.analysis.encoding import decode_article
from index.analysis.line_roles import fold_width, heading_level, settle_headings
from index.analysis.metadata_lines import read_metadata
from index.loaders.draft import LoadedArticle
from index.loaders.metadata import enrich, signed_at_end
from index.model import Block, BlockKind


@dataclass(frozen=True, slots=True)
class _Line:
    """A line that is not blank: its range without white space around it, and its heading level."""

    start: int
    end: int
    level: int


def load_plain(content: bytes) -> LoadedArticle:
    """Read a plain text file: headline, date and source lines, headings, bylines, paragraphs.

    Raises:
        UnreadableFile: the bytes are no text.
    """
    return structure(decode_article(content))


def structure(text: str) -> LoadedArticle:
    """Tell the structure of `text` from its lines."""
    lines = list(_lines(text))
    title = ""
    blocks: list[Block] = []
    if _is_title(lines[0], text):
        first = lines.pop(0)
        title = text[first.start : first.end]
        blocks.append(Block(BlockKind.TITLE, 0, first.start, first.end))
    for line, level in zip(lines, settle_headings([line.level for line in lines]), strict=True):
        kind = BlockKind.HEADING if level else BlockKind.PARAGRAPH
        blocks.append(Block(kind, level, line.start, line.end))
    return signed_at_end(enrich(LoadedArticle(text, tuple(blocks), title)))


def _lines(text: str) -> Iterator[_Line]:
    position = 0
    for line in fold_width(text).split("\n"):
        stripped = line.strip()
        if stripped:
            indent = len(line) - len(line.lstrip())
            level = heading_level(stripped, indented=indent > 0)
            yield _Line(position + indent, position + indent + len(stripped), level)
        position += len(line) + 1


def _is_title(line: _Line, text: str) -> bool:
    folded = fold_width(text[line.start : line.end])
    return heading_level(folded, indented=False) > 0 and read_metadata(folded) is None
