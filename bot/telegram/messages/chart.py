"""A chart of the last days: questions a day, and the share that was answered."""

import io
from collections.abc import Sequence

from bot.state.statistics import Day

SIZE_INCHES = (8.0, 4.0)
DOTS_PER_INCH = 150
BARS, LINE = "#9db8d9", "#c2410c"


def draw(days: Sequence[Day]) -> bytes:
    """Returns a PNG: bars for the questions of each day, a line for the share answered.

    It has no words, as its fonts have no Chinese; the caption explains it.
    """
    # A bot that draws nothing does without: it takes a second to load.
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    figure = Figure(figsize=SIZE_INCHES, dpi=DOTS_PER_INCH, layout="constrained")
    asked = figure.add_subplot()
    asked.bar(range(len(days)), [day.asked for day in days], color=BARS)
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
