"""The picture of the speed benchmark: search time over the number of passages."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log10
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullLocator
from speed_engines import ENGINES
from speed_run import Point

_INK = "#24292f"
_GREY = "#6e7781"
_LABEL_HEIGHT = 0.06
"""Of the picture's height."""
_MOVES = 100


@dataclass(frozen=True, slots=True)
class Look:
    """How the line of an engine looks."""

    label: str
    colour: str
    width: float = 1.8
    dashes: str = "-"


# Told apart with any colour vision, and by the labels at the ends of the lines.
_COLOURS = {"tantivy": "#e69f00", "bm25s": "#009e73", "rank_bm25": "#cc3311", "fts5": "#7b5ea7"}
_OWN = "#0969da"
_LOOKS = {
    "memory": Look(f"{ENGINES['memory'].label}, search", _OWN, width=2.6),
    "answer": Look(f"{ENGINES['memory'].label}, whole answer", _OWN, dashes="--"),
    **{name: Look(ENGINES[name].label, colour) for name, colour in _COLOURS.items()},
}


def draw_curve(points: Sequence[Point], path: Path) -> None:
    """Draw the median search times of each engine, and lighter the 99th percentiles, as PNG.

    Raises:
        OSError: it cannot be written.
    """
    figure = Figure(figsize=(8.8, 4.8), layout="constrained")
    axes = figure.subplots()
    axes.set_xscale("log")
    axes.set_yscale("log")
    ends = [_draw(axes, look, _line(points, name)) for name, look in _LOOKS.items()]
    _frame(axes, sorted({point.passages for point in points}))
    _label(axes, [end for end in ends if end])
    figure.savefig(path, dpi=160, format="png")


@dataclass(frozen=True, slots=True)
class End:
    """Where a line ends, and how it looks."""

    look: Look
    passages: int
    milliseconds: float


def _line(points: Sequence[Point], name: str) -> list[Point]:
    """The points of an engine; of several at one size the last, so that newer runs count."""
    by_size = {point.passages: point for point in points if point.name == name}
    return [by_size[passages] for passages in sorted(by_size)]


def _draw(axes: Axes, look: Look, line: Sequence[Point]) -> End | None:
    if not line:
        return None
    sizes = [point.passages for point in line]
    p50, p99 = [point.p50 for point in line], [point.p99 for point in line]
    axes.plot(sizes, p99, look.dashes, color=look.colour, alpha=0.3, linewidth=1.2, marker=".")
    axes.plot(
        sizes, p50, look.dashes, color=look.colour, linewidth=look.width, marker="o", markersize=5
    )
    return End(look, sizes[-1], p50[-1])


def _frame(axes: Axes, sizes: Sequence[int]) -> None:
    axes.set_title(
        "Search time: median, and lighter the 99th percentile", loc="left", color=_INK, fontsize=13
    )
    axes.set_xlabel("passages", color=_GREY, fontsize=11)
    axes.set_ylabel("milliseconds", color=_GREY, fontsize=11)
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xticks(sizes, [_thousands(size) for size in sizes])
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
    axes.tick_params(colors=_GREY, labelsize=11, which="both", length=0)
    axes.grid(axis="y", color="#d0d7de", linewidth=0.7)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color("#d0d7de")
    # Room for the labels to the right of the longest lines.
    axes.set_xlim(sizes[0] / 1.15, sizes[-1] * max(1.6, (sizes[-1] / sizes[0]) ** 0.42))


def _thousands(size: int) -> str:
    if size >= 1_000_000:
        return f"{size / 1_000_000:.3g} million"
    return f"{size / 1_000:.3g},000" if size >= 1_000 else f"{size}"


def _label(axes: Axes, ends: Sequence[End]) -> None:
    """Name each line at its end; names that would overlap move apart."""
    ends = sorted(ends, key=lambda one: one.milliseconds)
    lowest, highest = (log10(limit) for limit in axes.get_ylim())
    places = _apart([log10(end.milliseconds) for end in ends], _LABEL_HEIGHT * (highest - lowest))
    for end, place in zip(ends, places, strict=True):
        axes.annotate(
            end.look.label,
            (end.passages, 10**place),
            xytext=(9, 0),
            textcoords="offset points",
            color=end.look.colour,
            fontsize=11,
            va="center",
        )


def _apart(places: list[float], least: float) -> list[float]:
    """Ascending places, moved until each is about `least` above the one before."""
    for _ in range(_MOVES):
        for upper in range(1, len(places)):
            missing = least - (places[upper] - places[upper - 1])
            if missing > 0:
                places[upper - 1] -= missing / 2
                places[upper] += missing / 2
    return places
