"""A matrix product compiled by numba, for a handful of rows.

A library's product is made for large matrices. For a step of a small LSTM it takes longer to start
than to compute.

Checked by: tests/unit/test_compiled.py.
"""

from collections.abc import Callable

import numba
import numpy as np

from .elementary import OPTIONS


def compiled(function: Callable[..., None]) -> Callable[..., None]:
    """Compile for the types of the first call, and keep the result on disk if that is possible."""
    try:
        return numba.njit(cache=True, **OPTIONS)(function)
    except RuntimeError:  # no folder that can be written to
        return numba.njit(**OPTIONS)(function)


@compiled
def multiply_row(x: np.ndarray, w: np.ndarray, out: np.ndarray) -> None:
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
def multiply(
    x: np.ndarray, first: int, n: int, w: np.ndarray, out: np.ndarray, start: int, add: bool
) -> None:
    """Put the product of a handful of rows with a matrix into rows of out, or add it there.

    Four rows at a time, so that each number of w is used four times when it has been read, and
    eight columns of x at a time, so that out is read and written an eighth as often.

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
        while k + 8 <= K:
            a0, a1, a2, a3 = xa[k], xa[k + 1], xa[k + 2], xa[k + 3]
            a4, a5, a6, a7 = xa[k + 4], xa[k + 5], xa[k + 6], xa[k + 7]
            b0, b1, b2, b3 = xb[k], xb[k + 1], xb[k + 2], xb[k + 3]
            b4, b5, b6, b7 = xb[k + 4], xb[k + 5], xb[k + 6], xb[k + 7]
            c0, c1, c2, c3 = xc[k], xc[k + 1], xc[k + 2], xc[k + 3]
            c4, c5, c6, c7 = xc[k + 4], xc[k + 5], xc[k + 6], xc[k + 7]
            d0, d1, d2, d3 = xd[k], xd[k + 1], xd[k + 2], xd[k + 3]
            d4, d5, d6, d7 = xd[k + 4], xd[k + 5], xd[k + 6], xd[k + 7]
            for j in range(M):
                w0, w1, w2, w3 = w[k, j], w[k + 1, j], w[k + 2, j], w[k + 3, j]
                w4, w5, w6, w7 = w[k + 4, j], w[k + 5, j], w[k + 6, j], w[k + 7, j]
                a[j] += (
                    a0 * w0 + a1 * w1 + a2 * w2 + a3 * w3
                    + a4 * w4 + a5 * w5 + a6 * w6 + a7 * w7
                )
                b[j] += (
                    b0 * w0 + b1 * w1 + b2 * w2 + b3 * w3
                    + b4 * w4 + b5 * w5 + b6 * w6 + b7 * w7
                )
                c[j] += (
                    c0 * w0 + c1 * w1 + c2 * w2 + c3 * w3
                    + c4 * w4 + c5 * w5 + c6 * w6 + c7 * w7
                )
                d[j] += (
                    d0 * w0 + d1 * w1 + d2 * w2 + d3 * w3
                    + d4 * w4 + d5 * w5 + d6 * w6 + d7 * w7
                )
            k += 8
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
