"""Every check of an argument or an input, made before any work is done.

A check raises PyTorch's exception with PyTorch's text; the exception also carries `tensor`, `got`,
`expected` and `fix`. The texts are data in `errors.py`.

Checked by: tests/unit/test_errors.py, which makes each bad call on both and compares;
    tests/unit/test_explain.py, which repairs failing calls as told.
"""

import numbers
import operator
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence

from .context import under_autocast
from .errors import ONE_LAYER, REPAIRS, RULES, refusal
from .shapes import ARGUMENTS, TENSORS, described, evaluate, evaluate_known, letters, written

STATES = ("h_0", "c_0")
# What must hold between an argument and a bound, and how it is said. An "integer" is whatever
# Python takes for one, NumPy's too, as PyTorch does for these arguments.
RELATIONS: dict[str, tuple[Callable[[Any, Any], bool], str]] = {
    "number": (lambda a, _: isinstance(a, numbers.Real) and a is not True, "of type float"),
    "bool": (lambda a, _: isinstance(a, bool), "of type bool"),
    "int": (lambda a, _: isinstance(a, int), "of type int"),
    "integer": (lambda a, _: hasattr(a, "__index__") and type(a) is not bool, "of type int"),
    ">": (operator.gt, "greater than {}"),
    ">=": (operator.ge, "of at least {}"),
    "<": (operator.lt, "less than {}"),
    "<=": (operator.le, "of at most {}"),
}


def _check_argument(name: str, relation: str, bound: Any, text: str, given: dict) -> None:
    value, limit = given[name], given.get(bound, bound)
    holds, words = RELATIONS[relation]
    if not holds(value, limit):
        got = type(value).__name__ if bound is None else value
        raise refusal(text, name, got, words.format(bound), "argument")


def check_layer_arguments(*arguments: Any) -> None:
    """Check what `LSTM` is constructed with.

    Args:
        arguments: a value for each of `shapes.ARGUMENTS`, in their order.

    Raises:
        TypeError, ValueError: with PyTorch's texts.

    Warns:
        UserWarning: dropout with a single layer, where it does nothing.
    """
    given = dict(zip(ARGUMENTS, arguments, strict=True))
    for rule in RULES:
        _check_argument(*rule, given)
    if given["dropout"] > 0 and given["num_layers"] == 1:
        warnings.warn(ONE_LAYER.format(**given), stacklevel=3)


def check_cell_arguments(input_size: int, hidden_size: int) -> None:
    """Check what `LSTMCell` is constructed with; like PyTorch, allow sizes of zero.

    Raises:
        TypeError, ValueError: a size that is not an integer, or negative.
    """
    given = {"input_size": input_size, "hidden_size": hidden_size}
    for relation, bound, text in (("integer", None, "type"), (">=", 0, "negative size")):
        for name in given:
            _check_argument(name, relation, bound, text, given)


def read_input(module: Any, x: Any) -> tuple[str, dict[str, int]]:
    """Return how an LSTM reads x, which may be anything.

    Returns:
        one of `shapes.LAYOUTS`, and a dict from letter to int. It holds the sizes of x if the last
        axis is H_in; otherwise nobody knows which axis is which.
    """
    layout = "batch_first" if module.batch_first else "time_first"
    values = letters(
        module.input_size, module.hidden_size, module.num_layers, module.bidirectional,
        module.proj_size,
    )
    if isinstance(x, PackedSequence):
        sizes = x.batch_sizes.tolist()
        values.update(L=len(sizes), N=sizes[0] if sizes else 0, L_sum=sum(sizes))
        return "packed", values
    if isinstance(x, Tensor) and x.dim() in (2, 3):
        layout = "unbatched" if x.dim() == 2 else layout
        if x.size(-1) == module.input_size:
            for letter, size in zip(TENSORS["input"][layout], x.shape, strict=True):
                values[letter] = size
    return layout, values


