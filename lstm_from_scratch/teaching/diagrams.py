"""Drawings of structure: the cell, the stack, the order of axes, the shapes of parameters."""

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .. import shapes
from .style import (
    COLOURS,
    DIRECTIONS,
    GATES,
    GREY,
    INK,
    LARGE,
    MEDIUM,
    PALE,
    WIDTH,
    arrow,
    axis_colour,
    box,
    canvas,
    link,
    maths,
    node,
    text,
    tint,
)

# The cell: centres of its columns (i, f, g, o, then what leaves) and of its rows, in inches.
COLUMN = (0.75, 2.05, 3.35, 4.65, 6.15)
ROW = {
    "inputs": 0.55,
    "maps": 1.85,
    "sum": 2.95,
    "tiles": 3.6,
    "activations": 4.6,
    "gates": 5.55,
    "products": 6.6,
    "tanh": 7.3,
    "highway": 8.1,
}
STRONG = 3.0  # pt, the outline of what the caller gets back


def cell(projection: bool = False) -> Figure:
    """Draw the data flow of one LSTM cell: boxes are tensors, circles are operations.

    Args:
        projection: whether the hidden state is projected by W_hr (proj_size > 0).

    Returns:
        Figure.
    """
    figure, ax = canvas(8.6)
    _preactivations(ax)
    _gates(ax)
    _highway(ax)
    _hidden_state(ax, projection)
    return figure


def _tensor(
    ax: Axes, x: float, y: float, name: str, axes: Sequence[str], colour: str, width: float = 1.15
) -> None:
    """Draw a tensor: its name above its shape."""
    box(ax, x, y, width, 0.8, colour)
    text(ax, x, y + 0.16, name, LARGE, zorder=4)
    text(ax, x, y - 0.2, maths(axes), zorder=4)


def _preactivations(ax: Axes) -> None:
    """Draw what leads from h_{t-1} and x_t to the four row blocks of a_t."""
    middle = (COLUMN[0] + COLUMN[3]) / 2
    left, right = middle - 1.56, middle + 1.56
    sides = (
        (left, "$h_{t-1}$", "H_out", "hh", "h"),
        (right, "$x_t$", "H_in", "ih", "x"),
    )
    for x, name, size, index, letter in sides:
        colour = COLOURS[letter]
        y = ROW["maps"]
        arrow(ax, [(x, ROW["inputs"] + 0.4), (x, y - 0.42)])
        _tensor(ax, x, ROW["inputs"], name, ("N", size), colour)
        box(ax, x, y, 2.0, 0.84, GREY, fill="white")
        weight, bias = rf"$W_{{{index}}}\ $", rf"$b_{{{index}}}\ $"
        text(ax, x, y + 0.2, weight + maths(("4*H_cell", size)), zorder=4)
        text(ax, x, y - 0.2, bias + maths(("4*H_cell",)), zorder=4)
        edge = x + 1.0 if x < middle else x - 1.0
        arrow(ax, [(edge, y), (middle + (0.2 if x > middle else -0.2), y)])
    node(ax, middle, ROW["maps"], "plus")
    arrow(ax, [(middle, ROW["maps"] + 0.2), (middle, ROW["sum"] - 0.27)])
    width = COLUMN[3] - COLUMN[0] + 1.22
    box(ax, middle, ROW["sum"], width, 0.52, GREY, fill="white")
    text(ax, middle, ROW["sum"], r"$a_t\ $" + maths(("N", "4*H_cell")), MEDIUM, zorder=4)


def _gates(ax: Axes) -> None:
    """Draw the four row blocks, their activations and the four gates."""
    for x, gate in zip(COLUMN, GATES, strict=False):
        colour = COLOURS[gate]
        y = ROW["tiles"]
        arrow(ax, [(x, y), (x, ROW["gates"] - 0.4)], colour)
        _tensor(ax, x, y + 0.09, f"$a_{gate}$", ("N", "H_cell"), colour, width=1.22)
        sign = r"$\tanh$" if gate == "g" else r"$\sigma$"
        node(ax, x, ROW["activations"], sign, colour, radius=0.29)
        _tensor(ax, x, ROW["gates"], f"${gate}_t$", ("N", "H_cell"), colour)


