"""One layer in one direction by a kernel, with a backward written by hand, or without one.

What a kernel's loops leave out needs no step to wait for another, and so is done for many steps at
once: the input's share of the pre-activations before them, the gradients of weights, biases and
input after them, as one large product each. What has to wait stands in the two loops of a kernel,
`run` and `run_back`, in `inplace.py` and, compiled, in `compiled.py`.

    S = L*N rows, or L_sum in a packed batch: all steps of all sequences, time by time.

The mathematics is that of `reference.step_backward`.

Source: the same equations as `functional.py`; deferred weight gradients as in cuDNN,
    Appleyard et al., https://arxiv.org/abs/1604.01946.
Checked by: tests/unit/test_parity.py and tests/unit/test_kernels.py.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import linear

from .. import functional
from ..context import probes
from . import inplace


class Kernel(NamedTuple):
    """Two loops, and what they ask for."""

    name: str
    run: Callable  # forward, as `inplace.run`
    run_back: Callable  # backward, as `inplace.run_back`
    copies: bool  # whether the weights have to be a transposed copy, and no view


INPLACE = Kernel("inplace", inplace.run, inplace.run_back, False)

# Without a gradient the pre-activations of so many numbers at a time are held: enough for a large
# product, few enough for the processor's cache and for memory.
CHUNK = 2**19


def wants_gradient(tensors: Iterable[Tensor | None]) -> bool:
    """Tell whether autograd records what is done with tensors."""
    return torch.is_grad_enabled() and any(t is not None and t.requires_grad for t in tensors)


def lstm_direction(
    x: Tensor, h_0: Tensor, c_0: Tensor, weights: functional.Weights,
    batch_sizes: list[int] | None = None, reverse: bool = False, kernel: Kernel = INPLACE,
) -> tuple[Tensor, Tensor, Tensor]:
    """Run one layer over a sequence in one direction; see `functional.lstm_direction`.

    Args:
        kernel: the `Kernel` whose loops run.
    """
    sizes = [x.size(1)] * x.size(0) if batch_sizes is None else batch_sizes
    if wants_gradient([x, h_0, c_0, *weights]):
        rows = x if batch_sizes is not None else x.flatten(0, 1)  # (S, H_in)
        output, h_n, c_n = _Direction.apply(
            rows, h_0, c_0, *weights, sizes, reverse, kernel
        )
    else:
        output, h_n, c_n = _in_chunks(kernel, x, h_0, c_0, weights, sizes, reverse)
    if batch_sizes is None:
        output = output.view(x.size(0), x.size(1), -1)  # (L, N, H_out)
    return output, h_n, c_n


def _in_chunks(
    kernel: Kernel, x: Tensor, h_0: Tensor, c_0: Tensor, weights: functional.Weights,
    sizes: list[int], reverse: bool,
) -> tuple[Tensor, Tensor, Tensor]:
    """Run a number of steps at a time, with room for their pre-activations alone."""
    w_ih, w_hh, b_ih, b_hh, w_hr = weights
    L, N, width = len(sizes), h_0.size(0), w_hh.size(0)
    bias = _bias(b_ih, b_hh)
    w_hh_t, w_hr_t = (_transposed(weight, L, kernel) for weight in (w_hh, w_hr))
    steps = max(1, CHUNK // (N * width))
    if L <= steps:  # all of them
        rows = x.flatten(0, 1) if x.dim() == 3 else x
        S = rows.size(0)
        gates, cell = linear(rows, w_ih, bias), x.new_empty(S, c_0.size(1))
        output = x.new_empty(S, h_0.size(1))
        h_n, c_n = kernel.run(gates, output, cell, h_0, c_0, w_hh_t, w_hr_t, sizes, reverse)
        return output, h_n, c_n
    gates, cell = x.new_empty(steps * N, width), x.new_empty(steps * N, c_0.size(1))
    output = x.new_empty(sum(sizes), h_0.size(1))
    pieces, row, w_ih_t = [], 0, w_ih.t()
    for t in range(0, L, steps):
        some = sizes[t : t + steps]
        part = x[t : t + steps].flatten(0, 1) if x.dim() == 3 else x[row : row + sum(some)]
        pieces.append((part, output[row : row + sum(some)], some))
        row += sum(some)
    h, c = h_0, c_0
    for part, out, some in reversed(pieces) if reverse else pieces:
        a, kept = gates[: len(part)], cell[: len(part)]
        if bias is None:
            torch.mm(part, w_ih_t, out=a)
        else:
            torch.addmm(bias, part, w_ih_t, out=a)
        h, c = kernel.run(a, out, kept, h, c, w_hh_t, w_hr_t, some, reverse)
    return output, h, c


def _bias(b_ih: Tensor | None, b_hh: Tensor | None) -> Tensor | None:
    """Return the sum of the two biases; one of them may be missing, or both."""
    return b_ih if b_hh is None else b_hh if b_ih is None else b_ih + b_hh


def _transposed(weight: Tensor | None, L: int, kernel: Kernel) -> Tensor | None:
    """Return a weight as the products of L steps want it; None for None."""
    if weight is None:
        return None
    # Large weights, read from memory at every step, MKL multiplies faster as a view on AMD.
    as_view = probes.made_by_amd() and weight.numel() >= inplace.LARGE
    if kernel.copies or (L >= inplace.WORTH_COPYING and not as_view):
        return weight.t().contiguous()
    return weight.t()


def forward(
    kernel: Kernel, x: Tensor, h_0: Tensor, c_0: Tensor,
    weights: tuple[Tensor, Tensor, Tensor | None, Tensor | None, Tensor | None], sizes: list[int],
    reverse: bool,
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Run all steps and keep what the way back needs.

    Args:
        x: (S, H_in).
        sizes: list of L ints, the number of rows of each step.

    Returns:
        output (S, H_out), h_n (N, H_out), c_n (N, H_cell), the activated gates (S, 4*H_cell) and
        c after each step (S, H_cell).
    """
    w_ih, w_hh, b_ih, b_hh, w_hr = weights
    gates = linear(x, w_ih, _bias(b_ih, b_hh))  # (S, 4*H_cell)
    S, L = x.size(0), len(sizes)
    output, c = x.new_empty(S, h_0.size(1)), x.new_empty(S, c_0.size(1))
    recurrent = (_transposed(weight, L, kernel) for weight in (w_hh, w_hr))
    h_n, c_n = kernel.run(gates, output, c, h_0, c_0, *recurrent, sizes, reverse)
    return output, h_n, c_n, gates, c


