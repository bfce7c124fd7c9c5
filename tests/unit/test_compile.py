"""torch.compile: one graph, eager's numbers, any length; `fullgraph=True` refuses nn.LSTM.

The loop over the steps is one operation of that graph: `kernels/operation.py`.
"""

import copy

import pytest
import torch
from torch import nn
from torch._dynamo.testing import CompileCounterWithBackend
from torch.library import opcheck

from lstm_from_scratch import LSTM, LSTMCell, use_backend
from lstm_from_scratch.verify import tolerances
from lstm_from_scratch.verify.compare import error_of, twins
from tests.support.parity import assert_parity, make_input
from tests.support.refusals import assert_refused

REFUSAL = "Unsupported: Attempted to wrap RNN, GRU, or LSTM"


@pytest.fixture
def compiled():
    """Compile a module; the backend "aot_eager" traces forward and backward, needs no compiler."""
    torch.compiler.reset()  # a limit on the number of compiled versions holds for the process

    def wrap(module, fullgraph=True):
        fast = torch.compile(module, fullgraph=fullgraph, backend="aot_eager")

        def call(*args):
            return fast(*args)

        call.named_parameters = module.named_parameters  # there they begin with _orig_mod.
        return call

    yield wrap
    torch.compiler.reset()


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
    torch.compiler.reset()
    ours, _ = twins(3, 5, device=device)
    fast = copy.deepcopy(ours)
    fast.compile(fullgraph=True, backend="aot_eager")
    assert_parity(fast, ours, *make_input(ours, "batched", True, L=2))


def test_compiled_layer_takes_other_sizes(device, compiled):
    ours, _ = twins(3, 5, device=device)
    fast = compiled(ours)
    for L, N in ((2, 4), (2, 7), (2, 9), (2, 1), (3, 4), (50, 4), (1, 4)):
        assert_parity(fast, ours, *make_input(ours, "batched", True, L, N))


@pytest.mark.parametrize("dynamic, known", [(True, 1), (None, 2)])
def test_a_new_length_compiles_nothing_again(dynamic, known):
    """With dynamic=None PyTorch finds out at the second length that lengths change."""
    torch.compiler.reset()
    counter = CompileCounterWithBackend("aot_eager")
    ours = LSTM(3, 5, 2, bidirectional=True)
    fast = torch.compile(ours, backend=counter, fullgraph=True, dynamic=dynamic)
    counts = []
    for L in (40, 50, 75, 100, 2):
        x = torch.randn(L, 4, 3)
        torch.testing.assert_close(fast(x), ours(x))
        counts.append(counter.frame_count)
    assert counts[0] > 0 and len(set(counts[known - 1 :])) == 1


def test_the_loop_is_one_operation_of_one_graph():
    """For each layer and direction; so the tests above compiled something, and no step of it."""
    ours = LSTM(3, 5, 2, bidirectional=True)
    graphs = []

    def keep(graph, inputs):
        graphs.append([node.name for node in graph.graph.nodes if node.op == "call_function"])
        return graph.forward

    for L in (3, 40):
        torch.compiler.reset()
        x = torch.randn(L, 4, 3)
        torch.testing.assert_close(torch.compile(ours, backend=keep)(x), ours(x))
    few_steps, many_steps = graphs
    assert few_steps == many_steps and sum("direction" in name for name in many_steps) == 4


@pytest.mark.parametrize("keep", (True, False))
@pytest.mark.parametrize("proj_size", (0, 2))
def test_the_operation_keeps_pytorchs_rules(device, keep, proj_size):
    """What it says of its shapes, aliases and gradient is true; PyTorch's own check."""
    lstm = LSTM(3, 5, proj_size=proj_size, device=device, dtype=torch.float64)
    weights = lstm.weights()
    tensors = [torch.randn(*s, 4, n, device=device, dtype=torch.float64)
               for s, n in (((6,), 3), ((), proj_size or 5), ((), 5))]
    arguments = (*(t.requires_grad_() for t in tensors), *weights, True, keep)
    opcheck(torch.ops.lstm_from_scratch.direction.default, arguments)


@pytest.mark.parametrize("name", ("plain", "inplace", "compiled", "auto"))
def test_a_kernel_is_chosen_when_the_compiled_model_runs(compiled, name):
    ours, _ = twins(3, 5, 2)
    fast, x = compiled(ours), make_input(ours, "batched", False, L=9)[0]
    with use_backend(name) as eager:
        ours(x)
    with use_backend(name) as ran:
        fast(x)[0].sum().backward()
    stand_in = ["inplace"] if name == "plain" else eager  # whose backward autograd does not see
    assert ran == 2 * stand_in
    with use_backend(name) as ran, torch.no_grad():
        fast(x)
    assert ran == 2 * eager


def outputs(lstm):
    return lambda x: lstm(x)[0]


TRANSFORMS = {
    "vmap": lambda call: torch.vmap(call, in_dims=1),
    "grad": lambda call: torch.func.grad(lambda x: call(x).square().sum()),
    "jvp": lambda call: lambda x: torch.func.jvp(call, (x,), (torch.ones_like(x),)),
}


# PyTorch's forward-mode derivatives use what PyTorch has deprecated.
@pytest.mark.filterwarnings("ignore:.torch.jit.script. is deprecated:DeprecationWarning")
@pytest.mark.parametrize("transform", TRANSFORMS)
def test_a_compiled_transform(transform):
    """Which looks into the operations, so they are written out."""
    torch.compiler.reset()
    ours, _ = twins(3, 5)
    x = torch.randn(2, 4, 4, 3, dtype=torch.float64)
    x = x if transform == "vmap" else x[:, 0].contiguous()
    run = TRANSFORMS[transform](outputs(ours))
    fast = torch.compile(run, backend="aot_eager", fullgraph=True)
    torch.testing.assert_close(fast(x), run(x), atol=1e-12, rtol=0)


def test_a_compiled_call_without_steps(compiled):
    ours, _ = twins(3, 5)
    message = error_of(compiled(ours, fullgraph=False), torch.zeros(0, 4, 3, dtype=torch.float64))
    assert message == "RuntimeError: Expected sequence length to be larger than 0 in RNN"


@pytest.mark.parametrize("input_dtype", (torch.float32, torch.bfloat16))
def test_compiled_layer_under_autocast(device, compiled, input_dtype):
    ours = LSTM(3, 5, device=device)
    x = torch.randn(3, 4, 3, device=device, dtype=input_dtype)
    with torch.autocast(device, torch.bfloat16):
        mine, other = compiled(ours)(x)[0], ours(x)[0]
    assert mine.dtype == other.dtype  # which is PyTorch's: test_autocast.py
    torch.testing.assert_close(mine, other, atol=tolerances.AUTOCAST[torch.bfloat16], rtol=0)


def test_a_packed_batch_runs_uncompiled(device, compiled):
    """The lengths are data, so the number of steps cannot be known while compiling."""
    ours, theirs = twins(3, 5, device=device)
    x, hx = make_input(ours, "unsorted", True)
    assert_parity(compiled(ours, fullgraph=False), ours, x, hx)
    assert error_of(compiled(ours), x, hx) is not None
    assert_refused(device, REFUSAL, lambda: compiled(theirs)(x, hx))
