"""The compiled loops: their functions, both ways of multiplying, and life without numba."""

import subprocess
import sys
from pathlib import Path

import numba
import numpy as np
import pytest
import torch
from parity import assert_parity, make_input

from lstm_from_scratch import LSTM, use_backend
from lstm_from_scratch.backends import bptt, steps_numba, steps_torch
from lstm_from_scratch.teaching.checks import twins

X = torch.randn(4, 2, 3)


@pytest.fixture(autouse=True)
def by_name():
    with use_backend("bptt"):
        yield


@numba.njit
def sigmoids(x):
    y = np.empty_like(x)
    for k in range(len(x)):
        y[k] = steps_numba.sigmoid(x[k])
    return y


@numba.njit
def tanhs(x):
    y = np.empty_like(x)
    for k in range(len(x)):
        y[k] = steps_numba.tanh(x[k])
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
    monkeypatch.setattr(steps_numba, "FEW", few)
    monkeypatch.setattr(steps_numba, "_few", lambda h, w_hh: few > 0)
    ours, theirs = twins(3, 11, 2, **options, dtype=dtype)  # 11: eight columns and a rest
    assert_parity(ours, theirs, *make_input(ours, layout, True))


def test_where_each_product_is_used():
    w_hh = torch.empty(4 * 128, 128)
    few = [steps_numba._few(torch.empty(N, 128), w_hh) for N in (1, 2, 3, 64)]
    assert few == [True, True, False, False]
    assert steps_numba._few(torch.empty(1, 1024), torch.empty(4096, 1024))


def test_states_and_gradients_laid_out_otherwise():
    ours, theirs = twins(3, 5, 1)
    x = torch.randn(3, 2, 4, dtype=torch.float64).permute(2, 1, 0)
    hx = tuple(torch.randn(5, 2, dtype=torch.float64).t()[None] for _ in range(2))
    assert_parity(ours, theirs, x, hx)
    for lstm in (ours, theirs):
        lstm(x, hx)[0].sum().backward()  # the gradient of output is one number, expanded
    for a, b in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(a.grad, b.grad, atol=1e-10, rtol=0)


def test_which_loops():
    assert bptt.loops_for(X) is bptt.loops_for(X.double()) is steps_numba
    for x in (X.bfloat16(), X.half(), X.to("meta")):
        assert bptt.loops_for(x) is steps_torch


def test_without_numba(monkeypatch):
    monkeypatch.setitem(sys.modules, "lstm_from_scratch.backends.steps_numba", None)
    monkeypatch.delattr("lstm_from_scratch.backends.steps_numba")
    monkeypatch.setattr(bptt, "_compiled", bptt._compiled.__wrapped__)  # without its memory
    assert bptt.loops_for(X) is steps_torch
    LSTM(3, 5)(X)[0].sum().backward()


def test_where_numba_compiles_nothing():
    code = (
        "import torch; from lstm_from_scratch.backends import bptt; "
        "print(bptt.loops_for(torch.ones(1)).__name__)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=Path(__file__).parents[2], check=True, text=True,
        capture_output=True, env={"NUMBA_DISABLE_JIT": "1"},
    )
    assert run.stdout.strip() == "lstm_from_scratch.backends.steps_torch"


def test_where_nothing_can_be_kept_on_disk(monkeypatch):
    calls = []

    def njit(cache=False, **options):
        calls.append(cache)
        if cache:
            raise RuntimeError("cannot cache function: no locator available")
        return lambda function: function

    monkeypatch.setattr(steps_numba.numba, "njit", njit)
    assert steps_numba.compiled(len) is len
    assert calls == [True, False]
