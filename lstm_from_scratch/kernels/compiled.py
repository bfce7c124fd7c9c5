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

import numpy as np
import torch
from torch import Tensor

from ..context.probes import made_by_amd
from .elementary import sigmoid, tanh
from .product import compiled, multiply

# Steps from which on this is faster than the plain loop, without and with a gradient; measured.
SHORTEST = (1, 2)
# Number of multiplications of a step up to which our product is faster than calling MKL's;
# measured on one and on two threads of an Intel AVX-512 machine.
FEW = 2**20
# On a processor by AMD, where MKL is slower, our product on one thread is faster up to so many
# rows, whatever the size of the weights; measured on Zen 4 up to 20 x 650 x 2600 multiplications.
FEW_ROWS = 32


@compiled
def step(
    gates: np.ndarray, cell: np.ndarray, output: np.ndarray, hidden: np.ndarray, c: np.ndarray,
    start: int, n: int,
) -> None:
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
def step_back(
    gates: np.ndarray, cell: np.ndarray, c_0: np.ndarray, d_output: np.ndarray, d_a: np.ndarray,
    hidden: np.ndarray, d_hidden: np.ndarray, d_c: np.ndarray, start: int, n: int, before: int,
    m: int,
) -> None:
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
def forward(
    gates: np.ndarray, cell: np.ndarray, output: np.ndarray, h: np.ndarray, c: np.ndarray,
    w_hh_t: np.ndarray, plan: np.ndarray,
) -> None:
    """Run all steps; there is no projection."""
    for k in range(len(plan)):
        start, n = plan[k, 0], plan[k, 1]
        multiply(h, 0, n, w_hh_t, gates, start, True)
        step(gates, cell, output, h, c, start, n)


@compiled
def backward(
    gates: np.ndarray, cell: np.ndarray, c_0: np.ndarray, d_output: np.ndarray, d_a: np.ndarray,
    hidden: np.ndarray, d_h: np.ndarray, d_c: np.ndarray, w_hh: np.ndarray, plan: np.ndarray,
) -> None:
    """Run all steps backward; there is no projection."""
    for k in range(len(plan) - 1, -1, -1):
        start, n, before, m = plan[k, 0], plan[k, 1], plan[k, 2], plan[k, 3]
        step_back(gates, cell, c_0, d_output, d_a, hidden, d_h, d_c, start, n, before, m)
        multiply(d_a, start, n, w_hh, d_h, 0, False)


def run(
    gates: Tensor, output: Tensor, c: Tensor, h_0: Tensor, c_0: Tensor, w_hh_t: Tensor,
    w_hr_t: Tensor | None, sizes: list[int], reverse: bool,
) -> tuple[Tensor, Tensor]:
    """Run the steps in order, with PyTorch's products; arguments and results of `inplace.run`."""
    plan, h, c_n = _plan(sizes, reverse), _copy(h_0), _copy(c_0)
    hidden = h if w_hr_t is None else torch.empty_like(c_n)
    states = (*_arrays(gates, c), _written(output), *_arrays(hidden, c_n))
    for start, n, _, _ in plan.tolist():
        rows = slice(start, start + n)
        gates[rows].addmm_(h[:n], w_hh_t)
        step(*states, start, n)
        if w_hr_t is not None:
            torch.mm(hidden[:n], w_hr_t, out=h[:n])
            output[rows] = h[:n]
    return h, c_n


def run_whole(
    gates: Tensor, output: Tensor, c: Tensor, h_0: Tensor, c_0: Tensor, w_hh_t: Tensor,
    _: Tensor | None, sizes: list[int], reverse: bool,
) -> tuple[Tensor, Tensor]:
    """Do the same with our own product; there is no projection, and w_hh_t is a copy of ours."""
    h, c_n = _copy(h_0), _copy(c_0)
    states = (*_arrays(gates, c), _written(output), *_arrays(h, c_n))
    forward(*states, *_arrays(w_hh_t), _plan(sizes, reverse))
    return h, c_n


