"""The time loop with its backward written by hand: backpropagation through time.

What autograd would do at every step is done once for all steps: the input's share of the
pre-activations before the loop, the local derivatives of the gates before the backward loop, the
gradients of weights, biases and input after it, as one large product each. The two loops keep
what has to wait for the step before, in few operations and in place.

    S = L*N rows, or L_sum in a packed batch: all steps of all sequences, time by time.

The mathematics is that of `reference.step_backward`.

Source: the same equations as `functional.py`; deferred weight gradients as in cuDNN,
    Appleyard et al., https://arxiv.org/abs/1604.01946.
Checked by: tests/unit/test_parity.py and tests/unit/test_backends.py.
"""

import torch
from torch.nn.functional import linear

from .. import functional


def lstm_direction(x, h_0, c_0, weights, batch_sizes=None, reverse=False):
    """Run one layer over a sequence in one direction; see `functional.lstm_direction`."""
    sizes = [x.size(1)] * x.size(0) if batch_sizes is None else batch_sizes
    rows = x if batch_sizes is not None else x.flatten(0, 1)  # (S, H_in)
    output, h_n, c_n = _Direction.apply(rows, h_0, c_0, *weights, sizes, reverse)
    if batch_sizes is None:
        output = output.view(x.size(0), x.size(1), -1)  # (L, N, H_out)
    return output, h_n, c_n


def _previous(first, later, sizes, reverse):
    """Give the state before each step, row by row, from the initial and the later states.

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
    before = [None] * len(sizes)
    for t, n in enumerate(sizes):
        if not reverse:
            before[t] = steps[t - 1][:n] if t else first
        else:
            after = steps[t + 1] if t + 1 < len(sizes) else first[:0]
            before[t] = torch.cat([after, first[len(after) : n]])
    return torch.cat(before)


class _Direction(torch.autograd.Function):
    """One layer in one direction; `sizes` holds the number of rows of each step."""

    @staticmethod
    def forward(ctx, x, h_0, c_0, w_ih, w_hh, b_ih, b_hh, w_hr, sizes, reverse):
        bias = b_ih if b_hh is None else b_hh if b_ih is None else b_ih + b_hh
        gates = linear(x, w_ih, bias)  # (S, 4*H_cell)
        H_cell, S = c_0.size(1), x.size(0)
        output, c = x.new_empty(S, h_0.size(1)), x.new_empty(S, H_cell)
        h_n, c_n = _run(gates, output, c, h_0, c_0, w_hh, w_hr, sizes, reverse)
        # Not the output: the caller may change it in place, and it is quickly made again.
        ctx.save_for_backward(x, h_0, c_0, w_ih, w_hh, b_ih, b_hh, w_hr, gates, c)
        ctx.sizes, ctx.reverse = sizes, reverse
        return output, h_n, c_n

    @staticmethod
    def backward(ctx, d_output, d_h_n, d_c_n):
        *inputs, gates, c = ctx.saved_tensors
        if torch.is_grad_enabled():  # someone wants to differentiate this gradient again
            return *_by_autograd(ctx, inputs, (d_output, d_h_n, d_c_n)), None, None
        x, h_0, c_0, w_ih, w_hh, _, _, w_hr = inputs
        needs = ctx.needs_input_grad
        d_a, factor, hidden = _local(gates, c, c_0, ctx.sizes, ctx.reverse)
        d_h, d_c, d_rows = _run_back(
            d_a, factor, gates, d_output, d_h_n, d_c_n, w_hh, w_hr, ctx.sizes, ctx.reverse
        )
        d_x = d_a @ w_ih if needs[0] else None  # (S, H_in)
        d_w_ih = d_a.t() @ x if needs[3] else None  # (4*H_cell, H_in)
        d_w_hh = d_w_hr = d_b_ih = d_b_hh = None
        if needs[4]:
            output = hidden if w_hr is None else hidden @ w_hr.t()  # (S, H_out)
            d_w_hh = d_a.t() @ _previous(h_0, output, ctx.sizes, ctx.reverse)  # (4*H_cell, H_out)
        if needs[5] or needs[6]:
            d_bias = d_a.sum(0)  # (4*H_cell), the same for both
            d_b_ih = d_bias if needs[5] else None
            d_b_hh = d_bias.clone() if needs[6] else None
        if needs[7]:
            d_w_hr = d_rows.t() @ hidden  # (H_out, H_cell)
        return d_x, d_h, d_c, d_w_ih, d_w_hh, d_b_ih, d_b_hh, d_w_hr, None, None


def _run(gates, output, c, h_0, c_0, w_hh, w_hr, sizes, reverse):
    """Fill gates (activated), output and c step by step; give h_n and c_n."""
    H_cell = c.size(1)
    a, out, cell = gates.split(sizes), output.split(sizes), c.split(sizes)
    i_f, g, o = (part.split(sizes) for part in gates.split([2 * H_cell, H_cell, H_cell], dim=1))
    i, f = (part.split(sizes) for part in gates[:, : 2 * H_cell].split(H_cell, dim=1))
    w_hh_t, w_hr_t = w_hh.t(), None if w_hr is None else w_hr.t()
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


def _local(gates, c, c_0, sizes, reverse):
    """Give the derivatives that need no gradient, for all steps at once.

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
    torch.mul(f, 1 - f, out=l_f).mul_(_previous(c_0, c, sizes, reverse))
    torch.square(g, out=l_g).neg_().add_(1).mul_(i)
    return local, factor, h


def _run_back(d_a, factor, gates, d_output, d_h_n, d_c_n, w_hh, w_hr, sizes, reverse):
    """Turn the local derivatives d_a into gradients, step by step against the direction.

    Returns:
        d_h_0 (N, H_out), d_c_0 (N, H_cell), and d_h of every row (S, H_out), None without w_hr.
    """
    H_cell = factor.size(1)
    d_rows = None if w_hr is None else torch.empty_like(d_output)
    d_cell = [step.unflatten(1, (3, H_cell)) for step in d_a[:, : 3 * H_cell].split(sizes)]
    d_gate = d_a[:, 3 * H_cell :].split(sizes)
    f = gates[:, H_cell : 2 * H_cell].split(sizes)
    d_a, factor, d_output = d_a.split(sizes), factor.split(sizes), d_output.split(sizes)
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
            kept[t].copy_(d_h)
            d_hidden = d_h @ w_hr  # (n, H_cell)
        d_c.addcmul_(d_hidden, factor[t])
        d_cell[t].mul_(d_c_gates)
        d_gate[t].mul_(d_hidden)
        torch.mm(d_a[t], w_hh, out=d_h)  # (n, H_out)
        d_c.mul_(f[t])
    return all_h, all_c, d_rows


def _by_autograd(ctx, inputs, upstream):
    """Recompute through the plain loop, whose gradient autograd can differentiate again."""
    x, h_0, c_0, *weights = inputs
    output = functional.lstm_direction(
        x, h_0, c_0, functional.Weights(*weights), ctx.sizes, ctx.reverse
    )
    wanted = [k for k, need in enumerate(ctx.needs_input_grad[: len(inputs)]) if need]
    found = torch.autograd.grad(
        output, [inputs[k] for k in wanted], upstream, create_graph=True, allow_unused=True
    )
    gradients = [None] * len(inputs)
    for k, gradient in zip(wanted, found, strict=True):
        gradients[k] = gradient
    return gradients
