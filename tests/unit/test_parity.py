"""Our LSTM against PyTorch's: all outputs, all gradients, every combination of arguments."""

import itertools

import pytest
import torch
from torch import nn

from lstm_from_scratch import LSTM
from lstm_from_scratch.verify.compare import twins
from tests.support.parity import BACKENDS, assert_parity, make_input

pytestmark = BACKENDS

GRID = list(
    itertools.product(
        (1, 2, 3),  # num_layers
        (True, False),  # bias
        (False, True),  # batch_first
        (False, True),  # bidirectional
        (0, 2),  # proj_size
        ("batched", "unbatched", "sorted", "unsorted"),
        (False, True),  # initial states given
    )
)


@pytest.mark.parametrize(
    "num_layers, bias, batch_first, bidirectional, proj_size, layout, with_state", GRID
)
def test_float64(
    device, num_layers, bias, batch_first, bidirectional, proj_size, layout, with_state
):
    ours, theirs = twins(
        3, 5, num_layers, bias, batch_first, 0.0, bidirectional, proj_size, device=device
    )
    assert_parity(ours, theirs, *make_input(ours, layout, with_state))


@pytest.mark.parametrize("layout", ("batched", "unbatched", "sorted", "unsorted"))
@pytest.mark.parametrize("proj_size", (0, 2))
@pytest.mark.parametrize("bidirectional", (False, True))
@pytest.mark.parametrize("num_layers", (1, 3))
def test_float32(device, num_layers, bidirectional, proj_size, layout):
    ours, theirs = twins(
        3, 5, num_layers, bidirectional=bidirectional, proj_size=proj_size,
        device=device, dtype=torch.float32,
    )
    assert_parity(ours, theirs, *make_input(ours, layout, with_state=True))


@pytest.mark.parametrize(
    "input_size, hidden_size, L, N", [(1, 1, 1, 1), (7, 2, 1, 3), (2, 9, 40, 1)]
)
def test_other_sizes(device, input_size, hidden_size, L, N):
    ours, theirs = twins(input_size, hidden_size, 2, bidirectional=True, device=device)
    assert_parity(ours, theirs, *make_input(ours, "batched", True, L, N))


def test_empty_batch(device):
    ours, theirs = twins(3, 5, 2, bidirectional=True, device=device)
    x, hx = make_input(ours, "batched", True, L=4, N=0)
    assert ours(x)[0].shape == theirs(x)[0].shape == (4, 0, 10)
    assert_parity(ours, theirs, x, hx)


@pytest.mark.parametrize("batch_first", (False, True))
def test_non_contiguous_tensors(device, batch_first):
    ours, theirs = twins(3, 5, 2, batch_first=batch_first, device=device)
    x = torch.randn(4, 3, 12, device=device, dtype=torch.float64).transpose(0, 2)[::2, :, :]
    x = x.transpose(1, 2)[:, :, :3]
    h_0 = torch.randn(5, x.shape[0 if batch_first else 1], 2, device=device, dtype=torch.float64)
    h_0 = h_0.permute(2, 1, 0)
    c_0 = torch.randn(5, device=device, dtype=torch.float64).expand(h_0.shape)
    assert not x.is_contiguous() and not h_0.is_contiguous() and not c_0.is_contiguous()
    with torch.no_grad():
        mine = ours(x, (h_0, c_0))
        # cuDNN refuses non-contiguous states ("rnn: hx is not contiguous"); ours takes them.
        other = theirs(x, (h_0.contiguous(), c_0.contiguous()))
    torch.testing.assert_close(mine, other, atol=1e-12, rtol=1e-12)


@pytest.mark.parametrize("dtype", (torch.float16, torch.bfloat16))
@pytest.mark.parametrize("layout", ("batched", "unsorted"))
def test_half_dtypes_run_and_keep_their_dtype(device, dtype, layout):
    ours = LSTM(3, 5, 2, bidirectional=True, device=device, dtype=dtype)
    output, (h_n, c_n) = ours(*make_input(ours, layout, True))
    output = output.data
    (output.sum() + h_n.sum() + c_n.sum()).backward()
    tensors = [output, h_n, c_n, *(p.grad for p in ours.parameters())]
    assert all(t.dtype == dtype and t.isfinite().all() for t in tensors)


def test_inputs_are_not_modified(device):
    ours = LSTM(3, 5, 2, bidirectional=True, dropout=0.5, device=device)
    x, hx = make_input(ours, "batched", True)
    before = x.clone(), hx[0].clone(), hx[1].clone()
    ours(x, hx)[0].sum().backward()
    for old, new in zip(before, (x, *hx), strict=True):
        assert torch.equal(old, new)


