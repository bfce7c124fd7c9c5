"""The time loop with its backward written by hand: backpropagation through time.

What autograd would do at every step is done once for all steps: the input's share of the
pre-activations before the loop, the gradients of weights, biases and input after it, as one large
product each. What has to wait for the step before stands in two loops, `run` and `run_back`, in
`steps_torch.py` and, compiled, in `steps_numba.py`.

    S = L*N rows, or L_sum in a packed batch: all steps of all sequences, time by time.

The mathematics is that of `reference.step_backward`.

Source: the same equations as `functional.py`; deferred weight gradients as in cuDNN,
    Appleyard et al., https://arxiv.org/abs/1604.01946.
Checked by: tests/unit/test_parity.py and tests/unit/test_backends.py.
"""

import functools
import os
import warnings

import torch
from torch.nn.functional import linear

from .. import functional, probes
from . import steps_torch

SWITCH = "LSTM_FROM_SCRATCH_NUMBA"  # a variable of the environment; "0" leaves numba out


@functools.cache  # a failed import is not remembered by Python, and takes a while each time
def _compiled():
    """Import numba's loops, not before they are used; None where numba is missing or left out."""
    if os.environ.get(SWITCH) == "0":
        return None
    try:
        from . import steps_numba
    except ImportError:
        return None
    except Exception as error:  # numba is there, and cannot even be imported
        return _give_up(error)
    return steps_numba


@functools.cache
def _prepared(dtype, whole):
    """Compile the loops for a dtype, once; tell whether they can be used."""
    try:
        _compiled().prepare(dtype, whole)
    except Exception as error:  # whatever a broken installation, cache or disk may raise
        return _give_up(error)
    return True


def _give_up(error):
    """Warn, once in a process, that numba is of no use here; return None."""
    if not _given_up:
        _given_up.append(error)
        warnings.warn(
            f"numba does not work here ({type(error).__name__}: {error}), so lstm_from_scratch "
            "trains without it: the numbers are right, small models take longer. If its cache is "
            "damaged or the disk full, point NUMBA_CACHE_DIR at a folder that can be written to; "
            f"else install numba again. {SWITCH}=0 leaves it out without this warning.",
            stacklevel=2,
        )
    return None


_given_up = []


def may_compile(x):
    """Tell whether numba's loops can run for a tensor, as far as is known before they do."""
    suits = x.device.type == "cpu" and x.dtype in (torch.float32, torch.float64)
    return suits and not _given_up and _compiled() is not None


def loops_for(x, N, w_hh):
    """Return the module with the two loops for a call: numba's, where it is installed.

    Args:
        x: (S, H_in), all rows of the input.
        N: number of sequences.
        w_hh: (4*H_cell, H_out).
    """
    # Whoever counts FLOPs around the backward alone would not see what is compiled.
    if not may_compile(x) or not probes.nobody_looks_on():
        return steps_torch
    loops = _compiled()
    return loops if _prepared(x.dtype, loops.few(N, w_hh)) else steps_torch


def shortest(x):
    """Return the number of steps from which on the hand-written backward is faster."""
    return (_compiled() if may_compile(x) else steps_torch).SHORTEST


def lstm_direction(x, h_0, c_0, weights, batch_sizes=None, reverse=False):
    """Run one layer over a sequence in one direction; see `functional.lstm_direction`."""
    sizes = [x.size(1)] * x.size(0) if batch_sizes is None else batch_sizes
    rows = x if batch_sizes is not None else x.flatten(0, 1)  # (S, H_in)
    output, h_n, c_n = _Direction.apply(rows, h_0, c_0, *weights, sizes, reverse)
    if batch_sizes is None:
        output = output.view(x.size(0), x.size(1), -1)  # (L, N, H_out)
    return output, h_n, c_n


