"""Which time loop runs: the plain one, or one with a backward of its own where that is valid.

    loop    functional.lstm_direction: plain tensor operations, differentiated by autograd
    bptt    backends.bptt: the same forward, with its backward written by hand; with numba, the
            extra `fast`, its loops are compiled
    auto    the default: bptt where it is valid and there are enough steps for it to be faster

Source: benchmarks/results, how much faster.
Checked by: tests/unit/test_backends.py.
"""

import contextlib
import contextvars

import torch
from torch.autograd import forward_ad

from .. import functional, probes
from . import bptt

NAMES = ("loop", "bptt", "auto")
_chosen = contextvars.ContextVar("backend", default="auto")


@contextlib.contextmanager
def use_backend(name):
    """Choose the time loop for the calls inside a `with` block, in this thread or task.

    With activation checkpointing, which runs the forward again in the backward, keep the call of
    backward() inside the block too.

    Args:
        name: "loop", "bptt" or "auto". Where bptt is not valid the plain loop runs all the same.

    Raises:
        ValueError: for another name.

    Example:
        >>> import torch
        >>> from lstm_from_scratch import LSTM, use_backend
        >>> lstm, x = LSTM(10, 20), torch.randn(5, 3, 10)
        >>> with use_backend("bptt"):  # the backward that is written by hand
        ...     output, _ = lstm(x)
        ...     output.sum().backward()
        >>> lstm.weight_hh_l0.grad.shape
        torch.Size([80, 20])
    """
    if name not in NAMES:
        raise ValueError(f"backend should be one of {', '.join(NAMES)}, got: {name!r}")
    token = _chosen.set(name)
    try:
        yield
    finally:
        _chosen.reset(token)


def pick(x, h_0, c_0, layers, L):
    """Give the function that runs one layer in one direction, for a call with these tensors."""
    if _compiling():  # first of all: no ContextVar can be traced
        return functional.lstm_direction
    name = _chosen.get()
    weights = [w for layer in layers for row in layer for w in row if w is not None]
    if name == "loop" or not bptt_is_valid([x, h_0, c_0, *weights]):
        return functional.lstm_direction
    if name == "auto" and L < bptt.shortest(x):
        return functional.lstm_direction
    return bptt.lstm_direction


def _compiling():
    return torch.compiler.is_compiling() or torch.jit.is_tracing()


def bptt_is_valid(tensors):
    """Tell whether the hand-written backward may be used.

    It declines where nobody wants a gradient, while someone looks into the operations (compiling,
    exporting, functorch's transforms, forward-mode derivatives, tensor subclasses, meta tensors,
    autocast, dispatch modes such as a FLOP counter), for dtypes that differ or are complex, and
    for an input without elements.
    """
    dtype = tensors[0].dtype
    return (
        torch.is_grad_enabled()
        and any(t.requires_grad for t in tensors)
        and not _compiling()
        and dtype.is_floating_point
        and all(type(t) in (torch.Tensor, torch.nn.Parameter) for t in tensors)
        and all(t.dtype == dtype and not t.is_meta for t in tensors)
        and tensors[0].numel() > 0
        and not torch.is_autocast_enabled(tensors[0].device.type)
        and all(forward_ad.unpack_dual(t).tangent is None for t in tensors)
        and probes.nobody_looks_on()
    )
