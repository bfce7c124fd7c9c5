"""Export to ONNX with a length that stays free: one `LSTM` of ONNX for each layer and direction.

ONNX stacks the rows of weights and biases in the order i, o, f, c, where c is PyTorch's g; PyTorch
stacks them in the order i, f, g, o.

Source: https://onnx.ai/onnx/operators/onnx__LSTM.html.
Checked by: tests/export/test_onnx.py.
"""

import os
from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from ..modules import LSTM
from .gates import positions

ORDER = positions("ONNX")  # where i, o, f and c stand in i, f, g, o


def to_onnx(
    model: nn.Module, args: tuple[Any, ...], file: str | os.PathLike[str],
    dynamic_shapes: Any = None, **options: Any,
) -> "torch.onnx.ONNXProgram":
    """Write a model that contains our `LSTM` to an ONNX file that takes inputs of any length.

    Plain `torch.onnx.export` writes the loop over the steps out, for the length of the example.
    Needs the packages onnx and onnxscript.

    Args:
        model: any module, in evaluation mode.
        args: tuple of example inputs. A size of 1 stays 1 in the file, so give lengths and batches
            of at least 2.
        file: path to write to.
        dynamic_shapes: as for `torch.export.export`; if left out, each size of each input is free
            unless the model fixes it, as the weights do H_in.
        options: further arguments of `torch.onnx.export`, such as `input_names`.

    Returns:
        torch.onnx.ONNXProgram, which is also written to `file`.

    Raises:
        ValueError: for an `LSTM` with proj_size > 0, because ONNX's LSTM has no projection; and
            for a `torch.nn.LSTM`, whose length would be fixed in the file without a word.

    Example:
        >>> import torch
        >>> from lstm_from_scratch import LSTM, to_onnx
        >>> lstm, x = LSTM(10, 20).eval(), torch.randn(5, 3, 10)
        >>> program = to_onnx(lstm, (x,), "lstm.onnx")  # doctest: +SKIP
    """
    for name, module in model.named_modules():
        if isinstance(module, LSTM) and module.proj_size > 0:
            raise ValueError(
                f"to_onnx: ONNX's LSTM has no projection, but {name or 'the model'} has proj_size="
                f"{module.proj_size}. torch.onnx.export can write it, for one length"
            )
        if isinstance(module, nn.LSTM):
            raise ValueError(
                f"to_onnx: {name or 'the model'} is a torch.nn.LSTM, and the file would take the "
                "length of the example only. Put from_torch(it) in its place, which has the same "
                "weights"
            )
    args = tuple(args)
    shapes = _all_free(args) if dynamic_shapes is None else dynamic_shapes
    program = torch.export.export(model, args, dynamic_shapes=shapes, strict=False)
    table: dict[Any, Any] = {torch.ops.lstm_from_scratch.direction.default: _translation()}
    exported: Any = torch.onnx.export(
        program, f=file, dynamo=True, custom_translation_table=table, **options
    )
    return exported


def _all_free(value: Any) -> Any:
    """Return `dynamic_shapes` that leave it to PyTorch to find out which sizes are fixed."""
    if isinstance(value, torch.Tensor):
        return dict.fromkeys(range(value.dim()), torch.export.Dim.AUTO)
    if isinstance(value, (tuple, list)):
        return type(value)(_all_free(part) for part in value)
    if isinstance(value, dict):
        return {key: _all_free(part) for key, part in value.items()}
    return None


def _translation() -> Callable[..., Any]:
    """Return the function that writes our operation as ONNX's, in the language of onnxscript."""
    from onnxscript import opset18

    op: Any = opset18  # its types know no Python numbers

    def reorder(rows: Any, *rest: Any) -> Any:
        """Put rows i, f, g, o in the order i, o, f, c, with an axis for the directions before."""
        gates = op.Gather(op.Reshape(rows, [4, -1, *rest]), ORDER, axis=0)
        return op.Reshape(gates, [1, rows.shape[0], *rest])

    def direction(
        x: Any, h_0: Any, c_0: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any, w_hr: Any,
        reverse: bool, keep: bool,
    ) -> tuple[Any, ...]:
        biases = None
        if b_ih is not None:
            biases = op.Concat(reorder(b_ih), reorder(b_hh), axis=1)  # (1, 8*H_cell)
        output, h_n, c_n = op.LSTM(
            x, reorder(w_ih, w_ih.shape[1]), reorder(w_hh, w_hh.shape[1]), biases, None,
            op.Unsqueeze(h_0, [0]), op.Unsqueeze(c_0, [0]),
            hidden_size=w_hh.shape[1], direction="reverse" if reverse else "forward",
        )
        unused = op.Constant(value_float=0.0)  # what only a backward would need
        return op.Squeeze(output, [1]), op.Squeeze(h_n, [0]), op.Squeeze(c_n, [0]), unused, unused

    return direction
