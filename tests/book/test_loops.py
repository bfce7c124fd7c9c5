"""The drawing of a layer as a row of steps."""

import pytest

from lstm_from_scratch.teaching import loops
from tests.support.drawings import assert_legible, strings


@pytest.mark.parametrize("L", [2, 4])
def test_each_step_has_its_input_and_its_hidden_state(L):
    figure = loops.layer_and_cell(L)
    assert_legible(figure)
    texts = strings(figure)
    assert texts.count("step") == L
    for t in range(L):
        assert f"x[{t}]" in texts and f"output[{t}]" in texts
    assert f"x[{L}]" not in texts
