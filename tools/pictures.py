"""Draw the pictures that stand outside the chapters: python tools/pictures.py

`site/static/stack.png` is the figure in README.md. `site/static/card.png` is what a message shows
for a link to the site: 1200 x 630, the size that previews ask for.
"""

from pathlib import Path

import matplotlib

matplotlib.use("agg")
import matplotlib.pyplot as plt  # noqa: E402

from lstm_from_scratch.teaching import diagrams  # noqa: E402
from lstm_from_scratch.teaching.style import INK, MONO, stripe  # noqa: E402

OUTPUT = Path(__file__).resolve().parents[1] / "site" / "static"
METADATA = {"Software": None}  # matplotlib's version is no part of the picture


def stack():
    """Draw two layers and two directions, as the chapter "Inputs and outputs" does."""
    return diagrams.stack()


def card(picture):
    """Draw the card: what the book is, beside an image (an array of pixels)."""
    figure = plt.figure(figsize=(12, 6.3), dpi=100, facecolor="white")
    stripe(figure)
    figure.text(0.05, 0.72, "LSTM from scratch", fontsize=34, weight="bold", color=INK)
    figure.text(0.05, 0.6, "torch.nn.LSTM", fontsize=25, color=INK, family=MONO)
    lines = "its shapes, arguments\nand gradients, shown by\ncode that runs"
    figure.text(0.05, 0.54, lines, fontsize=25, color=INK, va="top", linespacing=1.5)
    ax = figure.add_axes((0.515, 0.06, 0.47, 0.86))
    ax.imshow(picture, interpolation="lanczos")
    ax.axis("off")
    return figure


def main(output=OUTPUT):
    stack().savefig(output / "stack.png", metadata=METADATA)
    picture = plt.imread(output / "stack.png")
    card(picture).savefig(output / "card.png", metadata=METADATA)
    plt.close("all")
    print(*sorted(path.name for path in (output / "stack.png", output / "card.png")))


if __name__ == "__main__":
    main()
