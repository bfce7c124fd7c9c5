"""What an LSTM is and what a call of it does, in words: arguments, shapes, parameters, h_n.

Nothing is run: shapes are evaluated from the rules, a call is checked as the module would check
it, and the tensors are let go again. No random number is drawn.

Source: `shapes.py`, for every shape; `validation.py`, for the texts of errors.
Checked by: tests/unit/test_explain.py, against calls of both modules.
"""

import math
import textwrap
from html import escape
from typing import NamedTuple

from torch import Tensor
from torch.nn.utils.rnn import PackedSequence

from ..shapes import PARAMETERS, TENSORS, letters, row
from .diagnosis import (
    error_of_call,
    fault_of_call,
    likely_mistakes,
    numbers,
    parameters,
    shape,
    weights,
)
from .words import WORDS

WIDTH = 96  # columns of the text in a terminal
ARGUMENTS = (
    "input_size", "hidden_size", "num_layers", "bias", "batch_first", "dropout", "bidirectional",
    "proj_size",
)


class Table(NamedTuple):
    """A table of strings under a title."""

    title: str
    head: tuple
    rows: list


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
        >>> found = explain(LSTM(10, 20), torch.zeros(32, 10))
        >>> found.reading
        'x is read as one sequence of L = 32 steps, without a batch axis.'
        >>> len(found.warnings), found.error
        (1, None)
        >>> [table.title for table in found.tables][:3]
        ['Arguments', 'Shapes', 'Parameters: 2560']
    """

    def __init__(self, title, reading, error, fault, warnings, tables):
        self.title, self.reading, self.error, self.fault = title, reading, error, fault
        self.warnings, self.tables = warnings, tables

    def _findings(self):
        """List (label, text), what a reader must see first."""
        found = []
        if self.error:
            found.append((WORDS["fails"], self.error))
        if self.fault:
            found += [(WORDS[name], getattr(self.fault, name)) for name in self.fault._fields]
        return found + [(WORDS["warning"], text) for text in self.warnings]

    def __str__(self):
        parts = [self.title]
        if self.reading:
            parts.append(_wrapped(self.reading))
        findings = [_wrapped(text, f"{label}: ") for label, text in self._findings()]
        if findings:
            parts.append("\n".join(findings))
        return "\n\n".join(parts + [_text(table) for table in self.tables])

    __repr__ = __str__

    def _repr_html_(self):
        parts = [f"<p><code>{escape(self.title)}</code></p>"]
        if self.reading:
            parts.append(f"<p>{escape(self.reading)}</p>")
        findings = [
            f"<li><strong>{escape(label)}:</strong> {escape(text)}</li>"
            for label, text in self._findings()
        ]
        if findings:
            parts.append(f"<ul>{''.join(findings)}</ul>")
        return "<div>" + "".join(parts + [_html(table) for table in self.tables]) + "</div>"


def _wrapped(text, first="", indent="    "):
    return textwrap.fill(
        text, WIDTH, initial_indent=first, subsequent_indent=indent,
        break_long_words=False, break_on_hyphens=False,
    )


def _text(table):
    """Align the columns; the last one is wrapped."""
    rows = [table.head, *table.rows]
    widths = [max(len(r[k]) for r in rows) for k in range(len(table.head) - 1)]
    lines = [table.title]
    for cells in rows:
        start = "  " + "".join(f"{cell:<{w}}  " for cell, w in zip(cells, widths, strict=False))
        lines.append(_wrapped(cells[-1], start, " " * len(start)).rstrip())
    return "\n".join(lines)


def _html(table):
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


def explain(lstm, x=None, hx=None):
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
        >>> found = explain(lstm, torch.zeros(3, 4, 10), (h_0, c_0))
        >>> found.error
        'RuntimeError: Expected hidden[0] size (1, 3, 20), got [3, 1, 20]'
        >>> found.fault.expected
        '(D*num_layers, N, H_out) = (1, 3, 20)'
        >>> found.fault.fix
        'h_0.transpose(0, 1).contiguous(): states keep this shape whatever batch_first is'

    Checked by: tests/unit/test_explain.py.
    """
    if getattr(lstm, "mode", None) != "LSTM" or not hasattr(lstm, "input_size"):
        got = type(lstm).__name__
        raise TypeError(f"explain: expected an LSTM, ours or PyTorch's, got: {got}")
    values = letters(
        lstm.input_size, lstm.hidden_size, lstm.num_layers, lstm.bidirectional, lstm.proj_size
    )
    if x is not None and not weights(lstm):
        raise ValueError(
            f"explain: this LSTM has none of its parameters ({', '.join(parameters(lstm))}), so "
            "no call of it can be explained; leave x out"
        )
    layout, sizes = _read(lstm, x)
    values |= sizes
    error = None if x is None else error_of_call(lstm, x, hx)
    fault = fault_of_call(lstm, x, hx, layout, values) if error else None
    package = type(lstm).__module__.partition(".modules")[0]
    title = f"{package}.{type(lstm).__name__}({lstm.extra_repr()})"
    reading = WORDS["read as " + layout].format(**values) if sizes else ""
    tables = [
        _arguments(lstm), _tensors(values, layout), _parameters(lstm), _addresses(values, layout),
    ]
    warnings = likely_mistakes(lstm, x, hx, values)
    return Explanation(title, reading, error, fault, warnings, tables)


