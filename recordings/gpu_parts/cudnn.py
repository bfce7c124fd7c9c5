"""What `nn.LSTM` (cuDNN) does at the sizes of a kernel's benchmark: times, kernels, errors.

And the limits that every kernel has on this device: the rate of large products in each precision,
the rate of a copy, and what it takes to start a kernel, alone and in a CUDA graph.
"""

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

from . import measuring
from .measuring import PRECISIONS

# (L, N, H), and whether the sequences are packed with lengths from L/N to L.
SIZES = [
    ((512, 16, 768), False), ((1024, 64, 512), False), ((256, 128, 1024), False),
    ((128, 32, 256), False), ((1000, 1, 256), False), ((64, 256, 128), False),
    ((256, 64, 512), True),
]
TINY = [((8, 4, 16), False), ((8, 4, 16), True)]


def measure(write, device, tiny):
    limits(write, device, tiny)
    for size, ragged in TINY if tiny else SIZES:
        nn_lstm(write, device, 0.02 if tiny else 0.35, size, ragged)


def limits(write, device, tiny):
    n = 64 if tiny else 8192
    for name in PRECISIONS:
        with measuring.precision(name) as dtype:
            a, b = (torch.randn(n, n, device=device).to(dtype) for _ in "ab")
            row = measuring.milliseconds(lambda a=a, b=b: a @ b, device, 0.2)
        write({"what": "product", "precision": name, "n": n, **row,
               "tflops": round(2e-9 * n**3 / row["ms"], 2)})
    source = torch.randn(n * n, device=device)
    target = torch.empty_like(source)
    row = measuring.milliseconds(lambda: target.copy_(source), device, 0.2)
    write({"what": "copy", **row, "tb_per_s": round(8e-9 * n * n / row["ms"], 3)})
    launches(write, device)


def launches(write, device):
    """Time a thousand kernels that do next to nothing, one after the other."""
    x = torch.zeros(32, device=device)

    def thousand():
        for _ in range(1000):
            x.add_(1)

    row = measuring.milliseconds(thousand, device, 0.2)
    write({"what": "1000 kernels", **row})
    if device == "cuda":
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            thousand()
        write({"what": "1000 kernels in a graph",
               **measuring.milliseconds(graph.replay, device, 0.2)})


def nn_lstm(write, device, seconds, size, ragged):
    """Time one size in every precision, forward and training, with errors against float64."""
    L, N, H = size
    torch.manual_seed(0)
    exact = nn.LSTM(H, H, device=device, dtype=torch.float64)
    x64 = torch.randn(L, N, H, device=device, dtype=torch.float64)
    upstream64 = torch.randn(L, N, H, device=device, dtype=torch.float64)
    lengths = [max(1, L * (1 + 5 * n % N) // N) for n in range(N)]

    def layout(x):
        return pack_padded_sequence(x, lengths, enforce_sorted=False) if ragged else x

    for name in PRECISIONS:
        with measuring.precision(name) as dtype, torch.backends.cudnn.flags(
            enabled=True, allow_tf32=name == "tf32"
        ):
            lstm = nn.LSTM(H, H, device=device, dtype=dtype)
            lstm.load_state_dict(exact.state_dict())
            packed = layout(x64.to(dtype))
            leaf = packed.data if ragged else packed
            leaf.requires_grad_()
            upstream = layout(upstream64.to(dtype))
            upstream = upstream.data if ragged else upstream

            def forward(lstm=lstm, packed=packed):
                with torch.no_grad():
                    return lstm(packed)[0]

            def training(lstm=lstm, packed=packed, leaf=leaf, upstream=upstream):
                output = lstm(packed)[0]
                output = output.data if ragged else output
                return torch.autograd.grad(output, [leaf, *lstm.parameters()], upstream)

            for mode, call in (("forward", forward), ("training", training)):
                names = measuring.kernels(call, device)
                write({"what": "nn.LSTM", "L": L, "N": N, "H": H, "ragged": ragged,
                       "precision": name, "mode": mode,
                       **measuring.milliseconds(call, device, seconds),
                       "persistent": measuring.is_persistent(names), "kernels": names})
            result = forward().data
        write({"what": "error", "L": L, "N": N, "H": H, "ragged": ragged, "precision": name,
               "outputs": error(result, lstm, exact, layout(x64))})


def error(result, lstm, exact, x):
    """Return max|result - right| / max|right|, the right one in float64 without cuDNN."""
    rounded = nn.LSTM(exact.input_size, exact.hidden_size, dtype=torch.float64).to(result.device)
    rounded.load_state_dict(lstm.state_dict())  # the weights as they were rounded
    x = x.to(result.dtype).to(torch.float64) if isinstance(x, torch.Tensor) else type(x)(
        x.data.to(result.dtype).to(torch.float64), *x[1:]
    )
    with torch.no_grad(), torch.backends.cudnn.flags(enabled=False):
        right = rounded(x)[0].data
    return float(((result.double() - right).abs().max() / right.abs().max()).item())


def summary(rows):
    training = [row for row in rows if row["what"] == "nn.LSTM" and row["mode"] == "training"]
    persistent = sum(row["persistent"] for row in training)
    times = ", ".join(f"{row['L']}x{row['N']}x{row['H']} {row['precision']} {row['ms']:.2f}"
                      for row in training)
    return f"training, ms: {times}; {persistent} of {len(training)} on persistent kernels"
