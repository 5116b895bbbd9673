"""Reads web pages: their main text and their metadata."""

import re
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from itertools import takewhile

import trafilatura
from lxml import etree, html
from trafilatura.settings import DEFAULT_CONFIG, Document

from index.analysis.clean_values import day, single_line, web_address
from index.analysis.encoding import decode, decode_as, decode_mostly
from index.analysis.line_roles import fold_width
from index.analysis.metadata_lines import (
    Metadata,
    read_author,
    read_metadata,
    set_labels_apart,
)
from index.errors import SkipReason, UnreadableFile
from index.loaders.draft import LoadedArticle
from index.loaders.html_main_element import main_element
from index.loaders.html_page_furniture import without_furniture
from index.loaders.html_pieces import markup_pieces
from index.loaders.html_title import below_title, names_site_alone, page_title, site_name
from index.loaders.html_wechat import WeChatPage, read_wechat
from index.loaders.metadata import enrich, signed_at_end
from index.loaders.pieces import (
    Piece,
    compose,
    infer_headings,
    is_stopgap,
    one_line,
    refuse_blank,
    signed,
    take_title,
    with_title,
)

_HEAD_BYTES = 4096
"""Number of bytes in which a page names its encoding, and a browser the address of a saved page."""
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
"""Encodings as browsers read them: pages hold characters that the named encoding lacks."""

_SOURCE_LABEL = re.compile(r"\s*(?:信息|文章|稿件)?来源\s*:\s*")
_NO_NAME = re.compile(
    "举报|版权|公众平台|责任编辑|投诉|登录|注册|首页|打印|分享|关注|点击|admin|原创|佚名|未知|匿名|[,。:]"
)
"""Matches text that pages hold in place of a name."""
_OFFICE = re.compile("office|word|wps", re.IGNORECASE)
"""Matches programs that name the computer's owner as the author."""
_LONGEST_PRINTED = 100
"""Maximum number of characters of a line of metadata; the first longer one begins the article."""
_LINES_ABOVE = 3
"""Number of lines right above the title that may name the source."""
_PRINTED_LINES = 40
"""Number of lines below the title that may name the date and the source."""


@dataclass(frozen=True, slots=True)
class _About:
    """The metadata of a page; empty where it has none."""

    title: str
    author: str
    metadata: Metadata
    url: str


def load_html(content: bytes) -> LoadedArticle:
    """Reads a web page as a server sends it, or as a browser saves it.

    Raises:
        UnreadableFile: the bytes are not text, or the page holds no text to be read.
    """
    return load_page(content)


def load_page(content: bytes, address: str = "", encoding: str = "") -> LoadedArticle:
    """Reads a web page.

    Args:
        address: where it was saved from; empty if unknown.
        encoding: in which it was sent; empty if unknown.

    Raises:
        UnreadableFile: the bytes are not text, or the page holds no text to be read.
    """
    page = _decode(content, encoding)
    tree = _parse(page)
    extracted = _extract(tree)
    wechat = read_wechat(tree, page)
    certain = (wechat.title if wechat else "") or _meta(tree, "ArticleTitle")
    named = certain or _named(tree)
    pieces = without_furniture(_pieces(tree, extracted, wechat, page_title(tree, named, ())))
    refuse_blank(pieces, "There is no text in the page; perhaps a script fills it in.")
    title = certain or page_title(tree, named, pieces)
    pieces = below_title(pieces, title)
    if not named:
        # Then the title is the first heading, if there is one.
        printed, pieces = take_title(pieces)
        title = printed or title
    about = _about(tree, page, extracted, title, address)
    if wechat:
        about = _with_wechat(about, wechat)
    draft = compose(signed(infer_headings(with_title(pieces, title)), about.author))
    draft = enrich(
        replace(
            draft,
            title=about.title,
            source=about.metadata.source,
            published=about.metadata.published,
            url=about.url,
        )
    )
    return signed_at_end(draft)


def _decode(content: bytes, encoding: str) -> str:
    named = [
        _READ_AS.get(name, name)
        for name in (encoding.lower(), _named_encoding(content[:_HEAD_BYTES]))
        if name
    ]
    for name in named if b"\x00" not in content else ():
        text = decode_as(content, name)
        if text is not None:
            return text
    try:
        return decode(content)
    except UnreadableFile:
        # Pages are composed of many parts; browsers also show those with a few broken characters.
        for name in (*named, "utf-8", "gb18030"):
            text = decode_mostly(content, name)
            if text is not None:
                return text
        raise


def _named_encoding(head: bytes) -> str:
    if head.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")):
        return ""  # a byte order mark takes precedence over the named encoding
    declaration = _CHARSET.search(head) or _XML_CHARSET.match(head.lstrip())
    return declaration[1].decode("ascii").lower() if declaration else ""


def _parse(page: str) -> html.HtmlElement:
    # The text is decoded already, so the page's own encoding no longer holds.
    parser = html.HTMLParser(encoding="utf-8", remove_pis=True, huge_tree=False)
    encoded = _XML_DECLARATION.sub("", page, count=1).encode("utf-8", "replace")
    try:
        return html.document_fromstring(encoded, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError) as error:
        if getattr(error, "code", None) == etree.ErrorTypes.ERR_NO_MEMORY:
            raise MemoryError from error
        raise UnreadableFile(SkipReason.NO_TEXT, "There is no text in the page.") from error


