"""`LSTM` and `LSTMCell`: PyTorch's signatures, parameter names, order and initialisation.

The arithmetic is in `functional.py`; these classes hold the parameters and sort out layouts.
"""

import math
import operator
import weakref
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self, TypeVar

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence
from torch.types import Device

from . import functional, kernels
from .context import autocast_state, record_call, traced
from .errors import CELL_RULES
from .packing import permute, repack
from .shapes import ARGUMENTS, DIRECTIONS, letters, parameter_shapes
from .validation import (
    check_arguments,
    check_cell_input,
    check_layer_arguments,
    check_layer_input,
)

Input = TypeVar("Input", Tensor, PackedSequence)
State = tuple[Tensor, Tensor]
Layers = list[tuple[functional.Weights, ...]]


def _initialise(module: "LSTM | LSTMCell") -> None:
    """Draw every parameter from U(-1/sqrt(H_cell), 1/sqrt(H_cell)), in registration order.

    The same draws in the same order as PyTorch, so the same seed gives the same bits.
    """
    bound = 1.0 / math.sqrt(module.hidden_size) if module.hidden_size > 0 else 0
    for parameter in module.parameters():
        nn.init.uniform_(parameter, -bound, bound)


class LSTM(nn.Module):
    """A stack of LSTM layers over a whole sequence, as `torch.nn.LSTM`.

    Args:
        input_size: H_in, number of features of each step of the input.
        hidden_size: H_cell, number of features of the cell state.
        num_layers: number of layers; each one reads the output of the one before.
        bias: whether the layers have the biases `bias_ih` and `bias_hh`.
        batch_first: whether input and output are (N, L, H) instead of (L, N, H); h and c keep
            their shape either way.
        dropout: probability of zeroing an element of the output of each layer but the last,
            in training mode.
        bidirectional: whether each layer also reads the sequence from its end, D = 2.
        proj_size: if positive, H_out, to which h is projected; 0 leaves H_out = H_cell.
        device, dtype: of the parameters.

    Raises:
        TypeError, ValueError: for an argument out of range, with PyTorch's text.

    Example:
        >>> import torch
        >>> from lstm_from_scratch import LSTM
        >>> lstm = LSTM(10, 20, num_layers=2, bidirectional=True)
        >>> output, (h_n, c_n) = lstm(torch.randn(5, 3, 10))  # (L, N, H_in)
        >>> output.shape  # (L, N, D*H_out)
        torch.Size([5, 3, 40])
        >>> h_n.shape  # (D*num_layers, N, H_out)
        torch.Size([4, 3, 20])

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html
    Checked by: tests/unit/test_parity.py.
    """

    mode = "LSTM"  # as in PyTorch, where it tells the LSTM from the other RNNs

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: Device = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        check_layer_arguments(
            input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional,
            proj_size,
        )
        super().__init__()
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.num_layers = operator.index(num_layers)  # one of NumPy's integers, perhaps
        self.bias = bias
        self.batch_first = batch_first
        self.dropout = float(dropout)
        self.bidirectional = bidirectional
        self.proj_size = operator.index(proj_size)
        shapes = parameter_shapes(self._letters(), bias, self.proj_size)
        self._all_weights = [list(row) for row in shapes]  # names, a list for each row of h_n
        for row in shapes:
            for name, shape in row.items():
                parameter = nn.Parameter(torch.empty(shape, device=device, dtype=dtype))
                self.register_parameter(name, parameter)
        self.reset_parameters()

    def _letters(self) -> dict[str, int]:
        return letters(
            self.input_size, self.hidden_size, self.num_layers, self.bidirectional, self.proj_size
        )

    def reset_parameters(self) -> None:
        """Draw all parameters anew from U(-1/sqrt(H_cell), 1/sqrt(H_cell))."""
        _initialise(self)

    @property
    def all_weights(self) -> list[list[Tensor]]:
        """The parameters, a list for each layer and direction."""
        return [[getattr(self, name) for name in names] for names in self._all_weights]

    # Other programs read and set the next two on PyTorch's LSTM, to compute with other weights
    # than the registered parameters. What they set counts until a weight is set by its name.

    @property
    def _flat_weights_names(self) -> list[str]:
        set_names = self.__dict__.get("_set_names")
        return set_names or [name for names in self._all_weights for name in names]

    @_flat_weights_names.setter
    def _flat_weights_names(self, names: Sequence[str]) -> None:
        self.__dict__["_set_names"] = list(names)

    @property
    def _flat_weights(self) -> list[Tensor]:
        self._flat_weights = self._current_weights()  # so that changing the list counts, too
        return self.__dict__["_set_weights"][0]

    @_flat_weights.setter
    def _flat_weights(self, weights: list[Tensor]) -> None:
        attributes = [weakref.ref(getattr(self, name)) for name in self._flat_weights_names]
        self.__dict__["_set_weights"] = weights, attributes

    def _current_weights(self) -> list[Tensor]:
        """List the weights to compute with: what was set as a list, or the attributes."""
        parameters = self.__dict__["_parameters"]  # looked up directly: much faster
        weights = []
        for name in self._flat_weights_names:
            weight = parameters.get(name)
            weights.append(getattr(self, name) if weight is None else weight)
        kept = self.__dict__.get("_set_weights")
        if kept and all(ref() is w for ref, w in zip(kept[1], weights, strict=True)):
            return kept[0]
        return weights

    def _apply(self, *args: Any, **kwargs: Any) -> Self:
        self.__dict__.pop("_set_weights", None)
        return super()._apply(*args, **kwargs)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_set_weights"}

    def flatten_parameters(self) -> None:
        """Do nothing: there is no flat buffer here; PyTorch needs one for cuDNN."""

    def extra_repr(self) -> str:
        """Say what PyTorch says between the brackets of `print(module)`."""
        text = f"{self.input_size}, {self.hidden_size}"
        for name in ("proj_size", "num_layers", "bias", "batch_first", "dropout", "bidirectional"):
            if getattr(self, name) != ARGUMENTS[name]:
                text += f", {name}={getattr(self, name)}"
        return text

    def weights(self, layer: int = 0, direction: int = 0) -> functional.Weights:
        """Return the weights of one layer in one direction, as the functions of tensors take them.

        Args:
            layer: counted from 0 at the input.
            direction: 0 forward, 1 reverse.

        Returns:
            `functional.Weights`: w_ih (4*H_cell, H_in), in later layers (4*H_cell, D*H_out); w_hh
            (4*H_cell, H_out); b_ih and b_hh (4*H_cell), None without biases; w_hr (H_out, H_cell),
            None without a projection. They are the tensors that a call computes with, not copies.

        Raises:
            IndexError: for a layer or a direction that this LSTM does not have.

        Example:
            >>> from lstm_from_scratch import LSTM
            >>> lstm = LSTM(10, 20, num_layers=2, bidirectional=True)
            >>> weights = lstm.weights(layer=1, direction=1)
            >>> weights.w_hh is lstm.weight_hh_l1_reverse
            True
            >>> weights.w_ih.shape  # (4*H_cell, D*H_out)
            torch.Size([80, 40])
        """
        D = DIRECTIONS[self.bidirectional]
        for name, k, count in (("layer", layer, self.num_layers), ("direction", direction, D)):
            if not 0 <= k < count:
                raise IndexError(f"{name} should be at least 0 and less than {count}, got: {k}")
        return self._layers()[layer][direction]

    def _layers(self) -> Layers:
        """Sort the parameters for `functional.lstm`: a tuple of `Weights` for each layer."""
        D = DIRECTIONS[self.bidirectional]
        weights, count = self._current_weights(), len(self._all_weights[0])
        rows = []
        for k in range(0, len(weights), count):
            row = weights[k : k + count]
            b_ih, b_hh = row[2:4] if self.bias else (None, None)
            w_hr = row[-1] if self.proj_size > 0 else None
            rows.append(functional.Weights(row[0], row[1], b_ih, b_hh, w_hr))
        return [tuple(rows[k : k + D]) for k in range(0, len(rows), D)]

    def _zero_states(self, x: Tensor, N: int) -> State:
        values = self._letters()
        rows = values["D"] * self.num_layers
        h_0 = x.new_zeros(rows, N, values["H_out"])
        c_0 = x.new_zeros(rows, N, values["H_cell"])
        return h_0, c_0

    def forward(self, input: Input, hx: State | None = None) -> tuple[Input, State]:
        """Run the LSTM over one sequence or a batch of them.

        Args:
            input: (L, N, H_in); (N, L, H_in) if batch_first; (L, H_in) unbatched; or a
                PackedSequence.
            hx: (h_0, c_0), of shapes (D*num_layers, N, H_out) and (D*num_layers, N, H_cell),
                without N for unbatched input; zeros if left out.

        Returns:
            output (L, N, D*H_out), in the layout of the input, packed if the input was; and
            (h_n, c_n), shaped like (h_0, c_0).

        Raises:
            TypeError, ValueError, RuntimeError: with PyTorch's text, before any work is done.
        """
        proxy = traced(input, hx)
        if proxy is not None:
            return record_call(self, proxy, input, hx)
        if isinstance(input, PackedSequence):
            run = self._forward_packed
            if torch.compiler.is_compiling():  # the lengths are data, the steps cannot be traced
                run = torch.compiler.disable(run)
            return run(input, hx)
        layers, hx = self._checked(input, hx)
        unbatched = input.dim() == 2
        x = input.unsqueeze(1) if unbatched else input
        time_first = unbatched or not self.batch_first
        if not time_first:
            x = x.transpose(0, 1)  # (L, N, H_in)
        if hx is None:
            h_0, c_0 = self._zero_states(x, x.size(1))
        else:
            h_0, c_0 = (state.unsqueeze(1) for state in hx) if unbatched else hx
        output, h_n, c_n = self._run(x, h_0, c_0, layers)
        if unbatched:
            return output.squeeze(1), (h_n.squeeze(1), c_n.squeeze(1))
        return output if time_first else output.transpose(0, 1), (h_n, c_n)

    if TYPE_CHECKING:  # nn.Module says of a call that it takes anything
        __call__ = forward

    def _checked(
        self, input: Tensor | PackedSequence, hx: State | None
    ) -> tuple[Layers, State | None]:
        """Check a call; return `_layers()` and (h_0, c_0)."""
        layers = self._layers()
        weights = [w for layer in layers for row in layer for w in row if w is not None]
        return layers, check_layer_input(self, weights, input, hx)

    def _forward_packed(
        self, packed: PackedSequence, hx: State | None
    ) -> tuple[PackedSequence, State]:
        layers, hx = self._checked(packed, hx)
        batch_sizes = packed.batch_sizes.tolist()
        if hx is None:
            h_0, c_0 = self._zero_states(packed.data, batch_sizes[0])
        else:  # the caller's order; the packed data is sorted by length
            h_0, c_0 = (permute(state, packed.sorted_indices) for state in hx)
        output, h_n, c_n = self._run(packed.data, h_0, c_0, layers, batch_sizes)
        h_n, c_n = (permute(state, packed.unsorted_indices) for state in (h_n, c_n))
        return repack(output, packed), (h_n, c_n)

    def _run(
        self, x: Tensor, h_0: Tensor, c_0: Tensor, layers: Layers,
        batch_sizes: list[int] | None = None,
    ) -> tuple[Tensor, Tensor, Tensor]:
        plain = batch_sizes is None and self.proj_size == 0
        h_0, c_0 = (autocast_state(state, x, plain) for state in (h_0, c_0))
        run = kernels.pick(x, h_0, c_0, layers, batch_sizes)
        settings = self.dropout, self.training, batch_sizes, run
        return functional.lstm(x, h_0, c_0, layers, *settings)


