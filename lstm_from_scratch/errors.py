"""What a refused argument or call is told: the rules of arguments as data, and the exception.

The texts of calls stand in `validation.py`; a text is PyTorch's wherever PyTorch has one. The
shape calculator's page reads `REFUSALS`.

Source: torch/nn/modules/rnn.py, PyTorch 2.13.
Checked by: tests/unit/test_errors.py, which makes each bad call on both and compares.
"""

from typing import Any, NamedTuple

import torch

TYPE = (TypeError, "{name} should be {expected}, got: {got}")
DROPOUT = (ValueError, "dropout should be a number in range [0, 1] representing the probability "
           "of an element being zeroed")
NOT_POSITIVE = (ValueError, "{name} must be greater than zero")
NEGATIVE_SIZE = (ValueError, "input_size and hidden_size must not be negative")
NO_STEPS = "Expected sequence length to be larger than 0 in RNN"
# The text of the warning that dropout above 0 does nothing in one layer.
ONE_LAYER = (
    "dropout option adds dropout after all but last recurrent layer, so non-zero dropout "
    "expects num_layers greater than 1, but got dropout={dropout} and num_layers={num_layers}"
)

Rule = tuple[str, str, Any, type[Exception], str]
# What the constructor of `LSTM` refuses, in the order in which it looks: the argument, the
# relation that must hold, to which bound, and the type and text of the error if it does not.
RULES: tuple[Rule, ...] = (
    ("dropout", "number", None, *DROPOUT),
    ("dropout", ">=", 0, *DROPOUT),
    ("dropout", "<=", 1, *DROPOUT),
    ("bias", "bool", None, *TYPE),
    ("batch_first", "bool", None, *TYPE),
    ("bidirectional", "bool", None, *TYPE),
    ("input_size", "int", None, *TYPE),
    ("input_size", ">", 0, *NOT_POSITIVE),
    ("hidden_size", "int", None, *TYPE),
    ("hidden_size", ">", 0, *NOT_POSITIVE),
    ("num_layers", "integer", None, *TYPE),
    ("num_layers", ">", 0, *NOT_POSITIVE),
    ("proj_size", "integer", None, *TYPE),
    ("proj_size", ">=", 0, ValueError,
     "proj_size should be a positive integer or zero to disable projections"),
    ("proj_size", "<", "hidden_size", ValueError, "proj_size has to be smaller than hidden_size"),
)
# Likewise for `LSTMCell`, which allows sizes of zero as PyTorch does.
CELL_RULES: tuple[Rule, ...] = (
    ("input_size", "integer", None, *TYPE),
    ("hidden_size", "integer", None, *TYPE),
    ("input_size", ">=", 0, *NEGATIVE_SIZE),
    ("hidden_size", ">=", 0, *NEGATIVE_SIZE),
)

# What PyTorch refuses of the numbers in the calculator's form: these rules, then its words where
# the rules have a sentence of ours, or none. `{value}` is the size, `{input}` the input's axes.
REFUSALS = (
    *(
        (name, relation, bound, error.__name__,
         text.format(name=name, expected="of type int", got="float"))
        for name, relation, bound, error, text in RULES
        if relation not in ("number", "bool", "integer")
    ),
    ("num_layers", "int", None, "TypeError",
     "'float' object cannot be interpreted as an integer"),
    ("proj_size", "int", None, "TypeError",
     "empty(): argument 'size' failed to unpack the object at pos 2 with error "
     "\"type must be tuple of ints,but got float\""),
    ("input", ">=", 0, "RuntimeError",
     "Trying to create tensor with negative dimension {value}: [{input}]"),
    ("L", ">", 0, "RuntimeError", NO_STEPS),
)


class Fault(NamedTuple):
    """What is wrong: the tensor or argument, what it is, what was expected, what to do."""

    tensor: str
    got: str
    expected: str
    fix: str


def refusal(
    error: type[Exception], text: str, tensor: str, got: object, expected: object, fix: str
) -> Exception:
    """Return the exception to raise, with the items of a `Fault` as its attributes.

    Args:
        error, text: PyTorch's, or ours where PyTorch has none.
        tensor, got, expected, fix: as in `Fault`; of a tensor that it got, the shape is said.
    """
    exception = error(text)
    got = tuple(got.shape) if isinstance(got, torch.Tensor) else got
    if not torch.compiler.is_compiling():  # which cannot trace attributes of an exception
        vars(exception).update(Fault(tensor, str(got), str(expected), fix)._asdict())
    return exception
