"""Figures of sentences of different lengths: a batch padded and packed, and batches by length."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .style import AXES, GREY, INK, MEDIUM, PALE, SMALL, box, canvas, new_figure, plain
from .style import text as write

WORDS = {"padded": "padded, step by step", "packed": "packed",
         "sentence": "sentence", "pad": "pad", "length": "length (words)", "words": "words",
         "padding": "padding"}
# In inches. The names of the fields need their widths at both sides of the columns.
LEFT, COLUMN, ROW, HEIGHT = 1.85, 0.66, 0.36, 0.31


def packing(sentences: Sequence[Sequence[str]], words: Mapping[str, str] = WORDS) -> Figure:
    """Draw a padded batch, what is left of it when it is packed, and the four fields of that.

    Args:
        sentences: N lists of words, at most five steps of at most five letters; no two of the
            same length, or the order of these two would be a matter of taste.
        words: the words in the figure, for another language.

    Returns:
        Figure. Steps alternate between two colours; padding is grey.
    """
    lengths = np.array([len(sentence) for sentence in sentences])
    steps = lengths.max()
    order = np.argsort(-lengths, kind="stable")
    block = ROW * len(sentences)
    figure, ax = canvas(2 * block + 2.5)
    top = 2 * block + 2.27

    write(ax, LEFT + COLUMN * steps / 2, top, words["padded"], MEDIUM)
    write(ax, LEFT - 0.25, top - 0.36, words["sentence"], ha="right")
    write(ax, LEFT + COLUMN * steps + 0.08, top - 0.36, "unsorted_indices", ha="left")
    for t in range(steps):
        write(ax, LEFT + COLUMN * (t + 0.5), top - 0.36, str(t), color=GREY)
    for n, place in enumerate(np.argsort(order)):
        y = top - 0.36 - ROW * (n + 1)
        _row(ax, y, n, [*sentences[n], *[None] * (steps - lengths[n])], words["pad"])
        write(ax, LEFT + COLUMN * steps + 0.95, y, str(place))

    low = top - block - 0.83
    write(ax, LEFT + COLUMN * steps / 2 + 0.1, low, words["packed"], MEDIUM)
    write(ax, LEFT - 0.25, low, "sorted_indices", ha="right")
    for k, n in enumerate(order):
        _row(ax, low - ROW * (k + 1), n, sentences[n], words["pad"])
    low -= block + 0.36
    write(ax, LEFT - 0.25, low, "batch_sizes", ha="right")
    for t in range(steps):
        write(ax, LEFT + COLUMN * (t + 0.5), low, str((lengths > t).sum()))
    _strip(ax, low - 0.36, [[sentences[n][t] for n in order if lengths[n] > t]
                           for t in range(steps)])
    return figure


def _row(ax: Axes, y: float, n: int, row: Sequence[str | None], pad: str) -> None:
    """Draw one sentence, its number in front; None is padding."""
    write(ax, LEFT - 0.4, y, str(n))
    for t, word in enumerate(row):
        x = LEFT + COLUMN * (t + 0.5)
        _word(ax, x, y, COLUMN - 0.04, t, word, pad)


def _word(ax: Axes, x: float, y: float, width: float, t: int, word: str | None, pad: str) -> None:
    colour = PALE if word is None else (AXES["L"], "#ffffff")[t % 2]
    box(ax, x, y, width, HEIGHT, GREY, fill=colour, edge=0.8, radius=0.04)
    ink = GREY if word is None else INK
    write(ax, x, y - 0.01, word or pad, SMALL, color=ink, zorder=4)


def _strip(ax: Axes, y: float, groups: Sequence[Sequence[str]]) -> None:
    """Draw `data`: the words step by step, each box as wide as its word."""
    write(ax, LEFT - 0.25, y, "data", ha="right")
    letters = sum(len(word) for group in groups for word in group)
    count = sum(map(len, groups))
    letter = (6.8 - 0.14 * count) / letters
    x = 0.1
    for t, group in enumerate(groups):
        for word in group:
            width = letter * len(word) + 0.14
            _word(ax, x + width / 2, y - 0.36, width - 0.03, t, word, "")
            x += width


def batches(plans: Mapping[str, Sequence[Sequence[int]]], words: Mapping[str, str] = WORDS
            ) -> Figure:
    """Draw the sentences of some batches as bars, filled up to the longest of each batch.

    Args:
        plans: dict from a title to the batches in their order, each a list of lengths.
        words: the words in the figure, for another language.

    Returns:
        Figure, one panel for each plan; the share of padding stands in its title.
    """
    figure, axs = new_figure(3.8, 1, len(plans), squeeze=False, sharey=True)
    for ax, (title, plan) in zip(axs[0], plans.items(), strict=True):
        lengths = np.concatenate(plan)
        full = np.concatenate([np.full(len(batch), max(batch)) for batch in plan])
        places = np.arange(len(lengths))
        ax.bar(places, full, width=1, color="#b8b8b8", label=words["padding"])
        ax.bar(places, lengths, width=1, color=AXES["L"], label=words["words"])
        for end in np.cumsum([len(batch) for batch in plan])[:-1]:
            ax.axvline(end - 0.5, color=INK, lw=1)
        share = 100 * (1 - lengths.sum() / full.sum())
        ax.set_title(f"{title}:\n{share:.0f}% {words['padding']}", fontsize=MEDIUM, color=INK)
        ax.set_xlabel(words["sentence"], fontsize=SMALL)
        ax.set_xlim(-0.5, len(lengths) - 0.5)
        plain(ax)
    axs[0, 0].set_ylabel(words["length"], fontsize=SMALL)
    bars, names = axs[0, 0].get_legend_handles_labels()
    figure.legend(bars, names, loc="outside lower center", ncols=2, frameon=False, fontsize=SMALL)
    return figure
