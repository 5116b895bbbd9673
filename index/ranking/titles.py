"""「樱桃吃多了会怎么样」: a title that tells of something else than 「樱桃怎么吃」 asks for."""

import re
from collections.abc import Container

_SITE = re.compile(r"(?:_|\||\s-\s|-(?=[^\W\d_]{2,10}\s*$)).*", re.DOTALL)
"""The name of a web site behind a title: 「樱桃怎么吃_有问必答」, 「樱桃怎么吃 - 知乎」."""
_HAN = re.compile("[\u3400-\u9fff]")
_SAYS_NOTHING = frozenset("的是有了吗呢么什怎样如何多少哪里儿个些为谁几久吧和与在")
MOST_BEYOND = 12
"""Characters from which more makes no difference."""


def share_beyond(title: str, asked: Container[str]) -> float:
    """Returns how much a title tells that was not asked about: 0 for nothing to 1.

    A title without Chinese characters tells nothing that could be compared.

    Args:
        title: normalised.
        asked: the characters of the question.
    """
    if not _HAN.search(title):
        return 0.0
    told = _SITE.sub("", title)
    beyond = sum(c.isalnum() and c not in asked and c not in _SAYS_NOTHING for c in told)
    return min(beyond, MOST_BEYOND) / MOST_BEYOND
