"""The dtypes of output, h_n and c_n under autocast on the device, ours beside PyTorch's."""

import itertools

import torch

from tests.unit import test_autocast

STATES = (None, torch.float32, "low")


def dtypes(module, x, hx, autocast, grad):
    """Return the dtypes of the results as text, or the error."""
    try:
        results = test_autocast.run(module, x, hx, autocast, grad)
    except RuntimeError as error:
        return f"RuntimeError: {str(error)[:160]}"
    return " ".join(str(t.dtype).removeprefix("torch.") for t in results)


def measure(write, device, tiny):
    for kind, layout in test_autocast.CASES[:: 6 if tiny else 1]:
        for dtype, autocast, input_dtype in itertools.product(
            test_autocast.DTYPES, test_autocast.LOW, test_autocast.DTYPES
        ):
            ours, theirs = test_autocast.pair(kind, device, dtype)
            for state, grad in itertools.product(STATES, (True, False)):
                state_dtype = autocast if state == "low" else state
                x, hx = test_autocast.draw(ours, kind, layout, input_dtype, state_dtype)
                found = [dtypes(m, x, hx, autocast, grad) for m in (ours, theirs)]
                names = (str(d).removeprefix("torch.") for d in
                         (dtype, autocast, input_dtype, state_dtype))
                write({"kind": kind, "layout": layout, "grad": grad,
                       **dict(zip(("weights", "autocast", "input", "state"), names, strict=True)),
                       "ours": found[0], "torch": found[1]})


def summary(rows):
    ran = [row for row in rows if not row["torch"].startswith("RuntimeError")]
    same = sum(row["ours"] == row["torch"] for row in ran)
    return f"{len(rows)} calls, PyTorch runs {len(ran)}, ours has its dtypes in {same}"
