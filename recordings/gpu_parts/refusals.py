"""The wrong calls of tests/unit/test_errors.py, made on the device, on ours and on PyTorch's."""

import collections
import warnings

import torch
from torch import nn

import lstm_from_scratch


def measure(write, device, tiny):
    # Before the import, because the tables draw their tensors there.
    torch.set_default_device(device)
    from tests.unit import test_errors

    tables = {"layer": test_errors.LAYER_CALLS, "cell": test_errors.CELL_CALLS}
    for table, calls in tables.items():
        for name, call in list(calls.items())[:: 20 if tiny else 1]:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                ours, theirs = (test_errors.outcome(call, ns) for ns in (lstm_from_scratch, nn))
            texts = [found and f"{found[0].__name__}: {found[1]}" for found in (ours, theirs)]
            if ours == theirs:
                relation = "the same"
            elif theirs is None or ours is None:
                relation = "only ours raises" if ours else "only PyTorch raises"
            else:
                same = ours[0] is theirs[0]
                relation = "another text" if same else "another type"
            write({"table": table, "name": name, "relation": relation, "ours": texts[0],
                   "torch": texts[1]})


def summary(rows):
    counts = collections.Counter(row["relation"] for row in rows)
    return ", ".join(f"{n} {relation}" for relation, n in counts.most_common())
