"""Figures of tasks: which steps have an input and an answer, forecasts, and where attention looks.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from .style import (
    COLOURS,
    CURVES,
    GREY,
    INK,
    LARGE,
    MEDIUM,
    PALE,
    SMALL,
    arrow,
    box,
    canvas,
    link,
    new_figure,
    plain,
    tint,
)
from .style import text as write

STEP, INPUT, ANSWER = COLOURS["h"], COLOURS["x"], INK
# Title, example, steps that have an input, steps that have an answer; None: one input for all.
PATTERNS = (
    ("many-to-one", "a sentence: content or not", range(4), (3,)),
    ("many-to-many", "each word: its tag", range(4), range(4)),
    ("one-to-many", "a number: its name", None, range(4)),
    ("sequence to sequence", "a date in words: its digits", range(2), range(2, 6)),
)
PITCH, SIDE = 0.54, 0.36


def patterns() -> Figure:
    """Draw the four kinds of task: which steps read an input, and which give an answer.

    Returns:
        Figure.
    """
    figure, ax = canvas(5.6)
    for x, colour, name in ((0.5, INPUT, "input"), (2.6, STEP, "LSTM, one step"),
                            (5.5, ANSWER, "answer")):
        _step(ax, x, 5.35, colour, 0.24)
        write(ax, x + 0.25, 5.35, name, ha="left")
    for k, (title, example, inputs, answers) in enumerate(PATTERNS):
        left, top = 0.25 + 3.45 * (k % 2), 4.85 - 2.5 * (k // 2)
        write(ax, left, top, title, MEDIUM, ha="left", weight="bold")
        write(ax, left, top - 0.32, example, ha="left")
        _pattern(ax, left + 0.3, top - 1.35, inputs, answers)
    return figure


def _step(ax: Axes, x: float, y: float, colour: str, side: float = SIDE) -> None:
    box(ax, x, y, side, side, colour, fill="white" if colour == ANSWER else None, radius=0.05)


def _pattern(
    ax: Axes, left: float, y: float, inputs: Sequence[int] | None, answers: Sequence[int]
) -> None:
    """Draw the steps of one kind of task, inputs below and answers above."""
    count = max(answers) + 1
    for t in range(count):
        x = left + PITCH * t
        _step(ax, x, y, STEP)
        if t:
            arrow(ax, [(x - PITCH + SIDE / 2, y), (x - SIDE / 2, y)], STEP, width=3)
        if t in answers:
            arrow(ax, [(x, y + SIDE / 2), (x, y + 0.36)])
            _step(ax, x, y + 0.5, ANSWER, 0.28)
        if inputs is None or t in inputs:
            arrow(ax, [(x, y - 0.36), (x, y - SIDE / 2)])
        if inputs is not None and t in inputs:
            _step(ax, x, y - 0.5, INPUT, 0.28)
    if min(answers) > 0 and len(answers) > 1:  # reading ends before writing begins: two LSTMs
        for name, steps in (("encoder", inputs or ()), ("decoder", answers)):
            middle = left + PITCH * (steps[0] + steps[-1]) / 2
            write(ax, middle, y - 0.9, name)
    if inputs is None:
        wide = PITCH * (count - 1)
        box(ax, left + wide / 2, y - 0.5, wide + 0.28, 0.28, INPUT, radius=0.05)


def encoder_decoder(words: Sequence[str], written: Sequence[str], start: str = "<") -> Figure:
    """Draw an encoder that reads words, a decoder that writes, and the attention of one step.

    Args:
        words: at most four, of at most eight letters.
        written: the first characters of the answer, at most three.
        start: what the decoder reads first.

    Returns:
        Figure. The attention is drawn for the last of them.
    """
    figure, ax = canvas(4.5)
    write(ax, 0.2, 0.3, "encoder reads", MEDIUM, ha="left", weight="bold")
    write(ax, 4.75, 0.3, "decoder writes", MEDIUM, ha="left", weight="bold")
    low, high = 1.5, 3.15
    xs = [0.55 + 0.95 * k for k in range(len(words))]
    for x, word in zip(xs, words, strict=True):
        _step(ax, x, low, STEP, 0.5)
        write(ax, x, 0.8, word)
        arrow(ax, [(x, 0.95), (x, low - 0.25)])
    places = [4.95 + 0.75 * k for k in range(len(written))]
    for x, read in zip(places, [start, *written[:-1]], strict=True):
        _step(ax, x, low, STEP, 0.5)
        write(ax, x, 0.8, read, LARGE)
        arrow(ax, [(x, 0.95), (x, low - 0.25)])
    everything = [*xs, *places]
    for before, after in zip(everything, everything[1:], strict=False):
        arrow(ax, [(before + 0.25, low), (after - 0.25, low)], STEP, width=3)
    write(ax, (xs[-1] + places[0]) / 2, low + 0.22, "h, c")
    for x, character in zip(places, written, strict=True):
        arrow(ax, [(x, low + 0.25), (x, high + 0.55)])
        write(ax, x, high + 0.72, character, LARGE, weight="bold")
    x = places[-1]
    box(ax, x - 0.02, high, 0.98, 0.34, CURVES[0], fill="white")
    write(ax, x - 0.02, high, "context", zorder=4)
    for k, start_x in enumerate(xs):
        link(ax, (start_x, low + 0.25), (x - 0.51, high), CURVES[0], (1, 1, 3, 5)[k])
    write(ax, x + 0.18, (low + high) / 2, "h")
    write(ax, 2.3, high + 0.45, "attention: a mean of the encoder's\n"
          "outputs. The decoder's h sets the weights", ha="center")
    return figure


def forecasts(
    times: NDArray, seen: NDArray, future: NDArray, guesses: Mapping[str, NDArray],
    errors: Mapping[str, NDArray],
) -> Figure:
    """Draw one series with its forecasts, and the errors of the methods step by step.

    Args:
        times: (L + steps) the time of each value.
        seen: (L) what was measured, with errors.
        future: (steps) what came.
        guesses: dict from a method, at most two, to (steps) numbers.
        errors: dict from a method, at most four, to (steps) numbers.

    Returns:
        Figure. A method of both panels has the same colour and line in both.
    """
    figure, (top, bottom) = new_figure(5.9, 2, 1)
    looks = {name: (colour, line, width) for name, (colour, line, width) in zip(
        errors, ((GREY, ":", 2.5), (GREY, "--", 2.5), (CURVES[0], "-.", 3), (CURVES[1], "-", 3)),
        strict=False)}
    top.plot(times[len(seen):], future, "o", color=INK, ms=5, mfc="white", label="what came")
    top.plot(times[:len(seen)], seen, "o", color=INK, ms=6, label="measured")
    for name, values in guesses.items():
        colour, line, width = looks[name]
        top.plot(times[len(seen):], values, color=colour, ls=line, lw=width)
    top.axvline((times[len(seen) - 1] + times[len(seen)]) / 2, color=GREY, lw=1)
    top.set_xlabel("time (seconds)", fontsize=SMALL)
    top.set_ylabel("angle", fontsize=SMALL)
    steps = np.arange(1, len(future) + 1)
    for name, values in errors.items():
        colour, line, width = looks[name]
        bottom.plot(steps, values, color=colour, ls=line, lw=width, label=name)
    bottom.set_ylim(0, None)
    bottom.set_xticks([1, *range(5, len(future) + 1, 5)])
    bottom.set_xlabel("steps ahead", fontsize=SMALL)
    bottom.set_ylabel("error", fontsize=SMALL)
    for ax in (top, bottom):
        plain(ax)
    figure.legend(*[[*a, *b] for a, b in zip(top.get_legend_handles_labels(),
                                            bottom.get_legend_handles_labels(), strict=True)],
                  loc="outside upper center", ncols=2, frameon=False, fontsize=SMALL)
    return figure


def attention_map(weights: NDArray, words: Sequence[str], written: Sequence[str]) -> Figure:
    """Draw the weights of an attention: a column for each character that was written.

    Args:
        weights: (T, L) numbers from 0 to 1.
        words: (L) what was read.
        written: (T) what was written.

    Returns:
        Figure. Weights of at least 10 percent stand in their fields.
    """
    figure, ax = new_figure(4.6)
    for (row, column), weight in np.ndenumerate(weights.T):
        # At most 0.6: pale enough for words in the light, and for the site's dark theme.
        # Below 0.05 a tint is so near to white that its hue is chance.
        fill = tint(CURVES[0], 0.6 * float(weight)) if weight >= 0.05 else "white"
        ax.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, facecolor=fill, edgecolor=PALE))
        if weight >= 0.1:
            write(ax, column, row, f"{100 * weight:.0f}")
    ax.set(xlim=(-0.5, len(written) - 0.5), ylim=(len(words) - 0.5, -0.5))
    ax.set_xticks(range(len(written)), written)
    ax.set_yticks(range(len(words)), words)
    ax.tick_params(labelsize=SMALL, color=GREY, labelcolor=INK)
    ax.set_xlabel("character that is written", fontsize=SMALL)
    ax.set_ylabel("word that is read", fontsize=SMALL)
    ax.set_title("weights in percent", fontsize=MEDIUM, color=INK)
    return figure
