"""The figures of layers and dropout: what they mark is what the LSTM does."""

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import Circle

from lstm_from_scratch.teaching import layers, style
from tests.support.drawings import assert_legible, strings

random = np.random.default_rng(0)
NEW = random.random((10, 6)) > 0.5
SAME = np.repeat(NEW[:1], 10, axis=0)
DRAWN = {"places": layers.places, "masks": lambda: layers.masks(NEW, SAME)}


@pytest.mark.parametrize("name", DRAWN)
def test_every_figure_is_legible(name):
    assert_legible(DRAWN[name]())


def marks(figure, colour):
    """List the centres of the circles of a colour."""
    circles = [patch for patch in figure.axes[0].patches if isinstance(patch, Circle)]
    return [patch.center for patch in circles if to_hex(patch.get_facecolor()) == to_hex(colour)]


def test_the_argument_acts_between_the_layers_only():
    figure = layers.places()
    filled, free = marks(figure, style.INK), marks(figure, "white")
    assert len(filled) == 3  # one for each step
    assert len(free) == 2 * 3 + 2 * 2  # input and output; two layers, from step to step
    low, high = layers.ROWS["layer 0"], layers.ROWS["layer 1"]
    assert all(low < y < high for x, y in filled)
    assert not any(low < y < high for x, y in free)


def test_places_names_what_acts_where():
    words = strings(layers.places())
    assert words.count("nn.Dropout") == 2
    assert words.count("no argument") == 2 and layers.ARGUMENT in words


def test_masks_shows_every_number_at_its_step_and_unit():
    figure = layers.masks(NEW, SAME)
    for ax, mask in zip(figure.axes, (NEW, SAME), strict=True):
        drawn = np.asarray(ax.collections[0].get_array()).reshape(6, 10)
        assert np.array_equal(drawn, mask.T)
    assert not np.array_equal(NEW, SAME)
    assert figure.axes[0].yaxis_inverted()  # unit 0 stands at the top
