"""Where a citation opens in a browser, and which addresses Telegram accepts as links."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from bot.core.text_fragments import to_sentence
from index import Citation

_APPS = frozenset({"t.me", "telegram.me", "telegram.dog"})
"""Hosts whose links open in an app, which shows a message and cannot mark a sentence."""
LAST_PORT = 65_535
_WEB_LINK = re.compile(
    r"https?://(?:[^/?#]*@)?(?P<host>(?:[a-z0-9.!$&'()*+,;=_~\u0080-\U0010ffff-]|%[0-9a-f]{2})+)"
    r"(?::0*(?P<port>[0-9]{1,5}))?(?=[/?#]|$)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Link:
    """Where a citation opens.

    Attributes:
        address: of the page, with a text fragment for the cited sentence.
        original: whether that is where the article was published, not the bot's own page.
    """

    address: str
    original: bool


@dataclass(frozen=True, slots=True)
class SourceLinks:
    """Creates links from citations to their articles.

    Attributes:
        page: gives the address of a citation on the bot's own page, or an empty text where that
            would be too long; None where there is no such page.
    """

    page: Callable[[Citation], str] | None = None

    def of(self, citation: Citation) -> Link | None:
        """Returns the article's own address with the sentence marked; else the bot's page; else
        None."""
        if is_web_link(citation.url):
            return Link(_led(citation), original=True)
        address = self.on_page(citation)
        return Link(address, original=False) if is_web_link(address) else None

    def on_page(self, citation: Citation) -> str:
        """Returns the address of a citation on the bot's own page; empty if it has none."""
        return self.page(citation) if self.page else ""


def _led(citation: Citation) -> str:
    parts = urlsplit(citation.url)
    if parts.hostname in _APPS:
        return citation.url
    passage, url = citation.passage, citation.url
    if citation.page and not parts.fragment and parts.path.lower().endswith(".pdf"):
        # The page is what every reader of PDFs goes to; the sentence, some.
        url = f"{url.partition('#')[0]}#page={citation.page}"
    markdown = passage.article_id.lower().endswith((".md", ".markdown"))
    return to_sentence(url, passage.text, citation.sentence, markdown)


def is_web_link(url: str) -> bool:
    """Returns whether this is an address on the web, with a dotted host and without white space.

    Telegram refuses a whole message for a button with another one, or with an odd host or port.
    """
    try:
        urlsplit(url)
    except ValueError:
        return False
    read = _WEB_LINK.match(url)
    if not read or " " in url or not url.isprintable():
        return False
    return "." in read["host"].strip(".") and 0 < int(read["port"] or 80) <= LAST_PORT
