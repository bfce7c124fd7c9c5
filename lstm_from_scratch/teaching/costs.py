"""Plots of recorded times and memory: numbers in, Figure out. Nothing here runs a model."""

from collections.abc import Mapping, Sequence

from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from .style import COLOURS, INK, LARGE, MONO, PALE, SMALL, new_figure, plain

# A colour and a shape for each time loop: the shape tells them apart without the colour.
LOOKS = {
    "naive": (COLOURS["x"], "X"),
    "plain": (COLOURS["h"], "s"),
    "inplace": (COLOURS["f"], "D"),
    "compiled": (COLOURS["g"], "o"),
    "nn.LSTM": (INK, "^"),
}


def ladder(rows: Sequence[tuple[str, Mapping[str, float]]]) -> Figure:
    """Draw speeds relative to PyTorch's on one logarithmic axis, a row of marks for each case.

    Args:
        rows: list of (label, dict from a name in LOOKS to the ratio).

    Returns:
        Figure.
    """
    names = [name for name in LOOKS if any(name in ratios for _, ratios in rows)]
    figure, ax = new_figure(1.1 + 0.42 * len(rows))
    for y, (_, ratios) in enumerate(rows):
        ax.axhline(y, color=PALE, lw=1, zorder=0)
        for name, ratio in ratios.items():
            colour, mark = LOOKS[name]
            ax.scatter(ratio, y, 90, color=colour, marker=mark, ec="white", lw=1, zorder=3)
    ax.axvline(1, color=INK, lw=2, zorder=1)
    ax.set_xscale("log")
    ax.set_yticks(range(len(rows)), [label for label, _ in rows], family=MONO)
    ax.set_ylim(len(rows) - 0.5, -0.5)
    low = min(min(ratios.values()) for _, ratios in rows)
    high = max(max(ratios.values()) for _, ratios in rows)
    ax.set_xlim(low / 1.3, max(high, 1) * 1.3)
    _number(ax.xaxis, [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50])
    plain(ax)
    _names(figure, names)
    return figure


def growth(
    panels: Sequence[tuple[str, Sequence[float], Mapping[str, Sequence[float]]]], unit: str
) -> Figure:
    """Draw how a cost grows with each size: panels side by side, all axes logarithmic.

    Args:
        panels: list of (letter, values of it, dict from a name in LOOKS to the costs).
        unit: of the costs, written above the axis.

    Returns:
        Figure.
    """
    figure, axs = new_figure(4.2, 1, len(panels), sharey=True, squeeze=False)
    for ax, (letter, values, costs) in zip(axs[0], panels, strict=True):
        for name, ys in costs.items():
            colour, mark = LOOKS[name]
            ax.plot(values, ys, color=colour, marker=mark, lw=2, ms=7, mec="white")
        ax.set_xscale("log")
        ax.set_yscale("log")
        ax.set_xlabel(f"${letter}$", fontsize=LARGE)
        _number(ax.xaxis, [values[0], values[len(values) // 2], values[-1]])
        plain(ax)
    low, high = axs[0, 0].get_ylim()
    _number(axs[0, 0].yaxis, [10.0**p for p in range(-3, 6) if low <= 10.0**p <= high])
    axs[0, 0].set_title(unit, fontsize=SMALL, loc="left", color=INK)
    _names(figure, list(panels[0][2]))
    return figure


def _number(axis: Axis, places: Sequence[float]) -> None:
    """Put plain numbers at these places of a logarithmic axis, and nothing between them."""
    axis.set_major_locator(FixedLocator(places))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))



def _names(figure: Figure, names: Sequence[str]) -> None:
    """Explain the marks above the axes, in the names that the code uses."""
    marks = [
        Line2D([], [], color=colour, marker=mark, linestyle="none", ms=9)
        for colour, mark in (LOOKS[name] for name in names)
    ]
    columns = len(names) if len(names) < 4 else 2
    figure.legend(
        marks, names, loc="outside upper center", ncols=columns, frameon=False,
        prop={"family": MONO, "size": SMALL}, handletextpad=0.1, columnspacing=1.0,
    )
