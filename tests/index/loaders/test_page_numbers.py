"""Articles with pages: a citation names the page of the sentence it marks."""

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from articles import article_of
from desk_fakes import a_citation
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter
from small_libraries import finish, run_python, write_checksums_again, write_seeds

from bot.texts.catalogue import Texts
from bot.texts.citations import cited, where
from index import Answer, Citation, IndexSettings, Library, build, open_library
from index.analysis.encoding import decode
from index.analysis.passages import split_article
from index.loaders import LOADERS
from index.loaders.draft import LoadedArticle
from index.loaders.plain import structure
from index.storage.generations import current_generation

PAGE_END = "\n\x0c"
FIRST = "白河镇志\n\n\u3000\u3000石桥位于白河镇东头,长86米,建于清朝。"
SECOND = "修桥由老石匠周大山主持,花费五十万元。"
THIRD = "\u3000\u3000图书馆新增座位400个。馆长名叫陈静。"
PAGES = PAGE_END.join((FIRST, SECOND, THIRD))


def load_paged(content: bytes) -> LoadedArticle:
    """Returns a plain text whose pages end with a form feed."""
    text = decode(content)
    starts = [place + 1 for place, character in enumerate(text) if character == PAGE_END[-1]]
    return replace(structure(text), pages=(0, *starts))


@pytest.fixture
def paged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> IndexSettings:
    """Settings of a library of one article with three pages and one without any."""
    monkeypatch.setitem(LOADERS, ".paged", load_paged)
    settings = write_seeds(tmp_path, {"志.paged": PAGES, "灯.txt": "路灯由马志远安装。"})
    finish(build(settings))
    return settings


def first_citation(library: Library, question: str) -> Citation:
    result = library.ask(question)
    assert isinstance(result, Answer), result
    return result.citations[0]


# Which page a place is on


@given(pages=st.lists(st.text("甲乙。\n", max_size=300), min_size=1, max_size=8))
def test_each_character_of_a_passage_is_on_the_page_where_the_loader_had_it(
    pages: list[str],
) -> None:
    """Also where pages are blank, and where a passage goes over several."""
    text = "".join(pages)
    starts = tuple(sum(map(len, pages[:number])) for number in range(len(pages)))
    page_of = [number for number, page in enumerate(pages, 1) for _ in page]
    article = replace(article_of(structure(text or "。")), pages=starts) if text.strip() else None
    for passage in split_article(article, 0) if article else []:
        page_numbers = [passage.page_at(offset) for offset in range(len(passage.text))]
        assert page_numbers == page_of[passage.start : passage.end]


def test_a_passage_of_an_article_without_pages_is_on_none() -> None:
    for passage in split_article(article_of(structure(FIRST)), 0):
        assert (passage.page, passage.page_breaks, passage.page_at(0)) == (0, (), None)


# What a citation says


@pytest.mark.parametrize(
    ("question", "page"),
    [("石桥多长", 1), ("修桥由谁主持", 2), ("修桥花费多少", 2), ("图书馆馆长是谁", 3)],
)
def test_a_citation_names_the_page_of_its_sentence(
    paged: IndexSettings, question: str, page: int
) -> None:
    """Though the passage begins on another page."""
    citation = first_citation(open_library(paged), question)
    assert citation.page == page
    assert citation.passage.page == 1


def test_an_article_without_pages_is_cited_by_its_paragraph(paged: IndexSettings) -> None:
    assert first_citation(open_library(paged), "路灯由谁安装").page is None


@pytest.mark.parametrize(("locale", "line"), [("zh", "第3页"), ("en", "page 3")])
def test_in_a_chat_the_page_stands_where_else_the_paragraph_does(locale: str, line: str) -> None:
    texts = Texts.load("zh" if locale == "zh" else "en")
    paged, plain = replace(a_citation(), page=3), a_citation()
    assert where(paged, texts)[-1] == line
    assert where(paged, texts)[:-1] == where(plain, texts)[:-1]
    assert line in cited(paged, texts)
    assert line not in cited(plain, texts)


def test_the_command_line_tells_the_page(paged: IndexSettings) -> None:
    folder = paged.data.parent
    ended = run_python("-m", "index", "ask", "修桥由谁主持", "--json", folder=folder)
    assert json.loads(ended.stdout)["citations"][0]["page"] == 2
    assert "志.paged, page 2, characters" in run_python(
        "-m", "index", "ask", "修桥由谁主持", folder=folder
    ).stdout.decode("utf-8")
    ended = run_python("-m", "index", "ask", "路灯由谁安装", "--json", folder=folder)
    assert json.loads(ended.stdout)["citations"][0]["page"] is None


# What a generation keeps


def test_an_article_keeps_its_pages(paged: IndexSettings) -> None:
    article = open_library(paged).article("志.paged")
    assert article
    assert article.text == PAGES
    assert [article.text[start : start + 4] for start in article.pages] == [
        "白河镇志",
        "修桥由老",
        "\u3000\u3000图书",
    ]
    assert list(open_library(paged).faults()) == []


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE article SET pages = '[1, 5, 9]' WHERE pages != '[]'",
        "UPDATE article SET pages = '[0, 9, 5]' WHERE pages != '[]'",
        "UPDATE article SET pages = '[0, 5, 999]' WHERE pages != '[]'",
        "UPDATE article SET pages = '[0, 5, \"9\"]' WHERE pages != '[]'",
        "UPDATE passage SET page = page + 1",
        "UPDATE passage SET page_breaks = '[1, 2, 3, 4]'",
    ],
)
def test_pages_that_do_not_fit_their_text_are_faults(paged: IndexSettings, change: str) -> None:
    """Even where the files are what was written."""
    folder = current_generation(paged.data)
    with closing(sqlite3.connect(folder / "library.db")) as database, database:
        assert database.execute(change).rowcount
    write_checksums_again(folder)
    assert list(open_library(paged).faults())


def test_a_citation_that_was_kept_before_there_were_pages_is_still_read() -> None:
    """What a chat keeps of an answer outlives a new version of the program."""
    adapter = TypeAdapter(Citation)
    kept = json.loads(adapter.dump_json(a_citation()))
    del kept["page"]
    for newer in ("page", "page_breaks"):
        del kept["passage"][newer]
    assert adapter.validate_json(json.dumps(kept)) == a_citation()
