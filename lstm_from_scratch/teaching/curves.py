"""Line plots: arrays in, Figure out. Nothing here runs a model."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from .style import COLOURS, GREY, INK, LARGE, MEDIUM, MONO, SMALL, new_figure, text

ORDER = tuple(COLOURS[key] for key in "ifgoch")
STYLES = ("-", "--", ":")  # the next one after a round through the colours


def decades(
    curves: Sequence[ArrayLike], labels: Sequence[str], x_name: str = "$k$",
    y_name: str | None = None,
) -> Figure:
    """Draw positive curves over 0, 1, ..., K - 1 on one logarithmic axis, labelled at their ends.

    Args:
        curves: list of (K) positive arrays.
        labels: list of mathtext or code labels.
        x_name, y_name: mathtext under the horizontal axis and above the vertical one, or None.

    Returns:
        Figure.

    Raises:
        ValueError: a number that a logarithmic axis cannot show, or curves of different lengths.
    """
    rows = np.array([np.asarray(values, dtype=float) for values in curves])
    if not (np.isfinite(rows).all() and (rows > 0).all()):
        raise ValueError("every number should be positive and finite")
    figure, ax = new_figure(4.4)
    ax.set_yscale("log")
    for k, values in enumerate(rows):
        colour, style = ORDER[k % len(ORDER)], STYLES[k // len(ORDER)]
        ax.plot(values, color=colour, lw=3, linestyle=style)
    low, high = np.floor(np.log10(rows.min())), np.ceil(np.log10(rows.max()))
    high = max(high, low + 1)
    margin = 0.03 * (high - low)
    ax.set(xlim=(0, rows.shape[1] - 1), ylim=(10 ** (low - margin), 10 ** (high + margin)))
    heights = (np.log10(rows[:, -1]) - low + margin) / (high - low + 2 * margin)
    for k, height in enumerate(apart(heights, 0.09, low=0.05)):
        family: dict[str, Any] = {} if "$" in labels[k] else {"family": MONO}
        text(
            ax, 1.02, height, labels[k], MEDIUM, ha="left", color=INK,
            transform=ax.transAxes, bbox={"facecolor": "white", "lw": 0, "pad": 0}, **family,
        )
        ax.plot(
            [1.0, 1.018], [heights[k], height], color=ORDER[k % len(ORDER)], lw=3,
            transform=ax.transAxes, clip_on=False,
        )
    step = next(n for n in (1, 2, 5, 10, 20, 50, 100) if n >= (high - low) / 6)  # 7 labels fit
    ax.set_yticks([10.0**p for p in range(int(low), int(high) + 1) if p % step == 0])
    ax.minorticks_off()
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set_color(GREY)
    ax.tick_params(labelsize=SMALL, color=GREY, labelcolor=INK)
    ax.set_xlabel(x_name, fontsize=LARGE)
    if y_name:
        ax.set_title(y_name, fontsize=LARGE, loc="left", color=INK)
    return figure


def apart(places: ArrayLike, gap: float, low: float = -np.inf) -> NDArray:
    """Move numbers as little as needed so that neighbours are at least `gap` apart, in order.

    Args:
        places: (K) numbers.
        gap: the distance.
        low: no number goes below it.

    Returns:
        (K) array, in the order of `places`.
    """
    places = np.asarray(places, dtype=float)
    order = np.argsort(places, kind="stable")
    # Of places that touch: where each wants the first of its group to stand.
    groups: list[list[float]] = []
    for place in places[order]:
        group = [place]
        while groups and first(groups[-1], low) + gap * len(groups[-1]) > first(group, low):
            before = groups.pop()
            group = before + [wish - gap * len(before) for wish in group]
        groups.append(group)
    moved = np.empty(len(places))
    moved[order] = [first(group, low) + gap * k for group in groups for k in range(len(group))]
    return moved


def first(group: Sequence[float], low: float) -> float:
    """Place the first of a group: at the mean of the wishes, which moves all of them least."""
    return max(low, float(np.mean(group)))
