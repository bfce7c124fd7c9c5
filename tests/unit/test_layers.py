"""The house rules that a reader relies on: who imports whom, no borrowed LSTM, nothing long."""

import ast
import functools
import re
import subprocess
import sys
from pathlib import Path

import pytest
from torch import nn

from lstm_from_scratch.teaching.files import repository_file

PACKAGE = Path(__file__).resolve().parents[2] / "lstm_from_scratch"
MODULES = sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))

# What each module may import beside the standard library. Pictures know no models, the oracle
# shares no code with what it judges. A new module is entered here.
ARROWS = {
    "__init__.py": {"kernels", "exchange", "explaining", "modules"},
    "context/__init__.py": {"torch", "probes"},
    "context/probes.py": {"torch"},
    "errors.py": {"torch"},
    "exchange/__init__.py": set(),
    "exchange/gates.py": {"numpy", "shapes"},
    "exchange/onnx.py": {"torch", "onnxscript", "gates", "modules"},
    "exchange/pytorch.py": {"torch", "modules", "shapes"},
    "exchange/weights.py": {"torch", "numpy", "gates", "modules", "shapes"},
    "explaining/__init__.py": {"torch", "errors", "shapes", "validation"},
    "functional.py": {"torch"},
    "kernels/__init__.py": {"torch", "functional", "choice", "layer", "operation"},
    "kernels/choice.py": {"torch", "functional", "context", "compiled", "inplace", "layer"},
    "kernels/compiled.py": {"torch", "numpy", "context", "elementary", "product"},
    "kernels/elementary.py": {"numpy", "numba"},
    "kernels/fused.py": {"torch", "triton", "layer"},
    "kernels/inplace.py": {"torch"},
    "kernels/layer.py": {"torch", "functional", "context", "inplace"},
    "kernels/operation.py": {"torch", "functional", "context", "choice", "layer"},
    "kernels/product.py": {"numpy", "numba", "elementary"},
    "modules.py": {
        "torch", "context", "errors", "functional", "kernels", "packing", "shapes", "validation",
    },
    "packing.py": {"torch"},
    "reference.py": {"numpy"},
    "shapes.py": set(),
    "teaching/__init__.py": set(),
    "teaching/agreement.py": set(),
    "teaching/backward.py": {"matplotlib", "style"},
    "teaching/checks.py": {"torch", "verify"},
    "teaching/claims.py": set(),
    "teaching/costs.py": {"numpy", "matplotlib", "style"},
    "teaching/counting.py": {"torch", "context"},
    "teaching/curves.py": {"numpy", "matplotlib", "style"},
    "teaching/diagrams.py": {"matplotlib", "shapes", "style"},
    "teaching/figures.py": {"numpy", "matplotlib", "shapes", "style"},
    "teaching/directions.py": {"matplotlib", "style"},
    "teaching/files.py": set(),
    "teaching/grids.py": {"numpy", "matplotlib", "style"},
    "teaching/heads.py": {"numpy", "matplotlib", "style"},
    "teaching/phrases.py": set(),
    "teaching/layers.py": {"numpy", "matplotlib", "style"},
    "teaching/stages.py": {"matplotlib", "style"},
    "teaching/memory.py": {"numpy", "matplotlib", "style"},
    "teaching/data.py": {"torch", "numpy", "files"},
    "teaching/learning.py": {"numpy", "matplotlib", "style"},
    "teaching/lengths.py": {"numpy", "matplotlib", "style"},
    "teaching/ngrams.py": set(),
    "teaching/parameters.py": {"numpy", "matplotlib", "style"},
    "teaching/loops.py": {"matplotlib", "style"},
    "teaching/messages.py": {"matplotlib", "style"},
    "teaching/printing.py": {"torch", "numpy"},
    "teaching/state.py": {"matplotlib", "style"},
    "teaching/recorded.py": {"files"},
    "teaching/processes.py": {"matplotlib", "style"},
    "teaching/rival_models.py": {"torch"},
    "teaching/rivals.py": {"numpy", "matplotlib", "style"},
    "teaching/rival_tasks.py": {"torch", "numpy", "data", "rival_models"},
    "teaching/series.py": {"numpy", "matplotlib", "style"},
    "teaching/shipping.py": {"torch", "exchange", "files"},
    "teaching/stepper.py": {"numpy", "style"},
    "teaching/style.py": {"matplotlib"},
    "teaching/swapping.py": {"matplotlib", "style"},
    "teaching/tasks.py": {"torch"},
    "teaching/text.py": {"numpy", "matplotlib", "style"},
    "validation.py": {"torch", "context", "errors", "shapes"},
    "verify/__init__.py": {
        "torch", "numpy", "LSTM", "compare", "reports", "shapes", "tolerances", "use_backend",
    },
    "verify/__main__.py": {"main"},
    "verify/compare.py": {"torch", "LSTM"},
    "verify/reports.py": set(),
    "verify/tolerances.py": {"torch"},
}

# PyTorch's own LSTM, under every name that code could call it by.
BORROWED = {"LSTM", "LSTMCell", "RNNBase", "RNNCellBase", "_VF", "lstm", "lstm_cell", "_cudnn_rnn"}
TORCH_ROOTS = {"torch", "nn", "rnn", "ops", "aten", "_C"}


