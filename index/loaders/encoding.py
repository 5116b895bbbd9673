"""From bytes to text."""

import re

from index.errors import SkipReason, UnreadableFile

_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
# Code points that no real Chinese text holds, but that arbitrary bytes give under GB18030:
# private use, unassigned and surrogate ranges.
_IMPLAUSIBLE = re.compile("[\ud800-\uf8ff\ufff0-\uffff\U000e0000-\U0010ffff\x80-\x9f]")
_MOST_IMPLAUSIBLE = 0.01


def decode(content: bytes) -> str:
    """Decode UTF-8 (with or without byte order mark) or GB18030, with line ends as \\n.

    Raises:
        UnreadableFile: the bytes are empty, binary, or in another encoding.
    """
    if not content.strip():
        raise UnreadableFile(SkipReason.EMPTY, "The file is empty.")
    if b"\x00" in content:
        raise UnreadableFile(SkipReason.BINARY, "The file is not text: it holds zero bytes.")
    text = _decode_strictly(content)
    if _count(_CONTROL, text) > len(text) * _MOST_IMPLAUSIBLE:
        raise UnreadableFile(SkipReason.BINARY, "The file is not text: it holds control bytes.")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise UnreadableFile(SkipReason.EMPTY, "The file holds nothing but white space.")
    return text


def _count(pattern: re.Pattern[str], text: str) -> int:
    return sum(1 for _ in pattern.finditer(text))


def _decode_strictly(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        text = content.decode("gb18030")
    except UnicodeDecodeError:
        text = ""
    if not text or _count(_IMPLAUSIBLE, text) > len(text) * _MOST_IMPLAUSIBLE:
        raise UnreadableFile(
            SkipReason.UNDECODABLE, "The file is neither UTF-8 nor GB18030. Save it as UTF-8."
        )
    return text