def _highway(ax: Axes) -> None:
    """Draw the straight path from c_{t-1} to c_t and what is added to it."""
    y, colour = ROW["highway"], COLOURS["c"]
    x_i, x_f, x_g, x_o, x_out = COLUMN
    gate_top, product = ROW["gates"] + 0.4, ROW["products"]
    arrow(ax, [(x_i, gate_top), (x_i, product), (x_g - 0.2, product)], COLOURS["i"])
    arrow(ax, [(x_f, gate_top), (x_f, y - 0.2)], COLOURS["f"], over=True)
    arrow(ax, [(x_g, gate_top), (x_g, product - 0.2)], COLOURS["g"])
    arrow(ax, [(x_g, product + 0.2), (x_g, y - 0.2)])
    stops = (x_i + 0.575, x_f - 0.2, x_f + 0.2, x_g - 0.2, x_g + 0.2, x_out - 0.6)
    for start, end in zip(stops[::2], stops[1::2], strict=True):
        arrow(ax, [(start, y), (end, y)], colour, width=3)
    _tensor(ax, x_i, y, "$c_{t-1}$", ("N", "H_cell"), colour)
    _tensor(ax, x_out, y, "$c_t$", ("N", "H_cell"), colour)
    node(ax, x_f, y, "dot")
    node(ax, x_g, y, "plus")
    node(ax, x_g, product, "dot")
    arrow(ax, [(x_o, y), (x_o, product + 0.2)], colour)
    node(ax, x_o, ROW["tanh"], r"$\tanh$", colour, radius=0.29)
    arrow(ax, [(x_o, gate_top), (x_o, product - 0.2)], COLOURS["o"])
    node(ax, x_o, product, "dot")


def _hidden_state(ax: Axes, projection: bool) -> None:
    """Draw what leads from the last product to h_t."""
    x, y = COLUMN[4], ROW["products"]
    start, colour = COLUMN[3] + 0.2, COLOURS["h"]
    if not projection:
        arrow(ax, [(start, y), (x - 0.575, y)])
        _tensor(ax, x, y, "$h_t$", ("N", "H_out"), colour)
        return
    arrow(ax, [(start, y), (x - 0.72, y)])
    box(ax, x, y, 1.44, 0.8, GREY, fill="white")
    text(ax, x, y + 0.16, r"$o_t\odot\tanh\,c_t$", zorder=4)
    text(ax, x, y - 0.2, maths(("N", "H_cell")), zorder=4)
    for start in (y - 0.4, y - 1.65):
        arrow(ax, [(x, start), (x, start - 0.45)])
    box(ax, x, y - 1.25, 1.44, 0.8, GREY, fill="white")
    text(ax, x, y - 1.09, "$W_{hr}$", LARGE, zorder=4)
    text(ax, x, y - 1.45, maths(("H_out", "H_cell")), zorder=4)
    _tensor(ax, x, y - 2.5, "$h_t$", ("N", "H_out"), colour)


# The stack: heights in inches, counted from the boxes that a layer reads.
LOWEST = 0.8  # of the input
FORK, FIRST, APART, RISE = 0.36, 0.84, 0.64, 1.5  # to the next boxes: RISE, and APART for reverse


def stack(num_layers: int = 2, bidirectional: bool = True, L: int = 4) -> Figure:
    """Draw the unrolled stack, with what makes `output`, `h_n` and `c_n` in strong outline.

    Args:
        num_layers, bidirectional: as for `torch.nn.LSTM`.
        L: number of time steps, at most 5 to stay legible.

    Returns:
        Figure.
    """
    D = shapes.DIRECTIONS[bidirectional]
    pitch = 4.7 / L
    times = [1.15 + pitch * (t + 0.5) for t in range(L)]
    rise = RISE + APART * (D - 1)
    figure, ax = canvas(LOWEST + rise * num_layers + 0.9)
    y = LOWEST
    text(ax, 0.5, y, "input", mono=True)
    for layer in range(num_layers):
        _band(ax, y, rise, layer)
        _slices(ax, times, y, pitch, DIRECTIONS[:D] if layer else (COLOURS["x"],))
        _fan_out(ax, times, y, D)
        for direction in range(D):
            row = layer * D + direction
            _direction(ax, times, y + FIRST + APART * direction, y + rise, direction, row, D)
        y += rise
    _slices(ax, times, y, pitch, DIRECTIONS[:D], strong=True)
    text(ax, 0.5, y, "output", mono=True)
    for t, x in enumerate(times):
        text(ax, x, LOWEST, f"[{t}]", mono=True, zorder=5)
        text(ax, x, y, f"[{t}]", mono=True, zorder=5)
    arrow(ax, [(times[0], 0.44), (times[-1], 0.44)], GREY)
    text(ax, (times[0] + times[-1]) / 2, 0.2, "time step")
    for x, word, colour in zip((0.2, 5.95), ("forward", "reverse")[:D], DIRECTIONS, strict=False):
        box(ax, x, 0.2, 0.2, 0.2, colour, tint(colour, 0.4), radius=0.02)
        text(ax, x + 0.18, 0.2, word, ha="left")
    text(ax, WIDTH / 2, y + 0.74, "output: the top layer, at every step")
    text(ax, WIDTH / 2, y + 0.45, "h_n, c_n: every layer, after its last step")
    return figure


