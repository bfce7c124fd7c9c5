"""What an LSTM is and what a call of it does, in words: shapes, parameters, and what is wrong.

Nothing is run: shapes are evaluated from the rules, the checks of the call are made, and the
tensors are let go again. No random number is drawn.

Source: `shapes.py`, for every shape; `validation.py`, for what is wrong with a call.
Checked by: tests/unit/test_explain.py, against calls of both modules.
"""

import math
import textwrap
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from ..errors import ONE_LAYER, Fault
from ..shapes import PARAMETERS, TENSORS, evaluate_known, parameter_shapes, written
from ..validation import check_layer_input, read_input

Rows = list[tuple[str, ...]]
WIDTH = 96  # columns of the text in a terminal
READINGS = {
    "time_first": "x is read as N = {N} sequences of L = {L} steps, time first.",
    "batch_first": "x is read as N = {N} sequences of L = {L} steps, batch first.",
    "unbatched": "x is read as one sequence of L = {L} steps, without a batch axis.",
    "packed": "x is a packed batch of N = {N} sequences, {L_sum} steps in all, {L} in the "
    "longest.",
}
MEANINGS = {
    "input": "x",
    "h_0": "h before the first step; zeros if left out",
    "c_0": "c before the first step; zeros if left out",
    "output": "h of the top layer at every step",
    "h_n": "h after the last step, of each layer and direction",
    "c_n": "c after the last step, of each layer and direction",
}
# A likely mistake.
ONE_SEQUENCE = "x is 2-D, so one sequence; a batch of single steps would be x.unsqueeze({axis})."


@dataclass(repr=False)
class Explanation:
    """What `explain` returns; printed, it is aligned text.

    Attributes:
        title: the module, as it prints itself.
        reading: how x is read, or "" without x.
        error: None, or "Type: text" of the exception that this call of our `LSTM` raises.
        fault: None, or what is wrong: `tensor`, `got`, `expected`, `fix`.
        warnings: list of sentences, each a likely mistake.
        tables: dict from a title to rows of strings, the heads of the columns first.

    Example:
        >>> import torch
        >>> from lstm_from_scratch import LSTM, explain
        >>> explanation = explain(LSTM(10, 20), torch.zeros(32, 10))
        >>> explanation.reading
        'x is read as one sequence of L = 32 steps, without a batch axis.'
        >>> len(explanation.warnings), explanation.error
        (1, None)
        >>> list(explanation.tables)
        ['Shapes', 'Parameters: 2560']
    """

    title: str
    reading: str
    error: str | None
    fault: Fault | None
    warnings: list[str]
    tables: dict[str, Rows]

    def __repr__(self) -> str:
        findings = [("Likely mistake", text) for text in self.warnings]
        if self.error and self.fault:
            labels = ("This call is wrong", "Wrong", "Got", "Expected", "Fix")
            findings = [*zip(labels, (self.error, *self.fault), strict=True), *findings]
        lines = "\n".join(_wrapped(text, f"{label}: ") for label, text in findings)
        tables = [_text(title, rows) for title, rows in self.tables.items()]
        parts = [self.title, _wrapped(self.reading), lines, *tables]
        return "\n\n".join(filter(None, parts))


def _wrapped(text: str, first: str = "", indent: str = "    ") -> str:
    return textwrap.fill(
        text, WIDTH, initial_indent=first, subsequent_indent=indent,
        break_long_words=False, break_on_hyphens=False,
    )


def _text(title: str, rows: Rows) -> str:
    """Align the columns; the last one is wrapped."""
    widths = [max(len(r[k]) for r in rows) for k in range(len(rows[0]) - 1)]
    lines = [title]
    for cells in rows:
        start = "  " + "".join(f"{cell:<{w}}  " for cell, w in zip(cells, widths, strict=False))
        lines.append(_wrapped(cells[-1], start, " " * len(start)).rstrip())
    return "\n".join(lines)


