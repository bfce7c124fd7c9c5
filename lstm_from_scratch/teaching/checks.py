"""Compare two LSTMs, or two gradients: same parameters, input and random upstream gradients."""

import math

import torch
from torch import nn
from torch.nn.utils.rnn import PackedSequence

from lstm_from_scratch import LSTM

# Digits that agree, counted from the largest element. Exact: rounding leaves 15 and 7 in one
# operation, and sums over some hundred terms cost two or three of them. Close: a third of that.
DIGITS = {torch.float64: (12, 4), torch.float32: (5, 2)}


def devices():
    """List the devices to check on: the CPU always, CUDA where there is one."""
    return ["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"]


def twins(*args, device="cpu", dtype=torch.float64, **kwargs):
    """Make our LSTM and PyTorch's with the same arguments and the same parameters.

    Args:
        args, kwargs: as for `LSTM`.
        device, dtype: of the parameters; float64, so that a difference is a bug, not rounding.

    Returns:
        (ours, theirs).
    """
    ours = LSTM(*args, **kwargs, device=device, dtype=dtype)
    theirs = nn.LSTM(*args, **kwargs, device=device, dtype=dtype)
    theirs.load_state_dict(ours.state_dict(), strict=True)
    return ours, theirs


def outputs_and_gradients(module, x, hx=None, seed=0, rounded=torch.float64):
    """Run a module forward and backward.

    The loss is a random linear function of all outputs, so every element of every output has
    its own upstream gradient and no error can hide in a sum.

    Args:
        module: anything called like an LSTM, or like an LSTMCell.
        x: the input, a Tensor or PackedSequence.
        hx: None or (h_0, c_0).
        seed: of the upstream gradients.
        rounded: dtype to which these are rounded first, so that modules of different dtypes can
            be given the same ones.

    Returns:
        dict from name to tensor: `output` (not for a cell), `h_n`, `c_n`, and `d_<name>` for the
        input, the initial states and every parameter that takes part.
    """
    packed = isinstance(x, PackedSequence)
    data = (x.data if packed else x).detach().clone().requires_grad_()
    leaves = {"input": data}
    if hx is not None:
        hx = tuple(state.detach().clone().requires_grad_() for state in hx)
        leaves |= {"h_0": hx[0], "c_0": hx[1]}
    leaves |= dict(module.named_parameters())
    result = module(PackedSequence(data, *x[1:]) if packed else data, hx)
    if isinstance(result[1], tuple):
        output, (h_n, c_n) = result
        outputs = {"output": output.data if packed else output, "h_n": h_n, "c_n": c_n}
    else:
        outputs = dict(zip(("h_n", "c_n"), result, strict=True))
    generator = torch.Generator().manual_seed(seed)
    upstream = [
        torch.randn(out.shape, generator=generator, dtype=torch.float64).to(rounded).to(out)
        for out in outputs.values()
    ]
    names = [name for name, leaf in leaves.items() if leaf.requires_grad]
    gradients = torch.autograd.grad(
        list(outputs.values()), [leaves[name] for name in names], upstream
    )
    outputs = {name: out.detach() for name, out in outputs.items()}
    return outputs | {f"d_{name}": g for name, g in zip(names, gradients, strict=True)}


def assert_same(ours, theirs, x, hx=None, seed=0):
    """Fail unless two modules give the same outputs and the same gradients.

    Args:
        ours, theirs: modules called alike.
        x, hx, seed: as for `outputs_and_gradients`.

    Raises:
        AssertionError: naming the first output or gradient that differs, and by how much;
            tolerances are those of `torch.testing.assert_close` for the dtype.
    """
    first = outputs_and_gradients(ours, x, hx, seed)
    second = outputs_and_gradients(theirs, x, hx, seed)
    assert first.keys() == second.keys(), (first.keys(), second.keys())
    for name in first:
        torch.testing.assert_close(
            first[name], second[name], msg=lambda text, name=name: f"{name}: {text}"
        )


def compare(name, ours, expected):
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


def _judge(ours, expected):
    """Give the verdict of `compare` and what it is based on."""
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


def error_of(call, *args, **kwargs):
    """Give the exception that a call raises as "Type: text", or None if it raises none.

    Args:
        call: anything callable, with its args and kwargs.
    """
    try:
        call(*args, **kwargs)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return None
