"""Simplifies traditional characters one by one, so that each keeps its place.

Questions keep the characters that were typed. A pattern can search the simplified text and give
places in the typed one.
"""

import re
from functools import cache, lru_cache

import opencc


@cache
def _converter() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


@lru_cache(maxsize=10_000)
def _simple_character(character: str) -> str:
    if "\ud800" <= character <= "\udfff":
        return character  # OpenCC refuses half of a surrogate pair
    simplified: str = _converter().convert(character)
    return simplified if len(simplified) == 1 else character


def simple(text: str) -> str:
    """Returns `text` with its characters simplified; every character keeps its place."""
    return "".join(map(_simple_character, text))


def without(pattern: re.Pattern[str], text: str) -> str:
    """Returns a text without the first match of a pattern in its simplified form."""
    match = pattern.search(simple(text))
    return text[: match.start()] + text[match.end() :] if match else text
