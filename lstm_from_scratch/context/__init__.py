"""What a call has to know about where it is made: under autocast, or inside a trace of torch.fx.

Checked by: tests/unit/test_autocast.py and tests/unit/test_dropin.py.
"""

from typing import Any

import torch
from torch import Tensor, fx, nn

from .probes import ONEDNN_DTYPES


def traced(input: Any, hx: Any) -> fx.Proxy | None:
    """Return what `torch.fx.symbolic_trace` calls with in the place of a tensor, or None."""
    states = hx if isinstance(hx, (tuple, list)) else (hx,)
    for value in (input, *states):  # not next(): torch.compile of PyTorch 2.8 cannot read that
        if isinstance(value, fx.Proxy):
            return value
    return None


def record_call(module: nn.Module, proxy: Any, input: Any, hx: Any) -> Any:
    """Record the call as one node of the graph, as `torch.fx` does for PyTorch's modules."""
    name = proxy.tracer.path_of_module(module)
    arguments = (input,) if hx is None else (input, hx)
    return proxy.tracer.create_proxy("call_module", name, arguments, {})


def autocast_state(state: Tensor, x: Tensor, plain: bool) -> Tensor:
    """Cast h_0 or c_0 to autocast's dtype where PyTorch would compute all of the layer in it.

    The products are cast by autocast itself; the dtype of the state then decides that of output,
    h_n and c_n. On a CPU only oneDNN's kernel is on autocast's list. It takes neither packed nor
    projected input (`plain` is False), only dtypes that this processor computes in, and float16
    only where no gradient is recorded. A GPU's kernels all are on the list.

    Checked by: tests/unit/test_autocast.py.
    """
    if not under_autocast(x):
        return state
    device = x.device.type
    if device == "cpu":
        kernel = plain and x.numel() > 0 and torch.backends.mkldnn.enabled
        takes = x.dtype in ONEDNN_DTYPES and not (
            x.dtype == torch.float16 and torch.is_grad_enabled()
        )
        listed = kernel and takes
    else:
        listed = x.dtype != torch.float64
    return state.to(torch.get_autocast_dtype(device)) if listed else state


def under_autocast(tensor: Tensor) -> bool:
    """Tell whether autocast is on where a tensor lives; the meta device has none to ask."""
    device = tensor.device.type
    return device != "meta" and torch.is_autocast_enabled(device)
