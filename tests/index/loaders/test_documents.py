"""A folder of documents of all formats and encodings, as independent programs write them."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from articles import load_article
from documents import SOURCE, Kept, write_documents
from writers import missing_programs, pages_of

from index import Answer, IndexSettings, Library, build, open_library
from index.model import Article, BlockKind

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        bool(missing_programs()),
        reason=f"not installed: {', '.join(missing_programs())}; see tests/install_programs.sh",
    ),
]


@dataclass(frozen=True, slots=True)
class Shelf:
    """The documents, what became of them, and a library of them."""

    folder: Path
    kept: tuple[Kept, ...]
    articles: Mapping[str, Article]
    library: Library
    skipped: tuple[str, ...]


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    base = tmp_path_factory.mktemp("documents")
    folder, workshop = base / "seeds", base / "workshop"
    folder.mkdir()
    workshop.mkdir()
    kept = tuple(write_documents(folder, workshop))
    settings = IndexSettings(seeds=folder, data=base / "data")
    steps = build(settings)
    skipped: tuple[str, ...] = ()
    try:
        while True:
            next(steps)
    except StopIteration as ended:
        skipped = tuple(f"{document.path}: {document.detail}" for document in ended.value.skipped)
    articles = {
        document.name: load_article(folder / document.name, document.name, 10**8)
        for document in kept
    }
    return Shelf(folder, kept, articles, open_library(settings), skipped)


def headings(article: Article) -> list[str]:
    return [
        article.text[block.start : block.end]
        for block in article.blocks
        if block.kind is BlockKind.HEADING
    ]


def test_each_block_begins_a_line_or_follows_a_blank(shelf: Shelf) -> None:
    for article in shelf.articles.values():
        before = {article.text[block.start - 1] for block in article.blocks if block.start}
        assert all(map(str.isspace, before))


def test_there_are_documents_of_all_formats_and_all_become_articles(shelf: Shelf) -> None:
    suffixes = {Path(document.name).suffix for document in shelf.kept}
    assert len(shelf.kept) >= 30
    assert suffixes == {
        *(".txt", ".md", ".html", ".htm", ".xhtml", ".mhtml", ".pdf", ".docx", ".epub")
    }
    assert shelf.skipped == ()


def test_each_has_its_title_its_day_its_source_its_address_and_its_headings(shelf: Shelf) -> None:
    actual = {}
    expected = {}
    for document in shelf.kept:
        article = shelf.articles[document.name]
        actual[document.name] = (
            article.title,
            article.source,
            article.published,
            article.url,
            headings(article),
        )
        expected[document.name] = (
            document.story.title,
            document.source,
            document.published,
            document.url,
            list(document.headings),
        )
    assert actual == expected


def test_the_planted_fact_is_the_first_answer_with_its_page_or_paragraph(shelf: Shelf) -> None:
    for document in shelf.kept:
        answer = shelf.library.ask(document.story.question)
        assert isinstance(answer, Answer), document.name
        first = answer.citations[0]
        assert first.passage.article_id == document.name
        sentence = first.sentence.of(first.passage.text)
        assert document.story.fact in sentence, (document.name, sentence)
        assert first.passage.headings[-1:] == document.headings[1:2], document.name
        if document.paged:
            assert first.page == _page_of(document, shelf.folder), document.name
        else:
            assert first.page is None
            assert first.paragraph > 1


def _page_of(document: Kept, folder: Path) -> int:
    """Returns the page of the fact, as another program reads the file; not the first one."""
    [page] = [
        number
        for number, text in enumerate(pages_of(folder / document.name), 1)
        if document.story.fact in text
    ]
    assert page > 1
    return page


def test_rows_of_tables_are_lines_that_tell_what_they_hold(shelf: Shelf) -> None:
    for document in shelf.kept:
        if document.has_table:
            text = shelf.articles[document.name].text.replace(" ", "")
            assert f"材料：水泥|数量：{document.story.cost + 3}吨|产地：清河" in text, document.name


def test_nothing_of_the_page_around_an_article_is_quoted(shelf: Shelf) -> None:
    for document in shelf.kept:
        text = shelf.articles[document.name].text
        for beside in (
            "首页",
            "更多新闻",
            "版权所有",
            "领导之窗",
            "内部资料",
            "河口县年鉴",
            "file://",
        ):
            assert beside not in text, (document.name, beside)


def test_paragraphs_are_whole(shelf: Shelf) -> None:
    """Line and page breaks within a paragraph are mended, and none is joined to the next."""
    for document in shelf.kept:
        article = shelf.articles[document.name]
        counted = Counter(
            "".join(article.text[block.start : block.end].split())
            for block in article.blocks
            if block.kind is BlockKind.PARAGRAPH
        )
        wanted = Counter(
            "".join(paragraph.split())
            for _, paragraphs in document.story.sections
            for paragraph in paragraphs
        )
        if article.source == SOURCE:  # not in other characters than the story
            assert wanted - counted == Counter(), document.name
