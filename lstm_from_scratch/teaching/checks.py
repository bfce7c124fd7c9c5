"""What chapters compare with: two LSTMs, or a gradient derived by hand with the right one."""

import math
from typing import Any

import torch

from ..verify.compare import assert_same, devices, error_of, outputs_and_gradients, twins

__all__ = ["assert_same", "compare", "devices", "error_of", "outputs_and_gradients", "twins"]

# Digits that agree, counted from the largest element. Exact: rounding leaves 15 and 7 in one
# operation, and sums over some hundred terms cost two or three of them. Close: a third of that.
DIGITS = {torch.float64: (12, 4), torch.float32: (5, 2)}


def compare(name: str, ours: Any, expected: Any) -> str:
    """Print whether a gradient derived by hand is the expected one, and how far off it is.

        exact  equal but for rounding: to 12 digits in float64, to 5 in float32
        close  to at least 4 digits, or 2: more than rounding, such as a central difference
        wrong  neither, or not a number, or of another shape

    Exact does not ask for the same bits: the same sum in another order ends in other ones, so they
    depend on the machine. A formula that is only close has a mistake.

    Args:
        name: printed in front.
        ours, expected: tensors, arrays or numbers, of any shape, the same for both; digits are
            those of the less precise of the two.

    Returns:
        "exact", "close" or "wrong".

    Raises:
        ValueError: if `expected` is None, holds nothing or is not finite, or a dtype is neither
            float64 nor float32.

    Checked by: tests/book/test_checks.py
    """
    if expected is None:
        raise ValueError(f"{name}: expected is None; was retain_grad() called before backward()?")
    verdict, details = _judge(ours, expected)
    print(f"{name:<14} {verdict}: {details}")
    return verdict


def _judge(ours: Any, expected: Any) -> tuple[str, str]:
    """Return the verdict of `compare` and what it is based on."""
    if ours is None:
        return "wrong", "None"
    pair = [value if torch.is_tensor(value) else torch.tensor(value) for value in (ours, expected)]
    if any(value.dtype not in DIGITS for value in pair) or pair[1].numel() == 0:
        raise ValueError(f"cannot compare {[(v.dtype, tuple(v.shape)) for v in pair]}")
    if not pair[1].isfinite().all():
        raise ValueError("expected holds NaN or infinity")
    if pair[0].shape != pair[1].shape:
        return "wrong", f"shape {tuple(pair[0].shape)}, expected {tuple(pair[1].shape)}"
    exact, close = min(DIGITS[value.dtype] for value in pair)
    ours, expected = (value.detach().cpu().double() for value in pair)
    error = (ours - expected).abs()
    largest, scale = error.max().item(), expected.abs().max().item()
    if largest <= 10.0**-exact * scale:
        return "exact", f"{exact}+ digits"
    if largest <= 10.0**-close * scale:
        return "close", f"{math.floor(-math.log10(largest / scale))} digits"
    place = torch.unravel_index(error.argmax(), error.shape)
    where = f" at {[int(k) for k in place]}" if place else ""
    values = f"{ours[place].item():.4g}, expected {expected[place].item():.4g}"
    return "wrong", f"off by {largest:.2g}{where}: {values}"
