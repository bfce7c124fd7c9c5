"""Turn PyTorch's modules into ours and back."""

from collections.abc import Mapping
from typing import Any, overload

from torch import nn

from ..modules import LSTM, LSTMCell
from ..shapes import ARGUMENTS as LAYER_ARGUMENTS

ARGUMENTS = {"LSTM": tuple(LAYER_ARGUMENTS), "LSTMCell": ("input_size", "hidden_size", "bias")}


@overload
def from_torch(module: nn.LSTM, share: bool = False) -> LSTM: ...
@overload
def from_torch(module: nn.LSTMCell, share: bool = False) -> LSTMCell: ...
def from_torch(module: nn.LSTM | nn.LSTMCell, share: bool = False) -> LSTM | LSTMCell:
    """Make an LSTM or LSTMCell of ours that equals one of PyTorch's.

    Args:
        module: `torch.nn.LSTM` or `torch.nn.LSTMCell`.
        share: whether both hold the same Parameter objects, so that training one trains the
            other; otherwise the values are copied.

    Returns:
        `LSTM` or `LSTMCell`, with the device, dtype, `requires_grad` of each parameter and
        training mode of `module`; tied weights stay tied. Hooks are not carried over. No random
        number is drawn.

    Raises:
        TypeError: `module` is of another class, or of a class derived from these, whose own
            methods would be lost.
        ValueError: `module` holds other parameters than its arguments say, for instance under a
            parametrization; remove that first.

    Example:
        >>> import torch
        >>> from lstm_from_scratch import from_torch
        >>> theirs = torch.nn.LSTM(10, 20)
        >>> ours = from_torch(theirs)
        >>> torch.equal(ours.weight_hh_l0, theirs.weight_hh_l0)
        True

    Checked by: tests/unit/test_convert.py.
    """
    return _convert(module, {nn.LSTM: LSTM, nn.LSTMCell: LSTMCell}, share)


@overload
def to_torch(module: LSTM, share: bool = False) -> nn.LSTM: ...
@overload
def to_torch(module: LSTMCell, share: bool = False) -> nn.LSTMCell: ...
def to_torch(module: LSTM | LSTMCell, share: bool = False) -> nn.LSTM | nn.LSTMCell:
    """Make a `torch.nn.LSTM` or `LSTMCell` that equals one of ours; see `from_torch`.

    Args:
        module: our `LSTM` or `LSTMCell`.
        share: whether both hold the same Parameter objects.

    Returns:
        `torch.nn.LSTM` or `torch.nn.LSTMCell`.

    Raises:
        TypeError, ValueError: as `from_torch`.

    Example:
        >>> from lstm_from_scratch import LSTM, to_torch
        >>> ours = LSTM(10, 20, batch_first=True)
        >>> theirs = to_torch(ours, share=True)
        >>> theirs
        LSTM(10, 20, batch_first=True)
        >>> theirs.weight_hh_l0 is ours.weight_hh_l0
        True

    Checked by: tests/unit/test_convert.py.
    """
    return _convert(module, {LSTM: nn.LSTM, LSTMCell: nn.LSTMCell}, share)


def _convert(
    module: nn.Module, classes: Mapping[type[nn.Module], type[nn.Module]], share: bool
) -> Any:
    cls = classes.get(type(module))
    if cls is None:
        expected = " or ".join(f"{c.__module__}.{c.__qualname__}" for c in classes)
        raise TypeError(f"expected {expected}, got: {type(module).__qualname__}")
    arguments = {name: getattr(module, name) for name in ARGUMENTS[cls.__name__]}
    result = cls(**arguments, device="meta")  # no memory, no random numbers
    parameters = dict(module.named_parameters(remove_duplicate=False))  # tied weights, too
    names = [name for name, _ in result.named_parameters()]
    if list(parameters) != names:
        raise ValueError(
            f"expected the parameters {names}, got {list(parameters)}; a parametrization or a "
            "pruned weight has to be removed first"
        )
    copies = {}  # one for each parameter, so that what was tied stays tied
    for name, parameter in parameters.items():
        if not share:
            if parameter not in copies:
                value = parameter.detach().clone()
                copies[parameter] = nn.Parameter(value, requires_grad=parameter.requires_grad)
            parameter = copies[parameter]
        setattr(result, name, parameter)
    return result.train(module.training)
