"""What `compare` says of a right gradient, of a nearly right one and of a wrong one."""

import numpy as np
import pytest
import torch

from lstm_from_scratch.teaching.checks import compare

EXPECTED = torch.tensor([[0.5, -4.0], [0.25, 3.0]], dtype=torch.float64)


def moved(by, dtype=torch.float64):
    """Return the expected numbers with one of them moved by a share of the largest."""
    ours = EXPECTED.to(dtype).clone()
    ours[1, 0] += 4 * by
    return ours


# what is compared: the line printed
SAID = {
    "the same": (EXPECTED, "exact: 12+ digits"),
    "an array": (EXPECTED.numpy(), "exact: 12+ digits"),
    "rounding": (moved(1e-14), "exact: 12+ digits"),
    "just more": (moved(3e-12), "close: 11 digits"),
    "a difference quotient": (moved(3e-9), "close: 8 digits"),
    "nearly wrong": (moved(3e-5), "close: 4 digits"),
    "wrong": (moved(0.5), "wrong: off by 2 at [1, 0]: 2.25, expected 0.25"),
    "a little wrong": (moved(1e-3), "wrong: off by 0.004 at [1, 0]: 0.254, expected 0.25"),
    "sign": (-EXPECTED, "wrong: off by 8 at [0, 1]: 4, expected -4"),
    "float32": (moved(1e-7, torch.float32), "exact: 5+ digits"),
    "float32, more": (moved(3e-5, torch.float32), "close: 4 digits"),
    "float32, wrong": (moved(0.03, torch.float32), "wrong: off by 0.12 at [1, 0]"),
    "shape": (EXPECTED[0], "wrong: shape (2,), expected (2, 2)"),
    "would broadcast": (EXPECTED[:1], "wrong: shape (1, 2), expected (2, 2)"),
    "transposed": (EXPECTED.T.clone(), "wrong: off by 4.2 at [0, 1]"),
    "nan": (moved(float("nan")), "wrong: off by nan at [1, 0]: nan, expected 0.25"),
    "infinity": (moved(float("inf")), "wrong: off by inf at [1, 0]: inf, expected 0.25"),
    "none": (None, "wrong: None"),
}


@pytest.mark.parametrize("case", SAID)
def test_says_what_it_is_given(case, capsys):
    ours, said = SAID[case]
    verdict = compare("d_w", ours, EXPECTED)
    printed = capsys.readouterr().out
    assert printed.startswith("d_w ") and printed.split(maxsplit=1)[1].startswith(said)
    assert printed.count("\n") == 1
    assert verdict == said.split(":")[0]


def test_numbers_and_graphs(capsys):
    assert compare("d", np.float64(0.1) * 3, 0.3 * torch.ones((), dtype=torch.float64)) == "exact"
    leaf = torch.ones(2, requires_grad=True)
    assert compare("d", leaf * 2, [2.0, 2.0]) == "exact"
    assert compare("d", 1.0, 2.0) == "wrong"
    assert capsys.readouterr().out.endswith("wrong: off by 1: 1, expected 2\n")


def test_zeros_are_exact_or_wrong():
    zeros = torch.zeros(3, dtype=torch.float64)
    assert compare("d", zeros, zeros) == "exact"
    assert compare("d", zeros + 1e-300, zeros) == "wrong"


@pytest.mark.parametrize(
    ("ours", "expected", "message"),
    [
        (EXPECTED, None, "retain_grad"),
        (EXPECTED[:0], EXPECTED[:0], "cannot compare"),
        (EXPECTED.int(), EXPECTED, "torch.int32"),
        (EXPECTED, EXPECTED.half(), "torch.float16"),
    ],
)
def test_refuses_what_cannot_be_judged(ours, expected, message):
    with pytest.raises(ValueError, match=message):
        compare("d", ours, expected)
