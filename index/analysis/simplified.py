"""Texts with traditional characters simplified, each in its place.

What is understood keeps the characters that were typed, so that a pattern may look at the
simplified text only where both have the same places. Names and things need none of this: they are
read from the normalised text.
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
        return character  # half a pair is no character, and OpenCC refuses it
    simplified: str = _converter().convert(character)
    return simplified if len(simplified) == 1 else character


def simple(text: str) -> str:
    """Returns `text` with its characters simplified; every character keeps its place."""
    return "".join(map(_simple_character, text))


def without(pattern: re.Pattern[str], text: str) -> str:
    """Returns a text without the first place where a pattern matches it, simplified."""
    match = pattern.search(simple(text))
    return text[: match.start()] + text[match.end() :] if match else text
