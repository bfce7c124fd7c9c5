"""An LSTM written from plain tensor operations, a drop-in for `torch.nn.LSTM` and `LSTMCell`."""

from .convert import from_torch, to_torch
from .explain import explain
from .export import to_onnx
from .kernels import use_backend
from .modules import LSTM, LSTMCell

__all__ = ["LSTM", "LSTMCell", "explain", "from_torch", "to_onnx", "to_torch", "use_backend"]
__version__ = "0.1.0"
