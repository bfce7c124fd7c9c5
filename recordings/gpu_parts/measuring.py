"""What several parts need: precisions, medians of times, names of kernels, outcomes of calls."""

import contextlib
import statistics
import time
import warnings

import torch
from torch.profiler import ProfilerActivity, profile

from lstm_from_scratch import verify

# dtype, and whether products of float32 may be rounded to TF32.
PRECISIONS = {
    "float32": (torch.float32, False),
    "tf32": (torch.float32, True),
    "bfloat16": (torch.bfloat16, False),
    "float16": (torch.float16, False),
}


@contextlib.contextmanager
def precision(name):
    """Compute in a precision inside the block; yield its dtype."""
    dtype, tf32 = PRECISIONS[name]
    with verify.precision(tf32):
        yield dtype


def synchronize(device):
    if device == "cuda":
        torch.cuda.synchronize()


def outcome(call):
    """Make a call; return what came of it as text, and the warnings on the way."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            value = call()
            text = "runs" if value is None else f"runs: {value}"
        except Exception as error:
            text = f"{type(error).__name__}: {error}"
    return text, list(dict.fromkeys(str(warning.message) for warning in caught))


def milliseconds(call, device, seconds):
    """Time a call again and again.

    Returns:
        dict with `ms` (median), `quartiles` and `calls`.
    """
    for _ in range(3):
        call()
    times, end = [], time.monotonic() + seconds
    while time.monotonic() < end or len(times) < 5:
        synchronize(device)
        began = time.perf_counter()
        call()
        synchronize(device)
        times.append(1e3 * (time.perf_counter() - began))
    first, median, third = statistics.quantiles(times, n=4)
    return {"ms": round(median, 4), "quartiles": [round(first, 4), round(third, 4)],
            "calls": len(times)}


def kernels(call, device, most=8):
    """Name what a call runs on the device, the longest first.

    Returns:
        list of [name, number of launches, microseconds]; on a CPU operations of PyTorch.
    """
    call()
    synchronize(device)
    activity = ProfilerActivity.CUDA if device == "cuda" else ProfilerActivity.CPU
    with profile(activities=[activity]) as record:
        call()
        synchronize(device)
    rows = []
    for event in record.key_averages():
        if device == "cpu":
            microseconds = event.self_cpu_time_total
        elif hasattr(event, "self_device_time_total"):
            microseconds = event.self_device_time_total
        else:  # its name before PyTorch 2.5
            microseconds = event.self_cuda_time_total
        if microseconds > 0:
            rows.append([event.key[:160], event.count, round(microseconds, 1)])
    return sorted(rows, key=lambda row: -row[2])[:most]


def is_persistent(names):
    """Tell whether a kernel keeps its weights on the chip for all steps, by cuDNN's names."""
    return any("persist" in name.lower() for name, *_ in names)
