"""Weights of our `LSTM` as Keras and ONNX keep them, and back: plain NumPy arrays.

Neither keras nor onnx is imported. The gate orders stand in `gates.py`.

Source: https://keras.io/api/layers/recurrent_layers/lstm/,
https://onnx.ai/onnx/operators/onnx__LSTM.html.
Checked by: tests/export/test_weights.py, with keras and onnxruntime; tests/unit/test_exchange.py.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from ..modules import LSTM
from ..shapes import DIRECTIONS
from .gates import reorder

Array = np.ndarray
Activation = str | Callable[..., Any]
Layer = Sequence[Any]  # W, R, then B or None, then P or None


def to_keras(lstm: LSTM) -> list[Array]:
    """Return the weights of an LSTM as `get_weights()` of Keras's layers has them.

    Keras has one bias, which is the sum of our two. Each layer of the stack is a
    `keras.layers.LSTM(H_cell, return_sequences=True)`, in `keras.layers.Bidirectional` if there
    are two directions; `keras.Sequential` of these takes the whole list. Dropout is not a weight,
    so it is not in the arrays.

    Args:
        lstm: our `LSTM`; for a `torch.nn.LSTM`, pass `from_torch(module)`.

    Returns:
        list of numpy.ndarray, for each layer and direction kernel (H_in, 4*H_cell),
        recurrent_kernel (H_cell, 4*H_cell) and, with bias, bias (4*H_cell,); from the second
        layer on, D*H_cell stands in the place of H_in.

    Raises:
        TypeError: `lstm` is something else, or has a dtype that NumPy lacks, such as bfloat16.
        ValueError: for proj_size > 0, because Keras's LSTM has no projection.

    Example:
        >>> from lstm_from_scratch import LSTM, to_keras
        >>> [array.shape for array in to_keras(LSTM(10, 20))]
        [(10, 80), (20, 80), (80,)]

    Checked by: tests/export/test_weights.py, tests/unit/test_exchange.py.
    """
    arrays = []
    for layer in _arrays(lstm, "to_keras", "Keras"):
        for w_ih, w_hh, *biases in layer:
            arrays += [reorder(w, "PyTorch", "Keras").T.copy() for w in (w_ih, w_hh)]
            if biases:
                arrays.append(reorder(biases[0] + biases[1], "PyTorch", "Keras"))
    return arrays


def from_keras(
    weights: Sequence[Any], bidirectional: bool = False, batch_first: bool = True, *,
    activation: Activation | None = "tanh", recurrent_activation: Activation | None = "sigmoid",
) -> LSTM:
    """Make an LSTM that computes what Keras's layers compute.

    Keras's bias becomes `bias_ih`, and `bias_hh` is zero. Both biases then get the same gradient,
    so training goes on as with one bias only if one of the two is frozen. A layer of Keras with
    `go_backwards=True` has the same arrays: flip its input.

    Args:
        weights: arrays as `get_weights()` of an LSTM, a Bidirectional or a Sequential of these has
            them; see `to_keras`. All layers must have the same units.
        bidirectional: whether the layers are `keras.layers.Bidirectional` with
            `merge_mode="concat"`, which the arrays alone do not always show.
        batch_first: as for `LSTM`; Keras's input is always (N, L, H_in).
        activation: of the layer, a name or a function: pass `layer.activation`, because the
            arrays do not show it.
        recurrent_activation: likewise `layer.recurrent_activation`.

    Returns:
        `LSTM` with the dtype of the arrays.

    Raises:
        TypeError: an array is not of float16, float32 or float64, dtypes are mixed, or
            `bidirectional` is no bool.
        ValueError: an array has a shape that does not fit, or the layer computes with other
            functions than sigmoid and tanh, such as hard_sigmoid.

    Example:
        >>> from lstm_from_scratch import LSTM, from_keras, to_keras
        >>> from_keras(to_keras(LSTM(10, 20, num_layers=2)))
        LSTM(10, 20, num_layers=2, batch_first=True)

    Checked by: tests/export/test_weights.py, tests/unit/test_exchange.py.
    """
    if not isinstance(bidirectional, bool):
        raise TypeError(f"bidirectional should be of type bool, got: {bidirectional!r}")
    _check_activation("recurrent_activation", recurrent_activation, "sigmoid")
    _check_activation("activation", activation, "tanh")
    arrays = _same_dtype([(f"weights[{k}]", array) for k, array in enumerate(weights)])
    bias = len(arrays) > 2 and arrays[2].ndim == 1
    D, each = DIRECTIONS[bidirectional], 3 if bias else 2
    if not arrays or len(arrays) % (D * each):
        raise ValueError(
            f"weights should hold {each} arrays for each layer and direction, with "
            f"{D} direction(s) {D * each} for each layer, got {len(arrays)} of the shapes "
            f"{[array.shape for array in arrays]}"
        )
    _check_rank("weights[0]", arrays[0], 2)
    _check_rank("weights[1]", arrays[1], 2)
    H_cell = min(arrays[1].shape)  # also of a transposed one, so that the message says so
    H_in = arrays[0].shape[0 if arrays[0].shape[1] == 4 * H_cell else 1]
    shapes = [(H_in, 4 * H_cell), (H_cell, 4 * H_cell), (4 * H_cell,)][:each]
    layers: list[list[list[Array]]] = []
    for start in range(0, len(arrays), D * each):
        if start:
            shapes[0] = (D * H_cell, 4 * H_cell)
        layers.append([])
        for first in range(start, start + D * each, each):
            group = arrays[first : first + each]
            for k, (array, shape) in enumerate(zip(group, shapes, strict=True)):
                name = ("kernel", "recurrent_kernel", "bias")[k]
                _check_shape(f"weights[{first + k}] ({name})", array, shape)
            rows = [reorder(array.T, "Keras", "PyTorch") for array in group]
            layers[-1].append(rows + [np.zeros_like(rows[2])] if bias else rows)
    return _filled(layers, batch_first)


def to_onnx_weights(lstm: LSTM) -> list[tuple[Array, Array, Array | None]]:
    """Return the weights of an LSTM as the inputs W, R and B of ONNX's LSTM operations.

    An operation of ONNX is one layer. Its output is (L, D, N, H_cell), where ours is
    (L, N, D*H_cell). `to_onnx` writes a whole model instead.

    Args:
        lstm: our `LSTM`; for a `torch.nn.LSTM`, pass `from_torch(module)`.

    Returns:
        list of a tuple for each layer: W (D, 4*H_cell, H_in), R (D, 4*H_cell, H_cell) and
        B (D, 8*H_cell), the input's bias before the recurrent one, or None without bias; from the
        second layer on, D*H_cell stands in the place of H_in.

    Raises:
        TypeError: `lstm` is something else, or has a dtype that NumPy lacks, such as bfloat16.
        ValueError: for proj_size > 0, because ONNX's LSTM has no projection.

    Example:
        >>> from lstm_from_scratch import LSTM, to_onnx_weights
        >>> [array.shape for array in to_onnx_weights(LSTM(10, 20))[0]]
        [(1, 80, 10), (1, 80, 20), (1, 160)]

    Checked by: tests/export/test_weights.py, tests/unit/test_exchange.py.
    """
    layers: list[tuple[Array, Array, Array | None]] = []
    for layer in _arrays(lstm, "to_onnx_weights", "ONNX"):
        turned = [[reorder(a, "PyTorch", "ONNX") for a in direction] for direction in layer]
        W, R = (np.stack([direction[k] for direction in turned]) for k in range(2))
        B = None
        if lstm.bias:
            B = np.stack([np.concatenate(direction[2:]) for direction in turned])
        layers.append((W, R, B))
    return layers


def from_onnx_weights(
    layers: Sequence[Layer], batch_first: bool = False, *, direction: str | None = None,
    activations: Sequence[str | bytes] | None = None, clip: float | None = None,
    input_forget: int = 0,
) -> LSTM:
    """Make an LSTM that computes what ONNX's LSTM operations compute, one after the other.

    Args:
        layers: for each operation its inputs W, R, B and P, as arrays; B and P may be None or
            left out. For the shapes see `to_onnx_weights`; P is (D, 3*H_cell).
        batch_first: as for `LSTM`; True takes the input of an operation with layout=1.
        direction: attribute of the operations, None where the file does not set it. Pass it and
            the next three, because the arrays do not show them.
        activations: likewise.
        clip: likewise.
        input_forget: likewise; 0 where the file does not set it.

    Returns:
        `LSTM` with the dtype of the arrays; with biases if any layer has B.

    Raises:
        TypeError: an array is not of float16, float32 or float64, or dtypes are mixed.
        ValueError: an array has a shape that does not fit, P is not zero (our LSTM has no
            peepholes), or an attribute asks for another computation: the direction "reverse",
            activations other than Sigmoid, Tanh, Tanh, clip, input_forget=1.

    Example:
        >>> from lstm_from_scratch import LSTM, from_onnx_weights, to_onnx_weights
        >>> from_onnx_weights(to_onnx_weights(LSTM(10, 20, bidirectional=True)))
        LSTM(10, 20, bidirectional=True)

    Checked by: tests/export/test_weights.py, tests/unit/test_exchange.py.
    """
    _check_attributes(activations, clip, input_forget)
    named = []
    for k, layer in enumerate(layers):
        if len(layer) not in (2, 3, 4):
            raise ValueError(f"layers[{k}] should be W, R, B and P, got {len(layer)} values")
        pairs = zip("WRBP", layer, strict=False)
        named += [(f"layers[{k}] {letter}", a) for letter, a in pairs if a is not None]
    arrays = dict(zip((name for name, _ in named), _same_dtype(named), strict=True))
    if not {"layers[0] W", "layers[0] R"} <= set(arrays):
        raise ValueError("layers should hold at least W and R of one layer")
    for letter in "WR":
        _check_rank(f"layers[0] {letter}", arrays[f"layers[0] {letter}"], 3)
    D, *axes = arrays["layers[0] R"].shape
    H_cell = min(axes)  # also of a transposed one, so that the message says so
    _check_direction(direction, D)
    size, bias = arrays["layers[0] W"].shape[2], any(name.endswith("B") for name in arrays)
    result = []
    for k in range(len(layers)):
        shapes = {
            "W": (D, 4 * H_cell, size), "R": (D, 4 * H_cell, H_cell), "B": (D, 8 * H_cell),
            "P": (D, 3 * H_cell),
        }
        zeros = np.zeros(shapes["B"], arrays["layers[0] W"].dtype)
        W, R, B, P = (arrays.get(f"layers[{k}] {letter}") for letter in shapes)
        B = zeros if B is None else B
        if W is None or R is None:
            raise ValueError(f"layers[{k}] should hold W and R, got None")
        for letter, array in (("W", W), ("R", R), ("B", B), ("P", P)):
            if array is not None:
                _check_shape(f"layers[{k}] {letter}", array, shapes[letter])
        if P is not None and P.any():
            raise ValueError(f"layers[{k}] P should be zero: our LSTM has no peephole weights")
        rows = [[W[d], R[d], *(np.split(B[d], 2) if bias else ())] for d in range(D)]
        result.append([[reorder(a, "ONNX", "PyTorch") for a in row] for row in rows])
        size = D * H_cell
    return _filled(result, batch_first)


def _arrays(lstm: LSTM, function: str, library: str) -> list[list[list[Array]]]:
    """Return the parameters of each layer and direction, in our order."""
    if not isinstance(lstm, LSTM):
        raise TypeError(
            f"{function}: expected lstm_from_scratch.LSTM, got: {type(lstm).__module__}."
            f"{type(lstm).__qualname__}; for a torch.nn.LSTM, pass from_torch(module)"
        )
    if lstm.proj_size > 0:
        raise ValueError(
            f"{function}: {library}'s LSTM has no projection, got: proj_size={lstm.proj_size}"
        )
    if lstm.weight_ih_l0.dtype not in (torch.float16, torch.float32, torch.float64):
        raise TypeError(
            f"{function}: NumPy has no {lstm.weight_ih_l0.dtype}; convert first, as lstm.float()"
        )
    flat = [[p.detach().cpu().numpy() for p in group] for group in lstm.all_weights]
    D = DIRECTIONS[lstm.bidirectional]
    return [flat[k : k + D] for k in range(0, len(flat), D)]


def _filled(layers: list[list[list[Array]]], batch_first: bool) -> LSTM:
    """Make the LSTM that has these parameters; no random number is drawn."""
    w_ih, w_hh, *biases = layers[0][0]
    lstm = LSTM(
        w_ih.shape[1], w_hh.shape[1], len(layers), bias=bool(biases), batch_first=batch_first,
        bidirectional=len(layers[0]) == 2, device="meta", dtype=torch.from_numpy(w_ih).dtype,
    )
    lstm = lstm.to_empty(device="cpu")
    groups = [group for layer in layers for group in layer]
    with torch.no_grad():
        for parameters, group in zip(lstm.all_weights, groups, strict=True):
            for parameter, array in zip(parameters, group, strict=True):
                parameter.copy_(torch.from_numpy(array))
    return lstm


def _same_dtype(named: Sequence[tuple[str, Any]]) -> list[Array]:
    """Return the values as arrays of one dtype that PyTorch and NumPy both have."""
    arrays = [np.asarray(value) for _, value in named]
    for (name, _), array in zip(named, arrays, strict=True):
        if array.dtype not in (np.float16, np.float32, np.float64):
            raise TypeError(f"{name} should be of float16, float32 or float64, got {array.dtype}")
        if array.dtype != arrays[0].dtype:
            raise TypeError(
                f"arrays should have one dtype, but {named[0][0]} is of {arrays[0].dtype} and "
                f"{name} of {array.dtype}"
            )
    return arrays


def _check_rank(name: str, array: Array, rank: int) -> None:
    if array.ndim != rank:
        raise ValueError(f"{name} should have {rank} axes, got shape {array.shape}")


def _check_shape(name: str, array: Array, expected: tuple[int, ...]) -> None:
    if array.shape != expected:
        turned = array.ndim > 1 and array.swapaxes(-1, -2).shape == expected
        hint = "; it is transposed" if turned else ""
        raise ValueError(f"{name} should have shape {expected}, got {array.shape}{hint}")


def _check_activation(argument: str, value: Any, expected: str) -> None:
    """Refuse what is not this function: a name, or a function with that name."""
    name = value if isinstance(value, str) else getattr(value, "__name__", str(value))
    if name != expected:
        raise ValueError(f"{argument} should be {expected}: ours knows no other, got: {name}")


def _check_direction(direction: Any, D: int) -> None:
    name = direction.decode() if isinstance(direction, bytes) else direction
    expected = "forward" if D == 1 else "bidirectional"
    if D not in DIRECTIONS.values():
        raise ValueError(f"R should have 1 or 2 directions on its first axis, got {D}")
    if name == "reverse":
        raise ValueError('direction="reverse" has no counterpart in LSTM: flip input and output')
    if name not in (None, expected):
        raise ValueError(f"arrays with {D} direction(s) are {expected}, got direction={name}")


def _check_attributes(activations: Any, clip: Any, input_forget: Any) -> None:
    names = [a.decode() if isinstance(a, bytes) else a for a in activations or ()]
    expected = ["sigmoid", "tanh", "tanh"]
    if names and [name.lower() for name in names] not in (expected, expected * 2):
        raise ValueError(
            f"activations should be Sigmoid, Tanh, Tanh for each direction, got: {names}"
        )
    if clip is not None:
        raise ValueError(f"clip should be None: our LSTM does not clip, got: {clip}")
    if input_forget:
        raise ValueError("input_forget should be 0: our input and forget gates are not coupled")