def check_layer_input(module: Any, weights: Sequence[Tensor], x: Any, hx: Any) -> Any:
    """Check what `LSTM` is called with.

    Args:
        module: the `LSTM`, for its sizes.
        weights: list of the tensors it computes with, `weight_ih_l0` first.
        x: (L, N, H_in), (N, L, H_in), (L, H_in) or PackedSequence.
        hx: None or (h_0, c_0).

    Returns:
        None, or the tuple (h_0, c_0): without a batch, and where a packed batch has to be sorted,
        PyTorch also takes one tensor that holds both.

    Raises:
        TypeError, ValueError, RuntimeError: with PyTorch's texts.
    """
    packed = isinstance(x, PackedSequence)
    data = x.data if packed else x
    if not isinstance(data, Tensor):
        got, expected = type(x).__name__, "a Tensor or a PackedSequence"
        raise refusal("no tensor", "input", got, expected, "make tensor")
    if not packed and data.dim() not in (2, 3):
        raise _wrong_input("axes", "reshape", module, x)
    states = None
    if hx is not None:
        layout, values = read = read_input(module, x)
        states = _first_two(hx, "lstm", *read)
        if not packed and not data.dim() == states[0].dim() == states[1].dim():
            raise _wrong_state_axes(module, data, hx, states, *read)
    weight = weights[0].dtype
    if data.dtype != weight and not under_autocast(data):
        fix = "convert" if data.is_floating_point() else "embed"
        H_in = module.input_size
        raise refusal("input dtype", "input", data.dtype, str(weight), fix, H_in=H_in)
    if packed and data.dim() != 2:
        raise _wrong_input("packed axes", "pack", module, x)
    if data.size(-1) != module.input_size:
        raise _wrong_input("features", "pack features" if packed else "size", module, x)
    if packed:
        _check_batch_sizes(x)
    if states is not None:
        for k, name in enumerate(STATES):
            if tuple(states[k].shape) != evaluate(TENSORS[name][layout], values):
                wanted = evaluate(TENSORS[name]["time_first"], {"N": 1} | values)
                size = states[k].unsqueeze(1).shape if layout == "unbatched" else states[k].shape
                words: dict[str, Any] = {"wanted": wanted, "size": list(size)}
                raise _wrong_state("state shape", k, module, states, *read, **words)
            _check_alike(data, [states[k]], "hidden", name)
        if layout != "unbatched" and not (packed and x.sorted_indices is not None):
            _check_pair(hx, "lstm", *read)
    _check_alike(data, weights, "parameter")
    time_axis = 1 if module.batch_first and data.dim() == 3 else 0
    if (len(x.batch_sizes) if packed else data.size(time_axis)) == 0:
        raise refusal("no steps", "input", "L = 0", "L > 0", "leave empty sequences")
    return states


def _repair(name: str, size: tuple[int, ...], *wanted: tuple[int | str, ...]) -> str | None:
    """Return code that gives a tensor a wanted shape, in which a letter stands for any size."""
    for method, arguments, words in REPAIRS["x" if name == "x" else "state"]:
        try:
            result = getattr(torch.empty(size, device="meta"), method)(*arguments).shape
        except (IndexError, RuntimeError):  # it has not got these axes
            continue
        for shape in wanted:
            pairs = zip(shape, result, strict=False)
            if len(shape) == len(result) and all(isinstance(a, str) or a == n for a, n in pairs):
                return words.format(code=f"{name}.{method}({', '.join(map(str, arguments))})")
    return None


def _wrong_input(text: str, fix: str, module: Any, x: Any) -> Exception:
    """Return the error about the axes or the features of an input."""
    layout, values = read_input(module, x)
    size, H_in = tuple(x.data.shape), module.input_size
    words = {"dim": len(size), "size": size[-1] if size else 0, "H_in": H_in}
    expected = described("input", layout, values)
    if text == "axes":
        expected += " or " + described("input", "unbatched", values)
    if layout != "packed":
        fix = _repair("x", size, ("L", "N", H_in), ("L", H_in)) or fix
    return refusal(text, "input", written(size), expected, fix, **words)


