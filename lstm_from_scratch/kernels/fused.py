"""The time loop as one Triton kernel, forward and back, where the hidden state fits one block.

One program takes ROWS rows of the batch through all steps. Its h and c, and W_hh, never leave
the chip, so that no step waits for memory, and no row for another. What needs no waiting stays
outside: the input's product before the loop, the gradients of the weights after it, as in
`layer.py`.

    h_t = o * tanh(c_t),  c_t = f * c_{t-1} + i * g,  a = x_t W_ih^T + b + h_{t-1} W_hh^T

h and c are float32 in the loop, whatever the dtype of the tensors, and products are summed in
float32. H_cell is padded to a power of two: a padded unit has a = 0, so c = 0.5*c + 0.5*0 stays 0.
A projection, float64 and a wider state are left to `inplace.py`.

A GPU has not run it yet, and no call chooses it: `make test-kernels` runs it in Triton's
interpreter, and compiles it.

Source: the same equations as `functional.py`; weights kept on chip as in Diamos et al.,
    "Persistent RNNs", https://proceedings.mlr.press/v48/diamos16.html.
Checked by: tests/kernels/test_fused.py, with Triton (the extra `triton`).
"""

import contextlib
import os
from collections.abc import Sequence

import torch
import triton
import triton.language as tl
from torch import Tensor

from .layer import Kernel

ROWS = 16  # of the batch in one program: tl.dot takes no fewer
WARPS = 8
# H_cell at most, so that four blocks of W_hh fit the registers of one program: 32 KiB.
WIDEST = {torch.float32: 32, torch.bfloat16: 64, torch.float16: 64}

# Triton's interpreter multiplies no bfloat16; products of float32 that hold one are the same.
INTERPRETED = os.environ.get("TRITON_INTERPRET") == "1"


def fits(w_hh: Tensor, w_hr: Tensor | None) -> bool:
    """Tell whether the kernels take a layer with these recurrent weights.

    Args:
        w_hh: (4*H_cell, H_out).
        w_hr: the projection, or None.
    """
    return w_hr is None and w_hh.size(1) <= WIDEST.get(w_hh.dtype, 0)


@triton.jit
def _sigmoid(a):
    return 1 / (1 + tl.exp(-a))


@triton.jit
def _tanh(a):
    return 2 * _sigmoid(2 * a) - 1  # without an infinity over an infinity


@triton.jit
def _product(a, w, PRECISION: tl.constexpr, WIDE: tl.constexpr):
    """Return a @ w in float32, with a rounded to the dtype of w."""
    a = a.to(w.dtype)
    if WIDE:
        a, w = a.to(tl.float32), w.to(tl.float32)
    return tl.dot(a, w, input_precision=PRECISION)


@triton.jit
def _load(at, apart, mask, DTYPE: tl.constexpr):
    """Return what belongs to the gates i, f, g and o, each so far from the one before."""
    i = tl.load(at, mask=mask, other=0.0).to(DTYPE)
    f = tl.load(at + apart, mask=mask, other=0.0).to(DTYPE)
    g = tl.load(at + 2 * apart, mask=mask, other=0.0).to(DTYPE)
    o = tl.load(at + 3 * apart, mask=mask, other=0.0).to(DTYPE)
    return i, f, g, o


@triton.jit
def _store(at, apart, mask, i, f, g, o):
    tl.store(at, i, mask=mask)
    tl.store(at + apart, f, mask=mask)
    tl.store(at + 2 * apart, g, mask=mask)
    tl.store(at + 3 * apart, o, mask=mask)


