"""Random calls: ours, PyTorch's and the NumPy reference agree, whatever the configuration.

Hypothesis draws the arguments, the sizes, the layout, the lengths, the dtype, the strides, which
tensors require a gradient and which outputs the loss uses; the numbers come from a drawn seed.
"""

import dataclasses

import numpy as np
import pytest
import torch
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from lstm_from_scratch import LSTMCell, functional, modules, reference, use_backend
from lstm_from_scratch.kernels import choice
from lstm_from_scratch.shapes import DIRECTIONS
from lstm_from_scratch.verify import tolerances
from lstm_from_scratch.verify.compare import devices, twins

# The same examples in every run; no deadline, because the first call of a kernel is slow.
LAYER = settings(max_examples=250, derandomize=True, deadline=None)
CELL = settings(max_examples=150, derandomize=True, deadline=None)
# A planted bug is looked for among as many examples as the property sees, and not made smaller.
SEARCH = settings(LAYER, phases=[Phase.generate])

STRIDES = ("contiguous", "permuted", "sliced", "expanded")
SIZES = st.integers(1, 5)


@dataclasses.dataclass
class Call:
    """One random call of an LSTM or, without `arguments["num_layers"]`, of an LSTMCell."""

    device: str
    dtype: torch.dtype
    arguments: dict
    training: bool
    layout: str  # "batched", "unbatched", "sorted" or "unsorted"
    L: int
    N: int
    lengths: list | None
    with_state: bool
    strides: list  # of input, h_0, c_0
    frozen: list  # positions among the leaves: input, h_0, c_0, parameters
    used: list  # outputs that the loss uses
    seed: int


@st.composite
def calls(draw, cell=False):
    arguments = {
        "input_size": draw(SIZES), "hidden_size": draw(SIZES), "bias": draw(st.booleans())
    }
    layouts = ("batched", "unbatched") if cell else ("batched", "unbatched", "sorted", "unsorted")
    layout = draw(st.sampled_from(layouts))
    if not cell:
        arguments |= {
            "num_layers": draw(st.integers(1, 3)),
            "batch_first": draw(st.booleans()),
            "bidirectional": draw(st.booleans()),
            "proj_size": draw(st.integers(0, arguments["hidden_size"] - 1)),
        }
        if arguments["num_layers"] > 1:  # with one layer PyTorch warns
            arguments["dropout"] = draw(st.sampled_from((0.0, 0.0, 0.4, 1.0)))
    L, N = draw(st.integers(1, 6)), draw(st.integers(0, 4))
    lengths = None
    if layout.endswith("sorted"):
        lengths = draw(st.lists(st.integers(1, L), min_size=1, max_size=4))
        lengths = sorted(lengths, reverse=True) if layout == "sorted" else lengths
        L, N = max(lengths), len(lengths)
    outputs = ("h_n", "c_n") if cell else ("output", "h_n", "c_n")
    return Call(
        device=draw(st.sampled_from(devices())),
        dtype=draw(st.sampled_from((torch.float64, torch.float32))),
        arguments=arguments,
        training=draw(st.booleans()),
        layout=layout,
        L=L,
        N=N,
        lengths=lengths,
        with_state=draw(st.booleans()),
        strides=draw(st.lists(st.sampled_from(STRIDES), min_size=3, max_size=3)),
        frozen=draw(st.lists(st.integers(0, 12), max_size=8, unique=True)),
        used=draw(st.lists(st.sampled_from(outputs), min_size=1, unique=True)),
        seed=draw(st.integers(0, 2**32 - 1)),
    )


def strided(shape, layout, like):
    """Draw a tensor of a shape, laid out in memory as `layout` says."""

    def randn(shape):
        return torch.randn(shape, dtype=torch.float64).to(like)

    if layout == "permuted":
        return randn(shape[::-1]).permute(*range(len(shape))[::-1])
    if layout == "sliced":
        return randn([2 * size + 1 for size in shape])[tuple(slice(1, None, 2) for _ in shape)]
    if layout == "expanded":
        return randn((1, *shape[1:])).expand(shape)
    return randn(shape)


def tensors(call, like):
    """Draw the input, padded if it is to be packed, and (h_0, c_0) or None."""
    a = call.arguments
    H_out = a.get("proj_size") or a["hidden_size"]
    if "num_layers" in a:
        rows = (a["num_layers"] * DIRECTIONS[a["bidirectional"]],)
        steps = (call.L,)
    else:
        rows = steps = ()
    batch = () if call.layout == "unbatched" else (call.N,)
    leading = steps + batch
    if a.get("batch_first") and call.layout != "unbatched":
        leading = leading[::-1]
    shapes = [
        (*leading, a["input_size"]), (*rows, *batch, H_out), (*rows, *batch, a["hidden_size"])
    ]
    x, h_0, c_0 = (
        strided(shape, layout, like) for shape, layout in zip(shapes, call.strides, strict=True)
    )
    return x, (h_0, c_0) if call.with_state else None


