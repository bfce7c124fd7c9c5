"""What real programs do with `nn.LSTM`, in small: the same result with ours in its place.

The differences that are left stand in the README's table; each row of it is shown here.
"""

import copy
import io
import pickle
import re
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import fx, nn
from torch.nn.utils.rnn import PackedSequence, pack_sequence

import lstm_from_scratch
from lstm_from_scratch import LSTM, explain, from_torch, functional, to_torch
from lstm_from_scratch.verify.compare import assert_same, error_of, outputs_and_gradients, twins
from tests.support.releases import RELEASE

R = torch.randn
BOTH = {"ours": lstm_from_scratch, "torch": nn}


def outcome(call):
    """Make a call on both; return what came of it, errors by their type."""
    results = []
    for namespace in (lstm_from_scratch, nn):
        torch.manual_seed(0)
        try:
            results.append(call(namespace))
        except Exception as error:
            results.append(type(error))
    return results


# ---- arguments ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ("num_layers", "proj_size"))
@pytest.mark.parametrize("kind", (np.int64, np.int32, np.uint8, torch.tensor))
def test_integers_of_numpy_and_torch(name, kind):
    def call(namespace):
        lstm = namespace.LSTM(3, 5, **{name: kind(2)})
        return str(lstm), [tuple(p.shape) for p in lstm.parameters()], lstm(R(4, 2, 3))[0].shape

    ours, theirs = outcome(call)
    assert ours == theirs and isinstance(ours, tuple)


@pytest.mark.parametrize("kind", (np.int64, torch.tensor))
@pytest.mark.parametrize("bias", (1, 0, None, np.bool_(True), "yes", [], True, False))
def test_the_cell_takes_any_truth_value_and_any_integer(kind, bias):
    def call(namespace):
        cell = namespace.LSTMCell(kind(3), kind(5), bias)
        return str(cell), [name for name, _ in cell.named_parameters()], cell(R(2, 3))[0].shape

    ours, theirs = outcome(call)
    assert ours == theirs and isinstance(ours, tuple)


@pytest.mark.skipif(RELEASE < (2, 11), reason="older releases check neither")
@pytest.mark.parametrize("name", ("input_size", "hidden_size", "bias"))
def test_where_pytorch_refuses_numpy_ours_does(name):
    value = np.bool_(True) if name == "bias" else np.int64(3)
    arguments = {"input_size": 3, "hidden_size": 5, name: value}
    assert outcome(lambda namespace: namespace.LSTM(**arguments)) == [TypeError, TypeError]


# ---- hx -----------------------------------------------------------------------------------------

UNSORTED = pack_sequence([R(2, 3), R(4, 3)], enforce_sorted=False)
SORTED = pack_sequence([R(4, 3), R(2, 3)])
STATES = {
    "one tensor, unbatched": (R(4, 3), R(2, 2, 5)),
    "one tensor of three, unbatched": (R(4, 3), R(3, 2, 5)),
    "three states, unbatched": (R(4, 3), (R(2, 5),) * 3),
    "a list, unbatched": (R(4, 3), [R(2, 5), R(2, 5)]),
    "one tensor, packed and unsorted": (UNSORTED, R(2, 2, 2, 5)),
    "a list": (R(4, 2, 3), [R(2, 2, 5), R(2, 2, 5)]),
    "a list, packed": (SORTED, [R(2, 2, 5), R(2, 2, 5)]),
    "one tensor": (R(4, 2, 3), R(2, 2, 2, 5)),
    "one tensor, packed and sorted": (SORTED, R(2, 2, 2, 5)),
    "three states": (R(4, 2, 3), (R(2, 2, 5),) * 3),
    "one tensor of a wrong size, unbatched": (R(4, 3), R(2, 2, 6)),
    "one tensor of too few axes, unbatched": (R(4, 3), R(2, 5)),
}


