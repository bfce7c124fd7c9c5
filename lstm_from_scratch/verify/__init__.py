"""Compare our LSTM and PyTorch's with a float64 reference on one device, and write a report.

    python -m lstm_from_scratch.verify                  # on the CPU
    python -m lstm_from_scratch.verify --device cuda    # or mps, or xpu
    python -m lstm_from_scratch.verify --check verification

The reference is `torch.nn.LSTM` in float64 on the CPU, given the same inputs, parameters and
upstream gradients, rounded to the dtype under test. (The tests compare that module with a NumPy
reference.) The error of a tensor is max|x - reference| / max|reference|; a row holds the largest
one over outputs and over gradients, for ours and for PyTorch's, so that it shows which is closer.

The report goes into the folder `verification` of the working directory, or into `--out DIR`. Its
name says the machine and the day, and no older report is ever overwritten.

Checked by: tests/unit/test_verify.py.
"""

import argparse
import contextlib
import copy
import importlib.metadata
import itertools
import json
import platform
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence

from .. import LSTM, use_backend
from ..shapes import DIRECTIONS
from . import reports, tolerances
from .compare import outputs_and_gradients

SIZES = {"L": 20, "N": 6, "H_in": 24, "H_cell": 32}
LENGTHS = [9, 20, 1, 14, 20, 5]  # of the packed batch
DEVICES = ("cpu", "cuda", "mps", "xpu")  # mps: a Mac's GPU; xpu: Intel's
# Kinds of arithmetic: the dtypes, and float32 with its products rounded to TF32, on a GPU only.
KINDS = ("float64", "float32", "tf32", "bfloat16", "float16")
OPTIONS = {
    "num_layers": (1, 2),
    "bias": (True, False),
    "batch_first": (False, True),
    "bidirectional": (False, True),
    "proj_size": (0, 8),
    "layout": ("batched", "unbatched", "packed"),
    "backend": ("plain", "inplace", "compiled"),
}


def grid(device: str) -> list[dict[str, Any]]:
    """List the rows to verify: every combination of options, in every dtype.

    Args:
        device: one of DEVICES. Only cuda has TF32, so only there float32 comes twice; mps has no
            float64.

    Returns:
        list of dicts with the options, `dropout`, `dtype` (its name) and `tf32`.
    """
    rows = []
    for name in KINDS:
        if (name == "tf32" and device != "cuda") or (name == "float64" and device == "mps"):
            continue
        tf32 = name == "tf32"
        precision = {"dtype": "float32" if tf32 else name, "tf32": tf32}
        plain = [
            dict(zip(OPTIONS, values, strict=True)) | {"dropout": 0.0} | precision
            for values in itertools.product(*OPTIONS.values())
        ]
        if device != "cpu" or name not in ("float64", "float32"):  # all that numba computes in
            plain = [row for row in plain if row["backend"] != "compiled"]
        # cuDNN draws its masks from a state of its own, so there only eval mode compares.
        rows += plain + [row | {"dropout": 0.5} for row in plain if row["num_layers"] == 2]
    return rows


def kind_of(row: dict[str, Any]) -> str:
    """Return the kind of arithmetic of a row, one of KINDS."""
    return "tf32" if row["tf32"] else row["dtype"]


def make_case(
    row: dict[str, Any], seed: int
) -> tuple[LSTM, nn.LSTM, Tensor | PackedSequence, tuple[Tensor, Tensor]]:
    """Draw the input, the states and the two modules of a row, on the CPU in the row's dtype.

    Returns:
        (ours, theirs, x, hx): x a Tensor or PackedSequence, hx = (h_0, c_0).
    """
    dtype = getattr(torch, row["dtype"])
    torch.manual_seed(seed)
    names = ("num_layers", "bias", "batch_first", "dropout", "bidirectional", "proj_size")
    arguments = SIZES["H_in"], SIZES["H_cell"]
    options = {name: row[name] for name in names} | {"dtype": dtype}
    ours = LSTM(*arguments, **options)
    theirs = nn.LSTM(*arguments, **options)
    theirs.load_state_dict(ours.state_dict(), strict=True)
    batch = () if row["layout"] == "unbatched" else (SIZES["N"],)
    rows = row["num_layers"] * DIRECTIONS[row["bidirectional"]]
    h_0, c_0 = (
        torch.randn(rows, *batch, H).to(dtype)
        for H in (row["proj_size"] or SIZES["H_cell"], SIZES["H_cell"])
    )
    x: Any = torch.randn(SIZES["L"], *batch, SIZES["H_in"]).to(dtype)
    if batch and row["batch_first"]:
        x = x.transpose(0, 1)
    if row["layout"] == "packed":
        x = pack_padded_sequence(x, LENGTHS, row["batch_first"], enforce_sorted=False)
    return ours, theirs, x, (h_0, c_0)


