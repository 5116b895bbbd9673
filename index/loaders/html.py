"""Web pages: the main text, and what the page says of itself."""

import re
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from itertools import islice

import trafilatura
from lxml import etree, html
from trafilatura.settings import DEFAULT_CONFIG, Document

from index.errors import SkipReason, UnreadableFile
from index.loaders.composing import Piece, compose, infer_headings, one_line, with_title
from index.loaders.draft import Draft
from index.loaders.encoding import decode, decode_as
from index.loaders.enrich import enrich
from index.loaders.lines import Metadata, fold_width, is_publisher, read_author, read_metadata
from index.loaders.main_element import main_element
from index.loaders.markup import markup_pieces
from index.loaders.values import day, single_line, web_address
from index.model import BlockKind

_HEAD_BYTES = 4096
"""Where a page names its encoding, and a browser the address that it was saved from."""
_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
_XML_CHARSET = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]{1,40})")
_XML_DECLARATION = re.compile(r"\s*<\?xml[^>]{0,500}\?>")
_SAVED_FROM = re.compile(r"<!--\s*saved from url=\(\d{1,6}\)(\S{1,2000})\s")

_READ_AS = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "big5": "big5hkscs",
    "iso-8859-1": "utf-8",
    "us-ascii": "utf-8",
}
"""Encodings as browsers read them: pages hold more characters than in the one that they name."""

_TITLE_SEPARATOR = re.compile(r"\s*[-_|\u2014\u2013\uff5c]+\s*")
_LABEL = re.compile(
    r"(?<=\S)(?<!信息)(?<!责任)(?<!发布)"
    r"(?=(?:来源|信息来源|稿源|出处|作者|编辑|责任编辑|责编|发布时间|发布日期|时间|日期):)"
)
_LONGEST_PRINTED = 100
"""Characters of a line of metadata; the first longer one begins the article."""
_PRINTED_LINES = 40
"""Lines of a page around its title among which its date and its source are printed."""


@dataclass(frozen=True, slots=True)
class _About:
    """What a page says of itself; empty where it does not."""

    title: str
    author: str
    told: Metadata
    url: str


def load_html(content: bytes) -> Draft:
    """Read a web page as a server sends it, or as a browser saves it.

    Raises:
        UnreadableFile: the bytes are no text, or the page holds no text to be read.
    """
    return load_page(content)


def load_page(content: bytes, address: str = "", encoding: str = "") -> Draft:
    """Read a web page.

    Args:
        address: where it was saved from, if that is known.
        encoding: in which it was sent, if that is known.

    Raises:
        UnreadableFile: the bytes are no text, or the page holds no text to be read.
    """
    page = _decode(content, encoding)
    tree = _parse(page)
    extracted = _extract(tree)
    about = _about(tree, page, extracted, address)
    pieces = _pieces(tree, extracted)
    if not pieces:
        raise UnreadableFile(
            SkipReason.NO_TEXT, "There is no text in the page; perhaps a script fills it in."
        )
    draft = compose(_headed(pieces, about))
    return enrich(
        replace(
            draft,
            title=about.title,
            source=about.told.source,
            published=about.told.published,
            url=about.url,
        )
    )


def _decode(content: bytes, encoding: str) -> str:
    named = _named_encoding(content[:_HEAD_BYTES])
    for name in (encoding.lower(), named):
        text = decode_as(content, _READ_AS.get(name, name)) if name else None
        if text is not None and "\x00" not in text:
            return text
    return decode(content)


def _named_encoding(head: bytes) -> str:
    if head.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")):
        return ""  # a byte order mark comes before what is named
    found = _CHARSET.search(head) or _XML_CHARSET.match(head.lstrip())
    return found[1].decode("ascii").lower() if found else ""


def _parse(page: str) -> html.HtmlElement:
    # The text is decoded already: what the page says of its encoding holds no longer.
    parser = html.HTMLParser(encoding="utf-8", remove_pis=True, huge_tree=False)
    encoded = _XML_DECLARATION.sub("", page, count=1).encode("utf-8", "replace")
    try:
        return html.document_fromstring(encoded, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError) as error:
        raise UnreadableFile(SkipReason.NO_TEXT, "There is no text in the page.") from error