def run_back(
    gates: Tensor, c: Tensor, c_0: Tensor, d_output: Tensor, d_h_n: Tensor, d_c_n: Tensor,
    w_hh: Tensor, w_hr: Tensor | None, sizes: list[int], reverse: bool,
) -> tuple[Tensor, Tensor | None, Tensor, Tensor, Tensor]:
    """Carry the gradient back; arguments and results as of `inplace.run_back`."""
    d_a, hidden = torch.empty_like(gates), torch.empty_like(c)
    d_h, d_c, d_output = _copy(d_h_n), _copy(d_c_n), d_output.contiguous()
    d_rows = None if w_hr is None else torch.empty_like(d_output)
    d_hidden = d_h if w_hr is None else torch.empty_like(d_c)
    given = _views(c_0, d_output)
    states = (*_arrays(gates, c), *given, *_arrays(d_a, hidden, d_hidden, d_c))
    for start, n, before, m in reversed(_plan(sizes, reverse).tolist()):
        rows = slice(start, start + n)
        if w_hr is not None:
            d_rows[rows] = d_h[:n].add_(d_output[rows])  # type: ignore[index]
            torch.mm(d_h[:n], w_hr, out=d_hidden[:n])
        step_back(*states, start, n, before, m)
        torch.mm(d_a[rows], w_hh, out=d_h[:n])
    return d_a, d_rows, hidden, d_h, d_c


def run_back_whole(
    gates: Tensor, c: Tensor, c_0: Tensor, d_output: Tensor, d_h_n: Tensor, d_c_n: Tensor,
    w_hh: Tensor, _: Tensor | None, sizes: list[int], reverse: bool,
) -> tuple[Tensor, Tensor | None, Tensor, Tensor, Tensor]:
    """Do the same with our own product; there is no projection."""
    d_a, hidden = torch.empty_like(gates), torch.empty_like(c)
    d_h, d_c = _copy(d_h_n), _copy(d_c_n)
    states = (*_arrays(gates, c), *_views(c_0, d_output), *_arrays(d_a, hidden, d_h, d_c))
    backward(*states, *_views(w_hh), _plan(sizes, reverse))
    return d_a, None, hidden, d_h, d_c


STEPWISE, WHOLE = (run, run_back), (run_whole, run_back_whole)


def prepare(dtype: torch.dtype, whole: bool, gradient: bool) -> None:
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


def few(N: int, w_hh: Tensor, w_hr: Tensor | None = None) -> bool:
    """Tell whether a step has so few multiplications that the whole loop is compiled."""
    if w_hr is not None:
        return False
    most = FEW_ROWS if made_by_amd() and one_thread() else 1
    return N <= most or N * w_hh.numel() <= FEW


def one_thread() -> bool:
    """Tell whether PyTorch's products have but one thread, as ours do."""
    return torch.get_num_threads() == 1


def _copy(tensor: Tensor) -> Tensor:
    """Copy row by row: a plain clone would keep another layout, such as a transposed one."""
    return tensor.clone(memory_format=torch.contiguous_format)


def _arrays(*tensors: Tensor) -> list[np.ndarray]:
    """Return NumPy's view of tensors that nobody else sees, or gets a copy of."""
    return [tensor.detach().numpy() for tensor in tensors]


def _views(*tensors: Tensor) -> list[np.ndarray]:
    """Return NumPy's view of tensors that the caller has, for reading; some are copied.

    Not by `numpy()`, after which the memory of a tensor cannot be resized: FSDP frees and fills
    that of parameters.
    """
    arrays = [np.from_dlpack(tensor.detach().contiguous()) for tensor in tensors]
    # Of older releases they are read-only, and everything would be compiled anew for those.
    return [array if array.flags.writeable else array.copy() for array in arrays]


def _written(tensor: Tensor) -> np.ndarray:
    """Return NumPy's view of a tensor that the caller gets, for writing: never a copy."""
    array = np.from_dlpack(tensor)
    return array if array.flags.writeable else tensor.numpy()


def _plan(sizes: list[int], reverse: bool) -> np.ndarray:
    """Say where each step stands, in the order in which they are read.

    Returns:
        (L, 4) ints: the row at which the step begins, its number of rows, and the same two of the
        step that is read before it, 0 rows for the first.
    """
    if sizes[0] == sizes[-1]:
        return _even_plan(len(sizes), sizes[0], reverse)
    return _uneven_plan(sizes, reverse)


@functools.lru_cache(maxsize=64)  # one for each length and batch in use
def _even_plan(L: int, N: int, reverse: bool) -> np.ndarray:
    return _uneven_plan([N] * L, reverse)


def _uneven_plan(sizes: list[int], reverse: bool) -> np.ndarray:
    n = np.array(sizes)
    start = np.cumsum(n) - n
    if reverse:
        n, start = n[::-1], start[::-1]
    plan = np.zeros((len(n), 4), dtype=np.int64)
    plan[:, 0], plan[:, 1], plan[1:, 2], plan[1:, 3] = start, n, start[:-1], n[:-1]
    return plan
