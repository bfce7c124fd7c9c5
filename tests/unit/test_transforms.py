"""torch.func and higher derivatives: ours under them, and where `torch.nn.LSTM` refuses."""

import copy

import pytest
import torch
import torch.autograd.forward_ad as forward_ad
from torch import nn
from torch.func import (
    functional_call,
    grad,
    hessian,
    jacfwd,
    jacrev,
    jvp,
    stack_module_state,
    vmap,
)
from torch.nn.utils.rnn import PackedSequence

from lstm_from_scratch import LSTMCell
from lstm_from_scratch.verify import tolerances
from lstm_from_scratch.verify.compare import error_of, twins
from tests.support.parity import BACKENDS, assert_parity, make_input
from tests.support.refusals import ONEDNN, assert_refused
from tests.support.releases import RELEASE

# torch.func's forward mode scripts some functions when it is first used.
pytestmark = [
    BACKENDS,
    pytest.mark.filterwarnings("ignore:`torch.jit.script` is dep:DeprecationWarning"),
]
REFUSALS = {
    "vmap": "RuntimeError: Batching rule not implemented for aten::lstm.input. We could not "
    "generate a fallback.",
    "vmap packed": "RuntimeError: Batching rule not implemented for aten::lstm.data. We could not "
    "generate a fallback.",
    "vmap cell": "RuntimeError: Batching rule not implemented for aten::lstm_cell. We could not "
    "generate a fallback.",
    "per-sample": "RuntimeError: output with shape [1, 20] doesn't match the broadcast shape "
    "[4, 1, 20]",
    "forward mode": "NotImplementedError: Trying to use forward AD with mkldnn_rnn_layer that "
    "does not support it because it has not been implemented yet.",
    "packed": "RuntimeError: Cannot access data pointer of Tensor that doesn't have storage",
}


def assert_equal(first, second):
    """Compare nested tuples or dicts of float64 tensors that came about in different ways."""
    torch.testing.assert_close(first, second, atol=1e-10, rtol=1e-10)


def parameters(module):
    return {name: parameter.detach() for name, parameter in module.named_parameters()}


def loss(module, state, x, hx=None):
    output, (h_n, c_n) = functional_call(module, state, (x, hx))
    return (output**3).sum() + (h_n**2).sum() + (c_n**3).sum()


def cells(device):
    ours, theirs = LSTMCell(3, 5), nn.LSTMCell(3, 5)
    theirs.load_state_dict(ours.state_dict())
    return ours.to(device).double(), theirs.to(device).double()


# ---- vmap -------------------------------------------------------------------------------------


@pytest.mark.parametrize("with_state", (False, True))
def test_vmap_over_an_ensemble(device, with_state):
    pairs = [
        twins(3, 5, 2, bidirectional=True, proj_size=2, device=device) for _ in range(3)
    ]
    x, hx = make_input(pairs[0][0], "batched", with_state)

    def ensemble(models):
        state, buffers = stack_module_state(models)

        def run(state):
            return functional_call(models[0], (state, buffers), (x, hx))

        return vmap(run)(state)

    ours, theirs = zip(*pairs, strict=True)
    output, (h_n, c_n) = ensemble(ours)
    for k, model in enumerate(ours):
        assert_equal((output[k], (h_n[k], c_n[k])), model(x, hx))
    assert not torch.equal(output[0], output[1])
    assert_refused(device, REFUSALS["vmap"], lambda: ensemble(theirs))


def test_vmap_over_samples(device):
    ours, theirs = twins(3, 5, device=device)
    x, _ = make_input(ours, "batched", False)
    assert_equal(vmap(lambda x: ours(x)[0], in_dims=1, out_dims=1)(x), ours(x)[0])
    assert_refused(device, REFUSALS["vmap"], lambda: vmap(theirs, in_dims=1)(x))
    packed, _ = make_input(ours, "sorted", False)
    data = torch.stack([packed.data, -packed.data])

    def run(module):
        return vmap(lambda data: module(PackedSequence(data, packed.batch_sizes))[0].data)(data)

    assert_equal(run(ours)[0], ours(packed)[0].data)
    assert_refused(device, REFUSALS["vmap packed"], lambda: run(theirs))


def test_vmap_of_the_cell(device):
    ours, theirs = cells(device)
    x = torch.randn(6, 4, 3, device=device, dtype=torch.float64)
    assert_equal(vmap(ours)(x)[0], torch.stack([ours(x_t)[0] for x_t in x]))
    assert_equal(vmap(vmap(ours))(x)[1], vmap(ours)(x)[1])
    assert_refused(device, REFUSALS["vmap cell"], lambda: vmap(theirs)(x))


def test_per_sample_gradients(device):
    ours, theirs = twins(3, 5, device=device)
    x, _ = make_input(ours, "batched", False)

    def per_sample(module):
        return vmap(grad(lambda state, x: loss(module, state, x)), (None, 1))(
            parameters(module), x
        )

    result = per_sample(ours)
    for n in range(x.size(1)):
        expected = torch.autograd.grad(
            loss(theirs, dict(theirs.named_parameters()), x[:, n]), list(theirs.parameters())
        )
        assert_equal([gradient[n] for gradient in result.values()], list(expected))
    # In float32 on a CPU, through oneDNN, PyTorch gives them and warns of a performance drop.
    assert_refused(device, REFUSALS["per-sample"], lambda: per_sample(theirs))


# ---- forward mode and higher derivatives ------------------------------------------------------

KWARGS = ({}, {"num_layers": 2, "bidirectional": True, "proj_size": 2})


