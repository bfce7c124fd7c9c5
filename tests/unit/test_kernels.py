"""Which time loop runs when, and that the hand-written backward is a good citizen of autograd."""

import threading

import pytest
import torch
from torch.autograd import forward_ad, gradcheck, gradgradcheck
from torch.nn.utils.rnn import pack_padded_sequence
from torch.utils.flop_counter import FlopCounterMode

import lstm_from_scratch
from lstm_from_scratch import LSTM, functional, use_backend
from lstm_from_scratch.kernels import choice, inplace, layer
from lstm_from_scratch.verify.compare import outputs_and_gradients, twins
from tests.support.parity import assert_parity, make_input

compiled = choice.compiled_loops()
DTYPE = torch.float64


@pytest.fixture
def ran(monkeypatch):
    """Record which loops run, in order: seen from inside, not by what `use_backend` says."""
    names = []

    def spy(name, right):
        def run(*args, **kwargs):
            names.append(name)
            return right(*args, **kwargs)

        return run

    plain = spy("plain", functional.lstm_direction)
    monkeypatch.setattr(functional, "lstm_direction", plain)
    watched = layer.INPLACE._replace(run=spy("inplace", inplace.run))
    monkeypatch.setattr(choice, "INPLACE", watched)
    for loops in ("STEPWISE", "WHOLE") if compiled else ():
        run, run_back = getattr(compiled, loops)
        monkeypatch.setattr(compiled, loops, (spy("compiled", run), run_back))
    return names


def call(lstm, ran, *args):
    """Call and return the set of loops that ran, which must be what the block is told."""
    ran.clear()
    with use_backend(choice.asked_for()) as told:
        lstm(*args)
    assert set(told) == set(ran)
    return set(ran)


@pytest.fixture
def lstm():
    return LSTM(3, 5, 2, bidirectional=True, dtype=DTYPE)


X = torch.randn(4, 2, 3, dtype=DTYPE)
BOTH = pytest.mark.parametrize("backend", ["inplace", "compiled"], indirect=True)
BEST = "compiled" if compiled else "inplace"
WITH_NUMBA = pytest.mark.skipif(compiled is None, reason="numba is not installed")


@pytest.mark.parametrize("gradient", (True, False))
@pytest.mark.parametrize("name, expected", [
    ("plain", "plain"), ("inplace", "inplace"), ("compiled", BEST), ("auto", BEST),
])
def test_the_chosen_one_runs_with_and_without_a_gradient(lstm, ran, name, expected, gradient):
    x = torch.cat([X, X])  # enough steps without numba
    with use_backend(name), torch.set_grad_enabled(gradient):
        assert call(lstm, ran, x) == {expected}


def test_each_layer_call_is_told_once(lstm):
    with use_backend("plain") as ran:
        assert ran == []
        lstm(X)
        with use_backend("inplace") as inner:
            lstm(X)
        lstm(X)
    assert ran == ["plain", "plain"] and inner == ["inplace"]


@pytest.mark.parametrize("gradient", (True, False))
@pytest.mark.parametrize("numba", [pytest.param(True, marks=WITH_NUMBA), False])
def test_auto_leaves_the_shortest_to_the_plain_loop(lstm, ran, monkeypatch, gradient, numba):
    if not numba:
        monkeypatch.setattr(choice, "compiled_loops", lambda: None)
    kernel = compiled if numba else inplace
    shortest = kernel.SHORTEST[gradient]
    for L in (shortest - 1, shortest):
        if L == 0:
            continue
        expected = {"plain"} if L < shortest else {"compiled" if numba else "inplace"}
        x = torch.randn(L, 2, 3, dtype=DTYPE)
        with torch.set_grad_enabled(gradient):
            assert call(lstm, ran, x) == expected
            assert call(lstm, ran, pack_padded_sequence(x, [L, 1])) == expected
            with use_backend("inplace"):
                assert call(lstm, ran, x) == {"inplace"}


