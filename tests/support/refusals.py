"""What `torch.nn.LSTM` refuses and ours does: the refusal is asserted beside our result."""

import warnings

import torch

from lstm_from_scratch.verify.compare import error_of
from tests.support.releases import IS_PINNED

# Whether nn.LSTM has oneDNN's kernel on this machine: not in every build, and it can be off.
ONEDNN = torch.backends.mkldnn.is_available() and torch.backends.mkldnn.enabled


def assert_refused(device, text, call):
    """Fail unless a call raises, on the pinned release and a CPU "Type: text" that begins so.

    Other releases have other texts, and a GPU other kernels.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        error = error_of(call)
    assert error is not None
    if IS_PINNED and device == "cpu":
        assert error.startswith(text), error
