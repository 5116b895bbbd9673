"""Reads web pages that a browser has saved as one file with all their parts (MHTML)."""

from email import message_from_bytes, policy

from index.analysis.clean_values import web_address
from index.errors import SkipReason, UnreadableFile
from index.loaders.draft import LoadedArticle
from index.loaders.html import load_page

_PAGES = frozenset({"text/html", "application/xhtml+xml"})


def load_web_archive(content: bytes) -> LoadedArticle:
    """Reads the first page of a web archive.

    Raises:
        UnreadableFile: it holds no page, or the page holds no text.
    """
    archive = message_from_bytes(content, policy=policy.compat32)
    for part in archive.walk():
        page = part.get_payload(decode=True) if part.get_content_type() in _PAGES else None
        if isinstance(page, bytes) and page.strip():
            location = archive.get("Snapshot-Content-Location") or part.get("Content-Location")
            return load_page(page, web_address(str(location)), part.get_content_charset() or "")
    raise UnreadableFile(SkipReason.BROKEN, "There is no page in the web archive.")
