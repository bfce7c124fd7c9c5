"""What people do to an `nn.LSTM` inside a larger program, done to both and compared."""

import copy
import io
import pickle

import pytest
import torch
from torch import nn
from torch.func import functional_call
from torch.nn.utils import parameters_to_vector, prune, vector_to_parameters
from torch.nn.utils import parametrizations as new
from torch.nn.utils.parametrize import cached, remove_parametrizations
from torch.utils._pytree import tree_leaves

from lstm_from_scratch import LSTM, LSTMCell
from lstm_from_scratch.verify import tolerances
from lstm_from_scratch.verify.compare import twins
from tests.support.parity import assert_parity, make_input

OPTIONS = {"num_layers": 2, "bidirectional": True, "proj_size": 2}
NAME = "weight_hh_l1_reverse"

# cuDNN wants its weights in one buffer, which these changes break; the numbers are right.
pytestmark = pytest.mark.filterwarnings("ignore:RNN module weights are not part of single")


def saved_and_loaded(module):
    buffer = io.BytesIO()
    torch.save(module, buffer)
    buffer.seek(0)
    return torch.load(buffer, weights_only=False)


def from_state_dict(module, **kwargs):
    buffer = io.BytesIO()
    torch.save(module.state_dict(), buffer)
    buffer.seek(0)
    state = torch.load(buffer, weights_only=True)
    fresh = type(module)(3, 5, **OPTIONS, dtype=torch.float64, device=module.weight_ih_l0.device)
    fresh.load_state_dict(state, **kwargs)
    return fresh


def with_new_parameter(module):
    value = torch.full_like(module.weight_ih_l1, 0.25)
    module.weight_ih_l1 = nn.Parameter(value)
    return module


def frozen(module):
    module.weight_hh_l0.requires_grad_(False)
    module.get_parameter("bias_ih_l1").requires_grad_(False)
    return module


def spectral(norm):
    def treat(module):
        torch.manual_seed(2)
        norm(module, NAME)
        return module.eval()  # in training mode every use of the weight improves the norm

    return treat


def pruned(module, remove=False):
    prune.l1_unstructured(module, NAME, amount=0.4)
    prune.ln_structured(module, "weight_ih_l0", amount=0.5, n=2, dim=0)
    if remove:
        prune.remove(module, NAME)
    return module


def old_weight_norm(module):
    with pytest.warns(FutureWarning, match="weight_norm"):
        return nn.utils.weight_norm(module, NAME)


def without_weight_norm(module):
    return remove_parametrizations(new.weight_norm(module, NAME), NAME)


def flattened(module):
    module.flatten_parameters()
    return module


def vectorised(module):
    vector_to_parameters(parameters_to_vector(module.parameters()) * 0.5, module.parameters())
    return module


TREATMENTS = {
    "pickle": lambda module: pickle.loads(pickle.dumps(module)),
    "deepcopy": copy.deepcopy,
    "torch.save of the module": saved_and_loaded,
    "torch.save of the state_dict": from_state_dict,
    "load_state_dict(assign=True)": lambda module: from_state_dict(module, assign=True),
    "a new Parameter": with_new_parameter,
    "frozen parameters": frozen,
    "flatten_parameters": flattened,
    "parameters_to_vector": vectorised,
    "there and back in dtype": lambda module: module.half().bfloat16().float().double(),
    "share_memory": lambda module: module.share_memory(),
    "requires_grad_": lambda module: module.requires_grad_(False).requires_grad_(True),
    "to_empty": lambda module: module.to_empty(device=module.weight_ih_l0.device).apply(filled),
    "weight_norm, old": old_weight_norm,
    "weight_norm": lambda module: new.weight_norm(module, NAME, dim=1),
    "weight_norm, removed": without_weight_norm,
    "orthogonal": lambda module: new.orthogonal(module, NAME, use_trivialization=False),
    "spectral_norm, old": spectral(nn.utils.spectral_norm),
    "spectral_norm": spectral(new.spectral_norm),
    "pruning": pruned,
    "pruning, made permanent": lambda module: pruned(module, remove=True),
}


