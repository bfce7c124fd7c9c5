"""from_torch and to_torch: an equal module of the other kind."""

import pytest
import torch
from torch import nn
from torch.nn.utils import prune
from torch.nn.utils.parametrizations import weight_norm

import lstm_from_scratch
from lstm_from_scratch import from_torch, to_torch
from tests.support.parity import assert_parity, make_input

OPTIONS = [
    {},
    {"num_layers": 2, "bidirectional": True, "proj_size": 2, "batch_first": True, "dropout": 0.5},
    {"num_layers": 2, "bias": False},
]


def both_ways(options, device):
    """Make a pair (source, converter) for each direction."""
    for namespace, convert in ((nn, from_torch), (lstm_from_scratch, to_torch)):
        yield namespace.LSTM(3, 5, **options, device=device, dtype=torch.float64), convert


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("share", (False, True))
def test_the_result_is_equal(device, options, share):
    for source, convert in both_ways(options, device):
        source.eval()
        before = torch.get_rng_state()
        result = convert(source, share=share)
        assert torch.equal(torch.get_rng_state(), before)
        assert str(result) == str(source) and type(result) is not type(source)
        assert not result.training
        assert_parity(result, source, *make_input(source, "batched", True))


@pytest.mark.parametrize("namespace, convert", [(nn, from_torch), (lstm_from_scratch, to_torch)])
@pytest.mark.parametrize("bias", (True, False))
def test_cells(device, namespace, convert, bias):
    source = namespace.LSTMCell(3, 5, bias, device=device, dtype=torch.float64)
    x = torch.randn(4, 3, device=device, dtype=torch.float64)
    assert_parity(convert(source), source, x)


def test_a_copy_is_independent_and_a_share_is_not(device):
    for source, convert in both_ways({}, device):
        copy, shared = convert(source), convert(source, share=True)
        assert shared.weight_hh_l0 is source.weight_hh_l0
        with torch.no_grad():
            source.weight_hh_l0 += 1
        x, _ = make_input(source, "batched", False)
        assert_parity(shared, source, x)
        assert torch.equal(copy.weight_hh_l0 + 1, source.weight_hh_l0)


def test_there_and_back(device):
    source = nn.LSTM(3, 5, 2, bidirectional=True, device=device, dtype=torch.float64)
    back = to_torch(from_torch(source))
    assert type(back) is nn.LSTM
    mine, other = back.state_dict(), source.state_dict()
    assert list(mine) == list(other) and all(torch.equal(mine[k], other[k]) for k in mine)


def test_a_frozen_parameter_stays_frozen():
    for source, convert in both_ways({}, "cpu"):
        source.weight_hh_l0.requires_grad_(False)
        result = convert(source)
        frozen = {name for name, p in result.named_parameters() if not p.requires_grad}
        assert frozen == {"weight_hh_l0"}


def test_half_of_a_model_in_another_dtype():
    source = nn.LSTM(3, 5, dtype=torch.bfloat16)
    assert from_torch(source).weight_ih_l0.dtype == torch.bfloat16


class Derived(nn.LSTM):
    def forward(self, x, hx=None):
        return super().forward(x + 1, hx)


@pytest.mark.parametrize("other", [nn.GRU(3, 5), nn.Linear(3, 5), Derived(3, 5)])
def test_another_class_is_refused(other):
    with pytest.raises(TypeError) as error:
        from_torch(other)
    assert str(error.value) == (
        "expected torch.nn.modules.rnn.LSTM or torch.nn.modules.rnn.LSTMCell, "
        f"got: {type(other).__qualname__}"
    )


def test_the_wrong_direction_is_refused():
    with pytest.raises(TypeError, match="got: LSTM"):
        from_torch(lstm_from_scratch.LSTM(3, 5))
    with pytest.raises(TypeError, match="got: LSTM"):
        to_torch(nn.LSTM(3, 5))


def test_a_parametrization_is_refused():
    lstm = lstm_from_scratch.LSTM(3, 5)
    weight_norm(lstm, "weight_hh_l0")
    with pytest.raises((TypeError, ValueError), match="parametrization|got: Parametrized"):
        to_torch(lstm)


@pytest.mark.parametrize("namespace, convert", [(nn, from_torch), (lstm_from_scratch, to_torch)])
def test_a_pruned_weight_is_refused(namespace, convert):
    lstm = namespace.LSTM(3, 5)
    prune.l1_unstructured(lstm, "weight_hh_l0", amount=0.5)
    with pytest.raises(ValueError) as error:
        convert(lstm)
    names = ["weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"]
    got = ["weight_ih_l0", "bias_ih_l0", "bias_hh_l0", "weight_hh_l0_orig"]
    assert str(error.value) == (
        f"expected the parameters {names}, got {got}; a parametrization or a pruned weight has to "
        "be removed first"
    )
