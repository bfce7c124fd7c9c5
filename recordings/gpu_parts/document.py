"""Every statement of document 004's two notes on cuDNN, measured.

Determinism: the same call many times, in processes of their own with and without the environment
variables; the values that the variable may have; what blocking launches cost. Persistent kernels:
a call that fulfils the five conditions, and calls that break one condition or another each, with
the names of the kernels that ran.
"""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

from . import measuring

ROOT = Path(__file__).resolve().parents[2]

# What is run repeatedly: sizes at which cuDNN and cuBLAS could split sums between blocks.
REPEATED = {
    "one layer": {},
    "two layers, both directions": {"num_layers": 2, "bidirectional": True},
    "projection": {"proj_size": 64},
    "packed": {"packed": True},
    "float16": {"dtype": "float16"},
}
# What each environment speaks of: rows of chapters/claims.yml.
ENVIRONMENTS = [
    ({}, ["004-90"]),
    ({"CUBLAS_WORKSPACE_CONFIG": ":16:8"}, ["004-91", "004-94"]),
    ({"CUBLAS_WORKSPACE_CONFIG": ":4096:8"}, ["004-91", "004-94"]),
    ({"CUBLAS_WORKSPACE_CONFIG": ":4096:2"}, ["004-91", "004-94"]),
    ({"CUBLAS_WORKSPACE_CONFIG": "4096:8"}, ["004-95"]),
    ({"CUDA_LAUNCH_BLOCKING": "1"}, ["004-91", "004-92", "004-93"]),
]

# The conditions of the document, all fulfilled, and what breaks one each; then what its list of
# five leaves out, by PyTorch's source (aten/src/ATen/native/cudnn/RNN.cpp).
BASE = {"L": 100, "N": 32, "H_in": 512, "H": 512, "dtype": "float16"}
PERSISTENT = {
    "all conditions": ({}, ["004-97", "004-101"]),  # 101: the GPU is a V100
    "1: cuDNN is disabled": ({"cudnn": False}, ["004-98"]),
    "2: the input is on the CPU": ({"device": "cpu"}, ["004-99"]),
    "3: float32": ({"dtype": "float32"}, ["004-100"]),
    "3: bfloat16": ({"dtype": "bfloat16"}, ["004-100"]),
    "5: packed": ({"packed": True}, ["004-102"]),
    "two layers": ({"num_layers": 2}, ["004-97"]),
    "two directions": ({"bidirectional": True}, ["004-97"]),
    "projection": ({"proj_size": 128}, ["004-97"]),
    "hidden size 520": ({"H": 520}, ["004-97"]),
    "hidden size 1152": ({"H": 1152}, ["004-97"]),
    "input size 500": ({"H_in": 500}, ["004-97"]),
    "batch of 30": ({"N": 30}, ["004-97", "004-103"]),
    "batch of 128": ({"N": 128}, ["004-103"]),
    "batch of 136": ({"N": 136}, ["004-97", "004-103"]),
    "one step": ({"L": 1}, ["004-97"]),
    "small: hidden size 128, float32": ({"H_in": 128, "H": 128, "dtype": "float32"}, ["004-100"]),
    "small: hidden size 128, float16": ({"H_in": 128, "H": 128}, ["004-97"]),
    "small: hidden size 100, float32": ({"H_in": 100, "H": 100, "dtype": "float32"}, ["004-100"]),
    "small: hidden size 128, bfloat16": (
        {"H_in": 128, "H": 128, "dtype": "bfloat16"}, ["004-100"]),
}
NOT_MEASURABLE = ["004-96", "003-48"]  # a pointer to another document; speech, no data for it


