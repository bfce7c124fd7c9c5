"""How chapters print tensors: the same on every machine, or not at all."""

import doctest

import pytest
import torch

from lstm_from_scratch.teaching import printing
from lstm_from_scratch.teaching.printing import MARGIN, rounded, show


def test_its_examples():
    result = doctest.testmod(printing)
    assert result.attempted and not result.failed


@pytest.mark.parametrize("dtype", MARGIN)
@pytest.mark.parametrize("digits", [0, 1, 2, 3])
def test_a_value_near_a_boundary_is_refused(dtype, digits):
    boundary = 0.5 * 10.0**-digits
    for sign in (-1, 1):
        for nearby in (boundary, boundary + MARGIN[dtype] / 2, 3 * boundary - MARGIN[dtype] / 2):
            with pytest.raises(ValueError, match="boundary"):
                rounded(torch.tensor([0.0, sign * nearby], dtype=dtype), digits)
            clear = boundary + sign * 3 * MARGIN[dtype]
            rounded(torch.tensor(clear, dtype=dtype), digits)


@pytest.mark.parametrize("dtype", MARGIN)
def test_a_value_that_is_printed_keeps_its_digits_within_the_margin(dtype):
    torch.manual_seed(0)
    refused = 0
    for value in torch.randn(3000, dtype=dtype):
        try:
            text = rounded(value, 3)
        except ValueError:
            refused += 1
            continue
        for nearby in (value - 0.9 * MARGIN[dtype], value + 0.9 * MARGIN[dtype]):
            assert float(f"{nearby.item():.3f}") == float(text)
    assert refused < 150


def test_it_prints_names_shapes_integers_and_no_negative_zero(capsys):
    show("lengths", torch.tensor([4, 2]))
    show("mask", torch.tensor([True, False]))
    show("c", torch.tensor([[-1e-4, 0.25], [-12.0, 3.0]], dtype=torch.float64), 2)
    assert capsys.readouterr().out.splitlines() == [
        "lengths (2,)", "[4 2]", "mask (2,)", "[ True False]",
        "c (2, 2)", "[[  0.00   0.25]", " [-12.00   3.00]]",
    ]
    assert rounded(0.123, 1) == "0.1"


@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), torch.zeros(2).half()])
def test_what_cannot_be_rounded_is_refused(wrong):
    with pytest.raises(ValueError, match="cannot print"):
        rounded(wrong)


def test_a_table_writes_shapes_as_code():
    made = printing.table(["tensor", "here"], [("c_n", (4,)), ("input", ("N", "4*H_cell"))])
    assert made._repr_markdown_().splitlines()[2:] == [
        "| `c_n` | `(4,)` |", "| input | `(N, 4*H_cell)` |"]
