"""Bad calls: the same exception and the same text as PyTorch, found by making the call on both.

Of the messages that people search, these come from no call of an LSTM or an LSTMCell and are not
tested here: those about `lengths` and `total_length` (`pack_padded_sequence`, which is not ours),
`proj_size argument is only supported for LSTM`, cuDNN's and MIOpen's (non-contiguous weights or
states, double backward, eval mode: ours uses neither), Dynamo's and vmap's (ours works there, see
test_transforms.py), the exporter's warning about batch sizes, and `got an incorrect number of RNN
parameters`, which takes an edited `_flat_weights`: ours is computed, and refuses to be set.
"""

import warnings

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_sequence

import lstm_from_scratch
from tests.support.parity import BACKENDS
from tests.support.refusals import ONEDNN
from tests.support.releases import PINNED, RELEASE

pytestmark = BACKENDS

R = torch.randn


def outcome(function, *args, **kwargs):
    """Return (type, text) of the exception that a call raises, or None."""
    try:
        function(*args, **kwargs)
    except Exception as error:
        return type(error), str(error)
    return None


# Where other releases differ: the first one that raises as the pinned one does, and what PyTorch
# did before. Seen with 2.4 and 2.11; the checks were added to PyTorch in December 2025.
CHANGED = {
    "bias int": ((2, 11), "accepts"),
    "bias as fourth argument": ((2, 11), "accepts"),
    "batch_first str": ((2, 11), "accepts"),
    "input_size 0": ((2, 11), "accepts"),
    "bias and hidden_size": ((2, 11), "raises another type"),
}


def assert_both_raise_alike(name, call):
    """Make a call on our module and on PyTorch's: `call` takes the namespace.

    Texts change between releases, so they are compared on the pinned one; types, and whether
    PyTorch raises at all, on every release, with the differences in CHANGED.
    """
    ours, theirs = outcome(call, lstm_from_scratch), outcome(call, nn)
    assert ours is not None
    if torch.__version__.split("+")[0] == PINNED:
        assert ours == theirs
    if theirs is None:
        relation = "accepts"
    else:
        relation = "raises the same type" if ours[0] is theirs[0] else "raises another type"
    first, before = CHANGED.get(name, ((0, 0), None))
    assert relation == (before if RELEASE < first else "raises the same type")


def test_the_table_of_differences_names_cases():
    assert CHANGED.keys() <= CONSTRUCTORS.keys()


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
    "bias as fourth argument": lambda ns: ns.LSTM(2, 3, 5, 2),
    "hidden_size float": {"hidden_size": 20.0},
    "hidden_size str": {"hidden_size": "20"},
    "hidden_size 0": {"hidden_size": 0},
    "hidden_size -1": {"hidden_size": -1},
    "num_layers 0": {"num_layers": 0},
    "num_layers -1": {"num_layers": -1},
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
    change = CONSTRUCTORS[name]
    assert_both_raise_alike(
        name, change if callable(change) else lambda ns: ns.LSTM(**(LAYER | change))
    )


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
    "one tensor as state of three layers": layer_call(R(5, 3, 10), R(3, 3, 20), num_layers=3),
    "one tensor as state, unbatched": layer_call(R(5, 10), R(2, 20)),
    "three states": layer_call(R(5, 3, 10), (R(2, 3, 20),) * 3),
    "integer input": layer_call(torch.ones(5, 3, 10, dtype=torch.int64)),
    "float64 input": layer_call(R(5, 3, 10).double()),
    "no time step": layer_call(R(0, 3, 10)),
    "no time step, batch_first": layer_call(R(3, 0, 10), batch_first=True),
    "no time step, unbatched": layer_call(R(0, 10)),
    "bool input": layer_call(torch.ones(5, 3, 10, dtype=torch.bool)),
    "float32 input, bfloat16 weights": layer_call(R(5, 3, 10), dtype=torch.bfloat16),
    "input on another device": layer_call(R(5, 3, 10, device="meta")),
    "state on another device": layer_call(R(5, 3, 10), (R(2, 3, 20, device="meta"),) * 2),
    "c_0 on another device": layer_call(R(5, 3, 10), (R(2, 3, 20), R(2, 3, 20, device="meta"))),
    # Python's own, where the signature is the same
    "no input": lambda ns: ns.LSTM(10, 20)(),
    "three arguments": lambda ns: ns.LSTM(10, 20)(R(5, 3, 10), None, None),
    # what is done with the result
    "in a Sequential": lambda ns: nn.Sequential(ns.LSTM(10, 20), nn.Linear(20, 1))(R(5, 3, 10)),
    "shape of a packed output": lambda ns: ns.LSTM(10, 20)(pack_sequence([R(4, 10)]))[0].shape,
    "index of a packed output": lambda ns: ns.LSTM(10, 20)(pack_sequence([R(4, 10)]))[0][:, -1],
    "view of a batch_first output": lambda ns: (
        ns.LSTM(10, 20, batch_first=True)(R(3, 5, 10))[0].view(15, 20)
    ),
    "backward twice": lambda ns: backward_twice(ns.LSTM(10, 20)(R(5, 3, 10))[0].sum()),
}


