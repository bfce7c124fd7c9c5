"""Autocast: output, h_n and c_n have PyTorch's dtypes and its values up to rounding.

PyTorch's dtypes are no simple rule. On a CPU only oneDNN's kernel is on autocast's list, so they
depend on whether that kernel takes the call: not where it is switched off, nor for packed or
projected input, nor for a cell. Ours follows, `_autocast_state` in modules.py.
"""

import itertools

import pytest
from lstm_from_scratch import tolerances
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

from lstm_from_scratch import LSTM, LSTMCell
from lstm_from_scratch.teaching.checks import outputs_and_gradients, twins

LOW = (torch.bfloat16, torch.float16)
DTYPES = (torch.float32, torch.float64, *LOW)
KINDS = {
    "layer": {},
    "stack": {"num_layers": 2, "bidirectional": True},
    "projected": {"proj_size": 2},
    "cell": None,
}
CASES = [*itertools.product(("layer", "stack", "projected"), ("batched", "unbatched", "packed")),
         ("cell", "batched"), ("cell", "unbatched")]
# 2.4 keeps float16 input away from oneDNN, later releases do so only where gradients are recorded.
OLD = tuple(int(n) for n in torch.__version__.split(".")[:2]) < (2, 11)


def pair(kind, device, dtype):
    """Make ours and PyTorch's with the same parameters."""
    if kind == "cell":
        ours, theirs = LSTMCell(3, 5), nn.LSTMCell(3, 5)
    else:
        ours, theirs = LSTM(3, 5, **KINDS[kind]), nn.LSTM(3, 5, **KINDS[kind])
    theirs.load_state_dict(ours.state_dict())
    return ours.to(device, dtype), theirs.to(device, dtype)


def draw(module, kind, layout, dtype, state_dtype):
    """Draw an input, and (h_0, c_0) or None."""
    device = module.weight_ih.device if kind == "cell" else module.weight_ih_l0.device
    N = () if layout == "unbatched" else (4,)
    L, rows, H_out = (), (), 5
    if kind != "cell":
        L, rows = (3,), (module.num_layers * (2 if module.bidirectional else 1),)
        H_out = module.proj_size or 5
    x = torch.randn(*L, *N, 3).to(device, dtype)
    if layout == "packed":
        x = pack_padded_sequence(x, [2, 3, 1, 3], enforce_sorted=False)
    if state_dtype is None:
        return x, None
    return x, tuple(torch.randn(*rows, *N, H).to(device, state_dtype) for H in (H_out, 5))


def run(module, x, hx, autocast, grad):
    device = (x if isinstance(x, torch.Tensor) else x.data).device.type
    with torch.autocast(device, autocast), torch.set_grad_enabled(grad):
        first, second = module(x, hx)
    if isinstance(second, tuple):
        return getattr(first, "data", first), *second
    return first, second


@pytest.mark.parametrize(
    "kind, layout, onednn",
    [(*case, True) for case in CASES] + [(kind, "batched", False) for kind in KINDS],
)
def test_dtypes_and_values(device, kind, layout, onednn, monkeypatch):
    monkeypatch.setattr(torch.backends.mkldnn, "enabled", onednn)
    compared, largest = 0, dict.fromkeys(LOW, 0.0)
    for dtype in DTYPES:
        ours, theirs = pair(kind, device, dtype)
        for autocast, input_dtype, state, grad in itertools.product(
            LOW, DTYPES, (None, torch.float32, "low"), (True, False)
        ):
            if OLD and input_dtype == torch.float16 and not grad:
                continue
            state_dtype = autocast if state == "low" else state
            x, hx = draw(ours, kind, layout, input_dtype, state_dtype)
            try:
                expected = run(theirs, x, hx, autocast, grad)
            except RuntimeError:  # float64 beside another dtype; float16 recording gradients
                continue
            compared += 1
            result = run(ours, x, hx, autocast, grad)
            case = f"{dtype}, {autocast}, input {input_dtype}, state {state_dtype}, grad {grad}"
            assert [t.dtype for t in result] == [t.dtype for t in expected], case
            for mine, other in zip(result, expected, strict=True):
                largest[autocast] = max(largest[autocast], (mine - other).abs().max().item())
    # Of 192: 94 or 112, on 2.4 58 or 94. A CPU without bfloat16 or float16 may refuse more.
    assert compared >= 48, compared
    for autocast in LOW:
        assert largest[autocast] <= tolerances.AUTOCAST[autocast], (autocast, largest)


@pytest.mark.parametrize("autocast", LOW)
@pytest.mark.parametrize("kind, layout", CASES)
def test_gradients_arrive_in_the_dtype_of_the_parameter(device, kind, layout, autocast):
    ours, theirs = pair(kind, device, torch.float32)
    x, hx = draw(ours, kind, layout, torch.float32, torch.float32)

    def under_autocast(module):
        def call(*args):
            with torch.autocast(device, autocast):
                return module(*args)

        call.named_parameters = module.named_parameters
        return outputs_and_gradients(call, x, hx)

    mine = under_autocast(ours)
    assert all(value.dtype == torch.float32 for name, value in mine.items() if name[:2] == "d_")
    try:
        other = under_autocast(theirs)
    except RuntimeError:  # oneDNN trains no float16, and not everywhere bfloat16
        assert device == "cpu" and kind in ("layer", "stack") and layout != "packed"
        return
    bound = tolerances.AUTOCAST[autocast]
    for name, value in mine.items():
        assert value.dtype == other[name].dtype, name
        scale = max(1.0, other[name].abs().max().item())
        error = (value - other[name]).abs().max().item() / scale
        assert error <= bound, (name, error)


def test_the_dtypes_are_not_all_the_same():
    """So that a rule that always gives one dtype cannot pass above."""
    ours, _ = pair("layer", "cpu", torch.float32)
    x, _ = draw(ours, "layer", "batched", torch.float32, None)
    packed, _ = draw(ours, "layer", "packed", torch.float32, None)
    assert run(ours, x, None, torch.bfloat16, True)[0].dtype == torch.bfloat16
    assert run(ours, packed, None, torch.bfloat16, True)[0].dtype == torch.float32


@pytest.mark.parametrize("shape", ((3, 0, 1), (1, 1, 1)))
def test_an_empty_batch_and_a_single_number(device, shape):
    """oneDNN's kernel is not asked where there is nothing to compute."""
    ours, theirs = twins(1, 5, device=device, dtype=torch.float32)
    x = torch.randn(shape, device=device)
    mine, other = (run(m, x, None, torch.bfloat16, True) for m in (ours, theirs))
    assert [(t.dtype, t.shape) for t in mine] == [(t.dtype, t.shape) for t in other]
