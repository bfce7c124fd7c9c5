"""The look of every figure: colours, sizes, and the few shapes that the drawings are made of.

Figures carry symbols, tensor names, shapes and numbers, and the few words that name an axis or say
what the figure shows; their captions carry the rest. Sizes are chosen for a page of 360 px: a
figure is 7 in (504 pt) wide, so 14 pt shrinks to 10 px, and nothing smaller is used.
"""

from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch, Rectangle
from matplotlib.path import Path
from matplotlib.text import Text

Point = tuple[float, float]

WIDTH = 7.0  # inches
DPI = 160  # 1120 px: sharp on the widest column of the page
SMALL, MEDIUM, LARGE = 14, 16, 19  # pt
MONO = "DejaVu Sans Mono"  # ships with matplotlib: the same everywhere

INK, GREY, PALE = "#222222", "#707070", "#e4e4e4"

# Okabe and Ito's palette, safe for colour-blind readers; one colour per gate and state.
COLOURS = {
    "i": "#0072b2",
    "f": "#d55e00",
    "g": "#009e73",
    "o": "#cc79a7",
    "c": "#e69f00",
    "h": "#56b4e9",
    "x": "#707070",
}
GATES = ("i", "f", "g", "o")

# Paul Tol's "light" palette, made for fills under black text; one colour per kind of axis.
AXES = {"L": "#eedd88", "N": "#99ddff", "H": "#ffaabb", "D": "#dddddd"}

# Paul Tol's "muted" palette: forward and reverse, far from the colours of gates and states; and
# two curves of one plot.
DIRECTIONS = ("#999933", "#332288")
CURVES = ("#44aa99", "#882255")
ARROWS = (r"$\rightarrow$", r"$\leftarrow$")


def new_figure(
    height: float, rows: int = 1, columns: int = 1, **options: Any
) -> tuple[Figure, Any]:
    """Open a white figure of the book's width with a grid of axes, laid out without overlaps."""
    return plt.subplots(
        rows,
        columns,
        figsize=(WIDTH, height),
        dpi=DPI,
        facecolor="white",
        layout="constrained",
        **options,
    )


def canvas(height: float) -> tuple[Figure, Axes]:
    """Open a white figure with one invisible axes whose unit is the inch, (0, 0) at the bottom."""
    figure = plt.figure(figsize=(WIDTH, height), dpi=DPI, facecolor="white")
    ax = figure.add_axes((0, 0, 1, 1))
    ax.set(xlim=(0, WIDTH), ylim=(0, height), aspect="equal")
    ax.axis("off")
    return figure, ax


def stripe(figure: Figure) -> None:
    """Draw the colours of the four gates along the upper edge: the mark of a card."""
    for k, gate in enumerate(GATES):
        place = (k / len(GATES), 0.972)
        figure.add_artist(
            Rectangle(place, 1 / len(GATES), 0.028, color=COLOURS[gate], linewidth=0)
        )


def tint(colour: str, share: float = 0.25) -> str:
    """Mix `share` of a colour with white."""
    channels = [int(colour[k : k + 2], 16) for k in (1, 3, 5)]
    return "#" + "".join(f"{round(255 + share * (channel - 255)):02x}" for channel in channels)


def axis_colour(axis: str) -> str:
    """Pick the colour of an axis written as in `shapes.py`, such as "N" or "4*H_cell"."""
    if "H_" in axis:
        return AXES["H"]
    return AXES.get(axis[0], AXES["D"])


def maths(axes: Sequence[str]) -> str:
    """Write a tuple of axes such as ("N", "4*H_cell") as mathtext."""
    words = []
    for axis in axes:
        letter, _, index = axis.replace("*", "").partition("_")
        words.append(letter + (rf"_\mathrm{{{index}}}" if index else ""))
    return "$(" + r",\,".join(words) + ")$"


def text(
    ax: Axes, x: float, y: float, string: str, size: float = SMALL, mono: bool = False,
    **options: Any,
) -> Text:
    """Write a string centred at (x, y), or as the options say."""
    options = {"ha": "center", "va": "center", "color": INK, **options}
    if mono:
        options["family"] = MONO
    return ax.text(x, y, string, fontsize=size, **options)


def box(
    ax: Axes, x: float, y: float, width: float, height: float, colour: str = GREY,
    fill: str | None = None, edge: float = 1.5, radius: float = 0.1,
) -> FancyBboxPatch:
    """Draw a rounded box centred at (x, y), filled with a tint of its colour."""
    patch = FancyBboxPatch(
        (x - width / 2, y - height / 2),
        width,
        height,
        boxstyle=f"round,pad=0,rounding_size={radius}",
        facecolor=tint(colour) if fill is None else fill,
        edgecolor=colour,
        linewidth=edge,
        zorder=3,
    )
    ax.add_patch(patch)
    return patch


def node(ax: Axes, x: float, y: float, sign: str, colour: str = INK, radius: float = 0.2) -> None:
    """Draw an operation: a circle with its sign, a dot for the element-wise product."""
    ax.add_patch(Circle((x, y), radius, facecolor="white", edgecolor=colour, lw=1.5, zorder=3))
    if sign == "dot":
        ax.add_patch(Circle((x, y), 0.05, color=colour, zorder=4))
    elif sign == "plus":
        ax.plot([x - 0.1, x + 0.1], [y, y], color=colour, lw=1.8, zorder=4)
        ax.plot([x, x], [y - 0.1, y + 0.1], color=colour, lw=1.8, zorder=4)
    else:
        text(ax, x, y, sign, SMALL if "tanh" in sign else LARGE, zorder=4)


def arrow(
    ax: Axes, points: Sequence[Point], colour: str = INK, width: float = 1.6, head: bool = True,
    over: bool = False,
) -> None:
    """Draw a thin line through points, with a head at the end; `over` clears what it crosses."""
    if over:
        xs, ys = zip(*points, strict=True)
        ax.plot(xs, ys, color="white", lw=width + 7, solid_capstyle="butt", zorder=2.3)
    ax.add_patch(
        FancyArrowPatch(
            path=Path(points),
            arrowstyle="-|>,head_length=5,head_width=2.5" if head else "-",
            mutation_scale=1.3,
            shrinkA=0,
            shrinkB=0,
            color=colour,
            linewidth=width,
            capstyle="butt",
            joinstyle="round",
            zorder=2.4 if over else 2,
        )
    )


def link(
    ax: Axes, start: Point, end: Point, colour: str, width: float = 2.0, horizontal: bool = False
) -> FancyArrowPatch:
    """Draw a smooth curve between two points that leaves and arrives straight."""
    (x0, y0), (x1, y1) = start, end
    if horizontal:
        middle = [((x0 + x1) / 2, y0), ((x0 + x1) / 2, y1)]
    else:
        middle = [(x0, (y0 + y1) / 2), (x1, (y0 + y1) / 2)]
    path = Path([start, *middle, end], [Path.MOVETO] + 3 * [Path.CURVE4])
    patch = FancyArrowPatch(path=path, arrowstyle="-", color=colour, linewidth=width, zorder=2)
    ax.add_patch(patch)
    return patch


def plain(ax: Axes) -> None:
    """Draw the frame of an axes as this book does: two thin lines, ticks of a legible size."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.tick_params(labelsize=SMALL, color=GREY, labelcolor=INK)
    ax.spines[["left", "bottom"]].set_color(GREY)