def backward_twice(loss):
    loss.backward()
    loss.backward()


SMALL = {"input_size": 3, "hidden_size": 5}
STATE_DICTS = {
    "a layer too many": ("LSTM", {"num_layers": 2}, {}),
    "a layer missing": ("LSTM", {}, {"num_layers": 2}),
    "a direction too many": ("LSTM", {"bidirectional": True}, {}),
    "a direction missing": ("LSTM", {}, {"bidirectional": True}),
    "a projection too many": ("LSTM", {"proj_size": 2}, {}),
    "a projection missing": ("LSTM", {}, {"proj_size": 2}),
    "no biases": ("LSTM", {"bias": False}, {}),
    "another hidden_size": ("LSTM", {"hidden_size": 6}, {}),
    "cell: no biases": ("LSTMCell", {"bias": False}, {}),
    "cell: another hidden_size": ("LSTMCell", {"hidden_size": 6}, {}),
}


@pytest.mark.parametrize("name", STATE_DICTS)
def test_loading_the_parameters_of_another(name):
    class_name, source, target = STATE_DICTS[name]

    def call(ns):
        cls = getattr(ns, class_name)
        cls(**(SMALL | target)).load_state_dict(cls(**(SMALL | source)).state_dict())

    assert_both_raise_alike(name, call)


@pytest.mark.parametrize("name", LAYER_CALLS)
def test_layer_call(name):
    assert_both_raise_alike(name, LAYER_CALLS[name])


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


def warnings_of(call, namespace):
    """Return (category, text) of each warning, with the filters of pyproject.toml put aside."""
    with warnings.catch_warnings(record=True) as record:
        warnings.simplefilter("always")
        call(namespace)
    return [(warning.category, str(warning.message)) for warning in record]


@pytest.mark.parametrize("kwargs", ({"dropout": 0.5}, {"dropout": 1}, {"dropout": 0.1}))
def test_dropout_with_one_layer_warns_as_pytorch_does(kwargs):
    ours, theirs = (
        warnings_of(lambda ns: ns.LSTM(10, 20, **kwargs), ns) for ns in (lstm_from_scratch, nn)
    )
    assert ours == theirs and len(ours) == 1 and ours[0][0] is UserWarning


def test_the_warning_points_at_the_caller():
    with pytest.warns(UserWarning) as record:
        lstm_from_scratch.LSTM(10, 20, dropout=0.5)
    assert record[0].filename == __file__


@pytest.mark.parametrize("kwargs", ({"num_layers": 2, "dropout": 0.5}, {"dropout": 0}))
def test_no_warning_where_pytorch_has_none(kwargs):
    for ns in (lstm_from_scratch, nn):
        assert warnings_of(lambda ns: ns.LSTM(10, 20, **kwargs)(R(5, 3, 10)), ns) == []


def test_a_projection_runs_without_the_warning_about_a_kernel_that_is_not_ours():
    def call(ns):
        ns.LSTM(10, 20, proj_size=4)(R(5, 3, 10))

    assert warnings_of(call, lstm_from_scratch) == []
    if ONEDNN:
        torch.set_warn_always(True)  # otherwise once in a process
        try:
            ((category, text),) = warnings_of(call, nn)
        finally:
            torch.set_warn_always(False)
        assert category is UserWarning and text.startswith("LSTM with projections is not")