def test_an_unknown_name():
    with pytest.raises(ValueError, match="one of plain, inplace, compiled, auto, got: 'fast'"):
        use_backend("fast")  # said at once: a call without `with` would choose nothing


def test_the_choice_ends_with_its_block(lstm, ran):
    with use_backend("inplace"):
        with use_backend("plain"):
            assert call(lstm, ran, X) == {"plain"}
        assert call(lstm, ran, X) == {"inplace"}
        with pytest.raises(RuntimeError, match="Expected"), use_backend("plain"):
            lstm(X[..., :2])
        assert call(lstm, ran, X) == {"inplace"}


def test_another_thread_has_a_choice_of_its_own(lstm, ran):
    seen = []
    with use_backend("plain"):
        thread = threading.Thread(target=lambda: seen.append(choice.asked_for()))
        thread.start()
        thread.join()
        assert call(lstm, ran, X) == {"plain"}
    assert seen == ["auto"]


# ---- where it declines, also when asked for by name ---------------------------------------------


@pytest.fixture
def by_name():
    with use_backend("inplace"):
        yield


def test_no_graph_where_no_gradient_is_wanted(lstm, ran, by_name):
    def recorded(x=X):
        assert call(lstm, ran, x) == {"inplace"}
        return lstm(x)[0].requires_grad

    with torch.no_grad():
        assert not recorded()
    with torch.inference_mode():
        assert not recorded()
    lstm.requires_grad_(False)
    assert not recorded()
    assert recorded(X.clone().requires_grad_())
    lstm.bias_hh_l1.requires_grad_(True)
    assert recorded()


@BOTH
@pytest.mark.parametrize("chunk", (1, 2, 5, 10**9))
@pytest.mark.parametrize("layout", ("batched", "unbatched", "sorted", "unsorted"))
@pytest.mark.parametrize("options", ({}, {"num_layers": 2, "bidirectional": True, "proj_size": 2},
                                     {"bias": False, "bidirectional": True}), ids=str)
def test_a_few_steps_at_a_time(device, backend, monkeypatch, chunk, layout, options):
    """Without a gradient the pre-activations of `chunk` steps are held, whatever that is."""
    ours, theirs = twins(3, 5, **options, device=device)
    x, hx = make_input(ours, layout, True)
    N = {"unbatched": 1}.get(layout, 4)
    monkeypatch.setattr(layer, "CHUNK", chunk * 20 * N)
    with torch.no_grad():
        mine, other = ours(x, hx), theirs(x, hx)
    mine, other = ((getattr(a, "data", a), *b) for a, b in (mine, other))
    torch.testing.assert_close(mine, other, atol=1e-12, rtol=1e-12)


@BOTH
def test_without_a_gradient_nothing_that_went_in_is_changed(backend, lstm):
    x, hx = make_input(lstm, "batched", True)
    before = [t.clone() for t in (x, *hx)]
    with torch.no_grad():
        output, (h_n, c_n) = lstm(x, hx)
        output.zero_()
        h_n.zero_()
        c_n.zero_()
    for tensor, value in zip((x, *hx), before, strict=True):
        assert torch.equal(tensor, value)


# PyTorch's first forward-mode call warns of its own torch.jit.script.
QUIET = pytest.mark.filterwarnings("ignore:`torch.jit.script` is dep:DeprecationWarning")


@QUIET
def test_functorch(lstm, ran, by_name):
    ran.clear()
    torch.func.vmap(lambda x: lstm(x)[0])(torch.stack([X, X]))
    torch.func.grad(lambda x: lstm(x)[0].sum())(X)
    torch.func.jvp(lambda x: lstm(x)[0], (X,), (X,))
    assert set(ran) == {"plain"}


@QUIET
def test_forward_mode(lstm, ran, by_name):
    with forward_ad.dual_level():
        assert call(lstm, ran, forward_ad.make_dual(X, X)) == {"plain"}
    assert call(lstm, ran, X) == {"inplace"}


