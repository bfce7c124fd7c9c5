"""The two loops of `layer.py` in PyTorch: few operations, in place, for any device and dtype.

    S = L*N rows, or L_sum in a packed batch: all steps of all sequences, time by time.

Checked by: tests/unit/test_parity.py and tests/unit/test_kernels.py.
"""

import torch
from torch import Tensor

# Steps from which on this is faster than the plain loop, without and with a gradient; measured.
SHORTEST = (6, 6)
# Steps from which on a transposed copy of the recurrent weights is worth it: with a view each of
# the products takes up to 1.6 times as long.
WORTH_COPYING = 6
# Numbers of a weight from which on a processor by AMD does better without a copy; measured.
LARGE = 2**20


def previous(first: Tensor, later: Tensor, sizes: list[int], reverse: bool) -> Tensor:
    """Return the state before each step, row by row, from the initial and the later states.

    Args:
        first: (N, H), before the first step read.
        later: (S, H), after each step.

    Returns:
        (S, H).
    """
    N = sizes[0]
    if sizes[-1] == N:  # all sequences have the same length
        parts = [later[N:], first] if reverse else [first, later[:-N]]
        return torch.cat(parts)
    steps = list(later.split(sizes))
    before = [None] * len(sizes)  # type: list
    for t, n in enumerate(sizes):
        if not reverse:
            before[t] = steps[t - 1][:n] if t else first
        else:
            after = steps[t + 1] if t + 1 < len(sizes) else first[:0]
            before[t] = torch.cat([after, first[len(after) : n]])
    return torch.cat(before)


def run(
    gates: Tensor, output: Tensor, c: Tensor, h_0: Tensor, c_0: Tensor, w_hh_t: Tensor,
    w_hr_t: Tensor | None, sizes: list[int], reverse: bool,
) -> tuple[Tensor, Tensor]:
    """Run the steps in order.

    Args:
        gates: (S, 4*H_cell), the input's share of the pre-activations; activated in place.
        output: (S, H_out), receives h.
        c: (S, H_cell), receives c.
        h_0: (N, H_out).
        c_0: (N, H_cell).
        w_hh_t: (H_out, 4*H_cell), the recurrent weights transposed.
        w_hr_t: (H_cell, H_out), the projection transposed, or None.
        sizes: number of rows of each step.
        reverse: whether the last step is the first to be read.

    Returns:
        h_n (N, H_out) and c_n (N, H_cell).
    """
    H_cell = c.size(1)
    a, out, cell = gates.split(sizes), output.split(sizes), c.split(sizes)
    i_f, g, o = (part.split(sizes) for part in gates.split([2 * H_cell, H_cell, H_cell], dim=1))
    i, f = (part.split(sizes) for part in gates[:, : 2 * H_cell].split(H_cell, dim=1))
    h_n, c_n = h_0.clone(), c_0.clone()
    times = list(range(len(sizes)))
    if reverse:
        times.reverse()
    n = sizes[times[0]]
    h, c_prev = h_0[:n], c_0[:n]
    for t in times:
        m = sizes[t]
        if m < n:  # forward in a packed batch: the shorter sequences are over
            h_n[m:n], c_n[m:n] = h[m:], c_prev[m:]
            h, c_prev = h[:m], c_prev[:m]
        elif m > n:  # reverse in a packed batch: the shorter sequences begin
            h, c_prev = torch.cat([h, h_0[n:m]]), torch.cat([c_prev, c_0[n:m]])
        n = m
        a[t].addmm_(h, w_hh_t)  # (n, 4*H_cell)
        i_f[t].sigmoid_()
        g[t].tanh_()
        o[t].sigmoid_()
        torch.mul(f[t], c_prev, out=cell[t]).addcmul_(i[t], g[t])
        if w_hr_t is None:
            torch.tanh(cell[t], out=out[t]).mul_(o[t])
        else:
            torch.mm(torch.tanh(cell[t]).mul_(o[t]), w_hr_t, out=out[t])  # (n, H_out)
        h, c_prev = out[t], cell[t]
    h_n[:n], c_n[:n] = h, c_prev
    return h_n, c_n


