"""What a refused argument or call is told: the text of each error, and the fix, as data.

A text is PyTorch's wherever PyTorch has one of its own, because that is what people search for.
Where PyTorch stops with an accident of Python or of a kernel, or does not stop at all, a sentence
of ours says what is wrong. The checks of `validation.py` raise these errors; the shape
calculator's page reads `REFUSALS`.

Source: torch/nn/modules/rnn.py and aten/src/ATen/native/RNN.cpp, PyTorch 2.13.
Checked by: tests/unit/test_errors.py, which makes each bad call on both and compares.
"""

from typing import Any, NamedTuple

import torch

# By a name of ours: the type of the exception, and its text.
TEXTS: dict[str, tuple[type[Exception], str]] = {
    # Arguments of the constructors.
    "type": (TypeError, "{tensor} should be {expected}, got: {got}"),
    "dropout": (ValueError, "dropout should be a number in range [0, 1] representing the "
                "probability of an element being zeroed"),
    "not positive": (ValueError, "{tensor} must be greater than zero"),
    "negative proj_size": (ValueError, "proj_size should be a positive integer or zero to "
                           "disable projections"),
    "large proj_size": (ValueError, "proj_size has to be smaller than hidden_size"),
    "negative size": (ValueError, "input_size and hidden_size must not be negative"),
    # Calls of both modules.
    "two states": (RuntimeError, "{op} expects two hidden states"),
    "no pair": (TypeError, "{op}: hx should be a tuple of two Tensors (h_0, c_0), got: {got}"),
    "device": (RuntimeError, "Input and {kind} tensors are not at the same device, found input "
               "tensor at {x} and {kind} tensor at {other}"),
    "dtype": (RuntimeError, "Input and {kind} tensors are not the same dtype, found input tensor "
              "with {x} and {kind} tensor with {other}"),
    # Calls of `LSTM`.
    "no tensor": (TypeError, "LSTM: Expected input to be a Tensor or a PackedSequence, "
                  "got: {got}"),
    "axes": (ValueError, "LSTM: Expected input to be 2D or 3D, got {dim}D instead"),
    "state axes": (RuntimeError, "For {batched} {dim}-D input, hx and cx should also be {dim}-D "
                   "but got ({h}-D, {c}-D) tensors"),
    "input dtype": (ValueError, "RNN input dtype ({got}) does not match weight dtype "
                    "({expected}). Convert input: input.to({expected}), or convert model: "
                    "model.to({got})"),
    "packed axes": (RuntimeError, "input must have 2 dimensions, got {dim}"),
    "features": (RuntimeError, "input.size(-1) must be equal to input_size. Expected {H_in}, "
                 "got {size}"),
    "batch_sizes": (ValueError, "batch_sizes of a PackedSequence must be positive, must not "
                    "increase, and must sum to the number of rows of its data, {rows}, got {got}"),
    "state shape": (RuntimeError, "Expected hidden[{k}] size {wanted}, got {size}"),
    "no steps": (RuntimeError, "Expected sequence length to be larger than 0 in RNN"),
    # Calls of `LSTMCell`.
    "cell, no tensor": (TypeError, "LSTMCell: Expected input to be a Tensor, got: {got}"),
    "cell, axes": (ValueError, "LSTMCell: Expected input to be 1D or 2D, got {dim}D instead"),
    "cell, one tensor": (TypeError, "lstm_cell(): argument 'hx' (position 2) must be tuple of "
                         "Tensors, not Tensor"),
    "cell, state axes": (ValueError, "LSTMCell: Expected hx[{k}] to be 1D or 2D, got {dim}D "
                         "instead"),
    "cell, features": (RuntimeError, "input has inconsistent input_size: got {size} expected "
                       "{H_in}"),
    "cell, batch": (RuntimeError, "Input batch size {N} doesn't match hidden{k} batch size "
                    "{size}"),
    "cell, state size": (RuntimeError, "hidden{k} has inconsistent hidden_size: got {size}, "
                         "expected {H_cell}"),
}
# The text of the warning that dropout above 0 does nothing in one layer.
ONE_LAYER = (
    "dropout option adds dropout after all but last recurrent layer, so non-zero dropout "
    "expects num_layers greater than 1, but got dropout={dropout} and num_layers={num_layers}"
)

