"""The NumPy reference against PyTorch, and our LSTM against the reference."""

import itertools

import numpy as np
import pytest
import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from lstm_from_scratch import functional, reference
from lstm_from_scratch.shapes import DIRECTIONS
from lstm_from_scratch.verify.compare import twins

LENGTHS = (None, [6, 2, 1, 5])
GRID = list(itertools.product((1, 2), (True, False), (False, True), (0, 2), LENGTHS))


def run(module, x, h_0, c_0, lengths):
    """Call a module on a padded batch, packed on the way if there are lengths."""
    if lengths is not None:
        x = pack_padded_sequence(x, lengths, enforce_sorted=False)
    with torch.no_grad():
        output, (h_n, c_n) = module(x, (h_0, c_0))
    if lengths is not None:
        output, _ = pad_packed_sequence(output)
    return output, h_n, c_n


@pytest.mark.parametrize("num_layers, bias, bidirectional, proj_size, lengths", GRID)
def test_reference_equals_both(num_layers, bias, bidirectional, proj_size, lengths):
    ours, theirs = twins(
        3, 5, num_layers, bias, bidirectional=bidirectional, proj_size=proj_size
    )
    rows = num_layers * DIRECTIONS[bidirectional]
    x = torch.randn(6, 4, 3, dtype=torch.float64)
    h_0 = torch.randn(rows, 4, proj_size or 5, dtype=torch.float64)
    c_0 = torch.randn(rows, 4, 5, dtype=torch.float64)
    parameters = {name: p.detach().numpy() for name, p in ours.named_parameters()}
    expected = reference.lstm(
        x.numpy(), h_0.numpy(), c_0.numpy(), parameters, num_layers, bidirectional, lengths
    )
    for module in (ours, theirs):
        for got, want in zip(run(module, x, h_0, c_0, lengths), expected, strict=True):
            np.testing.assert_allclose(got.numpy(), want, rtol=1e-12, atol=1e-12)


def test_one_step_by_hand():
    """One unit, one input: every number worked out on paper."""
    w_ih, w_hh = np.array([[1.0], [2.0], [3.0], [4.0]]), np.zeros((4, 1))
    h, c = reference.step(np.array([0.0]), np.array([9.0]), np.array([8.0]), w_ih, w_hh)
    # All pre-activations are 0: i = f = o = 1/2 and g = 0, so c = 8/2 + 0 and h = tanh(4)/2.
    assert c == pytest.approx(4.0, abs=1e-15)
    assert h == pytest.approx(np.tanh(4.0) / 2, abs=1e-15)


def test_sigmoid_does_not_overflow():
    with np.errstate(all="raise"):
        values = reference.sigmoid(np.array([-1e4, -50.0, 0.0, 50.0, 1e4]))
    np.testing.assert_array_equal(values, [0.0, values[1], 0.5, 1.0, 1.0])
    assert 0 <= values[1] < 1e-15


def test_padding_is_not_read():
    parameters = {"weight_ih_l0": np.ones((4, 1)), "weight_hh_l0": np.ones((4, 1))}
    state = np.zeros((1, 1, 1))
    x = np.array([[[1.0]], [[np.nan]]])
    output, h_n, c_n = reference.lstm(x, state, state, parameters, lengths=[1])
    assert np.isfinite(output).all() and output[1] == 0
    assert h_n[0, 0] == output[0, 0] and np.isfinite(c_n).all()


def test_what_is_left_out():
    """One layer, one direction, all steps, no dropout: the defaults of the functions."""
    ours, _ = twins(3, 5)
    x, h_0, c_0 = (torch.randn(s, dtype=torch.float64) for s in ((6, 4, 3), (1, 4, 5), (1, 4, 5)))
    parameters = {name: p.detach() for name, p in ours.named_parameters()}
    weights = functional.Weights(*parameters.values())
    assert functional.Weights(weights.w_ih, weights.w_hh)[2:] == (None, None, None)
    with torch.no_grad():
        output, (h_n, c_n) = ours(x, (h_0, c_0))
    whole, row, alone = (output, h_n, c_n), (output, h_n[0], c_n[0]), (output[:, 0], h_n[0, 0])
    of_one = x[:, 0].numpy(), h_0[0, 0].numpy(), c_0[0, 0].numpy()
    arrays = {name: p.numpy() for name, p in parameters.items()}
    for got, expected in (
        (functional.lstm(x, h_0, c_0, [(weights,)]), whole),
        (reference.lstm(x.numpy(), h_0.numpy(), c_0.numpy(), arrays), whole),
        (functional.lstm_direction(x, h_0[0], c_0[0], weights), row),
        (reference.sequence(*of_one, tuple(arrays.values()))[:2], alone),
    ):
        for value, want in zip(got, expected, strict=True):
            np.testing.assert_allclose(value, want, rtol=1e-12, atol=1e-12)


def test_dropout_is_for_training_only():
    ours, _ = twins(3, 5, 2)
    x, states = torch.randn(6, 4, 3, dtype=torch.float64), torch.zeros(2, 4, 5).double()
    layers = [(ours.weights(layer),) for layer in range(2)]
    results = [functional.lstm(x, states, states, layers, dropout) for dropout in (0.0, 0.9)]
    torch.testing.assert_close(*results, rtol=0, atol=0)


def test_no_gradient_for_what_is_not_there():
    """Without biases and projection, as the arguments' defaults say."""
    x, h, c, w_ih, w_hh = (torch.randn(*s).numpy() for s in ((3,), (5,), (5,), (20, 3), (20, 5)))
    *_, gradients = reference.step_backward(h, c, x, h, c, w_ih, w_hh)
    assert [g is None for g in gradients] == [False, False, True, True, True]


def test_whatever_comes_in_is_computed_in_float64():
    parameters = {name: p.detach().float() for name, p in twins(3, 5)[0].named_parameters()}
    arrays = [np.float32(np.ones(shape) / 3) for shape in ((6, 4, 3), (1, 4, 5), (1, 4, 5))]
    upstream = [np.float32(np.ones(shape) / 3) for shape in ((6, 4, 5), (1, 4, 5), (1, 4, 5))]

    def results(convert):
        x, weights = [convert(a) for a in arrays], {k: convert(p) for k, p in parameters.items()}
        gradients = reference.lstm_backward(*[convert(g) for g in upstream], *x, weights)
        return [*reference.lstm(*x, weights), *gradients.values()]

    for got, want in zip(results(np.asarray), results(np.float64), strict=True):
        assert got.dtype == np.float64
        np.testing.assert_array_equal(got, want)
