"""Time the digit reader as it is served: whole or step by step, in 32, 16 and 8 bits, as ONNX.

    python recordings/ship_it.py            # on one thread of a CPU, about a minute
    python recordings/ship_it.py --tiny     # a few rows, printed but not written

A row is one way to run one size of the model: for one sequence of 100 rows in one call ("whole"),
or for one more row with the state of the last call ("one step"). `ms` is the time of the fastest
of 200 calls, because the machine was busy with other programs; `median` is that of all. `bytes` is
the size of the file that holds the weights. The ways of a size take turns, so that a busy moment
falls on all. Needs the extra `export`.
Writes a new file in recordings/ship_it, named by the machine and the day.
"""

import copy
import logging
import statistics
import sys
import tempfile
import time
import warnings
from pathlib import Path

import onnxruntime
import torch
from torch import nn

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "chapters")]

from first_lstm import DigitReader  # noqa: E402

from lstm_from_scratch import from_torch, to_onnx  # noqa: E402
from recordings import sweeping  # noqa: E402

RESULTS = ROOT / "recordings" / "ship_it"
SIZES, L = (32, 128, 512), 100
WAYS = ("nn.LSTM", "bfloat16", "8 bits", "onnxruntime")


class OneStep(nn.Module):
    """The digit reader with its state as input and output."""

    def __init__(self, reader):
        super().__init__()
        self.reader = reader

    def forward(self, row, h, c):
        output, (h, c) = self.reader.lstm(row, (h, c))
        return self.reader.to_scores(output[-1]), h, c


def quantised(model):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it is deprecated
        return torch.ao.quantization.quantize_dynamic(model, {nn.LSTM, nn.Linear})


def session(model, inputs, file):
    """Export to ONNX, and return a function that runs the file."""
    to_onnx(model, inputs, file, verbose=False, external_data=False)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    runs = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    names = [tensor.name for tensor in runs.get_inputs()]
    feed = {n: x[:1].numpy() for n, x in zip(names, inputs, strict=True)}
    if len(inputs) == 3:  # the states have the batch in the middle, and so has the row
        feed = {n: x[:, :1].numpy() for n, x in zip(names, inputs, strict=True)}
    return lambda: runs.run(None, feed)


def in_bfloat16(call):
    def run():
        with torch.autocast("cpu", dtype=torch.bfloat16):
            return call()
    return run


def runs(call):
    """Return whether this processor computes an LSTM in this type: oneDNN refuses it on some."""
    try:
        with torch.no_grad():
            call()
    except RuntimeError as error:
        if "primitive descriptor" not in str(error):
            raise
        return False
    return True


def ways(H_cell, folder):
    """Return {(way, form): (call, bytes of the weights' file)} for one size."""
    torch.manual_seed(0)
    reader = DigitReader(H_cell).eval()
    ours = copy.deepcopy(reader)
    ours.lstm = from_torch(ours.lstm)
    whole, state = torch.rand(2, L, 8), torch.zeros(1, 2, H_cell)
    step = whole.transpose(0, 1)[:1], state, state
    found = {}
    for way, model in (("nn.LSTM", reader), ("8 bits", quantised(reader))):
        file = folder / f"{H_cell} {way}.pt"
        torch.save(model.state_dict(), file)
        one = OneStep(model)
        x, inputs = whole[:1], [tensor[:, :1].contiguous() for tensor in step]
        for form, call in (("whole", lambda m=model, x=x: m(x)),
                           ("one step", lambda m=one, i=inputs: m(*i))):
            found[way, form] = call, file.stat().st_size
            if way == "nn.LSTM" and runs(in_bfloat16(call)):
                found["bfloat16", form] = in_bfloat16(call), file.stat().st_size
    for form, model, inputs in (("whole", ours, (whole,)), ("one step", OneStep(ours), step)):
        file = folder / f"{H_cell} {form}.onnx"
        call = session(model, inputs, file)
        found["onnxruntime", form] = call, file.stat().st_size
    return found


def measure(calls, repeats):
    """Return {key: times in ms}; the calls take turns."""
    times = {key: [] for key in calls}
    for turn in range(repeats + 3):
        for key, (call, _) in calls.items():
            start = time.perf_counter()
            call()
            if turn >= 3:  # the first ones prepare what later ones reuse
                times[key].append(1000 * (time.perf_counter() - start))
    return times


def rows(H_cell, repeats, folder):
    calls = ways(H_cell, folder)
    with torch.no_grad():
        times = measure(calls, repeats)
    for (way, form), values in times.items():
        yield {"way": way, "form": form, "H_cell": H_cell, "L": L if form == "whole" else 1,
               "ms": round(min(values), 4), "median": round(statistics.median(values), 4),
               "bytes": calls[way, form][1]}


def main():
    tiny = sweeping.options(__doc__).tiny
    logging.getLogger("torch").setLevel(logging.ERROR)  # what the exporter says of itself
    warnings.filterwarnings("ignore", r".isinstance\(treespec", FutureWarning)
    with tempfile.TemporaryDirectory() as folder:
        if tiny:
            print(*rows(8, 4, Path(folder)), sep="\n")
            return
        batches = (list(rows(H_cell, 200, Path(folder))) for H_cell in SIZES)
        sweeping.record(batches, RESULTS, onnxruntime=onnxruntime.__version__)


if __name__ == "__main__":
    main()