def test_compiling_and_exporting(lstm, by_name):
    """No spy here: it would be traced. The autograd function must not be in the graph."""
    torch.compiler.reset()  # the limit on recompilations counts other tests too
    graphs = []

    def keep(graph, example_inputs):
        graphs.append(graph)
        return graph.forward

    torch.compile(lstm, backend=keep, fullgraph=True)(X)
    program = torch.export.export(lstm, (X,), strict=False)
    assert len(graphs) == 1
    for graph in (graphs[0].graph, program.graph):
        targets = [str(node.target) for node in graph.nodes]
        assert sum("direction" in target for target in targets) == 4  # layers times directions
        assert not any("autograd" in target.lower() for target in targets)


def test_meta_autocast_empty_and_other_dtypes(lstm, ran, by_name):
    on_meta = LSTM(3, 5, device="meta")
    assert call(on_meta, ran, torch.randn(4, 2, 3, device="meta")) == {"plain"}
    assert call(lstm, ran, X[:, :0]) == {"plain"}
    single = LSTM(3, 5)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert call(single, ran, X.float()) == {"plain"}
    assert call(single, ran, X.float()) == {"inplace"}
    compound = LSTM(3, 5, dtype=torch.complex64)
    assert call(compound, ran, X.to(torch.complex64)) == {"plain"}


def test_a_flop_counter(lstm, ran, by_name):
    """It would not see the products of a compiled loop."""
    with FlopCounterMode(display=False) as counter:
        assert call(lstm, ran, X) == {"plain"}
    weights = [p for name, p in lstm.named_parameters() if name.startswith("weight")]
    total = sum(w.numel() for w in weights)
    assert counter.get_total_flops() == 2 * 4 * 2 * total  # L=4, N=2
    counted = {}
    for name in ("plain", "inplace"):
        with use_backend(name):
            output = lstm(X)[0].sum()
        with FlopCounterMode(display=False) as counter:  # around the backward alone
            output.backward()
        counted[name] = counter.get_total_flops()
    # The loop leaves out what no gradient is wanted of: h_0 and x.
    assert counted["plain"] <= counted["inplace"] <= 2 * 2 * 4 * 2 * total


class Tagged(torch.Tensor):
    pass


def test_a_tensor_subclass(lstm, ran, by_name):
    assert call(lstm, ran, X.as_subclass(Tagged)) == {"plain"}


# ---- autograd -----------------------------------------------------------------------------------


def test_plain_and_inplace_agree(device):
    lstm, _ = twins(3, 5, 2, bidirectional=True, proj_size=2, device=device)
    for layout in ("batched", "unsorted"):
        x, hx = make_input(lstm, layout, True)
        results = []
        for name in ("plain", "inplace"):
            with use_backend(name):
                results.append(outputs_and_gradients(lstm, x, hx))
        for name, value in results[0].items():
            torch.testing.assert_close(value, results[1][name], atol=1e-12, rtol=1e-12)


def test_second_derivatives(by_name):
    for options in ({}, {"proj_size": 2}, {"bidirectional": True, "bias": False}):
        lstm = LSTM(2, 3, **options, dtype=DTYPE)
        x = torch.randn(3, 2, 2, dtype=DTYPE, requires_grad=True)
        names = [name for name, _ in lstm.named_parameters()]

        def function(x, *parameters, lstm=lstm, names=names):
            values = dict(zip(names, parameters, strict=True))
            output, (h_n, c_n) = torch.func.functional_call(lstm, values, (x,))
            return output, h_n, c_n

        assert gradcheck(function, (x, *lstm.parameters()))
        assert gradgradcheck(function, (x, *lstm.parameters()))


def tied(x):
    """Return modules in which inputs of one layer are the same tensor, and their calls."""
    lstm = LSTM(3, 3, dtype=DTYPE)
    lstm.bias_hh_l0, lstm.weight_hh_l0 = lstm.bias_ih_l0, lstm.weight_ih_l0
    return lstm, lstm(x)[0]


