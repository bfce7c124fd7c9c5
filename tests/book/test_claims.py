"""chapters/claims.yml: every statement of the source documents leads to a cell that settles it."""

from pathlib import Path

import nbformat
import pytest
import yaml

from tests.support.chapters import asserts, cells

ROOT = Path(__file__).resolve().parents[2]
CLAIMS = ROOT / "chapters" / "claims.yml"
DOCUMENTS = {"000", "001", "002", "003", "004"}
VERDICTS = {"kept", "precise", "refuted", "unmeasured"}
REQUIRED = {"id", "document", "statement", "verdict", "chapter", "cell"}
OPTIONAL = {"note"}


def rows():
    return yaml.safe_load(CLAIMS.read_text(encoding="utf-8"))


def complaints(row, cells_of=cells):
    """Check one row: its fields, then that its cell exists and can fail."""
    name = row.get("id", row)
    if not REQUIRED <= set(row) <= REQUIRED | OPTIONAL:
        yield f"{name}: fields {sorted(row)}"
        return
    if not all(isinstance(value, str) and value.strip() for value in row.values()):
        yield f"{name}: every field is a text, and none is empty"
    if row["document"] not in DOCUMENTS:
        yield f"{name}: document {row['document']!r}"
    if row["verdict"] not in VERDICTS:
        yield f"{name}: verdict {row['verdict']!r}"
    chapter = cells_of(row["chapter"])
    cell = chapter.get(row["cell"])
    if not chapter:
        yield f"{name}: no chapter {row['chapter']}"
    elif cell is None or cell.cell_type != "code":
        yield f"{name}: no code cell {row['cell']} in {row['chapter']}"
    elif not asserts(cell):
        yield f"{name}: cell {row['cell']} of {row['chapter']} asserts nothing"


def test_every_row_is_settled_by_a_cell():
    assert [line for row in rows() for line in complaints(row)] == []


def test_ids_are_unique():
    ids = [row["id"] for row in rows()]
    assert len(ids) == len(set(ids))


def test_every_document_has_rows():
    assert {row["document"] for row in rows()} == DOCUMENTS


GOOD = {
    "id": "000-01",
    "document": "000",
    "statement": "There are two biases.",
    "verdict": "kept",
    "chapter": "a_chapter",
    "cell": "two",
}
STUB = {
    "two": nbformat.v4.new_code_cell("torch.testing.assert_close(a, b)"),
    "loose": nbformat.v4.new_code_cell("print(1)"),
    "text": nbformat.v4.new_markdown_cell("assert"),
}


def stub(chapter):
    return STUB if chapter == "a_chapter" else {}


def test_a_good_row_passes():
    assert list(complaints(GOOD, stub)) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"document": "005"},
        {"verdict": "true"},
        {"statement": ""},
        {"document": 0},
        {"more": "x"},
        {"chapter": "no_chapter"},
        {"cell": "none"},
        {"cell": "loose"},
        {"cell": "text"},
    ],
    ids=str,
)
def test_a_wrong_row_is_seen(wrong):
    assert list(complaints(GOOD | wrong, stub)) != []
