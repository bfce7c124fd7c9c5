"""How far two results may differ, once for all tests and for the verification command.

float64 is the strict proof: the same sums in another order differ by a few units in the last
place, so anything larger is a bug. float32 says how much rounding to expect in use.

Measured: the largest absolute difference from `torch.nn.LSTM` over the 384 configurations of
tests/unit/test_parity.py (H_cell = 5, L = 6, three layers at most), torch 2.13 on a CPU with
AVX-512. In float64 it was 0 for outputs and gradients; the tolerances leave room for a machine
that adds in another order.
"""

import torch

OUTPUTS = {
    torch.float64: 1e-12,  # numbers near 1, eps 2.2e-16, sums of at most some hundred terms
    torch.float32: 1e-6,  # measured 2.4e-7
}
GRADIENTS = {
    torch.float64: 1e-10,  # sums over steps, samples and upstream gradients: a hundred times more
    torch.float32: 1e-5,  # measured 1.9e-6
}


def of(name: str, dtype: torch.dtype) -> dict[str, float]:
    """Return the tolerances of an output or a gradient (`d_...`), as `assert_close` takes them."""
    tolerance = (GRADIENTS if name.startswith("d_") else OUTPUTS)[dtype]
    return {"atol": tolerance, "rtol": tolerance}


# Of `python -m lstm_from_scratch.verify`: the largest max|x - reference| / max|reference| of any
# tensor in a row, L = 20, H_cell = 32, two layers. Measured on a CPU with AVX-512, torch 2.13.
VERIFICATION = {
    "float64": {"outputs": 1e-12, "gradients": 1e-10},  # measured 0; as above
    "float32": {"outputs": 2e-6, "gradients": 1e-5},  # measured 3.0e-7 and 6.8e-7; another
    # device adds in another order, so there is room for ten times that
    "tf32": {"outputs": 4e-3, "gradients": 1e-2},  # not measured: float16's mantissa, 10 bits
    "float16": {"outputs": 4e-3, "gradients": 1e-2},  # measured 1.3e-3 and 3.1e-3
    "bfloat16": {"outputs": 5e-2, "gradients": 7e-2},  # measured 1.8e-2 and 2.3e-2
}

# Under autocast, of outputs, and of gradients relative to their largest element: the products
# are rounded to this dtype, and oneDNN keeps more digits between them than plain operations do.
# Two layers, both directions, L = 6, torch 2.4 to 2.13 on a CPU; room for three times that.
AUTOCAST = {
    torch.bfloat16: 5e-2,  # measured 1.6e-2
    torch.float16: 6e-3,  # measured 2.0e-3
}
