"""The house rules that a reader relies on: who imports whom, no borrowed LSTM, nothing long."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from lstm_from_scratch.teaching.files import repository_file

PACKAGE = Path(__file__).resolve().parents[2] / "lstm_from_scratch"
MODULES = sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))

# What each module may import beside the standard library. Pictures know no models, the oracle
# shares no code with what it judges. A new module is entered here.
ARROWS = {
    "__init__.py": {"kernels", "convert", "explain", "export", "modules"},
    "kernels/__init__.py": {"torch", "functional", "choice", "layer", "operation"},
    "kernels/choice.py": {"torch", "probes", "compiled", "inplace", "layer"},
    "kernels/compiled.py": {"torch", "numpy", "probes", "elementary", "product"},
    "kernels/elementary.py": {"numpy", "numba"},
    "kernels/inplace.py": {"torch"},
    "kernels/layer.py": {"torch", "functional", "probes", "inplace"},
    "kernels/product.py": {"numba", "elementary"},
    "kernels/operation.py": {"torch", "functional", "probes", "choice", "layer"},
    "contexts.py": {"torch", "probes"},
    "convert.py": {"torch", "modules"},
    "diagnosis.py": {"torch", "contexts", "shapes", "validation", "words"},
    "export.py": {"torch", "onnxscript", "modules"},
    "explain.py": {"torch", "diagnosis", "shapes", "words"},
    "functional.py": {"torch"},
    "modules.py": {
        "torch", "contexts", "functional", "kernels", "packing", "shapes", "validation",
    },
    "packing.py": {"torch"},
    "probes.py": {"torch"},
    "reference.py": {"numpy"},
    "shapes.py": set(),
    "validation.py": {"torch", "contexts", "shapes"},
    "words.py": set(),
    "reports.py": {"teaching"},
    "tolerances.py": {"torch"},
    "verify.py": {"torch", "numpy", "LSTM", "reports", "teaching", "tolerances", "use_backend"},
    "teaching/__init__.py": set(),
    "teaching/checks.py": {"torch", "lstm_from_scratch"},
    "teaching/costs.py": {"matplotlib", "style"},
    "teaching/curves.py": {"numpy", "matplotlib", "style"},
    "teaching/diagrams.py": {"numpy", "matplotlib", "style"},
    "teaching/figures.py": {"numpy", "matplotlib", "style"},
    "teaching/files.py": set(),
    "teaching/stepper.py": {"numpy", "style"},
    "teaching/style.py": {"numpy", "matplotlib"},
    "teaching/tasks.py": {"torch"},
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
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in BORROWED:
            root = node.value.attr if isinstance(node.value, ast.Attribute) else node.value
            root = root.id if isinstance(root, ast.Name) else root
            if node.attr == "_VF" or root in TORCH_ROOTS or root == "_VF":
                found.append(ast.unparse(node))
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("torch"):
            found += [alias.name for alias in node.names if alias.name in BORROWED]
    return found


def lengths(tree):
    """Give the lines of each function, without its docstring."""
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
    assert outside <= ARROWS[name]


def test_shapes_imports_nothing_at_all():
    assert list(imports(parse("shapes.py"))) == []


@pytest.mark.parametrize("name", [name for name in MODULES if not name.startswith("teaching/")])
def test_no_borrowed_lstm(name):
    # These two make PyTorch's modules, to hand them out or to be compared with.
    allowed = {"nn.LSTM", "nn.LSTMCell"} if name in ("convert.py", "verify.py") else set()
    assert set(borrowed(parse(name))) <= allowed


@pytest.mark.parametrize("name", MODULES)
def test_no_function_is_long(name):
    assert [row for row in lengths(parse(name)) if row[1] > 60] == []


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
