"""Bad calls: the same exception and the same text as PyTorch, found by making the call on both."""

import warnings

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import PackedSequence, pack_sequence

import lstm_from_scratch

R = torch.randn


def outcome(function, *args, **kwargs):
    """Give (type, text) of the exception that a call raises, or None."""
    try:
        function(*args, **kwargs)
    except Exception as error:
        return type(error), str(error)
    return None


def assert_both_raise_alike(call):
    """Make a call on our module and on PyTorch's: `call` takes the namespace.

    Texts change between releases; ours are those of the pinned one.
    """
    ours, theirs = outcome(call, lstm_from_scratch), outcome(call, nn)
    assert theirs is not None
    assert ours is not None
    if torch.__version__.split("+")[0] == "2.13.0":
        assert ours == theirs


LAYER = {"input_size": 10, "hidden_size": 20}
CONSTRUCTORS = {
    "dropout 1.5": {"dropout": 1.5},
    "dropout -0.1": {"dropout": -0.1},
    "dropout True": {"dropout": True, "num_layers": 2},
    "dropout nan": {"dropout": float("nan")},
    "bias int": {"bias": 1},
    "batch_first str": {"batch_first": "yes"},
    "input_size float": {"input_size": 10.0},
    "input_size 0": {"input_size": 0},
    "hidden_size str": {"hidden_size": "20"},
    "hidden_size -1": {"hidden_size": -1},
    "num_layers 0": {"num_layers": 0},
    "proj_size -1": {"proj_size": -1},
    "proj_size = hidden_size": {"proj_size": 20},
    "proj_size > hidden_size": {"proj_size": 21},
    "integer dtype": {"dtype": torch.int64},
    # two things wrong: the first check decides
    "bias and hidden_size": {"bias": 1, "hidden_size": -1},
    "dropout and bias": {"bias": 1, "dropout": 2},
}


@pytest.mark.parametrize("name", CONSTRUCTORS)
def test_constructor(name):
    assert_both_raise_alike(lambda ns: ns.LSTM(**(LAYER | CONSTRUCTORS[name])))


# What PyTorch answers with an accident of Python or only when it is called: ours says it plainly.
OURS_ALONE = {
    "num_layers float": ({"num_layers": 1.5}, TypeError, "num_layers should be of type int"),
    "proj_size float": ({"proj_size": 1.5}, TypeError, "proj_size should be of type int"),
    "bidirectional int": ({"bidirectional": 1}, TypeError, "bidirectional should be of type bool"),
    "dropout str": ({"dropout": "a"}, ValueError, "dropout should be a number"),
    "dropout None": ({"dropout": None}, ValueError, "dropout should be a number"),
}


def test_unknown_keyword():
    with pytest.raises(TypeError, match="unexpected keyword argument 'nonlinearity'"):
        lstm_from_scratch.LSTM(10, 20, nonlinearity="tanh")


@pytest.mark.parametrize("name", OURS_ALONE)
def test_constructor_in_words_of_ours(name):
    change, kind, text = OURS_ALONE[name]
    with pytest.raises(kind, match=text):
        lstm_from_scratch.LSTM(**(LAYER | change))


def layer_call(x, hx=None, **kwargs):
    return lambda ns: ns.LSTM(**(LAYER | {"num_layers": 2} | kwargs))(x, hx)


LAYER_CALLS = {
    "4-D input": layer_call(R(1, 5, 3, 10)),
    "1-D input": layer_call(R(10)),
    "wrong feature size": layer_call(R(5, 3, 11)),
    "wrong feature size, batch_first": layer_call(R(5, 3, 11), batch_first=True),
    "wrong feature size, unbatched": layer_call(R(5, 11)),
    "h_0 with batch and layer swapped": layer_call(R(5, 3, 10), (R(3, 2, 20), R(2, 3, 20))),
    "c_0 with batch and layer swapped": layer_call(R(5, 3, 10), (R(2, 3, 20), R(3, 2, 20))),
    "h_0 of one direction": layer_call(
        R(5, 3, 10), (R(2, 3, 20), R(2, 3, 20)), bidirectional=True
    ),
    "h_0 not projected": layer_call(R(5, 3, 10), (R(2, 3, 20), R(2, 3, 20)), proj_size=4),
    "c_0 projected": layer_call(R(5, 3, 10), (R(2, 3, 4), R(2, 3, 4)), proj_size=4),
    "h_0 batch_first": layer_call(R(3, 5, 10), (R(3, 2, 20), R(3, 2, 20)), batch_first=True),
    "2-D state, 3-D input": layer_call(R(5, 3, 10), (R(3, 20), R(3, 20))),
    "3-D state, 2-D input": layer_call(R(5, 10), (R(2, 1, 20), R(2, 1, 20))),
    "unbatched state of a wrong size": layer_call(R(5, 10), (R(2, 21), R(2, 20))),
    "one tensor as state": layer_call(R(5, 3, 10), R(2, 3, 20)),
    "three states": layer_call(R(5, 3, 10), (R(2, 3, 20),) * 3),
    "integer input": layer_call(torch.ones(5, 3, 10, dtype=torch.int64)),
    "float64 input": layer_call(R(5, 3, 10).double()),
    "no time step": layer_call(R(0, 3, 10)),
    "no time step, batch_first": layer_call(R(3, 0, 10), batch_first=True),
    "no time step, unbatched": layer_call(R(0, 10)),
    "state on another device": layer_call(R(5, 3, 10), (R(2, 3, 20, device="meta"),) * 2),
}


