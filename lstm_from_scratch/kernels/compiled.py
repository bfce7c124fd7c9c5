"""The two loops of `inplace.py` compiled by numba, the optional extra `fast`, for a CPU.

A step of a small LSTM is a dozen operations of PyTorch, each of which takes longer to start than
to do. Here the element-wise part of a step is one compiled function; where there are few rows, so
is the product with the recurrent weights, and the whole loop runs without Python.

Written so that the compiler can use vector registers: plain inner loops over contiguous rows, and
no literal beside an array element, which would turn float32 arithmetic into float64.

Source: the equations of `functional.py` and of `reference.step_backward`.
Checked by: tests/unit/test_parity.py, tests/unit/test_kernels.py, tests/unit/test_compiled.py.
"""

import functools

import numba
import numpy as np
import torch

if numba.config.DISABLE_JIT:
    raise ImportError("numba compiles nothing here: NUMBA_DISABLE_JIT is set")

from .elementary import OPTIONS, sigmoid, tanh  # noqa: E402
from .inplace import WORTH_COPYING  # noqa: E402

NAME = "compiled"
# Steps from which on this is faster than the plain loop, without and with a gradient; measured.
SHORTEST = (1, 2)
# Number of multiplications of a step up to which our product is faster than calling MKL's;
# measured on one and on two threads of an AVX-512 machine.
FEW = 2**20


def compiled(function):
    """Compile for the types of the first call, and keep the result on disk if that is possible."""
    try:
        return numba.njit(cache=True, **OPTIONS)(function)
    except RuntimeError:  # no folder that can be written to
        return numba.njit(**OPTIONS)(function)


@compiled
def multiply_row(x, w, out):
    """Add x @ w to out, for one row: eight columns of w for each time that out is read."""
    K, M = w.shape
    k = 0
    while k + 8 <= K:
        x0, x1, x2, x3, x4, x5, x6, x7 = (
            x[k], x[k + 1], x[k + 2], x[k + 3], x[k + 4], x[k + 5], x[k + 6], x[k + 7]
        )
        for j in range(M):
            out[j] += (
                x0 * w[k, j] + x1 * w[k + 1, j] + x2 * w[k + 2, j] + x3 * w[k + 3, j]
                + x4 * w[k + 4, j] + x5 * w[k + 5, j] + x6 * w[k + 6, j] + x7 * w[k + 7, j]
            )
        k += 8
    while k < K:
        x0 = x[k]
        for j in range(M):
            out[j] += x0 * w[k, j]
        k += 1


@compiled
def multiply(x, first, n, w, out, start, add):
    """Put the product of a handful of rows with a matrix into rows of out, or add it there.

    Four rows at a time, so that each number of w is used four times when it has been read, and
    four columns of x at a time, so that out is read and written a quarter as often.

    Args:
        x: (rows, K), of which n rows from `first` on are read.
        w: (K, M).
        out: (rows, M), of which n rows from `start` on are written.
    """
    K, M = w.shape
    if not add:
        for r in range(n):
            row = out[start + r]
            for j in range(M):
                row[j] = 0
    r = 0
    while r + 4 <= n:
        xa, xb, xc, xd = x[first + r], x[first + r + 1], x[first + r + 2], x[first + r + 3]
        a, b, c, d = out[start + r], out[start + r + 1], out[start + r + 2], out[start + r + 3]
        k = 0
        while k + 4 <= K:
            a0, a1, a2, a3 = xa[k], xa[k + 1], xa[k + 2], xa[k + 3]
            b0, b1, b2, b3 = xb[k], xb[k + 1], xb[k + 2], xb[k + 3]
            c0, c1, c2, c3 = xc[k], xc[k + 1], xc[k + 2], xc[k + 3]
            d0, d1, d2, d3 = xd[k], xd[k + 1], xd[k + 2], xd[k + 3]
            for j in range(M):
                w0, w1, w2, w3 = w[k, j], w[k + 1, j], w[k + 2, j], w[k + 3, j]
                a[j] += a0 * w0 + a1 * w1 + a2 * w2 + a3 * w3
                b[j] += b0 * w0 + b1 * w1 + b2 * w2 + b3 * w3
                c[j] += c0 * w0 + c1 * w1 + c2 * w2 + c3 * w3
                d[j] += d0 * w0 + d1 * w1 + d2 * w2 + d3 * w3
            k += 4
        while k < K:
            a0, b0, c0, d0 = xa[k], xb[k], xc[k], xd[k]
            for j in range(M):
                w0 = w[k, j]
                a[j] += a0 * w0
                b[j] += b0 * w0
                c[j] += c0 * w0
                d[j] += d0 * w0
            k += 1
        r += 4
    while r < n:
        multiply_row(x[first + r], w, out[start + r])
        r += 1


