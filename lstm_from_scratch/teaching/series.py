"""Figures of time series: parts, windows, forecasts beside the truth, errors over the steps."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike, NDArray

from .style import (
    AXES,
    CURVES,
    DIRECTIONS,
    GREY,
    INK,
    MEDIUM,
    PALE,
    SMALL,
    arrow,
    canvas,
    new_figure,
    plain,
    tint,
)
from .style import text as write

# One look for each method in every figure: what is learned in colour, the rules in grey.
METHODS: dict[str, dict[str, Any]] = {
    "truth": {"color": INK, "lw": 2.5, "ls": "-", "marker": "o"},
    "last value": {"color": GREY, "lw": 2, "ls": ":", "marker": "v"},
    "seasonal value": {"color": GREY, "lw": 2, "ls": "--", "marker": "^"},
    "linear": {"color": CURVES[0], "lw": 2.5, "ls": "-", "marker": "s"},
    "LSTM": {"color": CURVES[1], "lw": 2.5, "ls": "-", "marker": "o"},
    # The colour of a direction, of which these figures draw none.
    "GRU": {"color": DIRECTIONS[1], "lw": 2, "ls": "--", "marker": "D"},
}
PARTS = ("white", tint(AXES["L"], 0.6), tint(AXES["N"], 0.6))  # training, validation, test


def few_dates(ax: Axes, times: NDArray) -> None:
    """Write at most six dates under an axis, short enough to stand side by side."""
    if np.issubdtype(times.dtype, np.datetime64):
        locator = AutoDateLocator(minticks=3, maxticks=6)
        ax.xaxis.set_major_locator(locator)
        ax.xaxis.set_major_formatter(ConciseDateFormatter(locator, show_offset=False))


def parts(panels: Mapping[str, tuple[NDArray, NDArray, Sequence[Any]]], x_name: str) -> Figure:
    """Draw series one under the other, with the three parts behind them.

    Args:
        panels: dict from the name of the vertical axis to times (K), values (K), and the times at
            which the validation and the test begin.
        x_name: words for the horizontal axis.

    Returns:
        Figure. Missing values (NaN) are gaps in the line.
    """
    figure, axes = new_figure(2.6 * len(panels), len(panels), squeeze=False)
    for ax, (name, (times, values, borders)) in zip(axes[:, 0], panels.items(), strict=True):
        ends = [times[0], *borders, times[-1]]
        for k, part in enumerate(("training", "validation", "test")):
            ax.axvspan(ends[k], ends[k + 1], color=PARTS[k], lw=0, zorder=0)
            middle = ends[k] + (ends[k + 1] - ends[k]) / 2
            write(ax, middle, 1.02, part, va="bottom", transform=ax.get_xaxis_transform())
        ax.plot(times, values, color=INK, lw=1.5)
        ax.set_xlim(times[0], times[-1])
        ax.set_ylabel(name, fontsize=SMALL)
        few_dates(ax, times)
        plain(ax)
    axes[-1, 0].set_xlabel(x_name, fontsize=SMALL)
    return figure


def cut(values: int, length: int, ahead: int, border: int) -> Figure:
    """Draw every window of a short series, and which of them a border in time leaves whole.

    Args:
        values: how many values the series has.
        length: how many of them a window shows.
        ahead: how many come after it.
        border: place of the first value of the test part.

    Returns:
        Figure. A row is a window. Those whose answers lie on both sides of the border are crossed
        out.
    """
    places = range(length, values - ahead + 1)
    height = 1.5 + 0.36 * len(places)
    figure, ax = canvas(height)
    side, left, top = 0.34, 0.2, height - 0.95
    for t in range(values):
        write(ax, left + side * (t + 0.5), top + 0.42, str(t), color=GREY)
    write(ax, left, height - 0.2, "places of the values in time", ha="left")
    words: dict[str, list[float]] = {"training": [], "test": [], "neither": []}
    for row, place in enumerate(places):
        y = top - 0.36 * row
        kind = "training" if place + ahead <= border else "test" if place >= border else "neither"
        words[kind].append(y)
        for t in range(place - length, place + ahead):
            fill = PALE if t < place else (AXES["N"] if kind == "test" else AXES["L"])
            ax.add_patch(Rectangle((left + side * t, y), side - 0.04, 0.28, facecolor=fill,
                                   edgecolor=GREY if kind != "neither" else PALE, lw=1))
        if kind == "neither":
            start, end = left + side * (place - length), left + side * (place + ahead)
            ax.plot([start, end], [y + 0.14, y + 0.14], color=INK, lw=1.8)
    x = left + side * border - 0.02
    ax.plot([x, x], [top - 0.36 * len(places) + 0.2, top + 0.3], color=INK, lw=2, ls="--")
    for kind, heights in words.items():
        said = kind if kind != "neither" else "both sides: neither"
        if heights:
            write(ax, left + side * values + 0.15, float(np.mean(heights)) + 0.14, said, ha="left")
    y = 0.3
    for k, (colour, said) in enumerate(
        ((PALE, "read"), (AXES["L"], "answers, training"), (AXES["N"], "answers, test"))
    ):
        x = (0.2, 1.35, 3.95)[k]
        ax.add_patch(Rectangle((x, y - 0.14), side - 0.04, 0.28, facecolor=colour, edgecolor=GREY))
        write(ax, x + 0.42, y, said, ha="left")
    return figure


def beside(
    times: NDArray, lines: Mapping[str, ArrayLike], x_name: str, y_name: str,
    above: Mapping[str, ArrayLike] | None = None,
) -> Figure:
    """Draw forecasts beside the truth.

    Args:
        times: (K).
        lines: dict from a method, of METHODS, to (K) values.
        x_name, y_name: words for the axes.
        above: another panel of such lines, drawn above this one with the same axes, or None.

    Returns:
        Figure.
    """
    panels = [lines] if above is None else [above, lines]
    figure, axes = new_figure(0.9 + 2.4 * len(panels), len(panels), squeeze=False, sharex=True,
                              sharey=True)
    for ax, drawn in zip(axes[:, 0], panels, strict=True):
        for name, values in drawn.items():
            dots = name == "truth" and len(times) <= 100
            look = METHODS[name] | {"marker": "o" if dots else "", "ms": 4}
            ax.plot(times, values, label=name, **look)
        ax.set_xlim(times[0], times[-1])
        ax.set_ylabel(y_name, fontsize=SMALL)
        few_dates(ax, times)
        plain(ax)
    axes[-1, 0].set_xlabel(x_name, fontsize=SMALL)
    names: dict[str, Any] = {}
    for ax in axes[:, 0]:
        for line, name in zip(*ax.get_legend_handles_labels(), strict=True):
            names.setdefault(name, line)
    figure.legend(names.values(), names.keys(), loc="outside upper center", ncols=4,
                  frameon=False, fontsize=SMALL)
    return figure


def far_and_near(
    times: NDArray, truth: NDArray, forecasts: Mapping[str, NDArray], near: slice,
    x_names: Sequence[str], y_name: str,
) -> Figure:
    """Draw a forecast beside the truth over a long time, where a delay cannot be seen, and then
    a part of that time, where it can.

    Args:
        times: (K).
        truth: (K) values.
        forecasts: dict from a method, of METHODS, to (K) values. The first is drawn in both
            panels, the others in the lower one.
        near: the part that the lower panel shows.
        x_names: words for the horizontal axis of each panel.
        y_name: words for the vertical axes.

    Returns:
        Figure.
    """
    figure, axes = new_figure(6, 2)
    lines = {"truth": truth} | dict(forecasts)
    for ax, part, names in zip(axes, (slice(None), near), (list(lines)[:2], lines), strict=True):
        for name in names:
            dots = name == "truth" and part == near
            look = METHODS[name] | {"marker": "o" if dots else "", "ms": 4}
            ax.plot(times[part], lines[name][part], label=name, **look)
        ax.set_xlim(times[part][0], times[part][-1])
        ax.set_ylabel(y_name, fontsize=SMALL)
        few_dates(ax, times)
        plain(ax)
    for ax, x_name in zip(axes, x_names, strict=True):
        ax.set_xlabel(x_name, fontsize=SMALL)
    figure.legend(*axes[1].get_legend_handles_labels(), loc="outside upper center", ncols=4,
                  frameon=False, fontsize=SMALL)
    return figure


def over_steps(
    panels: Mapping[str, tuple[Sequence[int], Mapping[str, ArrayLike]]],
    x_names: Sequence[str], y_names: Sequence[str],
) -> Figure:
    """Draw errors over the steps ahead: a line of means, and a band from the best seed to the
    worst.

    Args:
        panels: dict from a title to the steps ahead (K), and a dict from a method, of METHODS, to
            (seeds, K) errors.
        x_names, y_names: words for the axes of each panel.

    Returns:
        Figure.
    """
    figure, axes = new_figure(4.6, 1, len(panels), squeeze=False)
    for k, (ax, (title, (ahead, methods))) in enumerate(
        zip(axes[0], panels.items(), strict=True)
    ):
        for name, values in methods.items():
            errors = np.atleast_2d(np.asarray(values))
            look = METHODS[name]
            ax.plot(ahead, errors.mean(axis=0), label=name, ms=6, **look)
            if len(errors) > 1:
                ax.fill_between(ahead, errors.min(axis=0), errors.max(axis=0), lw=0,
                                color=tint(look["color"], 0.3), zorder=1)
        ax.set_ylim(bottom=0)
        ax.set_title(title, fontsize=MEDIUM, color=INK, loc="left")
        ax.set_xlabel(x_names[k], fontsize=SMALL)
        ax.set_ylabel(y_names[k], fontsize=SMALL)
        plain(ax)
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=3,
                  frameon=False, fontsize=SMALL)
    return figure


def two_ways() -> Figure:
    """Draw a direct forecast beside a recursive one.

    Returns:
        Figure. Direct: one window, three answers at once. Recursive: one answer, which becomes the
        end of the next window, three times.
    """
    figure, ax = canvas(3.6)
    write(ax, 0.2, 3.35, "direct: three answers from one window", MEDIUM, ha="left")
    window(ax, 0.3, 2.7, 4, 0)
    arrow(ax, [(2.0, 2.86), (2.85, 2.86)])
    for k in range(3):
        answer(ax, 3.0 + 0.4 * k, 2.7)
    write(ax, 0.2, 2.1, "recursive: one answer, three times", MEDIUM, ha="left")
    for k in range(3):
        y = 1.5 - 0.6 * k
        window(ax, 0.3 + 0.4 * k, y, 4 - k, k)
        arrow(ax, [(2.0 + 0.4 * k, y + 0.16), (2.85 + 0.4 * k, y + 0.16)])
        answer(ax, 3.0 + 0.4 * k, y)
        if k < 2:
            arrow(ax, [(3.17 + 0.4 * k, y), (3.17 + 0.4 * k, y - 0.12), (2.1 + 0.4 * k, y - 0.12),
                       (1.95 + 0.4 * k, y - 0.26)], CURVES[1])
    write(ax, 5.0, 1.4, "a forecast is read\nas if it were true", ha="left", color=CURVES[1])
    return figure


def window(ax: Axes, x: float, y: float, known: int, guessed: int) -> None:
    """Draw the values that are read: known ones in grey, forecasts in the colour of the LSTM."""
    for k in range(known + guessed):
        fill = PALE if k < known else tint(CURVES[1], 0.35)
        ax.add_patch(Rectangle((x + 0.4 * k, y), 0.34, 0.32, facecolor=fill, edgecolor=GREY))


def answer(ax: Axes, x: float, y: float) -> None:
    """Draw one forecast."""
    ax.add_patch(Rectangle((x, y), 0.34, 0.32, facecolor=tint(CURVES[1], 0.35), edgecolor=INK,
                           lw=1.8))
