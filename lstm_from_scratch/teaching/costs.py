"""Plots of recorded times and memory: numbers in, Figure out. Nothing here runs a model."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator
from numpy.typing import ArrayLike

from .style import CURVES, INK, MONO, PALE, SMALL, new_figure, plain

# A colour and a shape for each time loop: the shape tells them apart without the colour. No gate,
# state or direction has these colours.
LOOKS = {
    "naive": ("#808080", "X"),
    "plain": ("#b08050", "s"),
    "inplace": ("#8e5bd0", "D"),
    "compiled": ("#c1121f", "o"),
    "nn.LSTM": (INK, "^"),
}
# Every word of these figures, so that another language needs another table only.
WORDS = {
    "rest": "everything else", "flops": "FLOPs alone",
    "percent": "percent of the plain loop's time", "speed": "times as fast as nn.LSTM",
    "slower": "slower", "faster": "faster",
}
# Names of the sizes, and the right edge of each column of numbers, in points left of the axis.
COLUMNS = {"$L$": -166, "$N$": -126, r"$H_\mathrm{in}$": -70, r"$H_\mathrm{cell}$": -12}
Label = str | tuple[int, int, int, int]


def shares(rows: Mapping[str, float]) -> Figure:
    """Draw which part of a time the FLOPs need, a bar for each case.

    Args:
        rows: dict from a label to the share, 0 to 1.

    Returns:
        Figure.
    """
    figure, ax = new_figure(1.6 + 0.36 * len(rows))
    for y, share in enumerate(rows.values()):
        ax.barh(y, 100, 0.6, color=PALE, label=WORDS["rest"])
        ax.barh(y, 100 * share, 0.6, color=CURVES[0], label=WORDS["flops"])
        place, side = (100 * share + 1, "left") if share < 0.8 else (100 * share - 1, "right")
        ax.text(place, y, f"{100 * share:.0f}", fontsize=SMALL, ha=side, va="center_baseline")
    ax.set_yticks(range(len(rows)), list(rows))
    ax.set(xlim=(0, 100), ylim=(len(rows) - 0.5, -0.5))
    ax.set_xlabel(WORDS["percent"], fontsize=SMALL)
    plain(ax)
    bars, names = ax.get_legend_handles_labels()
    figure.legend(
        bars[:2], names[:2], loc="outside upper center", ncols=2, frameon=False, fontsize=SMALL
    )
    return figure


def ladder(rows: Sequence[tuple[Label, Mapping[str, float]]]) -> Figure:
    """Draw speeds relative to PyTorch's on one logarithmic axis, a row of marks for each case.

    Args:
        rows: list of (label, dict from a name in LOOKS to the ratio). A label is a text, or
            (L, N, H_in, H_cell), which stand in columns; the same kind for all rows.

    Returns:
        Figure.
    """
    names = [name for name in LOOKS if any(name in ratios for _, ratios in rows)]
    sizes = [label for label, _ in rows if not isinstance(label, str)]
    figure, ax = new_figure(1.9 + 0.36 * len(rows))
    for y, (_, ratios) in enumerate(rows):
        ax.axhline(y, color=PALE, lw=1, zorder=0)
        for name, ratio in ratios.items():
            colour, mark = LOOKS[name]
            ax.scatter(ratio, y, 90, color=colour, marker=mark, ec="white", lw=1, zorder=3)
    ax.axvline(1, color=INK, lw=2, zorder=1)
    ax.set_xscale("log")
    ax.set_yticks(range(len(rows)), [] if sizes else [str(label) for label, _ in rows])
    ax.set_ylim(len(rows) - 0.5, -0.5)
    low = min(min(ratios.values()) for _, ratios in rows)
    high = max(max(ratios.values()) for _, ratios in rows)
    ax.set_xlim(min(low / 1.3, 0.48), max(high * 1.3, 2.1))
    _number(ax.xaxis, [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50])
    ax.set_xlabel(WORDS["speed"], fontsize=SMALL)
    plain(ax)
    if sizes:
        _columns(ax, sizes)
    options: dict[str, Any] = {
        "xycoords": ("data", "axes fraction"), "va": "bottom", "fontsize": SMALL
    }
    ax.annotate(WORDS["slower"], (0.94, 1.02), ha="right", **options)
    ax.annotate(WORDS["faster"], (1.06, 1.02), ha="left", **options)
    _names(figure, names)
    return figure


def growth(
    panels: Sequence[tuple[str, Sequence[float], Mapping[str, ArrayLike]]], y_name: str
) -> Figure:
    """Draw how a cost grows with each size: panels side by side, all axes logarithmic.

    Args:
        panels: list of (name of the size, K values of it, dict from a name in LOOKS to the
            costs): (K) numbers, or (K, 3) with the lower quartile, the median and the upper
            quartile, drawn as a bar across the mark.
        y_name: name of the cost, with its unit.

    Returns:
        Figure.
    """
    figure, axs = new_figure(4.2, 1, len(panels), sharey=True, squeeze=False)
    figure.set_layout_engine("constrained", w_pad=0.12)  # inches: or numbers of neighbours touch
    for ax, (name, values, costs) in zip(axs[0], panels, strict=True):
        for loop, numbers in costs.items():
            colour, mark = LOOKS[loop]
            low, middle, high = np.broadcast_to(np.asarray(numbers).T, (3, len(values)))
            ax.plot(values, middle, color=colour, marker=mark, lw=2, ms=7, mec="white")
            if np.ndim(numbers) == 2:
                ax.errorbar(
                    values, middle, [middle - low, high - middle], fmt="none", ecolor=colour,
                    elinewidth=1.5, capsize=5, capthick=1.5, zorder=4,
                )
        ax.set_xscale("log")
        ax.set_yscale("log")
        ax.set_xlabel(name, fontsize=SMALL)
        _number(ax.xaxis, [values[0], values[len(values) // 2], values[-1]])
        plain(ax)
    low, high = axs[0, 0].get_ylim()
    _number(axs[0, 0].yaxis, [10.0**p for p in range(-3, 6) if low <= 10.0**p <= high])
    axs[0, 0].set_ylabel(y_name, fontsize=SMALL)
    _names(figure, list(panels[0][2]))
    return figure


def _columns(ax: Axes, sizes: Sequence[tuple[int, int, int, int]]) -> None:
    """Write the sizes of each row left of the axis, in columns under their names."""
    options: dict[str, Any] = {
        "textcoords": "offset points", "ha": "right", "color": INK, "fontsize": SMALL
    }
    for k, (name, edge) in enumerate(COLUMNS.items()):
        ax.annotate(name, (0, 1.02), (edge, 0), xycoords="axes fraction", va="bottom", **options)
        for y, row in enumerate(sizes):
            ax.annotate(
                str(row[k]), (0, y), (edge, 0), xycoords=("axes fraction", "data"),
                va="center_baseline", **options,
            )


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
    columns = len(names)
    figure.legend(
        marks, names, loc="outside upper center", ncols=columns, frameon=False,
        prop={"family": MONO, "size": SMALL}, handletextpad=0.1, columnspacing=1.0,
    )
