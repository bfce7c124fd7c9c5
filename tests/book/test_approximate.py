"""Numbers that a training gave: `~0.96` is compared without the number, and nothing else is."""

import re
from pathlib import Path

import nbformat
import pytest
from nbval.plugin import get_sanitize_patterns

from tests.support.chapters import CHAPTERS, asserts, code_cells

ROOT = Path(__file__).resolve().parents[2]
((PATTERN, REPLACEMENT),) = get_sanitize_patterns(
    (ROOT / "tests" / "sanitize.cfg").read_text("utf-8")
)


@pytest.mark.parametrize(
    ("text", "compared"),
    [
        ("accuracy ~0.96 of 360", "accuracy ~NUMBER of 360"),
        ("loss ~-1.25, step 3", "loss ~NUMBER, step 3"),
        ("~341 of 360 right.", "~NUMBER of 360 right."),
        ("shape (8, 5, 32), 0.96", "shape (8, 5, 32), 0.96"),
        ("~ 0.96", "~ 0.96"),
    ],
)
def test_only_the_marked_number_is_left_out(text, compared):
    assert re.sub(PATTERN, REPLACEMENT, text) == compared


def test_nbval_and_the_empty_folder_use_the_file():
    assert "--nbval-sanitize-with tests/sanitize.cfg" in (ROOT / "Makefile").read_text("utf-8")
    assert '"sanitize.cfg"' in (ROOT / "tests/book/test_colab.py").read_text("utf-8")


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_a_cell_that_prints_such_a_number_asserts_its_range(path):
    for cell in code_cells(nbformat.read(path, as_version=4)):
        texts = "".join(output.get("text", "") for output in cell.outputs)
        assert asserts(cell) or not re.search(PATTERN, texts), cell.id


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_at_most_two_cells_are_not_compared_and_they_assert_their_form(path):
    cells = [
        cell for cell in code_cells(nbformat.read(path, as_version=4))
        if "nbval-ignore-output" in cell.metadata.get("tags", [])
    ]
    assert len(cells) <= 2 and all(map(asserts, cells))


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_progress_leaves_nothing(path):
    for cell in code_cells(nbformat.read(path, as_version=4)):
        for output in cell.outputs:
            if "text/html" in output.get("data", {}) and "display_id" in cell.source:
                assert output.data["text/html"] == ""
