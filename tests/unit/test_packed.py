"""PackedSequence in and out; parity is in test_parity.py, bad ones in test_own_errors.py."""

import pytest
import torch
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from lstm_from_scratch import LSTM
from lstm_from_scratch.verify.compare import twins
from tests.support.parity import BACKENDS, LENGTHS, make_input

pytestmark = BACKENDS


@pytest.mark.parametrize("layout", ("sorted", "unsorted"))
def test_the_packed_output_is_that_of_pytorch(device, layout):
    ours, theirs = twins(3, 5, 2, bidirectional=True, device=device)
    x, _ = make_input(ours, layout, False)
    mine, other = ours(x)[0], theirs(x)[0]
    assert isinstance(mine, PackedSequence)
    for a, b in zip(mine[1:], other[1:], strict=True):  # batch_sizes and the two index tensors
        assert (a is None and b is None) or torch.equal(a, b)


@pytest.mark.parametrize("bidirectional", (False, True))
def test_each_sequence_is_read_as_if_it_were_alone(device, bidirectional):
    """Also that h_n comes back in the caller's order, with states given in that order."""
    lengths = LENGTHS["unsorted"]
    lstm = LSTM(3, 5, 2, bidirectional=bidirectional, device=device, dtype=torch.float64)
    rows = 4 if bidirectional else 2
    x, h_0, c_0 = (
        torch.randn(*shape, device=device, dtype=torch.float64)
        for shape in ((6, 4, 3), (rows, 4, 5), (rows, 4, 5))
    )
    packed = pack_padded_sequence(x, lengths, enforce_sorted=False)
    output, (h_n, c_n) = lstm(packed, (h_0, c_0))
    output, _ = pad_packed_sequence(output)
    for n, length in enumerate(lengths):
        alone, (h, c) = lstm(x[:length, n], (h_0[:, n], c_0[:, n]))
        for got, want in ((output[:length, n], alone), (h_n[:, n], h), (c_n[:, n], c)):
            torch.testing.assert_close(got, want, atol=1e-12, rtol=1e-12)


def test_padding_changes_nothing():
    lstm = LSTM(3, 5, bidirectional=True, dtype=torch.float64)
    x = torch.randn(6, 4, 3, dtype=torch.float64)
    results = []
    for padding in (0.0, float("nan")):
        padded = x.clone()
        for n, length in enumerate(LENGTHS["unsorted"]):
            padded[length:, n] = padding
        packed = pack_padded_sequence(padded, LENGTHS["unsorted"], enforce_sorted=False)
        output, states = lstm(packed)
        results.append((output.data, *states))
    torch.testing.assert_close(results[0], results[1], atol=0, rtol=0)
