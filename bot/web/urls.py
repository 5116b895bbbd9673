"""The addresses of articles on the built-in page."""

from urllib.parse import urlencode

from bot.core.text_fragments import LONGEST_ADDRESS
from bot.web.citation_places import encode, place_of
from bot.web.signed_links import Grants
from index import Citation

CITED = "cited"
"""The anchor at the cited sentence."""


class Addresses:
    """Creates links to articles, and to places in them."""

    def __init__(self, public: str, grants: Grants) -> None:
        """
        Args:
            public: the address under which people reach the page.
            grants: let whoever holds a link read its article.
        """
        self._public = public.rstrip("/")
        self._grants = grants

    def of(self, citation: Citation) -> str:
        """Returns the public address of a citation; empty if it would be too long for a chat."""
        address = f"{self._public}/{self.within(citation)}"
        return address if len(address) <= LONGEST_ADDRESS else ""

    def within(self, citation: Citation) -> str:
        """Returns the address of a citation as seen from another page of the bot."""
        named = self.article(citation.passage.article_id, at=encode(place_of(citation)))
        return f"{named}#{CITED}"

    def article(self, article_id: str, **more: str) -> str:
        """Returns the address of an article as seen from another page of the bot.

        Args:
            more: what else the address names: a place in it, a part of it.
        """
        named = {"id": article_id, **more, "key": self._grants.of(article_id)}
        # An id may hold whatever a file's name does.
        return "article?" + urlencode(named, errors="surrogatepass")