@triton.jit
def forward_kernel(
    gates, output, cell, h_0, c_0, w_hh, h_n, c_n, sizes, starts, L, N,
    H: tl.constexpr, HP: tl.constexpr, ROWS: tl.constexpr, REVERSE: tl.constexpr,
    PRECISION: tl.constexpr, WIDE: tl.constexpr,
):
    """Run all steps of ROWS rows; shapes as in `inplace.run`, all contiguous, w_hh (4*H, H)."""
    row = tl.program_id(0).to(tl.int64) * ROWS + tl.arange(0, ROWS)  # (ROWS)
    units = tl.arange(0, HP)
    inside = units < H
    here = (row < N)[:, None] & inside[None, :]
    own = row[:, None] * H + units[None, :]
    # W_hh of a gate, transposed: (from unit, to unit).
    turned = units[None, :] * H + units[:, None]
    square = inside[:, None] & inside[None, :]
    w_i, w_f, w_g, w_o = _load(w_hh + turned, H * H, square, w_hh.dtype.element_ty)
    h = tl.load(h_0 + own, mask=here, other=0.0).to(tl.float32)
    c = tl.load(c_0 + own, mask=here, other=0.0).to(tl.float32)
    step = 0
    while step < L:  # Triton 3.6 interprets no range(L) beside NumPy 2.4
        t = L - 1 - step if REVERSE else step
        step += 1
        place = tl.load(starts + t) + row  # the row of each sequence in (S, ...)
        runs = (row < tl.load(sizes + t))[:, None]
        real = runs & inside[None, :]
        at = gates + place[:, None] * 4 * H + units[None, :]
        i, f, g, o = _load(at, H, real, tl.float32)
        i = _sigmoid(i + _product(h, w_i, PRECISION, WIDE))
        f = _sigmoid(f + _product(h, w_f, PRECISION, WIDE))
        g = _tanh(g + _product(h, w_g, PRECISION, WIDE))
        o = _sigmoid(o + _product(h, w_o, PRECISION, WIDE))
        # A packed sequence that is over keeps its state; one that has not begun, its first.
        c = tl.where(runs, f * c + i * g, c)
        h = tl.where(runs, o * _tanh(c), h)
        _store(at, H, real, i, f, g, o)
        tl.store(cell + place[:, None] * H + units[None, :], c, mask=real)
        tl.store(output + place[:, None] * H + units[None, :], h, mask=real)
    tl.store(h_n + own, h, mask=here)
    tl.store(c_n + own, c, mask=here)


@triton.jit
def backward_kernel(
    gates, cell, c_0, d_output, d_h_n, d_c_n, w_hh, d_a, d_h_0, d_c_0, sizes, starts, L, N,
    H: tl.constexpr, HP: tl.constexpr, ROWS: tl.constexpr, REVERSE: tl.constexpr,
    PRECISION: tl.constexpr, WIDE: tl.constexpr,
):
    """Carry the gradient back through all steps of ROWS rows; shapes as in `inplace.run_back`."""
    row = tl.program_id(0).to(tl.int64) * ROWS + tl.arange(0, ROWS)
    units = tl.arange(0, HP)
    inside = units < H
    here = (row < N)[:, None] & inside[None, :]
    own = row[:, None] * H + units[None, :]
    straight = units[:, None] * H + units[None, :]  # W_hh of a gate: (to unit, from unit)
    square = inside[:, None] & inside[None, :]
    w_i, w_f, w_g, w_o = _load(w_hh + straight, H * H, square, w_hh.dtype.element_ty)
    d_h = tl.load(d_h_n + own, mask=here, other=0.0).to(tl.float32)
    d_c = tl.load(d_c_n + own, mask=here, other=0.0).to(tl.float32)
    first = tl.load(c_0 + own, mask=here, other=0.0).to(tl.float32)
    step = 0
    while step < L:
        t = step if REVERSE else L - 1 - step
        step += 1
        place = tl.load(starts + t) + row
        runs = (row < tl.load(sizes + t))[:, None]
        real = runs & inside[None, :]
        at = gates + place[:, None] * 4 * H + units[None, :]
        i, f, g, o = _load(at, H, real, tl.float32)
        c = tl.load(cell + place[:, None] * H + units[None, :], mask=real, other=0.0)
        # c of the step before; c_0 before the first step of a sequence.
        was = t + 1 if REVERSE else t - 1
        known = (was >= 0) & (was < L)
        at_was = tl.load(starts + was, mask=known, other=0) + row
        ran = (row < tl.load(sizes + was, mask=known, other=0))[:, None]
        c_prev = tl.load(cell + at_was[:, None] * H + units[None, :], mask=ran & real, other=0.0)
        c_prev = tl.where(ran, c_prev.to(tl.float32), first)
        d_out = tl.load(d_output + place[:, None] * H + units[None, :], mask=real, other=0.0)
        squashed = _tanh(c.to(tl.float32))
        d_hidden = d_h + d_out.to(tl.float32)
        d_cell = d_c + d_hidden * o * (1 - squashed * squashed)
        d_i = d_cell * g * i * (1 - i)
        d_f = d_cell * c_prev * f * (1 - f)
        d_g = d_cell * i * (1 - g * g)
        d_o = d_hidden * squashed * o * (1 - o)
        _store(d_a + place[:, None] * 4 * H + units[None, :], H, real, d_i, d_f, d_g, d_o)
        back = _product(d_i, w_i, PRECISION, WIDE)
        back += _product(d_f, w_f, PRECISION, WIDE)
        back += _product(d_g, w_g, PRECISION, WIDE)
        back += _product(d_o, w_o, PRECISION, WIDE)
        d_h = tl.where(runs, back, d_h)
        d_c = tl.where(runs, d_cell * f, d_c)
    tl.store(d_h_0 + own, d_h, mask=here)
    tl.store(d_c_0 + own, d_c, mask=here)


