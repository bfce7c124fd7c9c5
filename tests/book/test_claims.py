"""chapters/claims.yml: every statement of the source documents leads to a cell that settles it."""

import re
from itertools import product
from pathlib import Path

import nbformat
import pytest
import yaml
from torch import nn

from lstm_from_scratch.teaching import claims
from tests.support.chapters import asserts, cells

ROOT = Path(__file__).resolve().parents[2]
CLAIMS = ROOT / "chapters" / "claims.yml"
DOCUMENTS = {"000", "001", "002", "003", "004"}
REQUIRED = {"id", "document", "statement", "verdict", "chapter", "cell"}
OPTIONAL = {"note", "group"}


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
    if row["verdict"] not in claims.VERDICTS:
        yield f"{name}: verdict {row['verdict']!r}"
    if row.get("group") not in (claims.GROUPS if row["verdict"] == "false" else (None,)):
        yield f"{name}: group {row.get('group')!r}"
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


def disagreements(table):
    """Return the statements that have two answers: the page joins their rows into one."""
    answers = {}
    for row in table:
        answer = tuple(row.get(field) for field in ("verdict", "group", "chapter", "cell", "note"))
        answers.setdefault(row["statement"], set()).add(answer)
    return [statement for statement, found in answers.items() if len(found) > 1]


def test_one_statement_has_one_answer():
    assert disagreements(rows()) == []


@pytest.mark.parametrize("change", [{"verdict": "false"}, {"cell": "other"}, {"note": "x"}])
def test_two_answers_to_one_statement_are_seen(change):
    other = GOOD | {"id": "001-01", "document": "001"}
    assert disagreements([GOOD, other]) == []
    assert disagreements([GOOD, other | change]) == [GOOD["statement"]]


def dependent(statement):
    """Tell whether a statement needs the one before it: the page sorts them by verdict."""
    return statement.split()[0] in {"It", "Its", "That", "This", "So", "They", "Their"}


def test_every_statement_stands_alone():
    assert [row["id"] for row in rows() if dependent(row["statement"])] == []
    assert dependent("Its shape is (4*hidden_size).")


SHAPE = re.compile(
    r"(?P<when>With proj_size > 0, |Without a projection, )?"
    r"(?P<names>\w+(?:\[k\])?(?: and \w+\[k\])?) ha(?:s|ve) the shape \((?P<shape>.*?)\)"
    r"(?: for k (?P<layer>= 0|> 0))?\."
)


def plain(statement):
    return statement.replace("`", "")


def broken(statement):
    """The parameters of four modules that have another shape than a statement says of them."""
    said = SHAPE.fullmatch(statement)
    for directions, proj_size in product((1, 2), (0, 8)):
        if said["when"] and (proj_size > 0) != said["when"].startswith("With "):
            continue
        lstm = nn.LSTM(10, 20, num_layers=2, bidirectional=directions == 2, proj_size=proj_size)
        sizes = {"input_size": 10, "hidden_size": 20, "num_directions": directions,
                 "proj_size": proj_size}
        shape = eval(f"({said['shape']},)", sizes)
        for name, parameter in lstm.named_parameters():
            kind, _, layer = name.removesuffix("_reverse").rpartition("_l")
            if f"{kind}_l[k]" not in said["names"].split(" and "):
                continue
            if said["layer"] and (layer == "0") != (said["layer"] == "= 0"):
                continue
            if parameter.shape != shape:
                yield name


def test_true_shapes_of_parameters_hold_with_projection_and_without():
    true = {plain(row["statement"]) for row in rows() if row["verdict"] == "true"}
    shapes = [one for one in true if SHAPE.fullmatch(one)]
    assert len(shapes) == sum("_l[k]" in one and "shape" in one for one in true) > 5
    assert [one for one in shapes if [*broken(one)]] == []


def test_a_shape_without_its_condition_is_seen():
    without = "weight_hh_l[k] has the shape (4*hidden_size, hidden_size)."
    assert [*broken(without)] and not [*broken(f"Without a projection, {without}")]


def test_every_document_has_rows():
    assert {row["document"] for row in rows()} == DOCUMENTS


