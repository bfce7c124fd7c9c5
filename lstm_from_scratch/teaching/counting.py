"""Count what PyTorch does for a call: the operations that it launches, the bytes that it keeps."""

from collections.abc import Callable
from typing import Any

import torch

from ..context import probes


def operations(run: Callable[[], Any]) -> list[str]:
    """List the operations that PyTorch launches during a call, in order.

    Views (such as chunk, which computes nothing) are left out.

    Args:
        run: function without arguments.

    Returns:
        Names, such as "mm", "sigmoid", "mul".

    Example:
        >>> x = torch.ones(2, 3)
        >>> operations(lambda: (x @ x.T).tanh())
        ['mm', 'tanh']

    Raises:
        RuntimeError: this release of PyTorch cannot tell.

    Checked by: tests/book/test_counting.py.
    """
    names: list[str] = []

    class Watch(probes.dispatch_mode()):  # type: ignore[misc]
        def __torch_dispatch__(
            self, operation: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            if not operation.is_view:
                names.append(operation.name().removeprefix("aten::").partition(".")[0])
            return operation(*args, **(kwargs or {}))

    with Watch():
        run()
    return names


def kept_bytes(run: Callable[[], Any]) -> int:
    """Count the bytes that a forward pass keeps for its backward pass.

    Args:
        run: function without arguments.

    Returns:
        Bytes. A tensor that is kept twice, or of which only a part is kept, counts once and whole.

    Checked by: tests/book/test_counting.py.
    """
    sizes = {}
    kept = []  # so that no address is used twice

    def pack(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        sizes[storage.data_ptr()] = storage.nbytes()
        kept.append(storage)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        run()
    return sum(sizes.values())
