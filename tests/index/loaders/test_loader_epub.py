"""Which EPUB book becomes which article."""

from datetime import date
from pathlib import Path

import pytest
from documents import HEADINGS, SOURCE, story, write_book
from hostile_files import archive, members

from index import SkipReason, UnreadableFile
from index.loaders.epub import load_epub
from index.model import BlockKind


@pytest.fixture
def book(tmp_path: Path) -> bytes:
    write_book(story(0), tmp_path / "book.epub")
    return (tmp_path / "book.epub").read_bytes()


def test_each_chapter_stands_under_its_heading(book: bytes) -> None:
    draft = load_epub(book)
    headings = [
        draft.text[block.start : block.end]
        for block in draft.blocks
        if block.kind is BlockKind.HEADING
    ]
    assert (draft.title, draft.source) == (story(0).title, SOURCE)
    assert draft.published == date(2017, 11, 27)
    assert tuple(headings) == HEADINGS
    assert story(0).fact in draft.text


def test_a_chapter_without_a_heading_is_named_by_its_file(book: bytes) -> None:
    held = {
        name: content.replace(b"<h2>", b"<p>").replace(b"</h2>", b"</p>")
        for name, content in members(book).items()
    }
    draft = load_epub(archive(held))
    first = next(block for block in draft.blocks if block.kind is BlockKind.HEADING)
    assert draft.text[first.start : first.end] == HEADINGS[0]


def test_a_chapter_that_is_no_xml_is_read_as_browsers_do(book: bytes) -> None:
    held = {
        name: content.replace(b"</p>", b"<br>") if name.endswith("xhtml") else content
        for name, content in members(book).items()
    }
    assert story(0).fact in load_epub(archive(held)).text


def test_a_book_that_is_protected_is_said_to_be(book: bytes) -> None:
    rights = (
        b'<encryption><EncryptedData><EncryptionMethod Algorithm="http://www.w3.org/x#aes"/>'
        b"</EncryptedData></encryption>"
    )
    with pytest.raises(UnreadableFile) as caught:
        load_epub(archive(members(book) | {"META-INF/encryption.xml": rights}))
    assert caught.value.reason is SkipReason.ENCRYPTED


def test_a_chapter_outside_of_the_book_is_not_looked_for(book: bytes) -> None:
    held = members(book)
    package = held["OEBPS/book.opf"].decode().replace('href="%', 'href="../../../../etc/%')
    with pytest.raises(UnreadableFile) as caught:
        load_epub(archive(held | {"OEBPS/book.opf": package.encode()}))
    assert caught.value.reason is SkipReason.NO_TEXT


def test_terms_and_lists_of_a_chapter_are_items(book: bytes) -> None:
    lists = "<dl><dt>出版</dt><dd>2017</dd></dl><ul><li>甲</li><li>乙</li></ul></body>".encode()
    held = {
        name: content.replace(b"</body>", lists) if name.endswith("xhtml") else content
        for name, content in members(book).items()
    }
    draft = load_epub(archive(held))
    items = [draft.text[b.start : b.end] for b in draft.blocks if b.kind is BlockKind.ITEM]
    assert items[:3] == ["出版\uff1a2017", "甲", "乙"]
