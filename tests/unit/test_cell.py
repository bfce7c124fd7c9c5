"""Our LSTMCell against PyTorch's, and a loop of cells against the layer."""

import pytest
import torch
from torch import nn

from lstm_from_scratch import LSTM, LSTMCell
from tests.support.parity import assert_parity

DTYPE = torch.float64


def twin_cells(device, bias=True, dtype=DTYPE):
    ours = LSTMCell(3, 5, bias, device=device, dtype=dtype)
    theirs = nn.LSTMCell(3, 5, bias, device=device, dtype=dtype)
    theirs.load_state_dict(ours.state_dict(), strict=True)
    return ours, theirs


@pytest.mark.parametrize("dtype", (torch.float64, torch.float32))
@pytest.mark.parametrize("with_state", (False, True))
@pytest.mark.parametrize("batch", ((), (0,), (1,), (4,)))
@pytest.mark.parametrize("bias", (True, False))
def test_parity(device, bias, batch, with_state, dtype):
    ours, theirs = twin_cells(device, bias, dtype)
    x = torch.randn(*batch, 3).to(ours.weight_ih)
    hx = [torch.randn(*batch, 5).to(ours.weight_ih) for _ in range(2)] if with_state else None
    assert_parity(ours, theirs, x, hx)


@pytest.mark.parametrize("bias", (True, False))
def test_same_seed_same_parameters(device, bias):
    cells = []
    for cls in (LSTMCell, nn.LSTMCell):
        torch.manual_seed(3)
        cells.append(cls(3, 5, bias, device=device))
    ours, theirs = cells
    assert str(ours) == str(theirs)
    mine, other = ours.state_dict(), theirs.state_dict()
    assert list(mine) == list(other)
    assert all(torch.equal(mine[name], other[name]) for name in mine)
    assert (ours.bias_ih is None) == (theirs.bias_ih is None) == (not bias)
    ours.load_state_dict(other, strict=True)


def test_sizes_of_zero_as_in_pytorch():
    assert LSTMCell(0, 5)(torch.randn(2, 0))[0].shape == (2, 5)
    assert LSTMCell(3, 0)(torch.randn(2, 3))[0].shape == (2, 0)


def test_c_may_have_another_dtype_as_in_pytorch():
    ours, theirs = twin_cells("cpu", dtype=torch.float32)
    x, h, c = torch.randn(4, 3), torch.randn(4, 5), torch.randn(4, 5, dtype=DTYPE)
    for mine, other in zip(ours(x, (h, c)), theirs(x, (h, c)), strict=True):
        assert mine.dtype == other.dtype
        torch.testing.assert_close(mine, other)


def test_a_loop_of_cells_is_the_layer(device):
    layer = LSTM(3, 5, device=device, dtype=DTYPE)
    cell = LSTMCell(3, 5, device=device, dtype=DTYPE)
    cell.load_state_dict({name.removesuffix("_l0"): p for name, p in layer.state_dict().items()})

    def loop(x, hx):
        h, c = hx[0][0], hx[1][0]
        outputs = []
        for x_t in x:
            h, c = cell(x_t, (h, c))
            outputs.append(h)
        return torch.stack(outputs), (h.unsqueeze(0), c.unsqueeze(0))

    loop.named_parameters = lambda: [(f"{name}_l0", p) for name, p in cell.named_parameters()]
    x = torch.randn(7, 4, 3, device=device, dtype=DTYPE)
    hx = [torch.randn(1, 4, 5, device=device, dtype=DTYPE) for _ in range(2)]
    assert_parity(loop, layer, x, hx)
