"""Rows of an index: an article is read back whole, or with the blocks of a range."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from index.indexing.index_article import _article_row
from index.model import Article, Block, BlockKind, Span
from index.storage.rows import stored_article


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(1, 5), st.sampled_from(BlockKind))), st.data()
)
def test_with_a_range_an_article_has_the_blocks_that_reach_into_it(
    drawn: list[tuple[int, int, BlockKind]], data: st.DataObject
) -> None:
    blocks: list[Block] = []
    at = 0
    for gap, length, kind in drawn:
        blocks.append(Block(kind, len(blocks) % 3, at + gap, at + gap + length))
        at += gap + length
    article = Article("a", "题", "", None, "", "0" * 64, "城" * at, tuple(blocks))
    start, end = sorted(data.draw(st.tuples(st.integers(0, at), st.integers(0, at))))
    row = _article_row(article)
    assert stored_article(row) == article
    texts: list[str] = []

    def window(text: str) -> Span:
        texts.append(text)
        return Span(start, end)

    shown = tuple(block for block in blocks if block.start < end and start < block.end)
    assert stored_article(row, window) == replace(article, blocks=shown)
    assert texts == [article.text]
