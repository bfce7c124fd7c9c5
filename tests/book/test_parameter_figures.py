"""The figures of the parameters, checked on what they say."""

import numpy as np
import pytest
from matplotlib.colors import to_hex

from lstm_from_scratch.teaching import parameters, style
from tests.support.drawings import assert_legible, strings, written

GROUPS = {"inputs of 0": np.full(10, 0.5), "inputs from N(0, 1)": np.linspace(0.01, 0.99, 99)}
COUNTS = {"LSTM(10, 20)": 2560, "num_layers=2,\nbidirectional=True": 15040}
DRAWN = {
    "gate_blocks": lambda: parameters.gate_blocks(3, 2),
    "gate_blocks, large": lambda: parameters.gate_blocks(300, 512),
    "projection": lambda: parameters.projection(),
    "projection to one number": lambda: parameters.projection(4, 1),
    "forget_gates": lambda: parameters.forget_gates(GROUPS),
    "counts": lambda: parameters.counts(COUNTS, ["LSTM(10, 20)"]),
}


@pytest.mark.parametrize("name", DRAWN)
@pytest.mark.filterwarnings("error")
def test_is_legible_and_low(name):
    figure = DRAWN[name]()
    assert_legible(figure)
    width, height = figure.get_size_inches()
    assert width == style.WIDTH and height < 4.8


def test_gate_blocks_stand_in_the_order_of_the_rows_in_every_parameter():
    figure = parameters.gate_blocks(3, 2)
    heights = {artist.get_text(): artist.get_position()[1] for artist in written(figure)}
    for names in ("W_{{i{}}}", "W_{{h{}}}", "b_{{i{}}}", "b_{{h{}}}"):
        places = [heights["$" + names.format(gate) + "$"] for gate in "ifgo"]
        assert places == sorted(places, reverse=True)
    assert {"rows 0:2", "rows 2:4", "rows 4:6", "rows 6:8", "(8, 3)", "(8, 2)"} <= set(heights)
    fills = [to_hex(patch.get_facecolor()) for patch in figure.axes[0].patches]
    for gate in style.GATES:
        assert fills.count(style.tint(style.COLOURS[gate], 0.4)) == 4


def test_a_projection_colours_the_matrix_and_h_only():
    patches = parameters.projection(5, 2).axes[0].patches
    fills = [to_hex(patch.get_facecolor()) for patch in patches]
    assert fills.count(style.tint(style.COLOURS["h"], 0.6)) == 2 * 5
    assert fills.count(style.tint(style.COLOURS["h"])) == 2
    assert fills.count(style.tint(style.GREY)) == 2 * 5  # c_t, and what W_hr multiplies
    assert strings(parameters.projection(5, 2)).count("5 numbers") == 2


def test_forget_gates_shows_shares_that_sum_to_one():
    axes = parameters.forget_gates(GROUPS).axes
    for ax in axes:
        assert sum(patch.get_height() for patch in ax.patches) == pytest.approx(1)
    assert sum(patch.get_height() > 0 for patch in axes[0].patches) == 1
    assert axes[-1].get_xlabel() == parameters.WORDS["gate"]


def test_counts_shows_the_numbers_it_was_given():
    ax = parameters.counts(COUNTS, ["LSTM(10, 20)"]).axes[0]
    assert [patch.get_width() for patch in ax.patches] == [2560, 15040]
    assert [label.get_text() for label in ax.texts] == ["2,560", "15,040"]
    assert len({to_hex(patch.get_facecolor()) for patch in ax.patches}) == 2


@pytest.mark.parametrize("name", ["gate_blocks", "projection", "forget_gates", "counts"])
def test_every_word_can_be_replaced(name):
    other = {key: f"@{key}" for key in parameters.WORDS}
    given = {"gate_blocks": (3, 2), "projection": (5, 2), "forget_gates": (GROUPS,),
             "counts": (COUNTS,)}[name]
    shown = " ".join(strings(getattr(parameters, name)(*given, words=other)))
    assert "@" in shown
    assert not any(word in shown for word in parameters.WORDS.values() if " " in word)
