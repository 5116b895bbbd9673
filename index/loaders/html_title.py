"""Finds the title of a web page, on which its head, its headings and its text agree."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise, takewhile

from lxml import etree

from index.analysis.clean_values import single_line
from index.analysis.line_roles import fold_width
from index.analysis.metadata_lines import is_office, is_publisher
from index.loaders.html_pieces import HEADINGS, local_name, text_of
from index.loaders.pieces import LONGEST_TITLE, Piece, is_sentence, is_stopgap, one_line

_SEPARATOR = re.compile(r"\s*[-_|\u2014\u2013\uff5c]+\s*")
_SITE = re.compile(
    r".{0,20}(?:频道|新闻|资讯|官网|门户|博客|论坛|首页|公众号|大学|学院|学校|中学|小学|医院|公司|集团"
    r"|图书馆|博物馆|学会|栏目|頻道|新聞|官網)|[\w.-]+\.(?:com|cn|net|org)|[A-Za-z]{2,12}"
)
"""Matches the name of a site or of a part of it at the end of a title."""
_QUOTES = re.compile("[\"'\u2018\u2019\u201c\u201d\u300c-\u300f\\s]|\u2026+$|[.]{3,}$")
_SHORTEST = 4
_LONGEST_SITE = 8
_SHORTEST_OPENING = 8
"""Minimum number of characters of a shortened title by which its heading is recognised."""


def page_title(tree: etree._Element, named: str, pieces: Sequence[Piece]) -> str:
    """Returns the title of a page without its site's name; empty if there is none.

    Args:
        named: the title in the page's head.
        pieces: the pieces of the article.
    """
    headings = [single_line(text_of(element)) for element in _headings(tree)]
    agreed = max((heading for heading in headings if _agree(heading, named)), key=len, default="")
    if len(agreed) >= _SHORTEST_OPENING:
        return agreed
    called = agreed or without_site(named)
    opening = takewhile(lambda piece: not is_sentence(fold_width(one_line(piece.text))), pieces)
    nearest = [one_line(piece.text) for piece in opening if piece.level in (1, 2)]
    text = key("".join(piece.text for piece in pieces if not piece.level))
    candidates = [title for title in (called, *nearest[::-1]) if title]
    return max(candidates, key=lambda title: _share_in(text, title), default="")


def names_site_alone(title: str) -> bool:
    """Whether a short title is only the name of a site."""
    return len(title) <= _LONGEST_SITE and not _SEPARATOR.search(title) and _is_site(title)


def without_site(title: str) -> str:
    """Returns a title without the names of its site before and after it."""
    places = [match.span() for match in _SEPARATOR.finditer(title)]
    while places and _is_site(title[places[-1][1] :]):
        title = title[: places.pop()[0]]
    if places and is_publisher(title[: places[0][0]]):
        title = title[places[0][1] :]
    return title.strip()


def site_name(title: str) -> str:
    """Returns the publisher at the end of a page's title; empty if there is none."""
    last = _SEPARATOR.split(title)
    return last[-1] if len(last) > 1 and is_publisher(last[-1]) else ""


def below_title(pieces: Sequence[Piece], title: str) -> list[Piece]:
    """Returns the pieces without headings and sentences above the title, if most are below it."""
    lines = [key(piece.text) for piece in pieces]
    at = lines.index(key(title)) if key(title) in lines else 0
    heads = pieces[at].level > 0 if pieces else False
    is_longer = sum(map(len, lines[:at])) > sum(map(len, lines[at:]))
    if not any(map(is_sentence, lines[at:])) or (is_longer and not heads):
        return list(pieces)
    above = [piece for piece in pieces[:at] if not piece.level]
    return [*(piece for piece in above if not is_sentence(key(piece.text))), *pieces[at:]]


def key(text: str) -> str:
    """Returns a text without white space and quotation marks, as titles are compared."""
    return _QUOTES.sub("", fold_width(text))


def _headings(tree: etree._Element) -> Iterator[etree._Element]:
    return (element for element in tree.iter() if HEADINGS.get(local_name(element), 9) < 4)


def _agree(heading: str, named: str) -> bool:
    """Whether the head of a page holds its heading, or the beginning of it."""
    shown, called = key(heading), key(without_site(named))
    if len(shown) < _SHORTEST or is_stopgap(heading) or len(heading) > LONGEST_TITLE:
        return False
    if len(called) >= _SHORTEST_OPENING and shown.startswith(called):
        return True
    return 2 * len(shown) >= len(called) and shown in key(named) and not _is_site(heading)


def _is_site(name: str) -> bool:
    return is_publisher(name) or is_office(name) or bool(_SITE.fullmatch(name))


def _share_in(text: str, title: str) -> float:
    """Returns the share of a title's character pairs that its text holds."""
    pairs = {first + second for first, second in pairwise(key(title))}
    return sum(pair in text for pair in pairs) / len(pairs) if pairs else 0.0
