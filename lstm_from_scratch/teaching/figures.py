"""Plots of data: arrays in, Figure out. Nothing here runs a model."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike, NDArray

from .style import (
    ARROWS,
    COLOURS,
    CURVES,
    DIRECTIONS,
    GATES,
    GREY,
    INK,
    LARGE,
    MEDIUM,
    MONO,
    SMALL,
    box,
    canvas,
    link,
    new_figure,
    plain,
    text,
    tint,
)


def gate_rows(weight: ArrayLike, bias: ArrayLike | None = None) -> Figure:
    """Draw a fused weight as a heat map whose row blocks carry the names of the four gates.

    Args:
        weight: (4*H_cell, H) array.
        bias: (4*H_cell) array or None, drawn as one more column.

    Returns:
        Figure.
    """
    weight = np.asarray(weight)
    rows, columns = weight.shape
    H_cell = rows // 4
    bound = np.abs(weight).max() if bias is None else max(np.abs(weight).max(), np.abs(bias).max())
    parts = [weight] if bias is None else [weight, np.asarray(bias)[:, None]]
    ratios = [0.06 * columns] + [max(0.06 * columns, part.shape[1]) for part in parts]
    figure, axs = new_figure(5.2, 4, len(ratios), width_ratios=ratios)
    for k, gate in enumerate(GATES):
        block = slice(k * H_cell, (k + 1) * H_cell)
        label, *maps = axs[k]
        label.set_facecolor(tint(COLOURS[gate], 0.6))
        text(label, 0.5, 0.5, f"${gate}$", LARGE, transform=label.transAxes)
        label.set(xticks=[], ylim=(H_cell, 0), yticks=[0], yticklabels=[f"{k * H_cell}"])
        label.tick_params(labelsize=SMALL, length=0)
        for ax, part in zip(maps, parts, strict=True):
            image = ax.imshow(
                part[block], cmap="PuOr_r", vmin=-bound, vmax=bound, aspect="auto",
                interpolation="nearest",
            )
            ax.set(xticks=[], yticks=[])
        for ax in axs[k]:
            ax.spines[:].set_visible(False)
    ticks = [0, columns - 1] if columns > 1 else [0]
    axs[-1, 1].set_xticks(ticks)
    axs[-1, 1].tick_params(labelsize=SMALL, length=0)
    bar = figure.colorbar(image, ax=axs, location="bottom", aspect=40, pad=0.03)
    bar.locator = MaxNLocator(5)
    bar.ax.tick_params(labelsize=SMALL)
    bar.outline.set_visible(False)
    return figure


def matches(output: NDArray, h_n: NDArray, bidirectional: bool) -> list[tuple[int, int, int]]:
    """Find which slice of `output` each row of `h_n` equals, number for number.

    Args:
        output: (L, N, D*H_out) array.
        h_n: (D*num_layers, N, H_out) array.
        bidirectional: whether D is 2.

    Returns:
        list of (row, t, direction).
    """
    D = 2 if bidirectional else 1
    slices = np.split(np.asarray(output), D, axis=2)  # D times (L, N, H_out)
    return [
        (row, t, direction)
        for row in range(len(h_n))
        for t in range(len(output))
        for direction in range(D)
        if np.array_equal(h_n[row], slices[direction][t])
    ]


def address_map(output: NDArray, h_n: NDArray, bidirectional: bool) -> Figure:
    """Join each row of `h_n` to the slice of `output` that holds the same numbers, if any does.

    Args:
        output: (L, N, D*H_out) array, L at most 6 to stay legible.
        h_n: (D*num_layers, N, H_out) array.
        bidirectional: whether D is 2.

    Returns:
        Figure.
    """
    D = 2 if bidirectional else 1
    L, rows = len(output), len(h_n)
    figure, ax = canvas(4.6)
    pitch = 5.9 / L
    half = 0.88 * pitch / D
    starts = [0.98 + pitch * t for t in range(L)]
    matching = matches(output, h_n, bidirectional)
    joined = {(t, direction) for _, t, direction in matching}
    text(ax, 0.48, 3.7, "output", mono=True)
    text(ax, 0.48, 4.25, "step")
    for t, start in enumerate(starts):
        text(ax, start + half * D / 2, 4.25, f"{t}", mono=True)
        for k in range(D):
            hit = (t, k) in joined
            colour = DIRECTIONS[k] if hit else GREY
            fill = tint(DIRECTIONS[k], 0.5 if hit else 0.12)
            box(ax, start + half * (k + 0.5), 3.7, half - 0.05, 0.6, colour, fill, 3 if hit else 1)
            text(ax, start + half * (k + 0.5), 3.7, ARROWS[k], LARGE, zorder=4)
    spread = min(1.5, 6.8 / rows)
    centres = [3.5 + spread * (row - (rows - 1) / 2) for row in range(rows)]
    for row, x in enumerate(centres):
        layer, k = divmod(row, D)
        hit = any(row == match[0] for match in matching)
        fill = tint(DIRECTIONS[k], 0.5) if hit else "white"
        patch = box(ax, x, 0.65, 1.04, 1.1, DIRECTIONS[k] if hit else GREY, fill, 3 if hit else 1)
        patch.set_linestyle("-" if hit else "--")
        text(ax, x, 0.96, f"h_n[{row}]", mono=True, zorder=4)
        text(ax, x, 0.64, f"layer {layer}", zorder=4)
        text(ax, x, 0.34, ("forward", "reverse")[k], zorder=4)
    nowhere = [x for row, x in enumerate(centres) if row not in {match[0] for match in matching}]
    if nowhere:
        text(ax, (nowhere[0] + nowhere[-1]) / 2, 1.45, "not in output")
    for row, t, k in matching:
        link(ax, (centres[row], 1.2), (starts[t] + half * (k + 0.5), 3.4), DIRECTIONS[k], 3)
    return figure


def influence(matrices: Sequence[NDArray], labels: Sequence[str]) -> Figure:
    """Draw |d output[t] / d x[s]| side by side: exact zeros hatched, the rest on one log scale.

    Args:
        matrices: list of (L, L) nonnegative arrays, row t, column s.
        labels: list of mathtext or code labels, one above each.

    Returns:
        Figure.
    """
    return _panels(matrices, labels, "$t$", "$s$")


def leak(matrices: Sequence[NDArray], labels: Sequence[str]) -> Figure:
    """Draw how far sample i moves when sample j changes: exact zeros hatched.

    Args:
        matrices: list of (N, N) nonnegative arrays, row i, column j.
        labels: list of mathtext or code labels, one above each.

    Returns:
        Figure.
    """
    return _panels(matrices, labels, "$i$", "$j$")


def _panels(
    matrices: Sequence[NDArray], labels: Sequence[str], row_name: str, column_name: str
) -> Figure:
    """Draw square nonnegative matrices in one row, on one logarithmic scale if they need one."""
    matrices = [np.asarray(matrix, dtype=float) for matrix in matrices]
    count = len(matrices)
    positive = np.concatenate([matrix[matrix > 0] for matrix in matrices])
    low, high = (positive.min(), positive.max()) if len(positive) else (1.0, 1.0)
    scaled = low < high
    norm = LogNorm(low, high) if scaled else Normalize(0, 2 * high)
    height = 6.5 / count + (1.45 if scaled else 0.85)
    figure, axs = new_figure(height, 1, count, squeeze=False)
    for ax, matrix, label in zip(axs[0], matrices, labels, strict=True):
        size = len(matrix)
        ax.patch.set(hatch="////", edgecolor="#c8c8c8", linewidth=0)
        image = ax.imshow(np.ma.masked_equal(matrix, 0), cmap="viridis_r", norm=norm)
        family = None if "$" in label else MONO
        size_of_label = SMALL if family else LARGE
        ax.set_title(label, fontsize=size_of_label, color=INK, family=family)
        ax.set(xticks=[0, size - 1], yticks=[0, size - 1])
        ax.set_xticks(np.arange(0.5, size - 1), minor=True)
        ax.set_yticks(np.arange(0.5, size - 1), minor=True)
        ax.grid(which="minor", color="white", linewidth=1.5)
        ax.tick_params(labelsize=SMALL, length=0, which="both")
        ax.spines[:].set_color(GREY)
        ax.set_xlabel(column_name, fontsize=MEDIUM, labelpad=-8)
    axs[0, 0].set_ylabel(row_name, fontsize=MEDIUM, rotation=0, va="center")
    if scaled:
        bar = figure.colorbar(image, ax=axs, location="bottom", aspect=40, pad=0.04)
        decades = np.arange(np.ceil(np.log10(low)), np.floor(np.log10(high)) + 1)
        if len(decades) >= 2:
            step = -(-len(decades) // 5)  # at most five labels fit
            bar.set_ticks(list(10.0 ** decades[::step]))
        else:
            bar.set_ticks([low, high], labels=[f"{low:.1g}", f"{high:.1g}"])
        bar.minorticks_off()
        bar.ax.tick_params(labelsize=SMALL)
        bar.outline.set_visible(False)
    return figure


def histogram(values: ArrayLike, bound: float) -> Figure:
    """Draw the density of initial weights against the uniform density on (-bound, bound).

    Args:
        values: array of any shape.
        bound: 1/sqrt(H_cell).

    Returns:
        Figure.
    """
    figure, ax = new_figure(3.6)
    edges = np.linspace(-1.2 * bound, 1.2 * bound, 25)  # the bound is the edge of a bin
    ax.hist(np.ravel(values), edges, density=True, color=tint(COLOURS["i"], 0.5), ec="white")
    height = 1 / (2 * bound)
    ax.plot([-bound, bound], [height, height], color=INK, lw=2)
    for sign, side in (("-", -1), ("+", 1)):
        ax.axvline(side * bound, color=COLOURS["f"], lw=2, linestyle="--")
        label = rf"${sign}1/\sqrt{{H_\mathrm{{cell}}}}$"
        ax.text(
            side * bound, 1.02, label, fontsize=MEDIUM, ha="center", va="bottom",
            transform=ax.get_xaxis_transform(),
        )
    ax.set(xticks=[-bound, 0, bound], yticks=[0, height])
    ax.set_xticklabels([f"$-{bound:.3g}$", "0", f"{bound:.3g}"])
    ax.set_yticklabels(["0", f"{height:.3g}"])
    plain(ax)
    return figure


def bars(counts: Mapping[str, int]) -> Figure:
    """Draw integers as horizontal bars, each with its number at the end.

    Args:
        counts: dict of label to int.

    Returns:
        Figure.
    """
    figure, ax = new_figure(0.5 * len(counts) + 0.3)
    places = range(len(counts))
    drawn = ax.barh(places, list(counts.values()), height=0.66, color=tint(COLOURS["i"], 0.6))
    ax.bar_label(drawn, [f"{count:,}" for count in counts.values()], fontsize=SMALL, padding=5)
    ax.set_yticks(places, list(counts), fontsize=SMALL, family=MONO)
    ax.invert_yaxis()
    ax.margins(x=0.22, y=0.02)
    ax.set_xticks([])
    ax.tick_params(length=0)
    ax.spines[["top", "right", "bottom"]].set_visible(False)
    ax.spines["left"].set_color(GREY)
    return figure


def errors(rows: Sequence[tuple[str, Sequence[float], Sequence[float], float]]) -> Figure:
    """Draw how errors are spread, on a logarithmic axis with exact zeros in a column at the left.

    Args:
        rows: list of (name, ours, theirs, tolerance): two arrays of errors, each drawn as a line
            over all that are not zero, a bar over their middle half, and a dot at zero if some
            are zero; and a mark at the tolerance.

    Returns:
        Figure.

    Checked by: tests/book/test_errors_figure.py.
    """
    values = [float(v) for _, ours, theirs, line in rows for v in (*ours, *theirs, line)]
    low = 10.0 ** np.floor(np.log10(min(v for v in values if v > 0)))
    zero = low / 10
    figure, ax = new_figure(2.2 + 0.75 * len(rows))
    for k, (_, ours, theirs, tolerance) in enumerate(rows):
        for dots, shift, colour in ((ours, -0.16, CURVES[0]), (theirs, 0.16, CURVES[1])):
            dots, y = np.asarray(dots), k + shift
            positive = dots[dots > 0]
            if len(positive) < len(dots):
                ax.plot(zero, y, "o", ms=9, color=colour)
            if len(positive):
                middle = np.quantile(positive, [0.25, 0.75])
                ax.plot([positive.min(), positive.max()], [y, y], color=colour, lw=2)
                ax.plot(middle, [y, y], color=colour, lw=9, solid_capstyle="butt")
        ax.plot([tolerance, tolerance], [k - 0.36, k + 0.36], color=INK, lw=3)
    ticks = [10.0**p for p in range(int(np.log10(low)), 1) if p % 3 == 0]
    ax.set_xscale("log")
    ax.set_xlim(zero / 3, 1)
    ax.set_xticks([zero, *ticks], ["0", *(f"$10^{{{round(np.log10(t))}}}$" for t in ticks)])
    ax.minorticks_off()
    ax.set_yticks(range(len(rows)), [name for name, *_ in rows], fontfamily=MONO)
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.set_xlabel("error, as a share of the largest value", fontsize=SMALL)
    below = all(max(*ours, *theirs) <= tolerance for _, ours, theirs, tolerance in rows)
    message = "every error stays below its tolerance" if below else "an error passes its tolerance"
    figure.suptitle(message, fontsize=MEDIUM)
    marks = [
        Line2D([], [], color=colour, lw=width, label=label)
        for colour, width, label in (
            (CURVES[0], 9, "ours"), (CURVES[1], 9, "PyTorch"), (INK, 3, "tolerance"),
        )
    ]
    figure.legend(
        handles=marks, loc="outside lower center", ncols=3, fontsize=SMALL, frameon=False
    )
    plain(ax)
    return figure