GOOD = {
    "id": "000-01",
    "document": "000",
    "statement": "There are two biases.",
    "verdict": "true",
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
        {"verdict": "kept"},
        {"verdict": "false"},
        {"group": "padding"},
        {"verdict": "false", "group": "others"},
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


def test_the_page_lists_each_statement_once_with_all_its_sources():
    rows = [GOOD, GOOD | {"id": "002-07", "document": "002"},
            GOOD | {"id": "004-01", "document": "004", "statement": "3*4", "verdict": "false",
                    "group": "states", "note": "It is 12 = 2*6 = 6*2, or `2*6`."},
            GOOD | {"id": "003-09", "document": "003", "statement": "It is fast.",
                    "verdict": "not tested"}]
    true, untested = (claims.listed(rows, one) for one in ("true", "not tested"))
    false = claims.listed(rows, "false", "states", opened=True)
    assert true.count("<details") == false.count("<details") == 1
    assert "**true** There are two biases." in true and "study notes, CSDN article" in true
    assert 'id="claim-004-01"' in false and "3\\*4" in false
    assert "2\\*6 = 6\\*2, or `2*6`." in false
    assert claims.SHOWN in true and claims.SHOWN not in untested
    assert "](a_chapter.ipynb#two)" in true and "PyTorch documentation" not in true
    assert " open>" in false and " open>" not in true + claims.listed(rows, "false")
    assert claims.listed(rows, "false", "padding") == ""
    assert claims.listed(rows, "true", folded=True).count("<details") == 2


def test_the_page_counts_statements():
    rows = [GOOD, GOOD | {"document": "002"}, GOOD | {"statement": "3*4", "verdict": "false"}]
    text = claims.counted(rows)
    assert text.endswith("Together 2 statements.")
    for verdict, count in (("false", 1), ("partly true", 0), ("not tested", 0), ("true", 1)):
        assert f">{verdict}</strong> ({count}): {claims.VERDICTS[verdict]}" in text
    table = claims.by_source(rows)
    assert "| study notes | 1 | 0 | 0 | 1 |" in table
    assert "| CSDN article | 0 | 0 | 0 | 1 |" in table
    assert table.endswith("| together | 1 | 0 | 0 | 1 |")


def test_names_of_the_code_are_written_as_code():
    """So that `output`, the tensor, and the output of a layer look different."""
    bare = re.compile(r"[hc]_[0n]\b|\w+_size\b|batch_first|num_layers|\*")
    for row in rows():
        for text in (row["statement"], row.get("note", "")):
            assert text.count("`") % 2 == 0
            words = re.sub(r"`[^`]*`|\]\(\S*\)", "", text)
            assert not bare.search(words), (row["id"], words)


def test_what_an_lstm_can_do_stands_before_shapes_and_names():
    rows = [GOOD | {"statement": one, "chapter": one}
            for one in ("04_inputs_and_outputs", "notation", "20_why_gates")]
    text = claims.listed(rows, "true")
    found = [text.index(f"]({one}.ipynb") for one in
             ("20_why_gates", "04_inputs_and_outputs", "notation")]
    assert found == sorted(found)


def test_every_source_has_its_name():
    assert set(claims.SOURCES) == DOCUMENTS
    assert claims.subject("05_parameters") == "parameters"
    assert claims.subject("06_batch_first") == "batch_first"
    assert all((ROOT / "chapters" / f"{one}.ipynb").exists() for one in claims.NAMES)


def test_the_page_shows_every_verdict_and_every_group():
    source = "".join(cell.source for cell in cells("claims").values())
    for verdict in set(claims.VERDICTS) - {"false"}:
        assert f'page.listed(claims, "{verdict}"' in source
    for group in claims.GROUPS:
        assert f'page.listed(claims, "false", "{group}", opened=True)' in source
        assert any(row.get("group") == group for row in rows())


def test_a_cell_that_only_speaks_of_assert_cannot_fail():
    assert claims.can_fail("assert True") and claims.can_fail("testing.assert_close(a, b)")
    assert not claims.can_fail("# assert\nprint('assert')")
