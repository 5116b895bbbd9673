"""Find date, source, bylines and credits among an article's blocks."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

from index.loaders.draft import Draft
from index.loaders.lines import (
    Metadata,
    closing_credit,
    fold_width,
    is_byline,
    read_dateline,
    read_metadata,
)
from index.model import Block, BlockKind

_CLOSING_LINES = 3
"""Lines at the end of a document among which it is dated."""


def enrich(draft: Draft) -> Draft:
    """Turn blocks that hold metadata or a byline into such, and read what they tell.

    What the draft already knows (title, source, date) stays.
    """
    folded = fold_width(draft.text)
    known = Metadata(draft.published, draft.source)
    head, body = _split_head(folded, draft.blocks)
    for block in head:
        known = known.or_else(read_metadata(folded[block.start : block.end]) or Metadata())
    blocks = (*head, *_sign(folded, body))
    opening = next((block for block in blocks if block.kind is BlockKind.PARAGRAPH), None)
    if opening:
        known = known.or_else(read_dateline(folded[opening.start : opening.end]))
    return replace(draft, blocks=blocks, source=known.source, published=known.published)


def closing_date(draft: Draft) -> date | None:
    """The day under an official document, which is signed and dated at its end."""
    for block in draft.blocks[: -_CLOSING_LINES - 1 : -1]:
        told = read_metadata(fold_width(draft.text[block.start : block.end]))
        if told and told.published:
            return told.published
    return None


def _split_head(text: str, blocks: Sequence[Block]) -> tuple[list[Block], Sequence[Block]]:
    """The title and the lines of metadata under it, and the rest."""
    head: list[Block] = []
    for number, block in enumerate(blocks):
        if number == 0 and block.kind is BlockKind.TITLE:
            head.append(block)
        elif read_metadata(text[block.start : block.end]):
            head.append(replace(block, kind=BlockKind.METADATA, level=0))
        else:
            break
    return head, blocks[len(head) :]


def _sign(text: str, blocks: Sequence[Block]) -> Iterator[Block]:
    under_heading = True
    for block in blocks:
        line = text[block.start : block.end]
        if under_heading and is_byline(line):
            yield replace(block, kind=BlockKind.BYLINE, level=0)
        elif block.kind is BlockKind.HEADING:
            under_heading = True
            yield block
        else:
            under_heading = False
            yield from _split_credit(block, line)


def _split_credit(paragraph: Block, line: str) -> Iterator[Block]:
    """A paragraph without the credit that closes it, then the credit."""
    credit = closing_credit(line)
    body = line[:credit].rstrip()
    if body:
        yield replace(paragraph, end=paragraph.start + len(body))
    if credit < len(line):
        yield Block(BlockKind.BYLINE, 0, paragraph.start + credit, paragraph.end)
