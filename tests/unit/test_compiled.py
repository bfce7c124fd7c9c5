"""The compiled loops: their functions, both ways of multiplying, and life without numba."""

import functools
import os
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch

from lstm_from_scratch import LSTM, use_backend
from lstm_from_scratch.verify.compare import twins
from tests.support.parity import assert_parity, make_input

numba = pytest.importorskip("numba", reason="numba is not installed")
from lstm_from_scratch.kernels import choice, compiled, product  # noqa: E402

X = torch.randn(4, 2, 3)


@pytest.fixture(autouse=True)
def by_name():
    with use_backend("compiled"):
        yield


@numba.njit
def sigmoids(x):
    y = np.empty_like(x)
    for k in range(len(x)):
        y[k] = compiled.sigmoid(x[k])
    return y


@numba.njit
def tanhs(x):
    y = np.empty_like(x)
    for k in range(len(x)):
        y[k] = compiled.tanh(x[k])
    return y


@pytest.mark.parametrize("ours, exact", [(sigmoids, lambda x: 1 / (1 + np.exp(-x))),
                                         (tanhs, np.tanh)])
def test_the_activations(ours, exact):
    """Relative errors over the range that counts; -87 is where float32 sigmoids end."""
    x = np.concatenate([np.linspace(-87, 87, 4001), np.logspace(-30, 0, 301), [0.625, 0.0]])
    for dtype, error in ((np.float32, 3e-7), (np.float64, 1e-15)):
        rounded = x.astype(dtype)
        got = ours(rounded)
        np.testing.assert_allclose(got, exact(rounded.astype(np.float64)), rtol=error, atol=1e-37)


def test_the_activations_at_the_ends():
    for dtype in (np.float32, np.float64):
        x = np.array([np.inf, -np.inf, 1e30, -1e30, np.nan], dtype=dtype)
        np.testing.assert_allclose(sigmoids(x), [1, 0, 1, 0, np.nan], atol=1e-37)
        np.testing.assert_array_equal(tanhs(x), [1, -1, 1, -1, np.nan])


