"""What the tests of figures read from a drawn figure."""

import itertools

import numpy as np
from matplotlib.text import Text

from lstm_from_scratch.teaching import style


def written(figure):
    """List the texts that a figure shows, drawn."""
    figure.draw_without_rendering()
    hidden = set()  # matplotlib keeps a tick just outside each end of an axis and does not draw it
    for ax in figure.axes:
        for axis in (ax.xaxis, ax.yaxis):
            low, high = sorted(axis.get_view_interval())
            slack = 1e-9 * (high - low)
            for tick in axis.get_major_ticks():
                if not low - slack <= tick.get_loc() <= high + slack:
                    hidden.add(tick.label1)
    texts = [artist for artist in figure.findobj(Text) if artist.get_text()]
    return [artist for artist in texts if artist.get_visible() and artist not in hidden]


def strings(figure):
    return [artist.get_text() for artist in written(figure)]


def overlaps(figure):
    """List the pairs of texts whose rectangles share more than a pixel."""
    pairs = []
    frames = [(artist.get_text(), artist.get_window_extent()) for artist in written(figure)]
    for (one, a), (other, b) in itertools.combinations(frames, 2):
        width = min(a.x1, b.x1) - max(a.x0, b.x0)
        height = min(a.y1, b.y1) - max(a.y0, b.y0)
        if width > 1 and height > 1:
            pairs.append((one, other))
    return pairs


def assert_legible(figure):
    """Fail unless a figure has the book's width, and every text is large enough, whole inside the
    figure, and over no other text."""
    assert figure.get_size_inches()[0] == style.WIDTH
    assert min(artist.get_fontsize() for artist in written(figure)) >= style.SMALL
    assert overlaps(figure) == []
    for artist in written(figure):
        frame = artist.get_window_extent()
        low, high = figure.bbox.min, figure.bbox.max
        assert np.all(frame.min >= low) and np.all(frame.max <= high), artist
