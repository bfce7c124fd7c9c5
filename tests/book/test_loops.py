"""The drawing of a layer as a row of steps."""

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import pytest

from lstm_from_scratch.teaching import loops, style
from tests.support.drawings import assert_legible, strings


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


@pytest.mark.parametrize("L", [2, 4])
def test_each_step_has_its_input_and_its_hidden_state(L):
    figure = loops.layer_and_cell(L)
    assert_legible(figure)
    assert figure.get_size_inches()[0] == style.WIDTH
    texts = strings(figure)
    assert texts.count("step") == L
    for t in range(L):
        assert f"x[{t}]" in texts and f"output[{t}]" in texts
    assert f"x[{L}]" not in texts