@pytest.mark.parametrize("few", [0, 10**9], ids=["PyTorch's product", "ours"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("options", [{}, {"proj_size": 2}, {"bidirectional": True}], ids=str)
@pytest.mark.parametrize("layout", ["batched", "sorted", "unsorted", "unbatched"])
def test_both_products(monkeypatch, few, dtype, options, layout):
    monkeypatch.setattr(compiled, "few", lambda N, w_hh, w_hr=None: w_hr is None and few > 0)
    ours, theirs = twins(3, 11, 2, **options, dtype=dtype)  # 11: eight columns and a rest
    assert_parity(ours, theirs, *make_input(ours, layout, True))


def test_where_each_product_is_used(monkeypatch):
    w_hh, w_hr = torch.empty(4 * 128, 128), torch.empty(64, 128)
    for amd, rows in ((False, 16), (True, 32)):  # 16 * 4 * 128 * 128 is FEW
        monkeypatch.setattr(compiled, "made_by_amd", lambda amd=amd: amd)
        monkeypatch.setattr(compiled, "one_thread", lambda amd=amd: amd)
        few = [compiled.few(N, w_hh) for N in (1, rows, rows + 1)]
        assert few == [True, True, False]
        assert compiled.few(1, torch.empty(4096, 1024))
        assert not compiled.few(1, w_hh, w_hr)  # a projection is PyTorch's to do


def test_states_and_gradients_laid_out_otherwise():
    ours, theirs = twins(3, 5, 1)
    x = torch.randn(3, 2, 4, dtype=torch.float64).permute(2, 1, 0)
    hx = tuple(torch.randn(5, 2, dtype=torch.float64).t()[None] for _ in range(2))
    assert_parity(ours, theirs, x, hx)
    for lstm in (ours, theirs):
        lstm(x, hx)[0].sum().backward()  # the gradient of output is one number, expanded
    for a, b in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(a.grad, b.grad, atol=1e-10, rtol=0)


def ran_for(x, lstm):
    with use_backend("compiled") as ran:
        lstm.to(x)(x)
    return ran


def test_for_which_dtypes_and_devices():
    lstm = LSTM(3, 5)
    assert ran_for(X, lstm) == ran_for(X.double(), lstm) == ["compiled"]
    assert ran_for(X.bfloat16(), lstm) == ran_for(X.half(), lstm) == ["inplace"]
    assert ran_for(X.to("meta"), lstm) == ["plain"]


def test_without_numba(monkeypatch):
    monkeypatch.setitem(sys.modules, "lstm_from_scratch.kernels.compiled", None)
    monkeypatch.delattr("lstm_from_scratch.kernels.compiled")
    without_memory = choice.compiled_loops.__wrapped__
    monkeypatch.setattr(choice, "compiled_loops", without_memory)
    lstm = LSTM(3, 5)
    assert ran_for(X, lstm) == ["inplace"]
    lstm(X)[0].sum().backward()


def train_elsewhere(folder, **environment):
    """Train in a process of its own, with a cache of its own; return what it prints."""
    code = (
        "import torch; from lstm_from_scratch import LSTM, use_backend; lstm = LSTM(3, 5)\n"
        "with use_backend('compiled') as ran:\n"
        "    for _ in range(2): lstm(torch.ones(4, 2, 3))[0].sum().backward()\n"
        "print(*ran, lstm.weight_hh_l0.grad.isfinite().all().item())"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=Path(__file__).parents[2], check=True, text=True,
        capture_output=True, env=os.environ | {"NUMBA_CACHE_DIR": str(folder)} | environment,
    )
    return run.stdout.split(), run.stderr


@pytest.mark.parametrize("name", (choice.SWITCH, "NUMBA_DISABLE_JIT"))
def test_numba_is_switched_off_without_a_word(tmp_path, name):
    printed, warned = train_elsewhere(tmp_path, **{name: "0" if name == choice.SWITCH else "1"})
    assert printed == ["inplace", "inplace", "True"] and warned == ""


def test_a_damaged_cache_gives_one_warning_and_the_loops_without_numba(tmp_path):
    assert train_elsewhere(tmp_path) == (["compiled", "compiled", "True"], "")
    indices = list(tmp_path.rglob("*.nbi"))
    assert indices
    for path in indices:
        path.write_bytes(b"")
    printed, warned = train_elsewhere(tmp_path)
    assert printed == ["inplace", "inplace", "True"]
    assert warned.count("numba does not work here (EOFError") == 1 and "NUMBA_CACHE_DIR" in warned


@pytest.mark.parametrize("error", (OSError(28, "No space left on device"), SystemError("broken")))
def test_a_numba_that_fails_gives_one_warning_and_the_loops_without_it(monkeypatch, error):
    def fail(dtype, whole, gradient):
        raise error

    monkeypatch.setattr(compiled, "prepare", fail)
    monkeypatch.setattr(choice, "given_up", [])
    choice.prepared.cache_clear()
    ours, theirs = twins(3, 5, 2)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for dtype in (torch.float64, torch.float32):
            x, hx = make_input(ours.to(dtype), "batched", True)
            assert_parity(ours, theirs.to(dtype), x, hx)
    choice.prepared.cache_clear()
    (warning,) = caught
    assert type(error).__name__ in str(warning.message) and choice.SWITCH in str(warning.message)


def test_a_numba_that_cannot_be_imported_gives_one_warning(monkeypatch):
    class Broken:
        def find_spec(self, name, path=None, target=None):
            if name == "lstm_from_scratch.kernels.compiled":
                raise OSError("a library that numba needs is damaged")

    monkeypatch.setattr(sys, "meta_path", [Broken(), *sys.meta_path])
    monkeypatch.delitem(sys.modules, "lstm_from_scratch.kernels.compiled")
    monkeypatch.delattr("lstm_from_scratch.kernels.compiled")
    monkeypatch.setattr(choice, "given_up", [])
    with_a_new_memory = functools.cache(choice.compiled_loops.__wrapped__)
    monkeypatch.setattr(choice, "compiled_loops", with_a_new_memory)
    with pytest.warns(UserWarning, match="OSError: a library that numba needs") as caught:
        LSTM(3, 5)(X)[0].sum().backward()
    assert len(caught) == 1


def test_the_memory_of_what_the_caller_owns_can_still_be_resized():
    """`Tensor.numpy()` ends that; FSDP resizes the memory of parameters at every step."""
    for few in (False, True):
        for options in ({}, {"proj_size": 4}):
            N = 1 if few else 4
            lstm = LSTM(64, 256, **options)
            H_out = options.get("proj_size", 256)
            shapes = (6, N, 64), (1, N, H_out), (1, N, 256)
            leaves = [torch.randn(shape, requires_grad=True) for shape in shapes]
            output, states = lstm(leaves[0], (leaves[1], leaves[2]))
            upstream = torch.randn_like(output)
            output.backward(upstream)
            leaves += lstm.parameters()
            gradients = [leaf.grad for leaf in leaves]
            # With older releases the output cannot: it is written through `numpy()` there.
            written = [output] if np.from_dlpack(torch.zeros(1)).flags.writeable else []
            for tensor in (*leaves, *written, *states, upstream, *gradients):
                assert tensor.untyped_storage().resizable()


def test_where_nothing_can_be_kept_on_disk(monkeypatch):
    calls = []

    def njit(cache=False, **options):
        calls.append(cache)
        if cache:
            raise RuntimeError("cannot cache function: no locator available")
        return lambda function: function

    monkeypatch.setattr(product.numba, "njit", njit)
    assert product.compiled(len) is len
    assert calls == [True, False]