def constants(H: int, reverse: bool, dtype: torch.dtype) -> dict:
    """Return what a kernel is compiled for: sizes, the way through time, and how it multiplies.

    float32 is multiplied as PyTorch's own products are (`torch.backends.cuda.matmul.allow_tf32`):
    strictly, or rounded to TF32.
    """
    rounded = dtype == torch.float32 and torch.backends.cuda.matmul.allow_tf32
    return {
        "H": H, "HP": max(16, triton.next_power_of_2(H)), "ROWS": ROWS, "REVERSE": reverse,
        "PRECISION": "tf32" if rounded else "ieee", "WIDE": INTERPRETED,
    }


def run(
    gates: Tensor, output: Tensor, c: Tensor, h_0: Tensor, c_0: Tensor, w_hh_t: Tensor,
    w_hr_t: None, sizes: Sequence[int], reverse: bool,
) -> tuple[Tensor, Tensor]:
    """Run all steps, in place; see `inplace.run`."""
    H, N = c.size(1), h_0.size(0)
    h_n, c_n = (torch.empty_like(one, memory_format=torch.contiguous_format) for one in (h_0, c_0))
    with _on(gates):
        forward_kernel[(triton.cdiv(N, ROWS),)](
            gates, output, c, h_0.contiguous(), c_0.contiguous(), w_hh_t.t().contiguous(), h_n,
            c_n, *_places(sizes, gates.device), len(sizes), N, num_warps=WARPS,
            **constants(H, reverse, gates.dtype),
        )
    return h_n, c_n


def run_back(
    gates: Tensor, c: Tensor, c_0: Tensor, d_output: Tensor, d_h_n: Tensor, d_c_n: Tensor,
    w_hh: Tensor, w_hr: None, sizes: Sequence[int], reverse: bool,
) -> tuple[Tensor, None, Tensor, Tensor, Tensor]:
    """Carry the gradient back through all steps; see `inplace.run_back`."""
    H, N = c.size(1), c_0.size(0)
    given = [one.contiguous() for one in (gates, c, c_0, d_output, d_h_n, d_c_n, w_hh)]
    d_a = torch.empty_like(given[0])
    d_h_0, d_c_0 = torch.empty_like(given[4]), torch.empty_like(given[5])
    with _on(gates):
        backward_kernel[(triton.cdiv(N, ROWS),)](
            *given, d_a, d_h_0, d_c_0, *_places(sizes, gates.device), len(sizes), N,
            num_warps=WARPS, **constants(H, reverse, gates.dtype),
        )
    hidden = gates[:, 3 * H :] * torch.tanh(c)
    return d_a, None, hidden, d_h_0, d_c_0


def _places(sizes: Sequence[int], device: torch.device) -> tuple[Tensor, Tensor]:
    """Return the number of rows of each step, and the row where it begins, on the device."""
    counts = torch.tensor(sizes)
    both = torch.stack([counts, counts.cumsum(0) - counts])
    return tuple(both.to(device))


def _on(tensor: Tensor) -> contextlib.AbstractContextManager:
    """Make a GPU the current one, as Triton wants it."""
    return torch.cuda.device(tensor.device) if tensor.is_cuda else contextlib.nullcontext()


FUSED = Kernel("triton", run, run_back, False)
