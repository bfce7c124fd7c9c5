"""What an LSTM is and what a call of it does, in words: arguments, shapes, parameters, h_n.

Nothing is run: shapes are evaluated from the rules, the checks of the call are made, and the
tensors are let go again. No random number is drawn.

Source: `shapes.py`, for every shape; `errors.py`, for the texts of errors and the fixes.
Checked by: tests/unit/test_explain.py, against calls of both modules.
"""

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, NamedTuple

from torch import Tensor

from ..errors import Fault
from ..shapes import ARGUMENTS, PARAMETERS, TENSORS, evaluate_known, parameter_shapes, row, written
from ..validation import check_layer_input, read_input

WIDTH = 96  # columns of the text in a terminal
READINGS = {
    "time_first": "x is read as N = {N} sequences of L = {L} steps, time first.",
    "batch_first": "x is read as N = {N} sequences of L = {L} steps, batch first.",
    "unbatched": "x is read as one sequence of L = {L} steps, without a batch axis.",
    "packed": "x is a packed batch of N = {N} sequences, {L_sum} steps in all, {L} in the "
    "longest.",
}
MEANINGS = {
    "input_size": "H_in: features of one step of x",
    "hidden_size": "H_cell: features of c, and of h without a projection",
    "num_layers": "number of layers; each reads the output of the one before",
    "bias": "whether each layer and direction has two biases, bias_ih and bias_hh",
    "batch_first": "whether x and output are (N, L, H) instead of (L, N, H); h and c never change",
    "dropout": "probability of zeroing an element between two layers, in training mode only",
    "bidirectional": "whether each layer also reads the sequence from its end: D = 2, otherwise 1",
    "proj_size": "H_out: features to which h is projected; 0: not projected, H_out = H_cell",
    "input": "x",
    "h_0": "h before the first step; zeros if left out",
    "c_0": "c before the first step; zeros if left out",
    "output": "h of the top layer at every step",
    "h_n": "h after the last step, of each layer and direction",
    "c_n": "c after the last step, of each layer and direction",
}
# Where output holds what the top layer has read last, by direction; `part` selects features.
ADDRESSES = {
    "time_first": ("output[-1, :{part}]", "output[0, :{part}]"),
    "batch_first": ("output[:, -1{part}]", "output[:, 0{part}]"),
    "unbatched": ("output[-1{part}]", "output[0{part}]"),
    "packed": ("padded[lengths - 1, range(len(lengths)){part}]", "padded[0, :{part}]"),
}
# Likely mistakes: these run, and are probably not meant.
ONE_SEQUENCE = (
    "a 2-D input is one sequence, here of {L} steps. If axis 0 is a batch of samples of one step, "
    "pass x.unsqueeze({axis})."
)
IDLE_DROPOUT = (
    "dropout={dropout} does nothing: it acts between two layers, and num_layers is 1. Put an "
    "nn.Dropout behind the LSTM instead."
)


class Table(NamedTuple):
    """A table of strings under a title."""

    title: str
    head: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


