"""The benchmark of `recordings/benchmark.py`, case by case."""

import math

from lstm_from_scratch import verify
from recordings import benchmark as bench


def measure(write, device, tiny):
    seconds = 0.02 if tiny else 0.4
    with verify.precision(tf32=False):
        for case in bench.grid(device)[:1] if tiny else bench.grid(device):
            for mode in bench.MODES:
                names = bench.variants_of(case, device)
                # On a GPU PyTorch's allocator counts, so no process of its own is needed.
                peaks = {name: bench.peak_memory(case, name, mode, device) for name in names}
                for row in bench.rows_of(case, mode, device, seconds, peaks):
                    write(row)


def summary(rows):
    """Geometric means of nn.LSTM's time over ours, at the eight sizes."""
    words = []
    for mode in bench.MODES:
        chosen = [row for row in rows if row["group"] == "sizes" and row["mode"] == mode]
        theirs = {(row["L"], row["H_cell"]): row["ms"] for row in chosen
                  if row["variant"] == "nn.LSTM"}
        for name in dict.fromkeys(row["variant"] for row in chosen):
            logs = [math.log(theirs[row["L"], row["H_cell"]] / row["ms"]) for row in chosen
                    if row["variant"] == name and (row["L"], row["H_cell"]) in theirs]
            if name != "nn.LSTM" and logs:
                words.append(f"{mode} {name} {math.exp(sum(logs) / len(logs)):.3f}")
    return f"{len(rows)} rows; nn.LSTM's time over ours: " + ", ".join(words)
