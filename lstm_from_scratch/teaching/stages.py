"""One step of an LSTM, drawn in three stages: the memory line, the gates, the shapes.

Each stage repeats the one before and adds to it, and each is low enough to be seen whole.
"""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .style import COLOURS, GREY, INK, LARGE, arrow, box, canvas, maths, node, text

# In inches. Columns: where c is multiplied by f, where i*g is added, where c is shown.
KEEP, WRITE, SHOW = 1.75, 3.45, 5.2
INPUT_GATE, CANDIDATE = 2.85, 4.05  # the two factors of what is written
LINE, PRODUCT, GATES, INPUTS = 3.25, 2.25, 1.35, 0.4
SIDES = 0.62, 6.38  # what comes in and what goes out
WORDS = {"keep": "keep", "write": "write", "show": "show"}


def stages(stage: int, words: dict[str, str] = WORDS) -> Figure:
    """Draw a step up to a stage.

    Args:
        stage: 1, the memory line; 2, also where the gates come from; 3, also the shapes.
        words: the three words beside the gates, for another language.

    Returns:
        Figure.

    Raises:
        ValueError: for another stage.
    """
    if stage not in (1, 2, 3):
        raise ValueError(f"stage should be 1, 2 or 3, got {stage}")
    low = {1: GATES - 0.4, 2: INPUTS - 0.3, 3: INPUTS - 0.55}[stage]
    figure, ax = canvas(LINE + 0.75 - low)
    ax.set_ylim(low, LINE + 0.75)
    _line(ax, words)
    if stage > 1:
        _hidden(ax, words)
        _inputs(ax)
    if stage > 2:
        _shapes(ax)
    return figure


def _state(ax: Axes, x: float, y: float, name: str, colour: str) -> None:
    box(ax, x, y, 0.9, 0.6, colour, edge=2)
    text(ax, x, y, name, LARGE, zorder=4)


def _gate(ax: Axes, x: float, gate: str) -> None:
    """Draw one gate; g is squashed by tanh, the others by sigmoid."""
    box(ax, x, GATES, 0.72, 0.6, COLOURS[gate], edge=2)
    text(ax, x, GATES, f"${gate}_t$", LARGE, zorder=4)


def _line(ax: Axes, words: dict[str, str]) -> None:
    """Draw the memory: c comes in, a part is kept, something is added, c goes out."""
    left, right = SIDES
    colour = COLOURS["c"]
    stops = (left + 0.45, KEEP - 0.2, KEEP + 0.2, WRITE - 0.2, WRITE + 0.2, right - 0.45)
    for start, end in zip(stops[::2], stops[1::2], strict=True):
        arrow(ax, [(start, LINE), (end, LINE)], colour, width=4)
    _state(ax, left, LINE, "$c_{t-1}$", colour)
    _state(ax, right, LINE, "$c_t$", colour)
    node(ax, KEEP, LINE, "dot")
    node(ax, WRITE, LINE, "plus")
    node(ax, WRITE, PRODUCT, "dot")
    arrow(ax, [(KEEP, GATES + 0.3), (KEEP, LINE - 0.2)], COLOURS["f"], width=2.2)
    arrow(ax, [(INPUT_GATE, GATES + 0.3), (INPUT_GATE, PRODUCT), (WRITE - 0.2, PRODUCT)],
          COLOURS["i"], width=2.2)
    arrow(ax, [(CANDIDATE, GATES + 0.3), (CANDIDATE, PRODUCT), (WRITE + 0.2, PRODUCT)],
          COLOURS["g"], width=2.2)
    arrow(ax, [(WRITE, PRODUCT + 0.2), (WRITE, LINE - 0.2)], INK, width=2.2)
    for x, gate in ((KEEP, "f"), (INPUT_GATE, "i"), (CANDIDATE, "g")):
        _gate(ax, x, gate)
    for x, word in ((KEEP, "keep"), (WRITE, "write")):
        text(ax, x, LINE + 0.5, words[word], zorder=4)


def _hidden(ax: Axes, words: dict[str, str]) -> None:
    """Draw what is shown of the memory: tanh of c, times o."""
    right = SIDES[1]
    _gate(ax, SHOW, "o")
    text(ax, SHOW, LINE + 0.5, words["show"], zorder=4)
    arrow(ax, [(SHOW, LINE), (SHOW, LINE - 0.32)], COLOURS["c"], width=2.2)
    node(ax, SHOW, LINE - 0.55, r"$\tanh$", COLOURS["c"], radius=0.27)
    arrow(ax, [(SHOW, LINE - 0.82), (SHOW, PRODUCT - 0.02)], COLOURS["c"], width=2.2)
    node(ax, SHOW, PRODUCT - 0.22, "dot")
    arrow(ax, [(SHOW, GATES + 0.3), (SHOW, PRODUCT - 0.42)], COLOURS["o"], width=2.2)
    arrow(ax, [(SHOW + 0.2, PRODUCT - 0.22), (right - 0.45, PRODUCT - 0.22)], INK, width=2.2)
    _state(ax, right, PRODUCT - 0.22, "$h_t$", COLOURS["h"])


def _inputs(ax: Axes) -> None:
    """Draw what every gate is computed from: the input and the hidden state before."""
    left = SIDES[0]
    _state(ax, left, INPUTS + 0.1, "$h_{t-1}$", COLOURS["h"])
    _state(ax, left, GATES, "$x_t$", COLOURS["x"])
    bus = INPUTS + 0.1
    arrow(ax, [(left + 0.45, bus), (SHOW, bus)], GREY, head=False)
    arrow(ax, [(left + 0.45, GATES), (1.22, GATES), (1.22, bus)], GREY, head=False)
    for x, squash in ((KEEP, r"$\sigma$"), (INPUT_GATE, r"$\sigma$"), (CANDIDATE, r"$\tanh$"),
                      (SHOW, r"$\sigma$")):
        arrow(ax, [(x, bus), (x, GATES - 0.3)], GREY)
        text(ax, x + 0.12, (bus + GATES - 0.3) / 2 - 0.02, squash, ha="left", zorder=4)


def _shapes(ax: Axes) -> None:
    """Write the shape at each arrow that carries a tensor."""
    left, right = SIDES
    for x, y, axes in (
        (left, LINE - 0.5, ("N", "H_cell")), (right, LINE - 0.5, ("N", "H_cell")),
        (right, PRODUCT - 0.74, ("N", "H_cell")), (left, GATES + 0.47, ("N", "H_in")),
        (left, INPUTS - 0.38, ("N", "H_cell")),
    ):
        text(ax, x, y, maths(axes), zorder=4)
    text(ax, 3.7, INPUTS - 0.25, r"$W_{ih}\ $" + maths(("4*H_cell", "H_in")) + r"$,\ W_{hh}\ $"
         + maths(("4*H_cell", "H_cell")), zorder=4)
