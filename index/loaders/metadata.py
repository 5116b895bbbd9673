"""Finds date, source, bylines and credits among an article's blocks."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from index.analysis.line_roles import LONGEST_HEADING, closing_credit, fold_width, is_byline
from index.analysis.metadata_lines import (
    Metadata,
    closing_editors,
    is_of_an_event,
    is_organisation,
    read_cells,
    read_closing,
    read_dateline,
    read_day_and_name,
    read_metadata,
)
from index.loaders.draft import LoadedArticle
from index.model import Block, BlockKind

_HEAD_LINES = 10
"""Number of lines at the beginning of a document among which its metadata stands."""
_LONGEST_HEAD_LINE = 80
"""Maximum number of characters; a longer line is text."""
_CLOSING_LINES = 3
"""Number of lines at the end of a document among which it is dated."""
_DAY = re.compile(r"\(?(?:19|20|[一二])\S{2,14}日\)?")
_SENTENCE_ENDS = ("。", "!", "?", "\u2026")


def enrich(draft: LoadedArticle) -> LoadedArticle:
    """Returns the draft with its blocks of metadata and bylines marked, and their values read.

    Values that the draft already has (title, source, date, address) stay.
    """
    folded = fold_width(draft.text)
    known = Metadata(draft.published, draft.source, draft.url)
    known_lines = _metadata_lines(folded, draft.blocks)
    for metadata in known_lines.values():
        known = known.or_else(metadata)
    for block in draft.blocks[:_HEAD_LINES]:
        known = known.or_else(read_cells(folded[block.start : block.end]))
    marked = (
        replace(block, kind=BlockKind.METADATA, level=0) if number in known_lines else block
        for number, block in enumerate(draft.blocks)
    )
    blocks = tuple(_sign(folded, marked))
    opening = next((block for block in blocks if block.kind is BlockKind.PARAGRAPH), None)
    if opening:
        known = known.or_else(read_dateline(folded[opening.start : opening.end]).metadata)
    return replace(
        draft, blocks=blocks, source=known.source, published=known.published, url=known.url
    )


def signed_at_end(draft: LoadedArticle) -> LoadedArticle:
    """Returns the draft with day and office from the end of an official document.

    Values that the draft already has stay.
    """
    folded = fold_width(draft.text)
    lines = [folded[block.start : block.end] for block in draft.blocks]
    last = range(len(lines) - 1, max(0, len(lines) - 1 - _CLOSING_LINES), -1)
    # There may be annexes below the office and the day.
    annexed = (
        at
        for at, line in enumerate(lines)
        if at > 1 and _DAY.fullmatch(line) and is_organisation(lines[at - 1])
    )
    for number in (*last, *annexed):
        metadata = _read_closing_day(lines, number)
        if metadata:
            return replace(
                draft,
                published=draft.published or metadata.published,
                source=draft.source or metadata.source,
            )
    return draft


def _read_closing_day(lines: Sequence[str], number: int) -> Metadata | None:
    """Reads a line that dates a document, below the office that signs it; None for any other."""
    above, below = lines[number - 1], lines[number + 1] if number + 1 < len(lines) else ""
    if is_of_an_event(lines[number], (above, below)):
        return None
    metadata = read_metadata(lines[number])
    if metadata is None or metadata.published is None:
        return None
    return metadata.or_else(Metadata(source=above if is_organisation(above) else ""))


def _metadata_lines(text: str, blocks: Sequence[Block]) -> dict[int, Metadata]:
    """Returns the values of the lines of metadata, by the numbers of their blocks.

    They stand above the first sentence, and at the very end.
    """
    lines = [text[block.start : block.end] for block in blocks[: _HEAD_LINES + 1]]
    by_line: dict[int, Metadata] = {}
    for number, (block, line) in enumerate(zip(blocks, lines[:_HEAD_LINES], strict=False)):
        metadata = None
        if block.kind is not BlockKind.TITLE:
            metadata = _read_head(lines, number) or _read_signatory(lines, number)
        if metadata:
            by_line[number] = metadata
        elif len(line) > _LONGEST_HEAD_LINE or line.endswith(_SENTENCE_ENDS):
            break
    if not any(metadata.published for metadata in by_line.values()):
        by_line |= _only_day_and_name(text, blocks, len(by_line))
    for number in range(len(blocks) - 1, max(0, len(blocks) - 1 - _CLOSING_LINES), -1):
        metadata = read_closing(text[blocks[number].start : blocks[number].end])
        if metadata is None:
            break
        by_line[number] = metadata
    return by_line


def _read_head(lines: Sequence[str], number: int) -> Metadata | None:
    """Reads a line of metadata at the head of a document; None for any other."""
    beside = [*lines[max(0, number - 1) : number], *lines[number + 1 : number + 2]]
    return None if is_of_an_event(lines[number], beside) else read_metadata(lines[number])


def _read_signatory(lines: Sequence[str], number: int) -> Metadata | None:
    """Reads a line that names who publishes a document, above its day; None for any other."""
    if number + 1 == len(lines) or not is_organisation(lines[number]):
        return None
    dated = _read_head(lines, number + 1)
    is_signed = dated is not None and dated.published is not None and not dated.source
    return Metadata(source=lines[number]) if is_signed else None


def _only_day_and_name(text: str, blocks: Sequence[Block], after: int) -> dict[int, Metadata]:
    """Reads a line of a day and a name below the title, if it is the only one: not a chronicle."""
    number = after + (bool(blocks) and blocks[0].kind is BlockKind.TITLE)
    candidates = [
        position
        for position, block in enumerate(blocks)
        if block.end - block.start <= LONGEST_HEADING
        and read_day_and_name(text[block.start : block.end])
    ]
    if candidates != [number]:
        return {}
    metadata = read_day_and_name(text[blocks[number].start : blocks[number].end])
    return {number: metadata} if metadata else {}


def _sign(text: str, blocks: Iterable[Block]) -> Iterator[Block]:
    under_heading = True
    for block in blocks:
        line = text[block.start : block.end]
        if block.kind in (BlockKind.TITLE, BlockKind.METADATA):
            under_heading |= block.kind is BlockKind.TITLE
            yield block
        elif under_heading and is_byline(line):
            yield replace(block, kind=BlockKind.BYLINE, level=0)
        elif block.kind is BlockKind.HEADING:
            under_heading = True
            yield block
        else:
            under_heading = False
            yield from _split_signatures(block, line)


def _split_signatures(paragraph: Block, line: str) -> Iterator[Block]:
    """Yields a paragraph without its closing credit and editors, then these."""
    editors = closing_editors(line)
    credit = closing_credit(line[:editors].rstrip())
    if credit == len(line):
        yield paragraph
        return
    body, signature = line[:credit].rstrip(), line[credit:editors].rstrip()
    if body:
        yield replace(paragraph, end=paragraph.start + len(body))
    if signature:
        start = paragraph.start + credit
        yield Block(BlockKind.BYLINE, 0, start, start + len(signature))
    if editors < len(line):
        yield Block(BlockKind.METADATA, 0, paragraph.start + editors, paragraph.end)