def pack(call, x):
    if call.lengths is None:
        return x
    return pack_padded_sequence(
        x, call.lengths, call.arguments["batch_first"], enforce_sorted=call.layout == "sorted"
    )


def run(module, call, x, hx):
    """Call the module; return outputs and gradients by name, None where there is no gradient."""
    packed = pack(call, x)
    data = packed.data if call.lengths else x
    leaves = {"input": data.detach()}
    if hx is not None:
        leaves |= {"h_0": hx[0].detach(), "c_0": hx[1].detach()}
    leaves |= dict(module.named_parameters())
    for position, leaf in enumerate(leaves.values()):
        leaf.requires_grad_(position not in call.frozen)
    argument = PackedSequence(leaves["input"], *packed[1:]) if call.lengths else leaves["input"]
    torch.manual_seed(call.seed)  # of the dropout masks
    result = module(argument, None if hx is None else (leaves["h_0"], leaves["c_0"]))
    if isinstance(result[1], tuple):
        results = {"output": result[0], "h_n": result[1][0], "c_n": result[1][1]}
    else:
        results = dict(zip(("h_n", "c_n"), result, strict=True))
    flat = {k: v.data if isinstance(v, PackedSequence) else v for k, v in results.items()}
    generator = torch.Generator().manual_seed(call.seed)
    upstream = {
        name: torch.randn(out.shape, generator=generator, dtype=torch.float64).to(out)
        for name, out in flat.items()
    }
    used = [name for name in flat if name in call.used and flat[name].requires_grad]
    wanted = {name: leaf for name, leaf in leaves.items() if leaf.requires_grad}
    if used and wanted:
        gradients = torch.autograd.grad(
            [flat[name] for name in used], list(wanted.values()),
            [upstream[name] for name in used], allow_unused=True,
        )
        flat |= {f"d_{name}": g for name, g in zip(wanted, gradients, strict=True)}
    requires = {name: flat[name].requires_grad for name in results}
    flat = {name: None if v is None else v.detach() for name, v in flat.items()}
    return flat, requires, results


def assert_near(mine, other, dtype, fused=False):
    """Compare; where autograd sees no path, one function for all steps (`fused`) gives zeros."""
    assert mine.keys() >= other.keys() if fused else mine.keys() == other.keys()
    for name, value in mine.items():
        expected = other.get(name)
        assert value is None or value.dtype == dtype, name
        if value is None or expected is None:  # not part of the graph that the loss sees
            gradient = value if expected is None else expected
            assert value is expected or (fused and not gradient.any()), name
            continue
        torch.testing.assert_close(
            value, expected, **tolerances.of(name, dtype), msg=lambda t, name=name: f"{name}: {t}"
        )


def assert_reference(call, module, x, hx, results):
    """Compare outputs with the NumPy reference, which knows (L, N, H_in) and float64 only."""
    a = call.arguments
    parameters = {name: p.detach().double().cpu().numpy() for name, p in module.named_parameters()}
    values = {"x": x, "h": hx[0], "c": hx[1]} if hx else {"x": x}
    values = {name: value.detach().double().cpu().numpy() for name, value in values.items()}
    if call.layout == "unbatched":
        values = {name: value[:, None] for name, value in values.items()}
    elif a["batch_first"]:
        values["x"] = values["x"].swapaxes(0, 1)
    if hx is None:
        rows = a["num_layers"] * DIRECTIONS[a["bidirectional"]]
        values["h"] = np.zeros((rows, values["x"].shape[1], a["proj_size"] or a["hidden_size"]))
        values["c"] = np.zeros((rows, values["x"].shape[1], a["hidden_size"]))
    expected = reference.lstm(
        values["x"], values["h"], values["c"], parameters, a["num_layers"], a["bidirectional"],
        call.lengths,
    )
    output = results["output"]
    if call.lengths:
        output, _ = pad_packed_sequence(output)
    elif call.layout == "unbatched":
        output = output[:, None]
    elif a["batch_first"]:
        output = output.transpose(0, 1)
    for name, got, want in zip(
        ("output", "h_n", "c_n"), (output, results["h_n"], results["c_n"]), expected, strict=True
    ):
        want = want[:, 0] if call.layout == "unbatched" and name != "output" else want
        np.testing.assert_allclose(
            got.detach().cpu().numpy(), want, **tolerances.of(name, call.dtype), err_msg=name
        )


