"""Which time loop runs: PyTorch's own operations, or a kernel that takes all steps at once.

    plain       functional.lstm_direction: one operation of PyTorch after the other, through which
                autograd finds the gradient
    inplace     few operations a step, in place, with a backward written by hand
    compiled    the same loop compiled by numba (the extra `fast`), on a CPU in float32 and float64
    auto        the default: compiled where it can run, else inplace; plain for very few steps

Each runs with and without a gradient. Where a kernel cannot run, the one above it does. Under
torch.compile and torch.export whatever runs is one operation of the graph, `operation.py`.

Source: recordings/benchmarks, how much faster.
Checked by: tests/unit/test_kernels.py and tests/unit/test_compile.py.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from .. import functional
from . import layer, operation
from .choice import NAMES, SWITCH, choose, runner, tell, use_backend

__all__ = ["NAMES", "SWITCH", "pick", "use_backend"]


def pick(
    x: Tensor, h_0: Tensor, c_0: Tensor, layers: Sequence[Sequence[functional.Weights]],
    batch_sizes: list[int] | None = None,
) -> Callable[..., tuple[Tensor, Tensor, Tensor]]:
    """Return the function that runs one layer in one direction, for a call with these tensors."""
    weights = [w for directions in layers for row in directions for w in row if w is not None]
    tensors = [x, h_0, c_0, *weights]
    if torch.compiler.is_compiling():
        return operation.lstm_direction if operation.fits(tensors) else functional.lstm_direction
    if torch.jit.is_tracing():
        return functional.lstm_direction
    first = layers[0][0]
    L = x.size(0) if batch_sizes is None else len(batch_sizes)
    gradient = layer.wants_gradient(tensors)
    kernel = choose(tensors, L, h_0.size(1), first.w_hh, first.w_hr, gradient)
    tell(kernel)
    return runner(kernel)