def backward(
    kernel: Kernel, needs: Sequence[bool], inputs: Sequence[Any], gates: Tensor, c: Tensor,
    upstream: Sequence[Tensor], sizes: list[int], reverse: bool,
) -> list[Tensor | None]:
    """Find the gradients of all inputs.

    Args:
        needs: for each input whether its gradient is wanted.
        inputs: x (S, H_in), h_0, c_0, w_ih, w_hh, b_ih, b_hh, w_hr; the biases are not read.
        gates, c: as `forward` returned them.
        upstream: the gradients of output (S, H_out), h_n and c_n.

    Returns:
        list of eight, None where none is wanted.
    """
    x, h_0, c_0, w_ih, w_hh, _, _, w_hr = inputs
    d_a, d_rows, hidden, d_h, d_c = kernel.run_back(
        gates, c, c_0, *upstream, w_hh, w_hr, sizes, reverse
    )
    d_x = d_a @ w_ih if needs[0] else None  # (S, H_in)
    d_w_ih = d_a.t() @ x if needs[3] else None  # (4*H_cell, H_in)
    d_w_hh = d_w_hr = d_b_ih = d_b_hh = None
    if needs[4]:
        output = hidden if w_hr is None else hidden @ w_hr.t()  # (S, H_out)
        before = inplace.previous(h_0, output, sizes, reverse)
        d_w_hh = d_a.t() @ before  # (4*H_cell, H_out)
    if needs[5] or needs[6]:
        d_bias = d_a.sum(0)  # (4*H_cell), the same for both
        d_b_ih = d_bias if needs[5] else None
        d_b_hh = d_bias.clone() if needs[6] else None
    if needs[7]:
        d_w_hr = d_rows.t() @ hidden  # (H_out, H_cell)
    return [d_x, d_h, d_c, d_w_ih, d_w_hh, d_b_ih, d_b_hh, d_w_hr]


class _Direction(torch.autograd.Function):
    """One layer in one direction; `sizes` holds the number of rows of each step."""

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, h_0: Tensor, c_0: Tensor, w_ih: Tensor, w_hh: Tensor,
        b_ih: Tensor | None, b_hh: Tensor | None, w_hr: Tensor | None, sizes: list[int],
        reverse: bool, kernel: Kernel,
    ) -> tuple[Tensor, Tensor, Tensor]:
        weights = w_ih, w_hh, b_ih, b_hh, w_hr
        output, h_n, c_n, gates, c = forward(kernel, x, h_0, c_0, weights, sizes, reverse)
        # Not the output: the caller may change it in place, and it is quickly made again.
        ctx.save_for_backward(x, h_0, c_0, *weights, gates, c)
        ctx.sizes, ctx.reverse, ctx.kernel = sizes, reverse, kernel
        return output, h_n, c_n

    @staticmethod
    def backward(
        ctx: Any, d_output: Tensor, d_h_n: Tensor, d_c_n: Tensor
    ) -> tuple[Tensor | None, ...]:
        *inputs, gates, c = ctx.saved_tensors
        upstream = d_output, d_h_n, d_c_n
        # Someone wants to differentiate this gradient again, or many of them at once.
        if torch.is_grad_enabled() or any(map(_is_batched, upstream)):
            return *_by_autograd(ctx, inputs, upstream), None, None, None
        # Whoever counts FLOPs around the backward alone would not see what is compiled.
        kernel = ctx.kernel if probes.nobody_looks_on() else INPLACE
        needs = ctx.needs_input_grad
        gradients = backward(kernel, needs, inputs, gates, c, upstream, ctx.sizes, ctx.reverse)
        return *gradients, None, None, None


def _is_batched(tensor: Tensor) -> bool:
    """Tell a tensor of torch.vmap or of is_grads_batched: it has no memory of its own."""
    try:
        tensor.data_ptr()
    except RuntimeError:
        return True
    return False


def _by_autograd(
    ctx: Any, inputs: Sequence[Any], upstream: Sequence[Tensor]
) -> list[Tensor | None]:
    """Recompute through the plain loop, whose gradient autograd can differentiate and batch."""
    again = torch.is_grad_enabled()
    with torch.enable_grad():
        # Views: one input may be computed from another, or be the same tensor (tied weights), and
        # each should get its own share only. A view keeps the way to the original.
        views = [tensor if tensor is None else tensor.view_as(tensor) for tensor in inputs]  # type: list
        x, h_0, c_0, *weights = views
        output = functional.lstm_direction(
            x, h_0, c_0, functional.Weights(*weights), ctx.sizes, ctx.reverse
        )
        wanted = [k for k, need in enumerate(ctx.needs_input_grad[: len(inputs)]) if need]
        found = torch.autograd.grad(
            output, [views[k] for k in wanted], upstream, create_graph=again, allow_unused=True
        )
    gradients = [None] * len(inputs)  # type: list
    for k, gradient in zip(wanted, found, strict=True):
        gradients[k] = gradient
    return gradients