def run(
    module: nn.Module, x: Any, hx: tuple[Tensor, Tensor], row: dict[str, Any],
    device: str, dtype: torch.dtype,
) -> dict[str, Tensor]:
    """Run a module forward and backward on a device in a dtype, from the row's rounded values.

    Returns:
        dict from name to float64 tensor on the CPU; outputs only where dropout meets cuDNN.
    """
    module = module.to(device, dtype)
    x = x.to(device, dtype)
    h_0, c_0 = (state.to(device, dtype) for state in hx)
    if row["dropout"] and device != "cpu":
        with torch.no_grad():
            output, (h_n, c_n) = module.eval()(x, (h_0, c_0))
        output = output.data if isinstance(output, PackedSequence) else output
        results = {"output": output, "h_n": h_n, "c_n": c_n}
    else:
        torch.manual_seed(0)  # the same dropout masks for everyone
        rounded = getattr(torch, row["dtype"])
        results = outputs_and_gradients(module, x, (h_0, c_0), rounded=rounded)
    return {name: value.cpu().double() for name, value in results.items()}


def error(
    results: dict[str, Tensor], reference: dict[str, Tensor], gradients: bool
) -> float | None:
    """Return the largest error over the outputs, or over the gradients; None if there are none."""
    names = [name for name in results if name.startswith("d_") == gradients]
    errors = []
    for name in names:
        scale = reference[name].abs().max().clamp_min(1e-300)
        errors.append(((results[name] - reference[name]).abs().max() / scale).item())
    return max(errors, default=None)


@contextlib.contextmanager
def precision(tf32: bool) -> Iterator[None]:
    """Set TF32 on both sides: cuDNN's RNNs and plain products have a flag each."""
    flags: list[Any] = [torch.backends.cudnn, torch.backends.cuda.matmul]
    before = [flag.allow_tf32 for flag in flags]
    for flag in flags:
        flag.allow_tf32 = tf32
    try:
        yield
    finally:
        for flag, value in zip(flags, before, strict=True):
            flag.allow_tf32 = value


def verify_row(row: dict[str, Any], device: str, seed: int) -> dict[str, Any]:
    """Fill in a row: errors, tolerances, whether it passed.

    Args:
        row: a dict of `grid`.
        device: one of DEVICES.
        seed: of the input, the states and the parameters.

    Returns:
        the row with what `reports.stamp` says of the kernel that ran; `outputs` and `gradients`,
        each {"ours", "torch", "tolerance"}; and `passed`.
    """
    dtype = getattr(torch, row["dtype"])
    ours, theirs, x, hx = make_case(row, seed)
    exact = copy.deepcopy(theirs)
    mine, kernels = {}, set()
    with precision(row["tf32"]):
        with use_backend(row["backend"]) as ran:
            mine["ours"] = run(ours, x, hx, row, device, dtype)
        kernels.update(ran)
        # Ours is compared with the reference even where PyTorch's refuses, as on mps a projection.
        with contextlib.suppress(*([RuntimeError] if device in ("mps", "xpu") else [])):
            mine["torch"] = run(theirs, x, hx, row, device, dtype)
    reference_row = row if device == "cpu" else row | {"dropout": 0.0}
    exact.dropout = reference_row["dropout"]
    reference = run(exact, x, hx, reference_row, "cpu", torch.float64)
    (kernel,) = kernels
    result = row | reports.stamp(kernel)
    allowed = tolerances.VERIFICATION[kind_of(row)]
    for part, gradients in (("outputs", False), ("gradients", True)):
        errors = {name: error(values, reference, gradients) for name, values in mine.items()}
        result[part] = {"ours": None, "torch": None} | errors | {"tolerance": allowed[part]}
    parts = (result["outputs"], result["gradients"])
    result["passed"] = all(
        part["ours"] is None or part["ours"] <= part["tolerance"] for part in parts
    )
    return result


