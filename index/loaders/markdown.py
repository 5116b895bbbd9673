"""Reads Markdown with optional YAML front matter.

Every block is a range of the file's text.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.front_matter import front_matter_plugin

from index.analysis.encoding import decode_article
from index.loaders.draft import LoadedArticle
from index.loaders.front_matter import FrontMatter, read_front_matter
from index.loaders.metadata import enrich, signed_at_end
from index.model import Block, BlockKind

LONGEST_HEADING = 200
"""Maximum number of characters. A longer text is no heading, even if it is marked as one."""
_HELD = re.compile(r"[^\s|]")
_QUOTED = frozenset({"paragraph_open", "fence", "code_block", "html_block"})


def load_markdown(content: bytes) -> LoadedArticle:
    """Reads a Markdown file.

    The front matter may name title, source, date and url; without a title there, a first
    heading of level 1 is the title.

    Raises:
        UnreadableFile: the bytes are not text.
    """
    text = decode_article(content)
    parser = MarkdownIt("commonmark").enable("table").disable("inline").use(front_matter_plugin)
    tokens = parser.parse(text)
    blocks = list(_blocks(tokens, text))
    draft = _read_front_matter(tokens, LoadedArticle(text, ()))
    if not draft.title and blocks and blocks[0].kind is BlockKind.HEADING and blocks[0].level == 1:
        title = replace(blocks[0], kind=BlockKind.TITLE, level=0)
        draft = replace(draft, title=text[title.start : title.end])
        blocks[0] = title
    return signed_at_end(enrich(replace(draft, blocks=tuple(blocks))))


def _blocks(tokens: Sequence[Token], text: str) -> Iterator[Block]:
    line_starts = [0, *(match.end() for match in re.finditer("\n", text)), len(text)]
    in_head = False
    for number, token in enumerate(tokens):
        if token.type in ("thead_open", "thead_close"):
            in_head = token.type == "thead_open"
        if token.map is None:
            continue
        first, after = token.map
        start, end = line_starts[first], line_starts[after]
        part = text[start:end]
        if token.type == "tr_open":
            row = part.strip().lstrip("> ")
            content, level = row if _HELD.search(row) else "", 0
            kind = BlockKind.COLUMNS if in_head else BlockKind.PARAGRAPH
        elif token.type == "heading_open":
            content = tokens[number + 1].content
            # A heading of several lines is not found as a whole, so its lines are taken as is.
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


def _read_front_matter(tokens: Sequence[Token], draft: LoadedArticle) -> LoadedArticle:
    if not tokens or tokens[0].type != "front_matter":
        return draft
    # An article with broken front matter is read without metadata.
    front = read_front_matter(tokens[0].content) or FrontMatter()
    return replace(
        draft, title=front.title, source=front.source, published=front.published, url=front.url
    )
