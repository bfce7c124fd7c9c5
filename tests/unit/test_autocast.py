"""Autocast: output, h_n and c_n have PyTorch's dtypes, and the exact values up to rounding.

PyTorch's dtypes are no simple rule. On a CPU only oneDNN's kernel is on autocast's list, so they
depend on whether that kernel takes the call: not where it is switched off, nor for packed or
projected input, nor for a cell, nor in a dtype that this processor does not compute in. Ours
follows, `autocast_state` in context.py. So each test asks PyTorch on this machine first. Where it
has no kernel for what autocast asks for and raises, ours runs, in autocast's dtype.
"""

import copy
import itertools
from types import SimpleNamespace

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

from lstm_from_scratch import LSTM, LSTMCell, context
from lstm_from_scratch.context import probes
from lstm_from_scratch.shapes import DIRECTIONS
from lstm_from_scratch.verify import tolerances
from lstm_from_scratch.verify.compare import outputs_and_gradients, twins

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
        L, rows = (3,), (module.num_layers * DIRECTIONS[module.bidirectional],)
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


def in_float64(module, x, hx):
    """Move a module and what it is called with to float64 on the CPU, where nn.LSTM is exact."""
    place = {"device": "cpu", "dtype": torch.float64}
    hx = hx if hx is None else tuple(state.to(**place) for state in hx)
    return copy.deepcopy(module).to(**place), x.to(**place), hx


def refused(error):
    """Tell whether this machine's oneDNN has no kernel for a dtype that PyTorch handed to it."""
    return "could not create a primitive" in str(error)


def compare(device, kind, layout):
    """Run ours beside PyTorch's for all dtypes; count what PyTorch computed, measure ours."""
    computed, largest = 0, dict.fromkeys(LOW, 0.0)
    for dtype in DTYPES:
        ours, theirs = pair(kind, device, dtype)
        for autocast, input_dtype, state, grad in itertools.product(
            LOW, DTYPES, (None, torch.float32, "low"), (True, False)
        ):
            if OLD and input_dtype == torch.float16 and not grad:
                continue
            state_dtype = autocast if state == "low" else state
            x, hx = draw(ours, kind, layout, input_dtype, state_dtype)
            case = f"{dtype}, {autocast}, input {input_dtype}, state {state_dtype}, grad {grad}"
            try:
                expected = [t.dtype for t in run(theirs, x, hx, autocast, grad)]
            except RuntimeError as error:
                if not refused(error):  # float64 beside another dtype
                    continue
                expected = [autocast] * (2 if kind == "cell" else 3)
            else:
                computed += 1
            result = run(ours, x, hx, autocast, grad)
            assert [t.dtype for t in result] == expected, case
            module, x, hx = in_float64(theirs, x, hx)
            exact = module(x, hx)
            exact = (getattr(exact[0], "data", exact[0]), *exact[1]) if kind != "cell" else exact
            for value, right in zip(result, exact, strict=True):
                error = (value.cpu() - right).abs().max().item()
                largest[autocast] = max(largest[autocast], error)
    return computed, largest


@pytest.mark.parametrize(
    "kind, layout, onednn",
    [(*case, True) for case in CASES] + [(kind, "batched", False) for kind in KINDS],
)
def test_dtypes_and_values(device, kind, layout, onednn, monkeypatch):
    monkeypatch.setattr(torch.backends.mkldnn, "enabled", onednn)
    computed, largest = compare(device, kind, layout)
    assert computed > 0
    for autocast in LOW:
        assert largest[autocast] <= tolerances.AUTOCAST[autocast], (autocast, largest)


WITH_ONEDNN = pytest.mark.skipif(
    not torch.backends.mkldnn.is_available(), reason="this build of PyTorch has no oneDNN"
)


@WITH_ONEDNN
def test_a_rule_that_does_not_ask_the_processor_is_seen(monkeypatch):
    """bfloat16 where oneDNN has none, or none where it has: either is another processor's rule."""
    monkeypatch.setattr(torch.backends.mkldnn, "enabled", True)
    other = {torch.bfloat16} ^ set(context.ONEDNN_DTYPES)
    monkeypatch.setattr(context, "ONEDNN_DTYPES", other)
    with pytest.raises(AssertionError, match="input torch.bfloat16"):
        compare("cpu", "layer", "batched")


@pytest.mark.parametrize("missing", ("_is_mkldnn_bf16_supported", "_is_mkldnn_fp16_supported"))
def test_without_the_private_names_of_pytorch_a_dtype_counts_as_missing(missing, monkeypatch):
    dtype = torch.bfloat16 if "bf16" in missing else torch.float16
    names = {name: lambda: True for name in
             ("_is_mkldnn_bf16_supported", "_is_mkldnn_fp16_supported") if name != missing}
    monkeypatch.setattr(torch.ops, "mkldnn", SimpleNamespace(**names))
    monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: True)
    assert set(probes.onednn_dtypes()) == {torch.float32, *LOW} - {dtype}
    monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: False)
    assert probes.onednn_dtypes() == ()


@pytest.mark.parametrize("autocast", LOW)
@pytest.mark.parametrize("kind, layout", CASES)
def test_gradients_arrive_in_the_dtype_of_the_parameter(device, kind, layout, autocast):
    """Judged by float64; PyTorch itself is not asked, because not every machine trains so."""
    ours, theirs = pair(kind, device, torch.float32)
    x, hx = draw(ours, kind, layout, torch.float32, torch.float32)

    def under_autocast(*args):
        with torch.autocast(device, autocast):
            return ours(*args)

    under_autocast.named_parameters = ours.named_parameters
    mine = outputs_and_gradients(under_autocast, x, hx)
    exact = outputs_and_gradients(*in_float64(theirs, x, hx))
    for name, value in mine.items():
        assert not name.startswith("d_") or value.dtype == torch.float32, name
        scale = max(1.0, exact[name].abs().max().item())
        error = (value.cpu() - exact[name]).abs().max().item() / scale
        assert error <= tolerances.AUTOCAST[autocast], (name, error)


@WITH_ONEDNN
def test_the_dtypes_are_not_all_the_same(monkeypatch):
    """So that a rule that always gives one dtype cannot pass above."""
    monkeypatch.setattr(torch.backends.mkldnn, "enabled", True)
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
    mine = [(t.dtype, t.shape) for t in run(ours, x, None, torch.bfloat16, True)]
    try:
        expected = [(t.dtype, t.shape) for t in run(theirs, x, None, torch.bfloat16, True)]
    except RuntimeError as error:
        assert refused(error) and x.numel() > 0
        expected = [(torch.bfloat16, (*shape[:2], 5)), *2 * [(torch.bfloat16, (1, shape[1], 5))]]
    assert mine == expected
