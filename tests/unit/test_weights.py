"""The public way to the weights: by layer and direction."""

import pytest

from lstm_from_scratch import LSTM


@pytest.mark.parametrize("bias", (True, False))
@pytest.mark.parametrize("proj_size", (0, 2))
def test_each_layer_and_direction_has_its_own(bias, proj_size):
    lstm = LSTM(3, 5, 2, bias, bidirectional=True, proj_size=proj_size)
    rows = [lstm.weights(layer, direction) for layer in range(2) for direction in range(2)]
    present = [[w for w in row if w is not None] for row in rows]
    for mine, theirs in zip(present, lstm.all_weights, strict=True):
        assert [id(w) for w in mine] == [id(w) for w in theirs]
    assert all((row.b_ih is None) == (not bias) for row in rows)
    assert all((row.w_hr is None) == (proj_size == 0) for row in rows)


@pytest.mark.parametrize("place", ({"layer": 2}, {"layer": -1}, {"direction": 1}))
def test_no_such_layer_or_direction(place):
    with pytest.raises(IndexError, match=f"{next(iter(place))} should be at least 0"):
        LSTM(3, 5, 2).weights(**place)
