"""Bad calls that PyTorch answers with an accident of Python or of a kernel, or does not notice.

Ours says what is wrong; the whole text is compared, so that it stays a sentence.
"""

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import PackedSequence, pack_sequence

from lstm_from_scratch import LSTM, LSTMCell
from tests.unit.test_errors import LAYER, R, outcome

SHOULD_BE = "{} should be of type {}, got: {}".format
NOT_A_PAIR = "{}: hx should be a tuple of two Tensors (h_0, c_0), got: {}".format
OTHER_DEVICE = (
    "Input and {0} tensors are not at the same device, "
    "found input tensor at {1} and {0} tensor at {2}"
).format
OTHER_DTYPE = (
    "Input and {0} tensors are not the same dtype, "
    "found input tensor with {1} and {0} tensor with {2}"
).format
DROPOUT = (
    "dropout should be a number in range [0, 1] representing the probability of an element being "
    "zeroed"
)


def layer(**kwargs):
    return lambda: LSTM(**(LAYER | kwargs))


def cell(**kwargs):
    return lambda: LSTMCell(**(LAYER | kwargs))


CONSTRUCTORS = {
    "num_layers float": (
        layer(num_layers=1.5), TypeError, SHOULD_BE("num_layers", "int", "float")
    ),
    "num_layers float, dropout": (
        layer(num_layers=1.0, dropout=0.5), TypeError, SHOULD_BE("num_layers", "int", "float")
    ),
    "proj_size float": (layer(proj_size=1.5), TypeError, SHOULD_BE("proj_size", "int", "float")),
    "bidirectional int": (
        layer(bidirectional=1), TypeError, SHOULD_BE("bidirectional", "bool", "int")
    ),
    "dropout str": (layer(dropout="a"), ValueError, DROPOUT),
    "dropout None": (layer(dropout=None), ValueError, DROPOUT),
    "cell, hidden_size float": (
        cell(hidden_size=2.5), TypeError, SHOULD_BE("hidden_size", "int", "float")
    ),
    "cell, input_size str": (
        cell(input_size="3"), TypeError, SHOULD_BE("input_size", "int", "str")
    ),
    "num_layers bool": (
        layer(num_layers=True), TypeError, SHOULD_BE("num_layers", "int", "bool")
    ),
    "cell, input_size -1": (
        cell(input_size=-1), ValueError, "input_size and hidden_size must not be negative"
    ),
    "cell, hidden_size -1": (
        cell(hidden_size=-1), ValueError, "input_size and hidden_size must not be negative"
    ),
}

STATE = R(2, 3, 20)
META = torch.device("meta")
LAYER_CALLS = {
    "a tuple as input": (
        (R(5, 3, 10),), None, TypeError,
        "LSTM: Expected input to be a Tensor or a PackedSequence, got: tuple",
    ),
    "a tuple of one state": (
        R(5, 3, 10), (STATE,), RuntimeError, "lstm expects two hidden states"
    ),
    "one unbatched tensor with one row": (
        R(5, 10), R(1, 20), TypeError, NOT_A_PAIR("lstm", "Tensor")
    ),
    "a number as state": (R(5, 3, 10), R(()), TypeError, NOT_A_PAIR("lstm", "Tensor")),
    "None as c_0": (
        R(5, 3, 10), (STATE, None), TypeError, NOT_A_PAIR("lstm", "(Tensor, NoneType)")
    ),
    "a dict as state": (R(5, 3, 10), {}, TypeError, NOT_A_PAIR("lstm", "dict")),
    "float64 states": (
        R(5, 3, 10), (STATE.double(), STATE.double()), RuntimeError,
        OTHER_DTYPE("hidden", torch.float32, torch.float64),
    ),
    "float64 c_0": (
        R(5, 3, 10), (STATE, STATE.double()), RuntimeError,
        OTHER_DTYPE("hidden", torch.float32, torch.float64),
    ),
}

