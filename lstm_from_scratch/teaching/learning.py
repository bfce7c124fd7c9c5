"""Figures of a training: images and what is read in them, curves of losses, a sweep of rates."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike, NDArray

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
)
from .style import text as write

# Every word of these figures, so that another language needs another table only.
WORDS = {
    "update": "training step", "broken": "then not finite",
    "image": "one image", "rows": "rows of", "numbers": "numbers", "row": "step and its row",
    "down": "h and c are\npassed down", "linear": "linear", "scores": "10 scores",
    "guessing": "guessing", "training": "training", "validation": "validation",
    "epoch": "epoch", "loss": "loss", "read": "read as", "left": "the rows", "line": "row",
    "percent": "percent for each digit", "digit": "digit",
}
TRAINING, VALIDATION = CURVES


def reading(image: NDArray) -> Figure:
    """Draw an image, its rows one by one, and the LSTM that reads them from top to bottom.

    Args:
        image: (L, H_in) numbers from 0 to 1.

    Returns:
        Figure.
    """
    figure, ax = canvas(4.5)
    steps = len(image)
    ax.imshow(1 - image, cmap="gray", vmin=0, vmax=1, extent=(0.15, 2.15, 1.6, 3.6), zorder=2)
    ax.add_patch(Rectangle((0.15, 1.6), 2.0, 2.0, fill=False, edgecolor=GREY, zorder=3))
    write(ax, 1.15, 3.9, WORDS["image"], MEDIUM)
    write(ax, 1.15, 1.3, f"$L$ = {steps} {WORDS['rows']}", SMALL)
    write(ax, 1.15, 1.02, f"$H_{{in}}$ = {image.shape[1]} {WORDS['numbers']}", SMALL)
    heights = np.linspace(3.85, 0.65, steps)
    for row, y in zip(image, heights, strict=True):
        ax.imshow(1 - row[None], cmap="gray", vmin=0, vmax=1, aspect="auto",
                  extent=(2.75, 4.15, y - 0.0875, y + 0.0875), zorder=2)
        ax.add_patch(
            Rectangle((2.75, y - 0.0875), 1.4, 0.175, fill=False, edgecolor=GREY, zorder=3)
        )
        arrow(ax, [(4.18, y), (4.52, y)])
        box(ax, 4.9, y, 0.76, 0.28, COLOURS["h"], radius=0.05)
        write(ax, 4.9, y - 0.01, "LSTM", zorder=4)
    for above, below in zip(heights, heights[1:], strict=False):
        arrow(ax, [(4.9, above - 0.14), (4.9, below + 0.14)], COLOURS["h"], width=2)
    ax.set(xlim=(0, 7), ylim=(0, 4.5), aspect="equal")  # which imshow has changed
    for t, y in enumerate(heights):
        write(ax, 2.55, y, str(t), SMALL, color=GREY)
    write(ax, 3.45, 4.22, WORDS["row"], MEDIUM)
    write(ax, 5.4, 2.25, WORDS["down"], SMALL, ha="left")
    last = heights[-1]
    arrow(ax, [(5.28, last), (5.58, last)], COLOURS["h"], width=2)
    box(ax, 6.0, last, 0.8, 0.28, INK, radius=0.05)
    write(ax, 6.0, last - 0.01, WORDS["linear"], zorder=4)
    arrow(ax, [(6.0, last - 0.14), (6.0, last - 0.36)], INK, width=2)
    write(ax, 6.0, last - 0.5, WORDS["scores"], SMALL)
    return figure


def losses(
    runs: Mapping[str, ArrayLike], columns: int = 2, guessing: float | None = None
) -> Figure:
    """Draw the training and the validation loss of each run in a panel of its own.

    Args:
        runs: dict from a title to (epochs, 2) numbers: training loss, validation loss.
        columns: how many panels stand side by side.
        guessing: the loss of a model that knows nothing, drawn as a line, or None.

    Returns:
        Figure.
    """
    count = -(-len(runs) // columns)
    figure, axs = new_figure(3.4 if count == 1 else 2.6 * count, count, columns, squeeze=False)
    for ax, (title, values) in zip(axs.flat, runs.items(), strict=True):
        values = np.asarray(values)
        epochs = np.arange(1, len(values) + 1)
        if guessing is not None:
            ax.axhline(guessing, color=GREY, lw=1.5, ls=":", label=WORDS["guessing"])
        ax.plot(epochs, values[:, 0], color=TRAINING, lw=3, label=WORDS["training"])
        ax.plot(epochs, values[:, 1], color=VALIDATION, lw=3, ls="--", label=WORDS["validation"])
        ax.set_ylim(0, max(2.5, 1.05 * values.max()))
        ax.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))
        ax.set_title(title, fontsize=MEDIUM, loc="left", color=INK)
        plain(ax)
    for ax in axs[-1]:
        ax.set_xlabel(WORDS["epoch"], fontsize=SMALL)
    for ax in axs[:, 0]:
        ax.set_ylabel(WORDS["loss"], fontsize=SMALL)
    lines, names = axs[0, 0].get_legend_handles_labels()
    figure.legend(lines, names, loc="outside upper center", ncols=3, frameon=False,
                  fontsize=SMALL)
    return figure


def mistakes(images: NDArray, written: Sequence[int], read: Sequence[int]) -> Figure:
    """Draw images under what was written and what was read, at most ten.

    Args:
        images: (N, L, H_in) numbers from 0 to 1.
        written, read: (N) digits.

    Returns:
        Figure.
    """
    figure, axs = new_figure(3.6, 2, 5, squeeze=False)
    for ax in axs.flat:
        ax.set(xticks=[], yticks=[])
        ax.axis("off")
    for ax, image, wrote, got in zip(axs.flat, images, written, read, strict=False):
        ax.imshow(1 - image, cmap="gray", vmin=0, vmax=1)
        ax.set_title(f"{wrote}, {WORDS['read']} {got}", fontsize=SMALL, color=INK)
    return figure


def answers(image: NDArray, shares: NDArray) -> Figure:
    """Draw an image and, beside each of its rows, what is believed after that row.

    Args:
        image: (L, H_in) numbers from 0 to 1.
        shares: (L, 10) numbers from 0 to 1: the probability of each digit after each row.

    Returns:
        Figure.
    """
    figure, (left, right) = new_figure(3.9, 1, 2, width_ratios=(8, 10))
    left.imshow(1 - image, cmap="gray", vmin=0, vmax=1)
    left.set_title(WORDS["left"], fontsize=MEDIUM, color=INK)
    left.set_ylabel(WORDS["line"], fontsize=SMALL)
    left.set_xticks([])
    right.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for (row, digit), share in np.ndenumerate(shares):
        if share >= 0.1:
            colour = "white" if share > 0.6 else INK
            write(right, digit, row, f"{100 * share:.0f}", color=colour)
    right.set_title(WORDS["percent"], fontsize=MEDIUM, color=INK)
    right.set_xlabel(WORDS["digit"], fontsize=SMALL)
    right.set_xticks(range(shares.shape[1]))
    for ax in (left, right):
        ax.set_yticks(range(len(image)))
        ax.tick_params(labelsize=SMALL, color=GREY, labelcolor=INK)
    return figure


def rates(
    lines: Mapping[str, Mapping[float, Sequence[float]]], x_name: str, y_name: str
) -> Figure:
    """Draw means and spreads over the learning rate, one line for each label.

    Args:
        lines: dict from a label to a dict from a learning rate to (K) numbers, one for each seed.
        x_name, y_name: words for the axes.

    Returns:
        Figure. A mark stands at the mean, a bar reaches from the lowest seed to the highest.
    """
    figure, ax = new_figure(4.2)
    colours = [COLOURS[key] for key in "xhoifgc"]
    for k, (label, values) in enumerate(lines.items()):
        places = np.arange(len(values)) + 0.1 * (k - (len(lines) - 1) / 2)  # side by side
        means = np.array([np.mean(v) for v in values.values()])
        low = means - [np.min(v) for v in values.values()]
        high = [np.max(v) for v in values.values()] - means
        ax.errorbar(places, means, [low, high], color=colours[k], marker="osD^vPX"[k], ms=8,
                    lw=2, elinewidth=1.5, label=label)
    names = [f"{rate:g}" for rate in next(iter(lines.values()))]
    ax.set_xticks(range(len(names)), names)
    ax.set_ylim(0, 1.02)
    ax.set_xlabel(x_name, fontsize=SMALL)
    ax.set_ylabel(y_name, fontsize=SMALL)
    plain(ax)
    figure.legend(loc="outside upper center", ncols=3, frameon=False, fontsize=SMALL)
    return figure


def steps(
    panels: Mapping[str, Mapping[str, ArrayLike]], guessing: float | None = None,
    logarithmic: bool = False, x_name: str = WORDS["update"], borders: Sequence[int] = (),
) -> Figure:
    """Draw losses over the training steps; a line whose loss is no longer finite ends in a cross.

    Args:
        panels: dict of titles to dicts of labels to (K) losses, one for each training step; at
            most three lines in a panel. The same label has the same colour in every panel.
        guessing: the loss of a model that knows nothing, drawn as a line, or None.
        logarithmic: whether the axis of the losses is.
        x_name: words for what is counted.
        borders: where thin lines stand, such as between two epochs.

    Returns:
        Figure.
    """
    columns = min(2, len(panels))
    count = -(-len(panels) // columns)
    figure, axs = new_figure(3.6 if count == 1 else 2.5 * count, count, columns, squeeze=False)
    labels = list(dict.fromkeys(label for lines in panels.values() for label in lines))
    look = dict(zip(labels, ((TRAINING, "-"), (VALIDATION, "--"), (INK, "-.")), strict=False))
    for ax, (title, lines) in zip(axs.flat, panels.items(), strict=True):
        if guessing is not None:
            ax.axhline(guessing, color=GREY, lw=1.5, ls=":", label="guessing")
        for border in borders:
            ax.axvline(border, color=GREY, lw=1, alpha=0.5)
        for label, values in lines.items():
            values = np.asarray(values, dtype=float)
            colour, style = look[label]
            finite = np.isfinite(values)
            last = len(values) if finite.all() else int(finite.argmin())  # the first bad step
            ax.plot(values[:last], color=colour, ls=style, lw=2.5, label=label)
            if last < len(values):
                ax.plot(last - 1, values[last - 1], "X", color=colour, ms=12)
                ax.annotate(WORDS["broken"], (last - 1, values[last - 1]), (9, 0),
                            textcoords="offset points", va="center", color=colour,
                            fontsize=SMALL)
        if logarithmic:
            ax.set_yscale("log")
            ax.minorticks_off()
        else:
            ax.set_ylim(bottom=0)
        ax.set_title(title, fontsize=MEDIUM, loc="left", color=INK)
        plain(ax)
    for ax in axs[-1]:
        ax.set_xlabel(x_name, fontsize=SMALL)
    for ax in axs[:, 0]:
        ax.set_ylabel("loss", fontsize=SMALL)
    found = {name: line for ax in axs.flat
             for line, name in zip(*ax.get_legend_handles_labels(), strict=True)}
    wide = sum(map(len, found)) > 40  # letters, of which a line holds about as many
    figure.legend(found.values(), found.keys(), loc="outside upper center",
                  ncols=2 if wide else 4, frameon=False, fontsize=SMALL)
    return figure


def seeds(
    rows: Mapping[str, Sequence[float]], x_name: str, guessing: float | None = None
) -> Figure:
    """Draw a mark for each seed, one row for each thing that was tried.

    Args:
        rows: dict of labels to (K) shares from 0 to 1, one for each seed.
        x_name: words for the axis.
        guessing: the share of a model that knows nothing, drawn as a line, or None.

    Returns:
        Figure. A stroke stands at the mean.
    """
    figure, ax = new_figure(1.3 + 0.36 * len(rows))
    if guessing is not None:
        ax.axvline(guessing, color=GREY, lw=1.5, ls=":")
    for place, values in enumerate(rows.values()):
        ax.plot(values, [place] * len(values), "o", color=VALIDATION, alpha=0.5, ms=8)
        ax.plot([np.mean(values)] * 2, [place - 0.35, place + 0.35], color=INK, lw=2.5)
    ax.set_yticks(range(len(rows)), list(rows))
    ax.set(xlim=(0, 1.02), ylim=(len(rows) - 0.4, -0.6))
    ax.set_xlabel(x_name, fontsize=SMALL)
    plain(ax)
    return figure
