"""Which tables are stacked on a phone: site/extensions/tables.py."""

import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "site" / "extensions"))

import tables

SENTENCE = "the training loss falls, and the validation loss rises after some epochs"
SHAPE = '<code class="axes docutils"><span class="axis axis-N">N</span>, H_cell, 4*H_cell</code>'


def table(*rows):
    """Write a table as Sphinx does; the first row is its head."""
    lines = [f'<tr class="row-odd">{"".join(f"<{tag}><p>{one}</p></{tag}>" for one in row)}</tr>'
             for tag, row in zip(["th", *["td"] * len(rows)], rows, strict=False)]
    return (f'<table class="table"><thead>{lines[0]}</thead>'
            f"<tbody>{''.join(lines[1:])}</tbody></table>")


@pytest.mark.parametrize(("row", "stacked"), [
    (["overfitting", SENTENCE, "dropout"], True),
    (["overfitting", SENTENCE], False),
    (["overfitting", 2 * SENTENCE], True),
    ([SHAPE, SHAPE, SHAPE], True),
    ([SHAPE, SHAPE], False),
    (["output", "the steps", "the batch"], False),
    (["bfloat16", *["1.5e-02"] * 8], False),
    ([SENTENCE, "0.12", "0.34"], False),
])
def test_what_would_be_towers_or_cut_is_stacked(row, stacked):
    head = ["head"] * len(row)
    assert ('class="table stack"' in tables.stacked(table(head, row, row))) == stacked


def heads(page):
    return re.findall(r'<td role="cell"(?: data-head="(.*?)")?>', page)


def test_each_cell_has_its_head_and_its_role():
    rows = [[name, SENTENCE, ""] for name in ("overfitting", "guessing")]
    page = tables.stacked(table(["what", "a &lt; <em>b</em>?", "<code>cure</code>"], *rows))
    assert heads(page) == ["", "a &lt; b?", "cure:"] * 2
    for role, count in {"table": 1, "rowgroup": 2, "row": 3, "columnheader": 3, "cell": 6}.items():
        assert page.count(f'role="{role}"') == count


@pytest.mark.parametrize("rows", [[["loss falls", SENTENCE, "-"]],
                                  [["1", SENTENCE, "-"], ["2", SENTENCE, "-"]],
                                  [["step 1", SENTENCE, "-"], ["step 1", SENTENCE, ""]]])
def test_the_only_row_a_number_and_the_same_words_have_their_head_too(rows):
    page = tables.stacked(table(["run", "what", "cure"], *rows))
    assert heads(page) == ["run:", "what:", "cure:"] * len(rows)


def test_the_second_of_two_cells_needs_no_head():
    page = tables.stacked(table(["text", "cause"], ["a", 2 * SENTENCE]))
    assert heads(page) == ["", ""]


def test_tables_with_the_same_heads_look_the_same():
    long, short, other = (table(["text", head], ["a", cell]) for head, cell in [
        ("cause", 2 * SENTENCE), ("cause", "b"), ("what to do", "c")])
    page = tables.stacked(long + short + other)
    assert re.findall(r'class="(table.*?)"', page) == ["table stack", "table stack", "table"]
