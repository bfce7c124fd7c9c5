"""An LSTM written from plain tensor operations, a drop-in for `torch.nn.LSTM` and `LSTMCell`."""

from .modules import LSTM, LSTMCell

__all__ = ["LSTM", "LSTMCell"]
__version__ = "0.1.0"
