"""Which language a browser asks for."""

import re

_RANGE = re.compile(
    r"\s*([A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*)\s*(?:;\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*)?"
)
_SPOKEN = ("zh", "en")
_LONGEST = 500


def preferred(header: str) -> str | None:
    """Returns the most suitable language tag of an Accept-Language header.

    Returns:
        The first one that the bot speaks; else the first of all; None where there is none.
    """
    read = (_RANGE.fullmatch(part) for part in header[:_LONGEST].split(","))
    wanted = [(float(match[2] or 1), match[1].lower()) for match in read if match]
    # Sorting keeps the order of those that are wanted as much.
    tags = [tag for weight, tag in sorted(wanted, key=lambda range: -range[0]) if weight > 0]
    spoken = (tag for tag in tags if tag.partition("-")[0] in _SPOKEN)
    return next(spoken, tags[0] if tags else None)
