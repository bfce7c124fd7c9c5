"""Every check of an argument or an input, made before any work is done.

The exception types and the texts are PyTorch's wherever it has a text of its own, because that is
what people search for. Where PyTorch stops with an accident of Python or of a kernel, or does not
stop at all, a sentence of ours says what is wrong.

Source: torch/nn/modules/rnn.py and aten/src/ATen/native/RNN.cpp, PyTorch 2.13.
Checked by: tests/unit/test_errors.py, which makes each bad call on both and compares.
"""

import numbers
import warnings

from torch import Tensor
from torch.nn.utils.rnn import PackedSequence

from .context import under_autocast
from .shapes import TENSORS, evaluate, letters


def check_layer_arguments(
    input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, proj_size
):
    """Check what `LSTM` is constructed with.

    Raises:
        TypeError, ValueError: with PyTorch's texts.

    Warns:
        UserWarning: dropout with a single layer, where it does nothing.
    """
    number = isinstance(dropout, numbers.Real) and not isinstance(dropout, bool)
    if not number or not 0 <= dropout <= 1:
        raise ValueError(
            "dropout should be a number in range [0, 1] representing the probability of an "
            "element being zeroed"
        )
    if dropout > 0 and isinstance(num_layers, int) and num_layers == 1:
        warnings.warn(
            "dropout option adds dropout after all but last recurrent layer, so non-zero dropout "
            f"expects num_layers greater than 1, but got dropout={dropout} and "
            f"num_layers={num_layers}",
            stacklevel=3,
        )
    _check_type("bias", bias, bool)
    _check_type("batch_first", batch_first, bool)
    _check_type("bidirectional", bidirectional, bool)
    for name, value in (("input_size", input_size), ("hidden_size", hidden_size)):
        _check_type(name, value, int)
        if value <= 0:
            raise ValueError(f"{name} must be greater than zero")
    _check_integer("num_layers", num_layers)
    if num_layers <= 0:
        raise ValueError("num_layers must be greater than zero")
    _check_integer("proj_size", proj_size)
    if proj_size < 0:
        raise ValueError("proj_size should be a positive integer or zero to disable projections")
    if proj_size >= hidden_size:
        raise ValueError("proj_size has to be smaller than hidden_size")


def _check_type(name, value, expected):
    if not isinstance(value, expected):
        raise TypeError(
            f"{name} should be of type {expected.__name__}, got: {type(value).__name__}"
        )


def _check_integer(name, value):
    """Accept whatever Python takes for an integer, NumPy's too, as PyTorch does here."""
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise TypeError(f"{name} should be of type int, got: {type(value).__name__}")


def check_cell_arguments(input_size, hidden_size):
    """Check what `LSTMCell` is constructed with; like PyTorch, allow sizes of zero.

    Raises:
        TypeError, ValueError: a size that is not an integer, or negative.
    """
    _check_integer("input_size", input_size)
    _check_integer("hidden_size", hidden_size)
    if input_size < 0 or hidden_size < 0:
        raise ValueError("input_size and hidden_size must not be negative")


def check_layer_input(module, weights, x, hx):
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
        raise TypeError(
            f"LSTM: Expected input to be a Tensor or a PackedSequence, got: {type(x).__name__}"
        )
    if not packed and data.dim() not in (2, 3):
        raise ValueError(f"LSTM: Expected input to be 2D or 3D, got {data.dim()}D instead")
    if hx is not None:
        first_two = _first_two(hx, "lstm")
        if not packed:
            _check_dims(data.dim(), first_two)
    _check_data(module, weights[0], data, packed)
    if packed:
        _check_batch_sizes(x)
        L, N = len(x.batch_sizes), int(x.batch_sizes[0])
    elif data.dim() == 2:
        L, N = data.size(0), 1
    else:
        N, L = data.shape[:2] if module.batch_first else data.shape[1::-1]
    if hx is not None:
        unbatched = not packed and data.dim() == 2
        _check_states(module, data, N, first_two, unbatched)
        if not unbatched and not (packed and x.sorted_indices is not None):
            _check_pair(hx, "lstm")
        hx = first_two
    for weight in weights:
        _check_alike(data, weight, "parameter")
    if L == 0:
        raise RuntimeError("Expected sequence length to be larger than 0 in RNN")
    return hx


def _first_two(hx, op):
    """Return hx[0] and hx[1], which is how PyTorch reads (h_0, c_0), of one tensor too."""
    if isinstance(hx, (tuple, list)) and len(hx) == 1 and isinstance(hx[0], Tensor):
        raise RuntimeError(f"{op} expects two hidden states")
    try:
        states = hx[0], hx[1]
    except (IndexError, KeyError, TypeError):
        states = None
    if states is None or not all(isinstance(state, Tensor) for state in states):
        raise _not_a_pair(hx, op)
    return states


def _not_a_pair(hx, op):
    got = type(hx).__name__
    if isinstance(hx, (tuple, list)):
        got = "(" + ", ".join(type(h).__name__ for h in hx) + ")"
    return TypeError(f"{op}: hx should be a tuple of two Tensors (h_0, c_0), got: {got}")