def _band(ax: Axes, y: float, rise: float, layer: int) -> None:
    """Shade the place of a layer, and write its number into it."""
    low, high = y + 0.27, y + rise - 0.27
    middle = (low + high) / 2
    box(ax, WIDTH / 2, middle, WIDTH - 0.04, high - low, PALE, "#f5f5f5", 1.0).set_zorder(0)
    text(ax, 0.5, low + 0.15, f"layer {layer}")


def _offset(direction: int, D: int) -> float:
    """Place the forward box left of the centre of its time step and the reverse box right."""
    return 0.26 * (2 * direction - 1) if D == 2 else 0.0


def _slices(
    ax: Axes, times: Sequence[float], y: float, pitch: float, colours: Sequence[str],
    strong: bool = False,
) -> None:
    """Draw one tensor over time: a box for each t, made of one part for each direction."""
    width = min(1.0, 0.85 * pitch)
    part = width / len(colours)
    for x in times:
        for k, colour in enumerate(colours):
            centre = x - width / 2 + part * (k + 0.5)
            fill = tint(colour, 0.4)
            box(ax, centre, y, part, 0.42, fill if strong else colour, fill, radius=0.02)
        if strong:
            box(ax, x, y, width, 0.42, INK, "none", STRONG, radius=0.02)


def _fan_out(ax: Axes, times: Sequence[float], y: float, D: int) -> None:
    """Draw the whole vector of each time step going up to every direction of the next layer."""
    for x in times:
        fork = y + FORK
        arrow(ax, [(x, y + 0.21), (x, fork)], GREY, head=False)
        for direction in range(D):
            end = x + _offset(direction, D)
            tip = y + FIRST + APART * direction - 0.22
            arrow(ax, [(x, fork), (end, fork), (end, tip)], GREY)


def _direction(
    ax: Axes, times: Sequence[float], y: float, top: float, direction: int, row: int, D: int
) -> None:
    """Draw one layer in one direction: its boxes, its first and last states, its outputs."""
    colour = DIRECTIONS[direction]
    centres = [x + _offset(direction, D) for x in times]
    order = centres[::-1] if direction else centres
    sign = -1 if direction else 1
    first, last = (6.5, 0.5) if direction else (0.5, 6.5)
    stops = [first + sign * 0.43, *order, last - sign * 0.43]
    for k, (start, end) in enumerate(zip(stops[:-1], stops[1:], strict=True)):
        start += sign * 0.22 * (k > 0)
        end -= sign * 0.22 * (k < len(order))
        arrow(ax, [(start, y), (end, y)], colour, over=True)
    for x in centres:
        strong = x == order[-1]
        edge = STRONG if strong else 1.5
        box(ax, x, y, 0.44, 0.44, INK if strong else colour, tint(colour, 0.4), edge)
        arrow(ax, [(x, y + 0.22), (x, top - 0.22)], GREY)
    for x, suffix in ((first, "0"), (last, "n")):
        if suffix == "n":
            box(ax, x, y, 0.86, 0.6, INK, tint(colour, 0.25), STRONG)
        else:
            box(ax, x, y, 0.86, 0.6, colour, "white")
        text(ax, x, y + 0.14, f"h_{suffix}[{row}]", mono=True, zorder=4)
        text(ax, x, y - 0.14, f"c_{suffix}[{row}]", mono=True, zorder=4)