def imports(tree):
    """Collect the imported names: `torch` for torch.nn, `packing` for `.packing`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.split(".")[0]
        elif isinstance(node, ast.ImportFrom):
            yield from (alias.name for alias in node.names)


def borrowed(tree):
    """List the uses of PyTorch's LSTM in code; docstrings may speak of it."""
    names = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in BORROWED:
            root = node.value.attr if isinstance(node.value, ast.Attribute) else node.value
            root = root.id if isinstance(root, ast.Name) else root
            if node.attr == "_VF" or root in TORCH_ROOTS or root == "_VF":
                names.append(ast.unparse(node))
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("torch"):
            names += [alias.name for alias in node.names if alias.name in BORROWED]
    return names


def lengths(tree):
    """Yield the name and length of each function, without its docstring."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            documented = len((ast.get_docstring(node) or "").splitlines())
            yield node.name, node.end_lineno - node.lineno + 1 - documented


def parse(name):
    return ast.parse((PACKAGE / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", MODULES)
def test_imports_follow_the_arrows(name):
    assert name in ARROWS, "a new module: say in ARROWS what it may import"
    outside = set(imports(parse(name))) - set(sys.stdlib_module_names)
    assert outside == ARROWS[name]  # neither more nor fewer


def test_shapes_imports_nothing_at_all():
    assert list(imports(parse("shapes.py"))) == []


@pytest.mark.parametrize("name", [name for name in MODULES if not name.startswith("teaching/")])
def test_no_borrowed_lstm(name):
    # These make PyTorch's modules, to hand them out or to be compared with.
    makers = ("exchange/pytorch.py", "verify/__init__.py", "verify/compare.py")
    allowed = {"nn.LSTM", "nn.LSTMCell"} if name in makers else set()
    if name == "exchange/onnx.py":
        allowed = {"nn.LSTM"}  # to refuse it
    assert set(borrowed(parse(name))) <= allowed


@pytest.mark.parametrize("name", MODULES)
def test_no_function_is_long(name):
    assert [row for row in lengths(parse(name)) if row[1] > 60] == []


@functools.cache
def private_names():
    """List the package's names with a leading underscore, but for those of nn.LSTM."""
    nodes = [node for name in MODULES for node in ast.walk(parse(name))]
    names = {node.name for node in nodes if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    names |= {node.id for node in nodes if isinstance(node, ast.Name)}
    own = {name for name in names if re.fullmatch("_[a-z]\\w*[a-z]", name)}
    return own - set(dir(nn.LSTM(1, 1)))


def accessed(text):
    """List the names with a leading underscore that are read as attributes, or named in quotes."""
    return re.findall(r"(?<=[\w)\]]\.)_\w+|(?<=[\"'])_\w+(?=[\"'])", text)


OUTSIDE = [path for pattern in ("tests/**/*.py", "recordings/**/*.py", "chapters/*.ipynb")
           for path in sorted(PACKAGE.parent.glob(pattern))]


@pytest.mark.parametrize("path", OUTSIDE, ids=lambda path: path.name)
def test_nobody_outside_uses_a_private_name(path):
    assert set(accessed(path.read_text("utf-8"))) & private_names() == set()


def test_a_private_name_is_seen():
    assert "_flat_weights" not in private_names()  # nn.LSTM has it, too
    name = min(private_names())
    assert accessed(f"lstm.{name}(); monkeypatch.setattr(functional, '{name}', 1)") == [name] * 2


def test_importing_the_package_is_light():
    code = (
        "import sys, torch, numpy; before = set(sys.modules); "
        "import lstm_from_scratch; print(*set(sys.modules) - before)"
    )
    command = [sys.executable, "-c", code]
    run = subprocess.run(command, cwd=PACKAGE.parent, check=True, capture_output=True, text=True)
    loaded = {name.split(".")[0] for name in run.stdout.split()}
    assert "lstm_from_scratch" in loaded
    assert loaded - set(sys.stdlib_module_names) == {"lstm_from_scratch"}


@pytest.mark.parametrize(
    "code",
    [
        "class A(nn.LSTM): pass",
        "torch.nn.modules.rnn.RNNBase",
        "from torch.nn import LSTM",
        "from torch import _VF",
        "torch._VF.lstm(x)",
        "torch.lstm_cell(x)",
        "torch.ops.aten.lstm.input(x)",
    ],
)
def test_a_borrowed_lstm_is_seen(code):
    assert borrowed(ast.parse(code)) != []


def test_own_names_and_docstrings_are_not_borrowed():
    code = "def lstm():\n    'Like torch.nn.LSTM.'\nfunctional.lstm(x)\nclass LSTM: pass"
    assert borrowed(ast.parse(code)) == []


def test_relative_and_absolute_imports_are_seen():
    code = "import numpy as np\nfrom torch import nn\nfrom . import packing\nfrom .shapes import a"
    assert list(imports(ast.parse(code))) == ["numpy", "torch", "packing", "shapes"]


def test_repository_file():
    assert repository_file("pyproject.toml").is_file()
    with pytest.raises(FileNotFoundError, match="clone it"):
        repository_file("no/such.file")