def _check_pair(hx, op):
    """Accept what PyTorch's kernels accept: a tuple or list of two tensors."""
    if not isinstance(hx, (tuple, list)):
        raise _not_a_pair(hx, op)
    if len(hx) != 2:
        raise RuntimeError(f"{op} expects two hidden states")


def _check_dims(dim, hx):
    if hx[0].dim() != dim or hx[1].dim() != dim:
        batched = "batched" if dim == 3 else "unbatched"
        raise RuntimeError(
            f"For {batched} {dim}-D input, hx and cx should also be {dim}-D but got "
            f"({hx[0].dim()}-D, {hx[1].dim()}-D) tensors"
        )


def _check_data(module, weight, data, packed):
    if data.dtype != weight.dtype and not under_autocast(data):
        raise ValueError(
            f"RNN input dtype ({data.dtype}) does not match weight dtype ({weight.dtype}). "
            f"Convert input: input.to({weight.dtype}), or convert model: model.to({data.dtype})"
        )
    if packed and data.dim() != 2:
        raise RuntimeError(f"input must have 2 dimensions, got {data.dim()}")
    if data.size(-1) != module.input_size:
        raise RuntimeError(
            "input.size(-1) must be equal to input_size. "
            f"Expected {module.input_size}, got {data.size(-1)}"
        )


def _check_batch_sizes(packed):
    """PyTorch trusts `batch_sizes`; a wrong one gives wrong numbers or a kernel's error there."""
    sizes = packed.batch_sizes.tolist()
    longer = any(a < b for a, b in zip(sizes, sizes[1:], strict=False))
    if not sizes or longer or sizes[-1] < 1 or sum(sizes) != packed.data.size(0):
        raise ValueError(
            "batch_sizes of a PackedSequence must be positive, must not increase, and must sum "
            f"to the number of rows of its data, {packed.data.size(0)}, got {sizes}"
        )


def _check_states(module, data, N, hx, unbatched):
    """Check h_0 and c_0 in the order in which the caller gave them, before any permutation."""
    values = letters(
        module.input_size, module.hidden_size, module.num_layers, module.bidirectional,
        module.proj_size, N=N,
    )
    for k, (name, state) in enumerate(zip(("h_0", "c_0"), hx, strict=True)):
        expected = evaluate(TENSORS[name]["time_first"], values)
        size = list(state.unsqueeze(1).shape if unbatched else state.shape)
        if tuple(size) != expected:
            raise RuntimeError(f"Expected hidden[{k}] size {expected}, got {size}")
        _check_alike(data, state, "hidden")


def _check_alike(x, other, name, dtype=True):
    """Check that a state or a parameter lives where the input lives, in the same dtype."""
    if x.device != other.device:
        raise RuntimeError(
            f"Input and {name} tensors are not at the same device, "
            f"found input tensor at {x.device} and {name} tensor at {other.device}"
        )
    if dtype and x.dtype != other.dtype and not under_autocast(x):
        raise RuntimeError(
            f"Input and {name} tensors are not the same dtype, "
            f"found input tensor with {x.dtype} and {name} tensor with {other.dtype}"
        )


def check_cell_input(module, weights, x, hx):
    """Check what `LSTMCell` is called with.

    Args:
        module: the `LSTMCell`, for its sizes.
        weights: list of the tensors it computes with.
        x: (N, H_in) or (H_in).
        hx: None or (h, c).

    Raises:
        TypeError, ValueError, RuntimeError: with PyTorch's texts.
    """
    if not isinstance(x, Tensor):
        raise TypeError(f"LSTMCell: Expected input to be a Tensor, got: {type(x).__name__}")
    if x.dim() not in (1, 2):
        raise ValueError(f"LSTMCell: Expected input to be 1D or 2D, got {x.dim()}D instead")
    if isinstance(hx, Tensor):
        raise TypeError(
            "lstm_cell(): argument 'hx' (position 2) must be tuple of Tensors, not Tensor"
        )
    if hx is not None:
        _first_two(hx, "lstm_cell")
        _check_pair(hx, "lstm_cell")
        for k, state in enumerate(hx):
            if state.dim() not in (1, 2):
                raise ValueError(
                    f"LSTMCell: Expected hx[{k}] to be 1D or 2D, got {state.dim()}D instead"
                )
    if x.size(-1) != module.input_size:
        raise RuntimeError(
            f"input has inconsistent input_size: got {x.size(-1)} expected {module.input_size}"
        )
    for k, state in enumerate(hx or ()):
        _check_cell_state(module, x, state, k)
    for weight in weights:
        _check_alike(x, weight, "parameter")


def _check_cell_state(module, x, state, k):
    if x.dim() == 1:
        x, state = x.unsqueeze(0), state.unsqueeze(0)
    if x.size(0) != state.size(0):
        raise RuntimeError(
            f"Input batch size {x.size(0)} doesn't match hidden{k} batch size {state.size(0)}"
        )
    if state.dim() != 2 or state.size(1) != module.hidden_size:
        raise RuntimeError(
            f"hidden{k} has inconsistent hidden_size: got {state.size(1)}, "
            f"expected {module.hidden_size}"
        )
    # PyTorch's cell lets c (k = 1) be of another dtype than h, such as float32 beside bfloat16.
    _check_alike(x, state, "hidden", dtype=k == 0)