def _extract(tree: html.HtmlElement) -> Document | None:
    config = deepcopy(DEFAULT_CONFIG)
    # A date that is only guessed from the text is worse than none; and short pages are articles.
    config["DEFAULT"].update(
        {"EXTENSIVE_DATE_SEARCH": "off", "MIN_EXTRACTED_SIZE": "20", "MIN_FILE_SIZE": "0"}
    )
    extracted = trafilatura.bare_extraction(
        deepcopy(tree), fast=True, with_metadata=True, include_comments=False, config=config
    )
    return extracted if isinstance(extracted, Document) else None


def _pieces(tree: html.HtmlElement, extracted: Document | None) -> list[Piece]:
    body = tree.find("body")
    body = tree if body is None else body
    everything = deepcopy(body)
    found = extracted.body.itertext() if extracted and extracted.body is not None else ()
    main = list(markup_pieces(main_element(body, found)))
    return infer_headings(main or list(markup_pieces(everything)))


def _about(tree: html.HtmlElement, page: str, extracted: Document | None, address: str) -> _About:
    found = extracted or Document()
    title = single_line(found.title) or single_line(tree.findtext(".//title"))
    lines = list(islice(_printed_lines(tree, title), _PRINTED_LINES))
    printed = Metadata()
    for line in lines:
        printed = printed.or_else(read_metadata(line) or Metadata())
    saved = _SAVED_FROM.search(page[:_HEAD_BYTES])
    # A reprint names the paper that it comes from, and the site only in its head.
    source = printed.source or _meta(tree, "og:site_name") or _publisher(tree)
    return _About(
        title=title,
        author=_author(tree, lines) or single_line(found.author),
        told=Metadata(day(found.date), source or single_line(found.sitename)).or_else(printed),
        url=_canonical(tree)
        or web_address(found.url)
        or address
        or web_address(saved and saved[1]),
    )


def _canonical(tree: html.HtmlElement) -> str:
    for link in tree.iter("link"):
        if "canonical" in (link.get("rel") or "").lower().split():
            return web_address(link.get("href"))
    return web_address(_meta(tree, "og:url"))


def _meta(tree: html.HtmlElement, name: str) -> str:
    """The first value that the page gives under a name; empty where it gives none."""
    for element in tree.iter("meta"):
        if name in (element.get("name"), element.get("property"), element.get("itemprop")):
            return single_line(element.get("content"))
    return ""


def _publisher(tree: html.HtmlElement) -> str:
    """Who published the page, where its title in the browser ends with the name."""
    last = _TITLE_SEPARATOR.split(single_line(tree.findtext(".//title")))
    return last[-1] if len(last) > 1 and is_publisher(last[-1]) else ""


def _author(tree: html.HtmlElement, lines: Sequence[str]) -> str:
    printed = (read_author(line) for line in lines)
    return next(filter(None, printed), "") or _meta(tree, "author")


def _printed_lines(tree: html.HtmlElement, title: str) -> Iterator[str]:
    """The short lines between the title and the first paragraph."""
    lines = [fold_width(one_line(piece.text)) for piece in markup_pieces(tree)]
    folded = fold_width(title)
    first = lines.index(folded) + 1 if folded in lines else 0
    for line in lines[first:]:
        if len(line) > _LONGEST_PRINTED:
            return
        # Elements beside each other on the screen need no white space between them.
        yield _LABEL.sub(" ", line)


def _headed(pieces: Sequence[Piece], about: _About) -> list[Piece]:
    """The pieces under the title and the author, who may be named nowhere else in the text."""
    titled = with_title(pieces, about.title)
    named = about.author and not any(about.author in piece.text for piece in pieces)
    if not named or titled[0].kind is not BlockKind.TITLE:
        return titled
    return [titled[0], Piece(about.author, BlockKind.BYLINE), *titled[1:]]
