"""Decodes bytes to text."""

import codecs
import re
from collections.abc import Sequence

from index.errors import SkipReason, UnreadableFile

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WIDE = ("utf_16_le", "utf_16_be")
_MULTIBYTE = ("gb18030", "big5", "big5hkscs")
_WRITTEN_IN = ("utf-8", "utf-8-sig", "gb18030", "big5hkscs", "utf-16", "utf-16-le")
_SHORT = 120
"""In bytes. A shorter text does not distinguish GB18030 from Big5; the more common one is taken."""

MOST_LINES = 300_000
"""Maximum number of lines of an article: a book has fewer. Each takes time and memory."""

_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
# Code points that no real Chinese text holds, but that arbitrary bytes give under GB18030:
# private use, unassigned and surrogate ranges.
_IMPLAUSIBLE = re.compile("[\ud800-\uf8ff\ufff0-\uffff\U000e0000-\U0010ffff\x80-\x9f]")
_MOST_IMPLAUSIBLE = 0.01
_MOST_BROKEN = 0.03
_MOST_ZEROS = 0.05
"""Share of the bytes of a text; a larger share means UTF-16, or no text."""
_USUAL = re.compile("[\t\n\r -~\xa0\xb7\u2010-\u2026\u3000-\u30ff\u3400-\u9fff\uff01-\uff5e]")
_FEWEST_USUAL = 0.9


def decode(content: bytes) -> str:
    """Decodes UTF-8, GB18030, Big5 or UTF-16, with line ends as \\n and without a byte order mark.

    A few stray zero bytes are left out.

    Raises:
        UnreadableFile: the bytes are empty, binary, or in another encoding.
    """
    if not content.strip():
        raise UnreadableFile(SkipReason.EMPTY, "The file is empty.")
    text = _decode_strictly(content).replace("\x00", "")
    if _count(_CONTROL, text) > len(text) * _MOST_IMPLAUSIBLE:
        raise UnreadableFile(SkipReason.BINARY, "The file is not text: it holds control bytes.")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.replace("\ufeff", "").strip():
        raise UnreadableFile(SkipReason.EMPTY, "The file holds nothing but white space.")
    return text


def decode_article(content: bytes) -> str:
    """Decodes a file whose lines become the blocks of an article, as `decode` does.

    Raises:
        UnreadableFile: as `decode` does, or the text has too many lines.
    """
    text = decode(content)
    if text.count("\n") > MOST_LINES:
        raise UnreadableFile(
            SkipReason.TOO_HARD, f"The text has more than {MOST_LINES} lines. Split it."
        )
    return text


def canonical(content: bytes) -> bytes:
    """Returns a text as UTF-8 that `decode` reads as the same text; other bytes as they are."""
    try:
        text = decode(content)
    except UnreadableFile:
        return content
    # `decode` would read these differently from how they were meant.
    return content if text.startswith("\ufeff") else text.encode()


def sizes_of(content: bytes) -> set[int]:
    """Returns how many bytes the same text may take in the encodings that `decode` reads."""
    text = canonical(content).decode("utf-8", "replace")
    written = (text, text.replace("\n", "\r\n"))
    encoded = (form.encode(name, "replace") for form in written for name in _WRITTEN_IN)
    return {len(content)}.union(map(len, encoded))


def decode_as(content: bytes, encoding: str) -> str | None:
    """Decodes in the encoding that a document names; None if the bytes do not fit it."""
    try:
        return content.decode(encoding)
    except (UnicodeError, LookupError):
        return None


def decode_mostly(content: bytes, encoding: str) -> str | None:
    """Decodes text with a few broken characters; None if there are more, or many zero bytes."""
    try:
        text = content.decode(encoding, "replace")
    except LookupError:
        return None
    broken = text.count("\ufffd") + _count(_CONTROL, text)
    return text.replace("\x00", "") if broken <= len(text) * _MOST_BROKEN else None


def _count(pattern: re.Pattern[str], text: str) -> int:
    return sum(1 for _ in pattern.finditer(text))


def _decode_strictly(content: bytes) -> str:
    for mark, encoding in _BYTE_ORDER_MARKS:
        if content.startswith(mark):
            text = decode_as(content, encoding)
            if text is not None:
                return text
    text = decode_as(_without_zeros(content), "utf-8")
    if text is not None and "\x00" not in text:
        return text
    if b"\x00" in content:
        for text in (_detect(content, _WIDE), _decode_multibyte(_without_zeros(content))):
            if text and _is_usual(text):
                return text
        raise UnreadableFile(SkipReason.BINARY, "The file is not text: it holds zero bytes.")
    text = _decode_multibyte(content)
    if text is None:
        raise UnreadableFile(
            SkipReason.UNDECODABLE,
            "The file is neither UTF-8, GB18030, Big5 nor UTF-16. Save it as UTF-8.",
        )
    return text


def _without_zeros(content: bytes) -> bytes:
    """Returns the bytes without zeros, if these are few; UTF-16 holds many."""
    few = content.count(0) <= len(content) * _MOST_ZEROS
    return content.replace(b"\x00", b"") if few else content


def _decode_multibyte(content: bytes) -> str | None:
    guessed = None if len(content) < _SHORT else _detect(content, _MULTIBYTE)
    for text in (guessed, decode_as(content, "gb18030"), decode_as(content, "big5hkscs")):
        if text and _is_plausible(text):
            return text
    return None


def _is_usual(text: str) -> bool:
    """Whether most characters are Chinese, Latin or marks: any bytes are UTF-16 of something."""
    return _count(_USUAL, text) >= len(text) * _FEWEST_USUAL


def _is_plausible(text: str) -> bool:
    return _count(_IMPLAUSIBLE, text) <= len(text) * _MOST_IMPLAUSIBLE


def _detect(content: bytes, encodings: Sequence[str]) -> str | None:
    """Returns the text in the likeliest of the encodings; None if none fits."""
    from charset_normalizer import from_bytes  # few files need it

    # The threshold separates text from other bytes, and would reject unusual Chinese text.
    best = from_bytes(content, cp_isolation=list(encodings), threshold=1.0).best()
    return str(best) if best else None
