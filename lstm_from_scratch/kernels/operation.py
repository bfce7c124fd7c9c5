"""One layer in one direction as a single operation of PyTorch, for torch.compile and torch.export.

What traces a loop writes every step of it out. That takes minutes, and again for each length.
So it is shown one node, with the shapes of the results and a gradient. The kernel is chosen when
the node runs: `use_backend` counts there, too. Only the plain loop has no gradient in here, and
`inplace` stands in for it.

Source: https://docs.pytorch.org/docs/stable/library.html.
Checked by: tests/unit/test_compile.py and tests/unit/test_ecosystem_runs.py.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from .. import functional
from ..context import probes
from . import layer
from .choice import asked_for, choose, runner, tell

INPUTS = (
    "Tensor x, Tensor h_0, Tensor c_0, "
    "Tensor w_ih, Tensor w_hh, Tensor? b_ih, Tensor? b_hh, Tensor? w_hr"
)
FORWARD = f"({INPUTS}, bool reverse, bool keep) -> (Tensor, Tensor, Tensor, Tensor, Tensor)"
BACKWARD = (
    f"(Tensor[] upstream, {INPUTS}, Tensor gates, Tensor c, bool reverse, bool[] needs)"
    " -> Tensor[]"
)


def fits(tensors: Sequence[Tensor]) -> bool:
    """Tell whether a call that is being traced can be one operation.

    Not under autocast or a transform of torch.func, which look into the operations. Not for an
    export to ONNX, which knows no operation of ours (`to_onnx` brings a translation), nor for an
    export inside `use_backend("plain")`, whose program runs where this package is not installed.
    """
    x = tensors[0]
    return (
        (torch.compiler.is_dynamo_compiling() or asked_for() != "plain")
        and all(tensor.dtype == x.dtype for tensor in tensors)
        and x.dtype.is_floating_point
        and not torch.is_autocast_enabled(x.device.type)
        and not torch.onnx.is_in_onnx_export()
        and probes.nobody_transforms()
        and not probes.has_tangent(tensors)
    )


def lstm_direction(
    x: Tensor, h_0: Tensor, c_0: Tensor, weights: functional.Weights,
    batch_sizes: list[int] | None = None, reverse: bool = False,
) -> tuple[Tensor, Tensor, Tensor]:
    """Run one layer over a sequence in one direction; see `functional.lstm_direction`."""
    # torch.export, unless it is strict, does not come through Dynamo. What is exported is mostly
    # run without a gradient, though it is traced with one.
    keep = torch.compiler.is_dynamo_compiling() and layer.wants_gradient([x, h_0, c_0, *weights])
    return direction(x, h_0, c_0, *weights, reverse, keep)[:3]


@torch.library.custom_op("lstm_from_scratch::direction", mutates_args=(), schema=FORWARD)
def direction(
    x: Tensor, h_0: Tensor, c_0: Tensor, w_ih: Tensor, w_hh: Tensor, b_ih: Tensor | None,
    b_hh: Tensor | None, w_hr: Tensor | None, reverse: bool, keep: bool,
) -> tuple[Tensor, ...]:
    """Run one layer over a padded batch in one direction.

    Args:
        x: (L, N, H_in).
        keep: whether to keep what the backward needs.

    Returns:
        output (L, N, H_out), h_n (N, H_out), c_n (N, H_cell); and the gates (L*N, 4*H_cell) and c
        (L*N, H_cell) of every step, empty unless they are kept.
    """
    weights = functional.Weights(w_ih, w_hh, b_ih, b_hh, w_hr)
    L, N = x.shape[:2]
    kernel = _choose(x, h_0, c_0, weights, keep)
    tell(kernel)
    if keep:
        rows, sizes = x.flatten(0, 1), [N] * L
        output, h_n, c_n, gates, c = layer.forward(kernel, rows, h_0, c_0, weights, sizes, reverse)
        output = output.view(L, N, -1)
    else:
        gates, c = x.new_empty(0), x.new_empty(0)
        output, h_n, c_n = runner(kernel)(x, h_0, c_0, weights, reverse=reverse)
    return output, h_n.contiguous(), c_n.contiguous(), gates, c


def _choose(
    x: Tensor, h_0: Tensor, c_0: Tensor, weights: functional.Weights, gradient: bool
) -> Any:
    """Choose a `Kernel`, or None for the plain loop, which has no gradient in here."""
    tensors = [x, h_0, c_0, *(weight for weight in weights if weight is not None)]
    L, N = x.shape[:2]
    kernel = choose(tensors, L, N, weights.w_hh, weights.w_hr, gradient)
    return layer.INPLACE if kernel is None and gradient else kernel


@direction.register_fake
def _(
    x: Tensor, h_0: Tensor, c_0: Tensor, w_ih: Tensor, w_hh: Tensor, b_ih: Tensor | None,
    b_hh: Tensor | None, w_hr: Tensor | None, reverse: bool, keep: bool,
) -> tuple[Tensor, ...]:
    L, N = x.shape[:2]
    kept = (x.new_empty(L * N, w_ih.size(0)), x.new_empty(L * N, c_0.size(1)))
    return (
        x.new_empty(L, N, h_0.size(1)), x.new_empty(h_0.shape), x.new_empty(c_0.shape),
        *(kept if keep else (x.new_empty(0), x.new_empty(0))),
    )


@torch.library.custom_op(
    "lstm_from_scratch::direction_backward", mutates_args=(), schema=BACKWARD
)
def direction_backward(
    upstream: list[Tensor], x: Tensor, h_0: Tensor, c_0: Tensor, w_ih: Tensor, w_hh: Tensor,
    b_ih: Tensor | None, b_hh: Tensor | None, w_hr: Tensor | None, gates: Tensor, c: Tensor,
    reverse: bool, needs: list[bool],
) -> list[Tensor]:
    """Return the gradients of the inputs of `direction`, those that are needed.

    Args:
        upstream: the gradients of output, h_n and c_n.
        gates, c: as `direction` returned them. If they are empty, an exported program is being
            trained, and they are computed anew.
        needs: for each of the eight inputs whether its gradient is needed.
    """
    weights = functional.Weights(w_ih, w_hh, b_ih, b_hh, w_hr)
    kernel = _choose(x, h_0, c_0, weights, True)
    rows, sizes = x.flatten(0, 1), [x.size(1)] * x.size(0)
    if gates.numel() == 0:
        *_, gates, c = layer.forward(kernel, rows, h_0, c_0, weights, sizes, reverse)
    d_output, d_h_n, d_c_n = upstream
    gradients: list[Any] = layer.backward(
        kernel, needs, (rows, h_0, c_0, *weights), gates, c,
        (d_output.flatten(0, 1), d_h_n, d_c_n), sizes, reverse,
    )
    if needs[0]:
        gradients[0] = gradients[0].view(x.shape)
    return [d.contiguous() for d, need in zip(gradients, needs, strict=True) if need]


@direction_backward.register_fake
def _(upstream: Any, *arguments: Any) -> list[Tensor]:
    *inputs, gates, c, reverse, needs = arguments
    return [t.new_empty(t.shape) for t, need in zip(inputs, needs, strict=True) if need]


def _setup(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, ...]) -> None:
    *tensors, ctx.reverse, _ = inputs
    ctx.save_for_backward(*tensors, *output[3:])
    ctx.set_materialize_grads(False)  # no zeros for the gates and c of every step


def _backward(ctx: Any, *upstream: Tensor | None) -> tuple[Tensor | None, ...]:
    *inputs, gates, c = ctx.saved_tensors
    x, h_0, c_0 = inputs[:3]
    shapes = ((*x.shape[:2], h_0.size(1)), h_0.shape, c_0.shape)
    d_outputs = [
        x.new_zeros(shape) if d is None else d
        for d, shape in zip(upstream[:3], shapes, strict=True)
    ]
    needs = list(ctx.needs_input_grad[:8])
    gradients = iter(direction_backward(d_outputs, *inputs, gates, c, ctx.reverse, needs))
    return *(next(gradients) if need else None for need in needs), None, None


direction.register_autograd(_backward, setup_context=_setup)