PACKED = pack_sequence([R(4, 10), R(2, 10)])
TWO = R(2, 2, 20)
PACKED_CALLS = {
    "wrong feature size": (
        pack_sequence([R(4, 11)]), None, RuntimeError,
        "input.size(-1) must be equal to input_size. Expected 10, got 11",
    ),
    "float64": (
        pack_sequence([R(4, 10).double()]), None, ValueError,
        "RNN input dtype (torch.float64) does not match weight dtype (torch.float32). Convert "
        "input: input.to(torch.float32), or convert model: model.to(torch.float64)",
    ),
    "on another device": (
        PACKED.to(META), None, RuntimeError, OTHER_DEVICE("parameter", "meta", "cpu")
    ),
    "h_0 on another device": (
        PACKED, (TWO.to(META), TWO), RuntimeError, OTHER_DEVICE("hidden", "cpu", "meta")
    ),
    "c_0 of another dtype": (
        PACKED, (TWO, TWO.double()), RuntimeError,
        OTHER_DTYPE("hidden", torch.float32, torch.float64),
    ),
    "3-D data": (
        PackedSequence(R(6, 2, 10), torch.tensor([4, 2])), None, RuntimeError,
        "input must have 2 dimensions, got 3",
    ),
    "1-D data": (
        PackedSequence(R(10), torch.tensor([10])), None, RuntimeError,
        "input must have 2 dimensions, got 1",
    ),
    # nn.LSTM computes something here, without a word.
    "states of another N": (
        pack_sequence([R(2, 10), R(4, 10)], enforce_sorted=False), (STATE, STATE), RuntimeError,
        "Expected hidden[0] size (2, 2, 20), got [2, 3, 20]",
    ),
    "2-D states": (
        PACKED, (R(2, 20), R(2, 20)), RuntimeError,
        "Expected hidden[0] size (2, 2, 20), got [2, 20]",
    ),
    "one state": (PACKED, (TWO,), RuntimeError, "lstm expects two hidden states"),
}

H = R(3, 20)
CELL_CALLS = {
    "a tuple as input": (
        (R(3, 10),), None, TypeError, "LSTMCell: Expected input to be a Tensor, got: tuple"
    ),
    "None as c": (R(3, 10), (H, None), TypeError, NOT_A_PAIR("lstm_cell", "(Tensor, NoneType)")),
    "integer input": (
        torch.ones(3, 10, dtype=torch.int64), None, RuntimeError,
        OTHER_DTYPE("parameter", torch.int64, torch.float32),
    ),
    "input on another device": (
        R(3, 10).to(META), None, RuntimeError, OTHER_DEVICE("parameter", "meta", "cpu")
    ),
    "float64 h": (
        R(3, 10), (H.double(), H), RuntimeError,
        OTHER_DTYPE("hidden", torch.float32, torch.float64),
    ),
    "h on another device": (
        R(3, 10), (H.to(META), H), RuntimeError, OTHER_DEVICE("hidden", "cpu", "meta")
    ),
    "c on another device": (
        R(3, 10), (H, H.to(META)), RuntimeError, OTHER_DEVICE("hidden", "cpu", "meta")
    ),
}


@pytest.mark.parametrize("name", CONSTRUCTORS)
def test_constructor(name):
    call, *expected = CONSTRUCTORS[name]
    assert outcome(call) == tuple(expected)


@pytest.mark.parametrize("table", (LAYER_CALLS, PACKED_CALLS), ids=("plain", "packed"))
def test_layer_call(table):
    for name, (x, hx, *expected) in table.items():
        assert outcome(LSTM(10, 20, 2), x, hx) == tuple(expected), name


@pytest.mark.parametrize("name", CELL_CALLS)
def test_cell_call(name):
    x, hx, *expected = CELL_CALLS[name]
    assert outcome(LSTMCell(10, 20), x, hx) == tuple(expected)


@pytest.mark.parametrize("sizes", [[2, 4], [4, 1], [4, 3], [4, 2, 0], [7, -1], []])
def test_batch_sizes_that_do_not_fit(sizes):
    packed = PackedSequence(R(6, 10), torch.tensor(sizes, dtype=torch.int64))
    assert outcome(LSTM(10, 20), packed) == (
        ValueError,
        "batch_sizes of a PackedSequence must be positive, must not increase, and must sum to the "
        f"number of rows of its data, 6, got {sizes}",
    )


def test_one_tensor_as_state_of_one_layer():
    """With two layers or more PyTorch takes the first two rows for h_0 and c_0, and so do we."""
    expected = (TypeError, NOT_A_PAIR("lstm", "Tensor"))
    assert outcome(LSTM(10, 20), R(5, 3, 10), R(1, 3, 20)) == expected


def test_parameters_of_two_dtypes():
    expected = (RuntimeError, OTHER_DTYPE("parameter", torch.float32, torch.float64))
    for module, x in ((LSTM(10, 20), R(5, 3, 10)), (LSTMCell(10, 20), R(3, 10))):
        name = list(dict(module.named_parameters()))[-1]
        setattr(module, name, nn.Parameter(getattr(module, name).double()))
        assert outcome(module, x) == expected


def test_unknown_keyword():
    expected = "LSTM.__init__() got an unexpected keyword argument 'nonlinearity'"
    assert outcome(lambda: LSTM(10, 20, nonlinearity="tanh")) == (TypeError, expected)
