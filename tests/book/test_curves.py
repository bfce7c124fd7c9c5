"""The line plots: what they draw is what they were given."""

import numpy as np
import pytest

from lstm_from_scratch.teaching import curves
from tests.support.drawings import assert_legible, strings

FALLING = np.logspace(0, -48, 201)
FLAT = np.ones(201)
RISING = np.logspace(0, 20, 201)


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        ([FALLING, FLAT], ["nn.RNN", "$b_f\\!+\\!5$"]),
        ([FALLING, FLAT, RISING, RISING, FLAT, FALLING], ["RNN*1", *"bcde", "LSTM*20"]),
        ([FLAT * k for k in (1, 1.1, 1.2, 1.3)], list("abcd")),
        ([FLAT], ["a"]),
    ],
    ids=["two", "six", "close", "constant"],
)
def test_every_curve_is_drawn_and_legible(values, labels):
    figure = curves.decades(values, labels, y_name="$d$")
    figure.draw_without_rendering()
    ax = figure.axes[0]
    assert ax.get_yscale() == "log"
    drawn = [line.get_ydata() for line in ax.lines if len(line.get_ydata()) > 2]
    assert np.array_equal(drawn, values)
    low, high = ax.get_ylim()
    assert low < np.min(values) and np.max(values) < high
    assert set(labels) | {"$k$", "$d$"} <= set(strings(figure))
    assert_legible(figure)


def test_labels_stand_in_the_order_of_the_ends():
    figure = curves.decades([FALLING, RISING, FLAT], ["low", "high", "middle"])
    heights = {a.get_text(): a.get_position()[1] for a in figure.axes[0].texts}
    assert heights["low"] < heights["middle"] < heights["high"]


def test_colours_and_styles_tell_curves_apart():
    count = len(curves.ORDER) + 1
    ax = curves.decades([FLAT * 10**k for k in range(count)], list("abcdefg")).axes[0]
    looks = {(a.get_color(), a.get_linestyle()) for a in ax.lines if len(a.get_ydata()) > 2}
    assert len(looks) == count


@pytest.mark.parametrize("wrong", [0.0, -1.0, np.inf, np.nan])
def test_what_a_logarithm_cannot_show_is_refused(wrong):
    values = FLAT.copy()
    values[100] = wrong
    with pytest.raises(ValueError, match="positive and finite"):
        curves.decades([values], ["a"])


@pytest.mark.parametrize(
    ("places", "gap", "expected"),
    [
        ([0.0, 1.0], 0.1, [0.0, 1.0]),
        ([0.5, 0.5], 0.1, [0.45, 0.55]),
        ([0.5, 0.1, 0.5], 0.2, [0.4, 0.1, 0.6]),
        ([0.10, 0.12, 0.50, 0.11], 0.09, [0.02, 0.20, 0.50, 0.11]),
    ],
)
def test_apart_moves_neighbours_alone(places, gap, expected):
    assert np.allclose(curves.apart(places, gap), expected)
    assert np.diff(np.sort(curves.apart(places, gap))).min() >= gap - 1e-12


def test_apart_keeps_above_a_line():
    assert np.allclose(curves.apart([0.0, 0.01, 0.9], 0.1, low=0.05), [0.05, 0.15, 0.9])


LABELS = ["plain RNN", "LSTM as it is", "forget bias", "both biases"]


def test_decay_draws_lines_and_formulas_in_the_same_colours():
    lines = dict(zip(LABELS, (FALLING, FALLING**0.5, FLAT, FLAT * 0.5), strict=True))
    figure = curves.decay(lines, {LABELS[1]: FALLING**0.6}, "steps", "share left")
    assert_legible(figure)
    assert {*LABELS, "steps", "share left", "dotted: by the formula"} <= set(strings(figure))
    solid = [line for line in figure.axes[0].lines if line.get_linestyle() == "-"]
    (dotted,) = [line for line in figure.axes[0].lines if line.get_linestyle() == ":"]
    assert [line.get_color() for line in solid] == list(curves.COMPARED)
    assert dotted.get_color() == solid[1].get_color()
    assert "dotted: by the formula" not in strings(curves.decay(lines, {}, "steps", "share"))


def test_over_lengths_draws_every_seed_and_the_means():
    values = {label: {10: [0.9, 1.0], 20: [0.5, 0.7], 50: [0.1, 0.1]} for label in LABELS}
    figure = curves.over_lengths({"200 steps": values, "600 steps": values}, 1 / 16)
    assert_legible(figure)
    assert {*LABELS, "200 steps", "600 steps", "10", "20", "50"} <= set(strings(figure))
    for ax in figure.axes[:2]:
        drawn = [list(line.get_ydata()) for line in ax.lines]
        assert drawn.count([0.5, 0.7]) == len(LABELS)  # a mark for each seed
        means = [row for row in drawn if len(row) == 3]
        assert len(means) == len(LABELS) and np.allclose(means, [[0.95, 0.6, 0.1]] * len(LABELS))
