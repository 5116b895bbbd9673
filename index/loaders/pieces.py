"""Composes an article's text from the pieces of a file that is not plain text."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from index.analysis.headline import LOOKED_THROUGH, settled_levels, title_lines
from index.analysis.line_roles import fold_width, heading_level
from index.analysis.metadata_lines import read_metadata
from index.errors import SkipReason, UnreadableFile
from index.loaders.draft import LoadedArticle
from index.model import Block, BlockKind

LONGEST_TITLE = 200
"""Maximum number of characters of a title or a heading, even if it is marked as one."""

NEW_PAGE = "\f"
"""Marks in the text of a piece where a further page begins."""

_WIDE = (
    "\u2e80-\u303f\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\ufe30-\ufe4f\uff01-\uff60"
    "\u2018\u2019\u201c\u201d\u2026\U00020000-\U0003ffff"
)
_BREAK_BESIDE_WIDE = re.compile(rf"(?<=[{_WIDE}])\s*\n\s*(?=\S)|(?<=\S)\s*\n\s*(?=[{_WIDE}])")
_STOPGAP = re.compile(
    r"^(?:untitled|unknown|python-docx$|\u65e0\u6807\u9898|about:|file:)|microsoft word|\.\w{2,5}$",
    re.IGNORECASE,
)
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\xad\u200b\u2060\ufeff\ufffe\uffff]")
_SENTENCE_END = re.compile("[。!?][\u201d\u2019)\u300d\u300f]*$")
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Piece:
    """A line or a paragraph of a file.

    Attributes:
        text: as the file holds it; line ends are white space. It may contain `NEW_PAGE`.
        kind, level: as in `index.model.Block`.
        tabular: whether it is a row of a table, which never is a heading.
    """

    text: str
    kind: BlockKind = BlockKind.PARAGRAPH
    level: int = 0
    tabular: bool = False


def heading(text: str, level: int) -> Piece:
    """Returns a heading, or a paragraph if it is too long for a heading."""
    if len(text) > LONGEST_TITLE:
        return Piece(text)
    return Piece(text, BlockKind.HEADING, level)


def one_line(text: str) -> str:
    """Returns a paragraph on one line.

    A line break beside a Chinese character is removed; any other becomes a space. Invisible
    characters are removed.
    """
    text = _UNSEEN.sub("", _SURROGATE.sub("\ufffd", text))
    return " ".join(_BREAK_BESIDE_WIDE.sub("", text).split())


def compose(pieces: Iterable[Piece], *, paged: bool = False) -> LoadedArticle:
    """Returns a text of one line per piece, with its blocks and, if `paged`, its pages."""
    lines: list[str] = []
    blocks: list[Block] = []
    pages = [0]
    position = 0
    for piece in pieces:
        line = one_line(piece.text)
        pages += (position + offset for offset in _page_offsets(piece.text, len(line)))
        if line:
            blocks.append(Block(piece.kind, piece.level, position, position + len(line)))
            lines.append(line)
            position += len(line) + 1
    text = "\n".join(lines)
    # A blank page at the end begins at the end of the text.
    return LoadedArticle(
        text,
        tuple(blocks),
        pages=tuple(min(page, len(text)) for page in pages) if paged else (),
    )


def _page_offsets(text: str, length: int) -> Iterator[int]:
    """Yields where further pages begin in the line that a piece's text becomes."""
    parts = text.split(NEW_PAGE)
    for number in range(1, len(parts)):
        yield length - len(one_line("\n".join(parts[number:])))


def refuse_blank(pieces: Iterable[Piece], detail: str = "There is no text in the file.") -> None:
    """Refuses pieces without text.

    Raises:
        UnreadableFile: there is no text; `detail` says why.
    """
    if not any(one_line(piece.text) for piece in pieces):
        raise UnreadableFile(SkipReason.NO_TEXT, detail)


