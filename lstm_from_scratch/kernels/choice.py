"""Which kernel runs a call: what the caller asks for, what is installed, what the tensors allow.

Checked by: tests/unit/test_kernels.py and tests/unit/test_compiled.py.
"""

import contextlib
import contextvars
import functools
import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from types import ModuleType

import torch
from torch import Tensor

from .. import functional
from ..context import probes
from . import inplace, layer
from .layer import INPLACE, Kernel

NAMES = ("plain", "inplace", "compiled", "auto")
SWITCH = "LSTM_FROM_SCRATCH_NUMBA"  # a variable of the environment; "0" leaves numba out
_chosen: contextvars.ContextVar[tuple[str, list[str] | None]] = contextvars.ContextVar(
    "kernel", default=("auto", None)
)


def use_backend(name: str) -> contextlib.AbstractContextManager[list[str]]:
    """Choose the time loop for the calls inside a `with` block, in this thread or task.

    With activation checkpointing, which runs the forward again in the backward, keep the call of
    backward() inside the block too.

    Args:
        name: "plain", "inplace", "compiled" or "auto". Where a kernel cannot run, because numba
            is missing or the dtype is another, inplace stands in for compiled; where someone
            looks into the operations (autocast, torch.func, a FLOP counter), plain for both.
            torch.export inside a block of "plain" writes the loop out, for one length, and its
            program needs no operation of this package.

    Returns:
        The block gets a list. Each call of an `LSTM` inside it adds the name of what ran; under
        torch.compile, each of its layers and directions does.

    Raises:
        ValueError: for another name.

    Example:
        >>> import torch
        >>> from lstm_from_scratch import LSTM, use_backend
        >>> lstm, x = LSTM(10, 20), torch.randn(5, 3, 10)
        >>> with use_backend("inplace") as ran:
        ...     output, _ = lstm(x)
        ...     output.sum().backward()
        >>> ran
        ['inplace']
    """
    if name not in NAMES:
        raise ValueError(f"backend should be one of {', '.join(NAMES)}, got: {name!r}")
    return _block(name)


@contextlib.contextmanager
def _block(name: str) -> Iterator[list[str]]:
    ran: list[str] = []
    token = _chosen.set((name, ran))
    try:
        yield ran
    finally:
        _chosen.reset(token)


def choose(
    tensors: Sequence[Tensor], L: int, N: int, w_hh: Tensor, w_hr: Tensor | None, gradient: bool
) -> Kernel | None:
    """Choose the kernel for one call.

    Args:
        tensors: list of all that the call computes with, the input first.
        w_hh, w_hr: the recurrent weights of one layer, and its projection or None.
        gradient: whether autograd records the call.

    Returns:
        A `Kernel`, or None for the plain loop.
    """
    name = asked_for()
    if name == "plain" or not is_valid(tensors):
        return None
    x = tensors[0]
    compiled = compiled_loops() if name != "inplace" and may_compile(x) else None
    if name == "auto" and L < (compiled or inplace).SHORTEST[gradient]:
        return None
    if compiled is None:
        return INPLACE
    # Weights that are not worth copying are not worth multiplying with our product, either.
    whole = L >= inplace.WORTH_COPYING and compiled.few(N, w_hh, w_hr)
    if not prepared(compiled, x.dtype, whole, gradient):
        return INPLACE
    run, run_back = compiled.WHOLE if whole else compiled.STEPWISE
    return Kernel("compiled", run, run_back, whole)


def asked_for() -> str:
    """Return the name that `use_backend` was given; torch.compile cannot trace this."""
    return _chosen.get()[0]


def runner(kernel: Kernel | None) -> Callable[..., tuple[Tensor, Tensor, Tensor]]:
    """Return the function that runs one layer in one direction by a kernel, None for plain."""
    if kernel is None:
        return functional.lstm_direction
    return functools.partial(layer.lstm_direction, kernel=kernel)


def tell(kernel: Kernel | None) -> None:
    """Tell the block of `use_backend` that a call is in what runs."""
    _, ran = _chosen.get()
    if ran is not None:
        ran.append("plain" if kernel is None else kernel.name)


def is_valid(tensors: Sequence[Tensor]) -> bool:
    """Tell whether a kernel may run, with its own backward.

    Not while someone looks into the operations (transforms of torch.func, forward-mode
    derivatives, tensor subclasses, meta tensors, autocast, dispatch modes such as a FLOP counter),
    for dtypes that differ or are complex, and for an input without elements.
    """
    x = tensors[0]
    dtype = x.dtype
    for tensor in tensors:
        if type(tensor) not in PLAIN or tensor.dtype != dtype or tensor.is_meta:
            return False
    return (
        dtype.is_floating_point
        and x.numel() > 0
        and not torch.is_autocast_enabled(x.device.type)
        and probes.nobody_looks_on()
        and not probes.has_tangent(tensors)
    )


PLAIN = (torch.Tensor, torch.nn.Parameter)


# ---- numba, which may be missing, switched off or broken ----------------------------------------


def may_compile(x: Tensor) -> bool:
    """Tell whether numba's loops can run for a tensor, as far as is known before they do."""
    suits = x.device.type == "cpu" and x.dtype in (torch.float32, torch.float64)
    return suits and not given_up and compiled_loops() is not None


@functools.cache  # a failed import is not remembered by Python, and takes a while each time
def compiled_loops() -> ModuleType | None:
    """Import numba's loops, not before they are used; None where numba is missing or left out."""
    if os.environ.get(SWITCH) == "0":
        return None
    try:
        from . import compiled
    except ImportError:
        return None
    except Exception as error:  # numba is there, and cannot even be imported
        give_up(error)
        return None
    return compiled


@functools.cache
def prepared(compiled: ModuleType, dtype: torch.dtype, whole: bool, gradient: bool) -> bool:
    """Compile the loops that a call needs, once; tell whether they can be used."""
    try:
        compiled.prepare(dtype, whole, gradient)
    except Exception as error:  # whatever a broken installation, cache or disk may raise
        give_up(error)
        return False
    return True


def give_up(error: Exception) -> None:
    """Warn, once in a process, that numba is of no use here."""
    if not given_up:
        given_up.append(error)
        warnings.warn(
            f"numba does not work here ({type(error).__name__}: {error}), so lstm_from_scratch "
            "runs without it: the numbers are right, small models take longer. If its cache is "
            "damaged or the disk full, point NUMBA_CACHE_DIR at a folder that can be written to; "
            f"else install numba again. {SWITCH}=0 leaves it out without this warning.",
            stacklevel=2,
        )


given_up: list[Exception] = []
