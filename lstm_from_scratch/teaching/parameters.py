"""Figures of the parameters: whose rows are whose, a projection, forget gates, counts."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from .style import (
    COLOURS,
    GATES,
    GREY,
    INK,
    LARGE,
    MEDIUM,
    MONO,
    SMALL,
    arrow,
    box,
    canvas,
    new_figure,
    node,
    plain,
    text,
    tint,
)

# Every word of these figures, so that another language needs another table only.
WORDS = {
    "i": "input gate", "f": "forget gate", "g": "candidate", "o": "output gate",
    "shape": "shape", "rows": "rows", "numbers": "numbers", "gate": "forget gate, from 0 to 1",
    "share": "share of gates", "count": "number of parameters",
}
SIDE = 0.32  # in, one number of a vector


def gate_blocks(H_in: int, H_cell: int, words: Mapping[str, str] = WORDS) -> Figure:
    """Draw the four parameters of a layer, cut into the rows of the four gates.

    Args:
        H_in, H_cell: columns of the two weights.
        words: the words, for another language.

    Returns:
        Figure. A block carries the name that PyTorch's documentation gives it, such as W_if.
    """
    figure, ax = canvas(4.1)
    height, top = 0.72, 3.15
    columns = {
        "weight_ih": (2.95, 1.3, "W", "i", H_in), "weight_hh": (4.45, 1.3, "W", "h", H_cell),
        "bias_ih": (5.6, 0.62, "b", "i", 0), "bias_hh": (6.55, 0.62, "b", "h", 0),
    }
    for name, (x, width, letter, source, size) in columns.items():
        text(ax, x, 3.78, name.replace("_", "\n_"), mono=True)
        for k, gate in enumerate(GATES):
            y = top - height * k
            box(ax, x, y, width, height - 0.06, COLOURS[gate], tint(COLOURS[gate], 0.4), radius=0)
            text(ax, x, y, rf"${letter}_{{{source}{gate}}}$", LARGE, zorder=4)
        text(ax, x, 0.3, f"({4 * H_cell}, {size})" if size else f"({4 * H_cell},)")
    for k, gate in enumerate(GATES):
        y = top - height * k
        text(ax, 0.1, y + 0.13, f"{words[gate]} ${gate}$", MEDIUM, ha="left")
        text(ax, 0.1, y - 0.17, f"{words['rows']} {k * H_cell}:{(k + 1) * H_cell}", ha="left")
    text(ax, 0.1, 0.3, words["shape"], ha="left")
    return figure


def projection(H_cell: int = 5, H_out: int = 2, words: Mapping[str, str] = WORDS) -> Figure:
    """Draw how W_hr makes h shorter than c, with all that a projection leaves as it is in grey.

    Args:
        H_cell, H_out: how many numbers c and h hold, H_cell at most 6.
        words: the words, for another language.

    Returns:
        Figure.
    """
    figure, ax = canvas(SIDE * H_cell + 1.35)
    y = SIDE * H_cell / 2 + 0.65
    _vector(ax, 0.55, y, H_cell, GREY, "$c_t$")
    arrow(ax, [(0.78, y), (1.16, y)], GREY)
    node(ax, 1.46, y, r"$\tanh$", GREY, radius=0.29)
    arrow(ax, [(1.75, y), (2.1, y)], GREY)
    node(ax, 2.3, y, "dot", GREY)
    text(ax, 2.3, y + 0.78, "$o_t$", LARGE, color=GREY)
    arrow(ax, [(2.3, y + 0.56), (2.3, y + 0.2)], GREY)
    arrow(ax, [(2.5, y), (2.8, y)], GREY)
    _vector(ax, 3.03, y, H_cell, GREY, "")
    left = 3.8
    arrow(ax, [(3.26, y), (left - 0.05, y)], GREY)
    for row in range(H_out):
        for column in range(H_cell):
            place = left + SIDE * (column + 0.5), y + SIDE * ((H_out - 1) / 2 - row)
            box(ax, *place, SIDE, SIDE, INK, tint(COLOURS["h"], 0.6), 1, radius=0)
    middle, right = left + SIDE * H_cell / 2, left + SIDE * H_cell
    text(ax, middle, y + SIDE * H_out / 2 + 0.3, "$W_{hr}$", LARGE)
    text(ax, middle, 0.25, rf"{H_out} $\times$ {H_cell} {words['numbers']}")
    arrow(ax, [(right + 0.05, y), (right + 0.5, y)])
    _vector(ax, right + 0.73, y, H_out, COLOURS["h"], "$h_t$")
    for x, size in ((0.55, H_cell), (3.03, H_cell), (right + 0.73, H_out)):
        text(ax, x, 0.25, f"{size} {words['numbers']}")
    return figure


def _vector(ax: Axes, x: float, y: float, size: int, colour: str, name: str) -> None:
    """Draw a vector as a column of squares under its name."""
    for k in range(size):
        place = y + SIDE * ((size - 1) / 2 - k)
        box(ax, x, place, SIDE, SIDE, colour, tint(colour, 0.25), 1.2, radius=0)
    text(ax, x, y + SIDE * size / 2 + 0.3, name, LARGE, color=INK if colour != GREY else GREY)


def forget_gates(
    groups: Mapping[str, ArrayLike], words: Mapping[str, str] = WORDS
) -> Figure:
    """Draw how forget gates are distributed, one panel for each group, on one axis.

    Args:
        groups: dict from a title to gates, an array of any shape with numbers from 0 to 1.
        words: the words, for another language.

    Returns:
        Figure.
    """
    figure, axs = new_figure(0.9 + 1.55 * len(groups), len(groups), 1, sharex=True, squeeze=False)
    edges = np.linspace(0, 1, 51)
    for ax, (title, gates) in zip(axs[:, 0], groups.items(), strict=True):
        values = np.ravel(gates)
        shares = np.histogram(values, edges)[0] / values.size
        ax.bar(edges[:-1], shares, np.diff(edges), align="edge", color=tint(COLOURS["f"], 0.7),
               edgecolor="white", linewidth=0.5)
        ax.axvline(0.5, color=INK, lw=1.5, ls=":")
        ax.set_title(title, fontsize=MEDIUM, loc="left", color=INK)
        ax.set(xlim=(0, 1), ylim=(0, 1.15 * shares.max()))
        ax.locator_params(axis="y", nbins=3)
        plain(ax)
    axs[-1, 0].tick_params(axis="x", pad=9)  # clear of the 0 of the other axis
    figure.supylabel(words["share"], fontsize=SMALL)
    axs[-1, 0].set_xlabel(words["gate"], fontsize=SMALL)
    return figure


def counts(
    rows: Mapping[str, int], strong: Sequence[str] = (), words: Mapping[str, str] = WORDS
) -> Figure:
    """Draw numbers of parameters as horizontal bars, each with its number at the end.

    Args:
        rows: dict from a label, such as the arguments, to a number.
        strong: labels of the bars to compare with, which are drawn in a stronger colour.
        words: the words, for another language.

    Returns:
        Figure.
    """
    figure, ax = new_figure(0.46 * len(rows) + 0.8)
    colours = [tint(GREY, 0.9 if label in strong else 0.45) for label in rows]
    drawn = ax.barh(range(len(rows)), list(rows.values()), height=0.66, color=colours)
    ax.bar_label(drawn, [f"{count:,}" for count in rows.values()], fontsize=SMALL, padding=5)
    ax.set_yticks(range(len(rows)), list(rows), fontsize=SMALL, family=MONO)
    ax.invert_yaxis()
    ax.margins(x=0.22, y=0.02)
    ax.set_xlabel(words["count"], fontsize=SMALL)
    ax.set_xticks([])
    plain(ax)
    ax.tick_params(length=0)
    return figure
