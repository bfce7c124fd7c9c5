"""The release of PyTorch in use, and the pinned one, whose texts are ours.

The pin stands in `pyproject.toml`; tests/book/test_metadata.py compares every other place with it.
"""

import tomllib
from pathlib import Path

import torch

PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))
(CONSTRAINT,) = PROJECT["tool"]["uv"]["constraint-dependencies"]
PINNED = CONSTRAINT.removeprefix("torch==")


def release(version):
    """Return (2, 13) of "2.13.0+cpu"."""
    return tuple(int(part) for part in version.split(".")[:2])


RELEASE = release(torch.__version__)
IS_PINNED = release(PINNED) == RELEASE  # other releases have other texts
