"""The LSTM in NumPy, float64, one sample at a time: the oracle of the tests.

Written to be read and checked by hand. It shares no code with the package that it judges.

Source: the equations of https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html
Checked by: tests/unit/test_reference.py, against `torch.nn.LSTM` in float64.
"""

import numpy as np


def sigmoid(a):
    """Compute 1 / (1 + exp(-a)) without overflow: tanh never leaves [-1, 1]."""
    return 0.5 * (1.0 + np.tanh(0.5 * a))


def step(x_t, h_prev, c_prev, w_ih, w_hh, b_ih=None, b_hh=None, w_hr=None):
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


def sequence(x, h_0, c_0, parameters, reverse=False):
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


def lstm(x, h_0, c_0, parameters, num_layers=1, bidirectional=False, lengths=None):
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


def layer_parameters(parameters, layer, direction):
    """Pick the parameters of one layer and direction out of a dict by PyTorch's names.

    Returns:
        tuple (w_ih, w_hh, b_ih, b_hh, w_hr), None where there is none.
    """
    suffix = f"_l{layer}" + ("_reverse" if direction else "")
    kinds = ("weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_hr")
    return tuple(parameters.get(kind + suffix) for kind in kinds)
