"""The place of a cited passage in its article, and the text around it."""

from dataclasses import dataclass

from index import Article, Citation, Span

BLOCKS_AROUND = 2


@dataclass(frozen=True, slots=True)
class PassageContext:
    """The article around a cited passage.

    Attributes:
        citation: what was cited.
        article: the whole article.
        passage: the range of the passage in the article's text.
        around: a range of the article's text that holds the passage and the blocks near it.
    """

    citation: Citation
    article: Article
    passage: Span
    around: Span

    @property
    def sentence(self) -> Span:
        """The range of the marked sentence in the article's text."""
        return self.citation.sentence.shifted(self.passage.start)


def locate(citation: Citation, article: Article) -> PassageContext | None:
    """Returns the place of a cited passage in the current article; None if it is no longer
    there."""
    passage = _find(citation, article)
    return (
        PassageContext(citation, article, passage, _around(article, passage)) if passage else None
    )


def _find(citation: Citation, article: Article) -> Span | None:
    """Returns where the quoted text is now: the article may have been indexed again since."""
    cited = Span(citation.passage.start, citation.passage.end)
    if cited.of(article.text) == citation.passage.text:
        return cited
    start = article.text.find(citation.passage.text)
    return Span(start, start + len(citation.passage.text)) if start >= 0 else None


def _around(article: Article, passage: Span) -> Span:
    """Returns the range of the passage's blocks and a few before and after."""
    touched = [
        number
        for number, block in enumerate(article.blocks)
        if block.start < passage.end and passage.start < block.end
    ]
    if not touched:
        return passage
    first = article.blocks[max(0, touched[0] - BLOCKS_AROUND)]
    last = article.blocks[min(len(article.blocks) - 1, touched[-1] + BLOCKS_AROUND)]
    return Span(min(first.start, passage.start), max(last.end, passage.end))