@pytest.mark.parametrize("name", LAYER_CALLS)
def test_layer_call(name):
    assert_both_raise_alike(LAYER_CALLS[name])


PACKED = pack_sequence([R(4, 10), R(2, 10)])
UNSORTED = pack_sequence([R(2, 10), R(4, 10)], enforce_sorted=False)
CALLS_IN_WORDS_OF_OURS = {
    "a tuple as input": ((R(5, 3, 10),), None, TypeError, "a PackedSequence, got: tuple"),
    "a tuple of one state": (R(5, 3, 10), (R(2, 3, 20),), RuntimeError, "two hidden states"),
    "None as c_0": (R(5, 3, 10), (R(2, 3, 20), None), TypeError, r"got: \(Tensor, NoneType\)"),
    "a dict as state": (R(5, 3, 10), {}, TypeError, "got: dict"),
    "float64 states": (
        R(5, 3, 10), (R(2, 3, 20).double(),) * 2, RuntimeError, "are not the same dtype"
    ),
    "packed, wrong feature size": (
        pack_sequence([R(4, 11)]), None, RuntimeError, "Expected 10, got 11"
    ),
    "packed, float64": (pack_sequence([R(4, 10).double()]), None, ValueError, "RNN input dtype"),
    "packed, 3-D data": (
        PackedSequence(R(6, 2, 10), torch.tensor([4, 2])), None, RuntimeError,
        "input must have 2 dimensions, got 3",
    ),
    # nn.LSTM computes something here, without a word
    "packed, N of another batch": (
        UNSORTED, (R(2, 3, 20), R(2, 3, 20)), RuntimeError,
        r"Expected hidden\[0\] size \(2, 2, 20\), got \[2, 3, 20\]",
    ),
    "packed, 2-D state": (PACKED, (R(2, 20), R(2, 20)), RuntimeError, r"got \[2, 20\]"),
}


@pytest.mark.parametrize("name", CALLS_IN_WORDS_OF_OURS)
def test_layer_call_in_words_of_ours(name):
    x, hx, kind, text = CALLS_IN_WORDS_OF_OURS[name]
    with pytest.raises(kind, match=text):
        lstm_from_scratch.LSTM(10, 20, 2)(x, hx)


def test_one_tensor_as_state_of_one_layer():
    with pytest.raises(TypeError, match="tuple of two Tensors .*, got: Tensor"):
        lstm_from_scratch.LSTM(10, 20)(R(5, 3, 10), R(1, 3, 20))


def test_parameters_of_two_dtypes():
    lstm = lstm_from_scratch.LSTM(10, 20)
    lstm.weight_hh_l0 = nn.Parameter(lstm.weight_hh_l0.double())
    with pytest.raises(RuntimeError, match="parameter tensors are not the same dtype"):
        lstm(R(5, 3, 10))


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
    "proj_size": lambda ns: ns.LSTMCell(10, 20, proj_size=5),
}


@pytest.mark.parametrize("name", CELL_CALLS)
def test_cell_call(name):
    assert_both_raise_alike(CELL_CALLS[name])


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
        lstm_from_scratch.LSTMCell(**(LAYER | kwargs))


def test_dropout_with_one_layer_warns_as_pytorch_does():
    texts = []
    for cls in (lstm_from_scratch.LSTM, nn.LSTM):
        with pytest.warns(UserWarning) as record:
            cls(10, 20, dropout=0.5)
        assert len(record) == 1
        texts.append(str(record[0].message))
    assert texts[0] == texts[1]


def test_the_warning_points_at_the_caller():
    with pytest.warns(UserWarning) as record:
        lstm_from_scratch.LSTM(10, 20, dropout=0.5)
    assert record[0].filename == __file__


def test_dropout_with_two_layers_does_not_warn():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        lstm_from_scratch.LSTM(10, 20, 2, dropout=0.5)