# By a name of ours: what to do about an error. Where it begins with code, the code repairs.
FIXES = {
    "argument": "pass {tensor} {expected}",
    "make tensor": "torch.as_tensor(x), of a floating dtype",
    "pass a pair": "pass one tuple as the second argument: lstm(x, (h_0, c_0))",
    "reshape": "reshape x to these axes, features last",
    "size": "make the last axis of x {H_in}, or construct with input_size={size}",
    "pack features": "pack a tensor whose last axis is {H_in}, or use input_size={size}",
    "pack": "let pack_padded_sequence or pack_sequence make x",
    "embed": "numbers of tokens go through nn.Embedding(count, {H_in}) first; otherwise "
    "x.to({expected})",
    "convert": "x.to({expected}), or lstm.to({got})",
    "swap": "h comes first: lstm(x, (h_0, c_0)); these two are the other way round",
    "batch axis": "torch.zeros{shape}, because batch_first={batch_first} and so N is "
    "x.size({axis}); if the batch is axis {other} of x, construct with batch_first={otherwise}",
    "batch of steps": "x.unsqueeze({axis}): a batch of {N} sequences of one step",
    "zeros": "torch.zeros{shape}, or leave the states out",
    "move": "{name}.to({target})",
    "move module": "lstm.to({target}), so that all parameters are alike",
    "leave empty sequences": "leave empty sequences out: at least one step is needed",
}
# Methods, with their arguments, that may give x or a state the expected shape, and what to say.
REPAIRS: dict[str, tuple[tuple[str, tuple[int, ...], str], ...]] = {
    "x": (
        ("unsqueeze", (0,), "{code}: one sequence of one step"),
        ("unsqueeze", (-1,), "{code}: one feature in each step"),
        ("flatten", (2,), "{code}: the features of a step in one axis"),
        ("transpose", (0, 1), "{code}: features come last"),
        ("transpose", (1, 2), "{code}: features come last"),
        ("movedim", (0, -1), "{code}: features come last"),
    ),
    "state": (
        ("squeeze", (1,), "{code}: without a batch axis, as x; or give x one, too"),
        ("unsqueeze", (1,), "{code}: a batch of one"),
        ("transpose", (0, 1),
         "{code}.contiguous(): states keep this shape whatever batch_first is"),
    ),
}

# What the constructor of `LSTM` refuses, in the order in which it looks: the argument, the
# relation that must hold, to which bound, and the text if it does not.
RULES: tuple[tuple[str, str, Any, str], ...] = (
    ("dropout", "number", None, "dropout"),
    ("dropout", ">=", 0, "dropout"),
    ("dropout", "<=", 1, "dropout"),
    ("bias", "bool", None, "type"),
    ("batch_first", "bool", None, "type"),
    ("bidirectional", "bool", None, "type"),
    ("input_size", "int", None, "type"),
    ("input_size", ">", 0, "not positive"),
    ("hidden_size", "int", None, "type"),
    ("hidden_size", ">", 0, "not positive"),
    ("num_layers", "integer", None, "type"),
    ("num_layers", ">", 0, "not positive"),
    ("proj_size", "integer", None, "type"),
    ("proj_size", ">=", 0, "negative proj_size"),
    ("proj_size", "<", "hidden_size", "large proj_size"),
)

# What PyTorch refuses of the numbers in the calculator's form: these rules, then what PyTorch
# itself or torch.randn says where the rules have a sentence of ours, or none. `{value}` is the
# offending size, `{input}` stands for the axes of the input.
REFUSALS = (
    *(
        (name, relation, bound, TEXTS[text][0].__name__,
         TEXTS[text][1].format(tensor=name, expected="of type int", got="float"))
        for name, relation, bound, text in RULES
        if relation not in ("number", "bool", "integer")
    ),
    ("num_layers", "int", None, "TypeError",
     "'float' object cannot be interpreted as an integer"),
    ("proj_size", "int", None, "TypeError",
     "empty(): argument 'size' failed to unpack the object at pos 2 with error "
     "\"type must be tuple of ints,but got float\""),
    ("input", ">=", 0, "RuntimeError",
     "Trying to create tensor with negative dimension {value}: [{input}]"),
    ("L", ">", 0, "RuntimeError", TEXTS["no steps"][1]),
)


class Fault(NamedTuple):
    """What is wrong: the tensor or argument, what it is, what was expected, what to do."""

    tensor: str
    got: str
    expected: str
    fix: str


def refusal(
    text: str, tensor: str, got: object, expected: str, fix: str, **words: Any
) -> Exception:
    """Return the exception to raise: PyTorch's type and text, with a `Fault` as its attributes.

    Args:
        text: a name in `TEXTS`.
        tensor, got, expected: as in `Fault`.
        fix: a name in `FIXES`, or the fix itself.
        words: fill in the braces of both, as tensor, got and expected do.
    """
    words |= {"tensor": tensor, "got": got, "expected": expected}
    kind, message = TEXTS[text]
    error = kind(message.format(**words))
    fix = FIXES[fix].format(**words) if fix in FIXES else fix
    if not torch.compiler.is_compiling():  # which cannot trace attributes of an exception
        vars(error).update(Fault(tensor, str(got), expected, fix)._asdict())
    return error