def filled(module):
    with torch.no_grad():
        for k, p in enumerate(module.parameters()):
            p.copy_(torch.linspace(-0.4, 0.5 + k / 50, p.numel()).view_as(p))


@pytest.mark.parametrize("name", TREATMENTS)
def test_treated_alike_they_stay_alike(device, name):
    ours, theirs = (TREATMENTS[name](module) for module in twins(3, 5, **OPTIONS, device=device))
    assert isinstance(ours, LSTM)
    for layout in ("batched", "unbatched", "unsorted"):
        assert_parity(ours, theirs, *make_input(ours, layout, True))
    assert list(ours.state_dict()) == list(theirs.state_dict())
    mine, other = ([(n, p.requires_grad) for n, p in m.named_parameters()] for m in (ours, theirs))
    assert mine == other
    assert_flat_weights(ours, theirs)


def assert_flat_weights(ours, theirs):
    """Compare the list that other libraries read, and check that it is up to date."""
    names = ours._flat_weights_names
    assert names == theirs._flat_weights_names and ours._all_weights == theirs._all_weights
    assert len(ours._flat_weights) == len(theirs._flat_weights) == len(names)
    for name, mine, other in zip(names, ours._flat_weights, theirs._flat_weights, strict=True):
        assert torch.equal(mine, getattr(ours, name))
        torch.testing.assert_close(mine, other, **tolerances.of("output", mine.dtype))
    in_rows = [weight for row in ours.all_weights for weight in row]
    assert all(map(torch.equal, in_rows, ours._flat_weights))


def test_a_treatment_that_reaches_one_side_only_is_seen():
    ours, theirs = twins(3, 5, **OPTIONS)
    with pytest.raises(AssertionError):
        assert_parity(with_new_parameter(ours), theirs, *make_input(ours, "batched", True))
    with pytest.raises(AssertionError):
        assert_flat_weights(ours, theirs)


def test_flat_weights_are_the_parameters_themselves(device):
    ours = with_new_parameter(LSTM(3, 5, **OPTIONS, device=device).double())
    ours.load_state_dict({n: p + 1 for n, p in ours.state_dict().items()})
    assert all(a is b for a, b in zip(ours._flat_weights, ours.parameters(), strict=True))


def test_one_step_of_the_power_iteration_for_each_pass():
    """PyTorch reads a parametrized weight several times in a pass, we once; cached, they agree."""
    treat = spectral(new.spectral_norm)
    ours, theirs = (treat(module).train() for module in twins(3, 5, **OPTIONS))
    x, hx = make_input(ours, "batched", True)
    cell = copy.deepcopy(ours).parametrizations[NAME]
    cell()
    with cached():
        assert_parity(ours, theirs, x, hx)
    u, expected = ours.parametrizations[NAME][0]._u, cell[0]._u
    assert torch.equal(u, expected)
    ours(x, hx), theirs(x, hx), cell()
    assert torch.equal(u, expected)
    assert not torch.allclose(theirs.parametrizations[NAME][0]._u, expected)


# ---- functional_call, hooks -------------------------------------------------------------------


@pytest.mark.parametrize("names", ("all", "one"))
def test_functional_call(device, names):
    ours, theirs = twins(3, 5, **OPTIONS, device=device)
    before = copy.deepcopy(ours.state_dict())
    x, hx = make_input(ours, "batched", True)
    replaced = {
        name: (p.detach() * 0.5).requires_grad_()
        for name, p in ours.named_parameters() if names == "all" or name == NAME
    }

    def replacing(module):
        def call(*args):
            return functional_call(module, replaced, args)

        call.named_parameters = replaced.items
        return call

    assert_parity(replacing(ours), replacing(theirs), x, hx)
    torch.testing.assert_close(ours.state_dict(), before, atol=0, rtol=0)
    assert_parity(ours, theirs, x, hx)
    assert_flat_weights(ours, theirs)


