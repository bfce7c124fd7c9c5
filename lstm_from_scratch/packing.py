"""PackedSequence in and out: PyTorch packs, we read what it packed.

A PackedSequence holds the steps of all sequences time by time, longest sequence first: `data`
is (L_sum, H), and `batch_sizes[t]` says how many of its rows belong to time t.

Source: `torch.nn.utils.rnn.PackedSequence`.
Checked by: tests/unit/test_packed.py.
"""

from torch import Tensor
from torch.nn.utils.rnn import PackedSequence


def permute(state: Tensor, indices: Tensor | None) -> Tensor:
    """Put the sequences of a state into another order.

    Args:
        state: (D*num_layers, N, H).
        indices: (N) int64, or None for the order as it is.

    Returns:
        (D*num_layers, N, H).
    """
    return state if indices is None else state.index_select(1, indices)


def repack(data: Tensor, packed: PackedSequence) -> PackedSequence:
    """Pack the output of a layer like its input.

    Args:
        data: (L_sum, H), rows in the order of `packed.data`.
        packed: the PackedSequence that the layer read.

    Returns:
        PackedSequence.
    """
    return PackedSequence(
        data, packed.batch_sizes, packed.sorted_indices, packed.unsorted_indices
    )