def state_of_the_input(x):
    lstm = LSTM(3, 3, dtype=DTYPE)
    packed = pack_padded_sequence(x, [4, 2])
    h_0 = packed.data[:2][None] * 2
    return lstm, lstm(packed, (h_0, h_0.sin()))[0].data


@BOTH
@pytest.mark.parametrize("make", [tied, state_of_the_input])
def test_inputs_that_depend_on_each_other(backend, make):
    """First derivatives with create_graph=True count each way to an input once."""
    gradients = []
    for name, create_graph in ((backend, True), (backend, False), ("plain", False)):
        torch.manual_seed(1)
        x = X.clone().requires_grad_()
        with use_backend(name):
            lstm, output = make(x)
        leaves = [x, *lstm.parameters()]
        gradients.append(torch.autograd.grad(
            output.sin().sum(), leaves, create_graph=create_graph
        ))
    for values in zip(*gradients, strict=True):
        for value in values[:2]:
            torch.testing.assert_close(value, values[2], atol=1e-12, rtol=1e-12)


@BOTH
def test_many_gradients_at_once(backend):
    """vmap over the backward alone: the forward saw nothing of it."""
    lstm, x = LSTM(3, 2, dtype=DTYPE), X[:, :1]
    jacobians = [
        torch.autograd.functional.jacobian(lambda x: lstm(x)[0], x, vectorize=vectorize)
        for vectorize in (True, False)
    ]
    torch.testing.assert_close(*jacobians, atol=1e-12, rtol=1e-12)
    x = x.clone().requires_grad_()
    output = lstm(x)[0]

    def pull(v):
        return torch.autograd.grad(output, x, v, retain_graph=True)[0]

    rows = torch.vmap(pull)(torch.eye(8, dtype=DTYPE).view(8, 4, 1, 2))
    torch.testing.assert_close(rows.view_as(jacobians[1]), jacobians[1], atol=1e-12, rtol=1e-12)


def test_backward_twice_gives_the_same(lstm, ran, by_name):
    """The backward works in place, but on nothing that a second one needs."""
    x = X.clone().requires_grad_()
    output, (h_n, c_n) = lstm(x)
    loss = (output * torch.randn_like(output)).sum() + (h_n * c_n).sum()
    leaves = [x, *lstm.parameters()]
    first = torch.autograd.grad(loss, leaves, retain_graph=True)
    again = torch.autograd.grad(loss, leaves, retain_graph=True)
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    assert set(ran) == {"inplace"}


def test_the_output_may_be_changed_in_place(lstm):
    """As many programs do, to zero the padding; PyTorch's float64 LSTM allows it too."""
    gradients = []
    for name in ("plain", "inplace"):
        with use_backend(name):
            output, (h_n, c_n) = lstm(X)
            output[2:, 0] = 0
            loss = output.square().sum() + h_n.mul_(2).sum() + c_n.mul_(3).sum()
            gradients.append(torch.autograd.grad(loss, list(lstm.parameters())))
    for a, b in zip(*gradients, strict=True):
        torch.testing.assert_close(a, b, atol=1e-10, rtol=1e-10)


def test_a_wrong_derivative_is_seen(monkeypatch, by_name):
    """Negative control: the factor of the forget gate's row block off by one in a thousand."""
    ours, theirs = twins(3, 5)
    right = inplace.run_back

    def wrong(*args):
        d_a, *rest = right(*args)
        d_a[:, 5:10] *= 1.001
        return d_a, *rest

    monkeypatch.setattr(choice, "INPLACE", layer.INPLACE._replace(run_back=wrong))
    with pytest.raises(AssertionError, match="^d_"):
        assert_parity(ours, theirs, *make_input(ours, "batched", True))


def test_no_gradient_is_computed_that_nobody_asked_for(by_name):
    lstm = LSTM(3, 5, dtype=DTYPE)
    lstm.weight_ih_l0.requires_grad_(False)
    lstm(X)[0].sum().backward()
    assert lstm.weight_ih_l0.grad is None and lstm.weight_hh_l0.grad is not None


def test_it_is_exported():
    assert lstm_from_scratch.use_backend is use_backend
