"""How an `nn.LSTM` is run inside a larger program: checkpointed, differentiated twice, without
storage, in several processes, exported. Done to both and compared.
"""


import pytest
import torch
from torch import nn
from torch.export import Dim, export
from torch.func import functional_call
from torch.nn.utils import skip_init
from torch.utils.checkpoint import checkpoint

from lstm_from_scratch import LSTM, LSTMCell, use_backend
from lstm_from_scratch.verify import tolerances
from lstm_from_scratch.verify.compare import twins
from tests.support.parity import assert_parity, make_input

OPTIONS = {"num_layers": 2, "bidirectional": True, "proj_size": 2}
FLOAT64 = tolerances.of("output", torch.float64)
FLOAT64_GRADIENTS = tolerances.of("d_", torch.float64)


# ---- autograd ---------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", (torch.no_grad, torch.inference_mode))
def test_without_gradients(device, mode):
    ours, theirs = twins(3, 5, **OPTIONS, device=device)
    x, hx = make_input(ours, "batched", True)
    with mode():
        mine, other = ours(x, hx), theirs(x, hx)
    torch.testing.assert_close(mine, other, **FLOAT64)
    for a, b in zip((mine[0], *mine[1]), (other[0], *other[1]), strict=True):
        assert not a.requires_grad and a.is_inference() == b.is_inference()
    torch.testing.assert_close(ours(x, hx)[0], mine[0], **FLOAT64)


# PyTorch 2.4's own checkpoint calls what it has deprecated.
@pytest.mark.filterwarnings("ignore:.torch.cpu.amp.autocast:FutureWarning")
@pytest.mark.parametrize("use_reentrant", (False, True))
def test_checkpoint(device, use_reentrant):
    """The second forward pass must repeat the first one's dropout."""
    ours, theirs = twins(3, 5, 2, dropout=0.5, device=device)
    x, hx = make_input(ours, "batched", True)
    results = {}
    for name, module in (("ours", ours), ("plain", ours), ("theirs", theirs)):

        def run(x, h, c, module=module):
            output, (h_n, c_n) = module(x, (h, c))
            return output, h_n, c_n

        module.zero_grad()
        leaves = [t.clone().requires_grad_() for t in (x, *hx)]
        torch.manual_seed(3)
        if name == "plain":
            outputs = run(*leaves)
        else:
            outputs = checkpoint(run, *leaves, use_reentrant=use_reentrant)
        upstream = [torch.cos(torch.arange(out.numel()).to(out)).view_as(out) for out in outputs]
        torch.autograd.backward(outputs, upstream)
        leaves += module.parameters()
        results[name] = [t.detach() for t in outputs] + [t.grad.clone() for t in leaves]
    torch.testing.assert_close(results["ours"], results["plain"], **FLOAT64_GRADIENTS)
    if device == "cpu":  # cuDNN draws its dropout masks from a state of its own
        torch.testing.assert_close(results["ours"], results["theirs"], **FLOAT64_GRADIENTS)


def second_gradients(module, x, hx):
    leaves = [t.clone().requires_grad_() for t in (x, *hx)] + list(module.parameters())
    output, (h_n, c_n) = module(leaves[0], tuple(leaves[1:3]))
    value = output.pow(3).sum() + h_n.pow(2).sum() + c_n.sin().sum()
    first = torch.autograd.grad(value, leaves, create_graph=True)
    return torch.autograd.grad(sum(g.pow(2).sum() for g in first), leaves)


@pytest.mark.parametrize("proj_size", (0, 2))
def test_gradient_of_gradient(device, proj_size):
    ours, theirs = twins(3, 5, 2, bidirectional=True, proj_size=proj_size, device=device)
    x, hx = make_input(ours, "batched", True)
    mine = second_gradients(ours, x, hx)
    with torch.backends.cudnn.flags(enabled=False):
        other = second_gradients(theirs, x, hx)
    torch.testing.assert_close(mine, other, **FLOAT64_GRADIENTS)
    if device == "cuda":  # ours needs no such switch
        with pytest.raises(RuntimeError, match="_cudnn_rnn_backward"):
            second_gradients(theirs, x, hx)


def test_gradgradcheck():
    ours = LSTM(2, 3, 2, bidirectional=True, proj_size=1, dtype=torch.float64)
    names = [name for name, _ in ours.named_parameters()]
    x, hx = make_input(ours, "batched", True, L=2, N=2)

    def call(x, h, c, *values):
        parameters = dict(zip(names, values, strict=True))
        output, state = functional_call(ours, parameters, (x, (h, c)))
        return output, *state

    leaves = [t.detach().clone().requires_grad_() for t in (x, *hx, *ours.parameters())]
    assert torch.autograd.gradcheck(call, leaves)
    assert torch.autograd.gradgradcheck(call, leaves, fast_mode=True)


# ---- dtypes and devices -----------------------------------------------------------------------


@pytest.mark.parametrize("change", ("half", "bfloat16", "float", "double"))
def test_change_of_dtype(device, change):
    ours, theirs = (getattr(m, change)() for m in twins(3, 5, 2, device=device))
    assert [w.dtype for w in ours._flat_weights] == [w.dtype for w in theirs._flat_weights]
    x, hx = make_input(ours, "batched", True)
    mine, other = ours(x, hx), theirs(x, hx)
    for a, b in zip((mine[0], *mine[1]), (other[0], *other[1]), strict=True):
        assert a.dtype == b.dtype == ours.weight_ih_l0.dtype and a.device == b.device


