"""What is wrong with a call of an LSTM, or likely to be, and the fix.

The checks are those of `validation.check_layer_input`, in the same order, so that the fault
named here is the one that the exception is about.

Checked by: tests/unit/test_explain.py, which repairs failing calls as told.
"""

from typing import NamedTuple

from torch import Tensor
from torch.nn.utils.rnn import PackedSequence

from ..context import under_autocast
from ..shapes import TENSORS, evaluate, letters, parameter_shapes
from ..validation import check_layer_input
from .words import WORDS


class Fault(NamedTuple):
    """What is wrong with a call: the tensor, what it is, what was expected, what to do."""

    tensor: str
    got: str
    expected: str
    fix: str


def numbers(rules, values):
    """Evaluate a shape as far as its letters are known: ("L", "N", "4*H_cell") -> (L, N, 80)."""
    known = []
    for axis in rules:
        try:
            known += evaluate((axis,), values)
        except KeyError:
            known.append(axis)
    return tuple(known)


def shape(axes):
    """Write a shape, of numbers or letters, as Python prints a tuple, without quotes."""
    axes = tuple(axes)
    return "(" + ", ".join(map(str, axes)) + ("," if len(axes) == 1 else "") + ")"


def parameters(lstm):
    """List name and shape of the parameters that the arguments of a module ask for."""
    values = letters(
        lstm.input_size, lstm.hidden_size, lstm.num_layers, lstm.bidirectional, lstm.proj_size
    )
    rows = parameter_shapes(values, lstm.bias, lstm.proj_size)
    return {name: size for by_name in rows for name, size in by_name.items()}


def weights(lstm):
    """List the parameters that a module has, of those its arguments ask for."""
    found = (getattr(lstm, name, None) for name in parameters(lstm))
    return [weight for weight in found if isinstance(weight, Tensor)]


def error_of_call(lstm, x, hx):
    """Return the exception of `lstm(x, hx)` as "Type: text", or None; nothing is run."""
    try:
        check_layer_input(lstm, weights(lstm), x, hx)
    except (TypeError, ValueError, RuntimeError) as error:
        return f"{type(error).__name__}: {error}"
    return None


def fault_of_call(lstm, x, hx, layout, values):
    """Name the tensor that a failing call fails by.

    Args:
        lstm, x, hx: the call.
        layout: one of `shapes.LAYOUTS`, in which x is read.
        values: dict from letter to int, with the sizes of x as far as it can be read.

    Returns:
        `Fault`, or None if it is none of those known.
    """
    data = x.data if isinstance(x, PackedSequence) else x
    fault = _of_kind(x, data, layout, values)
    if fault is None and hx is not None:
        fault = _of_pair(hx, layout, values) or _of_dims(lstm, hx, x, layout, values)
    fault = fault or _of_data(lstm, x, data, layout, values)
    if fault is None and hx is not None:
        for k, name in enumerate(("h_0", "c_0")):
            fault = fault or _of_state(lstm, name, hx[k], hx, data, layout, values)
    return fault or _of_parameters(lstm, data, values)


def _expected(name, layout, values):
    rules = TENSORS[name][layout]
    return f"{shape(rules)} = {shape(numbers(rules, values))}"


def _of_kind(x, data, layout, values):
    if not isinstance(data, Tensor):
        got = type(x).__name__
        return Fault("input", got, WORDS["tensor or packed"], WORDS["make tensor"])
    if layout == "packed" or data.dim() in (2, 3):
        return None
    H_in, fix = values["H_in"], "three axes"
    if data.dim() == 1 and len(data) == H_in:
        fix = "add step"
    elif data.dim() == 1 and H_in == 1:
        fix = "add feature"
    elif data.dim() > 3 and data.shape[2:].numel() == H_in:
        fix = "flatten"
    choices = (_expected("input", one, values) for one in (layout, "unbatched"))
    return Fault("input", shape(data.shape), WORDS["or"].join(choices), WORDS[fix])


def _of_pair(hx, layout, values):
    pair = isinstance(hx, (tuple, list)) and len(hx) == 2
    if pair and all(isinstance(state, Tensor) for state in hx):
        return None
    if isinstance(hx, Tensor):
        got = WORDS["a tensor"].format(shape=shape(hx.shape))
    elif isinstance(hx, (tuple, list)):
        got = shape(type(state).__name__ for state in hx)
    else:
        got = type(hx).__name__
    shapes = {name: _expected(name, layout, values) for name in ("h_0", "c_0")}
    return Fault("hx", got, WORDS["pair"].format(**shapes), WORDS["unpack pair"])


def _of_dims(lstm, hx, x, layout, values):
    """Find the state that has a batch axis where x has none, or the other way round."""
    if layout == "packed":
        return None
    if x.dim() == 2 and all(h.dim() == 3 and h.size(1) == x.size(0) > 1 for h in hx):
        layout, N, axis = _batched(lstm), x.size(0), 1 if lstm.batch_first else 0
        fix = WORDS["batch of steps"].format(axis=axis, N=N)
        expected = _expected("input", layout, values | {"L": 1, "N": N})
        return Fault("input", shape(x.shape), expected, fix)
    for name, state in zip(("h_0", "c_0"), hx, strict=True):
        if state.dim() != x.dim():
            rules = TENSORS[name][layout]
            code = f"torch.zeros{shape(numbers(rules, values))}"
            fix = WORDS["zeros"].format(code=code)
            if x.dim() == 2 and state.dim() == 3 and state.size(1) == 1:
                fix = WORDS["squeeze"].format(name=name, axis=0 if lstm.batch_first else 1)
            elif state.dim() == 2 and values.get("N") == 1:
                fix = WORDS["unsqueeze"].format(name=name)
            return Fault(name, shape(state.shape), _expected(name, layout, values), fix)
    return None