def _read(lstm, x):
    """Return the layout in which x is read, and the sizes that x alone knows."""
    default = "batch_first" if lstm.batch_first else "time_first"
    if isinstance(x, PackedSequence):
        sizes = x.batch_sizes.tolist()
        N = sizes[0] if sizes else 0
        return "packed", {"L": len(sizes), "N": N, "L_sum": sum(sizes)}
    if not isinstance(x, Tensor) or x.dim() not in (2, 3):
        return default, {}
    if x.size(-1) != lstm.input_size:  # which axis is which, nobody knows
        return "unbatched" if x.dim() == 2 else default, {}
    if x.dim() == 2:
        return "unbatched", {"L": x.size(0)}
    N, L = (x.size(0), x.size(1)) if lstm.batch_first else (x.size(1), x.size(0))
    return default, {"L": L, "N": N}


def _arguments(lstm):
    said = {
        "hidden_size": "" if lstm.proj_size > 0 else ", no projection",
        "num_layers": ", one" if lstm.num_layers == 1 else "",
        "bias": "" if lstm.bias else ", none",
        "batch_first": "" if lstm.batch_first else ", not",
        "bidirectional": "" if lstm.bidirectional else ", not",
        "proj_size": "" if lstm.proj_size > 0 else ", none",
    }
    if lstm.dropout == 0:
        said["dropout"] = ", none"
    elif lstm.num_layers == 1:
        said["dropout"] = ", one layer"
    else:
        said["dropout"] = "" if lstm.training else ", eval"
    rows = [
        (name, str(getattr(lstm, name)), WORDS[name + said.get(name, "")]) for name in ARGUMENTS
    ]
    head = (WORDS["argument"], WORDS["value"], WORDS["meaning"])
    return Table(WORDS["arguments"], head, rows)


def _tensors(values, layout):
    rows = []
    for name, rules in TENSORS.items():
        packed = layout == "packed" and name in ("input", "output")
        rules, said = rules[layout], WORDS[name + (", packed" if packed else "")]
        rows.append((name, shape(rules), shape(numbers(rules, values)), said))
    head = (WORDS["tensor name"], WORDS["letters"], WORDS["numbers"], WORDS["meaning"])
    return Table(WORDS["shapes"], head, rows)


def _parameters(lstm):
    rules = {name: (first, later) for name, first, later, _ in PARAMETERS}
    rows, total = [], 0
    for name, expected in parameters(lstm).items():
        first, later = rules[name.split("_l")[0]]
        found = getattr(lstm, name, None)
        size = tuple(found.shape) if isinstance(found, Tensor) else expected
        count = math.prod(size)
        total += count
        layer = name.split("_l")[1].partition("_")[0]
        rows.append((name, shape(first if layer == "0" else later), shape(size), str(count)))
    head = (WORDS["parameter"], WORDS["letters"], WORDS["numbers"], WORDS["count"])
    return Table(WORDS["parameters"].format(count=total), head, rows)


def _addresses(values, layout):
    """Say where in output each row of h_n is found again."""
    D, H = values["D"], values["H_out"]
    rows = []
    for layer in range(values["num_layers"]):
        for direction in range(D):
            address = WORDS["inner"]
            if layer == values["num_layers"] - 1:
                features = "" if D == 1 else f", {H}:" if direction else f", :{H}"
                address = _step(layout, direction, bool(features)) + features + "]"
                if layout == "packed":
                    address = WORDS["padded"].format(address=address)
            number = str(row(layer, direction, D))
            way = WORDS["reverse" if direction else "forward"]
            rows.append((number, str(layer), way, address))
    head = (WORDS["row"], WORDS["layer"], WORDS["direction"], WORDS["address"])
    return Table(WORDS["rows"], head, rows)


def _step(layout, direction, features):
    """Write the index of the step that a direction reads last, up to the axis of features."""
    step = "0" if direction else "-1"
    if layout == "unbatched":
        return f"output[{step}"
    if layout == "batch_first":
        return f"output[:, {step}"
    if layout == "packed" and not direction:
        return "padded[lengths - 1, range(len(lengths))"
    name = "padded" if layout == "packed" else "output"
    return f"{name}[{step}" + (", :" if features else "")