def _extract(tree: html.HtmlElement) -> Document | None:
    config = deepcopy(DEFAULT_CONFIG)
    # A date guessed from the text is worse than none; short pages are articles, too.
    config["DEFAULT"].update(
        {"EXTENSIVE_DATE_SEARCH": "off", "MIN_EXTRACTED_SIZE": "20", "MIN_FILE_SIZE": "0"}
    )
    extracted = trafilatura.bare_extraction(
        deepcopy(tree), fast=True, with_metadata=True, include_comments=False, config=config
    )
    return extracted if isinstance(extracted, Document) else None


def _pieces(
    tree: html.HtmlElement, extracted: Document | None, wechat: WeChatPage | None, title: str
) -> list[Piece]:
    if wechat:
        return list(markup_pieces(wechat.content))
    body = tree.find("body")
    body = tree if body is None else body
    everything = deepcopy(body)
    texts = extracted.body.itertext() if extracted and extracted.body is not None else ()
    main = list(markup_pieces(main_element(body, texts, title)))
    return main or list(markup_pieces(everything))


def _about(
    tree: html.HtmlElement, page: str, extracted: Document | None, title: str, address: str
) -> _About:
    document = extracted or Document()
    above, lines = _printed_lines(tree, title)
    printed = Metadata()
    for line in lines:
        printed = printed.or_else(read_metadata(line) or Metadata())
    for line in above:
        # A day above the title may be today's.
        metadata = read_metadata(line) or Metadata()
        printed = printed.or_else(Metadata(source=metadata.source))
    saved = _SAVED_FROM.search(page[:_HEAD_BYTES])
    # A reprint names its paper in the text, and the site only in the page's head.
    site = (
        _name(_meta(tree, "og:site_name", "SiteName"))
        or site_name(single_line(tree.findtext(".//title")))
        or _name(single_line(document.sitename))
    )
    return _About(
        title=title,
        author=_name(_author(tree, lines)) or _name(single_line(document.author)),
        metadata=_official(tree).or_else(printed).or_else(Metadata(day(document.date), site)),
        url=_canonical(tree)
        or web_address(document.url)
        or address
        or web_address(saved and saved[1]),
    )


def _named(tree: html.HtmlElement) -> str:
    """Returns the title in the page's head; empty if there is none, or only a stopgap."""
    names = (single_line(tree.findtext(".//title")), _meta(tree, "og:title"))
    return next((name for name in names if name and not _is_unnamed(name)), "")


def _is_unnamed(name: str) -> bool:
    return is_stopgap(name) or names_site_alone(name)


def _canonical(tree: html.HtmlElement) -> str:
    for link in tree.iter("link"):
        if "canonical" in (link.get("rel") or "").lower().split():
            return web_address(link.get("href"))
    return web_address(_meta(tree, "og:url")) or web_address(_meta(tree, "Url"))


def _meta(tree: html.HtmlElement, *names: str) -> str:
    """Returns the first value of the page's metadata under one of the names; empty if none."""
    wanted = [name.lower() for name in names]
    values = dict[str, str]()
    for element in tree.iter("meta"):
        for attribute in ("name", "property", "itemprop"):
            name = (element.get(attribute) or "").lower()
            if name in wanted and not values.get(name):
                values[name] = single_line(element.get("content"))
    return next((values[name] for name in wanted if values.get(name)), "")


def _official(tree: html.HtmlElement) -> Metadata:
    """Reads the metadata under the names that Chinese government and news sites agree on."""
    source = _SOURCE_LABEL.sub("", fold_width(_meta(tree, "ContentSource", "source")))
    published = day(_meta(tree, "PubDate", "publishdate", "publish_date"))
    return Metadata(published, source.split()[0] if source else "")


def _with_wechat(about: _About, wechat: WeChatPage) -> _About:
    """Returns the metadata with the values of WeChat, which are more certain."""
    return _About(
        title=about.title,
        author=wechat.author or about.author,
        metadata=Metadata(wechat.published or about.metadata.published, wechat.source),
        url=about.url or wechat.url,
    )


def _name(value: str) -> str:
    """Returns the name of a publisher or an author; empty for any other text."""
    return "" if _NO_NAME.search(fold_width(value).lower()) else value


def _author(tree: html.HtmlElement, lines: Sequence[str]) -> str:
    printed = next(filter(None, map(read_author, lines)), "")
    by_office = _OFFICE.search(_meta(tree, "generator"))
    return printed or ("" if by_office else _meta(tree, "author"))


def _printed_lines(tree: html.HtmlElement, title: str) -> tuple[list[str], list[str]]:
    """Returns the lines right above the title, and the short ones between it and the text.

    There are none if the page does not show the title.
    """
    lines = [fold_width(one_line(piece.text)) for piece in markup_pieces(tree)]
    if fold_width(title) not in lines:
        return [], []
    place = lines.index(fold_width(title))
    after = lines[place + 1 :][:_PRINTED_LINES]
    short = takewhile(lambda line: len(line) <= _LONGEST_PRINTED, after)
    # Elements side by side on the screen need no white space between them.
    return lines[max(0, place - _LINES_ABOVE) : place], list(map(set_labels_apart, short))