def _batched(lstm):
    return "batch_first" if lstm.batch_first else "time_first"


def _of_data(lstm, x, data, layout, values):
    weight, H_in = weights(lstm)[0], values["H_in"]
    text = error_of_call(lstm, x, None) or ""
    if text.startswith("ValueError: RNN input dtype"):
        word = "convert" if data.is_floating_point() else "embed"
        fix = WORDS[word].format(name="x", dtype=weight.dtype, other=data.dtype, H_in=H_in)
        return Fault("input", str(data.dtype), str(weight.dtype), fix)
    got, expected = shape(data.shape), _expected("input", layout, values)
    if layout == "packed" and data.dim() != 2:
        return Fault("input", got, expected, WORDS["pack data"])
    if data.size(-1) == H_in:
        if text.startswith("ValueError: batch_sizes"):
            return Fault("input", got, expected, WORDS["pack data"])
        return None
    fix = WORDS["other size"].format(expected=H_in, got=data.size(-1))
    if layout == "packed":
        fix = WORDS["pack features"].format(expected=H_in, got=data.size(-1))
    elif H_in in data.shape:
        axis = max(k for k, size in enumerate(data.shape) if size == H_in)
        code = f"x.transpose({axis}, {axis + 1})" if axis == data.dim() - 2 else "x.movedim(0, -1)"
        fix = WORDS["move features"].format(code=code)
    elif H_in == 1 and data.dim() == 2:
        fix = WORDS["add feature"]
    return Fault("input", got, expected, fix)


def _of_state(lstm, name, state, hx, data, layout, values):
    rules = TENSORS[name][layout]
    size, expected = tuple(state.shape), evaluate(rules, values)
    if size == expected:
        return _of_alike(name, state, data)
    other = {"h_0": "c_0", "c_0": "h_0"}[name]
    second = hx[0] if name == "c_0" else hx[1]
    code = f"torch.zeros{shape(expected)}"
    fix = WORDS["zeros"].format(code=code)
    if (size, tuple(second.shape)) == (evaluate(TENSORS[other][layout], values), expected):
        fix = WORDS["swap"]
    elif len(size) == 3 and (size[1], size[0], size[2]) == expected:
        fix = WORDS["transpose"].format(name=name)
    elif len(size) == 3 and layout != "packed" and size[1] == values["L"] != values["N"]:
        fix = WORDS["batch axis"].format(
            code=code, axis=0 if lstm.batch_first else 1, other=1 if lstm.batch_first else 0,
            batch_first=lstm.batch_first, otherwise=not lstm.batch_first,
        )
    return Fault(name, shape(size), f"{shape(rules)} = {shape(expected)}", fix)


def _of_alike(name, state, data):
    if state.device != data.device:
        got, expected = (WORDS["place"].format(device=t.device) for t in (state, data))
        return Fault(name, got, expected, WORDS["move"].format(name=name, device=str(data.device)))
    if state.dtype != data.dtype and not under_autocast(data):
        fix = f"{name}.to({data.dtype})"
        return Fault(name, str(state.dtype), str(data.dtype), fix)
    return None


def _of_parameters(lstm, data, values):
    present = weights(lstm)
    odd = [weight for weight in present if weight.device != data.device]
    if odd:
        got, expected = (WORDS["place"].format(device=t.device) for t in (data, odd[0]))
        if len(odd) == len(present):
            fix = WORDS["move"].format(name="x", device=str(odd[0].device))
            return Fault("input", got, expected, fix)
        fix = WORDS["move module"].format(device=str(data.device))
        return Fault("parameter", expected, got, fix)
    odd = [weight.dtype for weight in present if weight.dtype != data.dtype]
    if odd:
        fix = WORDS["same type"].format(dtype=data.dtype)
        return Fault("parameter", str(odd[0]), str(data.dtype), fix)
    if values.get("L") == 0:
        return Fault("input", "L = 0", "L > 0", WORDS["no steps"])
    return None


def likely_mistakes(lstm, x, hx, values):
    """List sentences about what runs and is probably not meant.

    A batch is guessed by its size: a power of two from 8 on, or by far the longer axis. Whoever
    passes states has counted the batch already, and is not asked again.
    """
    found = []
    if lstm.dropout > 0 and lstm.num_layers == 1:
        found.append(WORDS["idle dropout"].format(dropout=lstm.dropout))
    for name, expected in parameters(lstm).items():
        weight = getattr(lstm, name, None)
        if not isinstance(weight, Tensor):
            found.append(WORDS["missing parameter"].format(name=name, expected=shape(expected)))
        elif tuple(weight.shape) != expected:
            got = shape(weight.shape)
            found.append(
                WORDS["odd parameter"].format(name=name, got=got, expected=shape(expected))
            )
    if hx is not None or not isinstance(x, Tensor) or "L" not in values:
        return found
    if x.dim() == 2:
        axis = 1 if lstm.batch_first else 0
        found.append(WORDS["one sequence"].format(L=x.size(0), axis=axis))
    elif _looks_swapped(values["L"], values["N"]):
        text = WORDS["looks swapped, " + _batched(lstm)]
        found.append(text.format(L=values["L"], N=values["N"]))
    return found


def _looks_swapped(L, N):
    if L == 1 or N == 1:
        return L < N
    return (_batch(L) and not _batch(N) and L < 8 * N) or (not _batch(N) and N >= 4 * L)


def _batch(size):
    return size >= 8 and size & (size - 1) == 0
