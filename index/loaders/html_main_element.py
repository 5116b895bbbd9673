"""Finds the element of a page that holds the article.

An extractor of main text may leave out a heading, a table or a paragraph. So its text only tells
the place, and everything in that place is read.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from itertools import accumulate

from lxml import etree

from index.analysis.line_roles import fold_width
from index.loaders.html_page_furniture import is_disclaimer
from index.loaders.html_pieces import BLOCKS, UNREAD, is_hidden, local_name
from index.loaders.html_title import key
from index.loaders.pieces import is_sentence

_CONTAINER_NAMES = "article body center div font form html main section span table tbody td tr"
_CONTAINERS = frozenset(_CONTAINER_NAMES.split())
_PARTS = frozenset(["center", "div", "dl", "form", "ol", "p", "section", "table", "ul"])
_ASIDE = frozenset({"aside", "footer", "header", "nav"})
_ASIDE_NAME = re.compile(
    r"(?:^|[\s_-])(?:foot(?:er)?|nav(?:bar)?|menu|side(?:bar)?|copyright|share|related|recommend\w*|recent\w*|latest|guess\w*|promo\w*|disclaimer|mianze"
    r"|comments?|crumbs?|breadcrumbs?|position|path|curpos|dqwz|mbx|fx(?:_\w+)?|tjwz|pager|pagination|ad|ads|advert\w*|banner|toolbar"
    r"|login|search|hot(?:news)?)(?:$|[\s_-])",
    re.IGNORECASE,
)
_SHARE = 0.98
"""Share of the extracted text that the element must hold, so that a stray line moves nothing."""
_SHORTEST = 6
"""Minimum number of characters without white space; shorter text may stand anywhere in a page."""
_SHORTEST_PARAGRAPH = 20
_LONGEST_TITLE_ELEMENT = 300
"""Maximum number of characters, including the white space of the layout."""
_LOOKED_FOR = 40
"""Number of characters by which a piece of text is searched in the page."""
_MOST_LINKED = 0.7
_FEW_LINKS = 3
"""Number of links up to which a part that is mostly links may belong to the article."""

Range = tuple[int, int]


class MainText:
    """The places of the extracted text in a page.

    Positions count the characters of the page's text without white space.
    """

    def __init__(self, body: etree._Element, extracted: Iterable[str]) -> None:
        self._ranges: dict[etree._Element, Range] = {}
        text = self._measure(body)
        places = sorted(_find(text, extracted))
        self._starts = [start for start, _ in places]
        self._sums = [0, *accumulate(end - start for start, end in places)]

    def within(self, element: etree._Element) -> int:
        """Returns the length of the extracted pieces that begin in an element."""
        start, end = self._ranges.get(element, (0, 0))
        first, last = bisect_left(self._starts, start), bisect_left(self._starts, end)
        return self._sums[last] - self._sums[first]

    @property
    def total(self) -> int:
        """Number of characters of the extracted text."""
        return self._sums[-1]

    def _measure(self, body: etree._Element) -> str:
        """Returns the page's text without white space, and keeps the range of each element."""
        parts: list[str] = []
        position = 0
        begun: dict[etree._Element, int] = {}
        walk = etree.iterwalk(body, events=("start", "end", "comment", "pi"))
        for event, element in walk:
            text = element.tail
            if event == "start":
                begun[element] = position
                text = element.text
                if local_name(element) in UNREAD:
                    walk.skip_subtree()
                    text = ""
            elif event == "end":
                self._ranges[element] = (begun[element], position)
            squeezed = "".join((text or "").split())
            parts.append(squeezed)
            position += len(squeezed)
        return "".join(parts)


def _find(text: str, extracted: Iterable[str]) -> Iterator[Range]:
    after = 0
    for piece in extracted:
        squeezed = "".join(piece.split())
        if len(squeezed) < _SHORTEST:
            continue
        start = text.find(squeezed[:_LOOKED_FOR], after)
        if start < 0:
            start = text.find(squeezed[:_LOOKED_FOR])
        if start >= 0:
            yield start, start + len(squeezed)
            after = start + 1


def main_element(body: etree._Element, extracted: Iterable[str], title: str) -> etree._Element:
    """Returns the innermost element that holds the main text, without the parts beside it.

    The first paragraph below the title always belongs to the main text.

    Args:
        body: the page's body; it is changed.
        extracted: pieces of the main text, in order.
        title: the likely title of the page.
    """
    main_text = MainText(body, extracted)
    main: etree._Element | None = body if main_text.total else None
    inner = main
    while inner is not None:
        main, inner = inner, _inner(inner, main_text)
    main = body if main is None else main
    opening = _opening(body, title)
    kept = {opening, *opening.iterancestors()} if opening is not None else set()
    while kept and main not in kept:
        main = main.getparent()
    for element in list(main.iterdescendants()):
        if element not in kept and not main_text.within(element) and _is_beside(element):
            _take_out(element)
    return main


def _opening(body: etree._Element, title: str) -> etree._Element | None:
    """Returns the first paragraph below the title; None if there is none.

    It passes over elements that are not read or stand beside an article.
    """
    same, is_below = key(title), False
    walk = etree.iterwalk(body, events=("start",))
    for _, element in walk:
        name = local_name(element)
        if name in UNREAD or is_hidden(element):
            walk.skip_subtree()
        elif name in BLOCKS and not is_below:
            text = "".join(element.itertext())
            is_below = len(text) <= _LONGEST_TITLE_ELEMENT and key(text) == same != ""
        elif name in BLOCKS and _is_beside(element):
            walk.skip_subtree()
        elif name in BLOCKS and _is_paragraph(_own_text(element)):
            return element
    return None


def _own_text(element: etree._Element) -> str:
    """Returns the text of an element itself and of its inline children."""
    parts = [element.text or ""]
    for child in element:
        name = local_name(child)
        if name and name not in BLOCKS and name not in UNREAD:
            parts += child.itertext()
        parts.append(child.tail or "")
    return fold_width("".join("".join(parts).split()))


def _is_paragraph(text: str) -> bool:
    return len(text) >= _SHORTEST_PARAGRAPH and is_sentence(text) and not is_disclaimer(text)


def _inner(element: etree._Element, main_text: MainText) -> etree._Element | None:
    for child in element:
        is_large = main_text.within(child) >= _SHARE * main_text.total
        if is_large and local_name(child) in _CONTAINERS:
            return child
    return None


def _is_beside(element: etree._Element) -> bool:
    name = local_name(element)
    if name in _ASIDE:
        return True
    if name not in _PARTS:
        return False
    names = f"{element.get('class') or ''} {element.get('id') or ''}"
    return bool(_ASIDE_NAME.search(names)) or _leads_elsewhere(element)


def _leads_elsewhere(element: etree._Element) -> bool:
    links = [inner for inner in element.iterdescendants() if local_name(inner) == "a"]
    if len(links) <= _FEW_LINKS:
        return False
    linked = sum(_length(link) for link in links)
    return linked > _MOST_LINKED * _length(element)


def _length(element: etree._Element) -> int:
    return sum(len("".join(part.split())) for part in element.itertext())


def _take_out(element: etree._Element) -> None:
    """Removes an element, but not the text after it."""
    parent = element.getparent()
    if parent is None:
        return  # an element around it has been removed
    before = element.getprevious()
    if element.tail:
        if before is None:
            parent.text = (parent.text or "") + element.tail
        else:
            before.tail = (before.tail or "") + element.tail
    parent.remove(element)
