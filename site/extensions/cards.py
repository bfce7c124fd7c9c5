"""The card of a page: what a message shows for a link to it. The build draws it, as it repeats
the title and the first sentences of the page. 1200 x 630 pixels is what previews ask for.
"""

import textwrap
from hashlib import sha256

from matplotlib.figure import Figure

from lstm_from_scratch.teaching.style import GREY, INK, MONO, stripe

DOTS = 100  # per inch
WIDE, WIDER = 31, 58  # letters in a line of the title, of the text
LINES = 4  # of the text


def draw(title, text):
    """Draw the title, the first sentences and the name of the book, below the gates' colours."""
    figure = Figure(figsize=(12, 6.3), dpi=DOTS, facecolor="#ffffff")
    stripe(figure)
    head = figure.text(0.05, 0.88, textwrap.fill(title, WIDE), fontsize=40, weight="bold",
                       color=INK, va="top", linespacing=1.2, parse_math=False)
    below = head.get_window_extent().y0 / figure.bbox.y1 - 0.05
    short = textwrap.shorten(text, WIDER * LINES, placeholder=" …")
    figure.text(0.05, below, textwrap.fill(short, WIDER), fontsize=23, color=INK, va="top",
                linespacing=1.4, parse_math=False)
    figure.text(0.05, 0.06, "LSTM from scratch", fontsize=20, weight="bold", color=INK)
    figure.text(0.33, 0.06, "torch.nn.LSTM, shown by code that runs", fontsize=18, color=GREY,
                family=MONO)
    return figure


def write(folder, title, text):
    """Draw the card unless it is there; return its name, which changes with what it says."""
    said = sha256((title + text).encode()).hexdigest()
    name = f"card-{said[:12]}.png"
    if not (folder / name).exists():
        folder.mkdir(parents=True, exist_ok=True)
        draw(title, text).savefig(folder / name, metadata={"Software": None})
    return name
