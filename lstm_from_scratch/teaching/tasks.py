"""Small tasks that a few hundred training steps on a CPU decide: tensors out, no models."""

import torch


def first_symbol(
    L: int, N: int, symbols: int, generator: torch.Generator | None = None
) -> tuple[torch.Tensor, torch.Tensor]:
    """Draw sequences whose class is shown at step 0 alone; what follows is noise.

    Args:
        L: length; L - 1 steps of noise lie between the symbol and the last step.
        N: number of sequences.
        symbols: number of classes, equally likely: guessing is right once in `symbols`.
        generator: torch.Generator or None for PyTorch's own.

    Returns:
        x (L, N, symbols + 1), one-hot in the first `symbols` features at step 0 and zero there
        afterwards, standard normal in the last feature from step 1 on; y (N), the classes.

    Source: after the latching task of Bengio, Simard and Frasconi, 1994.
    Checked by: tests/book/test_tasks.py.
    """
    y = torch.randint(symbols, (N,), generator=generator)
    x = torch.zeros(L, N, symbols + 1)
    x[0, torch.arange(N), y] = 1
    x[1:, :, symbols] = torch.randn(L - 1, N, generator=generator)
    return x, y
