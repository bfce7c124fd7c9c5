"""Where arithmetic gets hard: saturation, huge and tiny numbers, inf, NaN, very long, empty."""

import pytest
import torch
from torch import nn
from torch.autograd import gradcheck
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence

from lstm_from_scratch import LSTM, LSTMCell, functional, use_backend
from lstm_from_scratch.verify import tolerances
from lstm_from_scratch.verify.compare import outputs_and_gradients, twins
from tests.support.parity import BACKENDS, assert_parity, by_reference, make_input

pytestmark = BACKENDS

DTYPE = torch.float64
KINDS = {
    "plain": {},
    "projected": {"proj_size": 2},
    "bidirectional": {"num_layers": 2, "bidirectional": True},
}


def scaled_twins(scale, device, dtype=DTYPE, **kwargs):
    ours, theirs = twins(3, 5, **kwargs, device=device, dtype=dtype)
    with torch.no_grad():
        for parameter in (*ours.parameters(), *theirs.parameters()):
            parameter.mul_(scale)
    return ours, theirs


# ---- saturation, huge inputs, infinity ----------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("of_x", (1.0, 1e3, 1e30, "inf"))
@pytest.mark.parametrize("of_weights", (1.0, 1e3, 1e30))
@pytest.mark.parametrize("dtype", (torch.float64, torch.float32))
def test_huge_numbers(device, dtype, of_weights, of_x, kind):
    """NaN exactly where the reference has one; in float64 its numbers, gradients included.

    In float32 a gate between 0 and 1 whose pre-activation is a difference of huge terms depends
    on the order of the sum, so only NaN and range are compared. Where the products overflow
    float32, infinity minus infinity is NaN on one processor and a fused multiplication and
    addition avoids it on the next, so only the range is. nn.LSTM is not asked: some of its kernels
    give NaN for finite exact results.
    """
    ours, _ = scaled_twins(of_weights, device, dtype, **KINDS[kind])
    x = torch.randn(6, 4, 3, device=device, dtype=DTYPE).to(dtype)
    if of_x == "inf":
        x[2, 1, 0], x[4, 2, 1] = float("inf"), -float("inf")
    else:
        x *= of_x
    mine, right = outputs_and_gradients(ours, x), by_reference(ours, x)
    overflows = of_x != "inf" and of_x * of_weights > torch.finfo(dtype).max
    for name, value in mine.items():
        assert overflows or torch.equal(value.isnan().cpu(), right[name].isnan()), name
        if dtype == torch.float64:
            torch.testing.assert_close(
                value.cpu(), right[name], **tolerances.of(name, dtype), equal_nan=True,
                msg=lambda text, name=name: f"{name}: {text}",
            )
    if kind != "projected":
        output = mine["output"]
        assert ((output.abs() <= 1) | (output.isnan() & overflows)).all()
    if of_x != "inf" and of_weights == 1:
        assert all(value.isfinite().all() for value in mine.values())


def test_a_kernel_that_loses_a_finite_result_is_seen(monkeypatch):
    """As oneDNN's on a processor without AVX-512 does, for finite input and a finite result."""
    right = functional.lstm_direction

    def wrong(*args, **options):
        return tuple(result * float("nan") for result in right(*args, **options))

    monkeypatch.setattr(functional, "lstm_direction", wrong)
    with use_backend("plain"), pytest.raises(AssertionError, match="output"):
        test_huge_numbers("cpu", torch.float32, 1e3, 1e30, "plain")