def test_meta_device_gives_the_shapes():
    ours, theirs = twins(3, 5, **OPTIONS, device="meta")
    x, hx = make_input(LSTM(3, 5, **OPTIONS), "batched", True)
    x, hx = x.to("meta"), tuple(h.to("meta") for h in hx)
    ours, theirs = ours.float(), theirs.float()
    mine, other = ours(x, hx), theirs(x, hx)
    for a, b in zip((mine[0], *mine[1]), (other[0], *other[1]), strict=True):
        assert a.is_meta and b.is_meta and a.shape == b.shape
    mine[0].sum().backward()
    assert ours.weight_hh_l0.grad.is_meta


def test_a_meta_module_takes_a_state_dict(device):
    _, theirs = twins(3, 5, **OPTIONS, device=device)
    before = torch.get_rng_state()
    ours = LSTM(3, 5, **OPTIONS, device="meta")
    assert torch.equal(torch.get_rng_state(), before)
    ours.load_state_dict(theirs.state_dict(), assign=True)
    assert_parity(ours, theirs, *make_input(ours, "batched", True))


def test_skip_init(device):
    """PyTorch's own layer hides its `device` behind *args, and is refused."""
    with pytest.raises(RuntimeError, match="must support a 'device' arg"):
        skip_init(nn.LSTM, 3, 5, **OPTIONS)
    _, theirs = twins(3, 5, **OPTIONS, device=device)
    before = torch.get_rng_state()
    ours = skip_init(LSTM, 3, 5, **OPTIONS, device=device, dtype=torch.float64)
    assert torch.equal(torch.get_rng_state(), before)
    ours.load_state_dict(theirs.state_dict())
    assert_parity(ours, theirs, *make_input(ours, "batched", True))
    cell = skip_init(LSTMCell, 3, 5, device=device)
    assert cell.weight_ih.device.type == device


# ---- torch.export -----------------------------------------------------------------------------


@pytest.mark.parametrize("with_state, batch_first", [(False, True), (True, False)])
def test_export_with_a_dynamic_batch(with_state, batch_first):
    ours, theirs = twins(3, 5, **OPTIONS, batch_first=batch_first)
    x, hx = make_input(ours, "batched", with_state)
    program = export(ours, (x, hx), dynamic_shapes=sizes(batch_first, with_state), strict=False)
    for L, N in ((4, 4), (4, 2), (9, 9), (2, 4)):
        x, hx = make_input(ours, "batched", with_state, L=L, N=N)
        result = program.module()(x, hx)
        torch.testing.assert_close(result, ours(x, hx), **FLOAT64)
        torch.testing.assert_close(result, theirs(x, hx), **FLOAT64)


def sizes(batch_first=False, with_state=False):
    L, N = Dim("L"), Dim("N")
    states = ({1: N}, {1: N}) if with_state else None
    return {"input": {0: N, 1: L} if batch_first else {0: L, 1: N}, "hx": states}


# PyTorch's own loading says so, 2.11 the first, 2.4 the second.
@pytest.mark.filterwarnings("ignore:The given buffer is not writable:UserWarning")
@pytest.mark.filterwarnings("ignore:You are using .torch.load.:FutureWarning")
@pytest.mark.parametrize("strict", (True, False))
def test_an_exported_program_is_saved_and_trained(strict, tmp_path):
    ours, _ = twins(3, 5, **OPTIONS)
    x, _ = make_input(ours, "batched", False)
    program = export(ours, (x, None), dynamic_shapes=sizes(), strict=strict)
    torch.export.save(program, tmp_path / "lstm.pt2")
    loaded = torch.export.load(tmp_path / "lstm.pt2").module()
    x = torch.randn(7, 3, 3, dtype=torch.float64)
    upstream, gradients = torch.randn(7, 3, ours(x)[0].size(-1), dtype=torch.float64), []
    for lstm in (ours, loaded):
        weights = dict(lstm.named_parameters())
        derivatives = torch.autograd.grad(lstm(x, None)[0], list(weights.values()), upstream)
        gradients.append(dict(zip(weights, derivatives, strict=True)))
    torch.testing.assert_close(gradients[1], gradients[0], atol=1e-10, rtol=0)


def test_an_export_of_the_plain_loop_needs_no_operation_of_ours():
    """It has one length. torch.compile cannot be asked: it does not see the block."""
    ours, _ = twins(3, 5, **OPTIONS)
    x, _ = make_input(ours, "batched", False)
    programs = []
    for name in ("auto", "plain"):
        with use_backend(name):
            programs.append(export(ours, (x,), strict=False))
    used = [{str(node.target).split(".")[0] for node in program.graph.nodes
             if node.op == "call_function"} for program in programs]
    assert "lstm_from_scratch" in used[0] and "lstm_from_scratch" not in used[1]
    for program in programs:
        torch.testing.assert_close(program.module()(x), ours(x), **FLOAT64)
