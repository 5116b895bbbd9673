"""Markdown with optional YAML front matter.

Every block stays a range of the file's text, in which only tables are written anew, row by row.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.front_matter import front_matter_plugin

from index.analysis.encoding import decode_article
from index.loaders.draft import LoadedArticle
from index.loaders.front_matter import FrontMatter, read_front_matter
from index.loaders.metadata import enrich, signed_at_end
from index.loaders.pieces import one_line
from index.loaders.tables import Cell, table_pieces
from index.model import Block, BlockKind, Span

LONGEST_HEADING = 200
"""Characters. What is longer heads nothing, whatever its marks say."""
_QUOTED = frozenset({"paragraph_open", "fence", "code_block", "html_block"})
_CELLS = frozenset({"th_open", "td_open"})


def load_markdown(content: bytes) -> LoadedArticle:
    """Read a Markdown file.

    The front matter may name title, source, date and url; without a title there, a first
    heading of level 1 is the title.

    Raises:
        UnreadableFile: the bytes are no text.
    """
    text = decode_article(content)
    parser = MarkdownIt("commonmark").enable("table").disable("inline").use(front_matter_plugin)
    tokens = parser.parse(text)
    page = _with_readable_tables(text, tokens)
    blocks = list(_blocks(tokens, page))
    draft = _read_front_matter(tokens, LoadedArticle(page.text, ()))
    if not draft.title and blocks and blocks[0].kind is BlockKind.HEADING and blocks[0].level == 1:
        title = replace(blocks[0], kind=BlockKind.TITLE, level=0)
        draft = replace(draft, title=page.text[title.start : title.end])
        blocks[0] = title
    return signed_at_end(enrich(replace(draft, blocks=tuple(blocks))))


@dataclass(slots=True)
class _Page:
    """A text whose tables are lines that can be read.

    Attributes:
        line_starts: where the lines of the file begin in it; of those of a table only the first
            and the one after the last count.
        rows: of tables, by the numbers of the lines of the file where these begin.
    """

    text: str = ""
    line_starts: list[int] = field(default_factory=list)
    rows: dict[int, list[Span]] = field(default_factory=dict)


def _with_readable_tables(text: str, tokens: Sequence[Token]) -> _Page:
    tables = dict(_tables(tokens))
    page = _Page()
    written: list[str] = []
    position = skipped_to = 0
    for number, line in enumerate(text.split("\n")):
        page.line_starts.append(position)
        if number < skipped_to:
            continue
        shown = [line]
        if number in tables:
            skipped_to, shown = tables[number]
            page.rows[number] = []
        for row in shown:
            if number in tables:
                page.rows[number].append(Span(position, position + len(row)))
            written.append(row)
            position += len(row) + 1
    page.line_starts.append(position)
    page.text = "\n".join(written)
    return page


def _tables(tokens: Sequence[Token]) -> Iterator[tuple[int, tuple[int, list[str]]]]:
    """The number of the line where a table begins, of the one after its end, and its rows."""
    rows: list[list[Cell]] = []
    first = end = 0
    for number, token in enumerate(tokens):
        if token.type == "table_open" and token.map:
            (first, end), rows = token.map, []
        elif token.type == "tr_open":
            rows.append([])
        elif token.type in _CELLS:
            rows[-1].append(Cell(tokens[number + 1].content, heads=token.type == "th_open"))
        elif token.type == "table_close":
            yield first, (end, [one_line(piece.text) for piece in table_pieces(rows)])


def _blocks(tokens: Sequence[Token], page: _Page) -> Iterator[Block]:
    for number, token in enumerate(tokens):
        if token.map is None:
            continue
        first, after = token.map
        start, end = page.line_starts[first], min(page.line_starts[after], len(page.text))
        part = page.text[start:end]
        if token.type == "table_open":
            rows = page.rows[first]
            yield from (Block(BlockKind.PARAGRAPH, 0, row.start, row.end) for row in rows)
            continue
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


def _read_front_matter(tokens: Sequence[Token], draft: LoadedArticle) -> LoadedArticle:
    if not tokens or tokens[0].type != "front_matter":
        return draft
    # Broken front matter costs the article its metadata, not its place in the index.
    front = read_front_matter(tokens[0].content) or FrontMatter()
    return replace(
        draft, title=front.title, source=front.source, published=front.published, url=front.url
    )
