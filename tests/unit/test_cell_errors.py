"""Bad calls of the cell: as test_errors.py for the layer."""

import pytest
import torch
from test_errors import LAYER as CELL
from test_errors import R, assert_both_raise_alike

import lstm_from_scratch


def cell_call(x, hx=None):
    return lambda ns: ns.LSTMCell(10, 20)(x, hx)


H = R(3, 20)
CELL_CALLS = {
    "3-D input": cell_call(R(2, 3, 10)),
    "0-D input": cell_call(R(())),
    "wrong feature size": cell_call(R(3, 11)),
    "wrong feature size, unbatched": cell_call(R(11)),
    "3-D h": cell_call(R(3, 10), (R(1, 3, 20), R(1, 3, 20))),
    "3-D c": cell_call(R(3, 10), (H, R(1, 3, 20))),
    "h of another batch": cell_call(R(3, 10), (R(4, 20), H)),
    "c of another batch": cell_call(R(3, 10), (H, R(4, 20))),
    "h of another size": cell_call(R(3, 10), (R(3, 21), H)),
    "c of another size": cell_call(R(3, 10), (H, R(3, 21))),
    "1-D state, 2-D input": cell_call(R(3, 10), (R(20), R(20))),
    "2-D state, 1-D input": cell_call(R(10), (R(1, 20), R(1, 20))),
    "one tensor as state": cell_call(R(3, 10), H),
    "three states": cell_call(R(3, 10), (H, H, H)),
    "one state": cell_call(R(3, 10), (H,)),
    **{
        name: lambda ns, name=name: ns.LSTMCell(10, 20, **{name: 1})
        for name in ("proj_size", "num_layers", "batch_first", "dropout", "bidirectional")
    },
    "hidden_size left out": lambda ns: ns.LSTMCell(10),
}


@pytest.mark.parametrize("name", CELL_CALLS)
def test_cell_call(name):
    assert_both_raise_alike(name, CELL_CALLS[name])


CELL_CALLS_IN_WORDS_OF_OURS = {
    "a tuple as input": ((R(3, 10),), None, TypeError, "input to be a Tensor, got: tuple"),
    "None as c": (R(3, 10), (H, None), TypeError, r"got: \(Tensor, NoneType\)"),
    "integer input": (torch.ones(3, 10, dtype=torch.int64), None, RuntimeError, "same dtype"),
    "float64 h": (R(3, 10), (H.double(), H), RuntimeError, "are not the same dtype"),
    "h on another device": (R(3, 10), (H.to("meta"), H), RuntimeError, "not at the same device"),
}


@pytest.mark.parametrize("name", CELL_CALLS_IN_WORDS_OF_OURS)
def test_cell_call_in_words_of_ours(name):
    x, hx, kind, text = CELL_CALLS_IN_WORDS_OF_OURS[name]
    with pytest.raises(kind, match=text):
        lstm_from_scratch.LSTMCell(10, 20)(x, hx)


@pytest.mark.parametrize(
    "kwargs, text",
    [
        ({"hidden_size": 2.5}, "hidden_size should be of type int"),
        ({"input_size": "3"}, "input_size should be of type int"),
        ({"bias": "no"}, "bias should be of type bool"),
        ({"input_size": -1}, "must not be negative"),
    ],
)
def test_cell_constructor(kwargs, text):
    with pytest.raises((TypeError, ValueError), match=text):
        lstm_from_scratch.LSTMCell(**(CELL | kwargs))