def with_title(pieces: Sequence[Piece], title: str) -> list[Piece]:
    """Returns the pieces below their title, which is not repeated as a heading."""
    title = one_line(title)[:LONGEST_TITLE].rstrip()
    if not title:
        return list(pieces)
    same = "".join(fold_width(title).split())
    rest = [
        piece
        for number, piece in enumerate(pieces)
        if number > _LOOKED_THROUGH or "".join(fold_width(piece.text).split()) != same
    ]
    return [Piece(title, BlockKind.TITLE), *rest]


_LOOKED_THROUGH = 10
"""Number of pieces at the beginning of a file that may repeat its title."""


def take_title(pieces: Sequence[Piece]) -> tuple[str, list[Piece]]:
    """Returns the title that a file shows, and the pieces without it; empty if there is none.

    The title is the piece marked as such; else the opening of the file, if it is the only heading
    of its level or looks like a headline. An official document has other lines above its title.
    """
    shown = [piece for piece in pieces if one_line(piece.text)]
    first = next((at for at, piece in enumerate(shown) if piece.kind is BlockKind.TITLE), None)
    if first is None and shown and shown[0].kind is BlockKind.HEADING and not _opens(shown):
        return "", list(pieces)
    is_marked = first is not None or bool(shown and shown[0].kind is BlockKind.HEADING)
    opening = shown[first or 0 :][:LOOKED_THROUGH]
    untabular = list(takewhile(lambda piece: not piece.tabular, opening))
    titled = title_lines([fold_width(one_line(piece.text)) for piece in untabular])
    title = opening[titled.start : titled.stop] or opening[: int(is_marked)]
    if not title:
        return "", list(pieces)
    places = set(map(id, title))
    rest = [_without_text(piece) if id(piece) in places else _plain(piece) for piece in pieces]
    return one_line("\n".join(piece.text for piece in title))[:LONGEST_TITLE], rest


def _opens(shown: Sequence[Piece]) -> bool:
    """Whether a file opens with the only heading of its level."""
    return sum(piece.level == shown[0].level for piece in shown) == 1


def _without_text(piece: Piece) -> Piece:
    return Piece(NEW_PAGE * piece.text.count(NEW_PAGE))


def _plain(piece: Piece) -> Piece:
    """Returns a piece that is not the title; a second title becomes a paragraph."""
    return replace(piece, kind=BlockKind.PARAGRAPH) if piece.kind is BlockKind.TITLE else piece


def signed(pieces: Sequence[Piece], author: str) -> list[Piece]:
    """Returns the pieces with their author below the title, unless the text names the author."""
    if (
        not author
        or author.isdigit()
        or is_stopgap(author)
        or any(author in piece.text for piece in pieces)
    ):
        return list(pieces)
    if not pieces or pieces[0].kind is not BlockKind.TITLE:
        return list(pieces)
    under = 1
    while under < len(pieces) and read_metadata(fold_width(one_line(pieces[under].text))):
        under += 1
    return [*pieces[:under], Piece(author, BlockKind.BYLINE), *pieces[under:]]


def is_sentence(line: str) -> bool:
    """Whether a line, its width folded, ends as a sentence does."""
    return _SENTENCE_END.search(line) is not None


def is_stopgap(name: str) -> bool:
    """Whether a name was filled in by a program: Untitled, the name of a file."""
    return _STOPGAP.search(name) is not None


def infer_headings(pieces: Sequence[Piece]) -> list[Piece]:
    """Returns the pieces with headings recognised by their lines, if the file marks none."""
    if any(piece.kind is BlockKind.HEADING for piece in pieces):
        return list(pieces)
    return list(_inferred(pieces))


def _inferred(pieces: Sequence[Piece]) -> Iterator[Piece]:
    lines = [fold_width(one_line(piece.text)) for piece in pieces]
    levels = settled_levels(lines, list(map(_level, pieces, lines)))
    for piece, level in zip(pieces, levels, strict=True):
        yield replace(piece, kind=BlockKind.HEADING, level=level) if level else piece


def _level(piece: Piece, line: str) -> int:
    if piece.kind not in (BlockKind.PARAGRAPH, BlockKind.ITEM) or piece.tabular:
        return 0
    return heading_level(line, indented=piece.kind is BlockKind.ITEM)