@pytest.mark.parametrize("name", STATES)
def test_states_given_in_other_ways(name):
    x, hx = STATES[name]

    def call(namespace):
        return namespace.LSTM(3, 5, 2)(x, hx)

    ours, theirs = outcome(call)
    if isinstance(theirs, type):
        assert ours is theirs
        return
    for mine, other in zip((ours[0], *ours[1]), (theirs[0], *theirs[1]), strict=True):
        if isinstance(other, PackedSequence):
            mine, other = mine.data, other.data
        torch.testing.assert_close(mine, other)


def test_explain_finds_no_fault_in_a_call_that_works():
    assert explain(LSTM(3, 5), R(4, 3), R(2, 1, 5)).error is None
    assert "TypeError" in explain(LSTM(3, 5), R(4, 2, 3), R(2, 1, 2, 5)).error


# ---- programs that reach inside -----------------------------------------------------------------


def test_fast_weights_through_the_flat_list():
    """Meta-learning: a step of gradient descent on the weights, differentiated through."""
    results = []
    for lstm in twins(3, 5, 2):
        x = R(4, 2, 3, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
        loss = lstm(x)[0].square().sum()
        gradients = torch.autograd.grad(loss, list(lstm.parameters()), create_graph=True)
        lstm._flat_weights = [w - 0.1 * g for w, g in zip(lstm.parameters(), gradients,
                                                          strict=True)]
        after = lstm(x)[0].square().sum()
        assert after < loss
        results.append([after, *torch.autograd.grad(after, list(lstm.parameters()))])
        # A weight that is set by its name counts again.
        lstm.weight_hh_l1 = nn.Parameter(lstm.weight_hh_l1.detach() * 2)
        results[-1].append(lstm(x)[0].sum())
    torch.testing.assert_close(*results, atol=1e-10, rtol=1e-10)


def test_one_weight_replaced_in_the_flat_list():
    results = []
    for lstm in twins(3, 5):
        lstm._flat_weights[1] = lstm._flat_weights[1] * 0
        x = R(4, 2, 3, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
        results.append([lstm(x)[0]])
        lstm.float().double()  # which puts the parameters back
        results[-1].append(lstm(x)[0])
    torch.testing.assert_close(*results, atol=1e-6, rtol=1e-6)
    assert (results[0][0] - results[0][1]).abs().max() > 1e-3


def test_weight_drop():
    """As AWD-LSTM does: the recurrent weight is no parameter any more, and is set at each call."""

    def drop(lstm):
        raw = lstm.weight_hh_l0
        del lstm._parameters["weight_hh_l0"]
        lstm.register_parameter("weight_hh_l0_raw", nn.Parameter(raw.detach().clone()))
        torch.manual_seed(3)
        lstm.weight_hh_l0 = nn.functional.dropout(lstm.weight_hh_l0_raw, 0.5)
        x = R(4, 2, 3, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
        loss = lstm(x)[0].square().sum()
        return loss, torch.autograd.grad(loss, lstm.weight_hh_l0_raw)[0]

    first, second = map(drop, twins(3, 5))
    torch.testing.assert_close(first, second, atol=1e-10, rtol=1e-10)


def test_names_of_the_flat_list_can_be_set():
    results = []
    for lstm in twins(3, 5):
        lstm.other = nn.Parameter(lstm.weight_hh_l0.detach() * 2)
        lstm._flat_weights_names = ["weight_ih_l0", "other", "bias_ih_l0", "bias_hh_l0"]
        lstm._flat_weights = [getattr(lstm, name) for name in lstm._flat_weights_names]
        x = R(4, 2, 3, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
        results.append(lstm(x)[0])
    torch.testing.assert_close(*results, atol=1e-12, rtol=1e-12)


def test_what_was_set_is_neither_copied_nor_pickled():
    lstm, theirs = twins(3, 5)
    lstm._flat_weights = [w * 2 for w in lstm.parameters()]
    for other in (copy.deepcopy(lstm), pickle.loads(pickle.dumps(lstm))):
        assert_same(other, theirs, R(4, 2, 3, dtype=torch.float64))


class Model(nn.Module):
    def __init__(self, namespace):
        super().__init__()
        self.lstm = namespace.LSTM(3, 5, 2, bidirectional=True)
        self.cell = namespace.LSTMCell(10, 7)

    def forward(self, x):
        output, states = self.lstm(x)
        again, _ = self.lstm(x, states)
        h, c = self.cell(output[0])
        return self.cell(again[-1], (h, c))


def test_symbolic_trace():
    """PyTorch's modules are leaves: one node for each call, of any length."""
    nodes = []
    for namespace in BOTH.values():
        model = Model(namespace)
        graph = fx.symbolic_trace(model)
        nodes.append([(node.op, node.target, len(node.args)) for node in graph.graph.nodes])
        for L in (2, 6):
            x = R(L, 4, 3)
            torch.testing.assert_close(graph(x), model(x))
    ours, theirs = ([node for node in row if node[0] == "call_module"] for row in nodes)
    assert ours == theirs and len(ours) == 4


def test_tied_weights_stay_tied():
    theirs = nn.LSTM(5, 5, 2)
    theirs.weight_hh_l1 = theirs.weight_hh_l0
    for share in (False, True):
        ours = from_torch(theirs, share=share)
        assert ours.weight_hh_l1 is ours.weight_hh_l0
        assert (ours.weight_hh_l0 is theirs.weight_hh_l0) == share
        assert_same(ours, theirs, R(4, 2, 5))


# ---- clear errors -------------------------------------------------------------------------------


@pytest.mark.parametrize("batch_sizes", (None, []))
def test_no_step_in_functional(batch_sizes):
    weights = functional.Weights(R(20, 3), R(20, 5))
    x = torch.empty(0, 2, 3) if batch_sizes is None else torch.empty(0, 3)
    with pytest.raises(RuntimeError, match="Expected sequence length to be larger than 0 in RNN"):
        functional.lstm_direction(x, R(2, 5), R(2, 5), weights, batch_sizes)


def test_explain_of_a_module_without_parameters():
    for cls in (LSTM, nn.LSTM):
        lstm = cls(3, 5)
        for name in [name for name, _ in lstm.named_parameters()]:
            delattr(lstm, name)
        with pytest.raises(ValueError, match="none of its parameters .weight_ih_l0, "):
            explain(lstm, R(4, 2, 3))
        assert any("weight_hh_l0 is missing" in text for text in explain(lstm).warnings)


# ---- the differences that are left --------------------------------------------------------------


def type_():
    lstm = LSTM(3, 5)
    assert not isinstance(lstm, nn.LSTM) and type(to_torch(lstm)) is nn.LSTM

    # An initialisation that goes by type, as transformers' does, leaves ours as it is, silently.
    def initialise(module):
        if isinstance(module, nn.LSTM):
            nn.init.zeros_(module.bias_hh_l0)

    model = nn.Sequential(lstm).apply(initialise)
    assert model[0].bias_hh_l0.any()
    theirs = nn.Sequential(nn.LSTM(3, 5)).apply(initialise)
    assert not from_torch(theirs[0]).bias_hh_l0.any()  # the way around


def counters():
    operations = {nn.LSTM: lambda lstm: 2 * lstm.weight_hh_l0.numel()}

    def count(model):
        return sum(operations.get(type(module), lambda _: 0)(module) for module in model.modules())

    lstm = LSTM(3, 5)
    assert count(lstm) == 0 and count(to_torch(lstm)) == 200
    operations[LSTM] = operations[nn.LSTM]
    assert count(lstm) == 200


def quantise(module):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return torch.ao.quantization.quantize_dynamic(nn.Sequential(module), {nn.LSTM})[0]


def quantisation():
    if torch.backends.quantized.engine == "none":
        pytest.skip("this build of PyTorch quantises nothing")
    assert type(quantise(LSTM(3, 5))) is LSTM
    assert type(quantise(to_torch(LSTM(3, 5)))) is not nn.LSTM


def script():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert error_of(torch.jit.script, nn.LSTM(3, 5)) is None
        assert error_of(torch.jit.script, LSTM(3, 5)) is not None
        assert error_of(torch.jit.script, to_torch(LSTM(3, 5))) is None


def length():
    ours, theirs = twins(3, 5)
    x = R(4, 2, 3, dtype=torch.float64)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        traced = [torch.jit.trace(lstm, x) for lstm in (ours, theirs, to_torch(ours))]
    longer = R(6, 2, 3, dtype=torch.float64)
    assert error_of(traced[0], longer) is not None
    for program in traced[1:]:
        torch.testing.assert_close(program(longer), theirs(longer))


def pickles():
    file = io.BytesIO()
    torch.save(LSTM(3, 5), file)
    file.seek(0)
    message = error_of(torch.load, file, weights_only=True)
    assert message is not None and "lstm_from_scratch" in message
    file = io.BytesIO()
    torch.save(LSTM(3, 5).state_dict(), file)
    file.seek(0)
    nn.LSTM(3, 5).load_state_dict(torch.load(file, weights_only=True))


def private():
    for name in ("check_forward_args", "permute_hidden", "get_expected_hidden_size"):
        assert hasattr(nn.LSTM, name) and not hasattr(LSTM, name)


def stricter():
    unsorted = pack_sequence([R(2, 3), R(4, 3)], enforce_sorted=False)
    hx = R(1, 3, 5), R(1, 3, 5)  # of three sequences, and the batch has two
    assert error_of(nn.LSTM(3, 5), unsorted, hx) is None
    assert "Expected hidden[0] size (1, 2, 5), got [1, 3, 5]" in error_of(LSTM(3, 5), unsorted, hx)
    trusted = PackedSequence(R(6, 3), torch.tensor([2, 3, 1]))
    assert "batch_sizes of a PackedSequence" in error_of(LSTM(3, 5), trusted)


def constructor():
    for name, value in (("bidirectional", 1), ("num_layers", True), ("proj_size", 0.0)):
        assert error_of(nn.LSTM, 3, 5, **{name: value}) is None
        assert error_of(LSTM, 3, 5, **{name: value}).startswith(f"TypeError: {name} should be")
    assert error_of(nn.LSTM(3, 5, bidirectional=1), R(4, 2, 3)) is not None


def bits():
    ours, theirs = twins(3, 5, 2, dtype=torch.float32)
    x = R(40, 2, 3)
    mine, other = outputs_and_gradients(ours, x), outputs_and_gradients(theirs, x)
    for name, value in mine.items():
        torch.testing.assert_close(value, other[name])


# The first column of the table in README.md, and what shows the row.
DIFFERENCES = {
    "`isinstance(m, nn.LSTM)` is False": type_,
    "FLOP counters that go by type count nothing": counters,
    "`quantize_dynamic` passes over it": quantisation,
    "`torch.jit.script` refuses it": script,
    "`torch.jit.trace` fixes the length": length,
    "a whole module pickled names this package": pickles,
    "the private methods of `nn.LSTM` are missing": private,
    "a packed batch is checked": stricter,
    "`bidirectional=1`, `num_layers=True`, `proj_size=0.0` are refused at once": constructor,
    "the last bits, and masks of dropout on a GPU": bits,
}


@pytest.mark.parametrize("name", DIFFERENCES)
def test_a_difference_and_the_way_around_it(name):
    DIFFERENCES[name]()


def test_the_table_of_the_readme_has_these_rows():
    text = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    (table,) = re.findall(r"^\| what differs .+\n\|[-|]+\n((?:\|.+\n)+)", text, re.M)
    rows = [[cell.strip() for cell in line.strip("|\n").split(" | ")]
            for line in table.splitlines()]
    assert [row[0] for row in rows] == list(DIFFERENCES)
    assert all(len(row) == 3 and all(row) for row in rows)