class _Direction(torch.autograd.Function):
    """One layer in one direction; `sizes` holds the number of rows of each step."""

    @staticmethod
    def forward(ctx, x, h_0, c_0, w_ih, w_hh, b_ih, b_hh, w_hr, sizes, reverse):
        bias = b_ih if b_hh is None else b_hh if b_ih is None else b_ih + b_hh
        gates = linear(x, w_ih, bias)  # (S, 4*H_cell)
        H_cell, S = c_0.size(1), x.size(0)
        output, c = x.new_empty(S, h_0.size(1)), x.new_empty(S, H_cell)
        loops = loops_for(x, len(h_0), w_hh)
        h_n, c_n = loops.run(gates, output, c, h_0, c_0, w_hh, w_hr, sizes, reverse)
        # Not the output: the caller may change it in place, and it is quickly made again.
        ctx.save_for_backward(x, h_0, c_0, w_ih, w_hh, b_ih, b_hh, w_hr, gates, c)
        ctx.sizes, ctx.reverse = sizes, reverse
        return output, h_n, c_n

    @staticmethod
    def backward(ctx, d_output, d_h_n, d_c_n):
        *inputs, gates, c = ctx.saved_tensors
        upstream = d_output, d_h_n, d_c_n
        # Someone wants to differentiate this gradient again, or many of them at once.
        if torch.is_grad_enabled() or any(map(_is_batched, upstream)):
            return *_by_autograd(ctx, inputs, upstream), None, None
        x, h_0, c_0, w_ih, w_hh, _, _, w_hr = inputs
        needs = ctx.needs_input_grad
        d_a, d_rows, hidden, d_h, d_c = loops_for(x, len(c_0), w_hh).run_back(
            gates, c, c_0, *upstream, w_hh, w_hr, ctx.sizes, ctx.reverse
        )
        d_x = d_a @ w_ih if needs[0] else None  # (S, H_in)
        d_w_ih = d_a.t() @ x if needs[3] else None  # (4*H_cell, H_in)
        d_w_hh = d_w_hr = d_b_ih = d_b_hh = None
        if needs[4]:
            output = hidden if w_hr is None else hidden @ w_hr.t()  # (S, H_out)
            before = steps_torch.previous(h_0, output, ctx.sizes, ctx.reverse)
            d_w_hh = d_a.t() @ before  # (4*H_cell, H_out)
        if needs[5] or needs[6]:
            d_bias = d_a.sum(0)  # (4*H_cell), the same for both
            d_b_ih = d_bias if needs[5] else None
            d_b_hh = d_bias.clone() if needs[6] else None
        if needs[7]:
            d_w_hr = d_rows.t() @ hidden  # (H_out, H_cell)
        return d_x, d_h, d_c, d_w_ih, d_w_hh, d_b_ih, d_b_hh, d_w_hr, None, None


def _is_batched(tensor):
    """Tell a tensor of torch.vmap or of is_grads_batched: it has no memory of its own."""
    try:
        tensor.data_ptr()
    except RuntimeError:
        return True
    return False


def _by_autograd(ctx, inputs, upstream):
    """Recompute through the plain loop, whose gradient autograd can differentiate and batch."""
    again = torch.is_grad_enabled()
    with torch.enable_grad():
        # Views: one input may be computed from another, or be the same tensor (tied weights), and
        # each should get its own share only. A view keeps the way to the original.
        views = [tensor if tensor is None else tensor.view_as(tensor) for tensor in inputs]
        x, h_0, c_0, *weights = views
        output = functional.lstm_direction(
            x, h_0, c_0, functional.Weights(*weights), ctx.sizes, ctx.reverse
        )
        wanted = [k for k, need in enumerate(ctx.needs_input_grad[: len(inputs)]) if need]
        found = torch.autograd.grad(
            output, [views[k] for k in wanted], upstream, create_graph=again, allow_unused=True
        )
    gradients = [None] * len(inputs)
    for k, gradient in zip(wanted, found, strict=True):
        gradients[k] = gradient
    return gradients
