"""Markdown with optional YAML front matter; every block stays a range of the file's text."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.front_matter import front_matter_plugin

from index.front import Front
from index.loaders.draft import Draft
from index.loaders.encoding import decode
from index.loaders.enrich import enrich
from index.loaders.front_matter import read_front_matter
from index.model import Block, BlockKind

LONGEST_HEADING = 200
"""Characters. What is longer heads nothing, whatever its marks say."""
_QUOTED = frozenset({"paragraph_open", "fence", "code_block", "html_block", "table_open"})


def load_markdown(content: bytes) -> Draft:
    """Read a Markdown file.

    The front matter may name title, source, date and url; without a title there, a first
    heading of level 1 is the title.

    Raises:
        UnreadableFile: the bytes are no text.
    """
    text = decode(content)
    parser = MarkdownIt("commonmark").enable("table").disable("inline").use(front_matter_plugin)
    tokens = parser.parse(text)
    blocks = list(_blocks(tokens, text))
    draft = _read_front_matter(tokens, Draft(text, ()))
    if not draft.title and blocks and blocks[0].kind is BlockKind.HEADING and blocks[0].level == 1:
        title = replace(blocks[0], kind=BlockKind.TITLE, level=0)
        draft = replace(draft, title=text[title.start : title.end])
        blocks[0] = title
    return enrich(replace(draft, blocks=tuple(blocks)))


def _blocks(tokens: Sequence[Token], text: str) -> Iterator[Block]:
    line_starts = [0]
    for line in text.split("\n"):
        line_starts.append(line_starts[-1] + len(line) + 1)
    for number, token in enumerate(tokens):
        if token.map is None:
            continue
        start, end = line_starts[token.map[0]], min(line_starts[token.map[1]], len(text))
        part = text[start:end]
        if token.type == "heading_open":
            content = tokens[number + 1].content
            # A heading over several lines is not found as a whole: its lines are taken as they are.
            content = (content if content in part else part).strip()
            kind, level = BlockKind.HEADING, int(token.tag[1:])
            if len(content) > LONGEST_HEADING:
                kind, level = BlockKind.PARAGRAPH, 0
        elif token.type in _QUOTED:
            content, kind, level = part.strip(), BlockKind.PARAGRAPH, 0
        else:
            continue
        if content:
            start += part.index(content)
            yield Block(kind, level, start, start + len(content))


def _read_front_matter(tokens: Sequence[Token], draft: Draft) -> Draft:
    if not tokens or tokens[0].type != "front_matter":
        return draft
    # Broken front matter costs the article its metadata, not its place in the index.
    front = read_front_matter(tokens[0].content) or Front()
    return replace(
        draft, title=front.title, source=front.source, published=front.published, url=front.url
    )
