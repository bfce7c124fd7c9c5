"""An LSTM written from plain tensor operations, a drop-in for `torch.nn.LSTM` and `LSTMCell`."""

from .convert import from_torch, to_torch
from .modules import LSTM, LSTMCell

__all__ = ["LSTM", "LSTMCell", "from_torch", "to_torch"]
__version__ = "0.1.0"