@pytest.mark.parametrize("dtype", (torch.float64, torch.float32))
def test_every_gate_saturated(device, dtype):
    """Gates at exactly 0 or 1: the state is copied or forgotten, and nothing flows through."""
    ours, theirs = twins(1, 1, bias=False, device=device, dtype=dtype)
    for signs in ((-1, 1, 1, 1), (1, -1, 1, 1), (1, 1, -1, 1), (1, 1, 1, -1)):
        with torch.no_grad():
            for module in (ours, theirs):
                module.weight_ih_l0.copy_(torch.tensor(signs).unsqueeze(1) * 1e4)
                module.weight_hh_l0.zero_()
        x, hx = torch.ones(1, 1, 1).to(ours.weight_ih_l0), torch.full((1, 1, 1), 3.0).to(device)
        hx = (hx.to(dtype), hx.to(dtype))
        i, f, g, o = ((sign > 0) * 1.0 for sign in signs)
        _, (h_n, c_n) = ours(x, hx)
        assert c_n.item() == f * 3 + i * (2 * g - 1)
        torch.testing.assert_close(h_n, o * torch.tanh(c_n), atol=1e-6, rtol=1e-6)
        assert_parity(ours, theirs, x, hx)
        gradients = outputs_and_gradients(ours, x, hx)
        assert gradients["d_weight_ih_l0"].abs().max() == gradients["d_input"].abs().max() == 0


@pytest.mark.parametrize("value", (float("inf"), -float("inf"), 1e300, float("nan")))
@pytest.mark.parametrize("which", (0, 1))
def test_a_state_of_infinity_or_nan(device, value, which):
    ours, _ = twins(3, 5, 2, device=device)
    x, hx = make_input(ours, "batched", True)
    hx[which][0, 1, 2] = value
    mine, right = outputs_and_gradients(ours, x, hx), by_reference(ours, x, hx)
    for name in ("output", "h_n", "c_n"):
        torch.testing.assert_close(
            mine[name].cpu(), right[name], atol=1e-12, rtol=1e-12, equal_nan=True
        )


@pytest.mark.parametrize("tiny", (1e-310, 5e-324, 1e-40, 1e-45))
def test_denormal_numbers_are_not_flushed(tiny):
    """With x = 0 and no bias, c_1 = f * c_0 with f = 1/2 (rounded to even: 5e-324 becomes 0)."""
    dtype = DTYPE if tiny < 1e-45 else torch.float32
    ours, _ = twins(3, 5, bias=False, dtype=dtype)
    hx = torch.zeros(1, 2, 5, dtype=dtype), torch.full((1, 2, 5), tiny, dtype=dtype)
    x = torch.zeros(1, 2, 3, dtype=dtype)
    h, c = ours(x, hx)[1]
    assert torch.equal(c, hx[1] / 2) and torch.equal(h, c / 2)  # tanh(c) is c, and o is 1/2


# ---- NaN ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("layout", ("batched", "sorted", "unsorted"))
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("where", ("input", "h_0", "c_0"))
def test_nan_stays_in_its_own_sample(device, where, kind, layout):
    """Outputs, states and their gradients; the parameters' gradients sum over samples."""
    ours, _ = twins(3, 5, **KINDS[kind], device=device)
    x, hx = make_input(ours, "batched", True)
    clean = x.clone(), *(state.clone() for state in hx)
    {"input": x, "h_0": hx[0], "c_0": hx[1]}[where][0, 2, 0] = float("nan")
    lengths = {"sorted": [6, 4, 4, 1], "unsorted": [2, 6, 5, 4]}.get(layout)

    def padded(module):
        """Padded in and out, so that axis 1 is the sample everywhere."""

        def call(data, states):
            if lengths is None:
                return module(data, states)
            packed = pack_padded_sequence(data, lengths, enforce_sorted=layout == "sorted")
            output, states = module(packed, states)
            return nn.utils.rnn.pad_packed_sequence(output)[0], states

        call.named_parameters = lambda: []
        return call

    dirty = outputs_and_gradients(padded(ours), x, hx)
    right = by_reference(ours, x, hx, lengths)
    clean = outputs_and_gradients(padded(ours), clean[0], clean[1:])
    for name, value in dirty.items():
        assert torch.equal(value.isnan().cpu(), right[name].isnan()), name
        for n in (0, 1, 3):
            assert value[:, n].isfinite().all(), name
            assert torch.equal(value[:, n], clean[name][:, n]), name
    assert dirty["output"][:, 2].isnan().any() and dirty["d_input"][:, 2].isnan().any()


# ---- lengths ------------------------------------------------------------------------------------


