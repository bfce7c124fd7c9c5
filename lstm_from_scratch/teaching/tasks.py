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


SYMBOLS = "abcdefgh()"  # what the tokens of `inside_brackets` stand for


def inside_brackets(
    L: int, N: int, generator: torch.Generator | None = None
) -> tuple[torch.Tensor, torch.Tensor]:
    """Draw texts of letters and brackets, and tell at each step whether a bracket is open.

    At each step a bracket opens, or closes if one is open, with the probability 0.2. The letters
    are drawn alike inside and outside, so that a letter alone says nothing.

    Args:
        L: length of each text.
        N: number of texts.
        generator: torch.Generator or None for PyTorch's own.

    Returns:
        tokens (L, N), numbers of characters in SYMBOLS; inside (L, N), 1 from an opening bracket
        on until before the closing one, else 0.

    Checked by: tests/book/test_tasks.py.
    """
    turns = torch.rand(L, N, generator=generator) < 0.2  # a bracket, opening or closing
    inside = turns.cumsum(0) % 2
    letters = torch.randint(len(SYMBOLS) - 2, (L, N), generator=generator)
    brackets = torch.where(inside == 1, SYMBOLS.index("("), SYMBOLS.index(")"))
    return torch.where(turns, brackets, letters), inside
