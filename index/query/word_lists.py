"""Lists of words that lie in this package as text."""

from functools import cache
from importlib import resources


@cache
def word_list(name: str) -> frozenset[str]:
    """Returns the words of a file of this package; # starts a comment."""
    written = resources.files("index.query").joinpath(name).read_text("utf-8")
    return frozenset(
        word for line in written.splitlines() for word in line.partition("#")[0].split()
    )