def _local(
    gates: Tensor, c: Tensor, c_0: Tensor, sizes: list[int], reverse: bool
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the derivatives that need no gradient, for all steps at once.

    Returns:
        (S, 4*H_cell): d c_t / d a_i, d c_t / d a_f, d c_t / d a_g, d h_t / d a_o;
        (S, H_cell): d h_t / d c_t; and (S, H_cell): h_t; both before the projection.
    """
    i, f, g, o = gates.chunk(4, dim=1)  # (S, H_cell) each
    local = torch.empty_like(gates)
    l_i, l_f, l_g, l_o = local.chunk(4, dim=1)
    tanh_c = torch.tanh(c)
    torch.mul(o, 1 - o, out=l_o).mul_(tanh_c)
    h = o * tanh_c
    factor = tanh_c.square_().neg_().add_(1).mul_(o)
    torch.mul(i, 1 - i, out=l_i).mul_(g)
    torch.mul(f, 1 - f, out=l_f).mul_(previous(c_0, c, sizes, reverse))
    torch.square(g, out=l_g).neg_().add_(1).mul_(i)
    return local, factor, h


def run_back(
    gates: Tensor, c: Tensor, c_0: Tensor, d_output: Tensor, d_h_n: Tensor, d_c_n: Tensor,
    w_hh: Tensor, w_hr: Tensor | None, sizes: list[int], reverse: bool,
) -> tuple[Tensor, Tensor | None, Tensor, Tensor, Tensor]:
    """Carry the gradient back through the steps, against the order of `run`.

    Args:
        gates, c: as `run` left them.
        d_output: (S, H_out).
        d_h_n: (N, H_out).
        d_c_n: (N, H_cell).
        c_0, w_hh, w_hr, sizes, reverse: as for `run`.

    Returns:
        d_a (S, 4*H_cell), of the pre-activations; d_h of every row (S, H_out), None without w_hr;
        h of every row (S, H_cell), before the projection; d_h_0 (N, H_out); d_c_0 (N, H_cell).
    """
    all_a, factor, hidden = _local(gates, c, c_0, sizes, reverse)
    H_cell = factor.size(1)
    d_rows = None if w_hr is None else torch.empty_like(d_output)
    d_cell = [step.unflatten(1, (3, H_cell)) for step in all_a[:, : 3 * H_cell].split(sizes)]
    d_gate = all_a[:, 3 * H_cell :].split(sizes)
    f = gates[:, H_cell : 2 * H_cell].split(sizes)
    d_a, factor, d_output = all_a.split(sizes), factor.split(sizes), d_output.split(sizes)
    kept = None if d_rows is None else d_rows.split(sizes)
    # Rows of sequences that are not running hold what waits for them: d_h_n, or d_h_0.
    all_h, all_c = d_h_n.clone(), d_c_n.clone()
    n = None
    times = list(range(len(sizes)))
    if not reverse:
        times.reverse()
    for t in times:
        if sizes[t] != n:
            n = sizes[t]
            d_h, d_c = all_h[:n], all_c[:n]
            d_c_gates = d_c.unsqueeze(1)  # (n, 1, H_cell)
        d_h.add_(d_output[t])
        if w_hr is None:
            d_hidden = d_h
        else:
            kept[t].copy_(d_h)  # type: ignore[index]
            d_hidden = d_h @ w_hr  # (n, H_cell)
        d_c.addcmul_(d_hidden, factor[t])
        d_cell[t].mul_(d_c_gates)
        d_gate[t].mul_(d_hidden)
        torch.mm(d_a[t], w_hh, out=d_h)  # (n, H_out)
        d_c.mul_(f[t])
    return all_a, d_rows, hidden, all_h, all_c
