"""The figure of errors: it shows zeros, names its axis and its colours, and says what it shows."""

import numpy as np
import pytest

from lstm_from_scratch.teaching import figures
from tests.support.drawings import assert_legible, strings

SMALL = np.logspace(-7, -6, 20)
ROWS = {
    "float64": [("float64", [0.0, 1e-15, 2e-15], [0.0, 0.0, 0.0], 1e-10)],
    "a processor": [(name, SMALL, 2 * SMALL, 1e-5) for name in ("float32", "float16")],
    "a GPU": [(name, SMALL, SMALL, 1e-2) for name in ("float64", "float32", "tf32", "b", "c")],
}


@pytest.mark.parametrize("name", ROWS)
def test_it_is_legible_and_names_everything(name):
    figure = figures.errors(ROWS[name])
    assert_legible(figure)
    assert {"ours", "PyTorch", "tolerance", "every error stays below its tolerance"} <= set(
        strings(figure)
    )
    assert figure.axes[0].get_xlabel()


def test_an_error_above_the_tolerance_is_not_called_below():
    texts = strings(figures.errors([("float32", [1e-4], [1e-6], 1e-5)]))
    assert "an error passes its tolerance" in texts


def test_zeros_and_the_spread_are_drawn():
    lines = figures.errors(ROWS["float64"]).axes[0].get_lines()
    dots = [line for line in lines if line.get_marker() == "o"]
    assert len(dots) == 2  # both have zeros
    assert dots[0].get_xdata()[0] < 1e-15  # left of every other error
    spread = next(line for line in lines if len(line.get_xdata()) == 2)
    assert list(spread.get_xdata()) == [1e-15, 2e-15]
