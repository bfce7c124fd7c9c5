"""The figures of a training: what they draw is what they were given."""

import numpy as np
import pytest

from lstm_from_scratch.teaching import learning
from tests.support.drawings import assert_legible, strings

random = np.random.default_rng(0)
IMAGES = random.random((12, 8, 8))
SHARES = np.eye(10)[[1, 1, 4, 4, 9, 9, 9, 9]] * 0.9 + 0.01
FALLING = np.stack([np.linspace(2.3, 0.1, 20), np.linspace(2.3, 0.4, 20)], axis=1)
JUMPING = np.stack([np.linspace(2, 6, 60), np.linspace(3, 6, 60)], axis=1)
RUNS = {"healthy": FALLING, "rate 1.0": JUMPING, "rate 0.0001": FALLING, "60 images": FALLING}
RATES = {rate: random.random(10) for rate in (0.0001, 0.001, 0.01, 0.03, 0.1, 1.0)}
ENDS = {"as it is": [1e5, 1e20, 1e36, np.nan, 1.0], "clipped to 10": [1e5, 2e4, 3e3, 1e3, 9e2],
        "standardised": [1.0, 0.9, 0.8, 0.7, 0.6]}
PANELS = {name: {"training": FALLING[:, 0], "sorted": FALLING[:, 1]}
          for name in ("healthy", "1: softmax twice", "2: detached", "3: another's optimizer")}
GAPS = {name: FALLING[:, 0] for name in
        ("training images, right code", "training images, evaluated", "new images, evaluated")}
TRIED = ("as it is", "60 epochs", "rate 0.001", "rate 0.1", "clipping", "128 units",
         "divided by 1000", "mean subtracted", "standardised")
DRAWN = {
    "reading": lambda: learning.reading(IMAGES[0]),
    "one run": lambda: learning.losses({"healthy": FALLING}, columns=1),
    "four runs": lambda: learning.losses(RUNS, guessing=2.3),
    "mistakes": lambda: learning.mistakes(IMAGES, range(10), range(10)),
    "two mistakes": lambda: learning.mistakes(IMAGES[:2], [3, 4], [5, 6]),
    "answers": lambda: learning.answers(IMAGES[0], SHARES),
    "rates": lambda: learning.rates(
        {"logistic regression": RATES, "8 units": RATES, "128 units": RATES}, "rate", "accuracy"
    ),
    "four panels of steps": lambda: learning.steps(PANELS, guessing=2.3),
    "one panel of steps": lambda: learning.steps({"the target": ENDS}, logarithmic=True),
    "three lines in two panels": lambda: learning.steps(
        {"60 images": GAPS, "eval() forgotten": GAPS}, x_name="epoch"
    ),
    "seeds": lambda: learning.seeds(dict.fromkeys(TRIED, [0.1, 0.2, 0.9]), "share", 0.1),
}


@pytest.mark.parametrize("name", DRAWN)
def test_every_figure_is_legible(name):
    assert_legible(DRAWN[name]())


def test_an_image_is_drawn_dark_on_light_in_its_order():
    ax = learning.reading(IMAGES[0]).axes[0]
    whole, *rows = (np.asarray(drawn.get_array()) for drawn in ax.images)
    assert np.array_equal(whole, 1 - IMAGES[0])
    assert np.array_equal(np.concatenate(rows), 1 - IMAGES[0])
    heights = [drawn.get_extent()[2] for drawn in ax.images[1:]]
    assert heights == sorted(heights, reverse=True)  # row 0 stands at the top


def test_losses_are_drawn_over_epochs_from_1():
    figure = learning.losses(RUNS, guessing=2.3)
    for ax, (title, values) in zip(figure.axes, RUNS.items(), strict=True):
        guessing, training, validation = ax.lines
        assert set(guessing.get_ydata()) == {2.3}
        assert ax.get_title("left") == title and ax.get_ylim()[1] > values.max()
        assert np.array_equal(training.get_ydata(), values[:, 0])
        assert np.array_equal(validation.get_ydata(), values[:, 1])
        assert training.get_xdata()[0] == 1 and training.get_xdata()[-1] == len(values)


def test_a_mistake_stands_under_its_own_words():
    figure = learning.mistakes(IMAGES[:2], [3, 4], [5, 6])
    assert {"3, read as 5", "4, read as 6"} <= set(strings(figure))
    assert [len(ax.images) for ax in figure.axes] == [1, 1] + 8 * [0]


def test_answers_are_written_in_percent_where_they_matter():
    right = learning.answers(IMAGES[0], SHARES).axes[1]
    places = {artist.get_position(): artist.get_text() for artist in right.texts}
    assert places == {(digit, row): "91" for row, digit in enumerate([1, 1, 4, 4, 9, 9, 9, 9])}


def test_a_bar_reaches_from_the_worst_seed_to_the_best():
    ax = learning.rates({"a": {0.1: [0.2, 0.6, 0.7], 1.0: [0.5, 0.5, 0.5]}}, "x", "y").axes[0]
    (container,) = ax.containers
    line, _, (bars,) = container
    assert np.allclose(line.get_ydata(), [0.5, 0.5])
    assert np.allclose([segment[:, 1] for segment in bars.get_segments()], [[0.2, 0.7], [0.5] * 2])


def test_steps_end_at_the_first_loss_that_is_not_finite():
    figure = learning.steps({"the target": ENDS}, logarithmic=True)
    lines = {line.get_label(): line for line in figure.axes[0].lines}
    assert lines["as it is"].get_ydata().tolist() == [1e5, 1e20, 1e36]
    assert lines["standardised"].get_ydata().tolist() == ENDS["standardised"]
    crosses = [line for line in figure.axes[0].lines if line.get_marker() == "X"]
    assert [line.get_xydata().tolist() for line in crosses] == [[[2, 1e36]]]
    assert strings(figure).count("then not finite") == 1
    assert figure.axes[0].get_yscale() == "log"


def test_thin_lines_stand_at_the_borders():
    ax = learning.steps({"a": {"training": [3, 2, 1]}}, borders=(1, 2)).axes[0]
    upright = [line.get_xdata()[0] for line in ax.lines if len(set(line.get_xdata())) == 1]
    assert upright == [1, 2]


def test_a_label_has_one_colour_in_all_panels():
    figure = learning.steps({"a": {"training": [2, 1]}, "b": {"sorted": [2, 1], "training": [1]}})
    looks = [{line.get_label(): line.get_color() for line in ax.lines} for ax in figure.axes]
    assert looks[0]["training"] == looks[1]["training"] != looks[1]["sorted"]


def test_every_seed_has_a_mark_in_its_row():
    figure = learning.seeds({"a": [0.1, 0.2], "b": [0.9, 1.0]}, "share", 0.1)
    ax = figure.axes[0]
    marks = [line.get_xydata().tolist() for line in ax.lines if line.get_marker() == "o"]
    assert marks == [[[0.1, 0], [0.2, 0]], [[0.9, 1], [1.0, 1]]]
    means = [line.get_xdata()[0] for line in ax.lines if len(set(line.get_xdata())) == 1][1:]
    assert np.allclose(means, [0.15, 0.95])
    assert ax.get_ylim()[0] > ax.get_ylim()[1]  # the first row stands at the top