def test_state_left_out_is_zero(device):
    ours = LSTM(3, 5, 2, bidirectional=True, proj_size=2, device=device)
    x = torch.randn(6, 4, 3, device=device)
    zeros = torch.zeros(4, 4, 2, device=device), torch.zeros(4, 4, 5, device=device)
    torch.testing.assert_close(ours(x), ours(x, zeros), atol=0, rtol=0)


@pytest.mark.parametrize("batch_first", (False, True))
@pytest.mark.parametrize("layout", ("batched", "unbatched"))
def test_output_has_the_strides_of_pytorch(batch_first, layout):
    """`output.view(...)` must work, and fail, where it does with `nn.LSTM`."""
    ours, theirs = twins(3, 5, batch_first=batch_first)
    x, hx = make_input(ours, layout, False)
    assert ours(x)[0].stride() == theirs(x)[0].stride()


# ---- dropout ----------------------------------------------------------------------------------


@pytest.mark.parametrize("layout", ("batched", "unbatched", "sorted", "unsorted"))
@pytest.mark.parametrize("bidirectional", (False, True))
@pytest.mark.parametrize("batch_first", (False, True))
@pytest.mark.parametrize("dropout", (0.3, 1.0))
def test_same_seed_same_dropout_masks(layout, bidirectional, batch_first, dropout):
    """On the CPU; cuDNN draws its masks from a state of its own."""
    ours, theirs = twins(
        3, 5, 3, dropout=dropout, bidirectional=bidirectional, batch_first=batch_first
    )
    x, hx = make_input(ours, layout, True)

    def seeded(module):
        def call(*args):
            torch.manual_seed(5)
            return module(*args)

        call.named_parameters = module.named_parameters
        return call

    assert_parity(seeded(ours), seeded(theirs), x, hx)
    plain = LSTM(3, 5, 3, bidirectional=bidirectional, batch_first=batch_first).double()
    plain.load_state_dict(ours.state_dict())
    with pytest.raises(AssertionError):  # the masks did something
        assert_parity(seeded(ours), plain, x, hx)


def test_dropout_is_off_in_eval_mode(device):
    ours, theirs = twins(3, 5, 3, dropout=0.5, device=device)
    x, hx = make_input(ours, "batched", True)
    with torch.no_grad():
        mine, other = ours.eval()(x, hx), theirs.eval()(x, hx)
    torch.testing.assert_close(mine, other, atol=1e-12, rtol=1e-12)


def test_dropout_leaves_the_last_layer_alone(device):
    ours = LSTM(3, 50, 2, dropout=0.99, device=device)
    output, _ = ours(torch.randn(6, 4, 3, device=device))
    assert (output != 0).all()


# ---- parameters -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kwargs",
    [
        {},
        {"num_layers": 2, "bidirectional": True, "proj_size": 2, "dropout": 0.5},
        {"num_layers": 3, "bias": False, "batch_first": True},
        {"num_layers": 2, "proj_size": 2, "bias": False, "dtype": torch.float64},
    ],
)
def test_same_seed_same_parameters(device, kwargs):
    modules = []
    for cls in (LSTM, nn.LSTM):
        torch.manual_seed(3)
        modules.append(cls(3, 5, **kwargs, device=device))
    ours, theirs = modules
    assert str(ours) == str(theirs)
    mine, other = ours.state_dict(), theirs.state_dict()
    assert list(mine) == list(other)
    assert all(torch.equal(mine[k], other[k]) and mine[k].dtype == other[k].dtype for k in mine)
    assert [name for name, _ in ours.named_parameters()] == list(other)
    ours.load_state_dict(other, strict=True)
    theirs.load_state_dict(mine, strict=True)
    shapes = [[p.shape for p in row] for row in ours.all_weights]
    assert shapes == [[p.shape for p in row] for row in theirs.all_weights]


def test_another_seed_gives_other_parameters():
    torch.manual_seed(3)
    first = LSTM(3, 5)
    torch.manual_seed(4)
    second = LSTM(3, 5)
    assert not torch.equal(first.weight_ih_l0, second.weight_ih_l0)


def test_reset_parameters_draws_as_pytorch_does():
    ours, theirs = twins(3, 5, 2)
    for module in (ours, theirs):
        torch.manual_seed(8)
        module.reset_parameters()
    mine, other = ours.state_dict(), theirs.state_dict()
    assert all(torch.equal(mine[k], other[k]) for k in mine)