@compiled
def step(gates, cell, output, hidden, c, start, n):
    """Do the element-wise part of a step for n rows that begin at `start`.

    Args:
        gates: (S, 4*H_cell), pre-activations, activated in place.
        cell: (S, H_cell), where c is kept.
        output: (S, H_out), where h is kept, unless it has to be projected first.
        hidden: (N, H_cell), receives h before the projection.
        c: (N, H_cell), changed in place.
    """
    H = cell.shape[1]
    kept = output.shape[1] == H
    for r in range(n):
        a, c_r, h_r = gates[start + r], c[r], hidden[r]
        i, f, g, o = a[:H], a[H : 2 * H], a[2 * H : 3 * H], a[3 * H :]
        for j in range(2 * H):
            a[j] = sigmoid(a[j])
        for j in range(H):
            g[j] = tanh(g[j])
        for j in range(H):
            o[j] = sigmoid(o[j])
        for j in range(H):
            c_r[j] = f[j] * c_r[j] + i[j] * g[j]
        for j in range(H):
            h_r[j] = o[j] * tanh(c_r[j])
        for j in range(H):
            cell[start + r, j] = c_r[j]
        if kept:
            for j in range(H):
                output[start + r, j] = h_r[j]


@compiled
def step_back(gates, cell, c_0, d_output, d_a, hidden, d_hidden, d_c, start, n, before, m):
    """Do the element-wise part of a step backward for n rows that begin at `start`.

    Args:
        gates: (S, 4*H_cell), activated.
        cell: (S, H_cell).
        c_0: (N, H_cell).
        d_output: (S, H_out), added to d_hidden unless it has to go through the projection first.
        d_a: (S, 4*H_cell), receives the gradient of the pre-activations.
        hidden: (S, H_cell), receives h before the projection.
        d_hidden: (N, H_cell), of h before the projection.
        d_c: (N, H_cell), changed in place from this step's to that of the step before.
        before, m: row at which the step read before this one begins, and how many rows it has.
    """
    H = cell.shape[1]
    direct = d_output.shape[1] == H
    for r in range(n):
        row = start + r
        a, d, c_row, h = gates[row], d_a[row], cell[row], hidden[row]
        i, f, g, o = a[:H], a[H : 2 * H], a[2 * H : 3 * H], a[3 * H :]
        d_i, d_f, d_g, d_o = d[:H], d[H : 2 * H], d[2 * H : 3 * H], d[3 * H :]
        c_prev = cell[before + r] if r < m else c_0[r]
        d_h, d_c_r = d_hidden[r], d_c[r]
        if direct:
            for j in range(H):
                d_h[j] += d_output[row, j]
        for j in range(H):
            tanh_c = tanh(c_row[j])
            h[j] = o[j] * tanh_c
            d_o[j] = d_h[j] * tanh_c * (o[j] - o[j] * o[j])
            d_c_r[j] += d_h[j] * (o[j] - h[j] * tanh_c)
        for j in range(H):
            d_i[j] = d_c_r[j] * g[j] * (i[j] - i[j] * i[j])
            d_f[j] = d_c_r[j] * c_prev[j] * (f[j] - f[j] * f[j])
            d_g[j] = d_c_r[j] * (i[j] - i[j] * g[j] * g[j])
            d_c_r[j] *= f[j]


@compiled
def forward(gates, cell, output, h, c, w_hh_t, plan):
    """Run all steps; there is no projection."""
    for k in range(len(plan)):
        start, n = plan[k, 0], plan[k, 1]
        multiply(h, 0, n, w_hh_t, gates, start, True)
        step(gates, cell, output, h, c, start, n)


@compiled
def backward(gates, cell, c_0, d_output, d_a, hidden, d_h, d_c, w_hh, plan):
    """Run all steps backward; there is no projection."""
    for k in range(len(plan) - 1, -1, -1):
        start, n, before, m = plan[k, 0], plan[k, 1], plan[k, 2], plan[k, 3]
        step_back(gates, cell, c_0, d_output, d_a, hidden, d_h, d_c, start, n, before, m)
        multiply(d_a, start, n, w_hh, d_h, 0, False)