def explain(lstm: Any, x: Any = None, hx: Any = None) -> Explanation:
    """Say in words what an LSTM is, which shapes go in and come out, and what a call gets wrong.

    Args:
        lstm: `LSTM`, or `torch.nn.LSTM`.
        x: None; or what it is to be called with: (L, N, H_in); (N, L, H_in) if batch_first;
            (L, H_in) unbatched; or a PackedSequence. Anything else is explained as an error.
        hx: None or (h_0, c_0); looked at together with x only.

    Returns:
        `Explanation`, which prints itself as tables of aligned text.

    Raises:
        TypeError: `lstm` is something else.
        ValueError: `lstm` has none of its parameters, and is to be called.

    Example:
        >>> import torch
        >>> from lstm_from_scratch import LSTM, explain
        >>> lstm = LSTM(10, 20, batch_first=True)
        >>> explain(lstm).tables["Shapes"][1][:3]
        ('input', '(N, L, H_in)', '(N, L, 10)')
        >>> h_0, c_0 = torch.zeros(3, 1, 20), torch.zeros(3, 1, 20)
        >>> explanation = explain(lstm, torch.zeros(3, 4, 10), (h_0, c_0))
        >>> explanation.error
        'RuntimeError: Expected hidden[0] size (1, 3, 20), got [3, 1, 20]'
        >>> explanation.fault.expected
        '(D*num_layers, N, H_out) = (1, 3, 20)'
        >>> explanation.fault.fix.partition(";")[0]
        'torch.zeros(1, 3, 20), or leave the states out'

    Checked by: tests/unit/test_explain.py.
    """
    if getattr(lstm, "mode", None) != "LSTM" or not hasattr(lstm, "input_size"):
        got = type(lstm).__name__
        raise TypeError(f"explain: expected an LSTM, ours or PyTorch's, got: {got}")
    layout, values = read_input(lstm, x)
    rows = parameter_shapes(values, lstm.bias, lstm.proj_size)
    shapes = {name: size for by_name in rows for name, size in by_name.items()}
    parameters = {name: getattr(lstm, name, None) for name in shapes}
    weights = [weight for weight in parameters.values() if isinstance(weight, Tensor)]
    if x is not None and not weights:
        raise ValueError(f"explain: the LSTM has none of its parameters ({', '.join(shapes)})")
    error = fault = None
    if x is not None:
        try:
            check_layer_input(lstm, weights, x, hx)
        except (TypeError, ValueError, RuntimeError) as raised:
            error, fault = f"{type(raised).__name__}: {raised}", Fault(**vars(raised))
    reading = READINGS[layout].format(**values) if "L" in values else ""
    warnings = [
        f"{name} is {'missing' if weight is None else written(weight.shape)}; the arguments say "
        f"{written(shapes[name])}."
        for name, weight in parameters.items()
        if weight is None or tuple(weight.shape) != shapes[name]
    ]
    if lstm.dropout > 0 and lstm.num_layers == 1:
        warnings.append(ONE_LAYER.format(dropout=lstm.dropout, num_layers=1) + ".")
    if layout == "unbatched" and reading and (hx is None or error):
        warnings.append(ONE_SEQUENCE.format(axis=int(lstm.batch_first)))
    total, sizes = _parameters(shapes)
    tables = {"Shapes": _tensors(values, layout), f"Parameters: {total}": sizes}
    return Explanation(repr(lstm), reading, error, fault, warnings, tables)


def _tensors(values: dict[str, int], layout: str) -> Rows:
    rows: Rows = [("tensor", "in letters", "here", "in words")]
    for name, layouts in TENSORS.items():
        numbers = evaluate_known(layouts[layout], values)
        packed = layout == "packed" and name in ("input", "output")
        words = MEANINGS[name] + ("; the shape is that of .data" if packed else "")
        rows.append((name, written(layouts[layout]), written(numbers), words))
    return rows


def _parameters(shapes: dict[str, tuple[int, ...]]) -> tuple[int, Rows]:
    letters = {name: (first, later) for name, first, later, _ in PARAMETERS}
    rows: Rows = [("parameter", "in letters", "here", "count")]
    total = 0
    for name, size in shapes.items():
        rule, _, suffix = name.partition("_l")
        count = math.prod(size)
        total += count
        axes = letters[rule][0 if suffix.partition("_")[0] == "0" else 1]
        rows.append((name, written(axes), written(size), str(count)))
    return total, rows
