"""What the parity tests share: inputs of every layout, and the comparison."""

import numpy as np
import pytest
import torch
from torch.nn.utils.rnn import pack_padded_sequence

from lstm_from_scratch import reference, shapes
from lstm_from_scratch.verify import tolerances
from lstm_from_scratch.verify.compare import outputs_and_gradients

# Mark of a module or a test: run it on every kernel; where numba is missing, inplace runs twice.
BACKENDS = pytest.mark.parametrize("backend", ("plain", "inplace", "compiled"), indirect=True)
LENGTHS = {"sorted": [6, 4, 4, 1], "unsorted": [2, 6, 1, 4]}


def make_input(module, layout, with_state, L=6, N=4):
    """Draw an input, and (h_0, c_0) or None, for an LSTM.

    Args:
        module: the LSTM, for its sizes, dtype and device.
        layout: "batched", "unbatched", "sorted" or "unsorted"; the last two are packed.
        with_state: whether to draw (h_0, c_0).
    """
    D = shapes.DIRECTIONS[module.bidirectional]
    H_out = module.proj_size or module.hidden_size
    like = module.weight_ih_l0

    def randn(*shape):
        return torch.randn(*shape, dtype=torch.float64).to(like)

    rows = module.num_layers * D
    batch = () if layout == "unbatched" else (N,)
    hx = None
    if with_state:
        hx = randn(rows, *batch, H_out), randn(rows, *batch, module.hidden_size)
    if layout == "unbatched":
        return randn(L, module.input_size), hx
    x = randn(N, L, module.input_size) if module.batch_first else randn(L, N, module.input_size)
    if layout in LENGTHS:
        x = pack_padded_sequence(x, LENGTHS[layout], module.batch_first, layout == "sorted")
    return x, hx


def assert_parity(ours, theirs, x, hx=None, seed=1):
    """Compare all outputs and all gradients, with the project's tolerances."""
    first = outputs_and_gradients(ours, x, hx, seed)
    second = outputs_and_gradients(theirs, x, hx, seed)
    assert first.keys() == second.keys()
    for name, value in first.items():
        torch.testing.assert_close(
            value,
            second[name],
            **tolerances.of(name, value.dtype),
            msg=lambda text, name=name: f"{name}: {text}",
        )


def by_reference(module, x, hx=None, lengths=None, seed=0):
    """Compute what `outputs_and_gradients` returns by the NumPy reference, in float64.

    The judge where PyTorch's own kernels differ from machine to machine.

    Args:
        module: an LSTM, for its arguments and parameters.
        x: (L, N, H_in), padded.
        hx: (h_0, c_0) or None.
        lengths: of the sequences, None for L.
        seed: of the upstream gradients, which are drawn as `outputs_and_gradients` draws them.
    """
    arguments = {"num_layers": module.num_layers, "bidirectional": module.bidirectional,
                 "lengths": lengths}
    parameters = {name: in_numpy(p) for name, p in module.named_parameters()}
    if hx is None:
        values = shapes.letters(
            module.input_size, module.hidden_size, module.num_layers, module.bidirectional,
            module.proj_size, L=x.size(0), N=x.size(1),
        )
        expected = shapes.tensor_shapes(values)
        h_0, c_0 = x.new_zeros(expected["h_0"]), x.new_zeros(expected["c_0"])
    else:
        h_0, c_0 = hx
    inputs = in_numpy(x), in_numpy(h_0), in_numpy(c_0), parameters
    with np.errstate(all="ignore"):
        results = reference.lstm(*inputs, **arguments)
        generator = torch.Generator().manual_seed(seed)
        upstream = [
            torch.randn(out.shape, generator=generator, dtype=torch.float64).numpy()
            for out in results
        ]
        gradients = reference.lstm_backward(*upstream, *inputs, **arguments)
    if hx is None:
        del gradients["d_h_0"], gradients["d_c_0"]
    values = dict(zip(("output", "h_n", "c_n"), results, strict=True)) | gradients
    return {name: torch.from_numpy(value) for name, value in values.items()}


def in_numpy(tensor):
    return tensor.detach().double().cpu().numpy()
