"""The data of the chapters, each read from a small file of the repository by one function."""

import numpy as np
import torch

from .files import repository_file


def digits() -> torch.Tensor:
    """Read the handwritten digits: 1797 images of 8 by 8 pixels.

    Returns:
        (1797, 65) float32: in each row the 64 pixels of an image, from its top left to its bottom
        right, each an integer from 0 (paper) to 16 (ink), and last the digit that was written.

    Source: scikit-learn's copy of a set by Alpaydin and Kaynak; chapters/data/README.md.
    Checked by: tests/book/test_data.py.
    """
    path = repository_file("chapters/data/digits.csv.gz")
    return torch.from_numpy(np.loadtxt(path, dtype="float32", delimiter=","))
