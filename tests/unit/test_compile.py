"""torch.compile: one graph, eager's numbers; PyTorch's LSTM refuses (`fullgraph=True`)."""

import copy

import pytest
import torch
from parity import assert_parity, make_input
from refusals import assert_refused
from torch import nn

from lstm_from_scratch import LSTM, LSTMCell, tolerances
from lstm_from_scratch.teaching.checks import error_of, twins

REFUSAL = "Unsupported: Attempted to wrap RNN, GRU, or LSTM"


@pytest.fixture
def compiled():
    """Compile a module; the backend "aot_eager" traces forward and backward, needs no compiler."""
    torch._dynamo.reset()  # a limit on the number of compiled versions holds for the process

    def wrap(module, fullgraph=True):
        fast = torch.compile(module, fullgraph=fullgraph, backend="aot_eager")

        def call(*args):
            return fast(*args)

        call.named_parameters = module.named_parameters  # there they begin with _orig_mod.
        return call

    yield wrap
    torch._dynamo.reset()


@pytest.mark.parametrize(
    "kwargs, layout, with_state",
    [
        ({"batch_first": True}, "batched", False),
        ({"num_layers": 2, "bidirectional": True, "proj_size": 2}, "batched", True),
        ({"num_layers": 2, "bidirectional": True, "bias": False}, "unbatched", True),
    ],
)
def test_compiled_layer(device, compiled, kwargs, layout, with_state):
    ours, theirs = twins(3, 5, **kwargs, device=device)
    x, hx = make_input(ours, layout, with_state, L=2)
    assert_parity(compiled(ours), ours, x, hx)
    assert_refused(device, REFUSAL, lambda: compiled(theirs)(x, hx))


def test_compiled_layer_with_dropout_in_eval_mode(device, compiled):
    ours, _ = twins(3, 5, 2, dropout=0.5, device=device)
    x, hx = make_input(ours, "batched", True, L=2)
    assert_parity(compiled(ours.eval()), ours, x, hx)


@pytest.mark.parametrize("batch, with_state", [((), True), ((4,), False)])
def test_compiled_cell(device, compiled, batch, with_state):
    """`nn.LSTMCell` compiles too."""
    for cls in (LSTMCell, nn.LSTMCell):
        cell = cls(3, 5, device=device, dtype=torch.float64)
        x = torch.randn(*batch, 3, device=device, dtype=torch.float64)
        hx = tuple(x.new_ones(2, *batch, 5)) if with_state else None
        assert_parity(compiled(cell), cell, x, hx)


def test_compiled_in_place(device):
    """On 2.13 `nn.LSTM` refuses, with another text; on 2.4 it runs uncompiled and says nothing."""
    torch._dynamo.reset()
    ours, _ = twins(3, 5, device=device)
    fast = copy.deepcopy(ours)
    fast.compile(fullgraph=True, backend="aot_eager")
    assert_parity(fast, ours, *make_input(ours, "batched", True, L=2))


def test_compiled_layer_takes_other_sizes(device, compiled):
    ours, _ = twins(3, 5, device=device)
    fast = compiled(ours)
    for L, N in ((2, 4), (2, 7), (2, 9), (2, 1), (3, 4)):
        assert_parity(fast, ours, *make_input(ours, "batched", True, L, N))


def test_compiled_layer_is_one_graph():
    """So that the tests above do not pass because nothing was compiled."""
    torch._dynamo.reset()
    graphs = []

    def keep(graph, inputs):
        graphs.append(graph)
        return graph.forward

    ours = LSTM(3, 5, 2, bidirectional=True)
    x = torch.randn(3, 4, 3)
    torch.testing.assert_close(torch.compile(ours, backend=keep)(x), ours(x))
    assert len(graphs) == 1


@pytest.mark.parametrize("input_dtype", (torch.float32, torch.bfloat16))
def test_compiled_layer_under_autocast(device, compiled, input_dtype):
    ours = LSTM(3, 5, device=device)
    x = torch.randn(3, 4, 3, device=device, dtype=input_dtype)
    with torch.autocast(device, torch.bfloat16):
        mine, other = compiled(ours)(x)[0], ours(x)[0]
    assert mine.dtype == other.dtype  # which is PyTorch's: test_autocast.py
    torch.testing.assert_close(mine, other, atol=tolerances.AUTOCAST[torch.bfloat16], rtol=0)


def test_compiled_packed_layer_breaks_the_graph(device, compiled):
    """The lengths are data, so the number of steps cannot be known while compiling."""
    ours, theirs = twins(3, 5, device=device)
    x, hx = make_input(ours, "unsorted", True)
    assert_parity(compiled(ours, fullgraph=False), ours, x, hx)
    assert error_of(compiled(ours), x, hx) is not None
    assert_refused(device, REFUSAL, lambda: compiled(theirs)(x, hx))
