"""Every public object has an example in its docstring, and every example is run."""

import doctest
import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import pytest

import lstm_from_scratch

ROOT = Path(__file__).resolve().parents[2]
# What the API reference documents: `autofunction` or `autoclass`, then the full name.
API = (ROOT / "reference" / "api.md").read_text("utf-8")
DOCUMENTED = re.findall(r"^\.\. auto(?:function|class):: ([\w.]+)", API, re.M)
MEMBERS = re.findall(r"^\.\. autoclass:: ([\w.]+)\n +:members: (.+)", API, re.M)
METHODS = [f"{owner}.{name}" for owner, names in MEMBERS for name in names.split(", ")]
# Whole modules of public functions.
MODULES = ("lstm_from_scratch.functional", "lstm_from_scratch.shapes")


def find(name):
    """Return an object by its full name, and the module that it is defined in."""
    value = pkgutil.resolve_name(name)
    function = value.fget if isinstance(value, property) else inspect.unwrap(value)
    return value, importlib.import_module(function.__module__)


def examples(value, module):
    """Return the examples of a docstring as one test, or None."""
    parser = doctest.DocTestParser()
    text = inspect.cleandoc(value.__doc__ or "")
    test = parser.get_doctest(text, dict(vars(module)), "example", module.__name__, 0)
    return test if test.examples else None


def failures(test):
    """Run a test; return the number of examples that fail."""
    return doctest.DocTestRunner(optionflags=doctest.REPORT_NDIFF).run(test).failed


@pytest.mark.parametrize("name", DOCUMENTED)
def test_the_example_of_a_public_object_is_right(name):
    test = examples(*find(name))
    assert test is not None, f"{name} has no example"
    assert failures(test) == 0


@pytest.mark.parametrize("name", METHODS)
def test_the_example_of_a_public_method_is_right(name):
    """A method may do without one of its own: its class has an example."""
    test = examples(*find(name))
    assert test is None or failures(test) == 0


def test_the_examples_of_methods_are_seen():
    assert examples(*find("lstm_from_scratch.LSTM.weights")) is not None


def test_everything_public_is_documented():
    names = {f"lstm_from_scratch.{name}" for name in lstm_from_scratch.__all__}
    for module in MODULES:
        members = vars(importlib.import_module(module)).items()
        names |= {
            f"{module}.{name}"
            for name, value in members
            if not name.startswith("_") and getattr(value, "__module__", None) == module
        }
    assert names <= set(DOCUMENTED)
    assert len(DOCUMENTED) == len(set(DOCUMENTED))


def test_an_object_without_an_example_is_seen():
    def bare():
        """Do nothing."""

    assert examples(bare, doctest) is None
    bare.__doc__ = None
    assert examples(bare, doctest) is None


def test_a_wrong_example_is_seen(capsys):
    def wrong():
        """Add.

        Example:
            >>> 1 + 1
            3
        """

    assert failures(examples(wrong, doctest)) == 1
    assert "Failed example:" in capsys.readouterr().out
