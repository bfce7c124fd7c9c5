"""Time and peak memory of our time loops and of torch.nn.LSTM, in one run on one device.

    python recordings/benchmark.py                  # on the CPU, about eight minutes
    python recordings/benchmark.py --device cuda
    python recordings/benchmark.py --only growth    # a part of the grid, printed but not written

All variants of a case take turns, so that whatever else the machine does hits all of them; a row
holds the median and the quartiles of their times. Before that each is compared with nn.LSTM,
outputs and gradients.
Writes a new file in recordings/benchmarks, named by the machine and the day, and leaves older ones
alone: chapters/21_counting_the_cost.ipynb names the one that it draws.
"""

import argparse
import ctypes
import gc
import itertools
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from lstm_from_scratch import LSTM, functional, use_backend, verify  # noqa: E402
from lstm_from_scratch.verify import reports  # noqa: E402

RESULTS = ROOT / "recordings" / "benchmarks"
MODES = ("inference", "training")
KERNELS = ("plain", "inplace", "compiled")  # the others are `naive` and nn.LSTM
# (L, N, H_in, H_cell), from next to nothing to compute, over a batch of one, to much.
SIZES = [
    (4, 2, 5, 3), (32, 8, 64, 64), (100, 32, 128, 128), (128, 64, 256, 256), (64, 32, 512, 512),
    (512, 16, 128, 256), (1000, 1, 64, 128), (35, 20, 650, 650),
]
# What a program that serves a stream calls: one step, or a few, of one sequence or of many.
SHORT = [(1, 64, 256, 256), (10, 1, 32, 64), (1, 1, 128, 256)]
# Where nn.LSTM leaves oneDNN's kernel on a CPU.
OFF_THE_PATH = [(32, 8, 64, 64), (100, 32, 128, 128)]
BASE = {"L": 64, "N": 16, "H": 128}
GROWTH = {"L": (8, 16, 32, 64, 128, 256, 512), "N": (1, 2, 4, 8, 16, 32, 64, 128),
          "H": (16, 32, 64, 128, 256, 512)}


def case(
    group, L, N, H_in, H_cell, layout="padded", proj_size=0, dtype="float32", threads="one"
):
    """Describe one case: what is run on which sizes, on one thread of the CPU or on all."""
    return {
        "group": group, "L": L, "N": N, "H_in": H_in, "H_cell": H_cell, "layout": layout,
        "proj_size": proj_size, "dtype": dtype, "threads": threads,
    }


