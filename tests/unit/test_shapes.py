"""The shape rules of shapes.py against the modules of PyTorch."""

import inspect
import itertools

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_sequence

from lstm_from_scratch import LSTM, errors, shapes
from tests.support.releases import RELEASE

GRID = list(itertools.product((1, 3), (True, False), (False, True), (0, 2)))


def layer_and_letters(num_layers, bias, bidirectional, proj_size, batch_first=False):
    lstm = nn.LSTM(
        3, 5, num_layers, bias, batch_first, 0.0, bidirectional, proj_size, dtype=torch.float64
    )
    return lstm, shapes.letters(3, 5, num_layers, bidirectional, proj_size, L=7, N=4, L_sum=9)


@pytest.mark.parametrize("num_layers, bias, bidirectional, proj_size", GRID)
def test_parameters(num_layers, bias, bidirectional, proj_size):
    lstm, values = layer_and_letters(num_layers, bias, bidirectional, proj_size)
    rows = shapes.parameter_shapes(values, bias, proj_size)
    assert [list(row) for row in rows] == lstm._all_weights
    flat = [pair for row in rows for pair in row.items()]
    assert flat == [(name, tuple(p.shape)) for name, p in lstm.named_parameters()]


@pytest.mark.parametrize("layout", shapes.LAYOUTS)
@pytest.mark.parametrize("num_layers, bias, bidirectional, proj_size", GRID)
def test_tensors(num_layers, bias, bidirectional, proj_size, layout):
    lstm, values = layer_and_letters(
        num_layers, bias, bidirectional, proj_size, layout == "batch_first"
    )
    expected = shapes.tensor_shapes(values, layout)
    x = torch.randn(expected["input"], dtype=torch.float64)
    if layout == "packed":
        parts = x.split([3, 2, 2, 2])
        x = pack_sequence(parts)
    hx = [torch.randn(expected[name], dtype=torch.float64) for name in ("h_0", "c_0")]
    output, (h_n, c_n) = lstm(x, hx)
    data = output.data if layout == "packed" else output
    for name, tensor in {"output": data, "h_n": h_n, "c_n": c_n}.items():
        assert tuple(tensor.shape) == expected[name], name


def test_row_counts_layers_first():
    rows = [shapes.row(layer, direction, 2) for layer in range(3) for direction in range(2)]
    assert rows == list(range(6))
    names = [list(row)[0] for row in shapes.parameter_shapes(shapes.letters(3, 5, 2, True))]
    assert names[shapes.row(1, 1, 2)] == "weight_ih_l1_reverse"


def test_a_letter_without_a_number_is_an_error():
    with pytest.raises(KeyError, match="L"):
        shapes.tensor_shapes(shapes.letters(3, 5, N=2))


def test_the_defaults_are_those_of_pytorch():
    values = shapes.letters(3, 5, L=7, N=4)
    (row,) = shapes.parameter_shapes(values)
    assert row == {name: tuple(p.shape) for name, p in nn.LSTM(3, 5).named_parameters()}
    assert shapes.tensor_shapes(values) == shapes.tensor_shapes(values, "time_first")
    assert shapes.tensor_shapes(values)["h_n"] == (1, 4, 5)


@pytest.mark.parametrize(
    "name, relation, bound, error_type, text",
    [rule for rule in errors.REFUSALS if rule[0] in shapes.ARGUMENTS],
)
def test_what_pytorch_refuses_it_refuses_in_these_words(name, relation, bound, error_type, text):
    bad = {">": 0, ">=": -1, "<=": 2, "<": 5, "int": 2.5}[relation]
    arguments = {"input_size": 3, "hidden_size": 5} | {name: bad}
    accident = relation == "int" and name in ("num_layers", "proj_size")
    modules = [] if accident else [LSTM]  # there our text names the argument
    # Releases before 2.11 check less, and in other words: CHANGED in test_errors.py.
    if not accident and RELEASE >= (2, 11):
        modules.append(nn.LSTM)
    for module in modules:
        with pytest.raises(Exception) as raised:
            module(**arguments)
        assert (type(raised.value).__name__, str(raised.value)) == (error_type, text)


def test_the_arguments_are_those_of_the_module():
    parameters = inspect.signature(LSTM).parameters
    standard = {
        name: None if p.default is p.empty else p.default for name, p in parameters.items()
    }
    assert list(standard)[: len(shapes.ARGUMENTS)] == list(shapes.ARGUMENTS)
    assert {name: standard[name] for name in shapes.ARGUMENTS} == shapes.ARGUMENTS


@pytest.mark.parametrize("proj_size", (0, 2))
@pytest.mark.parametrize("bidirectional", (False, True))
def test_the_letters_as_data_are_those_of_the_function(bidirectional, proj_size):
    arguments = {"input_size": 3, "hidden_size": 5, "num_layers": 4, "proj_size": proj_size}
    values = {
        letter: next(arguments[name] for name in names if arguments[name] > 0)
        for letter, names in shapes.LETTERS.items()
    }
    values["D"] = shapes.DIRECTIONS[bidirectional]
    assert values == shapes.letters(**arguments, bidirectional=bidirectional)
