"""Reads EPUB books: their chapters in reading order."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from posixpath import dirname, join, normpath
from urllib.parse import unquote
from zipfile import BadZipFile, ZipFile
from zlib import error as ZlibError  # noqa: N812 - named like other errors

from lxml import etree, html

from index.analysis.clean_values import day, single_line
from index.analysis.encoding import decode
from index.errors import SkipReason, UnreadableFile
from index.loaders.draft import LoadedArticle
from index.loaders.html_pieces import local_name, markup_pieces
from index.loaders.metadata import enrich
from index.loaders.pieces import (
    LONGEST_TITLE,
    Piece,
    compose,
    heading,
    infer_headings,
    is_stopgap,
    one_line,
    refuse_blank,
    signed,
    take_title,
    with_title,
)
from index.loaders.zip_packages import broken, open_package, parse_xml
from index.model import BlockKind

_CONTAINER = "META-INF/container.xml"
_RIGHTS = "META-INF/encryption.xml"
_CHAPTERS = frozenset({"application/xhtml+xml", "text/html"})
_FONTS = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
"""Algorithms that only hide fonts; the text can be read."""


@dataclass(frozen=True, slots=True)
class _Book:
    """The package document of a book.

    Attributes:
        title, author, publisher, published: as written there.
        chapters: the names of the archive's members that hold chapters, in reading order.
    """

    title: str
    author: str
    publisher: str
    published: str
    chapters: tuple[str, ...]


def load_epub(content: bytes) -> LoadedArticle:
    """Reads an EPUB book; each chapter stands under a heading.

    Raises:
        UnreadableFile: it is not an EPUB book, it is damaged or protected, or it holds no text.
    """
    with open_package(content) as package:
        try:
            book = _read_book(package)
            pieces = [piece for name in book.chapters for piece in _chapter(package, name)]
        except (BadZipFile, ZlibError, EOFError, NotImplementedError) as error:
            raise broken("A part of the book cannot be unpacked.") from error
    refuse_blank(pieces)
    title = book.title
    if not title or is_stopgap(title):
        title, pieces = take_title(pieces)
    pieces = signed(infer_headings(with_title(pieces, title)), book.author)
    draft = enrich(replace(compose(pieces), title=title[:LONGEST_TITLE]))
    return replace(
        draft,
        source=book.publisher or draft.source,
        published=draft.published or day(book.published),
    )


def _read_book(package: ZipFile) -> _Book:
    names = set(package.namelist())
    if _RIGHTS in names and _is_protected(package.read(_RIGHTS)):
        raise UnreadableFile(SkipReason.ENCRYPTED, "The book is protected against copying.")
    if _CONTAINER not in names:
        raise broken("It is no EPUB book.")
    paths = [
        element.get("full-path", "")
        for element in parse_xml(package.read(_CONTAINER)).iter()
        if local_name(element) == "rootfile"
    ]
    if not paths or paths[0] not in names:
        raise broken("The list of its contents is missing.")
    root = parse_xml(package.read(paths[0]))
    return _Book(
        title=_book_value(root, "title"),
        author=_book_value(root, "creator"),
        publisher=_book_value(root, "publisher"),
        published=_book_value(root, "date"),
        chapters=tuple(name for name in _spine(root, dirname(paths[0])) if name in names),
    )


def _is_protected(rights: bytes) -> bool:
    methods = [
        element.get("Algorithm", "")
        for element in parse_xml(rights).iter()
        if local_name(element) == "encryptionmethod"
    ]
    return any(method not in _FONTS for method in methods)


def _book_value(root: etree._Element, name: str) -> str:
    """Returns the first value of the book's metadata under a name; empty if there is none."""
    for element in root.iter():
        if local_name(element) == name:
            value = single_line("".join(element.itertext()))
            if value:
                return value
    return ""


def _spine(root: etree._Element, folder: str) -> Iterator[str]:
    items = {
        element.get("id", ""): element
        for element in root.iter()
        if local_name(element) == "item" and element.get("media-type") in _CHAPTERS
    }
    for element in root.iter():
        item = items.get(element.get("idref", "")) if local_name(element) == "itemref" else None
        if item is not None and "nav" not in item.get("properties", "").split():
            yield normpath(join(folder, unquote(item.get("href", ""))))


def _chapter(package: ZipFile, name: str) -> Iterator[Piece]:
    """Yields the pieces of a chapter, with its file's title as heading if it has no heading."""
    content = package.read(name)
    if not content.strip():
        return
    root = _parse(content)
    pieces = list(markup_pieces(root))
    titles = [element for element in root.iter() if local_name(element) == "title"]
    named = one_line("".join(titles[0].itertext())) if titles else ""
    if named and pieces and not any(piece.kind is BlockKind.HEADING for piece in pieces):
        yield heading(named, 1)
    yield from pieces


def _parse(content: bytes) -> etree._Element:
    try:
        return parse_xml(content)
    except UnreadableFile:
        # Some books hold pages that are not valid XML.
        parser = html.HTMLParser(encoding="utf-8")
        return html.document_fromstring(decode(content).encode(), parser=parser)