def test_three_thousand_steps(device):
    ours, theirs = twins(3, 5, bidirectional=True, device=device)
    x, hx = make_input(ours, "batched", True, L=3000, N=2)
    assert_parity(ours, theirs, x, hx)


def test_three_thousand_steps_packed_with_one(device):
    ours, theirs = twins(3, 5, device=device)
    x = torch.randn(3000, 2, 3, device=device, dtype=DTYPE)
    assert_parity(ours, theirs, pack_padded_sequence(x, [1, 3000], enforce_sorted=False))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("batch_first", (False, True))
@pytest.mark.parametrize("layout", ("batched", "unbatched"))
def test_one_step(device, layout, batch_first, kind):
    ours, theirs = twins(3, 5, **KINDS[kind], batch_first=batch_first, device=device)
    assert_parity(ours, theirs, *make_input(ours, layout, True, L=1))


@pytest.mark.parametrize("dtype", (torch.float64, torch.float32))
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("batch_first", (False, True))
@pytest.mark.parametrize("with_state", (False, True))
def test_no_sample(device, with_state, batch_first, kind, dtype):
    """Shapes as in PyTorch, and gradients of zero, not None, for every parameter."""
    ours, theirs = twins(
        3, 5, **KINDS[kind], batch_first=batch_first, device=device, dtype=dtype
    )
    x, hx = make_input(ours, "batched", with_state, N=0)
    assert_parity(ours, theirs, x, hx)
    for name, value in outputs_and_gradients(ours, x, hx).items():
        assert not value.any(), name


def test_no_sample_packed():
    """PyTorch packs no empty batch; one that was made by hand stops there with an IndexError."""
    with pytest.raises(RuntimeError, match="Cannot pack empty tensors"):
        pack_padded_sequence(torch.randn(5, 0, 3), torch.tensor([], dtype=torch.int64))
    packed = PackedSequence(torch.randn(0, 3), torch.tensor([], dtype=torch.int64))
    with pytest.raises(IndexError):
        nn.LSTM(3, 5)(packed)
    with pytest.raises(ValueError, match="batch_sizes of a PackedSequence must"):
        LSTM(3, 5)(packed)


# ---- gradients against finite differences -------------------------------------------------------


@pytest.mark.parametrize("layout", ("batched", "unbatched", "unsorted"))
@pytest.mark.parametrize("kind", KINDS)
def test_gradcheck(device, kind, layout):
    """No other implementation is asked: the derivative of what is computed."""
    ours = LSTM(2, 3, **KINDS[kind], device=device, dtype=DTYPE)
    x, hx = make_input(ours, layout, True, **({} if layout == "unsorted" else {"L": 3, "N": 2}))
    packed = x if layout == "unsorted" else None
    names = [name for name, _ in ours.named_parameters()]
    values = [p.detach().clone() for p in ours.parameters()]

    def function(data, h_0, c_0, *parameters):
        argument = PackedSequence(data, *packed[1:]) if packed else data
        output, states = torch.func.functional_call(
            ours, dict(zip(names, parameters, strict=True)), (argument, (h_0, c_0))
        )
        return output.data if packed else output, *states

    leaves = [packed.data if packed else x, *hx, *values]
    # fast_mode compares one random projection of the Jacobian instead of every column.
    assert gradcheck(function, [leaf.requires_grad_() for leaf in leaves], fast_mode=True)


@pytest.mark.parametrize("batch", ((), (2,)))
def test_gradcheck_of_the_cell(device, batch):
    cell = LSTMCell(2, 3, device=device, dtype=DTYPE)
    names = [name for name, _ in cell.named_parameters()]
    leaves = [torch.randn(*batch, size, device=device, dtype=DTYPE) for size in (2, 3, 3)]
    leaves += [p.detach().clone() for p in cell.parameters()]

    def function(x, h, c, *parameters):
        parameters = dict(zip(names, parameters, strict=True))
        return torch.func.functional_call(cell, parameters, (x, (h, c)))

    assert gradcheck(function, [leaf.requires_grad_() for leaf in leaves])
