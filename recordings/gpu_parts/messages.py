"""Errors and warnings that need a GPU: PyTorch's words, and what ours does in the same place."""

import json
import subprocess
import sys
from pathlib import Path

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

import lstm_from_scratch

from . import measuring

ROOT = Path(__file__).resolve().parents[2]
R = torch.randn


def calls(device):
    """List the calls: dict from a name to a function of the namespace, ours or `torch.nn`."""

    def on(*shape, dtype=torch.float32):
        return R(*shape, dtype=dtype).to(device)

    def lstm(ns, *args, **kwargs):
        return ns.LSTM(*(args or (10, 20)), **kwargs).to(device)

    def scattered(ns):
        module = lstm(ns)
        module.weight_hh_l0 = nn.Parameter(module.weight_hh_l0.detach().clone())
        module(on(5, 3, 10))

    def eval_backward(ns):
        lstm(ns).eval()(on(5, 3, 10).requires_grad_())[0].sum().backward()

    def twice_differentiated(ns):
        x = on(5, 3, 10).requires_grad_()
        (first,) = torch.autograd.grad(lstm(ns)(x)[0].pow(2).sum(), x, create_graph=True)
        first.sum().backward()

    def changed_weight(ns):
        module = lstm(ns)
        loss = module(on(5, 3, 10))[0].sum()
        with torch.no_grad():
            module.weight_hh_l0.mul_(2)
        loss.backward()

    def expanded_state(ns):
        h = on(1, 1, 20).expand(1, 3, 20)
        lstm(ns)(on(5, 3, 10), (h, h))

    def vmapped(ns):
        module = lstm(ns)
        torch.func.vmap(lambda x: module(x)[0])(on(2, 5, 3, 10))

    def forward_mode(ns):
        module, x = lstm(ns), on(5, 3, 10)
        torch.func.jvp(lambda x: module(x)[0], (x,), (x,))

    def dlpack(ns):
        lstm(ns)(on(5, 3, 10))[0].detach().numpy()

    state = (R(1, 3, 20), R(1, 3, 20))
    return {
        "weights not in one chunk": scattered,
        "input on the CPU": lambda ns: lstm(ns)(R(5, 3, 10)),
        "module on the CPU": lambda ns: ns.LSTM(10, 20)(on(5, 3, 10)),
        "state on the CPU": lambda ns: lstm(ns)(on(5, 3, 10), state),
        "c_0 on the CPU": lambda ns: lstm(ns)(on(5, 3, 10), (on(1, 3, 20), state[1])),
        "cell, input on the CPU": lambda ns: ns.LSTMCell(10, 20).to(device)(R(3, 10)),
        "cell, state on the CPU": lambda ns: ns.LSTMCell(10, 20).to(device)(
            on(3, 10), (R(3, 20), R(3, 20))),
        "lengths on the GPU": lambda ns: pack_padded_sequence(
            on(5, 3, 10), torch.tensor([5, 4, 3], device=device)),
        "backward in eval mode": eval_backward,
        "gradient of a gradient": twice_differentiated,
        "weight changed before backward": changed_weight,
        "state that is expanded": expanded_state,
        "input that is transposed": lambda ns: lstm(ns)(on(3, 5, 10).transpose(0, 1)) and None,
        "vmap": vmapped,
        "forward-mode derivative": forward_mode,
        "float16 input, float32 weights": lambda ns: lstm(ns)(on(5, 3, 10).half()),
        "float64": lambda ns: lstm(ns).double()(on(5, 3, 10).double()) and None,
        "bfloat16": lambda ns: lstm(ns).bfloat16()(on(5, 3, 10).bfloat16()) and None,
        "projection": lambda ns: lstm(ns, 10, 20, proj_size=4)(on(5, 3, 10)) and None,
        "numpy of the output": dlpack,
        "out of memory": lambda ns: torch.empty(2**46, device=device),
    }


# Errors after which no call works in the process: each in one of its own.
FATAL = {
    "word beyond the vocabulary": """
embedding = torch.nn.Embedding(10, 4).to(device)
print(embedding(torch.tensor([[3, 10]], device=device)).sum().item())
""",
    "label beyond the classes": """
loss = torch.nn.functional.cross_entropy(
    torch.randn(2, 3, device=device), torch.tensor([0, 3], device=device))
print(loss.item())
""",
}


def measure(write, device, tiny):
    for name, call in calls(device).items():
        row = {"name": name}
        for key, namespace in (("torch", nn), ("ours", lstm_from_scratch)):
            row[key], warned = measuring.outcome(lambda ns=namespace, call=call: call(ns) and None)
            row[key] = row[key][:700]
            if warned:
                row[f"{key} warns"] = warned
        write(row)
    for name, code in FATAL.items():
        child = subprocess.run(
            [sys.executable, "-c", f"import torch\ndevice = {device!r}{code}"], cwd=ROOT,
            capture_output=True, text=True,
        )
        lines = (child.stderr or child.stdout).splitlines()
        errors = [line for line in lines if "Error" in line or "Assertion" in line]
        write({"name": name, "torch": json.dumps(errors[-3:]), "status": child.returncode})


def summary(rows):
    raised = sum(not row["torch"].startswith("runs") for row in rows)
    ours = sum(not row.get("ours", "runs").startswith("runs") for row in rows)
    return f"{len(rows)} calls: PyTorch raises in {raised}, ours in {ours}"
