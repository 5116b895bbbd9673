"""Which documents can be articles, by their media types and names."""

from pathlib import PurePosixPath

_SUFFIXES = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "application/pdf": ".pdf",
    "application/x-pdf": ".pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/epub+zip": ".epub",
    "multipart/related": ".mhtml",
    "application/x-mimearchive": ".mhtml",
    "text/plain": ".txt",
    "text/markdown": ".md",
    "text/x-markdown": ".md",
}
_VAGUE = frozenset({"", "application/octet-stream", "binary/octet-stream", "application/zip"})
"""Media types of documents whose format the sender does not know."""
_MARKDOWN = frozenset({".md", ".markdown"})
_KNOWN = _MARKDOWN.union(_SUFFIXES.values(), (".htm", ".xhtml", ".mht", ".text"))


def suffix_of(media_type: str, name: str = "") -> str | None:
    """Returns the suffix for a document's file; None if its format is not supported.

    Args:
        media_type: as in the header Content-Type.
        name: of the document, or the path of its link; it tells where the type does not.
    """
    plain_type = media_type.partition(";")[0].strip().lower()
    suffix = PurePosixPath(name).suffix.lower()
    if plain_type in _VAGUE or (plain_type == "text/plain" and suffix in _MARKDOWN):
        return suffix if suffix in _KNOWN else None
    return _SUFFIXES.get(plain_type)
