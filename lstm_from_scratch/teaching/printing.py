"""How chapters print a tensor: rounded, in the same digits on every machine."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import torch

# Two machines differ in the last digits of a sum. So far from a rounding boundary they still
# print the same: some hundred units in the last place of a number near 1.
MARGIN = {torch.float64: 1e-9, torch.float32: 1e-5}


def rounded(values: Any, digits: int = 2) -> str:
    """Return numbers as text, rounded to so many decimals, or refuse if the text could differ.

    Args:
        values: a tensor of any shape, or a number; integers and booleans are not rounded.
        digits: decimals.

    Returns:
        The text, in the form of NumPy's arrays.

    Raises:
        ValueError: a value is not finite, its dtype is neither float64 nor float32, or it lies
            closer to a rounding boundary than 1e-9 in float64, 1e-5 in float32.

    Example:
        >>> print(rounded(torch.tensor([[0.126, -0.001], [1.0, 22.5]])))
        [[ 0.13  0.00]
         [ 1.00 22.50]]

    Checked by: tests/book/test_printing.py.
    """
    tensor = torch.as_tensor(values, dtype=torch.float64 if isinstance(values, float) else None)
    tensor = tensor.detach().cpu()
    array = tensor.numpy()
    if tensor.is_floating_point():
        if tensor.dtype not in MARGIN or not tensor.isfinite().all():
            raise ValueError(f"rounded: cannot print {tensor.dtype} {tensor}")
        array = array.astype("float64")
        scaled = np.abs(array) * 10.0**digits
        distance = np.abs(scaled % 1 - 0.5) / 10.0**digits
        if array.size and distance.min() < MARGIN[tensor.dtype]:
            number = array.flat[distance.argmin()]
            raise ValueError(
                f"rounded: {number!r} lies at a rounding boundary of {digits} decimals, and "
                "another machine could print another digit; choose other digits or another seed"
            )
        array = np.round(array, digits) + 0.0  # no -0.00
    if not array.ndim and tensor.is_floating_point():
        return f"{array:.{digits}f}"
    return np.array2string(
        array, max_line_width=79, floatmode="fixed", precision=digits, suppress_small=True
    )


def show(name: str, values: Any, digits: int = 2) -> None:
    """Print a tensor under its name and its shape; `rounded` says how, and what it refuses.

    Args:
        name: what the reader calls it.
        values: a tensor of any shape.
        digits: decimals.

    Example:
        >>> show("h_n", torch.tensor([[0.126, -0.001]]))
        h_n (1, 2)
        [[0.13 0.00]]

    Checked by: tests/book/test_printing.py.
    """
    print(name, tuple(torch.as_tensor(values).shape))
    print(rounded(values, digits))


class Table:
    """A table that a notebook and the site show as one; its repr is its Markdown.

    Checked by: tests/book/test_printing.py
    """

    def __init__(self, head: Sequence[Any], rows: Iterable[Sequence[Any]]) -> None:
        lines = [head, ["---"] * len(head), *([_written(cell) for cell in row] for row in rows)]
        self.text = "\n".join("| " + " | ".join(line) + " |" for line in lines)

    def _repr_markdown_(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return self.text


def _written(cell: Any) -> str:
    """Write a shape, or the name of a tensor, as code."""
    if isinstance(cell, tuple):
        cell = f"({', '.join(map(str, cell))}{',' if len(cell) == 1 else ''})"
    return f"`{cell}`" if cell.startswith("(") or "_" in cell else cell


def table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> Table:
    """Return a table: the last line of a cell shows it.

    Args:
        head: the names of the columns.
        rows: texts and shapes; a shape is a tuple, of numbers or of letters.

    Example:
        >>> table(["tensor", "shape"], [("h_n", (4, 3, 2)), ("x", ("L", "N"))])
        | tensor | shape |
        | --- | --- |
        | `h_n` | `(4, 3, 2)` |
        | x | `(L, N)` |
    """
    return Table(head, rows)
