"""The hand-derived gradients of the NumPy reference, against three judges that share no code."""

import itertools

import numpy as np
import pytest
import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from lstm_from_scratch import reference
from lstm_from_scratch.shapes import DIRECTIONS
from lstm_from_scratch.verify.compare import twins

GRID = list(itertools.product((1, 2, 3), (True, False), (False, True), (0, 2), (None, [5, 2, 1])))


def make_case(num_layers, bias, bidirectional, proj_size):
    """Draw arrays for a padded batch: (x, h_0, c_0), upstream gradients, and the two modules."""
    ours, theirs = twins(
        3, 4, num_layers, bias, bidirectional=bidirectional, proj_size=proj_size
    )
    D, H_out = DIRECTIONS[bidirectional], proj_size or 4
    rows = num_layers * D
    shapes = (5, 3, 3), (rows, 3, H_out), (rows, 3, 4), (5, 3, D * H_out)
    x, h_0, c_0, d_output = (torch.randn(shape, dtype=torch.float64) for shape in shapes)
    return ours, theirs, (x, h_0, c_0), (d_output, torch.randn_like(h_0), torch.randn_like(c_0))


def by_autograd(module, inputs, upstream, lengths):
    """Return the same dict as `reference.lstm_backward`, from a module and autograd."""
    leaves = [value.clone().requires_grad_() for value in inputs]
    x = leaves[0]
    if lengths is not None:
        x = pack_padded_sequence(x, lengths, enforce_sorted=False)
    output, (h_n, c_n) = module(x, tuple(leaves[1:]))
    if lengths is not None:
        output, _ = pad_packed_sequence(output)
    names = ["input", "h_0", "c_0", *(name for name, _ in module.named_parameters())]
    gradients = torch.autograd.grad(
        [output, h_n, c_n], [*leaves, *module.parameters()], list(upstream)
    )
    return {f"d_{name}": g.numpy() for name, g in zip(names, gradients, strict=True)}


def by_reference(module, inputs, upstream, num_layers, bidirectional, lengths):
    parameters = {name: p.detach().numpy() for name, p in module.named_parameters()}
    arrays = [value.numpy() for value in (*upstream, *inputs)]
    return reference.lstm_backward(*arrays, parameters, num_layers, bidirectional, lengths)


@pytest.mark.parametrize("num_layers, bias, bidirectional, proj_size, lengths", GRID)
def test_autograd_of_both_modules(num_layers, bias, bidirectional, proj_size, lengths):
    *modules, inputs, upstream = make_case(num_layers, bias, bidirectional, proj_size)
    got = by_reference(modules[0], inputs, upstream, num_layers, bidirectional, lengths)
    for module in modules:
        expected = by_autograd(module, inputs, upstream, lengths)
        assert got.keys() == expected.keys()
        for name, value in expected.items():
            np.testing.assert_allclose(got[name], value, rtol=1e-10, atol=1e-10, err_msg=name)


@pytest.mark.parametrize("proj_size", (0, 2))
@pytest.mark.parametrize("lengths", (None, [5, 2, 1]))
def test_central_differences(proj_size, lengths):
    """Every number of every gradient, by the forward pass of the reference alone."""
    module, _, inputs, upstream = make_case(2, True, True, proj_size)
    arrays = {
        name: value.numpy().copy()
        for name, value in zip(("input", "h_0", "c_0"), inputs, strict=True)
    }
    arrays |= {name: p.detach().numpy().copy() for name, p in module.named_parameters()}
    weights = [value.numpy() for value in upstream]

    def loss():
        parameters = {n: v for n, v in arrays.items() if n not in ("input", "h_0", "c_0")}
        outs = reference.lstm(
            arrays["input"], arrays["h_0"], arrays["c_0"], parameters, 2, True, lengths
        )
        return sum((w * out).sum() for w, out in zip(weights, outs, strict=True))

    gradients = by_reference(module, inputs, upstream, 2, True, lengths)
    generator = np.random.default_rng(0)
    step = 1e-5  # error of the quotient about step^2, rounding about 1e-16 / step
    for name, array in arrays.items():
        for flat in generator.choice(array.size, size=min(6, array.size), replace=False):
            index = np.unravel_index(flat, array.shape)
            value = array[index]
            array[index] = value + step
            above = loss()
            array[index] = value - step
            below = loss()
            array[index] = value
            quotient = (above - below) / (2 * step)
            assert gradients[f"d_{name}"][index] == pytest.approx(quotient, rel=1e-6, abs=1e-8)


def test_a_wrong_derivative_is_seen(monkeypatch):
    """The forget gate's gradient without its factor 1 - f."""
    module, _, inputs, upstream = make_case(1, True, False, 0)
    right = reference.step_backward

    def wrong(*args):
        d_x, d_h, d_c, parts = right(*args)
        d_w_ih = parts[0].copy()
        d_w_ih[4:8] *= 1.1
        return d_x, d_h, d_c, (d_w_ih, *parts[1:])

    monkeypatch.setattr(reference, "step_backward", wrong)
    got = by_reference(module, inputs, upstream, 1, False, None)
    expected = by_autograd(module, inputs, upstream, None)
    assert not np.allclose(got["d_weight_ih_l0"], expected["d_weight_ih_l0"])
    np.testing.assert_allclose(got["d_input"], expected["d_input"], rtol=1e-10, atol=1e-10)


def test_padding_gets_no_gradient():
    module, _, inputs, upstream = make_case(2, True, True, 0)
    d_input = by_reference(module, inputs, upstream, 2, True, [5, 2, 1])["d_input"]
    assert (d_input[2:, 1] == 0).all() and (d_input[1:, 2] == 0).all()
    assert (d_input[:2, 1] != 0).all()


def test_both_biases_receive_the_same_gradient():
    module, _, inputs, upstream = make_case(2, True, True, 2)
    gradients = by_reference(module, inputs, upstream, 2, True, None)
    for row in ("l0", "l0_reverse", "l1", "l1_reverse"):
        first, second = (gradients[f"d_bias_{kind}_{row}"] for kind in ("ih", "hh"))
        np.testing.assert_array_equal(first, second)