def make(device, L, N, H_in, H, dtype="float32", packed=False, **options):
    """Draw a module, an input and an upstream gradient; return a training step and a forward."""
    torch.manual_seed(0)
    dtype = getattr(torch, dtype)
    lstm = nn.LSTM(H_in, H, **options).to(device, dtype)
    x = torch.randn(L, N, H_in).to(device, dtype)
    if packed:
        lengths = [max(1, L * (1 + 5 * n % N) // N) for n in range(N)]
        x = pack_padded_sequence(x, lengths, enforce_sorted=False)
    leaf = (x.data if packed else x).requires_grad_()

    def training():
        output, (h_n, c_n) = lstm(x)
        results = output.data if packed else output, h_n, c_n
        generator = torch.Generator().manual_seed(1)
        upstream = [torch.randn(t.shape, generator=generator).to(t) for t in results]
        leaves = [leaf, *lstm.parameters()]
        return [*results, *torch.autograd.grad(results, leaves, upstream)]

    return training, lambda: lstm(x)


def digest(tensors):
    """Digest the bits of tensors."""
    total = hashlib.sha256()
    for tensor in tensors:
        total.update(tensor.detach().cpu().contiguous().view(torch.uint8).numpy().tobytes())
    return total.hexdigest()[:16]


def be_repeated(device, tiny):
    """Be a process with its own environment: print what repetition shows, as a line of JSON."""
    sizes = {"L": 6, "N": 4, "H_in": 8, "H": 72} if tiny else {
        "L": 64, "N": 48, "H_in": 256, "H": 320}
    digests = {}
    for name, options in REPEATED.items():
        training, _ = make(device, **(sizes | options))
        seen = [digest(training()) for _ in range(3 if tiny else 12)]
        digests[name] = [len(set(seen)), seen[0]]
    torch.manual_seed(0)
    lstm = nn.LSTM(32, 64, 2, dropout=0.5).to(device)
    x = torch.randn(20, 8, 32, device=device)
    seen = []
    for _ in range(4):
        torch.manual_seed(7)
        seen.append(digest(lstm(x)[0][None]))
    training, _ = make(device, 4 if tiny else 64, 16, 128, 256)
    times = measuring.milliseconds(training, device, 0.05 if tiny else 0.4)
    torch.use_deterministic_algorithms(True)
    product, _ = measuring.outcome(lambda: digest([x[0] @ x[0].t()]) and None)
    layer, _ = measuring.outcome(lambda: digest(make(device, **sizes)[0]()) and None)
    print(json.dumps({
        "distinct": {name: count for name, (count, _) in digests.items()},
        "first": {name: first for name, (_, first) in digests.items()},
        "distinct with dropout, same seed": len(set(seen)),
        "training_ms": times["ms"], "quartiles": times["quartiles"],
        "a product, deterministic algorithms": product,
        "nn.LSTM, deterministic algorithms": layer,
    }))


def determinism(write, device, tiny):
    code = (
        "import sys; sys.path[:0] = ['.']; from recordings.gpu_parts import document; "
        f"document.be_repeated({device!r}, {tiny!r})"
    )
    names = {name for change, _ in ENVIRONMENTS for name in change}
    plain = {name: value for name, value in os.environ.items() if name not in names}
    for change, claims in ENVIRONMENTS[:2] if tiny else ENVIRONMENTS:
        child = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, env=plain | change, capture_output=True,
            text=True,
        )
        row = {"what": "determinism", "claims": claims, "environment": change,
               "status": child.returncode}
        lines = child.stdout.splitlines()
        if child.returncode == 0 and lines:
            row |= json.loads(lines[-1])
        else:
            row["error"] = child.stderr[-800:]
        write(row)


def persistent(write, device, tiny):
    """Name the kernels of each configuration; what cannot be measured says why."""
    for name, (change, claims) in list(PERSISTENT.items())[:: 7 if tiny else 1]:
        options = BASE | change
        if tiny:
            options |= {"L": 3, "N": 2, "H_in": 8, "H": 136}
        row = {"what": "persistent", "claims": claims, "name": name, "changed": change}
        place = options.pop("device", device)
        row["outcome"], _ = measuring.outcome(lambda r=row, p=place, o=options: of_one(r, p, **o))
        write(row)


def of_one(row, device, cudnn=True, **options):
    """Fill in a row: times and kernels, forward and in training."""
    with torch.backends.cudnn.flags(enabled=cudnn, allow_tf32=False):
        training, forward = make(device, **options)
        for mode, call in (("forward", forward), ("training", training)):
            names = measuring.kernels(call, device, most=5)
            row[mode] = measuring.milliseconds(call, device, 0.1) | {
                "persistent": measuring.is_persistent(names), "kernels": names}


def measure(write, device, tiny):
    determinism(write, device, tiny)
    persistent(write, device, tiny)


def summary(rows):
    words = []
    for row in rows:
        if row["what"] == "determinism":
            place = " ".join(f"{k}={v}" for k, v in row["environment"].items()) or "as it is"
            most = max(row["distinct"].values()) if "distinct" in row else "failed"
            words.append(f"{place}: {most} distinct")
        elif "training" in row:
            kinds = [row[mode]["persistent"] for mode in ("forward", "training")]
            words.append(f"{row['name']}: {'persistent' if any(kinds) else 'not persistent'}")
        else:
            words.append(f"{row['name']}: {row['outcome'][:60]}")
    return "; ".join(words)
