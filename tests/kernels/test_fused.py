"""The time loop in one Triton kernel: right in the interpreter, and it fits when compiled."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

triton = pytest.importorskip("triton", reason="Triton is not installed: make test-kernels does so")

from lstm_from_scratch import LSTM, kernels  # noqa: E402
from lstm_from_scratch.kernels import fused, layer  # noqa: E402
from lstm_from_scratch.verify.compare import outputs_and_gradients, twins  # noqa: E402
from tests.support.parity import assert_parity, by_reference, make_input  # noqa: E402

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


@pytest.fixture(autouse=True)
def _fused(monkeypatch):
    """Run every layer by the kernel, in memory that holds NaN before it is written."""
    monkeypatch.setattr(kernels, "choose", lambda *_: fused.FUSED)
    torch.use_deterministic_algorithms(True)
    torch.utils.deterministic.fill_uninitialized_memory = True
    yield
    torch.use_deterministic_algorithms(False)


@pytest.mark.parametrize("layout", ["batched", "unbatched", "sorted", "unsorted"])
@pytest.mark.parametrize("options", [
    {"hidden_size": 5}, {"hidden_size": 16, "bidirectional": True},
    {"hidden_size": 20, "num_layers": 2, "bias": False},
], ids=str)
def test_it_agrees_with_pytorch(layout, options):
    ours, theirs = twins(3, dtype=torch.float32, device=DEVICE, **options)
    x, hx = make_input(ours, layout, with_state=True)
    assert_parity(ours, theirs, x, hx)


@pytest.mark.parametrize("N", [1, 17, 33])  # one program takes 16 rows
def test_any_number_of_rows(N):
    ours, theirs = twins(3, 5, dtype=torch.float32, device=DEVICE)
    x, hx = make_input(ours, "batched", with_state=True, N=N)
    assert_parity(ours, theirs, x, hx)
    with torch.no_grad():
        torch.testing.assert_close(ours(x, hx), theirs(x, hx))
        ours.weight_hh_l0[-1, -1] += 0.01
    with pytest.raises(AssertionError, match="output"):
        assert_parity(ours, theirs, x, hx)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16], ids=str)
def test_its_error_is_not_larger_than_that_of_few_operations(monkeypatch, dtype):
    """Against the NumPy reference in float64: h and c stay in float32 between the steps."""
    torch.manual_seed(0)
    lstm = LSTM(3, 16, dtype=dtype, device=DEVICE)
    x, hx = make_input(lstm, "batched", with_state=True, L=24)
    exact = by_reference(lstm, x, hx)
    found = outputs_and_gradients(lstm, x, hx, rounded=dtype)
    monkeypatch.setattr(kernels, "choose", lambda *_: layer.INPLACE)
    others = outputs_and_gradients(lstm, x, hx, rounded=dtype)
    assert found.keys() == others.keys()
    for name in found:
        error, other = ((some[name].cpu().double() - exact[name]).abs().max()
                        for some in (found, others))
        assert 0 < error < 4 * other, name  # measured: up to 2.7 times


@pytest.mark.parametrize(("sizes", "dtype", "fit"), [
    ((32, 32, 0), torch.float32, True), ((33, 33, 0), torch.float32, False),
    ((64, 64, 0), torch.float16, True), ((65, 65, 0), torch.bfloat16, False),
    ((8, 8, 0), torch.float64, False), ((8, 8, 3), torch.float32, False),
], ids=str)
def test_what_it_leaves_to_other_kernels(sizes, dtype, fit):
    H_in, H_cell, proj_size = sizes
    lstm = nn.LSTM(H_in, H_cell, proj_size=proj_size, dtype=dtype)
    w_hr = lstm.weight_hr_l0 if proj_size else None
    assert fused.fits(lstm.weight_hh_l0, w_hr) == fit


COMPILE = """
import re, subprocess, sys, tempfile
from pathlib import Path
import torch, triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource
from lstm_from_scratch.kernels import fused
capability, dtype, H = int(sys.argv[1]), getattr(torch, sys.argv[2]), int(sys.argv[3])
tool = Path(triton.__file__).parent / "backends" / "nvidia" / "bin" / "cuobjdump"
short = {"float32": "*fp32", "float16": "*fp16", "bfloat16": "*bf16"}[sys.argv[2]]
types = {"sizes": "*i64", "starts": "*i64", "L": "i32", "N": "i32"}
for kernel in (fused.forward_kernel, fused.backward_kernel):
    fixed = fused.constants(H, False, dtype)
    signature = {name: "constexpr" if name in fixed else types.get(name, short)
                 for name in kernel.arg_names}
    made = triton.compile(ASTSource(fn=kernel, signature=signature, constexprs=fixed),
                          target=GPUTarget("cuda", capability, 32),
                          options={"num_warps": fused.WARPS})
    with tempfile.TemporaryDirectory() as folder:
        binary = Path(folder, "kernel.cubin")
        binary.write_bytes(made.asm["cubin"])
        used = subprocess.run([tool, "-res-usage", binary], capture_output=True, text=True,
                              check=True).stdout
    print(*re.search(r"REG:(\\d+) STACK:(\\d+)", used).groups(), made.metadata.shared)
"""


def compiled(tmp_path, *arguments):
    """Registers, bytes spilled and shared bytes, forward and back: no GPU need be there."""
    env = {name: value for name, value in os.environ.items() if name != "TRITON_INTERPRET"}
    env |= {"TRITON_CACHE_DIR": str(tmp_path), "TRITON_DEFAULT_FP_FUSION": "1"}  # 3.9 warns of it
    run = subprocess.run(
        [sys.executable, "-c", COMPILE, *map(str, arguments)], capture_output=True, text=True,
        check=True, cwd=Path(__file__).parents[2], env=env)
    rows = [list(map(int, line.split())) for line in run.stdout.splitlines()]
    assert len(rows) == 2
    return rows


@pytest.mark.parametrize(("capability", "dtype", "H"), [
    (75, "float32", 32), (75, "float16", 32), (80, "float32", 32), (80, "float16", 64),
    (80, "bfloat16", 64), (90, "float32", 32), (90, "float16", 64), (90, "bfloat16", 64),
])
def test_the_widest_fits_the_registers(tmp_path, capability, dtype, H):
    """Triton 3.6 spills nothing, Triton 3.9 up to 24 bytes; what is too wide, thousands."""
    for registers, spilled, shared in compiled(tmp_path, capability, dtype, H):
        assert registers <= 255 and spilled <= 64 and shared <= 48 * 1024


def test_a_spill_is_seen(tmp_path):
    assert min(spilled for _, spilled, _ in compiled(tmp_path, 90, "float32", 64)) > 1000