def check_layer(call):
    torch.manual_seed(call.seed)
    ours, theirs = twins(**call.arguments, device=call.device, dtype=call.dtype)
    for module in (ours, theirs):
        module.train(call.training)
    x, hx = tensors(call, ours.weight_ih_l0)
    mine, requires, results = run(ours, call, x, hx)
    fused = choice.asked_for() != "plain"
    if call.device == "cuda" and hx is not None:
        hx = [state.contiguous() for state in hx]  # cuDNN refuses the others, ours takes them
    other, expected, _ = run(theirs, call, x, hx)
    assert all(requires[k] or not expected[k] for k in expected) if fused else requires == expected
    assert_near(mine, other, call.dtype, fused)
    if not (call.training and call.arguments.get("dropout")):
        assert_reference(call, ours, x, hx, results)


def check_cell(call):
    torch.manual_seed(call.seed)
    ours, theirs = (
        cls(**call.arguments, device=call.device, dtype=call.dtype)
        for cls in (LSTMCell, nn.LSTMCell)
    )
    theirs.load_state_dict(ours.state_dict())
    x, hx = tensors(call, ours.weight_ih)
    mine, requires, results = run(ours, call, x, hx)
    other, expected, _ = run(theirs, call, x, hx)
    assert requires == expected
    assert_near(mine, other, call.dtype)
    # The reference has no batch: one step for each sample.
    parameters = [p.detach().double().cpu().numpy() for p in ours.parameters()]
    zeros = x.new_zeros(*x.shape[:-1], call.arguments["hidden_size"])
    arrays = [
        tensor.detach().double().cpu().numpy().reshape(-1, tensor.shape[-1])
        for tensor in (x, *(hx or (zeros, zeros)))
    ]
    for n, (x_n, h, c) in enumerate(zip(*arrays, strict=True)):
        for name, want in zip(("h_n", "c_n"), reference.step(x_n, h, c, *parameters), strict=True):
            got = results[name].detach().cpu().reshape(-1, h.size)[n].numpy()
            np.testing.assert_allclose(got, want, **tolerances.of(name, call.dtype), err_msg=name)


@pytest.mark.parametrize("name", ("plain", "inplace", "compiled"))
@LAYER
@given(calls())
def test_layer(name, call):
    with use_backend(name):
        check_layer(call)


@CELL
@given(calls(cell=True))
def test_cell(call):
    check_cell(call)


# ---- the property can fail ---------------------------------------------------------------------


def planted(name):
    """Return (owner, attribute, wrong version) of a bug that only some calls can see."""
    direction, cell, permute = functional.lstm_direction, functional.lstm_cell, modules.permute

    def direction_without_bias(x, h_0, c_0, weights, batch_sizes=None, reverse=False):
        weights = weights._replace(b_hh=None) if reverse and batch_sizes else weights
        return direction(x, h_0, c_0, weights, batch_sizes, reverse)

    def shorten(c):
        return c.detach() + (c - c.detach()) * (1 - 1e-4)

    def direction_short_of_gradient(*args, **options):
        output, h_n, c_n = direction(*args, **options)
        return output, h_n, shorten(c_n)

    def cell_short_of_gradient(*args):
        h_t, c_t = cell(*args)
        return h_t, shorten(c_t)

    def permute_nothing(state, indices):
        return permute(state, None)

    return {
        "packed and reverse: b_hh dropped": (functional, "lstm_direction", direction_without_bias),
        "gradient through c_n short by 1e-4": (
            functional, "lstm_direction", direction_short_of_gradient
        ),
        "gradient through c_t short by 1e-4": (functional, "lstm_cell", cell_short_of_gradient),
        "unsorted: states stay sorted": (modules, "permute", permute_nothing),
    }[name]


def fails(check, call):
    try:
        with use_backend("plain"):  # which is where the bugs are planted
            check(call)
    except AssertionError:
        return True
    return False


@pytest.mark.parametrize(
    "bug, cell",
    [
        ("packed and reverse: b_hh dropped", False),
        ("gradient through c_n short by 1e-4", False),
        ("gradient through c_t short by 1e-4", True),
        ("unsorted: states stay sorted", False),
    ],
)
def test_a_planted_bug_is_found(monkeypatch, bug, cell):
    monkeypatch.setattr(*planted(bug))
    check = check_cell if cell else check_layer
    call = find(calls(cell), lambda call: fails(check, call), settings=SEARCH)
    monkeypatch.undo()
    check(call)
