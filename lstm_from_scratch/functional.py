"""The LSTM as functions of tensors: one step, one direction of one layer, the whole stack.

    a_t = W_ih x_t + b_ih + W_hh h_{t-1} + b_hh      pre-activations a_i, a_f, a_g, a_o
    i_t = sigmoid(a_i)    f_t = sigmoid(a_f)    g_t = tanh(a_g)    o_t = sigmoid(a_o)
    c_t = f_t * c_{t-1} + i_t * g_t
    h_t = o_t * tanh(c_t)                            with a projection: W_hr (o_t * tanh(c_t))

Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html;
    projection: Sak et al., https://arxiv.org/abs/1402.1128.
Checked by: tests/unit/test_parity.py (PyTorch, outputs and every gradient, float64) and
    tests/unit/test_reference.py (the NumPy reference).
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import dropout as apply_dropout
from torch.nn.functional import linear


class Weights(NamedTuple):
    """The parameters of one layer in one direction; row blocks in the order i, f, g, o.

    Example:
        >>> import torch
        >>> weights = Weights(torch.zeros(80, 10), torch.zeros(80, 20))
        >>> weights.b_ih is None  # no biases
        True
    """

    w_ih: Tensor  # (4*H_cell, H_in), in later layers (4*H_cell, D*H_out)
    w_hh: Tensor  # (4*H_cell, H_out)
    b_ih: Tensor | None = None  # (4*H_cell)
    b_hh: Tensor | None = None  # (4*H_cell)
    w_hr: Tensor | None = None  # (H_out, H_cell), the projection


def lstm_cell(
    x_t: Tensor, h_prev: Tensor, c_prev: Tensor, weights: Weights
) -> tuple[Tensor, Tensor]:
    """Advance the state by one time step.

    Args:
        x_t: (N, H_in).
        h_prev: (N, H_out).
        c_prev: (N, H_cell).
        weights: `Weights`.

    Returns:
        h_t (N, H_out) and c_t (N, H_cell).

    Example:
        >>> import torch
        >>> weights = Weights(torch.randn(80, 10), torch.randn(80, 20))
        >>> x_t, zeros = torch.randn(3, 10), torch.zeros(3, 20)
        >>> h_t, c_t = lstm_cell(x_t, zeros, zeros, weights)
        >>> h_t.shape
        torch.Size([3, 20])
    """
    return _step(linear(x_t, weights.w_ih, weights.b_ih), h_prev, c_prev, weights)


def _step(a_x: Tensor, h_prev: Tensor, c_prev: Tensor, weights: Weights) -> tuple[Tensor, Tensor]:
    """Do the part of a step that has to wait for h_prev; a_x = W_ih x_t + b_ih."""
    a_t = a_x + linear(h_prev, weights.w_hh, weights.b_hh)  # (N, 4*H_cell)
    a_i, a_f, a_g, a_o = a_t.chunk(4, dim=-1)  # (N, H_cell) each
    i_t = torch.sigmoid(a_i)
    f_t = torch.sigmoid(a_f)
    g_t = torch.tanh(a_g)
    o_t = torch.sigmoid(a_o)
    c_t = f_t * c_prev + i_t * g_t
    h_t = o_t * torch.tanh(c_t)
    if weights.w_hr is not None:
        h_t = linear(h_t, weights.w_hr)  # (N, H_out)
    return h_t, c_t


def lstm_direction(
    x: Tensor, h_0: Tensor, c_0: Tensor, weights: Weights, batch_sizes: list[int] | None = None,
    reverse: bool = False,
) -> tuple[Tensor, Tensor, Tensor]:
    """Run one layer over a sequence in one direction.

    Args:
        x: (L, N, H_in), or (L_sum, H_in) with `batch_sizes`.
        h_0: (N, H_out).
        c_0: (N, H_cell).
        weights: `Weights`.
        batch_sizes: list of L ints, for a packed batch: how many sequences, longest first,
            are still running at each step.
        reverse: read each sequence from its last step to its first.

    Returns:
        output (L, N, H_out) or (L_sum, H_out), with the step of x at the same place whatever
        the direction; h_n (N, H_out) and c_n (N, H_cell), after the last step read.

    Raises:
        RuntimeError: for no step at all, with PyTorch's text.

    Example:
        >>> import torch
        >>> weights = Weights(torch.randn(80, 10), torch.randn(80, 20))
        >>> x, zeros = torch.randn(5, 3, 10), torch.zeros(3, 20)
        >>> output, h_n, c_n = lstm_direction(x, zeros, zeros, weights, reverse=True)
        >>> torch.equal(output[0], h_n)  # backwards, the first step is read last
        True
    """
    if (len(x) if batch_sizes is None else len(batch_sizes)) == 0:
        raise RuntimeError("Expected sequence length to be larger than 0 in RNN")
    # The input's share needs no state: one product for all steps instead of L small ones.
    a_x = linear(x, weights.w_ih, weights.b_ih)  # (L, N, 4*H_cell) or (L_sum, 4*H_cell)
    steps = a_x.unbind(0) if batch_sizes is None else a_x.split(batch_sizes)
    times = list(range(len(steps)))  # a list: torch.compile of PyTorch 2.4 cannot turn a range
    if reverse:
        times.reverse()
    n = steps[times[0]].shape[0]
    h_t, c_t = h_0[:n], c_0[:n]
    outputs = [None] * len(steps)  # type: list
    finished = []
    for t in times:
        n_t = steps[t].shape[0]
        if n_t < n:  # forward in a packed batch: the shorter sequences are over
            finished.append((h_t[n_t:], c_t[n_t:]))
            h_t, c_t = h_t[:n_t], c_t[:n_t]
        elif n_t > n:  # reverse in a packed batch: the shorter sequences begin
            h_t = torch.cat([h_t, h_0[n:n_t]])
            c_t = torch.cat([c_t, c_0[n:n_t]])
        n = n_t
        h_t, c_t = _step(steps[t], h_t, c_t, weights)
        outputs[t] = h_t
    output = torch.stack(outputs) if batch_sizes is None else torch.cat(outputs)
    if finished:  # the shortest sequence finished first and stands last in the batch
        h_n, c_n = zip((h_t, c_t), *reversed(finished), strict=True)
        h_t, c_t = torch.cat(h_n), torch.cat(c_n)
    return output, h_t, c_t


def lstm(
    x: Tensor, h_0: Tensor, c_0: Tensor, layers: Sequence[Sequence[Weights]], dropout: float = 0.0,
    training: bool = False, batch_sizes: list[int] | None = None,
    run: Callable[..., tuple[Tensor, Tensor, Tensor]] | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """Run a stack of layers, each in one or two directions.

    Args:
        x: (L, N, H_in), or (L_sum, H_in) with `batch_sizes`.
        h_0: (D*num_layers, N, H_out).
        c_0: (D*num_layers, N, H_cell).
        layers: one tuple for each layer, of one `Weights` for each direction.
        dropout: probability of zeroing an element between two layers.
        training: dropout acts only when this is True.
        batch_sizes: as for `lstm_direction`.
        run: what runs one layer in one direction, `lstm_direction` or what `kernels` picks.

    Returns:
        output (L, N, D*H_out) or (L_sum, D*H_out); h_n (D*num_layers, N, H_out);
        c_n (D*num_layers, N, H_cell).

    Example:
        >>> import torch
        >>> first = Weights(torch.randn(80, 10), torch.randn(80, 20))
        >>> second = Weights(torch.randn(80, 20), torch.randn(80, 20))
        >>> x, zeros = torch.randn(5, 3, 10), torch.zeros(2, 3, 20)
        >>> output, h_n, c_n = lstm(x, zeros, zeros, [(first,), (second,)])
        >>> output.shape, h_n.shape
        (torch.Size([5, 3, 20]), torch.Size([2, 3, 20]))
    """
    run = run or lstm_direction
    h_n, c_n = [], []
    for layer, directions in enumerate(layers):
        if layer > 0 and dropout > 0:
            x = apply_dropout(x, dropout, training)
        outputs = []
        for direction, weights in enumerate(directions):
            row = layer * len(directions) + direction
            output, h, c = run(
                x, h_0[row], c_0[row], weights, batch_sizes, reverse=direction == 1
            )
            outputs.append(output)
            h_n.append(h)
            c_n.append(c)
        x = outputs[0] if len(outputs) == 1 else torch.cat(outputs, dim=-1)  # (L, N, D*H_out)
    return x, torch.stack(h_n), torch.stack(c_n)