def _wrong_state_axes(
    module: Any, x: Tensor, hx: Any, states: Sequence[Tensor], layout: str, values: dict[str, int]
) -> Exception:
    """Return the error about states with a batch axis where x has none, or the other way round."""
    text, dims, N = "state axes", [state.dim() for state in states], x.size(0)
    batched = "batched" if x.dim() == 3 else "unbatched"
    words: dict[str, Any] = {"batched": batched, "dim": x.dim(), "h": dims[0], "c": dims[1]}
    if x.dim() == 2 and dims == [3, 3] and N > 1 and {s.size(1) for s in states} == {N}:
        layout = "batch_first" if module.batch_first else "time_first"
        expected = described("input", layout, values | {"L": 1, "N": N})
        words |= {"axis": int(module.batch_first), "N": N}
        return refusal(text, "input", written(x.shape), expected, "batch of steps", **words)
    if isinstance(hx, Tensor):
        return _no_pair(text, hx, "lstm", layout, values, **words)
    return _wrong_state(text, int(dims[0] == x.dim()), module, states, layout, values, **words)


def _wrong_state(
    text: str, k: int, module: Any, states: Sequence[Tensor], layout: str,
    values: dict[str, int], **words: Any,
) -> Exception:
    """Return the error about h_0 (k = 0) or c_0 (k = 1), in the caller's order of sequences."""
    sizes = [tuple(state.shape) for state in states]
    shapes = [evaluate_known(TENSORS[name][layout], values) for name in STATES]
    if sizes == shapes[::-1]:
        fix = "swap"
    elif repair := _repair(STATES[k], sizes[k], shapes[k]):
        fix = repair
    elif len(sizes[k]) == 3 and layout != "packed" and sizes[k][1] == values.get("L"):
        fix = "batch axis"
    else:
        fix = "zeros"
    first = bool(module.batch_first)
    words |= {"batch_first": first, "otherwise": not first, "axis": int(not first)}
    words |= {"k": k, "other": int(first), "shape": written(shapes[k])}
    expected = described(STATES[k], layout, values)
    return refusal(text, STATES[k], written(sizes[k]), expected, fix, **words)


def _first_two(hx: Any, op: str, *read: Any) -> tuple[Tensor, Tensor]:
    """Return hx[0] and hx[1], which is how PyTorch reads (h_0, c_0), of one tensor too."""
    if isinstance(hx, (tuple, list)) and len(hx) == 1 and isinstance(hx[0], Tensor):
        raise _no_pair("two states", hx, op, *read)
    try:
        states = hx[0], hx[1]
    except (IndexError, KeyError, TypeError):
        states = None, None
    if not all(isinstance(state, Tensor) for state in states):
        raise _no_pair("no pair", hx, op, *read)
    return states


def _check_pair(hx: Any, op: str, *read: Any) -> None:
    """Accept what PyTorch's kernels accept: a tuple or list of two tensors."""
    if not isinstance(hx, (tuple, list)):
        raise _no_pair("no pair", hx, op, *read)
    if len(hx) != 2:
        raise _no_pair("two states", hx, op, *read)


def _no_pair(text: str, hx: Any, op: str, *read: Any, **words: Any) -> Exception:
    """Return the error about an hx that is no pair; `read` is what `read_input` returns."""
    got, expected = type(hx).__name__, "a tuple (h, c)"
    if isinstance(hx, (tuple, list)):
        got = "(" + ", ".join(type(state).__name__ for state in hx) + ")"
    if read:
        shapes = (described(name, *read) for name in STATES)
        expected = f"a tuple (h_0, c_0) of shapes {' and '.join(shapes)}"
    return refusal(text, "hx", got, expected, "pass a pair", op=op, **words)


