"""What the programs that train over seeds share: their options, and a recording that grows."""

import argparse

import torch

from lstm_from_scratch import verify
from lstm_from_scratch.verify import reports


def options(description, *flags):
    """Read the command line: --tiny, and the other flags that a program knows."""
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
    for flag in ("--tiny", *flags):
        parser.add_argument(flag, action="store_true")
    torch.set_num_threads(1)  # the products of these models are too small to share
    return parser.parse_args()


def record(batches, folder, **about):
    """Write a recording of this machine, again after each batch: a stopped run keeps its rows.

    Args:
        batches: iterable of lists of rows, one dict for each run; it does the training.
        folder: where the file goes, named by the machine and the day.
        about: what its head should say besides, such as the commit.
    """
    report, path = verify.head("cpu") | about | {"rows": []}, None
    for rows in batches:
        report["rows"] += rows
        path = reports.write(report, folder, path)
        print(path, len(report["rows"]), rows[-1], flush=True)
