"""What the site folds and marks: the questions that site/extensions/book.py asks of a cell."""

import ast
import sys
from pathlib import Path

import pytest
from docutils import nodes
from docutils.utils import new_document

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "site" / "extensions"))
import book  # noqa: E402


@pytest.mark.parametrize(
    "source, expected",
    [
        ("import torch\nfrom torch import nn", True),
        ("import torch\n\ntorch.manual_seed(0)\ntorch.set_default_dtype(torch.float64)", True),
        ("torch.set_num_threads(1)", True),
        ("import torch\nlstm = torch.nn.LSTM(2, 3)", False),
        ("torch.manual_seed(0)\nprint(1)", False),
        ("", False),
    ],
)
def test_a_cell_that_only_sets_up(source, expected):
    assert book.sets_up(ast.parse(source)) is expected


@pytest.mark.parametrize(
    "source, expected",
    [
        ("assert True", True),
        ("for k in range(3):\n    assert k < 3", True),
        ("torch.testing.assert_close(a, b)", True),
        ("print('assert')  # assert", False),
    ],
)
def test_a_cell_that_asserts(source, expected):
    assert book.asserts(ast.parse(source)) is expected


@pytest.mark.parametrize(
    "printed, expected",
    [
        ("          i     f\nthe    0.02  0.99\nkeys   0.74  0.66", True),
        ("steps 0 and 1: 1 1 0 0 0 0\nsteps 2 and 3: 0 0 1 1 0 0", True),
        ("steps 0 1 2 and 3\nsteps 4 5 6 and 7", False),
        ("[[ 0.02 -0.99]\n [ 0.74  0.66]]", True),
        ("RuntimeError: both are wrong.  Give one\nRuntimeError: two more.  Give none", False),
        ("before  0.10", False),
        ("h   (3,)\nc   (4,)\nValueError: " + "a long text, which is read, " * 4, False),
        ("two: tensor([0.1, 0.2])\n     tensor([0.1, 0.3])\n     tensor([0.4])", True),
        ("const h = [];\n  for (const k of x) {\n    sum += k;\n  }", True),
        ("    (1): LSTM(3, 4)\n    (2): LSTM(4, 4)", False),
    ],
)
def test_what_is_printed_in_columns(printed, expected):
    output = nodes.literal_block(printed, printed, classes=["output", "stream"])
    book.mark_columns(None, document(output))
    assert ("columns" in output["classes"]) is expected


def test_pieces_of_a_print_are_one_print_wherever_they_end():
    def block(text, *classes):
        return nodes.literal_block(text, text, classes=["output", *classes])

    tree = document(block("error ", "stream"), block("0.21\n", "stream"), block("\n", "stream"),
                    block("no\n", "stderr"), block("more\n", "stream"))
    book.join_prints(None, tree)
    assert [one.astext() for one in tree] == ["error 0.21\n\n", "no\n", "more\n"]
    assert all(one.rawsource == one.astext() for one in tree)


def test_prints_are_one_box_with_progress_between_them_and_not_with_a_table():
    def block(text):
        return nodes.literal_block(text, text, classes=["output", "stream"])

    def shown(html):
        kinds = (nodes.container("", nodes.raw("", text), mime_type=f"text/{name}")
                 for name, text in (("html", html), ("plain", "<an object>")))
        return nodes.container("", *kinds, nb_element="mime_bundle")

    tree = document(block("one\n"), shown(""), shown("\n"), block("two\n"), shown("<b>3</b>"),
                    block("four\n"))
    book.join_prints(None, tree)
    boxes = [one.astext() for one in tree if isinstance(one, nodes.literal_block)]
    assert boxes == ["one\ntwo\n", "four\n"]


def document(*parts):
    tree = new_document("")
    tree += parts
    return tree


def cell(source, name):
    code = nodes.container("", nodes.literal_block(source, source))
    return nodes.container("", code, nb_element="cell_code", classes=["cell"], ids=[name])


def test_two_cells_of_set_up_are_one_fold():
    tree = document(cell("import torch", "a"), cell("torch.manual_seed(0)", "b"),
                    nodes.paragraph("", "Words."), cell("torch.manual_seed(1)", "c"))
    book.mark_cells(None, tree)
    first, _, last = tree.children
    assert [code.astext() for code in first[0]] == ["import torch", "torch.manual_seed(0)"]
    assert first[0]["ids"] == ["b"] and last["ids"] == ["c"]
    assert first["hide_mode"] == last["hide_mode"] == "input"


def test_a_solution_in_words_wraps_and_a_program_with_comments_does_not():
    words = cell("# @title Solution 1\n# It holds.\nassert True", "a")
    words["hide_mode"] = "all"
    program = cell("# @title Solution 2\nx = 1\nassert x  # holds\n# Again:\nassert x", "b")
    book.mark_cells(None, document(words, program))
    assert "words" in words["classes"] and "words" not in program["classes"]