def test_hooks_see_and_change_the_same(device):
    seen = []
    for module in twins(3, 5, **OPTIONS, device=device):
        calls = []
        seen.append(calls)

        def note(module, *values, calls=calls):
            calls.append([leaf if leaf is None else leaf.clone() for leaf in tree_leaves(values)])

        def before(module, args, note=note):
            note(module, args)
            return (args[0] * 2, *args[1:])

        def after(module, args, output, note=note):
            note(module, args, output)
            return output[0] + 1, output[1]

        handles = [
            module.register_forward_pre_hook(before),
            module.register_forward_hook(after),
            module.register_full_backward_pre_hook(lambda m, grad, note=note: note(m, grad)),
            module.register_full_backward_hook(lambda m, *grads, note=note: note(m, *grads)),
        ]
        x, hx = make_input(module, "batched", True)
        torch.manual_seed(3)
        output, _ = module(torch.randn_like(x).requires_grad_())
        output.pow(2).sum().backward()
        for handle in handles:
            handle.remove()
        module(x, hx)[0].sum().backward()
        assert len(calls) == 4
    torch.testing.assert_close(*seen, **tolerances.of("d_", torch.float64))


# ---- inside a model ---------------------------------------------------------------------------


class Tagger(nn.Module):
    def __init__(self, lstm_class, cell_class):
        super().__init__()
        self.embed = nn.Embedding(7, 3)
        self.layers = nn.ModuleList([lstm_class(3, 5, **OPTIONS), lstm_class(4, 5)])
        self.cell = cell_class(5, 5)
        self.head = nn.Linear(5, 2)

    def forward(self, tokens):
        x = self.embed(tokens)
        for layer in self.layers:
            x, (h_n, c_n) = layer(x)
        return self.head(self.cell(x[0], (h_n[-1], c_n[-1]))[0])


def models(device):
    """Make one model with our modules and one with PyTorch's, from the same seed."""
    for classes in ((LSTM, LSTMCell), (nn.LSTM, nn.LSTMCell)):
        torch.manual_seed(4)
        yield Tagger(*classes).to(device, torch.float64)


def test_a_model_has_the_same_names_and_numbers(device):
    ours, theirs = models(device)
    assert str(ours) == str(theirs)
    assert [n for n, _ in ours.named_modules()] == [n for n, _ in theirs.named_modules()]
    torch.testing.assert_close(ours.state_dict(), theirs.state_dict(), atol=0, rtol=0)


def test_a_layer_replaced_by_setattr(device):
    ours, theirs = models(device)
    tokens = torch.arange(12, device=device).view(4, 3) % 7
    expected = theirs(tokens)
    theirs.layers[0] = ours.layers[0]
    theirs.cell = ours.cell
    assert type(theirs.layers[0]) is LSTM and type(theirs.cell) is LSTMCell
    torch.testing.assert_close(theirs(tokens), expected, **tolerances.of("output", torch.float64))
    assert list(theirs.state_dict()) == list(ours.state_dict())


@pytest.mark.parametrize(
    "optimizer", [
        lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.01),
        lambda p: torch.optim.Adam(p, lr=0.1),
    ],
)
def test_training_steps(device, optimizer):
    ours, theirs = models(device)
    before = copy.deepcopy(ours.state_dict())
    tokens = torch.arange(12, device=device).view(4, 3) % 7
    for model in (ours, theirs):
        step = optimizer(model.parameters())
        for _ in range(2):
            step.zero_grad()
            model(tokens).pow(2).sum().backward()
            nn.utils.clip_grad_norm_(model.parameters(), 0.5)
            step.step()
    mine, other = ours.state_dict(), theirs.state_dict()
    torch.testing.assert_close(mine, other, **tolerances.of("d_", torch.float64))
    assert not any(torch.equal(mine[name], before[name]) for name in mine)


def test_replicas_of_data_parallel(device):
    """What `nn.DataParallel` does for each GPU: copies, plain tensors, stand for parameters."""
    ours, theirs = twins(3, 5, **OPTIONS, device=device)
    replicas = []
    for module in (ours, theirs):
        replica = module._replicate_for_data_parallel()
        copies = {name: p * 1 for name, p in module.named_parameters()}
        for name, value in copies.items():
            setattr(replica, name, value)
        replica.named_parameters = copies.items
        replicas.append(replica)
    assert_parity(*replicas, *make_input(ours, "batched", True))
