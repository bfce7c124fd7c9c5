"""Fixtures of the package's tests: every parity test runs on every device there is."""

import os

import pytest
import torch

from lstm_from_scratch import use_backend
from lstm_from_scratch.verify.compare import devices

# cuDNN's RNNs round their inputs to TF32 by default, plain matrix products do not. Two sides that
# round differently cannot be compared: both flags off.
torch.backends.cudnn.allow_tf32 = False
torch.backends.cuda.matmul.allow_tf32 = False

# Play a machine without oneDNN; PyTorch has no variable that does.
if os.environ.get("TEST_WITHOUT_ONEDNN"):
    torch.backends.mkldnn.enabled = False


@pytest.fixture(params=devices())
def device(request):
    return request.param


@pytest.fixture(autouse=True)
def backend(request):
    """Run on the kernel that a test is parametrised with (`parity.BACKENDS`), else on auto."""
    name = getattr(request, "param", "auto")
    with use_backend(name):
        yield name


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)
