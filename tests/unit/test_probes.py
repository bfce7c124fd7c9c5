"""PyTorch's private names: where one is missing the plain loop runs, and says so once."""

import importlib
import re
import warnings
from pathlib import Path

import pytest
import torch

import lstm_from_scratch
from lstm_from_scratch.context import probes
from lstm_from_scratch.verify.compare import twins
from tests.support.parity import assert_parity, make_input

NAMES = {
    "modes": (torch._C, "_len_torch_dispatch_stack"),
    "transform": (torch._C._functorch, "peek_interpreter_stack"),
}


@pytest.fixture(params=NAMES)
def without(request, monkeypatch):
    """Take one name away, as another release might, and look them all up anew."""
    owner, name = NAMES[request.param]
    monkeypatch.delattr(owner, name)
    importlib.reload(probes)
    yield name
    monkeypatch.undo()
    importlib.reload(probes)


def test_training_goes_on_through_the_plain_loop_with_one_warning(without):
    ours, theirs = twins(3, 5, 2, bidirectional=True)
    x, hx = make_input(ours, "batched", True)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in range(2):
            assert_parity(ours, theirs, x, hx)
            output, _ = ours(x)
            assert output.grad_fn is not None and "Direction" not in names_in(output.grad_fn)
    assert [without in str(warning.message) for warning in caught] == [True]


def names_in(node, depth=6):
    """List the names of the nodes that autograd recorded, down to a depth."""
    if node is None or depth == 0:
        return ""
    return type(node).__name__ + "".join(names_in(n, depth - 1) for n, _ in node.next_functions)


def test_with_all_names_the_hand_written_backward_runs():
    ours, _ = twins(3, 5, 2, bidirectional=True)
    x, _ = make_input(ours, "batched", False)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert "Direction" in names_in(ours(x)[0].grad_fn)


def test_a_release_without_dispatch_modes_is_named(monkeypatch):
    assert probes.dispatch_mode().__name__ == "TorchDispatchMode"
    monkeypatch.delattr(torch.utils, "_python_dispatch")
    with pytest.raises(RuntimeError, match="nothing is counted"):
        probes.dispatch_mode()


def test_no_other_file_knows_a_private_name_of_torch():
    package = Path(lstm_from_scratch.__file__).parent
    for path in package.rglob("*.py"):
        text = path.read_text("utf-8").replace("torch.__version__", "")
        assert path.name == "probes.py" or not re.search(r"torch(\.\w+)*\._", text), path
