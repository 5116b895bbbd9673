"""A chart of the last days: questions a day by how they were answered, and the share that was."""

import io
from collections.abc import Sequence

from bot.state.statistics import Day

SIZE_INCHES = (8.0, 4.0)
DOTS_PER_INCH = 150
ANSWERED, POSSIBLE, MISSED, LINE = "#9db8d9", "#f2c94c", "#c9c9c9", "#c2410c"


def draw(days: Sequence[Day]) -> bytes:
    """Returns a PNG: stacked bars for the questions of each day, answered, possibly answered, and
    missed; a line for the share answered.

    It has no words, as its fonts have no Chinese; the caption explains it.
    """
    # A bot that draws nothing does without: it takes a second to load.
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    figure = Figure(figsize=SIZE_INCHES, dpi=DOTS_PER_INCH, layout="constrained")
    asked = figure.add_subplot()
    heights = [0] * len(days)
    for color, counts in (
        (ANSWERED, [day.answered for day in days]),
        (POSSIBLE, [day.possible for day in days]),
        (MISSED, [day.missed for day in days]),
    ):
        asked.bar(range(len(days)), counts, bottom=heights, color=color)
        heights = [height + count for height, count in zip(heights, counts, strict=True)]
    asked.yaxis.set_major_locator(MaxNLocator(integer=True))
    marked = range(0, len(days), max(1, len(days) // 10))
    asked.set_xticks(list(marked), [f"{days[number].day:%m-%d}" for number in marked])
    share = asked.twinx()
    counted = [number for number, day in enumerate(days) if day.asked]
    shares = [100 * days[number].answered / days[number].asked for number in counted]
    share.plot(counted, shares, color=LINE, marker="o")
    share.set_ylim(0, 105)
    share.yaxis.set_major_formatter("{x:.0f}%")
    written = io.BytesIO()
    figure.savefig(written, format="png")
    return written.getvalue()