@dataclass(repr=False)
class Explanation:
    """What `explain` returns: text in a terminal, tables in a notebook.

    Attributes:
        title: the module, as it prints itself.
        reading: how x is read, or "" without x.
        error: None, or "Type: text" of the exception that the call raises: that of our `LSTM`,
            with PyTorch's text wherever PyTorch has one of its own.
        fault: None, or what is wrong: `tensor`, `got`, `expected`, `fix`.
        warnings: list of sentences, each a likely mistake.
        tables: list of `title`, `head`, `rows`.

    Example:
        >>> import torch
        >>> from lstm_from_scratch import LSTM, explain
        >>> explanation = explain(LSTM(10, 20), torch.zeros(32, 10))
        >>> explanation.reading
        'x is read as one sequence of L = 32 steps, without a batch axis.'
        >>> len(explanation.warnings), explanation.error
        (1, None)
        >>> [table.title for table in explanation.tables][:3]
        ['Arguments', 'Shapes', 'Parameters: 2560']
    """

    title: str
    reading: str
    error: str | None
    fault: Fault | None
    warnings: list[str]
    tables: list[Table]

    def _findings(self) -> list[tuple[str, str]]:
        """List (label, text), what a reader must see first."""
        messages = [("This call is wrong", self.error)] if self.error else []
        if self.fault:
            messages += zip(("Wrong", "Got", "Expected", "Fix"), self.fault, strict=True)
        return messages + [("Likely mistake", text) for text in self.warnings]

    def __str__(self) -> str:
        findings = [_wrapped(text, f"{label}: ") for label, text in self._findings()]
        parts = [self.title, _wrapped(self.reading), "\n".join(findings)]
        return "\n\n".join(filter(None, [*parts, *map(_text, self.tables)]))

    __repr__ = __str__

    def _repr_html_(self) -> str:
        findings = "".join(
            f"<li><strong>{escape(label)}:</strong> {escape(text)}</li>"
            for label, text in self._findings()
        )
        return (
            f"<div><p><code>{escape(self.title)}</code></p><p>{escape(self.reading)}</p>"
            f"<ul>{findings}</ul>{''.join(map(_html, self.tables))}</div>"
        )


def _wrapped(text: str, first: str = "", indent: str = "    ") -> str:
    return textwrap.fill(
        text, WIDTH, initial_indent=first, subsequent_indent=indent,
        break_long_words=False, break_on_hyphens=False,
    )


def _text(table: Table) -> str:
    """Align the columns; the last one is wrapped."""
    rows = [table.head, *table.rows]
    widths = [max(len(r[k]) for r in rows) for k in range(len(table.head) - 1)]
    lines = [table.title]
    for cells in rows:
        start = "  " + "".join(f"{cell:<{w}}  " for cell, w in zip(cells, widths, strict=False))
        lines.append(_wrapped(cells[-1], start, " " * len(start)).rstrip())
    return "\n".join(lines)


