"""Negative controls: the comparison must see each of these bugs, in outputs and in gradients."""

import pytest
import torch

from lstm_from_scratch import functional
from lstm_from_scratch.kernels import layer
from lstm_from_scratch.verify.compare import outputs_and_gradients, twins
from tests.support.parity import BACKENDS, assert_parity, make_input

pytestmark = BACKENDS


def swap_gates(first, second):
    order = {"i": 0, "f": 1, "g": 2, "o": 3}

    def change(weights):
        def swap(w):
            blocks = list(w.chunk(4))
            a, b = order[first], order[second]
            blocks[a], blocks[b] = blocks[b], blocks[a]
            return torch.cat(blocks)

        return weights._replace(w_ih=swap(weights.w_ih), w_hh=swap(weights.w_hh),
                                b_ih=swap(weights.b_ih), b_hh=swap(weights.b_hh))

    return change


BUGS = {
    "i and f swapped": swap_gates("i", "f"),
    "f and g swapped": swap_gates("f", "g"),
    "g and o swapped": swap_gates("g", "o"),
    "i and o swapped": swap_gates("i", "o"),
    "b_ih dropped": lambda weights: weights._replace(b_ih=None),
    "b_hh dropped": lambda weights: weights._replace(b_hh=None),
    "b_ih used twice": lambda weights: weights._replace(b_hh=weights.b_ih),
}


@pytest.fixture
def pair():
    ours, theirs = twins(3, 5, 2, bidirectional=True)
    x, hx = make_input(ours, "batched", True)
    assert_parity(ours, theirs, x, hx)
    return ours, theirs, x, hx


@pytest.fixture
def module(backend):
    """What runs a direction by this kernel, to be sabotaged."""
    return functional if backend == "plain" else layer


@pytest.mark.parametrize("bug", BUGS)
def test_a_wrong_weight_is_seen(pair, module, monkeypatch, bug):
    right = module.lstm_direction

    def wrong(x, h_0, c_0, weights, *rest, **named):
        return right(x, h_0, c_0, BUGS[bug](weights), *rest, **named)

    monkeypatch.setattr(module, "lstm_direction", wrong)
    with pytest.raises((AssertionError, RuntimeError), match="output|unused"):
        assert_parity(*pair)


@pytest.mark.parametrize("bug", ["not reversed", "output left reversed", "last step taken as h_n"])
def test_a_wrong_direction_is_seen(pair, module, monkeypatch, bug):
    right = module.lstm_direction

    def wrong(x, h_0, c_0, weights, batch_sizes=None, reverse=False, **named):
        if bug == "not reversed":
            return right(x, h_0, c_0, weights, batch_sizes, **named)
        output, h_n, c_n = right(x, h_0, c_0, weights, batch_sizes, reverse, **named)
        if bug == "output left reversed" and reverse:
            output = output.flip(0)
        return output, output[-1] if bug == "last step taken as h_n" else h_n, c_n

    monkeypatch.setattr(module, "lstm_direction", wrong)
    name = "h_n" if bug == "last step taken as h_n" else "output"
    with pytest.raises(AssertionError, match=f"^{name}"):
        assert_parity(*pair)


def test_a_wrong_gradient_alone_is_seen(pair):
    """The outputs stay right; only d_input is changed, by one part in a million."""
    ours, theirs, x, hx = pair

    def wrong(data, states):
        return ours(data + 1e-6 * (data - data.detach()), states)

    wrong.named_parameters = ours.named_parameters
    right = outputs_and_gradients(ours, x, hx)
    changed = outputs_and_gradients(wrong, x, hx)
    assert torch.equal(right["output"], changed["output"])
    with pytest.raises(AssertionError, match="^d_input"):
        assert_parity(wrong, theirs, x, hx)


def test_upstream_gradients_reach_every_output(pair):
    """A loss that forgot one of output, h_n, c_n would let its gradient go wrong unseen."""
    ours, _, x, hx = pair
    whole = outputs_and_gradients(ours, x, hx)["d_input"]
    for k in range(3):

        def without_one(data, states, k=k):
            output, (h_n, c_n) = ours(data, states)
            results = [output, h_n, c_n]
            results[k] = results[k].detach() + 0 * results[k]
            return results[0], (results[1], results[2])

        without_one.named_parameters = ours.named_parameters
        assert not torch.allclose(outputs_and_gradients(without_one, x, hx)["d_input"], whole)