def axis_order(rows: Sequence[tuple[str, Sequence[str], Sequence[str]]]) -> Figure:
    """Draw which axes of each tensor move when `batch_first` is set.

    Args:
        rows: list of (name, axes, axes with batch_first), axes being tuples of strings.

    Returns:
        Figure.
    """
    tile, gap, left, right, width = 0.42, 0.3, 2.35, 5.9, 1.9
    heights = [tile * len(axes) + gap for _, axes, _ in rows]
    height = sum(heights) + 0.55
    figure, ax = canvas(height)
    y = height - 0.25
    text(ax, left, y, "batch_first=False", mono=True)
    text(ax, right, y, "batch_first=True", mono=True)
    y -= 0.45
    for (name, before, after), step in zip(rows, heights, strict=True):
        text(ax, 0.12, y - tile * (len(before) - 1) / 2, name, mono=True, ha="left")
        for x, axes in ((left, before), (right, after)):
            for k, axis in enumerate(axes):
                colour = axis_colour(axis)
                box(ax, x, y - k * tile, width, tile - 0.06, GREY, colour, 1.0, radius=0.06)
                text(ax, x, y - k * tile, axis, mono=True, zorder=4)
        for k, axis in enumerate(before):
            start = (left + width / 2, y - k * tile)
            end = (right - width / 2, y - after.index(axis) * tile)
            moved = after.index(axis) != k
            link(ax, start, end, INK if moved else "#b0b0b0", 2.5 if moved else 1.2, True)
        y -= step
    return figure


def tensors(shapes: Mapping[str, Any]) -> Figure:
    """Draw tensors to one scale, a column for each name and a row for each group.

    Args:
        shapes: dict of name to shape (one or two ints), or of group label to such a dict; at
            most five different names to stay legible.

    Returns:
        Figure.
    """
    if not isinstance(next(iter(shapes.values())), dict):
        shapes = {"": shapes}
    names = list(dict.fromkeys(name for group in shapes.values() for name in group))
    sizes = [(*shape, 1)[:2] for group in shapes.values() for shape in group.values()]
    column = (WIDTH - 0.1) / len(names)
    scale = min((column - 0.6) / max(width for _, width in sizes), 2.4 / max(sizes)[0])
    heights = [scale * max(shape[0] for shape in group.values()) for group in shapes.values()]
    labelled = 0.45 if any(shapes) else 0.0
    figure, ax = canvas(0.7 + sum(heights) + (0.45 + labelled) * len(heights))
    y = ax.get_ylim()[1] - 0.35
    centres = {name: 0.15 + column * (k + 0.5) for k, name in enumerate(names)}
    wide = max(map(len, names)) * 0.117 > column - 0.1  # in, a monospaced letter of 14 pt
    for name, x in centres.items():
        text(ax, x, y, name.replace("_", "\n_", 1) if wide else name, mono=True)
    y -= 0.35
    for (label, group), height in zip(shapes.items(), heights, strict=True):
        text(ax, 0.15, y - 0.15, label, MEDIUM, mono=True, ha="left")
        y -= labelled + 0.3
        for name, shape in group.items():
            _rectangle(ax, centres[name], y, name, shape, scale)
        y -= height + 0.15
    return figure


def _rectangle(
    ax: Axes, x: float, y: float, name: str, shape: Sequence[int], scale: float
) -> None:
    """Draw one tensor hanging from y, cut into its four gates if it has them, with its sizes."""
    rows, columns = (*shape, 1)[:2]
    height, width = scale * rows, scale * columns
    fused = "_ih_" in name or "_hh_" in name
    colours = [COLOURS[gate] for gate in GATES] if fused else [COLOURS["h"]]
    part = height / len(colours)
    for k, colour in enumerate(colours):
        fill = tint(colour, 0.6)
        box(ax, x, y - part * (k + 0.5), width, part, fill, fill, 0.2, radius=0)
    if len(shape) == 2:
        text(ax, x, y + 0.15, f"{columns}")
    text(ax, x - width / 2 - 0.08, y - height / 2, f"{rows}", ha="right")
