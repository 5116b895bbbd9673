"""Where in a page its article stands.

What extracts the main text of a page may leave out a heading, a table or a paragraph of it. So
what it extracts only tells the place: all that stands there is read.
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
"""Of the extracted text, what its element has to hold: a stray line elsewhere moves it nowhere."""
_SHORTEST = 6
"""Characters without white space. Less may stand anywhere in a page."""
_SHORTEST_PARAGRAPH = 20
_LONGEST_TITLE_ELEMENT = 300
"""Characters with the white space that only lays the page out."""
_LOOKED_FOR = 40
"""Characters by which a piece of text is found in the page."""
_MOST_LINKED = 0.7
_FEW_LINKS = 3
"""Below this, a paragraph that is mostly a link may well belong to the article."""

Range = tuple[int, int]


class MainText:
    """Where the extracted text stands in a page.

    Positions count the characters of the page's text without white space.
    """

    def __init__(self, body: etree._Element, extracted: Iterable[str]) -> None:
        self._ranges: dict[etree._Element, Range] = {}
        text = self._measure(body)
        places = sorted(_find(text, extracted))
        self._starts = [start for start, _ in places]
        self._sums = [0, *accumulate(end - start for start, end in places)]

    def within(self, element: etree._Element) -> int:
        """How many characters of the extracted text begin in an element."""
        start, end = self._ranges.get(element, (0, 0))
        first, last = bisect_left(self._starts, start), bisect_left(self._starts, end)
        return self._sums[last] - self._sums[first]

    @property
    def total(self) -> int:
        """Characters of the extracted text."""
        return self._sums[-1]

    def _measure(self, body: etree._Element) -> str:
        """The page's text without white space, while the range of each element is noted."""
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
    """The innermost element that holds the main text, without what stands beside it.

    The first paragraph below the title is of the main text, whatever was extracted.

    Args:
        body: of the page; it is changed.
        extracted: pieces of the main text, in their order.
        title: that the page is likely to have.
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
    """The first paragraph below the title; None where there is no such place.

    The way down is a loop that passes by what is not read and what stands beside an article.
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
    """What an element holds itself, and in parts of its lines."""
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
    """Remove an element, but not what follows it."""
    parent = element.getparent()
    if parent is None:
        return  # one around it has been taken out
    before = element.getprevious()
    if element.tail:
        if before is None:
            parent.text = (parent.text or "") + element.tail
        else:
            before.tail = (before.tail or "") + element.tail
    parent.remove(element)
