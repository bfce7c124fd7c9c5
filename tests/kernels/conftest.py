"""Without a GPU Triton interprets its kernels: what is set before it is imported."""

import os

import torch

if not torch.cuda.is_available():
    os.environ["TRITON_INTERPRET"] = "1"
