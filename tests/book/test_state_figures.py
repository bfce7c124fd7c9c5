"""The figures of the chapter on state: the arrows that they draw are the ones that exist."""

import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import FancyArrowPatch

from lstm_from_scratch.teaching import state, style
from tests.support.drawings import assert_legible, strings, written

DRAWN = {"timeline": state.timeline, "tracks": state.tracks, "handover": state.handover}


@pytest.mark.parametrize("name", DRAWN)
def test_every_figure_is_legible_and_fits_a_screen(name):
    figure = DRAWN[name]()
    assert_legible(figure)
    width, height = figure.get_size_inches()
    assert width == style.WIDTH and height < 6


def arrows(figure, colour):
    """The ends (x0, x1, y) of the level arrows of a colour."""
    for patch in figure.axes[0].patches:
        if isinstance(patch, FancyArrowPatch) and to_hex(patch.get_edgecolor()) == colour:
            path = patch._path_original.vertices  # get_path() adds the head
            yield path[0][0], path[-1][0], path[0][1]


def crossing(figure, colour):
    """Count the arrows of each way, from the top, that lead out of a chunk."""
    found = [0, 0, 0]
    for start, end, y in arrows(figure, colour):
        if y > 5:  # the legend
            continue
        way = round((4.05 - y) / 1.6)
        gaps = [0.2 + 2.35 * chunk - 0.225 for chunk in (1, 2)]
        tail = start + 0.5 if colour == state.BACK else start  # its dashes are a line
        found[way] += any(min(tail, end) < gap < max(tail, end) for gap in gaps)
    return found


def test_state_and_gradients_cross_where_they_do():
    figure = state.timeline()
    assert crossing(figure, state.FORWARD) == [0, 2, 2]
    assert crossing(figure, state.BACK) == [0, 0, 2]
    assert all(start < end for start, end, _ in arrows(figure, state.FORWARD))
    assert all(start > end for start, end, _ in arrows(figure, state.BACK))


def test_a_row_goes_on_where_it_ended():
    figure = state.tracks(rows=3, steps=6, chunk=3)
    places = {}
    for artist in written(figure):
        if artist.get_text().isdigit() and artist.get_position()[1] < 2.5:
            x, y = artist.get_position()
            places.setdefault(round(y, 1), []).append((x, int(artist.get_text())))
    rows = [[number for _, number in sorted(places[y])] for y in sorted(places, reverse=True)]
    assert rows == [list(range(6)), list(range(6, 12)), list(range(12, 18))]
    assert strings(figure).count("3 steps of 3 rows") == 2


def test_layers_first_then_directions():
    texts = strings(state.handover())
    assert [s for s in texts if "forward" in s or "reverse" in s] == [
        "0: forward", "1: reverse", "2: forward", "3: reverse",
    ]
    assert {"0: layer 0", "1: layer 1"} <= set(texts)
