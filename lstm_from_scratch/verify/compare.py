"""Compare two LSTMs: same parameters, input and random upstream gradients.

Checked by: tests/unit/test_controls.py.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence
from torch.types import Device

from .. import LSTM


def devices() -> list[str]:
    """List the devices to check on: the CPU always, CUDA where there is one."""
    return ["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"]


def twins(
    *args: Any, device: Device = "cpu", dtype: torch.dtype = torch.float64, **kwargs: Any
) -> tuple[LSTM, nn.LSTM]:
    """Make our LSTM and PyTorch's with the same arguments and the same parameters.

    Args:
        args, kwargs: as for `LSTM`.
        device, dtype: of the parameters; float64, so that a difference is a bug, not rounding.

    Returns:
        (ours, theirs).
    """
    kwargs |= {"device": device, "dtype": dtype}
    ours, theirs = LSTM(*args, **kwargs), nn.LSTM(*args, **kwargs)
    theirs.load_state_dict(ours.state_dict(), strict=True)
    return ours, theirs


def outputs_and_gradients(
    module: nn.Module, x: Tensor | PackedSequence, hx: tuple[Tensor, Tensor] | None = None,
    seed: int = 0, rounded: torch.dtype = torch.float64,
) -> dict[str, Tensor]:
    """Run a module forward and backward.

    The loss is a random linear function of all outputs, so every element of every output has
    its own upstream gradient and no error can hide in a sum.

    Args:
        module: anything called like an LSTM, or like an LSTMCell.
        x: the input, a Tensor or PackedSequence.
        hx: None or (h_0, c_0).
        seed: of the upstream gradients.
        rounded: dtype to which these are rounded first, so that modules of different dtypes can
            be given the same ones.

    Returns:
        dict from name to tensor: `output` (not for a cell), `h_n`, `c_n`, and `d_<name>` for the
        input, the initial states and every parameter that takes part.
    """
    packed = isinstance(x, PackedSequence)
    values = x.data if isinstance(x, PackedSequence) else x
    data = values.detach().clone().requires_grad_()
    leaves = {"input": data}
    if hx is not None:
        h_0, c_0 = (state.detach().clone().requires_grad_() for state in hx)
        hx = h_0, c_0
        leaves |= {"h_0": h_0, "c_0": c_0}
    leaves |= dict(module.named_parameters())
    result = module(PackedSequence(data, *x[1:]) if packed else data, hx)
    if isinstance(result[1], tuple):
        output, (h_n, c_n) = result
        outputs = {"output": output.data if packed else output, "h_n": h_n, "c_n": c_n}
    else:
        outputs = dict(zip(("h_n", "c_n"), result, strict=True))
    generator = torch.Generator().manual_seed(seed)
    upstream = [
        torch.randn(out.shape, generator=generator, dtype=torch.float64).to(rounded).to(out)
        for out in outputs.values()
    ]
    names = [name for name, leaf in leaves.items() if leaf.requires_grad]
    gradients = torch.autograd.grad(
        list(outputs.values()), [leaves[name] for name in names], upstream
    )
    outputs = {name: out.detach() for name, out in outputs.items()}
    return outputs | {f"d_{name}": g for name, g in zip(names, gradients, strict=True)}


def assert_same(
    ours: nn.Module, theirs: nn.Module, x: Tensor | PackedSequence,
    hx: tuple[Tensor, Tensor] | None = None, seed: int = 0,
) -> None:
    """Fail unless two modules give the same outputs and the same gradients.

    Args:
        ours, theirs: modules called alike.
        x, hx, seed: as for `outputs_and_gradients`.

    Raises:
        AssertionError: naming the first output or gradient that differs, and by how much;
            tolerances are those of `torch.testing.assert_close` for the dtype.
    """
    first = outputs_and_gradients(ours, x, hx, seed)
    second = outputs_and_gradients(theirs, x, hx, seed)
    assert first.keys() == second.keys(), (first.keys(), second.keys())
    for name in first:
        torch.testing.assert_close(
            first[name], second[name], msg=(name + ": {}").format
        )


def error_of(call: Callable[..., object], *args: Any, **kwargs: Any) -> str | None:
    """Return the exception that a call raises as "Type: text", or None if it raises none.

    Args:
        call: anything callable, with its args and kwargs.
    """
    try:
        call(*args, **kwargs)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return None
