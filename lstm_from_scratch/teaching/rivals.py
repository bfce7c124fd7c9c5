"""Figures of the comparison of networks: what each keeps, results by seed, costs, the choice."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from .style import (
    COLOURS,
    CURVES,
    GREY,
    INK,
    MEDIUM,
    SMALL,
    arrow,
    box,
    canvas,
    new_figure,
    plain,
    tint,
)
from .style import text as write

# Every word of these figures, so that another language needs another table only.
WORDS = {
    "step": "step", "kept": "what is kept after each step",
    "recurrent": "plain RNN,\nGRU, LSTM", "linear": "linear\nrecurrence",
    "transformer": "Transformer", "back": "steps back", "weight": "weight of that step",
    "length": "steps so far", "ms": "ms for one step", "numbers": "numbers kept",
    "sequence": "steps in a sequence", "training": "ms, forward and backward",
    "data": "Is there much data,\nor a trained model\nfor it?",
    "adapt": "adapt or train\na Transformer",
    "simple": "Does a simple rule\nalready do?", "rule": "use the rule",
    "stream": "A stream without end,\nor little memory?",
    "recurrence": "LSTM, GRU or\nlinear recurrence",
    "open": "LSTM or GRU first,\nthen compare", "yes": "yes", "no": "no",
}
# One look for each kind in every figure; LSTM and GRU as in the figures of forecasts.
LOOKS: dict[str, dict[str, Any]] = {
    "plain RNN": {"color": GREY, "ls": ":", "marker": "v"},
    "GRU": {"color": CURVES[1], "ls": "--", "marker": "D"},
    "LSTM": {"color": CURVES[1], "ls": "-", "marker": "o"},
    "LSTM, as LSTMCell": {"color": CURVES[1], "ls": ":", "marker": "X"},
    "Transformer": {"color": "#117733", "ls": "-", "marker": "s"},
    "Transformer, without cache": {"color": "#117733", "ls": ":", "marker": "P"},
    "linear recurrence": {"color": CURVES[0], "ls": "-.", "marker": "^"},
}
NUMBERS = 4  # of a state, as it is drawn


def column(ax: Axes, x: float, y: float, colour: str) -> None:
    """Draw a vector of four numbers, its lower left corner at (x, y)."""
    for k in range(NUMBERS):
        ax.add_patch(Rectangle((x, y + 0.2 * k), 0.2, 0.2, facecolor=tint(colour, 0.45),
                               edgecolor=GREY, lw=1))


def keeping(steps: int = 4) -> Figure:
    """Draw what three kinds of networks keep of the past, and how a step makes it anew.

    Args:
        steps: how many, at most 4.

    Returns:
        Figure. A column is a vector. In a recurrent network every number of the state reaches
        every number of the next one; in a linear recurrence each reaches its own place; a
        Transformer adds a column at each step and keeps the others.

    Checked by: tests/book/test_rivals.py.
    """
    figure, ax = canvas(4.5)
    rows = {"recurrent": 3.05, "linear": 1.8, "transformer": 0.5}
    for t in range(steps):
        write(ax, 2.05 + 1.35 * t, 4.05, f"{WORDS['step']} {t}")
    for name, y in rows.items():
        write(ax, 0.1, y + 0.4, WORDS[name], ha="left")
        colour = COLOURS["x"] if name == "transformer" else COLOURS["h"]
        for t in range(steps):
            x = 1.95 + 1.35 * t
            count = t + 1 if name == "transformer" else 1
            for k in range(count):
                column(ax, x + 0.22 * k - 0.11 * (count - 1), y, colour)
            if name == "transformer" or t == steps - 1:
                continue
            for k in range(NUMBERS):
                targets = range(NUMBERS) if name == "recurrent" else [k]
                for other in targets:
                    arrow(ax, [(x + 0.24, y + 0.2 * k + 0.1), (x + 1.3, y + 0.2 * other + 0.1)],
                          GREY, 1.0, head=name == "linear")
    write(ax, 0.1, 4.36, WORDS["kept"], MEDIUM, ha="left")
    return figure


def weights_of_the_past(lines: Mapping[str, ArrayLike]) -> Figure:
    """Draw how much of an input is left in a number of a linear recurrence, over the steps.

    Args:
        lines: dict of at most three labels to (K) numbers, for 0, 1, ..., K - 1 steps back.

    Returns:
        Figure.

    Checked by: tests/book/test_rivals.py.
    """
    figure, ax = new_figure(3.8)
    ax.axhline(0, color=GREY, lw=1)
    looks = ((GREY, ":", "v"), (CURVES[0], "-.", "^"), (INK, "-", "o"))
    for (label, values), (colour, style, mark) in zip(lines.items(), looks, strict=False):
        ax.plot(np.asarray(values), color=colour, ls=style, marker=mark, lw=2, ms=5, label=label)
    ax.set_xlabel(WORDS["back"], fontsize=SMALL)
    ax.set_ylabel(WORDS["weight"], fontsize=SMALL)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    plain(ax)
    figure.legend(loc="outside upper center", ncols=3, frameon=False, fontsize=SMALL)
    return figure


def by_seed(
    panels: Mapping[str, tuple[str, Mapping[str, Sequence[float]], float | None]]
) -> Figure:
    """Draw a mark for each seed of each kind, and a stroke at the mean, a panel for each task.

    Args:
        panels: dict from a title to words for the axis, a dict from a kind, of LOOKS, to (seeds)
            results, and the result of a simple rule, drawn as a dotted line, or None.

    Returns:
        Figure.

    Checked by: tests/book/test_rivals.py.
    """
    figure, axes = new_figure(1.95 * len(panels), len(panels), squeeze=False)
    for ax, (title, (x_name, kinds, rule)) in zip(axes[:, 0], panels.items(), strict=True):
        if rule is not None:
            ax.axvline(rule, color=INK, lw=2, ls=":")
        for place, (kind, values) in enumerate(kinds.items()):
            look = LOOKS[kind] | {"ls": ""}
            ax.plot(values, [place] * len(values), ms=7, alpha=0.6, **look)
            ax.plot([np.mean(values)] * 2, [place - 0.38, place + 0.38], color=INK, lw=2.5)
        ax.set_yticks(range(len(kinds)), list(kinds))
        ax.set_ylim(len(kinds) - 0.4, -0.6)
        ax.xaxis.set_major_locator(MaxNLocator(nbins=5))
        ax.set_title(title, fontsize=MEDIUM, loc="left", color=INK)
        ax.set_xlabel(x_name, fontsize=SMALL)
        plain(ax)
    return figure


def costs(
    panels: Mapping[str, tuple[str, str, Mapping[str, Mapping[int, float]]]]
) -> Figure:
    """Draw costs over a length on two logarithmic axes, a panel for each cost.

    Args:
        panels: dict from a title to words for the two axes, and a dict from a kind, of LOOKS, to
            a dict from a length to a positive number.

    Returns:
        Figure.

    Checked by: tests/book/test_rivals.py.
    """
    figure, axes = new_figure(5.0, 1, len(panels), squeeze=False)
    for ax, (title, (x_name, y_name, lines)) in zip(axes[0], panels.items(), strict=True):
        for kind, values in lines.items():
            ax.plot(list(values), list(values.values()), lw=2, ms=6, label=kind, **LOOKS[kind])
        ax.set_xscale("log")
        ax.set_yscale("log")
        lengths = sorted({length for values in lines.values() for length in values})
        shown = lengths[:: -(-len(lengths) // 3)]
        ax.set_xticks(shown, [str(length) for length in shown])
        ax.minorticks_off()
        ax.set_title(title, fontsize=MEDIUM, loc="left", color=INK)
        ax.set_xlabel(x_name, fontsize=SMALL)
        ax.set_ylabel(y_name, fontsize=SMALL)
        plain(ax)
    found = {name: line for ax in axes[0]
             for line, name in zip(*ax.get_legend_handles_labels(), strict=True)}
    figure.legend(found.values(), found.keys(), loc="outside upper center", ncols=2,
                  frameon=False, fontsize=SMALL)
    return figure


def choice() -> Figure:
    """Draw three questions, each with the answer that it leads to.

    Returns:
        Figure. The questions stand one under the other; "yes" leads to the right. The answer that
        the book has not measured has a dashed frame.

    Checked by: tests/book/test_rivals.py.
    """
    figure, ax = canvas(5.6)
    # The stream comes before the data: a stream with much data must not end at the Transformer.
    pairs = (("simple", "rule", GREY), ("stream", "recurrence", CURVES[1]),
             ("data", "adapt", LOOKS["Transformer"]["color"]))
    left, right = 1.75, 5.5
    for k, (question, answer, colour) in enumerate(pairs):
        y = 4.95 - 1.45 * k
        box(ax, left, y, 3.2, 1.0, GREY, fill="white")
        write(ax, left, y, WORDS[question], zorder=4)
        patch = box(ax, right, y, 2.5, 0.9, colour)
        if answer == "adapt":  # not measured in this book
            patch.set_linestyle("--")
        write(ax, right, y, WORDS[answer], zorder=4)
        arrow(ax, [(left + 1.6, y), (right - 1.27, y)])
        write(ax, (left + right) / 2 + 0.2, y + 0.2, WORDS["yes"])
        arrow(ax, [(left, y - 0.5), (left, y - 0.93)])
        write(ax, left + 0.3, y - 0.7, WORDS["no"])
    box(ax, left, 0.65, 3.2, 0.85, INK, fill="white")
    write(ax, left, 0.65, WORDS["open"], zorder=4)
    return figure


def table(rows: Sequence[Sequence[Any]], widths: Sequence[int]) -> str:
    """Set cells in columns: the first one to the left, the others to the right.

    Args:
        rows: the cells, row by row.
        widths: of the columns, in characters.

    Returns:
        Lines.

    Checked by: tests/book/test_rivals.py.
    """
    lines = []
    for first, *others in rows:
        cells = [str(first).ljust(widths[0])]
        cells += [str(cell).rjust(width) for cell, width in zip(others, widths[1:], strict=True)]
        lines.append("".join(cells).rstrip())
    return "\n".join(lines)