@pytest.mark.parametrize("kwargs", KWARGS)
def test_forward_mode_equals_reverse_mode(device, kwargs):
    ours, _ = twins(2, 3, **kwargs, device=device)
    x, hx = make_input(ours, "batched", True, L=3, N=2)
    state = parameters(ours)

    def run(state, x, hx):
        return functional_call(ours, state, (x, hx))

    assert_equal(jacfwd(run, (0, 1, 2))(state, x, hx), jacrev(run, (0, 1, 2))(state, x, hx))
    v = torch.randn_like(x)
    output, tangent = jvp(lambda x: ours(x, hx)[0], (x,), (v,))
    with forward_ad.dual_level():
        dual = forward_ad.unpack_dual(ours(forward_ad.make_dual(x, v), hx)[0])
        assert_equal((dual.primal, dual.tangent), (output, tangent))
    jacobian = jacrev(lambda x: ours(x, hx)[0])(x)
    assert_equal(tangent, torch.tensordot(jacobian, v, dims=x.dim()))


def test_forward_mode_where_pytorch_refuses(device):
    ours, theirs = twins(3, 5, device=device, dtype=torch.float32)
    x, _ = make_input(ours, "batched", False)
    v = torch.randn_like(x)
    _, tangent = jvp(lambda x: ours(x)[0], (x,), (v,))
    exact = copy.deepcopy(ours).double()
    _, expected = jvp(lambda x: exact(x)[0], (x.double(),), (v.double(),))
    torch.testing.assert_close(tangent.double(), expected, atol=1e-5, rtol=1e-5)
    calls = (
        lambda: jvp(lambda x: theirs(x)[0], (x,), (v,)),
        lambda: jacfwd(lambda x: theirs(x)[0])(x),
        lambda: hessian(lambda x: theirs(x)[0].sum())(x),
    )
    for call in calls:
        if device == "cuda" or ONEDNN:
            assert_refused(device, REFUSALS["forward mode"], call)
    if device == "cpu":  # plain kernels, as it takes for float64, do have forward mode
        theirs.double()
        _, other = jvp(lambda x: theirs(x)[0], (x.double(),), (v.double(),))
        assert_equal(other, expected)


@pytest.mark.skipif(RELEASE < (2, 11), reason="Tensor.tolist() fails inside torch.func there")
def test_packed_input_inside_torch_func(device):
    ours, theirs = twins(3, 5, 2, bidirectional=True, device=device)
    packed, _ = make_input(ours, "unsorted", False)

    def run(module):
        return lambda data: module(PackedSequence(data, *packed[1:]))[0].data

    reverse = torch.autograd.functional.jacobian(run(theirs), packed.data)
    assert_equal(jacrev(run(ours))(packed.data), reverse)
    assert_equal(jacfwd(run(ours))(packed.data), reverse)
    assert_refused(device, REFUSALS["packed"], lambda: jacrev(run(theirs))(packed.data))


def test_hessian(device):
    """Forward over reverse, reverse over reverse, and the package of before torch.func agree."""
    ours, _ = twins(2, 3, device=device)
    x, _ = make_input(ours, "batched", False, L=3, N=2)

    def f(x):
        return loss(ours, parameters(ours), x)

    result = hessian(f)(x)
    assert_equal(result, jacrev(jacrev(f))(x))
    assert_equal(result, torch.autograd.functional.hessian(f, x))
    assert_equal(result, result.permute(3, 4, 5, 0, 1, 2))


def test_functional_gradient_equals_backward(device):
    ours, _ = twins(3, 5, **KWARGS[1], device=device)
    x, hx = make_input(ours, "batched", True)
    result = grad(lambda state: loss(ours, state, x, hx))(parameters(ours))
    loss(ours, dict(ours.named_parameters()), x, hx).backward()
    assert_equal(result, {name: p.grad for name, p in ours.named_parameters()})


def second_gradients(module, x, hx):
    """Differentiate the squared length of a gradient by input, states and parameters."""
    leaves = [t.detach().clone().requires_grad_() for t in (x, *hx)]
    f = loss(module, dict(module.named_parameters()), leaves[0], tuple(leaves[1:]))
    leaves += module.parameters()
    first = torch.autograd.grad(f, leaves, create_graph=True)
    return torch.autograd.grad(sum((g**2).sum() for g in first), leaves)


@pytest.mark.parametrize("kwargs", KWARGS)
def test_double_backward(device, kwargs):
    ours, theirs = twins(3, 5, **kwargs, device=device)
    x, hx = make_input(ours, "batched", True)
    with torch.backends.cudnn.flags(enabled=False):  # cuDNN has none, below
        expected = second_gradients(theirs, x, hx)
    for mine, other in zip(second_gradients(ours, x, hx), expected, strict=True):
        scale = other.abs().max()
        torch.testing.assert_close(mine / scale, other / scale, **tolerances.of("d_", x.dtype))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="cuDNN's refusals need a GPU")
def test_what_cudnn_refuses():
    ours, theirs = twins(3, 5, 2, device="cuda")
    x, hx = make_input(ours, "batched", True)
    error = error_of(second_gradients, theirs, x, hx)
    assert "Double backwards is not supported for CuDNN RNNs" in error
    assert all(g.isfinite().all() for g in second_gradients(ours, x, hx))
    error = error_of(theirs.eval()(x, hx)[0].sum().backward)
    assert error == "RuntimeError: cudnn RNN backward can only be called in training mode"
    assert_parity(ours.eval(), copy.deepcopy(ours).train(), x, hx)
