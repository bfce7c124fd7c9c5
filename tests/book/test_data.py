"""The data of the chapters: complete, unchanged, with source and licence."""

import hashlib
import re
from pathlib import Path

import pytest
import torch

from lstm_from_scratch.teaching import data

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "chapters" / "data"
ABOUT = (FOLDER / "README.md").read_text("utf-8")
FILES = sorted(path for path in FOLDER.iterdir() if path.name != "README.md")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_file_has_a_section_with_its_checksum_and_licence(path):
    section = ABOUT.partition(f"\n## {path.name}\n")[2].partition("\n## ")[0]
    assert hashlib.sha256(path.read_bytes()).hexdigest() in section
    assert "Licence:" in section and ("Copied from:" in section or "Made by:" in section)


def test_licence_texts_that_are_named_exist():
    links = re.findall(r"\]\((\.\./\.\./reference/licences/[^)]+)\)", ABOUT)
    assert links and all((FOLDER / link).is_file() for link in links)


def test_digits_are_what_the_table_says():
    table = data.digits()
    assert table.shape == (1797, 65) and table.dtype == torch.float32
    assert torch.equal(table, table.round()) and table.min() == 0
    assert table[:, :64].max() == 16 and table[:, 64].unique().tolist() == list(range(10))
    assert table[:, 64].long().bincount().min() > 170  # nearly equally many of each


def test_a_row_of_pixels_is_a_row_of_the_image():
    """The mean 7 has its bar at the top, and the mean 1 its ink in the middle columns."""
    table = data.digits()
    images, digits = table[:, :64].reshape(-1, 8, 8), table[:, 64]
    seven, one = (images[digits == digit].mean(dim=0) for digit in (7, 1))
    assert seven[0, 2:6].mean() > 2 * seven[7, 4:].mean()
    assert one[:, 3:5].mean() > 5 * one[:, [0, 1, 6, 7]].mean()
