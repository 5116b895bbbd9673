"""An article that is brought is parsed once: what tells of it at once is what the build takes."""

from datetime import date
from pathlib import Path

import pytest

from index import FrontMatter, IndexSettings, build, keep_article, open_library
from index.loaders.draft import LoadedArticle
from index.loaders.parsed_once import ParsedOnce
from index.loaders.sandbox.client import Confined, Format

PAGE = (
    "<html><head><title>公园</title></head><body><article><h1>公园</h1>{}</article></body></html>"
)
TEXT = "<p>人民公园的荷花六月开放,公园占地三十公顷,免费向市民开放。</p>"


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[Format]:
    """The formats of what has been parsed so far."""
    formats: list[Format] = []
    load = Confined.load

    def noting(self: Confined, format: Format, content: bytes) -> LoadedArticle:
        formats.append(format)
        return load(self, format, content)

    monkeypatch.setattr(Confined, "load", noting)
    return formats


def build_all(settings: IndexSettings, full: bool = False) -> None:
    for _ in build(settings, full):
        pass


def test_a_page_that_is_brought_is_parsed_once(tmp_path: Path, parsed: list[Format]) -> None:
    settings = IndexSettings(seeds=tmp_path / "seeds", data=tmp_path / "data")
    about = FrontMatter(published=date(2024, 6, 1))
    kept = keep_article(settings, "公园.html", PAGE.format(TEXT).encode(), about)
    build_all(settings)
    assert parsed == [Format.HTML]
    indexed = open_library(settings).article(kept.article.id)
    assert indexed
    assert (indexed.text, indexed.published) == (kept.article.text, about.published)
    build_all(settings, full=True)
    assert parsed == [Format.HTML] * 2


def test_a_file_that_has_changed_since_is_parsed_again(
    tmp_path: Path, parsed: list[Format]
) -> None:
    settings = IndexSettings(seeds=tmp_path / "seeds", data=tmp_path / "data")
    kept = keep_article(settings, "公园.html", PAGE.format(TEXT).encode())
    changed = PAGE.format(TEXT.replace("六月", "七月"))
    (settings.seeds / kept.article.id).write_text(changed, "utf-8")
    build_all(settings)
    assert parsed == [Format.HTML] * 2
    indexed = open_library(settings).article(kept.article.id)
    assert indexed
    assert "七月" in indexed.text


def test_what_was_parsed_is_kept_for_one_reader_and_within_bounds() -> None:
    once = ParsedOnce(most_characters=10)
    old, new = LoadedArticle("一" * 6, ()), LoadedArticle("二" * 6, ())
    once.keep(".html", b"old", old)
    once.keep(".html", b"new", new)
    assert once.take(".html", b"old") is None
    assert once.take(".pdf", b"new") is None
    assert once.take(".html", b"new") is new
    assert once.take(".html", b"new") is None
    once.keep(".html", b"long", LoadedArticle("三" * 11, ()))
    assert once.take(".html", b"long") is None
