"""What PyTorch tells only through names that it calls private, each behind a guard; the processor.

Every name is looked up once, here and nowhere else. Where a release has renamed one, the answer is
"cannot tell", which the package takes as a reason to run the plain loop: slower, and always right.

Checked by: tests/unit/test_probes.py, which removes each name in turn, and test_autocast.py.
"""

import functools
import platform
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.autograd import forward_ad


def _find(path: str) -> Any:
    """Return what stands under a dotted name of torch, or None."""
    value: Any = torch
    for name in path.split("."):
        value = getattr(value, name, None)
    return value


# How many dispatch modes are on, such as a FLOP counter; and which transform of torch.func.
_MODES = "_C._len_torch_dispatch_stack"
_TRANSFORM = "_C._functorch.peek_interpreter_stack"
_count_modes, _current_transform = _find(_MODES), _find(_TRANSFORM)


def nobody_looks_on() -> bool:
    """Tell whether no dispatch mode and no transform of torch.func wants to see the operations."""
    if _count_modes is None or _current_transform is None:
        _warn()
        return False
    return _count_modes() == 0 and _current_transform() is None


def has_tangent(tensors: Iterable[Tensor]) -> bool:
    """Tell whether forward-mode derivatives are taken through one of these tensors."""
    if getattr(forward_ad, "_current_level", 0) < 0:  # a shortcut, which may be missing
        return False
    return any(forward_ad.unpack_dual(tensor).tangent is not None for tensor in tensors)


@functools.cache  # once in a process
def _warn() -> None:
    names = [path for path in (_MODES, _TRANSFORM) if _find(path) is None]
    warnings.warn(
        f"This release of PyTorch has no torch.{' and no torch.'.join(names)}, so "
        "lstm_from_scratch runs its plain loop: the numbers are right, training is slower.",
        stacklevel=2,
    )


def onednn_dtypes() -> tuple[torch.dtype, ...]:
    """Return the dtypes that oneDNN's LSTM computes in on this processor.

    bfloat16 takes AVX-512 or the like, float16 a newer processor still. A dtype for which PyTorch
    has lost the private name counts as missing; under autocast the dtypes of results may then
    differ from PyTorch's.
    """
    if not torch.backends.mkldnn.is_available():
        return ()
    names = {
        torch.bfloat16: "_is_mkldnn_bf16_supported",
        torch.float16: "_is_mkldnn_fp16_supported",
    }
    dtypes = [torch.float32]
    for dtype, name in names.items():
        try:
            dtypes += [dtype] * getattr(torch.ops.mkldnn, name)()
        except (AttributeError, RuntimeError):
            pass
    return tuple(dtypes)


ONEDNN_DTYPES = onednn_dtypes()


@functools.cache
def made_by_amd() -> bool:
    """Tell whether the processor is AMD's, on which MKL is slower than elsewhere."""
    information = Path("/proc/cpuinfo")  # Linux; Windows tells it through platform
    text = information.read_text() if information.exists() else platform.processor()
    return "AuthenticAMD" in text


def nobody_transforms() -> bool:
    """Tell whether no transform of torch.func wants to see the operations.

    While torch.compile traces, this is asked once and its answer built into the graph. Without
    the mark below a trace would find a transform where there is none: the loop is written out.
    """
    if _current_transform is None:
        _warn()
        return False
    return _current_transform() is None


# What torch.compiler.assume_constant_result does, which imports the compiler, for a second.
nobody_transforms._dynamo_marked_constant = True  # type: ignore[attr-defined]


def dispatch_mode() -> Any:
    """Return the class whose instances see every operation that PyTorch runs.

    PyTorch documents it under "Extending PyTorch", though its module has a private name.

    Raises:
        RuntimeError: this release has no such class.
    """
    mode = _find("utils._python_dispatch.TorchDispatchMode")
    if mode is None:
        raise RuntimeError("This release of PyTorch has no TorchDispatchMode: nothing is counted.")
    return mode
