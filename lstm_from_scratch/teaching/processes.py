"""The figure of training in two processes. Nothing here runs a model."""

from matplotlib.figure import Figure

from .style import CURVES, GREY, INK, MEDIUM, arrow, box, canvas, text

# Every word of this figure, so that another language needs another table only.
WORDS = {
    "process": "process {}", "part": "its images", "model": "the whole model",
    "gradient": "its gradient", "mean": "the mean of all gradients",
    "step": "the same step",
}
LEFT, RIGHT = 1.75, 5.25  # the middle of each process
COLUMN = 2.9  # inches, the width of a process
SHARED = CURVES[1]  # what passes between the processes


def two_processes() -> Figure:
    """Draw two processes: each has the whole model and images of its own; gradients are averaged.

    Returns:
        Figure.
    """
    figure, ax = canvas(4.6)
    for rank, x in enumerate((LEFT, RIGHT)):
        text(ax, x, 4.35, WORDS["process"].format(rank), MEDIUM, weight="bold")
        for y, word, colour in (
            (3.8, "part", GREY), (2.95, "model", INK), (2.1, "gradient", SHARED),
        ):
            box(ax, x, y, COLUMN, 0.5, colour)
            text(ax, x, y, WORDS[word], zorder=4)
        for start in (3.54, 2.69):
            arrow(ax, [(x, start), (x, start - 0.32)])
        for start in (1.84, 0.99):
            arrow(ax, [(x, start), (x, start - 0.32)], SHARED)
        box(ax, x, 0.4, COLUMN, 0.5)
        text(ax, x, 0.4, WORDS["step"], zorder=4)
    box(ax, 3.5, 1.25, 6.4, 0.5, SHARED)
    text(ax, 3.5, 1.25, WORDS["mean"], zorder=4)
    return figure