def _check_batch_sizes(packed: PackedSequence) -> None:
    """PyTorch trusts `batch_sizes`; a wrong one gives wrong numbers or a kernel's error there."""
    sizes, rows = packed.batch_sizes.tolist(), packed.data.size(0)
    longer = any(a < b for a, b in zip(sizes, sizes[1:], strict=False))
    if not sizes or longer or sizes[-1] < 1 or sum(sizes) != rows:
        expected = f"at least 1 each, none longer than the one before, {rows} in all"
        raise refusal("batch_sizes", "input", sizes, expected, "pack", rows=rows)


def _check_alike(x: Tensor, others: Sequence[Tensor], kind: str, name: str = "") -> None:
    """Check that states or parameters live where the input lives, in the same dtype."""
    for other in others:
        if x.device != other.device:
            raise _unlike("device", x, other, others, kind, name)
        # PyTorch's cell lets c be of another dtype than h, such as float32 beside bfloat16.
        if x.dtype != other.dtype and name != "c" and not under_autocast(x):
            raise _unlike("dtype", x, other, others, kind, name)


def _unlike(
    what: str, x: Tensor, other: Tensor, others: Sequence[Tensor], kind: str, name: str
) -> Exception:
    mine, its = str(getattr(x, what)), str(getattr(other, what))
    tensor, got, expected, fix = name or "parameter", its, mine, "move" if name else "move module"
    if not name and all(getattr(x, what) != getattr(one, what) for one in others):
        tensor, got, expected, fix, name = "input", mine, its, "move", "x"
    target = expected
    if what == "device":
        target, got, expected = repr(expected), f"on {got}", f"on {expected}"
    words = {"kind": kind, "x": mine, "other": its, "name": name, "target": target}
    return refusal(what, tensor, got, expected, fix, **words)


def check_cell_input(module: Any, weights: Sequence[Tensor], x: Any, hx: Any) -> None:
    """Check what `LSTMCell` is called with.

    Args:
        module: the `LSTMCell`, for its sizes.
        weights: list of the tensors it computes with.
        x: (N, H_in) or (H_in).
        hx: None or (h, c).

    Raises:
        TypeError, ValueError, RuntimeError: with PyTorch's texts.
    """
    H_in, H_cell = module.input_size, module.hidden_size
    if not isinstance(x, Tensor):
        got = type(x).__name__
        raise refusal("cell, no tensor", "input", got, "a Tensor", "make tensor")
    got, expected = written(x.shape), f"(N, {H_in}) or ({H_in},)"
    if x.dim() not in (1, 2):
        raise refusal("cell, axes", "input", got, expected, "reshape", dim=x.dim())
    if isinstance(hx, Tensor):
        raise _no_pair("cell, one tensor", hx, "lstm_cell")
    if hx is not None:
        _first_two(hx, "lstm_cell")
        _check_pair(hx, "lstm_cell")
    for k, state in enumerate(hx or ()):
        if state.dim() not in (1, 2):
            raise _wrong_cell_state("cell, state axes", k, x, state, H_cell)
    if x.size(-1) != H_in:
        words = {"size": x.size(-1), "H_in": H_in}
        raise refusal("cell, features", "input", got, expected, "size", **words)
    for k, state in enumerate(hx or ()):
        N, rows = (1, state.unsqueeze(0)) if x.dim() == 1 else (x.size(0), state)
        if rows.size(0) != N:
            raise _wrong_cell_state("cell, batch", k, x, state, H_cell, N=N, size=rows.size(0))
        if rows.dim() != 2 or rows.size(1) != H_cell:
            raise _wrong_cell_state("cell, state size", k, x, state, H_cell, size=rows.size(1))
        _check_alike(x, [state], "hidden", "hc"[k])
    _check_alike(x, weights, "parameter")


def _wrong_cell_state(
    text: str, k: int, x: Tensor, state: Tensor, H_cell: int, **words: Any
) -> Exception:
    expected = written((*x.shape[:-1], H_cell))
    words |= {"k": k, "dim": state.dim(), "H_cell": H_cell, "shape": expected}
    return refusal(text, "hc"[k], written(state.shape), expected, "zeros", **words)