def _html(table: Table) -> str:
    left = 'style="text-align: left; padding-right: 1em"'  # notebooks align to the right
    head = "".join(f'<th scope="col" {left}>{escape(cell)}</th>' for cell in table.head)
    rows = "".join(
        "<tr>" + "".join(f"<td {left}>{escape(cell)}</td>" for cell in cells) + "</tr>"
        for cells in table.rows
    )
    caption = f"<caption {left}><strong>{escape(table.title)}</strong></caption>"
    return (
        f'<div style="overflow-x: auto; margin-top: 1em" tabindex="0"><table>{caption}'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def explain(lstm: Any, x: Any = None, hx: Any = None) -> Explanation:
    """Say in words what an LSTM is, which shapes go in and come out, and what a call gets wrong.

    Args:
        lstm: `LSTM`, or `torch.nn.LSTM`.
        x: None; or what it is to be called with: (L, N, H_in); (N, L, H_in) if batch_first;
            (L, H_in) unbatched; or a PackedSequence. Anything else is explained as an error.
        hx: None or (h_0, c_0); looked at together with x only.

    Returns:
        `Explanation`: tables in a notebook, aligned text when printed.

    Raises:
        TypeError: `lstm` is something else.
        ValueError: `lstm` has none of its parameters, and is to be called.

    Example:
        >>> import torch
        >>> from lstm_from_scratch import LSTM, explain
        >>> lstm = LSTM(10, 20, batch_first=True)
        >>> print(explain(lstm).tables[2].title)
        Parameters: 2560
        >>> h_0, c_0 = torch.zeros(3, 1, 20), torch.zeros(3, 1, 20)
        >>> explanation = explain(lstm, torch.zeros(3, 4, 10), (h_0, c_0))
        >>> explanation.error
        'RuntimeError: Expected hidden[0] size (1, 3, 20), got [3, 1, 20]'
        >>> explanation.fault.expected
        '(D*num_layers, N, H_out) = (1, 3, 20)'
        >>> explanation.fault.fix
        'h_0.transpose(0, 1).contiguous(): states keep this shape whatever batch_first is'

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
        raise ValueError(
            f"explain: this LSTM has none of its parameters ({', '.join(shapes)}), so no call of "
            "it can be explained; leave x out"
        )
    error = fault = None
    if x is not None:
        try:
            check_layer_input(lstm, weights, x, hx)
        except (TypeError, ValueError, RuntimeError) as raised:
            error, fault = f"{type(raised).__name__}: {raised}", Fault(**vars(raised))
    package = type(lstm).__module__.partition(".modules")[0]
    title = f"{package}.{type(lstm).__name__}({lstm.extra_repr()})"
    reading = READINGS[layout].format(**values) if "L" in values else ""
    warnings = [
        f"{name} is {'missing' if weight is None else written(weight.shape)}; the arguments say "
        f"{written(shapes[name])}."
        for name, weight in parameters.items()
        if weight is None or tuple(weight.shape) != shapes[name]
    ]
    if lstm.dropout > 0 and lstm.num_layers == 1:
        warnings.append(IDLE_DROPOUT.format(dropout=lstm.dropout))
    if hx is None and layout == "unbatched" and reading:
        warnings.append(ONE_SEQUENCE.format(L=values["L"], axis=int(lstm.batch_first)))
    tables = [
        _arguments(lstm), _tensors(values, layout), _parameters(shapes, parameters),
        _addresses(values, layout),
    ]
    return Explanation(title, reading, error, fault, warnings, tables)


def _arguments(lstm: Any) -> Table:
    rows = [(name, str(getattr(lstm, name)), MEANINGS[name]) for name in ARGUMENTS]
    return Table("Arguments", ("argument", "value", "in words"), rows)


def _tensors(values: dict[str, int], layout: str) -> Table:
    rows = []
    for name, layouts in TENSORS.items():
        numbers = evaluate_known(layouts[layout], values)
        packed = layout == "packed" and name in ("input", "output")
        words = MEANINGS[name] + ("; the shape is that of .data" if packed else "")
        rows.append((name, written(layouts[layout]), written(numbers), words))
    return Table("Shapes", ("tensor", "in letters", "here", "in words"), rows)


def _parameters(shapes: dict[str, tuple[int, ...]], parameters: dict[str, Any]) -> Table:
    letters = {name: (first, later) for name, first, later, _ in PARAMETERS}
    rows, total = [], 0
    for name, size in shapes.items():
        rule, _, suffix = name.partition("_l")
        if parameters[name] is not None:
            size = tuple(parameters[name].shape)
        count = math.prod(size)
        total += count
        axes = letters[rule][0 if suffix.partition("_")[0] == "0" else 1]
        rows.append((name, written(axes), written(size), str(count)))
    return Table(f"Parameters: {total}", ("parameter", "in letters", "here", "count"), rows)


def _addresses(values: dict[str, int], layout: str) -> Table:
    """Say where in output each row of h_n is found again."""
    D, H = values["D"], values["H_out"]
    parts = [""] if D == 1 else [f", :{H}", f", {H}:"]
    rows = []
    for layer in range(values["num_layers"]):
        for direction in range(D):
            address = "nowhere: output is the top layer"
            if layer == values["num_layers"] - 1:
                address = ADDRESSES[layout][direction].format(part=parts[direction])
                address = address.replace(", :]", "]")
                if layout == "packed":
                    address += " after padded, lengths = pad_packed_sequence(output)"
            number = str(row(layer, direction, D))
            way = f"{direction}, {('forward', 'reverse')[direction]}"
            rows.append((number, str(layer), way, address))
    title = "Rows of h_n and c_n: layer * D + direction; c_n is nowhere in output"
    return Table(title, ("row", "layer", "direction", "h_n[row] in output"), rows)
