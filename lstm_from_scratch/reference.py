"""The LSTM and its gradients in NumPy, float64, one sample at a time: the oracle of the tests.

Written to be read and checked by hand. It shares no code with the package that it judges.
Gradients are derived by hand, `d_<name>` for dLoss/d<name>, of the shape of `<name>`.

Source: the equations of https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html
Checked by: tests/unit/test_reference.py, against `torch.nn.LSTM` in float64, and
    tests/unit/test_reference_backward.py, against central differences and autograd.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

# The arrays of one layer and direction, the arguments of `step` from `w_ih` on; some may be None.
Parameters = tuple[Any, ...]


def sigmoid(a: NDArray) -> NDArray:
    """Compute 1 / (1 + exp(-a)) without overflow: tanh never leaves [-1, 1]."""
    return 0.5 * (1.0 + np.tanh(0.5 * a))


def step(
    x_t: NDArray, h_prev: NDArray, c_prev: NDArray, w_ih: NDArray, w_hh: NDArray,
    b_ih: NDArray | None = None, b_hh: NDArray | None = None, w_hr: NDArray | None = None,
) -> tuple[NDArray, NDArray]:
    """Advance one sample by one step.

        a = W_ih x_t + b_ih + W_hh h_{t-1} + b_hh, cut into a_i, a_f, a_g, a_o
        c_t = sigmoid(a_f) * c_{t-1} + sigmoid(a_i) * tanh(a_g)
        h_t = sigmoid(a_o) * tanh(c_t), projected by W_hr if there is one

    Args:
        x_t: (H_in).
        h_prev: (H_out).
        c_prev: (H_cell).
        w_ih: (4*H_cell, H_in).
        w_hh: (4*H_cell, H_out).
        b_ih, b_hh: (4*H_cell) or None.
        w_hr: (H_out, H_cell) or None.

    Returns:
        h_t (H_out) and c_t (H_cell).
    """
    a = w_ih @ x_t + w_hh @ h_prev  # (4*H_cell)
    if b_ih is not None:
        a = a + b_ih + b_hh
    a_i, a_f, a_g, a_o = np.split(a, 4)  # (H_cell) each
    c_t = sigmoid(a_f) * c_prev + sigmoid(a_i) * np.tanh(a_g)
    h_t = sigmoid(a_o) * np.tanh(c_t)
    if w_hr is not None:
        h_t = w_hr @ h_t  # (H_out)
    return h_t, c_t


def sequence(
    x: NDArray, h_0: NDArray, c_0: NDArray, parameters: Parameters, reverse: bool = False
) -> tuple[NDArray, NDArray, NDArray]:
    """Run one direction of one layer over one sample.

    Args:
        x: (L, H_in).
        h_0: (H_out).
        c_0: (H_cell).
        parameters: tuple of the arguments of `step` from `w_ih` on.
        reverse: start at the last step.

    Returns:
        output (L, H_out), h_n (H_out), c_n (H_cell).
    """
    h, c = h_0, c_0
    output = np.empty((len(x), len(h_0)))
    times = reversed(range(len(x))) if reverse else range(len(x))
    for t in times:
        h, c = step(x[t], h, c, *parameters)
        output[t] = h
    return output, h, c


def lstm(
    x: NDArray, h_0: NDArray, c_0: NDArray, parameters: dict[str, NDArray], num_layers: int = 1,
    bidirectional: bool = False, lengths: Sequence[int] | None = None,
) -> tuple[NDArray, NDArray, NDArray]:
    """Run the whole stack over a padded batch.

    Args:
        x: (L, N, H_in).
        h_0: (D*num_layers, N, H_out).
        c_0: (D*num_layers, N, H_cell).
        parameters: dict of arrays, by PyTorch's names (`weight_ih_l0`, ...).
        num_layers, bidirectional: as for `torch.nn.LSTM`.
        lengths: (N) ints, the true length of each sample; the rest of x is padding, which is
            not read, and output is zero there. All L steps if None.

    Returns:
        output (L, N, D*H_out), h_n and c_n shaped like h_0 and c_0.
    """
    parameters = {name: np.asarray(w, dtype=np.float64) for name, w in parameters.items()}
    x, h_0, c_0 = (np.asarray(array, dtype=np.float64) for array in (x, h_0, c_0))
    L, N, _ = x.shape
    D = 2 if bidirectional else 1
    output = np.zeros((L, N, D * h_0.shape[2]))
    h_n, c_n = np.empty_like(h_0), np.empty_like(c_0)
    for n in range(N):
        features = x[: L if lengths is None else lengths[n], n]  # (L of this sample, H_in)
        for layer in range(num_layers):
            directions = []
            for direction in range(D):
                row = layer * D + direction
                weights = layer_parameters(parameters, layer, direction)
                out, h_n[row, n], c_n[row, n] = sequence(
                    features, h_0[row, n], c_0[row, n], weights, reverse=direction == 1
                )
                directions.append(out)
            features = np.concatenate(directions, axis=1)  # (L, D*H_out)
        output[: len(features), n] = features
    return output, h_n, c_n


def layer_parameters(parameters: dict[str, NDArray], layer: int, direction: int) -> Parameters:
    """Pick the parameters of one layer and direction out of a dict by PyTorch's names.

    Returns:
        tuple (w_ih, w_hh, b_ih, b_hh, w_hr), None where there is none.
    """
    return tuple(parameters.get(name) for name in layer_names(layer, direction))


def layer_names(layer: int, direction: int) -> tuple[str, ...]:
    """Return the names of the parameters of one layer and direction, in the order of `step`."""
    suffix = f"_l{layer}" + ("_reverse" if direction else "")
    kinds = ("weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_hr")
    return tuple(kind + suffix for kind in kinds)


def step_backward(
    d_h_t: NDArray, d_c_t: NDArray, x_t: NDArray, h_prev: NDArray, c_prev: NDArray, w_ih: NDArray,
    w_hh: NDArray, b_ih: NDArray | None = None, b_hh: NDArray | None = None,
    w_hr: NDArray | None = None,
) -> tuple[NDArray, NDArray, NDArray, Parameters]:
    """Carry the gradient of one step of one sample back to everything that went in.

        d_o = d_h tanh(c)                  d_c += d_h o (1 - tanh(c)^2)
        d_i = d_c g    d_f = d_c c_prev    d_g = d_c i    d_c_prev = d_c f
        d_a_i = d_i i (1 - i), f and o alike;    d_a_g = d_g (1 - g^2)
        d_W_ih = d_a x^T    d_W_hh = d_a h_prev^T    d_b_ih = d_b_hh = d_a
        d_x = W_ih^T d_a    d_h_prev = W_hh^T d_a

    with h for o tanh(c), before the projection: d_W_hr = d_h_t h^T, d_h = W_hr^T d_h_t.

    Args:
        d_h_t: (H_out), all that reaches h_t: from output and from the step after.
        d_c_t: (H_cell), what reaches c_t from the step after.
        x_t, h_prev, c_prev, w_ih, w_hh, b_ih, b_hh, w_hr: as for `step`.

    Returns:
        d_x_t (H_in), d_h_prev (H_out), d_c_prev (H_cell), and the gradients of the parameters, a
        tuple (d_w_ih, d_w_hh, d_b_ih, d_b_hh, d_w_hr), None where there is no parameter.
    """
    a = w_ih @ x_t + w_hh @ h_prev  # (4*H_cell)
    if b_ih is not None:
        a = a + b_ih + b_hh
    a_i, a_f, a_g, a_o = np.split(a, 4)  # (H_cell) each
    i_t, f_t, g_t, o_t = sigmoid(a_i), sigmoid(a_f), np.tanh(a_g), sigmoid(a_o)
    tanh_c = np.tanh(f_t * c_prev + i_t * g_t)

    d_w_hr, d_h = None, d_h_t
    if w_hr is not None:
        d_w_hr = np.outer(d_h_t, o_t * tanh_c)  # (H_out, H_cell)
        d_h = w_hr.T @ d_h_t  # (H_cell)
    d_c = d_c_t + d_h * o_t * (1 - tanh_c**2)
    d_a = np.concatenate(  # (4*H_cell)
        [
            d_c * g_t * i_t * (1 - i_t),
            d_c * c_prev * f_t * (1 - f_t),
            d_c * i_t * (1 - g_t**2),
            d_h * tanh_c * o_t * (1 - o_t),
        ]
    )
    d_bias = None if b_ih is None else d_a
    d_parameters = np.outer(d_a, x_t), np.outer(d_a, h_prev), d_bias, d_bias, d_w_hr
    return w_ih.T @ d_a, w_hh.T @ d_a, d_c * f_t, d_parameters


def sequence_backward(
    d_output: NDArray, d_h_n: NDArray, d_c_n: NDArray, x: NDArray, h_0: NDArray, c_0: NDArray,
    parameters: Parameters, reverse: bool = False,
) -> tuple[NDArray, NDArray, NDArray, Parameters]:
    """Carry the gradient of one direction of one layer back through time.

    Args:
        d_output: (L, H_out).
        d_h_n: (H_out).
        d_c_n: (H_cell).
        x, h_0, c_0, parameters, reverse: as for `sequence`.

    Returns:
        d_x (L, H_in), d_h_0 (H_out), d_c_0 (H_cell), and the gradients of the parameters, a tuple
        as `step_backward` returns it, summed over the steps.
    """
    times = list(range(len(x)))
    if reverse:
        times.reverse()
    before, (h, c) = {}, (h_0, c_0)
    for t in times:
        before[t] = h, c
        h, c = step(x[t], h, c, *parameters)
    d_x, d_h, d_c = np.empty_like(x), d_h_n, d_c_n
    d_parameters = [None if w is None else np.zeros_like(w) for w in parameters]
    for t in reversed(times):
        d_h = d_h + d_output[t]
        d_x[t], d_h, d_c, parts = step_backward(d_h, d_c, x[t], *before[t], *parameters)
        for total, part in zip(d_parameters, parts, strict=True):
            if total is not None:
                total += part
    return d_x, d_h, d_c, tuple(d_parameters)


def lstm_backward(
    d_output: NDArray, d_h_n: NDArray, d_c_n: NDArray, x: NDArray, h_0: NDArray, c_0: NDArray,
    parameters: dict[str, NDArray], num_layers: int = 1, bidirectional: bool = False,
    lengths: Sequence[int] | None = None,
) -> dict[str, NDArray]:
    """Carry the gradient of the whole stack back to its input, states and parameters.

    Args:
        d_output: (L, N, D*H_out); what stands on padding is not read.
        d_h_n: (D*num_layers, N, H_out).
        d_c_n: (D*num_layers, N, H_cell).
        x, h_0, c_0, parameters, num_layers, bidirectional, lengths: as for `lstm`.

    Returns:
        dict with `d_input`, `d_h_0`, `d_c_0` and `d_<name>` of every parameter.
    """
    parameters = {name: np.asarray(w, dtype=np.float64) for name, w in parameters.items()}
    arrays = (d_output, d_h_n, d_c_n, x, h_0, c_0)
    d_output, d_h_n, d_c_n, x, h_0, c_0 = (np.asarray(v, dtype=np.float64) for v in arrays)
    L, N, _ = x.shape
    D, H_out = (2 if bidirectional else 1), h_0.shape[2]
    d_input, d_h_0, d_c_0 = np.zeros_like(x), np.empty_like(h_0), np.empty_like(c_0)
    gradients = {f"d_{name}": np.zeros_like(w) for name, w in parameters.items()}
    for n in range(N):
        length = L if lengths is None else lengths[n]
        layer_inputs = [x[:length, n]]
        for layer in range(num_layers - 1):  # what each layer read, (length, D*H_out)
            outs = [
                sequence(
                    layer_inputs[-1], h_0[layer * D + d, n], c_0[layer * D + d, n],
                    layer_parameters(parameters, layer, d), reverse=d == 1,
                )[0]
                for d in range(D)
            ]
            layer_inputs.append(np.concatenate(outs, axis=1))
        d_features = d_output[:length, n]  # (length, D*H_out)
        for layer in reversed(range(num_layers)):
            d_below = np.zeros_like(layer_inputs[layer])
            for direction in range(D):
                row = layer * D + direction
                d_x, d_h_0[row, n], d_c_0[row, n], parts = sequence_backward(
                    d_features[:, direction * H_out : (direction + 1) * H_out],
                    d_h_n[row, n], d_c_n[row, n], layer_inputs[layer], h_0[row, n], c_0[row, n],
                    layer_parameters(parameters, layer, direction), reverse=direction == 1,
                )
                d_below += d_x  # both directions read the layer below
                for name, part in zip(layer_names(layer, direction), parts, strict=True):
                    if part is not None:
                        gradients[f"d_{name}"] += part
            d_features = d_below
        d_input[:length, n] = d_features
    return {"d_input": d_input, "d_h_0": d_h_0, "d_c_0": d_c_0, **gradients}