def grid(device="cpu"):
    """List all cases; `growth` varies one letter at a time around BASE, with H_in = H_cell = H."""
    cases = []
    for threads in ("one", "all") if device == "cpu" else ("one",):
        cases += [case("sizes", *size, threads=threads) for size in SIZES]
        cases += [case("short", *size, threads=threads) for size in SHORT]
    for size in OFF_THE_PATH:
        cases.append(case("ragged", *size, layout="ragged"))
        cases.append(case("projection", *size, proj_size=size[3] // 2))
        cases.append(case("float64", *size, dtype="float64"))
    for letter, values in GROWTH.items():
        for value in values:
            sizes = BASE | {letter: value}
            cases.append(case(f"growth of {letter}", sizes["L"], sizes["N"], *2 * [sizes["H"]]))
    return cases


ALL = torch.get_num_threads()  # as many as PyTorch takes when nobody says otherwise


def threads_of(row):
    return ALL if row["threads"] == "all" else 1


def variants_of(row, device):
    """List what is timed in a case: nn.LSTM last."""
    plain = row["layout"] == "padded" and not row["proj_size"]
    compiled = ["compiled"] if device == "cpu" and verify.version("numba") != "none" else []
    return ["naive"] * plain + ["plain", "inplace"] + compiled + ["nn.LSTM"]


def lengths(row):
    """Return the lengths of a ragged batch: from L/N to L in even steps, not sorted."""
    N = row["N"]
    return [max(1, row["L"] * (1 + 5 * n % N) // N) for n in range(N)]


def naive(lstm, x):
    """Run a loop over a cell, as most people write it: everything at every step."""
    weights = lstm.weights()
    h = x.new_zeros(x.size(1), lstm.hidden_size)
    c, outputs = h, []
    for x_t in x:
        h, c = functional.lstm_cell(x_t, h, c, weights)
        outputs.append(h)
    return torch.stack(outputs), (h, c)


def prepare(row, variant, mode, device):
    """Return a function without arguments that runs a variant once on a case.

    It returns the output, and in training also the gradients of input and parameters.
    """
    torch.manual_seed(0)
    options = {"proj_size": row["proj_size"], "dtype": getattr(torch, row["dtype"])}
    theirs = nn.LSTM(row["H_in"], row["H_cell"], **options)
    x = torch.randn(row["L"], row["N"], row["H_in"], dtype=options["dtype"])
    lstm = theirs
    if variant != "nn.LSTM":
        lstm = LSTM(row["H_in"], row["H_cell"], **options)
        lstm.load_state_dict(theirs.state_dict())
    lstm, x = lstm.to(device), x.to(device).requires_grad_(mode == "training")
    # Packed once, outside of what is timed: gradients go to the packed data.
    if row["layout"] == "ragged":
        packed = pack_padded_sequence(x.detach(), lengths(row), enforce_sorted=False)
        leaf = packed.data.requires_grad_(mode == "training")
    call = (lambda: naive(lstm, x)) if variant == "naive" else (lambda: lstm(x))
    if row["layout"] == "ragged":
        call = lambda: lstm(packed)  # noqa: E731
        x = leaf
    upstream = torch.ones(1, dtype=x.dtype, device=device)

    kernel = variant if variant in KERNELS else "auto"

    def run():
        with use_backend(kernel), torch.set_grad_enabled(mode == "training"):
            output = call()[0]
            output = output.data if row["layout"] == "ragged" else output
            if mode == "inference":
                return (output,)
            leaves = [x, *lstm.parameters()]
            return output, *torch.autograd.grad(output, leaves, upstream.expand_as(output))

    return run


def check(runs):
    """Fail unless all variants compute what the last one, nn.LSTM, does."""
    expected = runs["nn.LSTM"]()
    for name, run in runs.items():
        for value, right in zip(run(), expected, strict=True):
            scale = right.abs().max().item()  # sums over thousands of steps round differently
            torch.testing.assert_close(
                value, right, atol=1e-4 * scale, rtol=0,
                msg=lambda text, name=name: f"{name}: {text}",
            )


def time_case(row, mode, device, seconds):
    """Time all variants of a case in turn.

    Returns:
        dict from variant to a list of times in ms.
    """
    torch.set_num_threads(threads_of(row))
    names = variants_of(row, device)
    runs = {name: prepare(row, name, mode, device) for name in names}
    check(runs)
    synchronize = torch.cuda.synchronize if device == "cuda" else lambda: None
    times = {name: [] for name in names}
    end = time.monotonic() + seconds
    while time.monotonic() < end or len(times[names[0]]) < 7:
        for name, run in runs.items():
            synchronize()
            started = time.perf_counter()
            run()
            synchronize()
            times[name].append(1e3 * (time.perf_counter() - started))
    return times


def peak_memory(row, variant, mode, device):
    """Measure how far one call raises the memory in use, in MiB; None where that is not known.

    On a CPU it is the resident memory of the process, all libraries' buffers included.
    """
    torch.set_num_threads(threads_of(row))
    run = prepare(row, variant, mode, device)
    run()  # what is set up once is not counted
    gc.collect()
    if device == "cuda":
        torch.cuda.synchronize()
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
        run()
        return round((torch.cuda.max_memory_allocated() - before) / 2**20, 2)
    status = Path("/proc/self/status")
    if not status.exists():
        return None
    ctypes.CDLL(None).malloc_trim(0)  # give back what is free, or the call would reuse it unseen
    Path("/proc/self/clear_refs").write_text("5")  # forget the peak

    def resident(key):
        (line,) = [line for line in status.read_text().splitlines() if line.startswith(key)]
        return int(line.split()[1]) / 1024

    before = resident("VmRSS")
    run()
    return round(max(0.0, resident("VmHWM") - before), 2)


def memory_in_child(variant, cases, device):
    """Measure a variant's memory in a process of its own, so that no other has left any.

    Returns:
        dict from (index of the case, mode) to MiB.
    """
    options = ["--device", device, "--memory-of", variant]
    child = subprocess.run(
        [sys.executable, __file__, *options], input=json.dumps(cases), stdout=subprocess.PIPE,
        text=True, check=True,
    )
    return {(k, mode): peak for k, mode, peak in json.loads(child.stdout.splitlines()[-1])}


def measure_memory(variant, device):
    """Be that child: cases on standard input, peaks on standard output."""
    cases = json.load(sys.stdin)
    peaks = [
        (k, mode, peak_memory(row, variant, mode, device))
        for k, row in enumerate(cases)
        for mode in MODES
        if variant in variants_of(row, device)
    ]
    print(json.dumps(peaks))


def peaks_of(cases, device):
    """Measure the memory of all variants of all cases, saying how far it is.

    Returns:
        dict from (variant, index of the case, mode) to MiB.
    """
    peaks, started = {}, time.monotonic()
    names = list(dict.fromkeys(itertools.chain(*(variants_of(row, device) for row in cases))))
    for name in names:
        found = memory_in_child(name, cases, device)
        peaks |= {(name, *key): mib for key, mib in found.items()}
        print(f"memory of {name}, {time.monotonic() - started:.0f} s", flush=True)
    return peaks


def rows_of(case, mode, device, seconds, peaks):
    """Measure all variants of a case in one mode.

    Args:
        peaks: dict from a variant to its peak memory in MiB.

    Returns:
        list of rows: the case, `mode`, `variant`, `ms` (median), `quartiles`, `calls`, `peak_mib`.
    """
    rows = []
    for name, values in time_case(case, mode, device, seconds).items():
        first, median, third = statistics.quantiles(values, n=4)
        rows.append(case | {
            "mode": mode, "variant": name, "ms": round(median, 4),
            "quartiles": [round(first, 4), round(third, 4)], "calls": len(values),
            "peak_mib": peaks[name],
        } | (reports.stamp(name) if name in KERNELS else {}))
    return rows


def benchmark(cases, device, seconds):
    """Measure all cases, saying how far it is; return their rows."""
    rows, started = [], time.monotonic()
    peaks = peaks_of(cases, device)
    for k, row in enumerate(cases):
        for mode in MODES:
            known = {name: peaks[name, k, mode] for name in variants_of(row, device)}
            new = rows_of(row, mode, device, seconds, known)
            rows += new
            theirs = new[-1]["ms"]
            ratios = "  ".join(f"{line['variant']} {theirs / line['ms']:.2f}" for line in new)
            sizes = tuple(row[letter] for letter in ("L", "N", "H_in", "H_cell"))
            elapsed = time.monotonic() - started
            print(f"{k + 1}/{len(cases)} {elapsed:4.0f} s  {row['group']}, {row['threads']} "
                  f"thread(s), {sizes} {mode}: "
                  f"{theirs:.2f} ms;  {ratios}", flush=True)
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--seconds", type=float, default=3.0, help="for each case and mode")
    parser.add_argument("--only", metavar="GROUP", help="cases whose group begins so; not written")
    parser.add_argument("--memory-of", help=argparse.SUPPRESS)
    options = parser.parse_args()
    with verify.precision(tf32=False):
        if options.memory_of:
            return measure_memory(options.memory_of, options.device)
        cases = [row for row in grid(options.device)
                 if row["group"].startswith(options.only or "")]
        if not cases:
            parser.error(f"no group begins with {options.only}")
        rows = benchmark(cases, options.device, options.seconds)
    if not options.only:
        report = verify.head(options.device) | {"rows": rows}
        report["environment"] |= {"cores": ALL, "seconds a case": options.seconds}
        print(reports.write(report, RESULTS))


if __name__ == "__main__":
    main()