def version(package: str) -> str:
    """Return the version of an installed package, "none" where it is missing."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "none"


def processor() -> str:
    """Return the name of the processor, as far as the system tells it."""
    info = Path("/proc/cpuinfo")
    name = re.search(r"model name\s*: (.+)", info.read_text()) if info.exists() else None
    if name:
        return name[1]
    if sys.platform == "darwin":
        return printed_by("sysctl", "-n", "machdep.cpu.brand_string")
    return platform.processor() or platform.machine()


def printed_by(*command: str) -> str:
    """Return the first line that a program prints, "unknown" where it is missing or fails."""
    try:
        run = subprocess.run(command, capture_output=True, text=True, check=True, timeout=20)
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return (run.stdout.splitlines() or ["unknown"])[0].strip()


def environment(device: str) -> dict[str, str]:
    """Say where a report was made: names and versions."""
    facts = {
        "python": platform.python_version(),
        "torch": torch.__version__.split("+")[0],
        "numpy": numpy.__version__,
        "numba": version("numba"),
        "platform": f"{platform.system()} {platform.machine()}",
    }
    if device == "cuda":
        query = "--query-gpu=driver_version", "--format=csv,noheader"
        return facts | {
            "device": torch.cuda.get_device_name(),
            "cuda": str(torch.version.cuda),
            "cudnn": str(torch.backends.cudnn.version()),
            "driver": printed_by("nvidia-smi", *query),
        }
    if device == "xpu":
        return facts | {"device": torch.xpu.get_device_name()}
    if device == "mps":  # the GPU is part of the processor
        return facts | {"device": f"{processor()} mps"}
    capability = torch.backends.cpu.get_cpu_capability()
    return facts | {"device": processor(), "capability": capability}


def is_there(device: str) -> bool:
    """Tell whether this machine has a device, one of DEVICES, that PyTorch can use."""
    if device == "cpu":
        return True
    places: dict[str, Any] = {
        "cuda": torch.cuda, "mps": torch.backends.mps, "xpu": torch.xpu,
    }
    return bool(places[device].is_available())


def head(device: str) -> dict[str, Any]:
    """Return what a report says before its rows: the date and the place."""
    return {
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "environment": environment(device),
    }


def verify(device: str, folder: str | Path) -> list[dict[str, Any]]:
    """Run the grid on a device and write its report.

    Returns:
        list of the rows that missed their tolerance.
    """
    rows, done, started = grid(device), [], time.monotonic()
    for k, row in enumerate(rows):
        done.append(verify_row(row, device, seed=k))
        if (k + 1) % 48 == 0 or k + 1 == len(rows):
            seconds = time.monotonic() - started
            print(f"{k + 1}/{len(rows)} rows, {row['dtype']}, {seconds:.0f} s", flush=True)
    report = head(device) | {"sizes": SIZES | {"lengths": LENGTHS}, "rows": done}
    print(reports.write(report, folder))
    return [row for row in done if not row["passed"]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; give its exit status."""
    parser = argparse.ArgumentParser(prog="python -m lstm_from_scratch.verify")
    parser.add_argument("--device", choices=DEVICES, default="cpu")
    parser.add_argument("--out", default="verification", metavar="DIR")
    parser.add_argument("--check", metavar="DIR", help="only name rows older than the code")
    options = parser.parse_args(arguments)
    if options.check:
        return reports.check(options.check)
    if not is_there(options.device):
        parser.error(f"there is no device {options.device} here, or this PyTorch cannot use it")
    failed = verify(options.device, options.out)
    for row in failed:
        print("missed:", json.dumps(row))
    print(f"{len(failed)} rows missed their tolerance")
    return int(bool(failed))