def run(gates, output, c, h_0, c_0, w_hh_t, w_hr_t, sizes, reverse):
    """Run the steps in order; arguments and results as of `inplace.run`."""
    plan = _plan(sizes, reverse)
    h, c_n = _copy(h_0), _copy(c_0)
    hidden = h if w_hr_t is None else torch.empty_like(c_n)
    states = (*_arrays(gates, c), *_views(output), *_arrays(hidden, c_n))
    # Weights that were not worth copying are not worth multiplying here, either; copies are ours.
    if few(h.size(0), w_hh_t, w_hr_t) and w_hh_t.is_contiguous():
        forward(*states, *_arrays(w_hh_t), plan)
        return h, c_n
    for start, n, _, _ in plan.tolist():
        rows = slice(start, start + n)
        gates[rows].addmm_(h[:n], w_hh_t)
        step(*states, start, n)
        if w_hr_t is not None:
            torch.mm(hidden[:n], w_hr_t, out=h[:n])
            output[rows] = h[:n]
    return h, c_n


def run_back(gates, c, c_0, d_output, d_h_n, d_c_n, w_hh, w_hr, sizes, reverse):
    """Carry the gradient back; arguments and results as of `inplace.run_back`."""
    plan = _plan(sizes, reverse)
    d_a, hidden = torch.empty_like(gates), torch.empty_like(c)
    d_h, d_c, d_output = _copy(d_h_n), _copy(d_c_n), d_output.contiguous()
    d_rows = None if w_hr is None else torch.empty_like(d_output)
    d_hidden = d_h if w_hr is None else torch.empty_like(d_c)
    given = _views(c_0, d_output)
    states = (*_arrays(gates, c), *given, *_arrays(d_a, hidden, d_hidden, d_c))
    if few(d_h.size(0), w_hh, w_hr) and len(sizes) >= WORTH_COPYING:
        backward(*states, *_views(w_hh), plan)
        return d_a, d_rows, hidden, d_h, d_c
    for start, n, before, m in reversed(plan.tolist()):
        rows = slice(start, start + n)
        if w_hr is not None:
            d_rows[rows] = d_h[:n].add_(d_output[rows])
            torch.mm(d_h[:n], w_hr, out=d_hidden[:n])
        step_back(*states, start, n, before, m)
        torch.mm(d_a[rows], w_hh, out=d_h[:n])
    return d_a, d_rows, hidden, d_h, d_c


def prepare(dtype, whole, gradient):
    """Compile what a run calls, or load it from disk, by calls that have nothing to do.

    So whatever is wrong with numba shows before anything is changed.

    Args:
        dtype: float32 or float64.
        whole: whether the whole loop is compiled, or a step of it.
        gradient: whether the loop back is needed.
    """
    gates, state = _arrays(torch.empty(0, 4, dtype=dtype), torch.empty(0, 1, dtype=dtype))
    back = gates, state, state, state, gates, state, state, state
    if whole:
        plan = np.zeros((0, 4), dtype=np.int64)
        forward(gates, state, state, state, state, gates, plan)
        if gradient:
            backward(*back, gates, plan)
    else:
        step(gates, state, state, state, state, 0, 0)
        if gradient:
            step_back(*back, 0, 0, 0, 0)


def few(N, w_hh, w_hr=None):
    """Tell whether a step has so few multiplications that the whole loop is compiled."""
    return w_hr is None and (N == 1 or N * w_hh.numel() <= FEW)


def _copy(tensor):
    """Copy row by row: a plain clone would keep another layout, such as a transposed one."""
    return tensor.clone(memory_format=torch.contiguous_format)


def _arrays(*tensors):
    """Return NumPy's view of tensors that nobody else sees, or gets a copy of."""
    return [tensor.detach().numpy() for tensor in tensors]


def _views(*tensors):
    """Return NumPy's view of tensors that the caller has or gets; those laid out oddly are copied.

    Not by `numpy()`, after which the memory of a tensor cannot be resized: FSDP frees and fills
    that of parameters.
    """
    arrays = [np.from_dlpack(tensor.detach().contiguous()) for tensor in tensors]
    # Before 2.1 NumPy gave read-only ones, for which everything would be compiled anew.
    return [array if array.flags.writeable else array.copy() for array in arrays]


def _plan(sizes, reverse):
    """Say where each step stands, in the order in which they are read.

    Returns:
        (L, 4) ints: the row at which the step begins, its number of rows, and the same two of the
        step that is read before it, 0 rows for the first.
    """
    if sizes[0] == sizes[-1]:
        return _even_plan(len(sizes), sizes[0], reverse)
    return _uneven_plan(sizes, reverse)


@functools.lru_cache(maxsize=64)  # one for each length and batch in use
def _even_plan(L, N, reverse):
    return _uneven_plan([N] * L, reverse)


def _uneven_plan(sizes, reverse):
    n = np.array(sizes)
    start = np.cumsum(n) - n
    if reverse:
        n, start = n[::-1], start[::-1]
    plan = np.zeros((len(n), 4), dtype=np.int64)
    plan[:, 0], plan[:, 1], plan[1:, 2], plan[1:, 3] = start, n, start[:-1], n[:-1]
    return plan