class LSTMCell(nn.Module):
    """One step of one layer in one direction, as `torch.nn.LSTMCell`.

    Args:
        input_size: H_in, number of features of the input.
        hidden_size: H_cell, number of features of the state.
        bias: whether there are the biases `bias_ih` and `bias_hh`.
        device, dtype: of the parameters.

    Example:
        >>> import torch
        >>> from lstm_from_scratch import LSTMCell
        >>> cell = LSTMCell(10, 20)
        >>> h, c = torch.zeros(3, 20), torch.zeros(3, 20)
        >>> for x_t in torch.randn(5, 3, 10):
        ...     h, c = cell(x_t, (h, c))
        >>> h.shape
        torch.Size([3, 20])

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTMCell.html
    Checked by: tests/unit/test_cell.py.
    """

    weight_ih: Tensor
    weight_hh: Tensor
    bias_ih: Tensor | None
    bias_hh: Tensor | None

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, device: Device = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        check_arguments(CELL_RULES, {"input_size": input_size, "hidden_size": hidden_size})
        super().__init__()
        self.input_size = operator.index(input_size)  # one of NumPy's integers, perhaps
        self.hidden_size = operator.index(hidden_size)
        self.bias = bias  # anything that is true or false, as in PyTorch
        (shapes,) = parameter_shapes(letters(self.input_size, self.hidden_size), bias=True)
        for full_name, shape in shapes.items():
            parameter = None
            if bias or full_name.startswith("weight"):
                parameter = nn.Parameter(torch.empty(shape, device=device, dtype=dtype))
            self.register_parameter(full_name.removesuffix("_l0"), parameter)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw all parameters anew from U(-1/sqrt(H_cell), 1/sqrt(H_cell))."""
        _initialise(self)

    def extra_repr(self) -> str:
        """Say what PyTorch says between the brackets of `print(module)`."""
        text = f"{self.input_size}, {self.hidden_size}"
        return text if self.bias is True else f"{text}, bias={self.bias}"

    def forward(self, input: Tensor, hx: State | None = None) -> State:
        """Advance the state by one step.

        Args:
            input: (N, H_in), or (H_in) unbatched.
            hx: (h, c), each (N, H_cell), or (H_cell) unbatched; zeros if left out.

        Returns:
            (h, c) after the step, shaped like hx.

        Raises:
            TypeError, ValueError, RuntimeError: for a wrong shape, dtype or device, with
                PyTorch's text.
        """
        proxy = traced(input, hx)
        if proxy is not None:
            return record_call(self, proxy, input, hx)
        weights = functional.Weights(self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh)
        check_cell_input(self, [w for w in weights if w is not None], input, hx)
        unbatched = input.dim() == 1
        x_t = input.unsqueeze(0) if unbatched else input
        if hx is None:
            h_prev = c_prev = x_t.new_zeros(x_t.size(0), self.hidden_size)
        else:
            h_prev, c_prev = (state.unsqueeze(0) for state in hx) if unbatched else hx
        h_prev, c_prev = (autocast_state(state, x_t, False) for state in (h_prev, c_prev))
        h_t, c_t = functional.lstm_cell(x_t, h_prev, c_prev, weights)
        return (h_t.squeeze(0), c_t.squeeze(0)) if unbatched else (h_t, c_t)

    if TYPE_CHECKING:
        __call__ = forward
